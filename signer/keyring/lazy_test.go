// SPDX-License-Identifier: Apache-2.0

package keyring

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/errors"
)

// A failure and a panic are of their moment; a value is for good, and made once.
func TestLazy(t *testing.T) {
	var calls atomic.Int32
	away := errors.New("away")
	o := &lazy[int32]{make: func() (int32, error) {
		switch n := calls.Add(1); n {
		case 1:
			return 0, away
		case 2:
			panic("away")
		default:
			return n, nil
		}
	}}
	_, err := o.get()
	require.Equal(t, away, err)
	require.Panics(t, func() { o.get() })
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			v, err := o.get()
			if err != nil || v != 3 {
				t.Errorf("got %d, %v", v, err)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 3, calls.Load())
}
