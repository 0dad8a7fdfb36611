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

// BenchmarkOpen opens folders of the real cost, closed again each time.
func BenchmarkOpen(b *testing.B) {
	for _, n := range []int{1, 10, 100, 1000} {
		b.Run(fmt.Sprintf("versions=%d", n), func(b *testing.B) {
			dir := b.TempDir()
			k, err := create(dir, password, settings{iterations: iterations, encrypt: cheapEncryption})
			require.NoError(b, err)
			for range n {
				_, err := k.Create(b.Context(), keyspec.ECP256)
				require.NoError(b, err)
			}
			require.NoError(b, k.Close())
			for b.Loop() {
				k, err := Open(dir, password)
				require.NoError(b, err)
				require.NoError(b, k.Close())
			}
		})
	}
}

// BenchmarkFirstSigner is the price of the first Signer after Open.
func BenchmarkFirstSigner(b *testing.B) {
	dir := b.TempDir()
	k, err := Create(dir, password)
	require.NoError(b, err)
	v, err := k.Create(b.Context(), keyspec.ECP256)
	require.NoError(b, err)
	require.NoError(b, k.Close())
	for b.Loop() {
		b.StopTimer()
		k, err := Open(dir, password)
		require.NoError(b, err)
		v, err := k.Lookup(b.Context(), v.KeyID, "")
		require.NoError(b, err)
		b.StartTimer()
		_, err = v.Signer(keyspec.ECDSASHA256)
		require.NoError(b, err)
		b.StopTimer()
		require.NoError(b, k.Close())
		b.StartTimer()
	}
}

// BenchmarkChange is one durable change to a folder of so many keys.
func BenchmarkChange(b *testing.B) {
	for _, n := range []int{1, 100, 1000} {
		b.Run(fmt.Sprintf("keys=%d", n), func(b *testing.B) {
			k := mustOpen(b, b.TempDir())
			var id string
			for range n {
				id = mustCreate(b, k).KeyID
			}
			for i := 0; b.Loop(); i++ {
				require.NoError(b, k.SetState(b.Context(), id, []State{Disabled, Enabled}[i%2]))
			}
		})
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
	for name, id := range map[string]string{"id": v.KeyID, "alias": "alias/a", "arn": "acs:kms:cn-hangzhou:1:key/" + v.KeyID} {
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
