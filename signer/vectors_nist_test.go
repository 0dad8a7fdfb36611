// SPDX-License-Identifier: Apache-2.0

package signer_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"math/big"
	"testing"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/vectors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/stretchr/testify/require"
)

// nistRow is a row of NIST's files, RSA and ECDSA. SigGen files have no result:
// each of their rows is a good signature.
type nistRow struct {
	N, E, D, P, Q, Salt string // RSA; D also the scalar of ECDSA
	QX, QY, K, R        string
	Msg, S              string
	Result, Reason      string
}

func nistRows(t *testing.T, file string) []nistRow {
	t.Helper()
	var f struct{ Tests []nistRow }
	vectors.ReadJSON(t, file, &f)
	return f.Tests
}

func (r nistRow) isValid(t *testing.T) bool {
	t.Helper()
	require.Contains(t, []string{"", "P", "F"}, r.Result)
	return r.Result != "F"
}

func (r nistRow) rsaPublic(t *testing.T) *rsa.PublicKey {
	t.Helper()
	return &rsa.PublicKey{N: vectorNumber(t, r.N), E: int(vectorNumber(t, r.E).Int64())}
}

// nistSigners returns a function that returns the signer of a row, which it makes once: ten
// rows have one key.
func nistSigners(alg keyspec.Algorithm) func(*testing.T, nistRow) signer.Signer {
	made := make(map[string]signer.Signer)
	return func(t *testing.T, row nistRow) signer.Signer {
		t.Helper()
		name := row.N + "," + row.E + "," + row.D + "," + row.P + "," + row.Q
		if made[name] == nil {
			made[name] = vectorSigner(t, rsaNumbers(t, row.N, row.E, row.D, row.P, row.Q), alg)
		}
		return made[name]
	}
}

// runNISTPKCS1 verifies the rows of RSASSA-PKCS1-v1_5 and makes the good ones
// again, with exponents from 3 to 24 bits.
func runNISTPKCS1(t *testing.T, file string) (c tally) {
	signerOf := nistSigners(keyspec.RSAPKCS1SHA256)
	for _, row := range nistRows(t, file) {
		msg, sig := vectorBytes(t, row.Msg), vectorBytes(t, row.S)
		v := vectorVerifier(t, row.rsaPublic(t), keyspec.RSAPKCS1SHA256)
		c.judge(t, row.Reason, row.isValid(t), signer.VerifyMessage(v, bytes.NewReader(msg), sig))
		if !row.isValid(t) {
			continue
		}
		got, err := signer.SignMessage(background, signerOf(t, row), bytes.NewReader(msg))
		require.NoError(t, err)
		require.Equal(t, sig, got)
		c.signed++
	}
	return c
}

// runNISTPSS verifies the rows of RSASSA-PSS: those with a salt of 32 bytes are
// ours, those with 10 or 20 must be refused. The good ones' keys also sign.
func runNISTPSS(t *testing.T, file string) (c tally) {
	signerOf := nistSigners(keyspec.RSAPSSSHA256)
	for _, row := range nistRows(t, file) {
		msg, sig, salt := vectorBytes(t, row.Msg), vectorBytes(t, row.S), vectorBytes(t, row.Salt)
		pub, digest := row.rsaPublic(t), sha256.Sum256(msg)
		v := vectorVerifier(t, pub, keyspec.RSAPSSSHA256)
		if len(salt) == 32 {
			c.judge(t, row.Reason, row.isValid(t), signer.VerifyMessage(v, bytes.NewReader(msg), sig))
		} else {
			// With its own salt length the row is what it says: what our verifier
			// objects to in the good ones is the salt.
			err := rsa.VerifyPSS(pub, crypto.SHA256, digest[:], sig, &rsa.PSSOptions{SaltLength: len(salt)})
			require.Equal(t, row.isValid(t), err == nil, row.Reason)
			c.judgeForeign(t, v, row.Reason, crypto.SHA256, msg, sig)
		}
		if !row.isValid(t) {
			continue
		}
		ours, err := signer.SignMessage(background, signerOf(t, row), bytes.NewReader(msg))
		require.NoError(t, err)
		require.NoError(t, rsa.VerifyPSS(pub, crypto.SHA256, digest[:], ours, &rsa.PSSOptions{SaltLength: 32}))
	}
	return c
}

// runNISTECDSA verifies the rows of ECDSA. Where k is given, r and s follow from
// it by FIPS 186-5, section 6.4.1: our signer takes no k, so they are computed
// here, which shows that the row is read as NIST meant it.
func runNISTECDSA(t *testing.T, file string) (c tally) {
	n := elliptic.P256().Params().N
	for _, row := range nistRows(t, file) {
		msg, r, s := vectorBytes(t, row.Msg), vectorNumber(t, row.R), vectorNumber(t, row.S)
		pub, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), vectorPoint(t, row.QX, row.QY))
		require.NoError(t, err, row.Reason)
		v := vectorVerifier(t, pub, keyspec.ECDSASHA256)
		c.judge(t, row.Reason, row.isValid(t), signer.VerifyMessage(v, bytes.NewReader(msg), reference(t, r, s)))
		if row.K == "" {
			continue
		}
		key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), vectorBytes(t, row.D))
		require.NoError(t, err)
		require.True(t, pub.Equal(key.Public()))
		kG, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), vectorBytes(t, row.K))
		require.NoError(t, err)
		point, err := kG.PublicKey.Bytes()
		require.NoError(t, err)
		wantR := new(big.Int).SetBytes(point[1:33])
		wantR.Mod(wantR, n)
		require.Zero(t, wantR.Cmp(r))
		digest := sha256.Sum256(msg)
		wantS := new(big.Int).Mul(r, vectorNumber(t, row.D))
		wantS.Add(wantS, new(big.Int).SetBytes(digest[:]))
		wantS.Mul(wantS, new(big.Int).ModInverse(vectorNumber(t, row.K), n)).Mod(wantS, n)
		require.Zero(t, wantS.Cmp(s))

		again := vectorSigner(t, key, keyspec.ECDSASHA256)
		ours, err := signer.SignMessage(background, again, bytes.NewReader(msg))
		require.NoError(t, err)
		require.True(t, ecdsa.VerifyASN1(pub, digest[:], ours))
	}
	return c
}

// runNISTKeys gives the points of public key validation to a verifier.
func runNISTKeys(t *testing.T, file string) (c tally) {
	for _, row := range nistRows(t, file) {
		pub := &ecdsa.PublicKey{Curve: elliptic.P256(), X: vectorNumber(t, row.QX), Y: vectorNumber(t, row.QY)}
		_, err := signer.NewVerifier(pub, keyspec.ECDSASHA256)
		if row.isValid(t) {
			require.NoError(t, err)
			c.valid++
			continue
		}
		requireCode(t, err, errors.InvalidParameter, "Key", row.Reason)
		c.keyRefused++
	}
	return c
}

// vectorPoint is the uncompressed point of two coordinates.
func vectorPoint(t *testing.T, x, y string) []byte {
	t.Helper()
	point := make([]byte, 65)
	point[0] = 4
	vectorNumber(t, x).FillBytes(point[1:33])
	vectorNumber(t, y).FillBytes(point[33:])
	return point
}

// rsaNumbers makes a private key of the numbers that NIST's files have.
func rsaNumbers(t *testing.T, n, e, d, p, q string) *rsa.PrivateKey {
	t.Helper()
	return &rsa.PrivateKey{
		PublicKey: rsa.PublicKey{N: vectorNumber(t, n), E: int(vectorNumber(t, e).Int64())},
		D:         vectorNumber(t, d),
		Primes:    []*big.Int{vectorNumber(t, p), vectorNumber(t, q)},
	}
}
