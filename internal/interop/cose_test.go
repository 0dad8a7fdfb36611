// SPDX-License-Identifier: Apache-2.0

package interop

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"math/big"
	"testing"

	"github.com/fxamacker/cbor/v2"
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

// verifyCOSE verifies a COSE_Sign1 with the standard library: the Sig_structure of RFC 9052,
// section 4.4, and the signatures of RFC 9053, section 2.1, and RFC 8230, section 2.
func verifyCOSE(t *testing.T, m *cose.Sign1Message, pub crypto.PublicKey) bool {
	t.Helper()
	protected := must(m.Headers.MarshalProtected())(t) // a byte string in CBOR
	structure := must(cbor.Marshal([]any{"Signature1", cbor.RawMessage(protected), []byte{}, m.Payload}))(t)
	digest := sha256.Sum256(structure)
	switch pub := pub.(type) {
	case *ecdsa.PublicKey:
		require.Len(t, m.Signature, 64)
		r, s := new(big.Int).SetBytes(m.Signature[:32]), new(big.Int).SetBytes(m.Signature[32:])
		return ecdsa.Verify(pub, digest[:], r, s)
	case *rsa.PublicKey:
		return rsa.VerifyPSS(pub, crypto.SHA256, digest[:], m.Signature, &rsa.PSSOptions{SaltLength: 32}) == nil
	}
	t.Fatalf("%T", pub)
	return false
}

// TestCOSE verifies with go-cose and without it, after the message has been bytes.
func TestCOSE(t *testing.T) {
	t.Parallel()
	for s, alg := range map[signer.Signer]cose.Algorithm{p256: cose.AlgorithmES256, pss: cose.AlgorithmPS256} {
		by := must(coseSigner(s))(t)
		require.Equal(t, alg, by.Algorithm())
		var m cose.Sign1Message
		require.NoError(t, m.UnmarshalCBOR(must(coseSign(t, alg, by).MarshalCBOR())(t)))
		v := must(cose.NewVerifier(alg, s.Public()))(t)
		require.NoError(t, m.Verify(nil, v))
		require.True(t, verifyCOSE(t, &m, s.Public()))
		m.Payload = append(m.Payload, 'A')
		require.ErrorIs(t, m.Verify(nil, v), cose.ErrVerification)
		require.False(t, verifyCOSE(t, &m, s.Public()))
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
