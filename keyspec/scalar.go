// SPDX-License-Identifier: Apache-2.0

package keyspec

import (
	"crypto"
	"crypto/ecdsa"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"

	"github.com/kmsigner/kmsigner/internal/keys"
)

// PrivateKeyFromScalar returns the private key of EC_P256, EC_P256K or EC_SM2 with
// this scalar: 32 bytes, big-endian. Bitcoin, Ethereum and most SM2 tools store
// private keys in this form, often as 64 hexadecimal digits. The result has the Go
// type of the package's table. The scalar is neither kept nor written to.
//
// It returns InvalidParameter of "KeySpec" for a spec that is not valid or has no
// scalar (RSA), and of "Key" for a scalar of another length or outside [1, n-1] ([1,
// n-2] for EC_SM2).
func PrivateKeyFromScalar(k KeySpec, scalar []byte) (crypto.PrivateKey, error) {
	if err := k.checkCurve("scalar"); err != nil {
		return nil, err
	}
	if isHex(scalar) {
		return nil, invalid("Key", "the scalar is hexadecimal text: decode it (encoding/hex) to 32 bytes")
	}
	return keys.NewPrivate(keys.Kind(k), scalar)
}

// PublicKeyFromPoint returns the public key of EC_P256, EC_P256K or EC_SM2 at this
// point, in the form of SEC 1, section 2.3.3: 04 x y in 65 bytes, or 02 or 03 and x in
// 33. The result has the Go type of the package's table. The point is neither kept nor
// written to.
//
// It returns InvalidParameter of "KeySpec" for a spec that is not valid or has no
// points (RSA), and of "Key" for another length or first byte (the hybrid form and the
// point at infinity included), coordinates outside [0, p), and a point off the curve.
func PublicKeyFromPoint(k KeySpec, point []byte) (crypto.PublicKey, error) {
	if err := k.checkCurve("point"); err != nil {
		return nil, err
	}
	switch {
	case isHex(point):
		return nil, invalid("Key", "the point is hexadecimal text: decode it (encoding/hex) to 65 or 33 bytes")
	case len(point) == 64:
		return nil, invalid("Key", "the point has 64 bytes; if they are x and y, put the byte 04 before them")
	}
	return keys.NewPublic(keys.Kind(k), point)
}

// Point returns the point of a public key of EC_P256, EC_P256K or EC_SM2, in any
// accepted Go type, in the uncompressed form of SEC 1, section 2.3.3: 65 bytes, 04 x y.
//
// It returns InvalidParameter of "Key" for an RSA key, for a private key, and for the keys
// for which [Of] does.
func Point(pub crypto.PublicKey) ([]byte, error) {
	checked, err := curvePublic(pub)
	if err != nil {
		return nil, err
	}
	return keys.Point(checked), nil
}

// ECDSA returns a public key of EC_P256, EC_P256K or EC_SM2, in any accepted Go type,
// as the *ecdsa.PublicKey that other libraries take: on elliptic.P256(), on decred's
// S256(), and on sm2.P256(). The result is the caller's own copy.
//
// It is the type alone: crypto/ecdsa itself verifies signatures of EC_P256 and
// EC_P256K with it, and not those of EC_SM2, which are no ECDSA signatures.
//
// It returns InvalidParameter of "Key" for an RSA key, for a private key, and for the keys
// for which [Of] does.
func ECDSA(pub crypto.PublicKey) (*ecdsa.PublicKey, error) {
	checked, err := curvePublic(pub)
	if err != nil {
		return nil, err
	}
	if k, ok := checked.(*secp256k1.PublicKey); ok {
		return k.ToECDSA(), nil
	}
	return checked.(*ecdsa.PublicKey), nil
}

// curvePublic returns the checked copy of a public key that is a point.
func curvePublic(pub crypto.PublicKey) (crypto.PublicKey, error) {
	checked, err := keys.Public(pub)
	if err != nil {
		return nil, err
	}
	if kind := keys.KindOf(checked); kind.Curve() == "" {
		return nil, invalid("Key", "a key of "+string(kind)+" is no point of a curve")
	}
	return checked, nil
}

// checkCurve refuses a spec whose keys have no scalar or point.
func (k KeySpec) checkCurve(what string) error {
	if _, err := Parse(string(k)); err != nil {
		return err
	}
	if keys.Kind(k).Curve() == "" {
		return invalid("KeySpec", fmt.Sprintf("a key of %s has no %s: that is for EC_P256, EC_P256K and EC_SM2", k, what))
	}
	return nil
}

// isHex reports whether data is the text of bytes in hexadecimal, and not bytes: no
// scalar or point has these lengths.
func isHex(data []byte) bool {
	digits := strings.TrimPrefix(strings.ToLower(string(data)), "0x")
	_, err := hex.DecodeString(digits)
	return len(digits) >= 64 && err == nil
}
