package secp256k1

import (
	"fmt"
	"io"
)

// A PrivateKey signs. It is safe for concurrent use. It prints as a placeholder with
// every verb of package fmt.
type PrivateKey struct {
	d      scalar
	bytes  [32]byte
	public affinePoint
}

// NewPrivateKey returns the private key with the big-endian secret d. It reports false
// if d is 0, or n or more.
func NewPrivateKey(d *[32]byte) (*PrivateKey, bool) {
	k := &PrivateKey{bytes: *d}
	if k.d.setBytes(d)|k.d.isZero() != 0 {
		*k = PrivateKey{}
		return nil, false
	}
	var p extendedPoint
	p.setGeneratorMultiple(&k.d)
	k.public = p.affine()
	return k, true
}

// PublicKey returns the public key. Each call computes its tables anew.
func (k *PrivateKey) PublicKey() *PublicKey {
	return newPublicKey(&k.public)
}

// Format implements [fmt.Formatter], so that no verb prints the secret.
func (k PrivateKey) Format(s fmt.State, verb rune) {
	io.WriteString(s, "secp256k1.PrivateKey{...}")
}

// Sign returns the signature (r, s) of the digest, s <= (n - 1) / 2 (SEC 1, version 2,
// section 4.1.3). The nonce is that of RFC 6979 with SHA-256. Without extra the
// signature is deterministic; with it, it also depends on these 32 bytes, the
// additional data of section 3.6. Random ones protect against faults.
func (k *PrivateKey) Sign(digest, extra *[32]byte) (r, s [32]byte) {
	var w [1]signing
	w[0].start(k, digest, extra)
	k.finish(w[:])
	r, s = w[0].r.bytes(), w[0].s.bytes()
	wipe(w[:])
	return r, s
}

// A signing is a signature in the making.
type signing struct {
	nonces    nonceGenerator
	digest, k scalar
	r, s      scalar

	point           extendedPoint // k G
	zzInv, zzBefore fieldElement
	kInv, kBefore   scalar
}

// start derives the nonce.
func (w *signing) start(k *PrivateKey, digest, extra *[32]byte) {
	w.digest.setBytes(digest)
	// bits2octets, section 2.3.4: the digest goes in modulo n.
	reduced := w.digest.bytes()
	w.nonces.init(&k.bytes, &reduced, extra)
	w.nonces.first(&w.k)
}

// finish computes the signatures.
func (k *PrivateKey) finish(ws []signing) {
	k.signWithNonces(ws)
	for i := range ws {
		w := ws[i : i+1]
		for w[0].r.isZero()|w[0].s.isZero() != 0 {
			w[0].nonces.next(&w[0].k)
			k.signWithNonces(w)
		}
	}
}

// signWithNonces sets r and s for the digests and nonces. It inverts once for all
// signatures, in the field and modulo n: the inverse of the product of all unravels from
// the last to the first (Montgomery's trick).
func (k *PrivateKey) signWithNonces(ws []signing) {
	var zz fieldElement
	var nonce scalar
	for i := range ws {
		w := &ws[i]
		w.point.setGeneratorMultiple(&w.k)
		if i == 0 {
			zz, nonce = w.point.zz, w.k
			continue
		}
		w.zzBefore, w.kBefore = zz, nonce
		zz.mul(&zz, &w.point.zz)
		nonce.mul(&nonce, &w.k)
	}
	zz.inverse(&zz)
	nonce.inverse(&nonce)
	for i := len(ws) - 1; i >= 0; i-- {
		w := &ws[i]
		if i == 0 {
			w.zzInv, w.kInv = zz, nonce
		} else {
			w.zzInv.mul(&zz, &w.zzBefore)
			w.kInv.mul(&nonce, &w.kBefore)
			zz.mul(&zz, &w.point.zz)
			nonce.mul(&nonce, &w.k)
		}

		// r = x mod n, s = (digest + r d) / k, or n minus that.
		var x fieldElement
		x.mul(&w.point.x, &w.zzInv)
		xBytes := x.bytes()
		w.r.setBytes(&xBytes)
		w.s.mul(&w.r, &k.d)
		w.s.add(&w.s, &w.digest)
		w.s.mul(&w.s, &w.kInv)
		w.s.negateIf(w.s.isHigh(), &w.s)
	}
}

// wipe zeroes the signings. It is not inlined, lest the compiler see that nothing reads
// them any more.
//
//go:noinline
func wipe(ws []signing) {
	clear(ws)
}
