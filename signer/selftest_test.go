// SPDX-License-Identifier: Apache-2.0

package signer

import (
	"crypto/rsa"
	"slices"
	"strings"
	"testing"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/stretchr/testify/require"
)

func TestSelfTest(t *testing.T) {
	require.NoError(t, SelfTest())
}

// A machine that computes another signature, of any pair, or refuses the valid row
// of gmsm's issue 560, does not pass, and hears which pair it is.
func TestSelfTest_fails(t *testing.T) {
	for i, pair := range keyspec.Pairs() {
		answers := slices.Clone(knownAnswers[:])
		answers[i] = strings.Repeat("0", 64)
		err := selfTest(answers, gmsm560Signature)
		require.ErrorIs(t, err, errors.Internal)
		require.ErrorContains(t, err, "self-test of "+pair.String()+": ")
		require.NotContains(t, err.Error(), "\n", "the other pairs pass")
	}
	other := strings.Replace(gmsm560Signature, "be0ea64e", "be0ea64f", 1)
	require.NotEqual(t, gmsm560Signature, other)
	err := selfTest(knownAnswers[:], other)
	require.ErrorIs(t, err, errors.Internal)
	require.ErrorContains(t, err, "issue 560")
}

// A kernel that computes wrongly is noticed, in single signatures, in batches and in
// verification, although crypto/rsa gives the right answers in its place.
func TestSelfTest_kernel(t *testing.T) {
	for i, pair := range keyspec.Pairs()[:4] { // RSA
		key, want := rsaKey(t, pair.KeySpec), knownAnswers[i]
		calls := 0
		sign := func(wrongAt func(call int) bool) *signer {
			calls = 0
			s, _ := withKernel(t, pair.KeySpec, pair.Algorithm, func([]byte) bool { calls++; return wrongAt(calls) },
				Deterministic())
			return s
		}
		verify := func(wrong bool) *verifier {
			made, err := NewVerifier(&key.PublicKey, pair.Algorithm, Portable())
			require.NoError(t, err)
			v := made.(*verifier)
			verdicts := rsaVerdictsOf(t, pair)
			public := recoverFunc(func(message, signature []byte) bool {
				return !wrong && slowPublic{&key.PublicKey}.Recover(message, signature)
			})
			v.verify = verifyKernel(public, key.Size(), latchOf(v.scheme), verdicts.fits, verdicts.cryptoRSA)
			return v
		}
		never := func(int) bool { return false }
		require.NoError(t, selfTestSigner(pair, sign(never), verify(false), want))
		require.Equal(t, 1+selfTestBatch, calls)
		for name, test := range map[string]func() error{
			"single": func() error {
				return selfTestSigner(pair, sign(func(call int) bool { return call == 1 }), verify(false), want)
			},
			"batch": func() error {
				return selfTestSigner(pair, sign(func(call int) bool { return call == 5 }), verify(false), want)
			},
			"verification": func() error { return selfTestSigner(pair, sign(never), verify(true), want) },
		} {
			before := Withheld()
			err := test()
			require.ErrorIs(t, err, errors.Internal, name)
			require.ErrorContains(t, err, "self-test of "+pair.String()+": our own arithmetic computes wrongly", name)
			require.Equal(t, before+1, Withheld(), name)
		}
	}
}

func latchOf(s scheme) *kernelLatch {
	if pss, ok := s.(rsaPSS); ok {
		return pss.latch
	}
	return s.(rsaPKCS1).latch
}

// A pair that panics does not end the program.
func TestSelfTest_panics(t *testing.T) {
	err := recovered(func() error { panic("no such instruction") })
	require.ErrorIs(t, err, errors.Internal)
	require.ErrorContains(t, err, "no such instruction")

	pair := keyspec.Pair{KeySpec: keyspec.RSA2048, Algorithm: keyspec.RSAPKCS1SHA256}
	err = recovered(func() error { return selfTestPair(pair, (*rsa.PrivateKey)(nil), "") })
	require.ErrorIs(t, err, errors.Internal)
}
