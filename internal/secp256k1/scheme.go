// Code generated from p256/scheme.go by internal/ec256; DO NOT EDIT.

// SPDX-License-Identifier: Apache-2.0

package secp256k1

import (
	"github.com/kmsigner/kmsigner/internal/hash16"
	"github.com/kmsigner/kmsigner/internal/rfc6979"
)

// The scheme is ECDSA (FIPS 186-5, section 6; SEC 1, version 2, section 4.1). Whether s is normalized,
// the curve says: see normalize.

// derived is what a private key holds beside the secret: for ECDSA, nothing.
type derived struct{}

// derive checks the range of the secret, which is in [1, n-1] already.
func (*derived) derive(*scalar) bool { return true }

// plainNonces returns the generator of deterministic nonces: HMAC-SHA-256, as for the hedged
// ones.
func plainNonces(hedged *rfc6979.Generator) *rfc6979.Generator { return hedged }

// startHedged starts the nonces with extra as the additional data of RFC 6979, section 3.6.
func startHedged(g *rfc6979.Generator, key, digest, extra *[32]byte) { g.Start(key, digest, extra) }

// The hashes of deterministic and of hedged nonces, in lanes.
var plainLanes, hedgedLanes = rfc6979.NewLanes(hash16.SHA256()), rfc6979.NewLanes(hash16.SHA256())

// hedgedInLanes is startHedged for several nonces.
func hedgedInLanes(nonces [][32]byte, key *[32]byte, digests, extras [][32]byte) {
	hedgedLanes.Nonces(nonces, key, digests, extras)
}

// invertsNonces says that finish needs the inverse of the nonce.
const invertsNonces = true

// finish sets r = x mod n and s = (digest + r d) / k.
func (w *work) finish(key *PrivateKey) {
	limbs := w.x.limbs()
	w.r.setLimbs(&limbs)
	w.s.mul(&w.r, &key.d)
	w.s.add(&w.s, &w.digest)
	w.s.mul(&w.s, &w.kInv)
}

// isNone returns all ones if r or s is 0, and 0 if not.
func (w *work) isNone() uint64 { return w.r.isZero() | w.s.isZero() }

// residue returns 0 if r = x and s k = e + r d modulo n.
func (w *work) residue(d, k, e, x *scalar) uint64 {
	var left, right scalar
	left.mul(&w.s, k)
	right.mul(x, d)
	right.add(&right, e)
	residue := w.r.differs(x) | left.differs(&right)
	left, right = scalar{}, scalar{}
	return residue
}

// set sets the claim of a signature (SEC 1, version 2, section 4.1.4), with u = e, v = r and s
// to be divided by. It reports false, for no signature, if r or s is 0, or n or more. Both s and
// n - s are accepted.
func (c *claim) set(digest, r, s *[32]byte) bool {
	if c.x.setBytes(r)|c.divisor.setBytes(s)|c.x.isZero()|c.divisor.isZero() != 0 {
		return false
	}
	c.u.setBytes(digest)
	c.v = c.x
	return true
}

// dividesClaims says that claims are to be divided.
const dividesClaims = true
