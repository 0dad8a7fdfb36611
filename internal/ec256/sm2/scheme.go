// SPDX-License-Identifier: Apache-2.0

package sm2

import (
	"github.com/emmansun/gmsm/sm3"

	"github.com/kmsigner/kmsigner/internal/hash16"
	"github.com/kmsigner/kmsigner/internal/rfc6979"
)

// The scheme is SM2's digital signature (GB/T 32918.2-2016, sections 6 and 7). The digest is
// e = SM3(Z(A) || M).

// derived is what a private key holds beside the secret.
type derived struct {
	inverse scalar // 1 / (1 + d)
}

// derive sets the inverse, and checks the range of the secret, which is in [1, n-1] already:
// 1 + d has no inverse for n-1.
func (x *derived) derive(d *scalar) bool {
	var sum scalar
	sum.add(d, &scalar{1})
	x.inverse.inverse(&sum)
	inRange := sum.isZero() == 0
	sum = scalar{}
	return inRange
}

// plainNonces returns the generator of deterministic nonces: HMAC-SM3.
func plainNonces(*rfc6979.Generator) *rfc6979.Generator { return rfc6979.New(sm3.New()) }

// startHedged starts the nonces with one HMAC-SHA-256 over the key, the digest and extra.
// Another implementation need not reproduce these nonces, so they need neither SM3, for which
// few processors have instructions, nor RFC 6979.
func startHedged(g *rfc6979.Generator, key, digest, extra *[32]byte) {
	g.StartHedged(key, digest, extra)
}

// The hashes of deterministic and of hedged nonces, in lanes.
var plainLanes, hedgedLanes = rfc6979.NewLanes(hash16.SM3()), rfc6979.NewLanes(hash16.SHA256())

// hedgedInLanes is startHedged for several nonces.
func hedgedInLanes(nonces [][32]byte, key *[32]byte, digests, extras [][32]byte) {
	hedgedLanes.NoncesHedged(nonces, key, digests, extras)
}

// invertsNonces says that finish needs the inverse of the nonce.
const invertsNonces = false

// finish sets r = e + x and s = (k - r d) / (1 + d) modulo n. Since
//
//	k - r d = (k + r) - r (1 + d),
//
// that is (k + r) / (1 + d) - r.
func (w *work) finish(key *PrivateKey) {
	limbs := w.x.limbs()
	w.r.setLimbs(&limbs)
	w.r.add(&w.r, &w.digest)
	w.s.add(&w.k, &w.r)
	w.s.mul(&w.s, &key.inverse)
	w.s.sub(&w.s, &w.r)
}

// normalize does nothing: s has one form.
func (*work) normalize() {}

// isNone returns all ones if r, s or r + k is 0, and 0 if not.
func (w *work) isNone() uint64 {
	var sum scalar
	sum.add(&w.r, &w.k)
	none := w.r.isZero() | w.s.isZero() | sum.isZero()
	sum = scalar{}
	return none
}

// residue returns 0 if r = e + x and s (1 + d) = k - r d modulo n. So the key's copy of the
// inverse of 1 + d shows if it is not that of the second d.
func (w *work) residue(d, k, e, x *scalar) uint64 {
	var r, left, right scalar
	r.add(e, x)
	left.add(d, &scalar{1})
	left.mul(&left, &w.s)
	right.mul(&r, d)
	right.sub(k, &right)
	residue := w.r.differs(&r) | left.differs(&right)
	left, right = scalar{}, scalar{}
	return residue
}

// set sets the claim of a signature (GB/T 32918.2-2016, section 7.1). It reports false, for no
// signature, if r or s is 0, or n or more, or if r + s is n.
func (c *claim) set(digest, r, s *[32]byte) bool {
	if c.x.setBytes(r)|c.u.setBytes(s)|c.x.isZero()|c.u.isZero() != 0 {
		return false
	}
	c.v.add(&c.x, &c.u)
	if c.v.isZero() != 0 {
		return false
	}
	// r is e + x, and so x is r - e.
	var e scalar
	e.setBytes(digest)
	c.x.sub(&c.x, &e)
	return true
}

// dividesClaims says that claims are to be divided.
const dividesClaims = false
