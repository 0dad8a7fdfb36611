// SPDX-License-Identifier: Apache-2.0

package signer_test

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	_ "crypto/sha1"
	_ "crypto/sha256"
	_ "crypto/sha512"
	"path"
	"testing"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/vectors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/stretchr/testify/require"
)

// runPKCS1Verify runs the verification rows of RSASSA-PKCS1-v1_5.
func runPKCS1Verify(t *testing.T, file string) (c tally) {
	for _, g := range vectors.Wycheproof(t, path.Base(file)) {
		require.Equal(t, "SHA-256", g.SHA)
		v := vectorVerifier(t, wycheproofRSA(t, g), keyspec.RSAPKCS1SHA256)
		for _, row := range g.Tests {
			if row.Result == "acceptable" {
				// RFC 8017, appendix A.2.4: the NULL of SHA-256 is not optional in
				// what a verifier compares with.
				require.Equal(t, []string{"MissingNull"}, row.Flags)
				row.Result = "invalid"
			}
			err := signer.VerifyMessage(v, bytes.NewReader(row.Msg), row.Sig)
			c.judge(t, row.Comment, row.Valid(t), err)
		}
	}
	return c
}

// runPKCS1Generate signs with the private keys of the file.
func runPKCS1Generate(t *testing.T, file string) (c tally) {
	for _, g := range vectors.Wycheproof(t, path.Base(file)) {
		key := wycheproofPrivate(t, g)
		held := vectorSigner(t, key, keyspec.RSAPKCS1SHA256)
		elsewhere, err := signer.FromCrypto(key, keyspec.RSAPKCS1SHA256)
		require.NoError(t, err)
		v := vectorVerifier(t, wycheproofRSA(t, g), keyspec.RSAPKCS1SHA256)
		for _, row := range g.Tests {
			msg, sig := []byte(row.Msg), []byte(row.Sig)
			if g.SHA != "SHA-256" {
				c.judgeForeign(t, v, row.Comment, wycheproofHash(t, g.SHA), msg, sig)
				continue
			}
			if row.Result == "acceptable" {
				// e = 3 is small and sound: our keys have any odd e of 3 and more.
				require.Equal(t, []string{"SmallPublicKey"}, row.Flags)
				row.Result = "valid"
			}
			require.True(t, row.Valid(t), row.Comment)
			for _, s := range []signer.Signer{held, elsewhere} {
				got, err := signer.SignMessage(background, s, bytes.NewReader(msg))
				require.NoError(t, err, row.Comment)
				require.Equal(t, sig, got, row.Comment)
			}
			c.signed++
			c.judge(t, row.Comment, true, signer.VerifyMessage(v, bytes.NewReader(msg), sig))
		}
	}
	return c
}

// runPSS runs the rows of RSASSA-PSS. Those with other parameters than SHA-256,
// MGF1-SHA-256 and a salt of 32 bytes must be refused, valid or not.
func runPSS(t *testing.T, file string) (c tally) {
	for _, g := range vectors.Wycheproof(t, path.Base(file)) {
		pub := wycheproofRSA(t, g)
		v := vectorVerifier(t, pub, keyspec.RSAPSSSHA256)
		for _, row := range g.Tests {
			valid, msg, sig := row.Valid(t), []byte(row.Msg), []byte(row.Sig)
			hashes := g.SHA == "SHA-256" && g.MGFSHA == "SHA-256"
			if hashes && g.SaltLen != 32 && row.Comment == "s_len changed to 32" {
				// Invalid for its group's other salt length, and by that valid here.
				c.judge(t, row.Comment, true, signer.VerifyMessage(v, bytes.NewReader(msg), sig))
				continue
			}
			if hashes && g.SaltLen == 32 {
				c.judge(t, row.Comment, valid, signer.VerifyMessage(v, bytes.NewReader(msg), sig))
				continue
			}
			h := wycheproofHash(t, g.SHA)
			if valid && g.SHA == g.MGFSHA {
				// The row is good, only its parameters are not ours.
				opts := &rsa.PSSOptions{SaltLength: g.SaltLen, Hash: h}
				if g.SaltLen == 0 {
					opts.SaltLength = rsa.PSSSaltLengthAuto // 0 is its value, too
				}
				require.NoError(t, rsa.VerifyPSS(pub, h, digestOf(h, msg), sig, opts), row.Comment)
			}
			c.judgeForeign(t, v, row.Comment, h, msg, sig)
		}
	}
	return c
}

// judgeForeign asserts that a signature with other parameters than the pair's is
// refused: as one of the message, and as one of the digest that it was made of.
func (c *tally) judgeForeign(t *testing.T, v signer.Verifier, row string, h crypto.Hash, msg, sig []byte) {
	t.Helper()
	err := signer.VerifyMessage(v, bytes.NewReader(msg), sig)
	requireCode(t, err, errors.InvalidSignature, "Signature", row)
	if h.Size() != 32 {
		requireCode(t, v.VerifyDigest(digestOf(h, msg), sig), errors.InvalidParameter, "Digest", row)
	}
	c.foreign++
}

// wycheproofRSA reads the group's public key from its numbers, and asserts that
// keyspec reads the same from its SPKI, or refuses the SPKI that it must refuse.
func wycheproofRSA(t *testing.T, g vectors.Group) *rsa.PublicKey {
	t.Helper()
	if g.KeyDer != nil { // a file with private keys
		pub, err := keyspec.ParsePublicKey(g.KeyDer)
		require.NoError(t, err)
		return pub.(*rsa.PublicKey)
	}
	pub := &rsa.PublicKey{
		N: g.PublicKey.Modulus.Number(),
		E: int(g.PublicKey.PublicExponent.Number().Int64()),
	}
	parsed, err := keyspec.ParsePublicKey(g.PublicKeyDer)
	idRSASSAPSS := []byte("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a")
	if bytes.Contains(g.PublicKeyDer[:32], idRSASSAPSS) {
		// A key bound to PSS, RFC 4055, section 1.2, is no key spec of ours.
		require.ErrorIs(t, err, errors.InvalidParameter)
		return pub
	}
	require.NoError(t, err)
	require.True(t, pub.Equal(parsed))
	return pub
}

// wycheproofPrivate reads the group's private key from PKCS #8 and from PKCS #1.
func wycheproofPrivate(t *testing.T, g vectors.Group) *rsa.PrivateKey {
	t.Helper()
	key, err := keyspec.ParsePrivateKey(g.PrivateKeyPkcs8, nil)
	require.NoError(t, err)
	again, err := keyspec.ParsePrivateKey([]byte(g.PrivateKeyPem), nil)
	require.NoError(t, err)
	private := key.(*rsa.PrivateKey)
	require.True(t, private.Equal(again))
	return private
}

func wycheproofHash(t *testing.T, name string) crypto.Hash {
	t.Helper()
	h, ok := map[string]crypto.Hash{
		"SHA-1": crypto.SHA1, "SHA-224": crypto.SHA224, "SHA-256": crypto.SHA256,
		"SHA-384": crypto.SHA384, "SHA-512": crypto.SHA512,
	}[name]
	require.True(t, ok, name)
	return h
}

func digestOf(h crypto.Hash, msg []byte) []byte {
	w := h.New()
	w.Write(msg)
	return w.Sum(nil)
}
