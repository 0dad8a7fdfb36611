package signer_test

import (
	"crypto"
	"testing"

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/stretchr/testify/require"
)

// The pairs that crypto/x509 and crypto/tls know.
var (
	pairPSS   = keyspec.Pair{KeySpec: keyspec.RSA2048, Algorithm: keyspec.RSAPSSSHA256}
	pairPKCS1 = keyspec.Pair{KeySpec: keyspec.RSA2048, Algorithm: keyspec.RSAPKCS1SHA256}
	pairP256  = keyspec.Pair{KeySpec: keyspec.ECP256, Algorithm: keyspec.ECDSASHA256}
	pairSM2   = keyspec.Pair{KeySpec: keyspec.ECSM2, Algorithm: keyspec.SM2DSA}
)

// forOrigins runs a subtest with a signer of the pair from New, from New with
// Deterministic, and from FromCrypto on somebody else's crypto.Signer.
func forOrigins(t *testing.T, p keyspec.Pair, test func(t *testing.T, s signer.Signer)) {
	elsewhere, err := signer.FromCrypto(testKey(t, p.KeySpec).(crypto.Signer), p.Algorithm)
	require.NoError(t, err)
	for name, s := range map[string]signer.Signer{
		"New":           newSigner(t, p),
		"Deterministic": newSigner(t, p, signer.Deterministic()),
		"FromCrypto":    elsewhere,
	} {
		t.Run(p.String()+"/"+name, func(t *testing.T) {
			t.Parallel()
			test(t, s)
		})
	}
}
