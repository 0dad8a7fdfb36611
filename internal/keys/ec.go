// SPDX-License-Identifier: Apache-2.0

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

// size is the length in bytes of a scalar and of a coordinate on each curve.
const size = 32

// NewPrivate returns the private key with this scalar of 32 bytes, big-endian. It
// refuses another length and a scalar outside [1, n-1], for SM2 outside [1, n-2].
func NewPrivate(kind Kind, scalar []byte) (crypto.PrivateKey, error) {
	if len(scalar) != size {
		return nil, refuse(fmt.Sprintf("the scalar has %d bytes, not %d", len(scalar), size))
	}
	switch kind {
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
func NewPublic(kind Kind, point []byte) (crypto.PublicKey, error) {
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
	switch kind {
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
	return nil, refuse("the public key is not a point of " + kind.Curve())
}

// Scalar returns the scalar, 32 bytes big-endian, of a private key that [Private]
// returned, and nil for an RSA key.
func Scalar(key crypto.PrivateKey) []byte {
	switch k := key.(type) {
	case *ecdsa.PrivateKey:
		return k.D.FillBytes(make([]byte, size))
	case *decred.PrivateKey:
		return k.Serialize()
	case *sm2.PrivateKey:
		return k.D.FillBytes(make([]byte, size))
	}
	return nil
}

// Point returns the uncompressed point, 65 bytes, of a public key that [Public]
// returned, and nil for an RSA key.
func Point(key crypto.PublicKey) []byte {
	switch k := key.(type) {
	case *ecdsa.PublicKey:
		return uncompressed(k.X, k.Y)
	case *decred.PublicKey:
		return k.SerializeUncompressed()
	}
	return nil
}

func uncompressed(x, y *big.Int) []byte {
	point := make([]byte, 1+2*size)
	point[0] = 4
	x.FillBytes(point[1 : 1+size])
	y.FillBytes(point[1+size:])
	return point
}

func ecPrivate(k *ecdsa.PrivateKey) (crypto.PrivateKey, error) {
	kind, err := kindOfCurve(k.Curve)
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
	key, err := NewPrivate(kind, k.D.FillBytes(make([]byte, size)))
	if err != nil {
		return nil, err
	}
	pub, err := ecPublic(&k.PublicKey)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(Point(pub), Point(PublicOf(key))) {
		return nil, refuse("the public key is not that of the scalar")
	}
	return key, nil
}

func ecPublic(k *ecdsa.PublicKey) (crypto.PublicKey, error) {
	kind, err := kindOfCurve(k.Curve)
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
	return NewPublic(kind, uncompressed(k.X, k.Y))
}

// secp256k1Public goes through the encoding because a FieldVal of decred may hold
// a value that is not reduced, which the type's own IsOnCurve would take modulo p.
func secp256k1Public(k *decred.PublicKey) (crypto.PublicKey, error) {
	copied, err := decred.ParsePubKey(k.SerializeUncompressed())
	if err != nil || !copied.IsEqual(k) {
		return nil, refuse("the public key is not a point of " + P256K.Curve())
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

// kindOfCurve tells the curves apart by identity. A foreign implementation of
// elliptic.Curve is asked nothing: it may be a typed nil.
func kindOfCurve(curve elliptic.Curve) (Kind, error) {
	switch curve {
	case elliptic.P256():
		return P256, nil
	//lint:ignore SA1019 keys in this deprecated form exist and are read; nothing is computed on it
	case decred.S256():
		return P256K, nil
	case sm2.P256():
		return SM2, nil
	case nil:
		return "", refuse("the key has no curve")
	case elliptic.P224(), elliptic.P384(), elliptic.P521():
		return "", refuse("the key is on curve " + curve.Params().Name)
	}
	return "", refuse(fmt.Sprintf("the key is on a curve of type %T", curve))
}
