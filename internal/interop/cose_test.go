package interop

import (
	"crypto/rand"
	"testing"

	"github.com/kmsigner/kmsigner/signer"
	"github.com/stretchr/testify/require"
	"github.com/veraison/go-cose"
)

func coseSign(t *testing.T, alg cose.Algorithm, by cose.Signer) *cose.Sign1Message {
	t.Helper()
	m := cose.NewSign1Message()
	m.Headers.Protected.SetAlgorithm(alg)
	m.Payload = message
	require.NoError(t, m.Sign(rand.Reader, nil, by))
	return m
}

// TestCOSE verifies with go-cose, after the message has been bytes.
func TestCOSE(t *testing.T) {
	t.Parallel()
	for s, alg := range map[signer.Signer]cose.Algorithm{p256: cose.AlgorithmES256, pss: cose.AlgorithmPS256} {
		by := must(coseSigner(s))(t)
		require.Equal(t, alg, by.Algorithm())
		var m cose.Sign1Message
		require.NoError(t, m.UnmarshalCBOR(must(coseSign(t, alg, by).MarshalCBOR())(t)))
		v := must(cose.NewVerifier(alg, s.Public()))(t)
		require.NoError(t, m.Verify(nil, v))
		m.Payload = append(m.Payload, 'A')
		require.ErrorIs(t, m.Verify(nil, v), cose.ErrVerification)
	}
	for _, s := range []signer.Signer{pkcs1, p256k, sm2} {
		_, err := coseSigner(s)
		require.Error(t, err)
	}
}

// TestCOSETrap is the reason why coseSigner looks at the key: go-cose signs with SM2 and
// calls it ES256, and only its verifier notices.
func TestCOSETrap(t *testing.T) {
	t.Parallel()
	by := must(cose.NewSigner(cose.AlgorithmES256, sm2))(t)
	coseSign(t, cose.AlgorithmES256, by)
	_, err := cose.NewVerifier(cose.AlgorithmES256, sm2.Public())
	require.Error(t, err)
}
