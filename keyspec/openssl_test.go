// SPDX-License-Identifier: Apache-2.0

package keyspec_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/internal/testrun"
	"github.com/kmsigner/kmsigner/keyspec"
)

// openssl runs the program on an input and returns what it writes.
func openssl(t *testing.T, in []byte, args ...string) []byte {
	t.Helper()
	cmd := exec.Command("openssl", args...)
	cmd.Stdin = bytes.NewReader(in)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, "openssl %s: %s", strings.Join(args, " "), stderr.String())
	return out
}

func needOpenSSL(t *testing.T) {
	t.Helper()
	out, err := exec.Command("openssl", "version").Output()
	if err != nil || !strings.HasPrefix(string(out), "OpenSSL 3.") {
		testrun.Missing(t, "OpenSSL 3 is not in PATH (%q, %v)", out, err)
	}
}

var opensslCurves = map[keyspec.KeySpec]string{
	keyspec.ECP256: "prime256v1", keyspec.ECP256K: "secp256k1", keyspec.ECSM2: "SM2",
}

func TestOpenSSLReadsWhatWeWrite(t *testing.T) {
	needOpenSSL(t)
	for _, k := range keyspec.All() {
		key := testKey(t, k)
		if k != keyspec.RSA3072 && (k != keyspec.RSA2048 || testrun.Long()) {
			var err error
			key, err = keyspec.GenerateKey(k)
			require.NoError(t, err)
		}
		private, err := keyspec.MarshalPrivateKey(key)
		require.NoError(t, err)
		public, err := keyspec.MarshalPublicKey(publicOf(key))
		require.NoError(t, err)

		require.Equal(t, string(private), string(openssl(t, private, "pkey")), k)
		require.Equal(t, string(public), string(openssl(t, private, "pkey", "-pubout")), k)
		require.Equal(t, string(public), string(openssl(t, public, "pkey", "-pubin")), k)
		require.Contains(t, string(openssl(t, private, "pkey", "-check", "-noout")), "Key is valid", k)
		require.Contains(t, string(openssl(t, public, "pkey", "-pubin", "-pubcheck", "-noout")), "Key is valid", k)

		if k != keyspec.ECSM2 && (k != keyspec.RSA2048 || !testrun.Long()) {
			continue // the encryption does not see what it encrypts, and takes its time
		}
		encrypted, err := keyspec.MarshalEncryptedPrivateKey(key, []byte("pass word"))
		require.NoError(t, err)
		require.Equal(t, string(private), string(openssl(t, encrypted, "pkey", "-passin", "pass:pass word")), k)
	}
}

func TestWeReadWhatOpenSSLWrites(t *testing.T) {
	needOpenSSL(t)
	for _, k := range keyspec.All() {
		var made [][]byte
		if curve, ok := opensslCurves[k]; ok {
			made = append(made,
				openssl(t, nil, "ecparam", "-name", curve, "-genkey"),
				openssl(t, nil, "ecparam", "-name", curve, "-genkey", "-noout"),
				openssl(t, nil, "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:"+curve))
			if k == keyspec.ECSM2 {
				made = append(made, openssl(t, nil, "genpkey", "-algorithm", "SM2"))
			}
		} else {
			size := strings.TrimPrefix(string(k), "RSA_")
			switch { // they take long to make
			case testrun.Long():
				made = append(made, openssl(t, nil, "genrsa", "-traditional", size))
				if k == keyspec.RSA2048 {
					made = append(made, openssl(t, nil, "genrsa", size), openssl(t, nil, "genrsa", "-3", size))
				}
			case k == keyspec.RSA2048:
				made = append(made, openssl(t, nil, "genrsa", size))
			}
			made = append(made, openssl(t, read(t, string(k)+"_TESTING.pkcs8.pem"), "rsa", "-traditional"))
		}
		for i, file := range made {
			key, err := keyspec.ParsePrivateKey(file, nil)
			require.NoError(t, err, "%s:\n%s", k, file)
			spec, err := keyspec.Of(key)
			require.NoError(t, err)
			require.Equal(t, k, spec)
			private, err := keyspec.MarshalPrivateKey(key)
			require.NoError(t, err)
			require.Equal(t, string(openssl(t, file, "pkey")), string(private))
			public, err := keyspec.ParsePublicKey(openssl(t, file, "pkey", "-pubout"))
			require.NoError(t, err)
			sameKey(t, publicOf(key), public)

			if i > 0 || k != keyspec.ECSM2 && !testrun.Long() {
				continue // one key of each spec through every encryption, which does not see what it encrypts
			}
			for _, args := range [][]string{
				{"-v2", "aes-256-cbc"}, {"-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA512"},
				{"-v2", "aes-192-cbc", "-iter", "10000"},
				{"-v2", "sm4-cbc"}, {"-scrypt"}, {"-v2", "aes-256-cbc", "-outform", "DER"},
			} {
				encrypted := openssl(t, file, append([]string{"pkcs8", "-topk8", "-passout", "pass:secret"}, args...)...)
				again, err := keyspec.ParsePrivateKey(encrypted, []byte("secret"))
				require.NoError(t, err, "%s %v", k, args)
				sameKey(t, key, again)
			}
		}
	}
}

// RFC 5915 pads a scalar with zeros. OpenSSL 3.0 does, and rewrites what was made
// before 2015, as the refusal says.
func TestOpenSSLPadsAShortScalar(t *testing.T) {
	needOpenSSL(t)
	short := toPEM("EC PRIVATE KEY", seq(integer(t, 1), octets([]byte{1}), tlv(0xa0, oid(t, 1, 2, 840, 10045, 3, 1, 7))))
	_, err := keyspec.ParsePrivateKey(short, nil)
	refused(t, err, "Key", `the scalar has 1 bytes, not the 32 of RFC 5915; "openssl pkey" pads it`)
	key, err := keyspec.ParsePrivateKey(openssl(t, short, "pkey"), nil)
	require.NoError(t, err)
	want, err := keyspec.ParsePrivateKey(seq(integer(t, 1), octets(make([]byte, 31), []byte{1}),
		tlv(0xa0, oid(t, 1, 2, 840, 10045, 3, 1, 7))), nil)
	require.NoError(t, err)
	sameKey(t, want, key)
}

// The conversions that our refusals recommend work.
func TestOpenSSLConversions(t *testing.T) {
	needOpenSSL(t)
	for _, name := range []string{"3des", "pkcs12pbe", "dekinfo"} {
		file := read(t, "refused_EC_P256_TESTING_"+name+".pem")
		converted := openssl(t, file, "pkcs8", "-topk8", "-passin", "pass:TESTING", "-passout", "pass:TESTING")
		key, err := keyspec.ParsePrivateKey(converted, password)
		require.NoError(t, err, name)
		sameKey(t, testKey(t, keyspec.ECP256), key)
	}

	want := testKey(t, keyspec.ECP256)
	certificate := read(t, "refused_EC_P256_TESTING_certificate.pem")
	container := read(t, "refused_EC_P256_TESTING_pkcs12.der")
	key, err := keyspec.ParsePrivateKey(openssl(t, container, "pkcs12", "-nodes", "-nocerts", "-passin", "pass:TESTING"),
		nil)
	require.NoError(t, err)
	sameKey(t, want, key)
	inside := openssl(t, container, "pkcs12", "-nokeys", "-clcerts", "-passin", "pass:TESTING")
	for _, c := range [][]byte{certificate, inside} {
		pub, err := keyspec.ParsePublicKey(openssl(t, c, "x509", "-pubkey", "-noout"))
		require.NoError(t, err)
		sameKey(t, publicOf(want), pub)
	}
	pub, err := keyspec.ParsePublicKey(openssl(t, der(t, certificate), "x509", "-inform", "DER", "-pubkey", "-noout"))
	require.NoError(t, err)
	sameKey(t, publicOf(want), pub)
	both := append(certificate, read(t, "EC_P256_TESTING.pkcs8.pem")...)
	key, err = keyspec.ParsePrivateKey(openssl(t, both, "pkey"), nil)
	require.NoError(t, err)
	sameKey(t, want, key)
}

func TestSSHKeygenConverts(t *testing.T) {
	testrun.Program(t, "ssh-keygen") // the error recommends it
	file := filepath.Join(t.TempDir(), "id_ecdsa")
	run := func(args ...string) {
		out, err := exec.Command("ssh-keygen", args...).CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
	run("-q", "-t", "ecdsa", "-b", "256", "-N", "", "-f", file)
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	_, err = keyspec.ParsePrivateKey(data, nil)
	refused(t, err, "Key", `the key is in OpenSSH's own format; "ssh-keygen -p -m PKCS8 -f FILE" converts it in place`)
	run("-q", "-p", "-m", "PKCS8", "-N", "", "-f", file)
	data, err = os.ReadFile(file)
	require.NoError(t, err)
	key, err := keyspec.ParsePrivateKey(data, nil)
	require.NoError(t, err)
	spec, err := keyspec.Of(key)
	require.NoError(t, err)
	require.Equal(t, keyspec.ECP256, spec)
}
