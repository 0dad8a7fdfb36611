// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"bytes"
	"context"
	"crypto/rsa"
	"math/big"
	"testing"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/stretchr/testify/require"
)

// runPKCS1 runs the verification rows of RSASSA-PKCS1-v1_5.
func runPKCS1(t *testing.T, f file) (c tally) {
	for _, g := range f.TestGroups {
		pub := c.rsaPublicKey(t, g)
		if pub == nil {
			continue
		}
		v := verifier(t, pub, keyspec.RSAPKCS1SHA256)
		for _, r := range g.Tests {
			if g.SHA != "SHA-256" {
				switch info := sha256Info(pub, unhex(t, r.Sig)); {
				case bytes.Equal(info, digestOf(t, "SHA-256", unhex(t, r.Msg))):
					// Invalid only for the file's hash: a signature of ours.
					c.judge(t, r, true, signer.VerifyMessage(v, bytes.NewReader(unhex(t, r.Msg)), unhex(t, r.Sig)))
				case bytes.Equal(info, digestOf(t, g.SHA, unhex(t, r.Msg))):
					// The file's hash under the name of ours: a signature of that digest.
					c.judge(t, r, true, v.VerifyDigest(info, unhex(t, r.Sig)))
				default:
					c.judgeForeign(t, v, g.SHA, r)
				}
				continue
			}
			if r.Result == "acceptable" {
				// RFC 8017, appendix A.2.4: the NULL of SHA-256 is not optional in
				// what a verifier compares with.
				require.Equal(t, []string{"MissingNull"}, r.Flags)
				r.Result = "invalid"
			}
			err := signer.VerifyMessage(v, bytes.NewReader(unhex(t, r.Msg)), unhex(t, r.Sig))
			c.judge(t, r, r.isValid(t), err)
		}
	}
	return c
}

// sha256Info returns the digest in a signature of RSASSA-PKCS1-v1_5 with SHA-256
// (RFC 8017, section 9.2), found apart from the package under test, or nil.
func sha256Info(pub *rsa.PublicKey, sig []byte) []byte {
	s := new(big.Int).SetBytes(sig)
	if len(sig) != pub.Size() || s.Cmp(pub.N) >= 0 {
		return nil
	}
	em := s.Exp(s, big.NewInt(int64(pub.E)), pub.N).FillBytes(make([]byte, pub.Size()))
	head, digest := em[:len(em)-32], em[len(em)-32:]
	want := append([]byte{0, 1}, bytes.Repeat([]byte{0xff}, len(head)-22)...)
	want = append(want, 0)
	want = append(want, "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"...)
	if !bytes.Equal(head, want) {
		return nil
	}
	return digest
}

// runGenerate signs with the private keys of the file.
func runGenerate(t *testing.T, f file) (c tally) {
	for _, g := range f.TestGroups {
		key := c.rsaPrivateKey(t, g)
		if key == nil {
			continue
		}
		require.Equal(t, unhex(t, g.KeyDer), spkiOf(t, key.Public()))
		bare, err := keyspec.ParsePublicKey(unhex(t, g.KeyAsn))
		require.NoError(t, err)
		require.True(t, key.PublicKey.Equal(bare))

		s, err := signer.New(key, keyspec.RSAPKCS1SHA256)
		require.NoError(t, err)
		v := verifier(t, bare, keyspec.RSAPKCS1SHA256)
		for _, r := range g.Tests {
			if g.SHA != "SHA-256" {
				c.judgeForeign(t, v, g.SHA, r)
				continue
			}
			if r.Result == "acceptable" {
				// e = 3 is small and sound.
				require.Equal(t, []string{"SmallPublicKey"}, r.Flags)
				r.Result = "valid"
			}
			require.True(t, r.isValid(t), r.Comment)
			got, err := signer.SignMessage(context.Background(), s, bytes.NewReader(unhex(t, r.Msg)))
			require.NoError(t, err, r.Comment)
			require.Equal(t, unhex(t, r.Sig), got, r.Comment)
			c.signed++
			c.judge(t, r, true, signer.VerifyMessage(v, bytes.NewReader(unhex(t, r.Msg)), got))
		}
	}
	return c
}

// runPSS runs the rows of RSASSA-PSS. Those with other parameters than SHA-256,
// MGF1-SHA-256 and a salt of 32 bytes must be refused, valid or not.
func runPSS(t *testing.T, f file) (c tally) {
	for _, g := range f.TestGroups {
		pub := c.rsaPublicKey(t, g)
		if pub == nil {
			continue
		}
		v := verifier(t, pub, keyspec.RSAPSSSHA256)
		for _, r := range g.Tests {
			ours := g.SHA == "SHA-256" && g.MGF == "MGF1" && g.MGFSHA == "SHA-256"
			valid := r.isValid(t)
			if ours && g.SaltLen != 32 && r.Comment == "s_len changed to 32" {
				valid = true // invalid only for its group's other salt length
			} else if !ours || g.SaltLen != 32 {
				c.judgeForeign(t, v, g.SHA, r)
				continue
			}
			c.judge(t, r, valid, signer.VerifyMessage(v, bytes.NewReader(unhex(t, r.Msg)), unhex(t, r.Sig)))
		}
	}
	return c
}

// runPrivateKeys reads the private keys of a file about decryption, one for each
// group of rows.
func runPrivateKeys(t *testing.T, f file) (c tally) {
	for _, g := range f.TestGroups {
		if c.rsaPrivateKey(t, g) != nil {
			c.accepted += len(g.Tests)
		}
	}
	return c
}

// judgeForeign asserts that a signature with other parameters than the pair's is
// refused: as one of the message, and as one of the digest that it was made of.
func (c *tally) judgeForeign(t *testing.T, v signer.Verifier, hash string, r row) {
	t.Helper()
	msg, sig := unhex(t, r.Msg), unhex(t, r.Sig)
	err := signer.VerifyMessage(v, bytes.NewReader(msg), sig)
	requireRefusal(t, err, errors.InvalidSignature, "Signature", r)
	digest := digestOf(t, hash, msg)
	err = v.VerifyDigest(digest, sig)
	if len(digest) == 32 {
		requireRefusal(t, err, errors.InvalidSignature, "Signature", r)
	} else {
		requireRefusal(t, err, errors.InvalidParameter, "Digest", r)
	}
	c.foreign++
}

// rsaPublicKey makes the group's public key from its numbers, and asserts that
// keyspec reads the same from SPKI and PKCS #1, or refuses what it must refuse.
// For a modulus of another size than our pairs' it counts the rows as refused
// and returns nil.
func (c *tally) rsaPublicKey(t *testing.T, g group) *rsa.PublicKey {
	t.Helper()
	der := unhex(t, g.PublicKeyDer)
	forms := [][]byte{der, []byte(g.PublicKeyPem), unhex(t, g.PublicKeyAsn)}
	if g.KeySize != 2048 && g.KeySize != 3072 {
		for _, form := range forms {
			_, err := keyspec.ParsePublicKey(form)
			requireRefusal(t, err, errors.InvalidParameter, "Key", row{})
		}
		c.refused += len(g.Tests)
		return nil
	}
	pub := &rsa.PublicKey{
		N: number(t, g.PublicKey.Modulus),
		E: int(number(t, g.PublicKey.PublicExponent).Int64()),
	}
	idRSASSAPSS := []byte("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a")
	if bytes.Contains(der[:32], idRSASSAPSS) {
		// A key bound to PSS, RFC 4055, section 1.2, is no key spec of ours, in
		// any of the forms: the file's PKCS #1 is the SPKI's inside, and is.
		for _, form := range forms[:2] {
			_, err := keyspec.ParsePublicKey(form)
			requireRefusal(t, err, errors.InvalidParameter, "Key", row{})
		}
		forms = forms[2:]
	}
	for _, form := range forms {
		parsed, err := keyspec.ParsePublicKey(form)
		require.NoError(t, err)
		require.True(t, pub.Equal(parsed))
	}
	return pub
}

// rsaPrivateKey reads the group's private key from PKCS #8 and from PKCS #1. One
// of another size than our pairs', or of three primes, it counts as refused and
// returns nil.
func (c *tally) rsaPrivateKey(t *testing.T, g group) *rsa.PrivateKey {
	t.Helper()
	key, err := keyspec.ParsePrivateKey(unhex(t, g.PrivateKeyPkcs8), nil)
	again, errPEM := keyspec.ParsePrivateKey([]byte(g.PrivateKeyPem), nil)
	primes := primesIn(t, unhex(t, g.PrivateKeyPkcs8))
	if primes != 2 || g.KeySize != 2048 && g.KeySize != 3072 {
		requireRefusal(t, err, errors.InvalidParameter, "Key", row{})
		requireRefusal(t, errPEM, errors.InvalidParameter, "Key", row{})
		c.refused += len(g.Tests)
		return nil
	}
	require.NoError(t, err)
	require.NoError(t, errPEM)
	private := key.(*rsa.PrivateKey)
	require.True(t, private.Equal(again))
	return private
}
