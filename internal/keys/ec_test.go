// SPDX-License-Identifier: Apache-2.0

package keys_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"math/big"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/emmansun/gmsm/sm2"
	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/internal/keys"
	"github.com/kmsigner/kmsigner/internal/vectors"
)

var curves = []struct {
	kind     keys.Kind
	std      func() elliptic.Curve
	last     int64 // n minus the largest scalar
	name     string
	interval string
}{
	{keys.P256, elliptic.P256, 1, "P-256", "[1, n-1]"},
	{keys.P256K, s256, 1, "secp256k1", "[1, n-1]"},
	{keys.SM2, sm2.P256, 2, "SM2", "[1, n-2]"},
}

// key makes the pair of d by the curve's own generic arithmetic, of any d.
func key(c elliptic.Curve, d *big.Int) *ecdsa.PrivateKey {
	//lint:ignore SA1019 a second implementation is what a test wants
	x, y := c.ScalarBaseMult(new(big.Int).Mod(d, c.Params().N).Bytes())
	return &ecdsa.PrivateKey{PublicKey: ecdsa.PublicKey{Curve: c, X: x, Y: y}, D: d}
}

func TestScalarRange(t *testing.T) {
	for _, tt := range curves {
		c := tt.std()
		n := c.Params().N
		outside := "the scalar is outside " + tt.interval
		for _, d := range []*big.Int{
			big.NewInt(1), big.NewInt(2), new(big.Int).Rsh(n, 1), new(big.Int).Sub(n, big.NewInt(tt.last)),
		} {
			got, err := keys.Private(key(c, d))
			require.NoError(t, err, "%s: %x", tt.name, d)
			require.Equal(t, tt.kind, keys.KindOf(got))
			require.Equal(t, d.FillBytes(make([]byte, 32)), keys.Scalar(got))
			// The public key is that of the curve's own arithmetic.
			point := keys.Point(keys.PublicOf(got))
			require.Equal(t, key(c, d).X.FillBytes(make([]byte, 32)), point[1:33])
			require.Equal(t, key(c, d).Y.FillBytes(make([]byte, 32)), point[33:])
		}
		for _, d := range []*big.Int{
			new(big.Int), new(big.Int).Sub(n, big.NewInt(tt.last-1)), n, new(big.Int).Add(n, big.NewInt(1)),
			new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 256), big.NewInt(1)),
		} {
			got, err := keys.Private(key(c, d))
			refused(t, got, err, outside)
			got, err = keys.NewPrivate(tt.kind, d.FillBytes(make([]byte, 32)))
			refused(t, got, err, outside)
		}
		got, err := keys.Private(key(c, new(big.Int).Lsh(big.NewInt(1), 256)))
		refused(t, got, err, "the scalar has more than 256 bits")
		got, err = keys.Private(key(c, big.NewInt(-1)))
		refused(t, got, err, "the scalar is negative")
		none := key(c, big.NewInt(1))
		none.D = nil
		got, err = keys.Private(none)
		refused(t, got, err, "the key has no scalar")
		got, err = keys.NewPrivate(tt.kind, make([]byte, 31))
		refused(t, got, err, "the scalar has 31 bytes, not 32")
		got, err = keys.NewPrivate(tt.kind, append(make([]byte, 32), 1))
		refused(t, got, err, "the scalar has 33 bytes, not 32")
	}
	for _, kind := range []keys.Kind{"", keys.RSA2048, "P-256"} {
		got, err := keys.NewPrivate(kind, append(make([]byte, 31), 1))
		require.Error(t, err)
		require.Nil(t, got)
		require.Empty(t, kind.Curve())
	}
}

// A secp256k1 scalar of decred cannot be out of range but for zero, because the
// type reduces; the canonical copy is of what the caller's key would sign with.
func TestReducedScalarOfDecred(t *testing.T) {
	n := s256().Params().N
	one := secp256k1.PrivKeyFromBytes(new(big.Int).Add(n, big.NewInt(1)).Bytes())
	got, err := keys.Private(one)
	require.NoError(t, err)
	scalar := keys.Scalar(got)
	require.Equal(t, append(make([]byte, 31), 1), scalar)

	zero := secp256k1.PrivKeyFromBytes(n.Bytes())
	got, err = keys.Private(zero)
	refused(t, got, err, "the scalar is outside [1, n-1]")
}

func TestPublicKeyOfAnotherScalar(t *testing.T) {
	for _, tt := range curves {
		c := tt.std()
		wrong := key(c, big.NewInt(5))
		wrong.PublicKey = key(c, big.NewInt(6)).PublicKey
		got, err := keys.Private(wrong)
		refused(t, got, err, "the public key is not that of the scalar")

		// -5·G has the same x.
		wrong.PublicKey = key(c, new(big.Int).Sub(c.Params().N, big.NewInt(5))).PublicKey
		got, err = keys.Private(wrong)
		refused(t, got, err, "the public key is not that of the scalar")

		wrong.PublicKey.Y = new(big.Int).Add(wrong.Y, big.NewInt(1))
		got, err = keys.Private(wrong)
		refused(t, got, err, "the public key is not a point of "+tt.name)

		wrong.PublicKey.Y = nil
		got, err = keys.Private(wrong)
		refused(t, got, err, "the public key has no coordinates")
	}
}

func TestCoordinates(t *testing.T) {
	for _, tt := range curves {
		c := tt.std()
		p := c.Params().P
		good := key(c, big.NewInt(7))
		const outside = "a coordinate of the public key is outside [0, p)"
		off := "the public key is not a point of " + tt.name
		tooBig := new(big.Int).Lsh(p, 9)
		for _, tc := range []struct {
			name   string
			x, y   *big.Int
			reason string
		}{
			{"infinity", new(big.Int), new(big.Int), off},
			{"off the curve", good.X, new(big.Int).Xor(good.Y, big.NewInt(1)), off},
			{"swapped", good.Y, good.X, off},
			{"x + p", new(big.Int).Add(good.X, p), good.Y, ""},
			{"y + p", good.X, new(big.Int).Add(good.Y, p), ""},
			{"x is p", p, good.Y, off},
			{"y is p", good.X, p, off},
			{"x far too big", new(big.Int).Add(good.X, tooBig), good.Y, outside},
			{"y far too big", good.X, new(big.Int).Add(good.Y, tooBig), outside},
			{"x negative", new(big.Int).Neg(good.X), good.Y, outside},
			{"y negative", good.X, new(big.Int).Neg(good.Y), outside},
			{"no x", nil, good.Y, "the public key has no coordinates"},
			{"no y", good.X, nil, "the public key has no coordinates"},
		} {
			got, err := keys.Public(&ecdsa.PublicKey{Curve: c, X: tc.x, Y: tc.y})
			require.Error(t, err, "%s: %s", tt.name, tc.name)
			require.Nil(t, got)
			if tc.reason != "" {
				refused(t, got, err, tc.reason)
			}
		}
	}
}

// Small x exist on each curve, so that x + p still has 256 bits: only a range
// check can tell the two apart.
func TestCoordinatesAreNotReduced(t *testing.T) {
	for _, tt := range curves {
		c := tt.std()
		p := c.Params().P
		found := false
		for x := int64(1); x < 200 && !found; x++ {
			compressed := append([]byte{2}, big.NewInt(x).FillBytes(make([]byte, 32))...)
			pub, err := keys.NewPublic(tt.kind, compressed)
			if err != nil {
				continue
			}
			big256 := new(big.Int).Add(big.NewInt(x), p)
			if big256.BitLen() > 256 {
				break
			}
			found = true
			point := keys.Point(pub)
			big256.FillBytes(point[1:33])
			got, err := keys.NewPublic(tt.kind, point)
			refused(t, got, err, "the public key is not a point of "+tt.name)
			big256.FillBytes(compressed[1:])
			got, err = keys.NewPublic(tt.kind, compressed)
			refused(t, got, err, "the public key is not a point of "+tt.name)
			got, err = keys.Public(&ecdsa.PublicKey{Curve: c, X: big256, Y: new(big.Int).SetBytes(point[33:])})
			refused(t, got, err, "the public key is not a point of "+tt.name)
		}
		require.True(t, found, tt.name)
	}

	// decred's own type can hold a value that is not reduced.
	var x, y secp256k1.FieldVal
	five := key(s256(), big.NewInt(5))
	require.False(t, x.SetByteSlice(five.X.Bytes()))
	require.False(t, y.SetByteSlice(five.Y.Bytes()))
	got, err := keys.Public(secp256k1.NewPublicKey(&x, &y))
	require.NoError(t, err)
	require.NotNil(t, got)
	loose := secp256k1.NewPublicKey(x.Negate(1).Negate(2), &y)
	require.True(t, loose.IsOnCurve(), "decred reduces before it looks")
	got, err = keys.Public(loose)
	refused(t, got, err, "the public key is not a point of secp256k1")
}

func TestPointForms(t *testing.T) {
	for _, tt := range curves {
		c := tt.std()
		for d := int64(1); d < 20; d++ {
			pub := key(c, big.NewInt(d))
			full := append([]byte{4}, make([]byte, 64)...)
			pub.X.FillBytes(full[1:33])
			pub.Y.FillBytes(full[33:])
			short := append([]byte{2 + byte(pub.Y.Bit(0))}, full[1:33]...)
			for _, point := range [][]byte{full, short} {
				got, err := keys.NewPublic(tt.kind, point)
				require.NoError(t, err)
				require.Equal(t, tt.kind, keys.KindOf(got))
				require.Equal(t, full, keys.Point(got))
			}
			other := append([]byte{3 - byte(pub.Y.Bit(0))}, full[1:33]...)
			got, err := keys.NewPublic(tt.kind, other)
			require.NoError(t, err)
			again := keys.Point(got)
			require.NotEqual(t, full, again)

			hybrid := append([]byte{6 + byte(pub.Y.Bit(0))}, full[1:]...)
			got, err = keys.NewPublic(tt.kind, hybrid)
			refused(t, got, err, "the public key is a point in the hybrid form")
		}
		got, err := keys.NewPublic(tt.kind, []byte{0})
		refused(t, got, err, "the public key is the point at infinity")
		for _, point := range [][]byte{
			nil, {4}, make([]byte, 33), make([]byte, 65), append([]byte{4}, make([]byte, 32)...),
			append([]byte{2}, make([]byte, 64)...), append([]byte{5}, make([]byte, 64)...),
			append([]byte{4}, make([]byte, 65)...), append([]byte{3}, make([]byte, 33)...), {0, 0},
		} {
			got, err := keys.NewPublic(tt.kind, point)
			refused(t, got, err, "the public key is no point in the compressed or uncompressed form")
		}
		// No point has these x.
		noPoint := 0
		for x := int64(0); x < 20; x++ {
			if _, err := keys.NewPublic(tt.kind, append([]byte{3}, big.NewInt(x).FillBytes(make([]byte, 32))...)); err != nil {
				require.ErrorContains(t, err, "not a point of "+tt.name)
				noPoint++
			}
		}
		require.NotZero(t, noPoint)
		got, err = keys.NewPublic(tt.kind, append([]byte{4}, make([]byte, 64)...))
		refused(t, got, err, "the public key is not a point of "+tt.name)
	}
}

// foreignCurve compares equal to nothing, and panics if it is asked anything.
type foreignCurve struct {
	elliptic.Curve
	_ []byte
}

func TestOtherCurves(t *testing.T) {
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	require.NoError(t, err)
	p256, _, onSM2 := generate(t)
	generic := *p256
	generic.Curve = elliptic.P256().Params()
	foreign := *p256
	foreign.Curve = foreignCurve{}
	typedNil := *p256
	typedNil.Curve = (*elliptic.CurveParams)(nil)
	notS256 := *p256
	notS256.Curve = &secp256k1.KoblitzCurve{}
	for _, tt := range []struct {
		key    *ecdsa.PrivateKey
		reason string
	}{
		{p384, "the key is on curve P-384"},
		{key(elliptic.P521(), big.NewInt(1)), "the key is on curve P-521"},
		{key(elliptic.P224(), big.NewInt(1)), "the key is on curve P-224"},
		{&generic, "the key is on a curve of type *elliptic.CurveParams"},
		{&typedNil, "the key is on a curve of type *elliptic.CurveParams"},
		{&notS256, "the key is on a curve of type *secp256k1.KoblitzCurve"},
		{&foreign, "the key is on a curve of type keys_test.foreignCurve"},
	} {
		got, err := keys.Private(tt.key)
		refused(t, got, err, tt.reason)
		gotPublic, err := keys.Public(&tt.key.PublicKey)
		refused(t, gotPublic, err, tt.reason)
	}

	mixed := new(sm2.PrivateKey)
	mixed.PrivateKey = *p256
	got, err := keys.Private(mixed)
	refused(t, got, err, "an SM2 key must be on sm2.P256()")

	// The point of one curve is no point of another.
	crossed := onSM2.PublicKey
	crossed.Curve = elliptic.P256()
	gotPublic, err := keys.Public(&crossed)
	refused(t, gotPublic, err, "the public key is not a point of P-256")
}

func TestNISTPublicKeyValidation(t *testing.T) {
	var file struct {
		Tests []struct{ QX, QY, Result, Reason string }
	}
	vectors.ReadJSON(t, "nist-cavp/ecdsa_p256_pkv.json", &file)
	counts := map[string]int{}
	for i, row := range file.Tests {
		x, ok := new(big.Int).SetString(row.QX, 16)
		require.True(t, ok)
		y, ok := new(big.Int).SetString(row.QY, 16)
		require.True(t, ok)
		_, err := keys.Public(&ecdsa.PublicKey{Curve: elliptic.P256(), X: x, Y: y})
		require.Equal(t, row.Result == "P", err == nil, "row %d: %s: %v", i, row.Reason, err)
		counts[row.Result]++

		if x.BitLen() <= 256 && y.BitLen() <= 256 {
			point := append([]byte{4}, make([]byte, 64)...)
			x.FillBytes(point[1:33])
			y.FillBytes(point[33:])
			_, err = keys.NewPublic(keys.P256, point)
			require.Equal(t, row.Result == "P", err == nil, "row %d as a point: %s: %v", i, row.Reason, err)
		}
	}
	require.Equal(t, map[string]int{"P": 4, "F": 8}, counts)
}
