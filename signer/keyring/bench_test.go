// SPDX-License-Identifier: Apache-2.0

package keyring

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/internal/testkeys"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
)

// manyKeys makes a folder of the real cost with n keys of EC_P256, in one change.
func manyKeys(b *testing.B, n int) (dir string) {
	b.Helper()
	dir = b.TempDir()
	k, err := create(dir, password, settings{step: func(op, _ string) error { return nil }})
	require.NoError(b, err)
	keys := make([]Key, n)
	for i := range keys {
		private, err := keyspec.GenerateKey(keyspec.ECP256)
		require.NoError(b, err)
		m, err := k.seal(private)
		require.NoError(b, err)
		key := Key{KeyID: NewID(), KeySpec: keyspec.ECP256, State: Enabled, Created: now()}.withVersion(NewID(), m, now())
		keys[i] = key.withAlias(fmt.Sprintf("alias/key-%d", i))
	}
	require.NoError(b, k.update(b.Context(), func(s *snapshot) (*snapshot, error) { return s.with(keys...), nil }))
	require.NoError(b, k.Close())
	return dir
}

var sizes = []int{1, 100, 1000, 10_000}

// BenchmarkOpen opens folders of the real cost, closed again each time.
func BenchmarkOpen(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprintf("keys=%d", n), func(b *testing.B) {
			dir := manyKeys(b, n)
			for b.Loop() {
				k, err := Open(dir, password)
				require.NoError(b, err)
				require.NoError(b, k.Close())
			}
		})
	}
}

// BenchmarkFirstSigner is the first Signer of each key after Open.
func BenchmarkFirstSigner(b *testing.B) {
	for _, spec := range keyspec.All() {
		b.Run(string(spec), func(b *testing.B) {
			dir := b.TempDir()
			k, err := Create(dir, password)
			require.NoError(b, err)
			private, err := testkeys.Key(spec)
			require.NoError(b, err)
			v, err := k.Import(b.Context(), private)
			require.NoError(b, err)
			require.NoError(b, k.Close())
			k, err = Open(dir, password)
			require.NoError(b, err)
			defer k.Close()
			list, err := k.List(b.Context())
			require.NoError(b, err)
			m, row := v.material, list[0].Versions[0]
			for b.Loop() {
				b.StopTimer()
				fresh, err := k.folder.readVersion(describe(list[0]), describe(list[0]).Versions[0], nil)
				require.NoError(b, err)
				v := *row
				v.material = fresh
				b.StartTimer()
				_, err = v.Signer(m.spec.Algorithms()[0])
				require.NoError(b, err)
			}
		})
	}
}

// BenchmarkChange is one durable change to a folder of n keys.
func BenchmarkChange(b *testing.B) {
	for _, n := range sizes {
		k, err := Open(manyKeys(b, n), password)
		require.NoError(b, err)
		id := k.now.Load().keys[n-1].KeyID
		for name, change := range map[string]func(i int) error{
			"SetState": func(i int) error { return k.SetState(b.Context(), id, []State{Disabled, Enabled}[i%2]) },
			"SetAlias": func(i int) error {
				return k.SetAlias(b.Context(), fmt.Sprintf("alias/%d", i%100), k.now.Load().keys[i%min(2, n)].KeyID)
			},
			"Create": func(int) error { _, err := k.Create(b.Context(), keyspec.ECP256); return err },
		} {
			b.Run(fmt.Sprintf("%s/keys=%d", name, n), func(b *testing.B) {
				for i := 0; b.Loop(); i++ {
					require.NoError(b, change(i))
				}
			})
		}
		require.NoError(b, k.Close())
	}
}

// BenchmarkRequest is what a front end does for each request, beside the signature.
func BenchmarkRequest(b *testing.B) {
	k := New()
	ctx := context.Background()
	var v *Version
	for range 1000 {
		v = mustCreate(b, k)
	}
	require.NoError(b, k.SetAlias(ctx, "alias/a", v.KeyID))
	for name, id := range map[string]string{"id": v.KeyID, "alias": "alias/a", "arn": "acs:kms:cn-hangzhou:1:key/" +
		v.KeyID} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					v, err := k.Lookup(ctx, id, v.VersionID)
					if err != nil {
						b.Fatal(err)
					}
					if _, err := v.Signer(keyspec.ECDSASHA256); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}

// BenchmarkSignature is Lookup, Signer and SignDigest beside SignDigest alone.
func BenchmarkSignature(b *testing.B) {
	key, err := testkeys.Key(keyspec.ECP256)
	require.NoError(b, err)
	k := New()
	v, err := k.Import(b.Context(), key)
	require.NoError(b, err)
	bare, err := signer.New(key, keyspec.ECDSASHA256)
	require.NoError(b, err)
	ctx, digest := context.Background(), make([]byte, 32)
	b.Run("bare", func(b *testing.B) {
		for b.Loop() {
			if _, err := bare.SignDigest(ctx, digest); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("keyring", func(b *testing.B) {
		for b.Loop() {
			v, err := k.Lookup(ctx, v.KeyID, "")
			if err != nil {
				b.Fatal(err)
			}
			s, err := v.Signer(keyspec.ECDSASHA256)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := s.SignDigest(ctx, digest); err != nil {
				b.Fatal(err)
			}
		}
	})
}
