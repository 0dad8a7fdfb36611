// Code generated from p256/verify.go by internal/ec256; DO NOT EDIT.

// SPDX-License-Identifier: Apache-2.0

package sm2

// A PublicKey verifies signatures. It is made by [NewPublicKey] or [PrivateKey.PublicKey],
// and safe for concurrent use. The second verification makes tables of 4 KiB, with which
// it and all that follow take less than half of the time.
type PublicKey struct {
	point publicPoint
}

// NewPublicKey returns the public key with the big-endian coordinates x and y. It
// reports false if a coordinate is p or more, or the point is not on the curve.
func NewPublicKey(x, y *[32]byte) (*PublicKey, bool) {
	var p affinePoint
	if !p.x.setBytes(x) || !p.y.setBytes(y) || !p.isOnCurve() {
		return nil, false
	}
	return newPublicKey(&p), true
}

func newPublicKey(p *affinePoint) *PublicKey {
	return &PublicKey{point: publicPoint{affinePoint: *p}}
}

// Coordinates returns the big-endian coordinates of the point.
func (p *PublicKey) Coordinates() (x, y [32]byte) {
	return p.point.x.bytes(), p.point.y.bytes()
}
