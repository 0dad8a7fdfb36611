// SPDX-License-Identifier: Apache-2.0

package secp256k1

import (
	"math/big"

	decred "github.com/decred/dcrd/dcrec/secp256k1/v4"
	decdsa "github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
)

// The reference: decred's points, math/big's numbers.

// curveEdges are more numbers near which carries and reductions change.
func curveEdges() []*big.Int { return []*big.Int{lambda} }

// lambda is what the endomorphism multiplies by; multiples of it by a short number have short halves.
var lambda, _ = new(big.Int).SetString("5363ad4cc05c30e0a5261c028812645a122e22ea20816678df02967c1b23bd72", 16)

// shortFactor is that of randomMultiplier.
var shortFactor = lambda

func decredScalar(k *big.Int) *decred.ModNScalar {
	var s decred.ModNScalar
	b := bytesFromBig(new(big.Int).Mod(k, bigN))
	s.SetBytes(b)
	return &s
}

func decredPoint(p *affinePoint) *decred.JacobianPoint {
	var q decred.JacobianPoint
	x, y := p.x.bytes(), p.y.bytes()
	q.X.SetByteSlice(x[:])
	q.Y.SetByteSlice(y[:])
	q.Z.SetInt(1)
	return &q
}

// fromDecred returns the point, and false if it is infinity.
func fromDecred(p *decred.JacobianPoint) (affinePoint, bool) {
	q := *p
	if (q.X.IsZero() && q.Y.IsZero()) || q.Z.IsZero() {
		return affinePoint{}, false
	}
	q.ToAffine()
	var a affinePoint
	a.x.setBytes(q.X.Bytes())
	a.y.setBytes(q.Y.Bytes())
	return a, true
}

// referenceMultiple returns k G, and false if it is infinity.
func referenceMultiple(k *big.Int) (affinePoint, bool) {
	var p decred.JacobianPoint
	decred.ScalarBaseMultNonConst(decredScalar(k), &p)
	return fromDecred(&p)
}

// referenceDoubleMultiple returns u G + v p, and false if it is infinity.
func referenceDoubleMultiple(u, v *big.Int, p *affinePoint) (affinePoint, bool) {
	var a, b, sum decred.JacobianPoint
	decred.ScalarBaseMultNonConst(decredScalar(u), &a)
	decred.ScalarMultNonConst(decredScalar(v), decredPoint(p), &b)
	decred.AddNonConst(&a, &b, &sum)
	return fromDecred(&sum)
}

// referenceSign is ECDSA with low s as it is written in SEC 1, for a nonce k. It reports
// false if r or s is 0.
func referenceSign(d, k, digest *big.Int) (r, s *big.Int, ok bool) {
	p, _ := referenceMultiple(k)
	r = bigFromLimbs(p.x)
	r.Mod(r, bigN)
	s = new(big.Int).Mul(r, d)
	s.Add(s, digest)
	s.Mul(s, new(big.Int).ModInverse(k, bigN))
	s.Mod(s, bigN)
	if s.Cmp(new(big.Int).Rsh(bigN, 1)) > 0 {
		s.Sub(bigN, s)
	}
	return r, s, r.Sign() != 0 && s.Sign() != 0
}

// referenceNonce is decred's RFC 6979 nonce, for the digest modulo n.
func referenceNonce(d, digest *big.Int, extra []byte, rejected int) *big.Int {
	reduced := bytesFromBig(new(big.Int).Mod(digest, bigN))
	k := decred.NonceRFC6979(bytesFromBig(d)[:], reduced[:], extra, nil, uint32(rejected)).Bytes()
	return new(big.Int).SetBytes(k[:])
}

// referenceVerify verifies with decred.
func referenceVerify(p *affinePoint, digest, r, s *big.Int) bool {
	if r.Sign() == 0 || s.Sign() == 0 || r.Cmp(bigN) >= 0 || s.Cmp(bigN) >= 0 {
		return false
	}
	q := decredPoint(p)
	sig := decdsa.NewSignature(decredScalar(r), decredScalar(s))
	return sig.Verify(bytesFromBig(digest)[:], decred.NewPublicKey(&q.X, &q.Y))
}
