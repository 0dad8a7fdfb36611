package keys

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"fmt"
	"math/big"

	decred "github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/emmansun/gmsm/sm2"

	"github.com/kmsigner/kmsigner/internal/secp256k1"
)

// A Curve is one of the three curves. The zero value is none of them.
type Curve int

// The three curves.
const (
	P256  Curve = iota + 1 // secp256r1 of SEC 2
	P256K                  // secp256k1 of SEC 2
	SM2                    // sm2p256v1 of GB/T 32918.5
)

// size is the length in bytes of a scalar and of a coordinate on each of them.
const size = 32

// String returns the curve's name: "P-256", "secp256k1" or "SM2".
func (c Curve) String() string {
	return [...]string{"no curve", "P-256", "secp256k1", "SM2"}[c]
}

// NewPrivate returns the private key with this scalar of 32 bytes, big-endian. It
// refuses another length and a scalar outside [1, n-1], for SM2 outside [1, n-2].
func NewPrivate(c Curve, scalar []byte) (crypto.PrivateKey, error) {
	if len(scalar) != size {
		return nil, refuse(fmt.Sprintf("the scalar has %d bytes, not %d", len(scalar), size))
	}
	switch c {
	case P256:
		if k, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), scalar); err == nil {
			return k, nil
		}
	case P256K:
		// decred's constructors reduce silently: the overflow is seen only here.
		var d decred.ModNScalar
		if overflow := d.SetByteSlice(scalar); !overflow && !d.IsZero() {
			return decred.NewPrivateKey(&d), nil
		}
	case SM2:
		if k, err := sm2.NewPrivateKey(scalar); err == nil {
			return k, nil
		}
		return nil, refuse("the scalar is outside [1, n-2]")
	}
	return nil, refuse("the scalar is outside [1, n-1]")
}

// NewPublic returns the public key at this point, which is compressed or
// uncompressed (SEC 1, section 2.3.3). It refuses the hybrid form, the point at
// infinity, other lengths, coordinates outside [0, p) and points off the curve.
func NewPublic(c Curve, point []byte) (crypto.PublicKey, error) {
	switch {
	case len(point) == 1+2*size && point[0] == 4:
	case len(point) == 1+size && (point[0] == 2 || point[0] == 3):
	case len(point) == 1 && point[0] == 0:
		return nil, refuse("the public key is the point at infinity")
	case len(point) == 1+2*size && (point[0] == 6 || point[0] == 7):
		return nil, refuse("the public key is a point in the hybrid form")
	default:
		return nil, refuse("the public key is no point in the compressed or uncompressed form")
	}
	switch c {
	case P256:
		if len(point) == 1+2*size {
			if k, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point); err == nil {
				return k, nil
			}
		} else if x, y := elliptic.UnmarshalCompressed(elliptic.P256(), point); x != nil {
			return &ecdsa.PublicKey{Curve: elliptic.P256(), X: x, Y: y}, nil
		}
	case P256K:
		if k, err := decred.ParsePubKey(point); err == nil {
			return k, nil
		}
	case SM2:
		if len(point) == 1+2*size {
			if k, err := sm2.NewPublicKey(point); err == nil {
				return k, nil
			}
		} else if x, y := elliptic.UnmarshalCompressed(sm2.P256(), point); x != nil {
			return &ecdsa.PublicKey{Curve: sm2.P256(), X: x, Y: y}, nil
		}
	}
	return nil, refuse("the public key is not a point of " + c.String())
}

// Scalar returns the curve and the scalar, 32 bytes big-endian, of a private key
// that [Private] returned, and no curve for an RSA key.
func Scalar(key crypto.PrivateKey) (Curve, []byte) {
	switch k := key.(type) {
	case *ecdsa.PrivateKey:
		return P256, k.D.FillBytes(make([]byte, size))
	case *decred.PrivateKey:
		return P256K, k.Serialize()
	case *sm2.PrivateKey:
		return SM2, k.D.FillBytes(make([]byte, size))
	}
	return 0, nil
}

// Point returns the curve and the uncompressed point of a public key that
// [Public] returned, and no curve for an RSA key.
func Point(key crypto.PublicKey) (Curve, []byte) {
	switch k := key.(type) {
	case *ecdsa.PublicKey:
		c := P256
		if k.Curve == sm2.P256() {
			c = SM2
		}
		return c, uncompressed(k.X, k.Y)
	case *decred.PublicKey:
		return P256K, k.SerializeUncompressed()
	}
	return 0, nil
}

func uncompressed(x, y *big.Int) []byte {
	point := make([]byte, 1+2*size)
	point[0] = 4
	x.FillBytes(point[1 : 1+size])
	y.FillBytes(point[1+size:])
	return point
}

func ecPrivate(k *ecdsa.PrivateKey) (crypto.PrivateKey, error) {
	c, err := curveOf(k.Curve)
	if err != nil {
		return nil, err
	}
	if k.D == nil {
		return nil, refuse("the key has no scalar")
	}
	if k.D.Sign() < 0 {
		return nil, refuse("the scalar is negative")
	}
	if k.D.BitLen() > 8*size {
		return nil, refuse(fmt.Sprintf("the scalar has more than %d bits", 8*size))
	}
	key, err := NewPrivate(c, k.D.FillBytes(make([]byte, size)))
	if err != nil {
		return nil, err
	}
	pub, err := ecPublic(&k.PublicKey)
	if err != nil {
		return nil, err
	}
	_, given := Point(pub)
	_, derived := Point(PublicOf(key))
	if !bytes.Equal(given, derived) {
		return nil, refuse("the public key is not that of the scalar")
	}
	return key, nil
}

func ecPublic(k *ecdsa.PublicKey) (crypto.PublicKey, error) {
	c, err := curveOf(k.Curve)
	if err != nil {
		return nil, err
	}
	if k.X == nil || k.Y == nil {
		return nil, refuse("the public key has no coordinates")
	}
	for _, v := range []*big.Int{k.X, k.Y} {
		if v.Sign() < 0 || v.BitLen() > 8*size {
			return nil, refuse("a coordinate of the public key is outside [0, p)")
		}
	}
	return NewPublic(c, uncompressed(k.X, k.Y))
}

// secp256k1Public goes through the encoding because a FieldVal of decred may hold
// a value that is not reduced, which the type's own IsOnCurve would take modulo p.
func secp256k1Public(k *decred.PublicKey) (crypto.PublicKey, error) {
	copied, err := decred.ParsePubKey(k.SerializeUncompressed())
	if err != nil || !copied.IsEqual(k) {
		return nil, refuse("the public key is not a point of " + P256K.String())
	}
	return copied, nil
}

// secp256k1PublicOf derives the public key in constant time, as decred's PubKey does
// not. The scalar is checked.
func secp256k1PublicOf(k *decred.PrivateKey) *decred.PublicKey {
	scalar := k.Key.Bytes()
	defer clear(scalar[:])
	private, _ := secp256k1.NewPrivateKey(&scalar)
	x, y := private.PublicKey().Coordinates()
	var fx, fy decred.FieldVal
	fx.SetBytes(&x)
	fy.SetBytes(&y)
	return decred.NewPublicKey(&fx, &fy)
}

// curveOf tells the curves apart by identity. A foreign implementation of
// elliptic.Curve is asked nothing: it may be a typed nil.
func curveOf(curve elliptic.Curve) (Curve, error) {
	switch curve {
	case elliptic.P256():
		return P256, nil
	//lint:ignore SA1019 keys in this deprecated form exist and are read; nothing is computed on it
	case decred.S256():
		return P256K, nil
	case sm2.P256():
		return SM2, nil
	case nil:
		return 0, refuse("the key has no curve")
	case elliptic.P224(), elliptic.P384(), elliptic.P521():
		return 0, refuse("the key is on curve " + curve.Params().Name)
	}
	return 0, refuse(fmt.Sprintf("the key is on a curve of type %T", curve))
}
