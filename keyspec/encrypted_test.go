// SPDX-License-Identifier: Apache-2.0

package keyspec_test

import (
	"bytes"
	"crypto/rand"
	encasn1 "encoding/asn1"
	"math/big"
	"strings"
	"testing"

	"github.com/emmansun/gmsm/pkcs"
	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
)

func TestMarshalEncryptedPrivateKey(t *testing.T) {
	key := testKey(t, keyspec.ECP256K)
	file, err := keyspec.MarshalEncryptedPrivateKey(key, []byte("påssword\x00"))
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(file), "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"))
	again, err := keyspec.ParsePrivateKey(file, []byte("påssword\x00"))
	require.NoError(t, err)
	sameKey(t, key, again)

	// What the documentation says of it, read by encoding/asn1.
	var box struct {
		Alg struct {
			OID    encasn1.ObjectIdentifier
			Params struct {
				KDF struct {
					OID    encasn1.ObjectIdentifier
					Params struct {
						Salt       []byte
						Iterations int
						KeyLength  int `asn1:"optional"`
						PRF        struct {
							OID  encasn1.ObjectIdentifier
							Null encasn1.RawValue
						}
					}
				}
				Cipher struct {
					OID encasn1.ObjectIdentifier
					IV  []byte
				}
			}
		}
		Data []byte
	}
	rest, err := encasn1.Unmarshal(der(t, file), &box)
	require.NoError(t, err)
	require.Empty(t, rest)
	require.Equal(t, "1.2.840.113549.1.5.13", box.Alg.OID.String())
	require.Equal(t, "1.2.840.113549.1.5.12", box.Alg.Params.KDF.OID.String())
	require.Equal(t, "1.2.840.113549.2.9", box.Alg.Params.KDF.Params.PRF.OID.String())
	require.Equal(t, "2.16.840.1.101.3.4.1.42", box.Alg.Params.Cipher.OID.String())
	require.Equal(t, 600_000, box.Alg.Params.KDF.Params.Iterations)
	require.Len(t, box.Alg.Params.KDF.Params.Salt, 16)
	require.Len(t, box.Alg.Params.Cipher.IV, 16)

	other, err := keyspec.MarshalEncryptedPrivateKey(key, []byte("x"))
	require.NoError(t, err)
	require.NotContains(t, string(der(t, other)), string(box.Alg.Params.KDF.Params.Salt))
	require.NotContains(t, string(der(t, other)), string(box.Alg.Params.Cipher.IV))
}

func TestMarshalEncryptedPrivateKeyRefuses(t *testing.T) {
	for _, password := range [][]byte{nil, {}} {
		file, err := keyspec.MarshalEncryptedPrivateKey(testKey(t, keyspec.ECP256), password)
		refused(t, err, "Password", "the password is empty")
		require.Nil(t, file)
	}
	file, err := keyspec.MarshalEncryptedPrivateKey(nil, []byte("x"))
	refused(t, err, "Key", "the key is nil")
	require.Nil(t, file)
}

func TestNoPassword(t *testing.T) {
	for _, password := range [][]byte{nil, {}} {
		key, err := keyspec.ParsePrivateKey(read(t, "EC_P256_TESTING.aes256.pem"), password)
		refused(t, err, "Password", "the key is encrypted and there is no password")
		require.Nil(t, key)
	}
}

// Whatever follows from a wrong password is one error, though the padding fits
// one time in 256.
func TestWrongPassword(t *testing.T) {
	data := read(t, "EC_P256_TESTING.aes192.pem") // of one iteration
	for i := range 3000 {
		key, err := keyspec.ParsePrivateKey(data, append([]byte("wrong"), byte(i), byte(i>>8)))
		refused(t, err, "Password", "the password does not open the key")
		require.Nil(t, key)
	}
	for _, name := range []string{"RSA_2048_TESTING.aes256.pem", "EC_SM2_TESTING.aes256.pem",
		"EC_P256_TESTING.scrypt.pem", "EC_P256_TESTING.sm4.pem"} {
		_, err := keyspec.ParsePrivateKey(read(t, name), []byte("TESTIN"))
		refused(t, err, "Password", "the password does not open the key")
	}
}

// encrypt makes an EncryptedPrivateKeyInfo of any contents.
func encrypt(t testing.TB, scheme pkcs.PBESEncrypter, plain []byte) []byte {
	alg, ciphertext, err := scheme.Encrypt(rand.Reader, password, plain)
	require.NoError(t, err)
	out, err := encasn1.Marshal(*alg)
	require.NoError(t, err)
	return seq(out, octets(ciphertext))
}

// The right password on something else than PKCS #8 cannot be told from a wrong
// one.
func TestEncryptedSomethingElse(t *testing.T) {
	scheme := pkcs.NewPBESEncrypter(pkcs.AES128CBC, pkcs.NewPBKDF2Opts(pkcs.SHA256, 8, 1))
	for _, plain := range [][]byte{
		nil, []byte("text"), seq(), read(t, "EC_P256_TESTING.sec1.der"), read(t, "EC_P256_TESTING.spki.der"),
		read(t, "EC_P256_TESTING.aes256der.der"), append(read(t, "EC_P256_TESTING.pkcs8.der"), 0),
	} {
		key, err := keyspec.ParsePrivateKey(encrypt(t, scheme, plain), password)
		refused(t, err, "Password", "the password does not open the key")
		require.Nil(t, key)
	}
	key, err := keyspec.ParsePrivateKey(encrypt(t, scheme, der(t, read(t, "refused_TESTING_ed25519.pem"))), password)
	refused(t, err, "Key", "the algorithm of the key is Ed25519, which no key spec names")
	require.Nil(t, key)
}

// gmsm writes every scheme that is read, and some that are not.
func TestEncryptionSchemes(t *testing.T) {
	plain := read(t, "EC_SM2_TESTING.pkcs8.der")
	var read []pkcs.PBESEncrypter
	for _, cipher := range []pkcs.Cipher{pkcs.AES128CBC, pkcs.AES192CBC, pkcs.AES256CBC, pkcs.SM4CBC, pkcs.SM4} {
		for _, prf := range []pkcs.Hash{
			pkcs.SHA1, pkcs.SHA224, pkcs.SHA256, pkcs.SHA384, pkcs.SHA512, pkcs.SHA512_224, pkcs.SHA512_256, pkcs.SM3,
		} {
			read = append(read, pkcs.NewPBESEncrypter(cipher, pkcs.NewPBKDF2Opts(prf, 16, 3)))
		}
		read = append(read,
			pkcs.NewPBESEncrypter(cipher, pkcs.NewScryptOpts(16, 2, 1, 1)),
			pkcs.NewPBESEncrypter(cipher, pkcs.NewScryptOpts(16, 1<<10, 8, 2)),
			pkcs.NewPBESEncrypter(cipher, pkcs.NewSMPBKDF2Opts(16, 3)))
	}
	read = append(read, pkcs.NewSMPBESEncrypter(16, 3),
		pkcs.NewSMPBESEncrypterWithKDF(pkcs.NewPBKDF2Opts(pkcs.SHA256, 1, 3)))
	for i, scheme := range read {
		key, err := keyspec.ParsePrivateKey(encrypt(t, scheme, plain), password)
		require.NoError(t, err, "%d", i)
		sameKey(t, testKey(t, keyspec.ECSM2), key)
	}

	kdf := pkcs.NewPBKDF2Opts(pkcs.SHA256, 16, 3)
	for name, cipher := range map[string]pkcs.Cipher{
		"DES": pkcs.DESCBC, "3DES": pkcs.TripleDESCBC, "SM4-ECB": pkcs.SM4ECB, "SM4-GCM": pkcs.SM4GCM,
		"AES-128-GCM": pkcs.AES128GCM, "AES-192-GCM": pkcs.AES192GCM, "AES-256-GCM": pkcs.AES256GCM,
	} {
		key, err := keyspec.ParsePrivateKey(encrypt(t, pkcs.NewPBESEncrypter(cipher, kdf), plain), password)
		refused(t, err, "Key", "the key is encrypted with "+name+`, which is not read; "openssl pkcs8 -topk8" converts it`)
		require.Nil(t, key)
	}
}

// What a hostile file may put into the parameters. No row may derive a key: each
// has a work that would run for hours, or a value that gmsm panics on.
func TestHostileEncryption(t *testing.T) {
	pbkdf2, scrypt := oid(t, 1, 2, 840, 113549, 1, 5, 12), oid(t, 1, 3, 6, 1, 4, 1, 11591, 4, 11)
	aes256, sm4 := oid(t, 2, 16, 840, 1, 101, 3, 4, 1, 42), oid(t, 1, 2, 156, 10197, 1, 104)
	pbes2 := oid(t, 1, 2, 840, 113549, 1, 5, 13)
	sha256 := seq(oid(t, 1, 2, 840, 113549, 2, 9), null)
	salt, iv, data := octets(make([]byte, 16)), octets(make([]byte, 16)), octets(make([]byte, 64))
	num := func(n int64) []byte { return integer(t, big.NewInt(n)) }
	aes := seq(aes256, iv)
	huge := integer(t, new(big.Int).Lsh(big.NewInt(1), 100))
	file := func(kdf, cipher, data []byte) []byte { return seq(seq(pbes2, seq(kdf, cipher)), data) }
	withKDF := func(params ...[]byte) []byte { return file(seq(pbkdf2, seq(params...)), aes, data) }
	withScrypt := func(n, r, p int64) []byte {
		return file(seq(scrypt, seq(salt, num(n), num(r), num(p))), aes, data)
	}
	good := seq(pbkdf2, seq(salt, num(1), sha256))
	_, err := keyspec.ParsePrivateKey(file(good, aes, data), password)
	refused(t, err, "Password", "the password does not open the key") // the frame of all rows is good

	const (
		container  = "the encrypted PKCS #8 key is malformed"
		scheme     = "the parameters of PBES2 are malformed"
		cipher     = "the parameters of the cipher are malformed"
		derivation = "the parameters of the key derivation are malformed"
		inPBKDF2   = "the parameters of PBKDF2 are malformed"
		inScrypt   = "the parameters of scrypt are malformed"
		blocks     = "the encrypted key is not whole blocks of the cipher: it is truncated"
		rewrite    = `, which is not read; "openssl pkcs8 -topk8" converts it`
	)
	tooMuch := func(n, r, p string) string {
		return "scrypt asks for N = " + n + ", r = " + r + ", p = " + p + ": too much memory or time"
	}
	for _, tt := range []struct {
		name   string
		der    []byte
		reason string
	}{
		{"iterations", withKDF(salt, num(10_000_001), sha256), "PBKDF2 asks for 10000001 iterations, not 1 to 10000000"},
		{"iterations beyond int64", withKDF(salt, huge, sha256),
			"PBKDF2 asks for 9223372036854775807 iterations, not 1 to 10000000"},
		{"iterations below int64", withKDF(salt, integer(t, new(big.Int).Neg(new(big.Int).Lsh(big.NewInt(1), 100))), sha256),
			"PBKDF2 asks for -9223372036854775808 iterations, not 1 to 10000000"},
		{"no iterations", withKDF(salt, num(0), sha256), "PBKDF2 asks for 0 iterations, not 1 to 10000000"},
		{"negative iterations", withKDF(salt, num(-1), sha256), "PBKDF2 asks for -1 iterations, not 1 to 10000000"},
		{"iterations left out", withKDF(salt), inPBKDF2},
		{"iterations padded", withKDF(salt, []byte{2, 2, 0, 1}, sha256), inPBKDF2},
		{"empty salt", withKDF(octets(), num(1), sha256), "the salt of the key derivation has 0 bytes, not 1 to 1024"},
		{"huge salt", withKDF(octets(make([]byte, 1025)), num(1), sha256),
			"the salt of the key derivation has 1025 bytes, not 1 to 1024"},
		{"salt from elsewhere", withKDF(seq(pbkdf2), num(1), sha256), derivation},
		{"another key length", withKDF(salt, num(1), num(16), sha256), inPBKDF2},
		{"huge key length", withKDF(salt, num(1), huge, sha256), inPBKDF2},
		{"PRF followed", withKDF(salt, num(1), sha256, null), inPBKDF2},
		{"PRF with parameters", withKDF(salt, num(1), seq(oid(t, 1, 2, 840, 113549, 2, 9), seq())), inPBKDF2},
		{"PRF no sequence", withKDF(salt, num(1), null), inPBKDF2},
		{"unknown PRF", withKDF(salt, num(1), seq(oid(t, 1, 2, 3), null)), `the key is encrypted with OID "1.2.3"` + rewrite},
		{"HMAC-MD5", withKDF(salt, num(1), seq(oid(t, 1, 2, 840, 113549, 2, 6), null)),
			`the key is encrypted with OID "1.2.840.113549.2.6"` + rewrite},
		{"PBKDF2 followed", file(seq(pbkdf2, seq(salt, num(1)), null), aes, data), scheme},
		{"PBKDF2 without parameters", file(seq(pbkdf2), aes, data), derivation},
		{"unknown KDF", file(seq(oid(t, 1, 2, 3), seq(salt)), aes, data), `the key is encrypted with OID "1.2.3"` + rewrite},

		{"scrypt memory", withScrypt(1<<18, 9, 1), tooMuch("262144", "9", "1")},
		{"scrypt N", withScrypt(1<<40, 1, 1), tooMuch("1099511627776", "1", "1")},
		{"scrypt r", withScrypt(2, 1<<40, 1), tooMuch("2", "1099511627776", "1")},
		{"scrypt p", withScrypt(1<<14, 8, 65), tooMuch("16384", "8", "65")},
		{"scrypt memory of p", withScrypt(2, 1, 1<<21+1), tooMuch("2", "1", "2097153")},
		{"scrypt p alone", withScrypt(2, 1, 1<<40), tooMuch("2", "1", "1099511627776")},
		{"scrypt that overflows", withScrypt(1<<62, 1<<62, 1<<62),
			tooMuch("4611686018427387904", "4611686018427387904", "4611686018427387904")},
		{"scrypt N no power of two", withScrypt(1000, 8, 1), inScrypt},
		{"scrypt N = 1", withScrypt(1, 8, 1), inScrypt},
		{"scrypt N = 0", withScrypt(0, 8, 1), inScrypt},
		{"scrypt r = 0", withScrypt(16, 0, 1), inScrypt},
		{"scrypt p = 0", withScrypt(16, 8, 0), inScrypt},
		{"scrypt negative", withScrypt(-16, -8, -1), inScrypt},
		{"scrypt with a number more", file(seq(scrypt, seq(salt, num(16), num(8), num(1), num(32), num(1))), aes, data),
			inScrypt},
		{"scrypt with another key length", file(seq(scrypt, seq(salt, num(16), num(8), num(1), num(16))), aes, data),
			inScrypt},
		{"scrypt without p", file(seq(scrypt, seq(salt, num(16), num(8))), aes, data), inScrypt},

		{"short IV", file(good, seq(aes256, octets(make([]byte, 15))), data), cipher},
		{"long IV", file(good, seq(aes256, octets(make([]byte, 17))), data), cipher},
		{"no IV", file(good, seq(aes256), data), cipher},
		{"NULL for the IV", file(good, seq(aes256, null), data), cipher},
		{"IV followed", file(good, seq(aes256, iv, null), data), scheme},
		{"SM4 without an IV is ECB", file(good, seq(sm4), data), cipher},
		{"unknown cipher", file(good, seq(oid(t, 1, 2, 3), iv), data), `the key is encrypted with OID "1.2.3"` + rewrite},
		{"no ciphertext", file(good, aes, octets()), blocks},
		{"part of a block", file(good, aes, octets(make([]byte, 63))), blocks},

		{"PBES2 without parameters", seq(seq(pbes2), data), scheme},
		{"PBES2 followed", seq(seq(pbes2, seq(good, aes, null)), data), scheme},
		{"PBES2 with one part", seq(seq(pbes2, seq(good)), data), scheme},
		{"container followed", seq(seq(pbes2, seq(good, aes)), data, null), "the DER is no private key"},
		{"container without algorithm", seq(seq(), data), container},
		{"unknown scheme", seq(seq(oid(t, 1, 2, 3)), data), `the key is encrypted with OID "1.2.3"` + rewrite},
		{"PKCS #12 RC2", seq(seq(oid(t, 1, 2, 840, 113549, 1, 12, 1, 6), seq(salt, num(1))), data),
			"the key is encrypted with PKCS #12 PBE (RC2)" + rewrite},
		{"PBES1 SHA-1 DES", seq(seq(oid(t, 1, 2, 840, 113549, 1, 5, 10), seq(salt, num(1))), data),
			"the key is encrypted with PBES1 (SHA-1, DES)" + rewrite},
	} {
		t.Run(tt.name, func(t *testing.T) {
			key, err := keyspec.ParsePrivateKey(tt.der, password)
			refused(t, err, "Key", tt.reason)
			require.Nil(t, key)
			_, err = keyspec.ParsePrivateKey(tt.der, nil)
			refused(t, err, "Key", tt.reason)
		})
	}
	// The bounds themselves are within. Without a password nothing is derived.
	for _, der := range [][]byte{
		withKDF(salt, num(10_000_000), sha256), withKDF(octets(make([]byte, 1024)), num(1), sha256),
		withKDF(octets([]byte{0}), num(1)), withKDF(salt, num(1), num(32)),
		withScrypt(1<<17, 8, 8), withScrypt(1<<14, 8, 64), withScrypt(2, 1, 1<<21-4),
		withKDF(salt, num(1), seq(oid(t, 1, 2, 840, 113549, 2, 9))),
	} {
		_, err := keyspec.ParsePrivateKey(der, nil)
		refused(t, err, "Password", "the key is encrypted and there is no password")
	}
}

// Neither the key nor the password is in an error, in any form.
func TestErrorsHoldNoSecret(t *testing.T) {
	const password = "correct horse"
	for _, name := range []string{"EC_P256_TESTING.aes192.pem", "RSA_2048_TESTING.aes256.pem"} {
		_, err := keyspec.ParsePrivateKey(read(t, name), []byte(password))
		require.NotContains(t, err.Error(), password)
	}
	for _, c := range curveDERs(t) {
		wrong := seq(integer(t, 0), c.algorithm, octets(seq(integer(t, 1), octets(c.scalar),
			tlv(0xa1, bits(bytes.Repeat([]byte{4}, 65))))))
		_, err := keyspec.ParsePrivateKey(wrong, nil)
		require.ErrorContains(t, err, "not a point")
		var e *errors.Error
		require.ErrorAs(t, err, &e)
		require.Nil(t, e.Err)
		require.Less(t, len(err.Error()), 120)
	}
}

func BenchmarkMarshalEncryptedPrivateKey(b *testing.B) {
	key := testKey(b, keyspec.ECP256)
	for b.Loop() {
		if _, err := keyspec.MarshalEncryptedPrivateKey(key, password); err != nil {
			b.Fatal(err)
		}
	}
}
