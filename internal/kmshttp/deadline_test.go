// SPDX-License-Identifier: Apache-2.0

package kmshttp

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// A deadline is what context.WithDeadline makes, whether its Done is waited for or not.
func TestDeadline(t *testing.T) {
	for _, waits := range []bool{false, true} {
		for name, tt := range map[string]struct {
			parent time.Duration // after which the request is done; 0: never
			end    time.Duration
			want   error
			after  time.Duration
		}{
			"time is over":          {0, 0, context.DeadlineExceeded, 10 * time.Second},
			"the client goes":       {3 * time.Second, 0, context.Canceled, 3 * time.Second},
			"the request is served": {0, 2 * time.Second, context.Canceled, 2 * time.Second},
		} {
			synctest.Test(t, func(t *testing.T) {
				parent, cancel := context.WithCancel(context.WithValue(context.Background(), exchangeKey{},
					&Exchange{RequestID: "id"}))
				defer cancel()
				d := new(deadline)
				d.start(parent, 10*time.Second)
				if tt.parent > 0 {
					time.AfterFunc(tt.parent, cancel)
				}
				if tt.end > 0 {
					time.AfterFunc(tt.end, d.end)
				}
				start := time.Now()
				at, ok := d.Deadline()
				require.True(t, ok)
				require.Equal(t, start.Add(10*time.Second), at)
				require.NoError(t, d.Err())
				if waits {
					// A child that its parent has to wake: no goroutine waits for it.
					child, stop := context.WithCancel(d)
					defer stop()
					<-child.Done()
					require.Equal(t, tt.after, time.Since(start), name)
					require.Equal(t, tt.want, child.Err(), name)
				} else {
					time.Sleep(tt.after - time.Nanosecond)
					require.NoError(t, d.Err(), name)
					time.Sleep(time.Nanosecond)
					synctest.Wait()
				}
				require.Equal(t, tt.want, d.Err(), name)
				<-d.Done()
				require.Equal(t, "id", RequestID(d))
				d.end()
				require.Equal(t, tt.want, d.Err(), "what it was done for stays")
			})
		}
	}
	early, cancel := context.WithDeadline(t.Context(), time.Now().Add(time.Second))
	defer cancel()
	d := new(deadline)
	d.start(early, time.Hour)
	at, _ := d.Deadline()
	require.Less(t, time.Until(at), 2*time.Second)
}
