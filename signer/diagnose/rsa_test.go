// SPDX-License-Identifier: Apache-2.0

package diagnose_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	stdasn1 "encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"math/big"
	"slices"
	"testing"

	"github.com/kmsigner/kmsigner/internal/testrun"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/signer/diagnose"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// privateOperation is the bare RSA operation on an encoded message.
func privateOperation(key *rsa.PrivateKey, em []byte) []byte {
	m := new(big.Int).SetBytes(em)
	return m.Exp(m, key.D, key.N).FillBytes(make([]byte, key.Size()))
}

// pkcs1 pads a T of RFC 8017, section 9.2.
func pkcs1(size int, t []byte) []byte {
	return slices.Concat([]byte{0, 1}, bytes.Repeat([]byte{0xff}, size-3-len(t)), []byte{0}, t)
}

func signPSS(t testing.TB, key *rsa.PrivateKey, h crypto.Hash, salt int, digest []byte) []byte {
	t.Helper()
	sig, err := rsa.SignPSS(rand.Reader, key, h, digest, &rsa.PSSOptions{SaltLength: salt})
	require.NoError(t, err)
	return sig
}

func signPKCS1(t testing.TB, key *rsa.PrivateKey, h crypto.Hash, digest []byte) []byte {
	t.Helper()
	sig, err := rsa.SignPKCS1v15(nil, key, h, digest)
	require.NoError(t, err)
	return sig
}

func hashed(h crypto.Hash, msg string) []byte {
	w := h.New()
	w.Write([]byte(msg))
	return w.Sum(nil)
}

var rsaSpecs = []keyspec.KeySpec{keyspec.RSA2048, keyspec.RSA3072}

func TestSignature_rsaEncoding(t *testing.T) {
	t.Parallel()
	for _, k := range rsaSpecs {
		for _, alg := range k.Algorithms() {
			s := newSigner(t, keyspec.Pair{KeySpec: k, Algorithm: alg})
			sig, err := signer.SignMessage(background, s, bytes.NewReader([]byte(diagnosed)))
			require.NoError(t, err)
			for name, tt := range map[string]struct {
				sig  []byte
				want []diagnose.Code
			}{
				"as it is":      {sig, []diagnose.Code{diagnose.Valid}},
				"hex":           {[]byte(hex.EncodeToString(sig)), []diagnose.Code{diagnose.HexText}},
				"base64":        {[]byte(base64.StdEncoding.EncodeToString(sig)), []diagnose.Code{diagnose.Base64Text}},
				"base64url":     {[]byte(base64.RawURLEncoding.EncodeToString(sig)), []diagnose.Code{diagnose.Base64Text}},
				"zero before":   {append([]byte{0}, sig...), []diagnose.Code{diagnose.LeadingZeros}},
				"hex of that":   {[]byte("00" + hex.EncodeToString(sig)), []diagnose.Code{diagnose.HexText, diagnose.LeadingZeros}},
				"little-endian": {reverse(sig), []diagnose.Code{diagnose.LittleEndian}},
				"cut":           {sig[:len(sig)/2], []diagnose.Code{diagnose.Malformed}},
				"empty":         {nil, []diagnose.Code{diagnose.Malformed}},
				"zeros":         {make([]byte, len(sig)), []diagnose.Code{diagnose.Malformed}},
				"above n":       {bytes.Repeat([]byte{0xff}, len(sig)), []diagnose.Code{diagnose.Unexplained}},
				"damaged":       {damage(sig), []diagnose.Code{diagnose.Unexplained}},
			} {
				t.Run(string(k)+"/"+string(alg)+"/"+name, func(t *testing.T) {
					requireDiagnosis(t, diagnose.Signature(s.Public(), alg, []byte(diagnosed), tt.sig, nil), tt.want...)
				})
			}
		}
	}
}

func reverse(b []byte) []byte {
	out := bytes.Clone(b)
	slices.Reverse(out)
	return out
}

func damage(b []byte) []byte {
	out := bytes.Clone(b)
	out[len(out)-1] ^= 1
	return out
}

// A signature whose first byte is zero, without it.
func TestSignature_rsaLeadingZeros(t *testing.T) {
	t.Parallel()
	key := testKey(t, keyspec.RSA2048).(*rsa.PrivateKey)
	s := newSigner(t, pkcs1Pair)
	for i := range 5000 {
		msg := hex.EncodeToString(big.NewInt(int64(i)).Bytes())
		sig := signPKCS1(t, key, crypto.SHA256, sum256(msg))
		if sig[0] == 0 {
			requireDiagnosis(t, diagnose.Signature(s.Public(), keyspec.RSAPKCS1SHA256, []byte(msg), bytes.TrimLeft(sig, "\x00"),
				nil), diagnose.LeadingZeros)
			return
		}
	}
	t.Fatal("no such signature")
}

func TestSignature_rsaDigest(t *testing.T) {
	t.Parallel()
	key := testKey(t, keyspec.RSA2048).(*rsa.PrivateKey)
	for _, tt := range digestRows() {
		t.Run(tt.name, func(t *testing.T) {
			want := tt.want
			if want[0] == diagnose.Unexplained {
				want = []diagnose.Code{diagnose.OtherMessage}
			}
			requireDiagnosis(t, diagnose.Signature(&key.PublicKey, keyspec.RSAPKCS1SHA256, []byte(tt.msg),
				signPKCS1(t, key, crypto.SHA256, tt.digest), nil), want...)
			requireDiagnosis(t, diagnose.Signature(&key.PublicKey, keyspec.RSAPSSSHA256, []byte(tt.msg),
				signPSS(t, key, crypto.SHA256, 32, tt.digest), nil), want...)
			// With the other padding, and as text.
			text := []byte(hex.EncodeToString(signPSS(t, key, crypto.SHA256, 20, tt.digest)))
			requireDiagnosis(t, diagnose.Signature(&key.PublicKey, keyspec.RSAPKCS1SHA256, []byte(tt.msg), text, nil),
				append([]diagnose.Code{diagnose.HexText, diagnose.PSSNotPKCS1}, want...)...)
			requireDiagnosis(t, diagnose.Signature(&key.PublicKey, keyspec.RSAPSSSHA256, []byte(tt.msg), text, nil),
				append([]diagnose.Code{diagnose.HexText, diagnose.PSSSaltLength}, want...)...)
		})
	}
}

func TestSignature_pss(t *testing.T) {
	t.Parallel()
	key := testKey(t, keyspec.RSA2048).(*rsa.PrivateKey)
	of := func(sig []byte) diagnose.Diagnosis {
		return diagnose.Signature(&key.PublicKey, keyspec.RSAPSSSHA256, []byte(diagnosed), sig, nil)
	}
	digest := sum256(diagnosed)
	for salt := 1; salt <= 222; salt++ {
		if salt != 32 && salt%13 != 1 && !testrun.Long() {
			continue
		}
		if salt == 32 {
			requireDiagnosis(t, of(signPSS(t, key, crypto.SHA256, salt, digest)), diagnose.Valid)
			continue
		}
		d := of(signPSS(t, key, crypto.SHA256, salt, digest))
		requireDiagnosis(t, d, diagnose.PSSSaltLength)
		require.Contains(t, d.Sentence, "a salt of "+big.NewInt(int64(salt)).String()+" bytes")
	}
	for _, h := range []crypto.Hash{crypto.SHA1, crypto.SHA224, crypto.SHA384, crypto.SHA512} {
		d := hashed(h, diagnosed)
		requireDiagnosis(t, of(signPSS(t, key, h, rsa.PSSSaltLengthEqualsHash, d)), diagnose.OtherHash)
		requireDiagnosis(t, of(signPSS(t, key, h, 7, d)), diagnose.PSSSaltLength, diagnose.OtherHash)
		requireDiagnosis(t, of(signPSS(t, key, h, rsa.PSSSaltLengthEqualsHash, hashed(h, "something else"))),
			diagnose.OtherHash, diagnose.OtherMessage)
		requireDiagnosis(t, of(signPKCS1(t, key, h, d)), diagnose.PKCS1NotPSS, diagnose.OtherHash)
	}
	requireDiagnosis(t, of(signPKCS1(t, key, crypto.SHA256, digest)), diagnose.PKCS1NotPSS)
	// Java's default: SHA-256 with MGF1 on SHA-1.
	requireDiagnosis(t, of(privateOperation(key, emsaPSS(crypto.SHA256, crypto.SHA1, digest, 32))), diagnose.PSSMGF1Hash)
	requireDiagnosis(t, of(privateOperation(key, emsaPSS(crypto.SHA256, crypto.SHA1, digest, 20))), diagnose.PSSMGF1Hash,
		diagnose.PSSSaltLength)
	requireDiagnosis(t, of(privateOperation(key, emsaPSS(crypto.SHA256, crypto.SHA256, digest, 0))),
		diagnose.PSSSaltLength)
	// PSS on one hash around the digest of another.
	requireDiagnosis(t, of(privateOperation(key, emsaPSS(crypto.SHA1, crypto.SHA1, digest, 20))), diagnose.PSSHash)
}

// The longest salt leaves no zeros in the padding that prove the key; neither the
// key nor the message is ruled out then.
func TestSignature_pssLongestSalt(t *testing.T) {
	t.Parallel()
	for _, k := range rsaSpecs {
		key := testKey(t, k).(*rsa.PrivateKey)
		for _, alg := range k.Algorithms() {
			// PSSSaltLengthAuto means this length, but in a FIPS 140 build 32.
			longest := key.Size() - 32 - 2
			sig := signPSS(t, key, crypto.SHA256, longest, sum256("something else"))
			d := diagnose.Signature(&key.PublicKey, alg, []byte(diagnosed), sig, nil)
			requireDiagnosis(t, d, diagnose.Unexplained)
			require.Contains(t, d.Sentence, "may be PSS with the longest salt")
			require.NotContains(t, d.Sentence, "another key")
			require.Contains(t, d.Fix, "message")

			d = diagnose.Signature(&key.PublicKey, alg, []byte(diagnosed), bytes.Repeat([]byte{0x42}, len(sig)), nil)
			requireDiagnosis(t, d, diagnose.Unexplained)
			require.Contains(t, d.Sentence, "no padding that proves this key")
			// Almost the longest.
			sig = signPSS(t, key, crypto.SHA256, longest-4, sum256("something else"))
			d = diagnose.Signature(&key.PublicKey, alg, []byte(diagnosed), sig, nil)
			requireDiagnosis(t, d, diagnose.Unexplained)
			require.NotContains(t, d.Sentence, "is of another key")
		}
	}
}

// emsaPSS is RFC 8017, section 9.1.1, for a modulus of 2,048 bits.
func emsaPSS(h, mgf crypto.Hash, digest []byte, saltSize int) []byte {
	salt := bytes.Repeat([]byte{0x5a}, saltSize)
	top := hashed(h, string(make([]byte, 8))+string(digest)+string(salt))
	db := make([]byte, 256-1-len(top))
	db[len(db)-1-saltSize] = 1
	copy(db[len(db)-saltSize:], salt)
	var mask []byte
	for i := byte(0); len(mask) < len(db); i++ {
		mask = append(mask, hashed(mgf, string(top)+string([]byte{0, 0, 0, i}))...)
	}
	for i := range db {
		db[i] ^= mask[i]
	}
	db[0] &= 0x7f
	return slices.Concat(db, top, []byte{0xbc})
}

func TestSignature_pkcs1(t *testing.T) {
	t.Parallel()
	key := testKey(t, keyspec.RSA3072).(*rsa.PrivateKey)
	of := func(msg string, sig []byte) diagnose.Diagnosis {
		return diagnose.Signature(&key.PublicKey, keyspec.RSAPKCS1SHA256, []byte(msg), sig, nil)
	}
	digest := sum256(diagnosed)
	for _, h := range []crypto.Hash{crypto.SHA1, crypto.SHA224, crypto.SHA384, crypto.SHA512, crypto.SHA512_256} {
		requireDiagnosis(t, of(diagnosed, signPKCS1(t, key, h, hashed(h, diagnosed))), diagnose.OtherHash)
		requireDiagnosis(t, of(diagnosed, signPKCS1(t, key, h, hashed(h, diagnosed+"\n"))), diagnose.OtherHash,
			diagnose.TrailingNewline)
		requireDiagnosis(t, of(diagnosed, signPKCS1(t, key, h, hashed(h, "something else"))), diagnose.OtherHash,
			diagnose.OtherMessage)
	}
	requireDiagnosis(t, of(diagnosed, signPSS(t, key, crypto.SHA256, 32, digest)), diagnose.PSSNotPKCS1)
	d := of(diagnosed, signPKCS1(t, key, crypto.SHA256, sum256("something else")))
	requireDiagnosis(t, d, diagnose.OtherMessage)
	require.Contains(t, d.Sentence, hex.EncodeToString(sum256("something else")), "PKCS #1 shows the digest")

	// Without DigestInfo, which crypto/rsa calls hash 0.
	requireDiagnosis(t, of(diagnosed, signPKCS1(t, key, 0, digest)), diagnose.NoDigestInfo)
	requireDiagnosis(t, of(diagnosed, signPKCS1(t, key, 0, []byte(diagnosed))), diagnose.NoDigestInfo, diagnose.NotHashed)
	requireDiagnosis(t, of(diagnosed, signPKCS1(t, key, 0, hashed(crypto.SHA1, diagnosed))), diagnose.NoDigestInfo,
		diagnose.OtherHash)

	info := func(oid stdasn1.ObjectIdentifier, null bool, digest []byte) []byte {
		var b cryptobyte.Builder
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1ObjectIdentifier(oid)
				if null {
					b.AddASN1NULL()
				}
			})
			b.AddASN1OctetString(digest)
		})
		return privateOperation(key, pkcs1(key.Size(), b.BytesOrPanic()))
	}
	oidSHA256, oidSHA1 := stdasn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1},
		stdasn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}
	requireDiagnosis(t, of(diagnosed, info(oidSHA256, true, digest)), diagnose.Valid)
	requireDiagnosis(t, of(diagnosed, info(oidSHA256, false, digest)), diagnose.WrongDigestInfo)
	requireDiagnosis(t, of(diagnosed, info(oidSHA1, true, digest)), diagnose.WrongDigestInfo)
	d = of(diagnosed, info(stdasn1.ObjectIdentifier{1, 2, 3}, true, digest))
	requireDiagnosis(t, d, diagnose.WrongDigestInfo)
	require.Contains(t, d.Sentence, "1.2.3")

	requireDiagnosis(t, of(diagnosed, privateOperation(key, digest)), diagnose.NoPadding)
	requireDiagnosis(t, of(diagnosed, privateOperation(key, sum256("something else"))), diagnose.Unexplained)
	one := append(make([]byte, key.Size()-1), 1)
	requireDiagnosis(t, of(diagnosed, one), diagnose.Malformed)
}
