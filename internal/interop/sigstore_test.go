// SPDX-License-Identifier: Apache-2.0

package interop

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"testing"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/signer/signertest"
	"github.com/sigstore/sigstore/pkg/signature"
	"github.com/sigstore/sigstore/pkg/signature/dsse"
	"github.com/sigstore/sigstore/pkg/signature/options"
	"github.com/stretchr/testify/require"
)

// TestSigstore verifies messages, digests and DSSE envelopes with sigstore, and messages
// with OpenSSL.
func TestSigstore(t *testing.T) {
	t.Parallel()
	verifiers := map[signer.Signer]signature.Verifier{
		p256:  must(signature.LoadVerifier(p256.Public(), crypto.SHA256))(t),
		pkcs1: must(signature.LoadVerifier(pkcs1.Public(), crypto.SHA256))(t),
		pss: must(signature.LoadRSAPSSVerifier(pss.Public().(*rsa.PublicKey), crypto.SHA256,
			&rsa.PSSOptions{SaltLength: 32, Hash: crypto.SHA256}))(t),
	}
	for s, verifier := range verifiers {
		by := sigstoreSigner{s}
		require.Equal(t, s.Public(), must(by.PublicKey())(t))
		sig := must(by.SignMessage(bytes.NewReader(message)))(t)
		require.NoError(t, verifier.VerifySignature(bytes.NewReader(sig), bytes.NewReader(message)))
		require.Error(t, verifier.VerifySignature(bytes.NewReader(sig), bytes.NewReader(message[1:])))

		pub := file(t, must(keyspec.MarshalPublicKey(s.Public()))(t))
		args := []string{"dgst", "-sha256", "-verify", pub, "-signature", file(t, sig)}
		if s == pss {
			args = append(args, "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32")
		}
		require.Contains(t, run(t, message, "openssl", args...), "Verified OK")

		digest := sha256.Sum256(message)
		sig = must(by.SignMessage(nil, options.WithDigest(digest[:])))(t)
		require.NoError(t, verifier.VerifySignature(bytes.NewReader(sig), bytes.NewReader(message)))

		envelope := must(dsse.WrapSigner(by, "text/plain").SignMessage(bytes.NewReader(message)))(t)
		require.NoError(t, dsse.WrapVerifier(verifier).VerifySignature(bytes.NewReader(envelope), nil))

		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := by.SignMessage(bytes.NewReader(message), options.WithContext(ctx))
		require.ErrorIs(t, err, context.Canceled)
	}
	_, err := signature.LoadVerifier(p256k.Public(), crypto.SHA256)
	require.Error(t, err)
}

// sigstore's own PSS signer makes longer salts, which our verifier refuses.
func TestSigstoreSalt(t *testing.T) {
	t.Parallel()
	v := must(signer.NewVerifier(pss.Public(), keyspec.RSAPSSSHA256))(t)
	key := signertest.Key(keyspec.RSA2048).(*rsa.PrivateKey)
	theirs := must(signature.LoadRSAPSSSigner(key, crypto.SHA256, nil))(t)
	sig := must(theirs.SignMessage(bytes.NewReader(message)))(t)
	require.ErrorIs(t, signer.VerifyMessage(v, bytes.NewReader(message), sig), errors.InvalidSignature)
	theirs = must(signature.LoadRSAPSSSigner(key, crypto.SHA256, &rsa.PSSOptions{SaltLength: 32}))(t)
	sig = must(theirs.SignMessage(bytes.NewReader(message)))(t)
	require.NoError(t, signer.VerifyMessage(v, bytes.NewReader(message), sig))
}
