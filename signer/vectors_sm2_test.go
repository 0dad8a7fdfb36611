// SPDX-License-Identifier: Apache-2.0

package signer_test

import (
	"bytes"
	"crypto/ecdsa"
	"math/big"
	"testing"

	"github.com/emmansun/gmsm/sm2"
	"github.com/kmsigner/kmsigner/internal/vectors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/sm2z"
	"github.com/stretchr/testify/require"
)

// sm2Row is a signature with every intermediate value.
type sm2Row struct {
	Name, D, QX, QY, UID, Msg, ZA, E, K string
	X1, R, S, T, DER                    string
	Inverse                             string `json:"d_plus_1_inv"`
}

// annexA is GB/T 32918.5-2017, Annex A.2.
var annexA = sm2Row{
	Name:    "GB/T 32918.5-2017 Annex A.2",
	D:       "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8",
	QX:      "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020",
	QY:      "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13",
	UID:     "31323334353637383132333435363738",
	Msg:     "6d65737361676520646967657374",
	ZA:      "b2e14c5c79c6df5b85f4fe7ed8db7a262b9da7e07ccb0ea9f4747b8ccda8a4f3",
	E:       "f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640",
	K:       "59276e27d506861a16680f3ad9c02dccef3cc1fa3cdbe4ce6d54b80deac1bc21",
	X1:      "04ebfc718e8d1798620432268e77feb6415e2ede0e073c0f4f640ecd2e149a73",
	Inverse: "4dfe9d9c1f5901d4e6f58e4ec3d04567822d2550f9b88e826d1b5b3ab9cd0fe0",
	R:       "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3",
	S:       "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa",
	T:       "a756e53127f3f43b851c47cfeefd9e43a2d133ca258ef4ea73fbf4683acda13a",
	DER: "3046022100f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3" +
		"022100b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa",
}

// TestSM2AnnexA is the standard's own example.
func TestSM2AnnexA(t *testing.T) {
	t.Parallel()
	var c tally
	c.judgeSM2(t, annexA)
	require.Equal(t, tally{valid: 1}, c)
}

// TestSM2Issue560 is a valid signature of 32 zero bytes that gmsm v0.41.1 to
// v0.44.0 refused on amd64 with BMI2 and ADX, github.com/emmansun/gmsm#560.
func TestSM2Issue560(t *testing.T) {
	t.Parallel()
	pub, err := sm2.NewPublicKey(vectorBytes(t, "04"+
		"ef4de57af00ae424c00c4caadff7193f804a19dd73a7e2954db9d0d15ab4cbba"+
		"67728c3f4572878b7a674735da9fde1682fe2d9e0799c4a5cde57e3d473039a2"))
	require.NoError(t, err)
	v := vectorVerifier(t, pub, keyspec.SM2DSA)
	sig := vectorBytes(t, "3046"+
		"022100be0ea64e1ec06f0d247093f3ccbbadcfb6260224272f86ddb78326e7cd6c7560"+
		"022100e9f6ab2fcc48a2cef94838e66b5c7e21fd8e4de25990dd98ca5243f4966f2853")
	digest := make([]byte, 32)
	require.NoError(t, v.VerifyDigest(digest, sig))
	digest[31] = 1
	require.Error(t, v.VerifyDigest(digest, sig))
}

func runSM2FixedK(t *testing.T, file string) (c tally) {
	var f struct{ Tests []sm2Row }
	vectors.ReadJSON(t, file, &f)
	for _, row := range f.Tests {
		c.judgeSM2(t, row)
	}
	return c
}

// judgeSM2 asserts every value of a row: Z(A) and e by sm2z, r and s from the
// row's k by GB/T 32918.2, section 6.1 (our signer takes no k, so they are
// computed here), and the whole by the verifier.
func (c *tally) judgeSM2(t *testing.T, row sm2Row) {
	t.Helper()
	id, err := sm2z.NewID(vectorBytes(t, row.UID))
	require.NoError(t, err)
	pub := sm2Public(t, row.QX, row.QY)
	msg, d, k, e := vectorBytes(t, row.Msg), vectorNumber(t, row.D), vectorNumber(t, row.K), vectorNumber(t, row.E)
	key, err := sm2.NewPrivateKey(vectorBytes(t, row.D))
	require.NoError(t, err)
	require.True(t, pub.Equal(key.Public()), row.Name)

	za, err := sm2z.ZA(pub, id)
	require.NoError(t, err)
	require.Equal(t, vectorBytes(t, row.ZA), za[:], row.Name)
	digest, err := sm2z.Digest(pub, id, msg)
	require.NoError(t, err)
	require.Equal(t, vectorBytes(t, row.E), digest[:], row.Name)

	n := sm2.P256().Params().N
	kG, err := sm2.NewPrivateKey(vectorBytes(t, row.K))
	require.NoError(t, err)
	require.Zero(t, kG.X.Cmp(vectorNumber(t, row.X1)), row.Name)
	r := new(big.Int).Add(e, kG.X)
	r.Mod(r, n)
	require.Zero(t, r.Cmp(vectorNumber(t, row.R)), row.Name)
	inverse := new(big.Int).ModInverse(new(big.Int).Add(d, big.NewInt(1)), n)
	require.Zero(t, inverse.Cmp(vectorNumber(t, row.Inverse)), row.Name)
	s := new(big.Int).Sub(k, new(big.Int).Mul(r, d))
	s.Mul(s, inverse).Mod(s, n)
	require.Zero(t, s.Cmp(vectorNumber(t, row.S)), row.Name)
	sum := new(big.Int).Add(r, s)
	require.Zero(t, sum.Mod(sum, n).Cmp(vectorNumber(t, row.T)), row.Name)
	sig := reference(t, r, s)
	require.Equal(t, vectorBytes(t, row.DER), sig, row.Name)

	v := vectorVerifier(t, pub, keyspec.SM2DSA, signer.WithID(id))
	c.judge(t, row.Name, true, signer.VerifyMessage(v, bytes.NewReader(msg), sig))
	require.NoError(t, v.VerifyDigest(digest[:], sig), row.Name)

	again := vectorSigner(t, key, keyspec.SM2DSA, signer.WithID(id))
	ours, err := signer.SignMessage(background, again, bytes.NewReader(msg))
	require.NoError(t, err, row.Name)
	require.True(t, sm2.VerifyASN1WithSM2(pub, id.Bytes(), msg, ours), row.Name)
}

// runSM2Messages verifies messages under their user ids.
func runSM2Messages(t *testing.T, file string) (c tally) {
	var f struct {
		Tests []struct{ Name, QX, QY, UID, Msg, Sig, Result string }
	}
	vectors.ReadJSON(t, file, &f)
	for _, row := range f.Tests {
		id, err := sm2z.NewID(vectorBytes(t, row.UID))
		require.NoError(t, err)
		v := vectorVerifier(t, sm2Public(t, row.QX, row.QY), keyspec.SM2DSA, signer.WithID(id))
		err = signer.VerifyMessage(v, bytes.NewReader(vectorBytes(t, row.Msg)), vectorBytes(t, row.Sig))
		require.Contains(t, []string{"valid", "invalid"}, row.Result)
		c.judge(t, row.Name, row.Result == "valid", err)
	}
	return c
}

// runSM2Digests verifies values of e.
func runSM2Digests(t *testing.T, file string) (c tally) {
	var f struct {
		Tests []struct{ Name, QX, QY, E, Sig, Result string }
	}
	vectors.ReadJSON(t, file, &f)
	for _, row := range f.Tests {
		v := vectorVerifier(t, sm2Public(t, row.QX, row.QY), keyspec.SM2DSA)
		require.Contains(t, []string{"valid", "invalid"}, row.Result)
		c.judge(t, row.Name, row.Result == "valid", v.VerifyDigest(vectorBytes(t, row.E), vectorBytes(t, row.Sig)))
	}
	return c
}

func sm2Public(t *testing.T, x, y string) *ecdsa.PublicKey {
	t.Helper()
	pub, err := sm2.NewPublicKey(vectorPoint(t, x, y))
	require.NoError(t, err)
	return pub
}
