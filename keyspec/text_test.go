// SPDX-License-Identifier: Apache-2.0

package keyspec_test

import (
	"crypto"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/emmansun/gmsm/cfca"
	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/smx509"
	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/keyspec"
)

// Text and containers that people take for keys: the error names what it is.
func TestNamesWhatIsNoKey(t *testing.T) {
	der := read(t, "EC_SM2_TESTING.pkcs8.der")
	spki := read(t, "EC_SM2_TESTING.spki.der")
	scalar := strings.Repeat("3a", 32)
	const (
		neither   = "the data is neither PEM nor DER"
		hexScalar = "the data is hexadecimal text of 32 bytes, probably a scalar: keyspec.PrivateKeyFromScalar takes it decoded (encoding/hex)"
		hexPoint  = " bytes, probably a point: keyspec.PublicKeyFromPoint takes it decoded (encoding/hex)"
		jwk       = "the data is a JSON Web Key: a JOSE library reads it; of an EC key, keyspec.PrivateKeyFromScalar takes d, " +
			"and keyspec.PublicKeyFromPoint 04 x y, decoded (base64.RawURLEncoding)"
		keystorePrivate = `the data is a Java keystore; "keytool -importkeystore -srckeystore FILE -destkeystore FILE.p12 -deststoretype PKCS12" ` +
			`makes it PKCS #12, and "openssl pkcs12 -in FILE.p12 -nodes -nocerts" converts that`
	)
	rows := []struct{ name, data, reason string }{
		{"hexadecimal scalar", scalar, hexScalar},
		{"upper case, with a line end", strings.ToUpper(scalar) + "\n", hexScalar},
		{"with 0x", "0x" + scalar, hexScalar},
		{"that begins with 0", "0a" + scalar[2:], hexScalar},
		{"that is a DER length", "0A" + scalar[2:], hexScalar},
		{"with colons", strings.TrimSuffix(strings.Repeat("3a:", 32), ":"), hexScalar},
		{"hexadecimal point", "04" + scalar + scalar, "the data is hexadecimal text of 65" + hexPoint},
		{"hexadecimal point without 04", scalar + scalar, "the data is hexadecimal text of 64" + hexPoint},
		{"hexadecimal compressed point", "02" + scalar, "the data is hexadecimal text of 33" + hexPoint},
		{"hexadecimal DER", hex.EncodeToString(der),
			"the data is hexadecimal text of 138 bytes, which is the DER: decode it (encoding/hex)"},
		{"hexadecimal SPKI", hex.EncodeToString(spki),
			"the data is hexadecimal text of 91 bytes, which is the DER: decode it (encoding/hex)"},
		{"hexadecimal of something", "0011223344",
			"the data is hexadecimal text of 5 bytes, and no key in a form that is read"},

		{"base64 DER", base64.StdEncoding.EncodeToString(der),
			"the data is base64 text without PEM's begin and end lines of 138 bytes, which is the DER: decode it (encoding/base64)"},
		{"base64 URL", base64.RawURLEncoding.EncodeToString(spki),
			"the data is base64 text without PEM's begin and end lines of 91 bytes, which is the DER: decode it (encoding/base64)"},
		{"base64 scalar", base64.StdEncoding.EncodeToString([]byte(strings.Repeat("\xfa", 32))),
			"the data is base64 text without PEM's begin and end lines of 32 bytes, probably a scalar: keyspec.PrivateKeyFromScalar takes it decoded (encoding/base64)"},

		{"JWK", `{"kty":"EC","crv":"P-256","x":"","y":"","d":""}`, jwk},
		{"JWK on lines", "\n{\n \"kty\": \"RSA\"\n}\n", jwk},
		{"Ethereum keystore", `{"version":3,"crypto":{"ciphertext":"","kdf":"scrypt"}}`,
			"the data is an Ethereum keystore in JSON: a wallet or go-ethereum's accounts/keystore opens it, and keyspec.PrivateKeyFromScalar takes the scalar"},
		{"client key", `{"KeyId":"KAAP","PrivateKeyData":"MII"}`,
			`the data is a client key of Alibaba Cloud in JSON, whose PrivateKeyData is PKCS #12 in base64: decode that, and "openssl pkcs12 -in FILE -nodes -nocerts" converts it`},
		{"other JSON", `{"a":1}`, neither + ": it is JSON"},

		{"Java keystore", "\xfe\xed\xfe\xed\x00\x00\x00\x02", keystorePrivate},
		{"Java keystore of the JCE", "\xce\xce\xce\xce\x00\x00\x00\x02", keystorePrivate},
		{"PuTTY", "PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\n",
			`the data is a PuTTY key; "puttygen FILE -O private-openssh-new -o KEY" and then "ssh-keygen -p -m PKCS8 -f KEY" convert it`},
		{"OpenSSH public", "ecdsa-sha2-nistp256 AAAA me",
			`the data is a public key in OpenSSH's own format; "ssh-keygen -e -m PKCS8 -f FILE" converts it`},
		{"UTF-16 of the other order", "\xfe\xff\x00-\x00-", neither + ": it is text in UTF-16; save it as UTF-8"},
		{"text", "please sign this for me", neither},
		{"one word", "password", neither},
		{"bytes", "\x01\x02\x03\x04", neither},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			key, err := keyspec.ParsePrivateKey([]byte(tt.data), password)
			refused(t, err, "Key", tt.reason)
			require.Nil(t, key)
			pub, err := keyspec.ParsePublicKey([]byte(tt.data))
			require.Nil(t, pub)
			refused(t, err, "Key", strings.Replace(tt.reason, "openssl pkcs12 -in FILE.p12 -nodes -nocerts",
				"openssl pkcs12 -in FILE.p12 -nokeys -clcerts | openssl x509 -pubkey -noout", 1))
		})
	}
}

// What gmsm writes for CFCA's tools, as DER and as it is on disk, in base64.
func TestNamesCFCAFiles(t *testing.T) {
	key := testKey(t, keyspec.ECSM2).(*sm2.PrivateKey)
	template := &smx509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	raw, err := smx509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	certificate, err := smx509.ParseCertificate(raw)
	require.NoError(t, err)
	file, err := cfca.MarshalSM2(password, key, certificate)
	require.NoError(t, err)
	const reason = "it is a CFCA .sm2 file, a format of its own, which github.com/emmansun/gmsm/cfca opens (ParseSM2)"
	for _, parse := range []func([]byte) (any, error){
		func(data []byte) (any, error) { return keyspec.ParsePrivateKey(data, password) },
		func(data []byte) (any, error) { return keyspec.ParsePublicKey(data) },
	} {
		got, err := parse(file)
		refused(t, err, "Key", reason)
		require.Nil(t, got)
		got, err = parse([]byte(base64.StdEncoding.EncodeToString(file)))
		require.ErrorContains(t, err, reason)
		require.Nil(t, got)
	}
	// The error's way out leads to the key.
	opened, _, err := cfca.ParseSM2(password, file)
	require.NoError(t, err)
	sameKey(t, crypto.PrivateKey(key), opened)
}
