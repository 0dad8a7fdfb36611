package signer_test

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

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
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

func TestDiagnose_rsaEncoding(t *testing.T) {
	t.Parallel()
	for _, k := range rsaSpecs {
		for _, alg := range k.Algorithms() {
			s := newSigner(t, keyspec.Pair{KeySpec: k, Algorithm: alg})
			sig, err := signer.SignMessage(background, s, bytes.NewReader([]byte(diagnosed)))
			require.NoError(t, err)
			for name, tt := range map[string]struct {
				sig  []byte
				want []signer.DiagnosisCode
			}{
				"as it is":      {sig, []signer.DiagnosisCode{signer.Valid}},
				"hex":           {[]byte(hex.EncodeToString(sig)), []signer.DiagnosisCode{signer.HexText}},
				"base64":        {[]byte(base64.StdEncoding.EncodeToString(sig)), []signer.DiagnosisCode{signer.Base64Text}},
				"base64url":     {[]byte(base64.RawURLEncoding.EncodeToString(sig)), []signer.DiagnosisCode{signer.Base64Text}},
				"zero before":   {append([]byte{0}, sig...), []signer.DiagnosisCode{signer.LeadingZeros}},
				"hex of that":   {[]byte("00" + hex.EncodeToString(sig)), []signer.DiagnosisCode{signer.HexText, signer.LeadingZeros}},
				"little-endian": {reverse(sig), []signer.DiagnosisCode{signer.LittleEndian}},
				"cut":           {sig[:len(sig)/2], []signer.DiagnosisCode{signer.Malformed}},
				"empty":         {nil, []signer.DiagnosisCode{signer.Malformed}},
				"zeros":         {make([]byte, len(sig)), []signer.DiagnosisCode{signer.Malformed}},
				"above n":       {bytes.Repeat([]byte{0xff}, len(sig)), []signer.DiagnosisCode{signer.Unexplained}},
				"damaged":       {damage(sig), []signer.DiagnosisCode{signer.Unexplained}},
			} {
				t.Run(string(k)+"/"+string(alg)+"/"+name, func(t *testing.T) {
					requireDiagnosis(t, signer.Diagnose(s.Public(), alg, []byte(diagnosed), tt.sig), tt.want...)
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
func TestDiagnose_rsaLeadingZeros(t *testing.T) {
	t.Parallel()
	key := testKey(t, keyspec.RSA2048).(*rsa.PrivateKey)
	s := newSigner(t, pkcs1Pair)
	for i := range 5000 {
		msg := hex.EncodeToString(big.NewInt(int64(i)).Bytes())
		sig := signPKCS1(t, key, crypto.SHA256, sum256(msg))
		if sig[0] == 0 {
			requireDiagnosis(t, signer.Diagnose(s.Public(), keyspec.RSAPKCS1SHA256, []byte(msg), bytes.TrimLeft(sig, "\x00")), signer.LeadingZeros)
			return
		}
	}
	t.Fatal("no such signature")
}

func TestDiagnose_rsaDigest(t *testing.T) {
	t.Parallel()
	key := testKey(t, keyspec.RSA2048).(*rsa.PrivateKey)
	for _, tt := range digestRows() {
		t.Run(tt.name, func(t *testing.T) {
			want := tt.want
			if want[0] == signer.Unexplained {
				want = []signer.DiagnosisCode{signer.OtherMessage}
			}
			requireDiagnosis(t, signer.Diagnose(&key.PublicKey, keyspec.RSAPKCS1SHA256, []byte(tt.msg), signPKCS1(t, key, crypto.SHA256, tt.digest)), want...)
			requireDiagnosis(t, signer.Diagnose(&key.PublicKey, keyspec.RSAPSSSHA256, []byte(tt.msg), signPSS(t, key, crypto.SHA256, 32, tt.digest)), want...)
			// With the other padding, and as text.
			text := []byte(hex.EncodeToString(signPSS(t, key, crypto.SHA256, 20, tt.digest)))
			requireDiagnosis(t, signer.Diagnose(&key.PublicKey, keyspec.RSAPKCS1SHA256, []byte(tt.msg), text),
				append([]signer.DiagnosisCode{signer.HexText, signer.PSSNotPKCS1}, want...)...)
			requireDiagnosis(t, signer.Diagnose(&key.PublicKey, keyspec.RSAPSSSHA256, []byte(tt.msg), text),
				append([]signer.DiagnosisCode{signer.HexText, signer.PSSSaltLength}, want...)...)
		})
	}
}

func TestDiagnose_pss(t *testing.T) {
	t.Parallel()
	key := testKey(t, keyspec.RSA2048).(*rsa.PrivateKey)
	diagnose := func(sig []byte) signer.Diagnosis {
		return signer.Diagnose(&key.PublicKey, keyspec.RSAPSSSHA256, []byte(diagnosed), sig)
	}
	digest := sum256(diagnosed)
	for salt := 1; salt <= 222; salt++ {
		if salt == 32 {
			requireDiagnosis(t, diagnose(signPSS(t, key, crypto.SHA256, salt, digest)), signer.Valid)
			continue
		}
		d := diagnose(signPSS(t, key, crypto.SHA256, salt, digest))
		requireDiagnosis(t, d, signer.PSSSaltLength)
		require.Contains(t, d.Sentence, "a salt of "+big.NewInt(int64(salt)).String()+" bytes")
	}
	for _, h := range []crypto.Hash{crypto.SHA1, crypto.SHA224, crypto.SHA384, crypto.SHA512} {
		d := hashed(h, diagnosed)
		requireDiagnosis(t, diagnose(signPSS(t, key, h, rsa.PSSSaltLengthEqualsHash, d)), signer.OtherHash)
		requireDiagnosis(t, diagnose(signPSS(t, key, h, 7, d)), signer.PSSSaltLength, signer.OtherHash)
		requireDiagnosis(t, diagnose(signPSS(t, key, h, rsa.PSSSaltLengthEqualsHash, hashed(h, "something else"))), signer.OtherHash, signer.OtherMessage)
		requireDiagnosis(t, diagnose(signPKCS1(t, key, h, d)), signer.PKCS1NotPSS, signer.OtherHash)
	}
	requireDiagnosis(t, diagnose(signPKCS1(t, key, crypto.SHA256, digest)), signer.PKCS1NotPSS)
	// Java's default: SHA-256 with MGF1 on SHA-1.
	requireDiagnosis(t, diagnose(privateOperation(key, emsaPSS(crypto.SHA256, crypto.SHA1, digest, 32))), signer.PSSMGF1Hash)
	requireDiagnosis(t, diagnose(privateOperation(key, emsaPSS(crypto.SHA256, crypto.SHA1, digest, 20))), signer.PSSMGF1Hash, signer.PSSSaltLength)
	requireDiagnosis(t, diagnose(privateOperation(key, emsaPSS(crypto.SHA256, crypto.SHA256, digest, 0))), signer.PSSSaltLength)
	// PSS on one hash around the digest of another.
	requireDiagnosis(t, diagnose(privateOperation(key, emsaPSS(crypto.SHA1, crypto.SHA1, digest, 20))), signer.PSSHash)
}

// The longest salt leaves no zeros in the padding that prove the key; neither the
// key nor the message is ruled out then.
func TestDiagnose_pssLongestSalt(t *testing.T) {
	t.Parallel()
	for _, k := range rsaSpecs {
		key := testKey(t, k).(*rsa.PrivateKey)
		for _, alg := range k.Algorithms() {
			// PSSSaltLengthAuto means this length, but in a FIPS 140 build 32.
			longest := key.Size() - 32 - 2
			sig := signPSS(t, key, crypto.SHA256, longest, sum256("something else"))
			d := signer.Diagnose(&key.PublicKey, alg, []byte(diagnosed), sig)
			requireDiagnosis(t, d, signer.Unexplained)
			require.Contains(t, d.Sentence, "may be PSS with the longest salt")
			require.NotContains(t, d.Sentence, "another key")
			require.Contains(t, d.Fix, "message")

			d = signer.Diagnose(&key.PublicKey, alg, []byte(diagnosed), bytes.Repeat([]byte{0x42}, len(sig)))
			requireDiagnosis(t, d, signer.Unexplained)
			require.Contains(t, d.Sentence, "no padding that proves this key")
			// Almost the longest.
			sig = signPSS(t, key, crypto.SHA256, longest-4, sum256("something else"))
			d = signer.Diagnose(&key.PublicKey, alg, []byte(diagnosed), sig)
			requireDiagnosis(t, d, signer.Unexplained)
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

func TestDiagnose_pkcs1(t *testing.T) {
	t.Parallel()
	key := testKey(t, keyspec.RSA3072).(*rsa.PrivateKey)
	diagnose := func(msg string, sig []byte) signer.Diagnosis {
		return signer.Diagnose(&key.PublicKey, keyspec.RSAPKCS1SHA256, []byte(msg), sig)
	}
	digest := sum256(diagnosed)
	for _, h := range []crypto.Hash{crypto.SHA1, crypto.SHA224, crypto.SHA384, crypto.SHA512, crypto.SHA512_256} {
		requireDiagnosis(t, diagnose(diagnosed, signPKCS1(t, key, h, hashed(h, diagnosed))), signer.OtherHash)
		requireDiagnosis(t, diagnose(diagnosed, signPKCS1(t, key, h, hashed(h, diagnosed+"\n"))), signer.OtherHash, signer.TrailingNewline)
		requireDiagnosis(t, diagnose(diagnosed, signPKCS1(t, key, h, hashed(h, "something else"))), signer.OtherHash, signer.OtherMessage)
	}
	requireDiagnosis(t, diagnose(diagnosed, signPSS(t, key, crypto.SHA256, 32, digest)), signer.PSSNotPKCS1)
	d := diagnose(diagnosed, signPKCS1(t, key, crypto.SHA256, sum256("something else")))
	requireDiagnosis(t, d, signer.OtherMessage)
	require.Contains(t, d.Sentence, hex.EncodeToString(sum256("something else")), "PKCS #1 shows the digest")

	// Without DigestInfo, which crypto/rsa calls hash 0.
	requireDiagnosis(t, diagnose(diagnosed, signPKCS1(t, key, 0, digest)), signer.NoDigestInfo)
	requireDiagnosis(t, diagnose(diagnosed, signPKCS1(t, key, 0, []byte(diagnosed))), signer.NoDigestInfo, signer.NotHashed)
	requireDiagnosis(t, diagnose(diagnosed, signPKCS1(t, key, 0, hashed(crypto.SHA1, diagnosed))), signer.NoDigestInfo, signer.OtherHash)

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
	oidSHA256, oidSHA1 := stdasn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}, stdasn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}
	requireDiagnosis(t, diagnose(diagnosed, info(oidSHA256, true, digest)), signer.Valid)
	requireDiagnosis(t, diagnose(diagnosed, info(oidSHA256, false, digest)), signer.WrongDigestInfo)
	requireDiagnosis(t, diagnose(diagnosed, info(oidSHA1, true, digest)), signer.WrongDigestInfo)
	d = diagnose(diagnosed, info(stdasn1.ObjectIdentifier{1, 2, 3}, true, digest))
	requireDiagnosis(t, d, signer.WrongDigestInfo)
	require.Contains(t, d.Sentence, "1.2.3")

	requireDiagnosis(t, diagnose(diagnosed, privateOperation(key, digest)), signer.NoPadding)
	requireDiagnosis(t, diagnose(diagnosed, privateOperation(key, sum256("something else"))), signer.Unexplained)
	one := append(make([]byte, key.Size()-1), 1)
	requireDiagnosis(t, diagnose(diagnosed, one), signer.Malformed)
}
