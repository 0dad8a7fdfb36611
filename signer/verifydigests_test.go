// SPDX-License-Identifier: Apache-2.0

package signer_test

import (
	"context"
	"crypto/sha256"
	"runtime"
	"testing"

	"github.com/kmsigner/kmsigner/errors"
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
				want := map[int]errors.Code{3: errors.InvalidSignature, 4: errors.InvalidSignature, 7: errors.InvalidParameter, 9: errors.InvalidSignature}[i]
				require.Equal(t, want, errors.CodeOf(err), i)
			}
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
