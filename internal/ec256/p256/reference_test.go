// SPDX-License-Identifier: Apache-2.0

package p256

import (
	"crypto/hmac"
	"crypto/sha256"
	"hash"
	"math/big"
)

// curveEdges are the constants of Montgomery's form, which are edges, too.
func curveEdges() []*big.Int {
	return []*big.Int{bigFromLimbs(fieldRSquared), bigFromLimbs(fieldRCubed), bigFromLimbs(scalarRSquared)}
}

// shortFactor is that of randomMultiplier: none.
var shortFactor = one

// fromReference returns the point of the reference's coordinates, and false if it is
// infinity.
func fromReference(x, y *big.Int) (affinePoint, bool) {
	if x.Sign() == 0 && y.Sign() == 0 {
		return affinePoint{}, false
	}
	return affinePoint{x: fieldFromBig(x), y: fieldFromBig(y)}, true
}

// referenceMultiple returns k G, and false if it is infinity.
func referenceMultiple(k *big.Int) (affinePoint, bool) {
	//lint:ignore SA1019 the deprecated interface is what the reference curves share
	return fromReference(referenceCurve.ScalarBaseMult(new(big.Int).Mod(k, bigN).Bytes()))
}

// referenceDoubleMultiple returns u G + v p, and false if it is infinity.
func referenceDoubleMultiple(u, v *big.Int, p *affinePoint) (affinePoint, bool) {
	//lint:ignore SA1019 as above
	ux, uy := referenceCurve.ScalarBaseMult(new(big.Int).Mod(u, bigN).Bytes())
	//lint:ignore SA1019 as above
	vx, vy := referenceCurve.ScalarMult(bigFromField(p.x), bigFromField(p.y), new(big.Int).Mod(v, bigN).Bytes())
	//lint:ignore SA1019 as above
	return fromReference(referenceCurve.Add(ux, uy, vx, vy))
}

// pointAt returns a point with this x coordinate, if there is one.
func pointAt(x *big.Int) (affinePoint, bool) {
	y := new(big.Int).Exp(x, big.NewInt(3), bigP)
	y.Sub(y, new(big.Int).Mul(big.NewInt(3), x))
	y.Add(y, bigFromField(curveB))
	if y.ModSqrt(y.Mod(y, bigP), bigP) == nil {
		return affinePoint{}, false
	}
	return affinePoint{x: fieldFromBig(x), y: fieldFromBig(y)}, true
}

// referenceNonce is RFC 6979, section 3.2, written out: the nonce after so many that were
// rejected, for the digest modulo n. With extra, it is the scheme's hedged one, with SHA-256.
func referenceNonce(d, digest *big.Int, extra []byte, rejected int) *big.Int {
	newHash := plainHash
	if extra != nil {
		newHash = sha256.New
	}
	return noncesFrom(newHash, d, digest, extra, rejected, extra != nil && hedgedWithOneHMAC)
}

// noncesFrom is referenceNonce with the hash, and with the construction of
// rfc6979.StartHedged if oneHMAC is set.
func noncesFrom(newHash func() hash.Hash, d, digest *big.Int, extra []byte, rejected int, oneHMAC bool) *big.Int {
	mac := func(key []byte, parts ...[]byte) []byte {
		h := hmac.New(newHash, key)
		for _, p := range parts {
			h.Write(p)
		}
		return h.Sum(nil)
	}
	key, reduced := bytesFromBig(d)[:], bytesFromBig(new(big.Int).Mod(digest, bigN))[:]
	v, k := make([]byte, 32), make([]byte, 32)
	for i := range v {
		v[i] = 1
	}
	if oneHMAC {
		k, v = key, mac(key, extra, reduced)
	} else {
		k = mac(k, v, []byte{0}, key, reduced, extra)
		v = mac(k, v)
		k = mac(k, v, []byte{1}, key, reduced, extra)
		v = mac(k, v)
	}
	for {
		v = mac(k, v)
		if x := new(big.Int).SetBytes(v); x.Sign() > 0 && x.Cmp(bigN) < 0 {
			if rejected == 0 {
				return x
			}
			rejected--
		}
		k = mac(k, v, []byte{0})
		v = mac(k, v)
	}
}
