// SPDX-License-Identifier: Apache-2.0

package keyspec_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/keyspec"
)

// What OpenSSL 3.0 writes that is no key of any spec, each with the fact that its
// refusal names.
func TestRefusesOpenSSLFiles(t *testing.T) {
	const (
		explicit = "the curve is given by explicit parameters, not by its name"
		hybrid   = "the public key is a point in the hybrid form"
		rewrite  = `, which is not read; "openssl pkcs8 -topk8" converts it`
		pss      = "the RSA key is bound to RSASSA-PSS (id-RSASSA-PSS); only keys of rsaEncryption are read"
	)
	size := func(bits string) string { return "the RSA modulus has " + bits + " bits, not 2048 or 3072" }
	algorithm := func(name string) string { return "the algorithm of the key is " + name + ", which no key spec names" }
	reasons := map[string]string{
		"EC_P256K_TESTING_explicit.pem":      explicit,
		"EC_P256K_TESTING_explicit.spki.pem": explicit,
		"EC_P256K_TESTING_hybrid.spki.pem":   hybrid,
		"EC_P256_TESTING_explicit.pem":       explicit,
		"EC_P256_TESTING_explicit.spki.pem":  explicit,
		"EC_P256_TESTING_hybrid.spki.pem":    hybrid,
		"EC_SM2_TESTING_explicit.pem":        explicit,

		"EC_P256_TESTING_3des.pem":        "the key is encrypted with 3DES" + rewrite,
		"EC_P256_TESTING_pbes1.pem":       "the key is encrypted with PBES1 (MD5, DES)" + rewrite,
		"EC_P256_TESTING_pkcs12pbe.pem":   "the key is encrypted with PKCS #12 PBE (3DES)" + rewrite,
		"EC_P256_TESTING_dekinfo.pem":     `the key is in the legacy PEM encryption (DEK-Info); "openssl pkcs8 -topk8" converts it`,
		"EC_P256_TESTING_certificate.pem": "the file holds a CERTIFICATE where a private key is wanted",
		"EC_P256_TESTING_pkcs12.der":      "the DER holds a PKCS #12 container where a private key is wanted; \"openssl pkcs12 -in FILE -nodes -nocerts\" converts it",

		"TESTING_secp224r1.pem":            "the key is on curve P-224",
		"TESTING_secp224r1.spki.pem":       "the key is on curve P-224",
		"TESTING_secp384r1.pem":            "the key is on curve P-384",
		"TESTING_secp384r1.spki.pem":       "the key is on curve P-384",
		"TESTING_secp384r1_sec1params.pem": "the key is on curve P-384",
		"TESTING_secp384r1_aes256.pem":     "the key is on curve P-384", // the password is right
		"TESTING_secp521r1.pem":            "the key is on curve P-521",
		"TESTING_secp521r1.spki.pem":       "the key is on curve P-521",
		"TESTING_brainpoolP256r1.pem":      "the key is on curve brainpoolP256r1",
		"TESTING_brainpoolP256r1.spki.pem": "the key is on curve brainpoolP256r1",

		"TESTING_rsa1024.pem":       size("1024"),
		"TESTING_rsa1024.spki.pem":  size("1024"),
		"TESTING_rsa4096.pem":       size("4096"),
		"TESTING_rsa4096.pkcs1.pem": size("4096"),
		"TESTING_rsa4096.spki.pem":  size("4096"),
		"TESTING_rsa3primes.pem":    "the RSA key has more than two prime factors",
		"TESTING_rsapss.pem":        pss,
		"TESTING_rsapss.spki.pem":   pss,

		"TESTING_ed25519.pem":      algorithm("Ed25519"),
		"TESTING_ed25519.spki.pem": algorithm("Ed25519"),
		"TESTING_x25519.pem":       algorithm("X25519"),
		"TESTING_x25519.spki.pem":  algorithm("X25519"),
		"TESTING_ed448.pem":        algorithm("Ed448"),
		"TESTING_ed448.spki.pem":   algorithm("Ed448"),
	}
	files, err := filepath.Glob("testdata/refused_*")
	require.NoError(t, err)
	require.Len(t, files, len(reasons))
	for _, file := range files {
		name := strings.TrimPrefix(filepath.Base(file), "refused_")
		t.Run(name, func(t *testing.T) {
			require.Contains(t, reasons, name)
			data, err := os.ReadFile(file)
			require.NoError(t, err)
			if strings.Contains(name, ".spki") {
				key, err := keyspec.ParsePublicKey(data)
				refused(t, err, "Key", reasons[name])
				require.Nil(t, key)
				return
			}
			key, err := keyspec.ParsePrivateKey(data, password)
			refused(t, err, "Key", reasons[name])
			require.Nil(t, key)
		})
	}
}

func TestRefusesTheWrongHalf(t *testing.T) {
	for name, reason := range map[string]string{
		"EC_P256_TESTING.spki.pem":                "the file holds a PUBLIC KEY where a private key is wanted",
		"EC_P256_TESTING.spki.der":                "the DER holds a public key where a private key is wanted",
		"RSA_2048_TESTING.pkcs1pub.pem":           "the file holds an RSA PUBLIC KEY where a private key is wanted",
		"RSA_2048_TESTING.pkcs1pub.der":           "the DER holds a public key (PKCS #1) where a private key is wanted",
		"refused_EC_P256_TESTING_hybrid.spki.pem": "the file holds a PUBLIC KEY where a private key is wanted",
	} {
		key, err := keyspec.ParsePrivateKey(read(t, name), nil)
		refused(t, err, "Key", reason)
		require.Nil(t, key)
	}
	for name, reason := range map[string]string{
		"EC_P256_TESTING.pkcs8.pem":               "the file holds a PRIVATE KEY where a public key is wanted",
		"EC_P256_TESTING.sec1.pem":                "the file holds an EC PRIVATE KEY where a public key is wanted",
		"EC_SM2_TESTING.sec1.pem":                 "the file holds an SM2 PRIVATE KEY where a public key is wanted",
		"EC_P256_TESTING.aes256.pem":              "the file holds an ENCRYPTED PRIVATE KEY where a public key is wanted",
		"RSA_2048_TESTING.pkcs1.pem":              "the file holds an RSA PRIVATE KEY where a public key is wanted",
		"EC_P256_TESTING.pkcs8.der":               "the DER holds a private key (PKCS #8) where a public key is wanted",
		"EC_P256_TESTING.sec1.der":                "the DER holds a private key (SEC 1) where a public key is wanted",
		"EC_P256_TESTING.aes256der.der":           "the DER holds a private key (PKCS #8, encrypted) where a public key is wanted",
		"RSA_2048_TESTING.pkcs1.der":              "the DER holds a private key (PKCS #1) where a public key is wanted",
		"EC_P256_TESTING.sec1params.pem":          `the PEM block "EC PARAMETERS" is no public key`,
		"refused_EC_P256_TESTING_certificate.pem": "the file holds a CERTIFICATE where a public key is wanted; \"openssl x509 -in FILE -pubkey -noout\" or the PublicKey of x509.ParseCertificate has it",
		"refused_EC_P256_TESTING_pkcs12.der":      "the DER holds a PKCS #12 container where a public key is wanted; \"openssl pkcs12 -in FILE -nokeys -clcerts | openssl x509 -pubkey -noout\" converts it",
	} {
		key, err := keyspec.ParsePublicKey(read(t, name))
		refused(t, err, "Key", reason)
		require.Nil(t, key)
	}
	certificate := der(t, read(t, "refused_EC_P256_TESTING_certificate.pem"))
	_, err := keyspec.ParsePublicKey(certificate)
	refused(t, err, "Key", "the DER holds a certificate where a public key is wanted; \"openssl x509 -inform DER -in FILE -pubkey -noout\" or the PublicKey of x509.ParseCertificate has it")
	_, err = keyspec.ParsePrivateKey(certificate, nil)
	refused(t, err, "Key", "the DER holds a certificate where a private key is wanted")
	// The label lies, the contents tell.
	_, err = keyspec.ParsePublicKey(toPEM("PUBLIC KEY", read(t, "EC_P256_TESTING.pkcs8.der")))
	refused(t, err, "Key", "the DER holds a private key (PKCS #8) where a public key is wanted")
	_, err = keyspec.ParsePrivateKey(toPEM("PRIVATE KEY", read(t, "EC_P256_TESTING.spki.der")), nil)
	refused(t, err, "Key", "the DER holds a public key where a private key is wanted")
}

func TestRefusesDamagedFiles(t *testing.T) {
	key := string(read(t, "EC_P256_TESTING.pkcs8.pem"))
	lines := strings.SplitAfter(key, "\n")
	begin, body, end := lines[0], strings.Join(lines[1:len(lines)-2], ""), lines[len(lines)-2]
	params := "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
	paramsSM2 := "-----BEGIN SM2 PARAMETERS-----\nBggqgRzPVQGCLQ==\n-----END SM2 PARAMETERS-----\n"
	const (
		noEnd   = `the PEM block "PRIVATE KEY" has no end line: the file is truncated`
		damaged = `the PEM block "PRIVATE KEY" is damaged`
		neither = "the data is neither PEM nor DER"
		// The rest is in TestNamesWhatIsNoKey.
		neither64 = "the data is base64 text without PEM's begin and end lines of 138 bytes, which is the DER: decode it (encoding/base64)"
	)
	for _, tt := range []struct{ name, file, reason string }{
		{"empty", "", "the data is empty"},
		{"only a byte order mark", "\xef\xbb\xbf", neither},
		{"text", "this is no key", neither},
		{"text that begins like DER", "0", "the DER of the key is truncated"},
		{"only base64", body, neither64},
		{"begin line only", begin, noEnd},
		{"cut in the body", begin + body[:40], noEnd},
		{"cut in the end line", strings.TrimSuffix(key, "KEY-----\n"), noEnd},
		{"another end line", begin + body + "-----END EC PRIVATE KEY-----\n", noEnd},
		{"cut begin line", "-----BEGIN PRIVATE", "the PEM block \"PRIVATE\" has no end line: the file is truncated"},
		{"begin line without dashes", "-----BEGIN PRIVATE KEY\n" + body + end, "a PEM begin line is incomplete"},
		{"no base64", begin + "!" + body + end, damaged},
		{"cut base64", begin + body[:len(body)-2] + "\n" + end, damaged},
		{"newlines written as backslash n", strings.ReplaceAll(key, "\n", `\n`), damaged +
			`: its line ends are written as \n in two characters; put line ends in their place`},
		{"on one line", strings.ReplaceAll(key, "\n", ""), damaged +
			": it is all on one line; the begin and end lines are lines of their own"},
		{"damaged, then good", begin + "!" + body + end + key, damaged},
		{"cut, then good", begin + body[:40] + "\n" + key, noEnd},
		{"empty block", begin + end, "the DER of the key is truncated"},
		{"indented", "  " + strings.ReplaceAll(key, "\n", "\n  "), neither +
			`: "-----BEGIN" does not stand at the beginning of a line`},
		{"UTF-16", "\xff\xfe-\x00-\x00", neither + ": it is text in UTF-16; save it as UTF-8"},
		{"two keys", key + key, "the file holds a second key"},
		{"two keys, one empty", begin + end + key, "the file holds a second key"},
		{"key and public key", key + string(read(t, "EC_P256_TESTING.spki.pem")),
			`the file also holds a block "PUBLIC KEY"; only the private key is wanted, which "openssl pkey -in FILE" writes`},
		{"certificate and key", string(read(t, "refused_EC_P256_TESTING_certificate.pem")) + key,
			`the file also holds a block "CERTIFICATE"; only the private key is wanted, which "openssl pkey -in FILE" writes`},
		{"key and certificate", key + string(read(t, "refused_EC_P256_TESTING_certificate.pem")),
			`the file also holds a block "CERTIFICATE"; only the private key is wanted, which "openssl pkey -in FILE" writes`},
		{"OpenSSH", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n",
			`the key is in OpenSSH's own format; "ssh-keygen -p -m PKCS8 -f FILE" converts it in place`},
		{"DSA", "-----BEGIN DSA PRIVATE KEY-----\nAAAA\n-----END DSA PRIVATE KEY-----\n",
			`the PEM block "DSA PRIVATE KEY" is no private key`},
		{"unknown label", "-----BEGIN " + strings.Repeat("X", 100) + "-----\nAAAA\n-----END " + strings.Repeat("X", 100) +
			"-----\n", `the PEM block "` + strings.Repeat("X", 40) + `"… is no private key`},
		{"parameters only", params, "the file holds curve parameters and no key"},
		{"parameters twice", params + params + key, "the file holds a second block of curve parameters"},
		{"parameters of another curve", paramsSM2 + key, "the parameters beside the key name SM2, not the curve of the key"},
		{"parameters of another curve, SEC 1", paramsSM2 + string(read(t, "EC_P256_TESTING.sec1.pem")),
			"the key names two curves, SM2 and P-256"},
		{"parameters beside RSA", params + string(read(t, "RSA_2048_TESTING.pkcs1.pem")),
			"the parameters beside the key name P-256, not the curve of the key"},
		{"damaged parameters", "-----BEGIN EC PARAMETERS-----\nBgg=\n-----END EC PARAMETERS-----\n" + key,
			"the key does not name its curve"},
		{"Proc-Type without DEK-Info", begin + "Proc-Type: 4,ENCRYPTED\n\n" + body + end,
			`the key is in the legacy PEM encryption (DEK-Info); "openssl pkcs8 -topk8" converts it`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := keyspec.ParsePrivateKey([]byte(tt.file), password)
			refused(t, err, "Key", tt.reason)
			require.Nil(t, got)
		})
	}

	public := string(read(t, "EC_P256_TESTING.spki.pem"))
	for _, tt := range []struct{ name, file, reason string }{
		{"empty", "", "the data is empty"},
		{"text", "this is no key", neither},
		{"truncated", public[:60], `the PEM block "PUBLIC KEY" has no end line: the file is truncated`},
		{"two keys", public + public, "the file holds a second key"},
		{"key and private key", public + key, "the file holds a PRIVATE KEY where a public key is wanted"},
		{"OpenSSH", "ssh-ed25519 AAAA me",
			`the data is a public key in OpenSSH's own format; "ssh-keygen -e -m PKCS8 -f FILE" converts it`},
	} {
		t.Run("public: "+tt.name, func(t *testing.T) {
			got, err := keyspec.ParsePublicKey([]byte(tt.file))
			refused(t, err, "Key", tt.reason)
			require.Nil(t, got)
		})
	}
	for _, data := range [][]byte{nil, {}} {
		_, err := keyspec.ParsePrivateKey(data, nil)
		refused(t, err, "Key", "the data is empty")
		_, err = keyspec.ParsePublicKey(data)
		refused(t, err, "Key", "the data is empty")
	}
}

// Every proper prefix of a file is refused, PEM or DER; of DER, as truncated.
func TestRefusesTruncatedFiles(t *testing.T) {
	for _, name := range []string{
		"EC_P256_TESTING.pkcs8.der", "EC_SM2_TESTING.pkcs8.der", "EC_P256K_TESTING.sec1.der", "RSA_2048_TESTING.pkcs8.der",
		"RSA_3072_TESTING.pkcs1.der", "EC_P256_TESTING.aes256der.der",
	} {
		data := read(t, name)
		for i := 1; i < len(data); i++ {
			_, err := keyspec.ParsePrivateKey(data[:i], password)
			refused(t, err, "Key", "the DER of the key is truncated")
		}
		_, err := keyspec.ParsePrivateKey(append(data[:len(data):len(data)], 0), password)
		refused(t, err, "Key", "1 bytes follow the DER of the key")
	}
	for _, name := range []string{"EC_P256_TESTING.spki.der", "EC_SM2_TESTING.spki.der", "RSA_2048_TESTING.spki.der",
		"RSA_2048_TESTING.pkcs1pub.der"} {
		data := read(t, name)
		for i := 1; i < len(data); i++ {
			_, err := keyspec.ParsePublicKey(data[:i])
			refused(t, err, "Key", "the DER of the key is truncated")
		}
	}
	for _, name := range []string{"EC_P256_TESTING.sec1params.pem", "EC_P256_TESTING.aes256.pem"} {
		data := read(t, name)
		for i := range len(data) - 1 { // the final newline may be missing
			_, err := keyspec.ParsePrivateKey(data[:i], password)
			require.Error(t, err, "%s cut to %d bytes", name, i)
		}
	}
}
