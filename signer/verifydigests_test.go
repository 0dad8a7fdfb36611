// SPDX-License-Identifier: Apache-2.0

package signer_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"runtime"
	"testing"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/ecsig"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/stretchr/testify/require"
)

// The results are those of VerifyDigest, one by one, whatever the sizes of batches.
func TestVerifyDigests(t *testing.T) {
	forPairs(t, func(t *testing.T, p keyspec.Pair) {
		s := newSigner(t, p)
		v := newVerifier(t, s)
		for _, n := range []int{0, 1, 2, 20} {
			digests := make([][]byte, n)
			for i := range digests {
				d := sha256.Sum256([]byte{byte(i)})
				digests[i] = d[:]
			}
			sigs, err := signer.SignDigests(context.Background(), s, digests)
			require.NoError(t, err)
			require.Equal(t, make([]error, n), signer.VerifyDigests(v, digests, sigs))
			if n < 20 {
				continue
			}
			sigs[3], sigs[4] = sigs[4], sigs[3]
			digests[7] = digests[7][:31]
			sigs[9] = nil
			for i, err := range signer.VerifyDigests(v, digests, sigs) {
				require.Equal(t, v.VerifyDigest(digests[i], sigs[i]), err, i)
				want := map[int]errors.Code{3: errors.InvalidSignature, 4: errors.InvalidSignature, 7: errors.InvalidParameter,
					9: errors.InvalidSignature}[i]
				require.Equal(t, want, errors.CodeOf(err), i)
			}
		}
	})
}

// The results for signatures that are wrong in many ways are those of a verifier that has
// verified nothing, whatever is beside them.
func TestVerifyDigests_mutants(t *testing.T) {
	forPairs(t, func(t *testing.T, p keyspec.Pair) {
		s := newSigner(t, p)
		d := sha256.Sum256([]byte(p.String()))
		good, err := s.SignDigest(context.Background(), d[:])
		require.NoError(t, err)
		digests, sigs := [][]byte{d[:]}, [][]byte{good}
		add := func(digest, sig []byte) { digests, sigs = append(digests, digest), append(sigs, sig) }
		for i := 0; i < len(good); i += 1 + len(good)/64 {
			mutant := bytes.Clone(good)
			mutant[i] ^= 1 << (i % 8)
			add(d[:], mutant)
			if i%5 == 0 {
				add(d[:], good)
			}
		}
		for i := range d {
			digest := bytes.Clone(d[:])
			digest[i] ^= 0x80
			add(digest, good)
		}
		add(nil, good)
		add(d[1:], good)
		add(d[:], nil)
		add(d[:], good[1:])
		add(d[:], good[:len(good)-1])
		add(d[:], append(bytes.Clone(good), 0))
		add(d[:], make([]byte, len(good)))
		add(d[:], bytes.Repeat([]byte{0xff}, len(good)))
		if raw, err := signer.ToRaw(good); err == nil {
			for _, x := range [][]byte{[]byte(ecsig.Order(p.KeySpec)), bytes.Repeat([]byte{0xff}, 32),
				append(make([]byte, 31), 1)} {
				for half := range 2 {
					mutant := bytes.Clone(raw)
					copy(mutant[32*half:], x)
					der, err := signer.ToDER(mutant)
					require.NoError(t, err)
					add(d[:], der)
				}
			}
		}
		want := make([]error, len(sigs))
		for i := range want {
			want[i] = newVerifier(t, s).VerifyDigest(digests[i], sigs[i])
		}
		v := newVerifier(t, s)
		for range 2 {
			require.Equal(t, want, signer.VerifyDigests(v, digests, sigs))
		}
		sizes := []int{31, 32, 33, 63, 64, 65} // about what shares an inversion, and twice that
		for n := range 30 {
			sizes = append(sizes, n)
		}
		for _, n := range sizes {
			from := (n * 7) % (len(sigs) - n)
			require.Equal(t, want[from:from+n], signer.VerifyDigests(v, digests[from:from+n], sigs[from:from+n]))
		}
	})
}

func TestVerifyDigests_invalid(t *testing.T) {
	v := newVerifier(t, newSigner(t, keyspec.Pair{KeySpec: keyspec.ECP256, Algorithm: keyspec.ECDSASHA256}))
	for name, tt := range map[string]struct {
		v             signer.Verifier
		digests, sigs int
		want          string
	}{
		"nil verifier":       {nil, 2, 2, "Verifier"},
		"too few signatures": {v, 3, 2, "Signatures"},
		"too few digests":    {v, 2, 3, "Signatures"},
	} {
		t.Run(name, func(t *testing.T) {
			results := signer.VerifyDigests(tt.v, make([][]byte, tt.digests), make([][]byte, tt.sigs))
			require.Len(t, results, max(tt.digests, tt.sigs))
			for _, err := range results {
				var e *errors.Error
				require.ErrorAs(t, err, &e)
				require.Equal(t, errors.InvalidParameter, e.Code)
				require.Equal(t, tt.want, e.Param)
			}
		})
	}
	require.Empty(t, signer.VerifyDigests(v, nil, nil))
}

// A failingVerifier does on the third call what fail does.
type failingVerifier struct {
	signer.Verifier
	fail func()
}

func (v failingVerifier) VerifyDigest(digest, _ []byte) error {
	if digest[0] == 3 {
		v.fail()
	}
	return nil
}

// A Verifier that panics does so in the caller's goroutine; one that ends its
// goroutine accepts nothing by that.
func TestVerifyDigests_verifierFails(t *testing.T) {
	digests, sigs := make([][]byte, 8), make([][]byte, 8)
	for i := range digests {
		digests[i] = []byte{byte(i)}
	}
	require.PanicsWithValue(t, "verifier", func() {
		signer.VerifyDigests(failingVerifier{fail: func() { panic("verifier") }}, digests, sigs)
	})
	results := signer.VerifyDigests(failingVerifier{fail: runtime.Goexit}, digests, sigs)
	require.Equal(t, errors.Internal, errors.CodeOf(results[3]))
}
