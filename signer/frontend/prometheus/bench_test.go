// SPDX-License-Identifier: Apache-2.0

package prometheus

import (
	"testing"
	"time"

	"github.com/kmsigner/kmsigner/signer/frontend"
)

// What an event costs the request that it is about.
func BenchmarkObserve(b *testing.B) {
	c := New()
	e := frontend.Event{Provider: "alibaba", Action: "AsymmetricSign", KeySpec: "RSA_2048", Algorithm: "RSA_PSS_SHA_256",
		Code: "OK", Duration: time.Millisecond}
	b.ReportAllocs()
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			c.Observe(ctx, e)
		}
	})
}
