// SPDX-License-Identifier: Apache-2.0

package keyspec_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/emmansun/gmsm/sm2"
	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/keyspec"
)

// Published keys: a scalar and its point.
var published = []struct {
	source      string
	spec        keyspec.KeySpec
	scalar      string
	x, y        string
	private     any
	publicCurve elliptic.Curve // of ECDSA
}{
	{
		"RFC 6979, appendix A.2.5", keyspec.ECP256,
		"c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721",
		"60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6",
		"7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
		&ecdsa.PrivateKey{}, elliptic.P256(),
	},
	{
		"Bitcoin wiki, Technical background of version 1 Bitcoin addresses", keyspec.ECP256K,
		"18e14a7b6a307f426a94f8114701e7c8e774e7f9a47e2c2035db29a206321725",
		"50863ad64a87ae8a2fe83c1af1a8403cb53f53e486d8511dad8a04887e5b2352",
		"2cd470243453a299fa9e77237716103abc11a1df38855ed6f2ee187e9c582ba6",
		&secp256k1.PrivateKey{}, new(secp256k1.PublicKey).ToECDSA().Curve,
	},
	{
		"SEC 2, the base point", keyspec.ECP256K,
		"0000000000000000000000000000000000000000000000000000000000000001",
		"79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
		"483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8",
		&secp256k1.PrivateKey{}, new(secp256k1.PublicKey).ToECDSA().Curve,
	},
	{
		"GB/T 32918.5-2017, annex A.2", keyspec.ECSM2,
		"3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8",
		"09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020",
		"ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13",
		&sm2.PrivateKey{}, sm2.P256(),
	},
}

func unhex(t testing.TB, s string) []byte {
	b, err := hex.DecodeString(s)
	require.NoError(t, err)
	return b
}

func TestScalarsAndPoints(t *testing.T) {
	for _, tt := range published {
		t.Run(tt.source, func(t *testing.T) {
			scalar := unhex(t, tt.scalar)
			key, err := keyspec.PrivateKeyFromScalar(tt.spec, scalar)
			require.NoError(t, err)
			require.IsType(t, tt.private, key)
			spec, err := keyspec.Of(key)
			require.NoError(t, err)
			require.Equal(t, tt.spec, spec)
			require.Equal(t, tt.scalar, hex.EncodeToString(scalar), "not written to")

			full := "04" + tt.x + tt.y
			point, err := keyspec.Point(publicOf(key))
			require.NoError(t, err)
			require.Equal(t, full, hex.EncodeToString(point))
			compressed := append([]byte{2 + point[64]&1}, point[1:33]...)
			for _, form := range [][]byte{point, compressed} {
				pub, err := keyspec.PublicKeyFromPoint(tt.spec, form)
				require.NoError(t, err)
				sameKey(t, publicOf(key), pub)

				std, err := keyspec.ECDSA(pub)
				require.NoError(t, err)
				require.Equal(t, tt.publicCurve, std.Curve)
				require.Equal(t, tt.x, hex.EncodeToString(std.X.FillBytes(make([]byte, 32))))
				require.Equal(t, tt.y, hex.EncodeToString(std.Y.FillBytes(make([]byte, 32))))
				// Whatever form a key has: the same point.
				again, err := keyspec.Point(std)
				require.NoError(t, err)
				require.Equal(t, point, again)
				twice, err := keyspec.ECDSA(std)
				require.NoError(t, err)
				require.Equal(t, std, twice)
				require.NotSame(t, std, twice)
			}
		})
	}
}

// crypto/ecdsa's own conversions agree.
func TestPointAgainstECDSA(t *testing.T) {
	key := generated(t, keyspec.ECP256).(*ecdsa.PrivateKey)
	want, err := key.PublicKey.Bytes()
	require.NoError(t, err)
	point, err := keyspec.Point(&key.PublicKey)
	require.NoError(t, err)
	require.Equal(t, want, point)
	scalar, err := key.Bytes()
	require.NoError(t, err)
	again, err := keyspec.PrivateKeyFromScalar(keyspec.ECP256, scalar)
	require.NoError(t, err)
	sameKey(t, key, again)
}

func TestScalarsAndPointsRefuse(t *testing.T) {
	for _, spec := range []keyspec.KeySpec{keyspec.RSA2048, keyspec.RSA3072} {
		_, err := keyspec.PrivateKeyFromScalar(spec, make([]byte, 32))
		refused(t, err, "KeySpec", "a key of "+string(spec)+" has no scalar: that is for EC_P256, EC_P256K and EC_SM2")
		_, err = keyspec.PublicKeyFromPoint(spec, make([]byte, 65))
		refused(t, err, "KeySpec", "a key of "+string(spec)+" has no point: that is for EC_P256, EC_P256K and EC_SM2")
		pub := publicOf(testKey(t, spec))
		_, err = keyspec.Point(pub)
		refused(t, err, "Key", "a key of "+string(spec)+" is no point of a curve")
		_, err = keyspec.ECDSA(pub)
		refused(t, err, "Key", "a key of "+string(spec)+" is no point of a curve")
	}
	for _, spec := range []keyspec.KeySpec{"", "secp256k1"} {
		var e error
		_, e = keyspec.PrivateKeyFromScalar(spec, nil)
		require.ErrorContains(t, e, "no key spec is named")
		_, e = keyspec.PublicKeyFromPoint(spec, nil)
		require.ErrorContains(t, e, "no key spec is named")
	}
	for _, tt := range published {
		outside := "the scalar is outside [1, n-1]"
		if tt.spec == keyspec.ECSM2 {
			outside = "the scalar is outside [1, n-2]"
		}
		const hexScalar = "the scalar is hexadecimal text: decode it (encoding/hex) to 32 bytes"
		for scalar, reason := range map[string]string{
			"":                                  "the scalar has 0 bytes, not 32",
			"1":                                 "the scalar has 1 bytes, not 32",
			strings.Repeat("\x01", 31):          "the scalar has 31 bytes, not 32",
			"\x00" + strings.Repeat("\x01", 32): "the scalar has 33 bytes, not 32",
			strings.Repeat("\x01", 64):          "the scalar has 64 bytes, not 32",
			strings.Repeat("\x00", 32):          outside,
			strings.Repeat("\xff", 32):          outside,
			tt.scalar:                           hexScalar,
			strings.ToUpper(tt.scalar):          hexScalar,
			"0x" + tt.scalar:                    hexScalar,
		} {
			key, err := keyspec.PrivateKeyFromScalar(tt.spec, []byte(scalar))
			refused(t, err, "Key", reason)
			require.Nil(t, key)
		}
		const (
			hexPoint = "the point is hexadecimal text: decode it (encoding/hex) to 65 or 33 bytes"
			noPoint  = "the public key is no point in the compressed or uncompressed form"
		)
		xy := string(unhex(t, tt.x+tt.y))
		for point, reason := range map[string]string{
			"":                   noPoint,
			xy:                   "the point has 64 bytes; if they are x and y, put the byte 04 before them",
			"\x00":               "the public key is the point at infinity",
			"\x06" + xy:          "the public key is a point in the hybrid form",
			"\x05" + xy:          noPoint,
			"\x04" + xy + "\x00": noPoint,
			"\x04" + xy[:63] + "\xff": "the public key is not a point of " +
				map[keyspec.KeySpec]string{"EC_P256": "P-256", "EC_P256K": "secp256k1", "EC_SM2": "SM2"}[tt.spec],
			"04" + tt.x + tt.y: hexPoint,
			tt.x + tt.y:        hexPoint,
			"02" + tt.x:        hexPoint,
			"0x02" + tt.x:      hexPoint,
		} {
			key, err := keyspec.PublicKeyFromPoint(tt.spec, []byte(point))
			refused(t, err, "Key", reason)
			require.Nil(t, key)
		}
		private, err := keyspec.PrivateKeyFromScalar(tt.spec, unhex(t, tt.scalar))
		require.NoError(t, err)
		for _, key := range []crypto.PublicKey{private, nil, 7} {
			_, err = keyspec.Point(key)
			require.ErrorContains(t, err, "InvalidParameter: Key: ")
			_, err = keyspec.ECDSA(key)
			require.ErrorContains(t, err, "InvalidParameter: Key: ")
		}
	}
}
