// SPDX-License-Identifier: Apache-2.0

package keyspec_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/emmansun/gmsm/sm2"
	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/keyspec"
)

// Every file that OpenSSL 3.0 wrote of a spec's key reads as that key. The script
// testdata/make.sh made them.
func TestReadsWhatOpenSSLWrites(t *testing.T) {
	counts := map[keyspec.KeySpec]int{}
	for _, k := range keyspec.All() {
		want := testKey(t, k)
		files, err := filepath.Glob("testdata/" + string(k) + "_TESTING.*")
		require.NoError(t, err)
		for _, file := range files {
			t.Run(filepath.Base(file), func(t *testing.T) {
				data, err := os.ReadFile(file)
				require.NoError(t, err)
				before := string(data)
				var got any
				if strings.Contains(file, ".spki") || strings.Contains(file, ".pkcs1pub") {
					got, err = keyspec.ParsePublicKey(data)
					require.NoError(t, err)
					sameKey(t, publicOf(want), got)
				} else {
					got, err = keyspec.ParsePrivateKey(data, password)
					require.NoError(t, err)
					sameKey(t, want, got)
				}
				spec, err := keyspec.Of(got)
				require.NoError(t, err)
				require.Equal(t, k, spec)
				require.Equal(t, before, string(data), "the input is not written to")
				counts[k]++
			})
		}
	}
	require.Equal(t, map[keyspec.KeySpec]int{
		"RSA_2048": 9, "RSA_3072": 9, "EC_P256": 16, "EC_P256K": 11, "EC_SM2": 8,
	}, counts)
}

func TestGoTypes(t *testing.T) {
	for k, want := range map[keyspec.KeySpec][2]any{
		keyspec.RSA2048: {&rsa.PrivateKey{}, &rsa.PublicKey{}},
		keyspec.RSA3072: {&rsa.PrivateKey{}, &rsa.PublicKey{}},
		keyspec.ECP256:  {&ecdsa.PrivateKey{}, &ecdsa.PublicKey{}},
		keyspec.ECP256K: {&secp256k1.PrivateKey{}, &secp256k1.PublicKey{}},
		keyspec.ECSM2:   {&sm2.PrivateKey{}, &ecdsa.PublicKey{}},
	} {
		require.IsType(t, want[0], testKey(t, k))
		public, err := keyspec.ParsePublicKey(read(t, string(k)+"_TESTING.spki.pem"))
		require.NoError(t, err)
		require.IsType(t, want[1], public)
		if p, ok := public.(*ecdsa.PublicKey); ok {
			require.Equal(t, map[keyspec.KeySpec]elliptic.Curve{
				keyspec.ECP256: elliptic.P256(), keyspec.ECSM2: sm2.P256(),
			}[k], p.Curve)
		}
	}
	require.NotNil(t, testKey(t, keyspec.RSA2048).(*rsa.PrivateKey).Precomputed.Dp)
}

// What we write is, octet for octet, what OpenSSL wrote of the same key.
func TestWritesWhatOpenSSLWrites(t *testing.T) {
	for _, k := range keyspec.All() {
		key := testKey(t, k)
		private, err := keyspec.MarshalPrivateKey(key)
		require.NoError(t, err)
		require.Equal(t, string(read(t, string(k)+"_TESTING.pkcs8.pem")), string(private))
		public, err := keyspec.MarshalPublicKey(publicOf(key))
		require.NoError(t, err)
		require.Equal(t, string(read(t, string(k)+"_TESTING.spki.pem")), string(public))
	}
}

func TestGenerateKey(t *testing.T) {
	for _, k := range keyspec.All() {
		a := generated(t, k)
		require.IsType(t, testKey(t, k), a)
		spec, err := keyspec.Of(a)
		require.NoError(t, err)
		require.Equal(t, k, spec)

		private, err := keyspec.MarshalPrivateKey(a)
		require.NoError(t, err)
		again, err := keyspec.ParsePrivateKey(private, nil)
		require.NoError(t, err)
		sameKey(t, a, again)
		public, err := keyspec.MarshalPublicKey(publicOf(a))
		require.NoError(t, err)
		pub, err := keyspec.ParsePublicKey(public)
		require.NoError(t, err)
		sameKey(t, publicOf(a), pub)
		require.NotEqual(t, read(t, string(k)+"_TESTING.pkcs8.pem"), private)
		if key, ok := a.(*rsa.PrivateKey); ok {
			require.Equal(t, 65537, key.E)
			require.Len(t, key.Primes, 2)
			require.Equal(t, key.Primes[0].BitLen(), key.Primes[1].BitLen())
		}
	}
	for _, k := range []keyspec.KeySpec{"", "EC_P384", "rsa_2048"} {
		key, err := keyspec.GenerateKey(k)
		refused(t, err, "KeySpec", `no key spec is named "`+string(k)+`"; there are RSA_2048, RSA_3072, EC_P256, EC_P256K and EC_SM2`)
		require.Nil(t, key)
	}
}

func TestMarshalAcceptsEveryForm(t *testing.T) {
	k256 := testKey(t, keyspec.ECP256K).(*secp256k1.PrivateKey)
	onSM2 := testKey(t, keyspec.ECSM2).(*sm2.PrivateKey)
	for _, tt := range []struct {
		spec    keyspec.KeySpec
		private crypto.PrivateKey
		public  crypto.PublicKey
	}{
		{keyspec.ECP256K, k256.ToECDSA(), k256.PubKey().ToECDSA()},
		{keyspec.ECSM2, &onSM2.PrivateKey, &onSM2.PublicKey},
	} {
		private, err := keyspec.MarshalPrivateKey(tt.private)
		require.NoError(t, err)
		require.Equal(t, string(read(t, string(tt.spec)+"_TESTING.pkcs8.pem")), string(private))
		public, err := keyspec.MarshalPublicKey(tt.public)
		require.NoError(t, err)
		require.Equal(t, string(read(t, string(tt.spec)+"_TESTING.spki.pem")), string(public))
		for _, key := range []any{tt.private, tt.public} {
			spec, err := keyspec.Of(key)
			require.NoError(t, err)
			require.Equal(t, tt.spec, spec)
		}
	}
}

func TestPEMAroundTheKey(t *testing.T) {
	key := read(t, "EC_P256_TESTING.pkcs8.pem")
	public := read(t, "EC_P256_TESTING.spki.pem")
	params := "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
	for name, change := range map[string]func(string) string{
		"as it is": func(s string) string { return s },
		"text before": func(s string) string {
			return "Bag Attributes\n    friendlyName: x\nKey Attributes: <No Attributes>\n" + s
		},
		"text that begins 0":  func(s string) string { return "0 is a digit\n" + s },
		"text after":          func(s string) string { return s + "\nthat was it\n" },
		"CRLF":                func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") },
		"no final newline":    func(s string) string { return strings.TrimSuffix(s, "\n") },
		"byte order mark":     func(s string) string { return "\xef\xbb\xbf" + s },
		"blank lines":         func(s string) string { return "\n\n" + s + "\n\n" },
		"one long line":       func(s string) string { return oneLine(s) },
		"dashes in the text":  func(s string) string { return "----- here it comes: -----BEGIN\n" + s },
		"spaces at line ends": func(s string) string { return strings.ReplaceAll(s, "\n", " \n") },
	} {
		got, err := keyspec.ParsePrivateKey([]byte(change(string(key))), nil)
		require.NoError(t, err, name)
		sameKey(t, testKey(t, keyspec.ECP256), got)
		gotPublic, err := keyspec.ParsePublicKey([]byte(change(string(public))))
		require.NoError(t, err, name)
		sameKey(t, publicOf(got), gotPublic)
	}
	for name, file := range map[string]string{
		"parameters before PKCS #8": params + string(key),
		"parameters after":          string(key) + params,
		"SEC 1 labelled PKCS #8":    strings.ReplaceAll(string(read(t, "EC_P256_TESTING.sec1.pem")), "EC PRIVATE", "PRIVATE"),
		"PKCS #8 labelled SEC 1":    strings.ReplaceAll(string(key), "PRIVATE", "EC PRIVATE"),
		"labelled ECDSA":            strings.ReplaceAll(string(key), "PRIVATE", "ECDSA PRIVATE"),
	} {
		got, err := keyspec.ParsePrivateKey([]byte(file), nil)
		require.NoError(t, err, name)
		sameKey(t, testKey(t, keyspec.ECP256), got)
	}
}

// SubjectPublicKeyInfo under the labels that some writers give it, and PKCS #1 under
// that of SubjectPublicKeyInfo: the contents decide.
func TestPublicKeyLabels(t *testing.T) {
	for _, label := range []string{"PUBLIC KEY", "EC PUBLIC KEY", "ECDSA PUBLIC KEY", "SM2 PUBLIC KEY", "RSA PUBLIC KEY"} {
		for _, k := range keyspec.All() {
			want := publicOf(testKey(t, k))
			for _, form := range []string{"spki", "pkcs1pub"} {
				if form == "pkcs1pub" && !strings.HasPrefix(string(k), "RSA") {
					continue
				}
				got, err := keyspec.ParsePublicKey(toPEM(label, read(t, string(k)+"_TESTING."+form+".der")))
				require.NoError(t, err, label)
				sameKey(t, want, got)
			}
		}
	}
}

func oneLine(pem string) string {
	lines := strings.Split(strings.TrimSpace(pem), "\n")
	return lines[0] + "\n" + strings.Join(lines[1:len(lines)-1], "") + "\n" + lines[len(lines)-1] + "\n"
}

func TestPasswordOfAPlainKeyIsNotUsed(t *testing.T) {
	for _, name := range []string{"EC_P256_TESTING.pkcs8.pem", "EC_P256_TESTING.sec1.pem", "EC_P256_TESTING.pkcs8.der"} {
		_, err := keyspec.ParsePrivateKey(read(t, name), []byte("anything"))
		require.NoError(t, err)
	}
}
