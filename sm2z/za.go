// SPDX-License-Identifier: Apache-2.0

package sm2z

import (
	"crypto/ecdsa"
	"hash"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm3"
)

// The curve's part of Z(A): a, b, xG and yG of sm2p256v1, GB/T 32918.5-2017,
// section 2, 32 bytes each.
const (
	curveA  = "\xff\xff\xff\xfe\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xfc"
	curveB  = "\x28\xe9\xfa\x9e\x9d\x9f\x5e\x34\x4d\x5a\x9e\x4b\xcf\x65\x09\xa7\xf3\x97\x89\xf5\x15\xab\x8f\x92\xdd\xbc\xbd\x41\x4d\x94\x0e\x93"
	curveGx = "\x32\xc4\xae\x2c\x1f\x19\x81\x19\x5f\x99\x04\x46\x6a\x39\xc9\x94\x8f\xe3\x0b\xbf\xf2\x66\x0b\xe1\x71\x5a\x45\x89\x33\x4c\x74\xc7"
	curveGy = "\xbc\x37\x36\xa2\xf4\xf6\x77\x9c\x59\xbd\xce\xe3\x6b\x69\x21\x53\xd0\xa9\x87\x7c\xc6\x2a\x47\x40\x02\xdf\x32\xe5\x21\x39\xf0\xa0"
)

// ZA returns Z(A) = SM3(ENTL || ID || a || b || xG || yG || xA || yA), GB/T
// 32918.2-2016, section 5.5. It returns InvalidParameter of "Key" for a key that
// is nil, not on sm2.P256(), off the curve or at infinity.
func ZA(pub *ecdsa.PublicKey, id ID) ([32]byte, error) {
	point, err := coordinates(pub)
	if err != nil {
		return [32]byte{}, err
	}
	return za(point, id), nil
}

// Digest returns e = SM3(Z(A) || M), GB/T 32918.2-2016, section 6.1, steps A1 and
// A2: the 32 bytes that SM2 signs. An empty message has a digest like any other.
// It returns the errors of [ZA]. The message is not kept.
func Digest(pub *ecdsa.PublicKey, id ID, msg []byte) ([32]byte, error) {
	z, err := ZA(pub, id)
	if err != nil {
		return [32]byte{}, err
	}
	return digest(z, msg), nil
}

func za(point [64]byte, id ID) [32]byte {
	value := id.bytes()
	entl := len(value) * 8
	h := sm3.New()
	h.Write([]byte{byte(entl >> 8), byte(entl)})
	h.Write([]byte(value))
	h.Write([]byte(curveA + curveB + curveGx + curveGy))
	h.Write(point[:])
	return sum(h)
}

func digest(z [32]byte, msg []byte) [32]byte {
	h := sm3.New()
	h.Write(z[:])
	h.Write(msg)
	return sum(h)
}

func sum(h hash.Hash) (out [32]byte) {
	h.Sum(out[:0])
	return out
}

// coordinates returns xA || yA of a key that it has checked.
func coordinates(pub *ecdsa.PublicKey) ([64]byte, error) {
	var xy [64]byte
	switch {
	case pub == nil:
		return xy, invalid("Key", "the public key is nil")
	case pub.Curve != sm2.P256():
		return xy, invalid("Key", "the public key is not on gmsm's sm2.P256()")
	case pub.X == nil || pub.Y == nil:
		return xy, invalid("Key", "the public key has no coordinates")
	case pub.X.Sign() < 0 || pub.Y.Sign() < 0 || pub.X.BitLen() > 256 || pub.Y.BitLen() > 256:
		return xy, invalid("Key", "a coordinate of the public key is not in [0, p-1]")
	}
	pub.X.FillBytes(xy[:32])
	pub.Y.FillBytes(xy[32:])
	if _, err := sm2.NewPublicKey(append([]byte{4}, xy[:]...)); err != nil {
		return xy, invalid("Key", "the public key is not a point of the SM2 curve")
	}
	return xy, nil
}
