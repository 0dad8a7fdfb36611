// SPDX-License-Identifier: Apache-2.0

//go:build unix

package postgres

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/internal/services"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

// BenchmarkLookup: warm, without a trip to the database; and cold, with one.
func BenchmarkLookup(b *testing.B) {
	d := migrated(b, services.Postgres(b))
	warm, cold := d.open(b, WithMaxAge(time.Hour)), d.open(b, WithMaxAge(time.Nanosecond))
	v, err := warm.CreateWith(b.Context(), keyspec.ECP256, keyring.Attributes{Alias: "alias/a"})
	require.NoError(b, err)
	for name, k := range map[string]*Keyring{"warm": warm, "cold": cold} {
		for _, by := range []string{v.KeyID, "alias/a"} {
			b.Run(fmt.Sprint(name, "/", by[:5]), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := k.Lookup(b.Context(), by, ""); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
	b.Run("warm, in parallel", func(b *testing.B) {
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := warm.Lookup(b.Context(), "alias/a", ""); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
}

// BenchmarkForget: a change of another replica, with many names in the cache.
func BenchmarkForget(b *testing.B) {
	const n = 20_000
	d := migrated(b, services.Postgres(b))
	k := d.open(b, WithMaxAge(time.Hour))
	fill(b, d, k, 0, n)
	for i := range n {
		_, err := k.Lookup(b.Context(), fmt.Sprint("key-", i), "")
		require.NoError(b, err)
	}
	for b.Loop() {
		k.cache.Forget("none")
	}
}

// BenchmarkChange: with the flush to the disk.
func BenchmarkChange(b *testing.B) {
	k := migrated(b, services.Postgres(b)).open(b)
	v, err := k.Create(b.Context(), keyspec.ECP256)
	require.NoError(b, err)
	for what, f := range map[string]func(i int) error{
		"Create":         func(int) error { _, err := k.Create(b.Context(), keyspec.ECP256); return err },
		"SetDescription": func(i int) error { return k.SetDescription(b.Context(), v.KeyID, fmt.Sprint(i)) },
	} {
		b.Run(what, func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				if err := f(i); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
