// SPDX-License-Identifier: Apache-2.0

package keyspec_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"sync"
	"testing"

	"github.com/emmansun/gmsm/pkcs"
	"github.com/emmansun/gmsm/pkcs8"
	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/smx509"
	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/keyspec"
)

// generated returns a generated key, which for RSA_3072 is always the same: it takes long.
func generated(t *testing.T, k keyspec.KeySpec) crypto.PrivateKey {
	generate := func() (crypto.PrivateKey, error) { return keyspec.GenerateKey(k) }
	if k == keyspec.RSA3072 {
		generate = generatedRSA3072
	}
	key, err := generate()
	require.NoError(t, err)
	return key
}

var generatedRSA3072 = sync.OnceValues(func() (crypto.PrivateKey, error) {
	return keyspec.GenerateKey(keyspec.RSA3072)
})

// crypto/x509 writes the same octets as we do, and reads them.
func TestAgainstX509(t *testing.T) {
	for _, k := range []keyspec.KeySpec{keyspec.RSA2048, keyspec.RSA3072, keyspec.ECP256} {
		for _, key := range []crypto.PrivateKey{testKey(t, k), generated(t, k)} {
			private, err := keyspec.MarshalPrivateKey(key)
			require.NoError(t, err)
			public, err := keyspec.MarshalPublicKey(publicOf(key))
			require.NoError(t, err)

			want, err := x509.MarshalPKCS8PrivateKey(key)
			require.NoError(t, err)
			require.Equal(t, want, der(t, private))
			wantPublic, err := x509.MarshalPKIXPublicKey(publicOf(key))
			require.NoError(t, err)
			require.Equal(t, wantPublic, der(t, public))

			read, err := x509.ParsePKCS8PrivateKey(der(t, private))
			require.NoError(t, err)
			sameKey(t, key, read)
			readPublic, err := x509.ParsePKIXPublicKey(der(t, public))
			require.NoError(t, err)
			sameKey(t, publicOf(key), readPublic)

			var traditional []byte
			switch key := key.(type) {
			case *rsa.PrivateKey:
				traditional = x509.MarshalPKCS1PrivateKey(key)
				bare, err := keyspec.ParsePublicKey(x509.MarshalPKCS1PublicKey(&key.PublicKey))
				require.NoError(t, err)
				sameKey(t, publicOf(key), bare)
			case *ecdsa.PrivateKey:
				traditional, err = x509.MarshalECPrivateKey(key)
				require.NoError(t, err)
			}
			again, err := keyspec.ParsePrivateKey(traditional, nil)
			require.NoError(t, err)
			sameKey(t, key, again)
		}
	}
}

func TestAgainstSMX509(t *testing.T) {
	for range 20 {
		key := generated(t, keyspec.ECSM2).(*sm2.PrivateKey)
		private, err := keyspec.MarshalPrivateKey(key)
		require.NoError(t, err)
		public, err := keyspec.MarshalPublicKey(&key.PublicKey)
		require.NoError(t, err)

		want, err := smx509.MarshalPKCS8PrivateKey(key)
		require.NoError(t, err)
		require.Equal(t, want, der(t, private))
		wantPublic, err := smx509.MarshalPKIXPublicKey(&key.PublicKey)
		require.NoError(t, err)
		require.Equal(t, wantPublic, der(t, public))
		read, err := smx509.ParsePKCS8PrivateKey(der(t, private))
		require.NoError(t, err)
		sameKey(t, key, read)

		traditional, err := smx509.MarshalSM2PrivateKey(key)
		require.NoError(t, err)
		again, err := keyspec.ParsePrivateKey(traditional, nil)
		require.NoError(t, err)
		sameKey(t, key, again)
	}
}

// Both forms of the OID of SM2 read alike here and there.
func TestSM2AlgorithmOIDAgainstSMX509(t *testing.T) {
	c := curveDERs(t)[2]
	private := seq(integer(t, 0), seq(c.named, c.named),
		octets(seq(integer(t, 1), octets(c.scalar), tlv(0xa1, bits(c.full)))))
	theirs, err := smx509.ParsePKCS8PrivateKey(private)
	require.NoError(t, err)
	ours, err := keyspec.ParsePrivateKey(private, nil)
	require.NoError(t, err)
	sameKey(t, theirs, ours)

	public := seq(seq(c.named, c.named), bits(c.full))
	theirPublic, err := smx509.ParsePKIXPublicKey(public)
	require.NoError(t, err)
	ourPublic, err := keyspec.ParsePublicKey(public)
	require.NoError(t, err)
	sameKey(t, theirPublic, ourPublic)

	inner := seq(integer(t, 0), seq(c.named), octets(seq(integer(t, 1), octets(c.scalar), tlv(0xa0, c.named))))
	theirs, err = smx509.ParsePKCS8PrivateKey(inner)
	require.NoError(t, err)
	ours, err = keyspec.ParsePrivateKey(inner, nil)
	require.NoError(t, err)
	sameKey(t, theirs, ours)
}

func TestAgainstGMSMEncryption(t *testing.T) {
	key := testKey(t, keyspec.ECSM2).(*sm2.PrivateKey)
	ours, err := keyspec.MarshalEncryptedPrivateKey(key, password)
	require.NoError(t, err)
	theirs, err := pkcs8.ParsePKCS8PrivateKeySM2(der(t, ours), password)
	require.NoError(t, err)
	sameKey(t, key, theirs)

	for _, scheme := range []pkcs.PBESEncrypter{
		nil, pkcs.NewSMPBESEncrypter(16, 1000),
		pkcs.NewPBESEncrypter(pkcs.SM4CBC, pkcs.NewPBKDF2Opts(pkcs.SM3, 16, 1000)),
		pkcs.NewPBESEncrypter(pkcs.SM4CBC, pkcs.NewScryptOpts(16, 1<<10, 8, 1)),
	} {
		encrypted, err := pkcs8.MarshalPrivateKey(key, password, scheme)
		require.NoError(t, err)
		again, err := keyspec.ParsePrivateKey(encrypted, password)
		require.NoError(t, err)
		sameKey(t, key, again)
		again, err = keyspec.ParsePrivateKey(toPEM("ENCRYPTED PRIVATE KEY", encrypted), password)
		require.NoError(t, err)
		sameKey(t, key, again)
	}
}

// gmsm takes two scalars that no SM2 key may have.
func TestScalarsThatGMSMTakes(t *testing.T) {
	c := curveDERs(t)[2]
	last := sm2.P256().Params().N.Bytes()
	last[31]-- // n - 1
	for _, scalar := range [][]byte{make([]byte, 32), last} {
		file := seq(integer(t, 0), c.algorithm, octets(seq(integer(t, 1), octets(scalar))))
		_, err := smx509.ParsePKCS8PrivateKey(file)
		require.NoError(t, err)
		_, err = keyspec.ParsePrivateKey(file, nil)
		refused(t, err, "Key", "the scalar is outside [1, n-2]")
	}
}

// Java's KeyPairGenerator (OpenJDK 17) writes no public key, and pads a scalar
// that begins with a zero byte, as this one for TESTING does.
func TestReadsWhatJavaWrites(t *testing.T) {
	file, err := hex.DecodeString("3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420" +
		"00d881275e78582ba7c351e2682ee7434563f4a9eb3feb6aeebe2f21e13c4f01")
	require.NoError(t, err)
	key, err := keyspec.ParsePrivateKey(file, nil)
	require.NoError(t, err)
	want, err := x509.ParsePKCS8PrivateKey(file)
	require.NoError(t, err)
	sameKey(t, want, key)
}
