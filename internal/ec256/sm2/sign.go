// Code generated from p256/sign.go by internal/ec256; DO NOT EDIT.

// SPDX-License-Identifier: Apache-2.0

package sm2

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io"
	"sync"

	"github.com/kmsigner/kmsigner/internal/ecifma"
	"github.com/kmsigner/kmsigner/internal/rfc6979"
)

// A PrivateKey signs. It is made by [NewPrivateKey], and safe for concurrent use. It prints
// as a placeholder with every verb of package fmt.
type PrivateKey struct {
	d       scalar   // signatures are made with it
	second  [32]byte // the same, and signatures are checked with it
	derived          // what the scheme computes from d
	public  affinePoint

	latch *ecifma.Latch // the lanes have computed wrongly: see signAgain
}

// NewPrivateKey returns the private key with the big-endian secret d. It reports false
// if d is not in the range of the scheme.
func NewPrivateKey(d *[32]byte) (*PrivateKey, bool) {
	k := &PrivateKey{second: *d, latch: new(ecifma.Latch)}
	if k.d.setBytes(d)|k.d.isZero() != 0 || !k.derive(&k.d) {
		*k = PrivateKey{}
		return nil, false
	}
	var random [32]byte
	rand.Read(random[:]) // never fails
	blind := blindOf(&random)
	var p extendedPoint
	p.setGeneratorMultiple(&k.d, &blind)
	k.public = p.affine()
	if lanes != nil {
		spreadTable()
	}
	return k, true
}

// PublicKey returns the public key. Each call returns another one, without tables.
func (k *PrivateKey) PublicKey() *PublicKey {
	return newPublicKey(&k.public)
}

// Format implements [fmt.Formatter], so that no verb prints the secret.
func (k PrivateKey) Format(s fmt.State, verb rune) {
	io.WriteString(s, "sm2.PrivateKey{...}")
}

// Sign returns the signature (r, s) of the digest. Without extra the signature is
// deterministic, with the nonce of RFC 6979 and the scheme's hash. With extra, 32 bytes that
// should be random, the nonce depends on them, too, and is made with HMAC-SHA-256: see
// startHedged. Neither argument is kept or changed.
//
// The signature is checked as work.check says. If it is wrong, Sign reports false, and r
// and s are 0: the machine computed wrongly, or the key in memory has changed.
func (k *PrivateKey) Sign(digest, extra *[32]byte) (r, s [32]byte, ok bool) {
	w := workspaces.Get().(*workspace)
	w.one[0].init(digest, extra)
	ok = k.sign(w.one[:], w)
	r, s = w.one[0].r.bytes(), w.one[0].s.bytes()
	w.one[0] = work{}
	workspaces.Put(w)
	return r, s, ok
}

// SignBatch returns what Sign does, r and s side by side, for each of the digests. It is
// faster, for batches, by most of the cost of the inversions. extras is nil, or as long as
// digests; if it is neither, SignBatch reports false, as it does if Sign would for one of the
// digests. There are no signatures then.
func (k *PrivateKey) SignBatch(digests, extras [][32]byte) (signatures [][64]byte, ok bool) {
	if extras != nil && len(extras) != len(digests) {
		return nil, false
	}
	signatures = make([][64]byte, len(digests))
	w := workspaces.Get().(*workspace)
	defer workspaces.Put(w)
	ws := make([]work, min(len(digests), batchSize))
	for done := 0; done < len(digests); done += len(ws) {
		ws = ws[:min(len(ws), len(digests)-done)]
		var some [][32]byte
		if extras != nil {
			some = extras[done : done+len(ws)]
		}
		ok := k.signShare(signatures[done:done+len(ws)], digests[done:done+len(ws)], some, ws, w)
		if !ok {
			return nil, false
		}
	}
	return signatures, true
}

// signShare is SignBatch for so many digests, in ws, memory for as many, which is zero before and after.
func (k *PrivateKey) signShare(
	signatures [][64]byte, digests, extras [][32]byte, ws []work, nonces *workspace,
) (ok bool) {
	for i := range ws {
		var extra *[32]byte
		if extras != nil {
			extra = &extras[i]
		}
		ws[i].init(&digests[i], extra)
	}
	ok = k.sign(ws, nonces)
	for i := range ws {
		r, s := ws[i].r.bytes(), ws[i].s.bytes()
		copy(signatures[i][:32], r[:])
		copy(signatures[i][32:], s[:])
	}
	clear(ws)
	return ok
}

// batchSize is how many signatures share their inversions. Beyond it there is little more to
// save.
const batchSize = 32

// A workspace is the memory of a signature. Between signatures it is zero.
type workspace struct {
	plain, hedged *rfc6979.Generator
	one           [1]work
}

var workspaces = sync.Pool{
	New: func() any {
		hedged := rfc6979.New(sha256.New())
		return &workspace{plain: plainNonces(hedged), hedged: hedged}
	},
}

// A work is a signature in the making.
type work struct {
	input, extra [32]byte // as they were given
	hedged       bool     // whether there is an extra

	digest  scalar   // input
	hashed  [32]byte // the same, as the nonce is derived from it
	k       scalar   // the nonce
	secondK [32]byte // the same, for the check
	r, s    scalar

	point           extendedPoint // k G
	multiplier      uint64        // what the point is a multiple by: see setGeneratorMultiple
	zzBefore, zzInv fieldElement
	x               fieldElement // of k G
	kBefore, kInv   scalar
	inLanes         bool // k G is from the lanes
}

// init takes the digest. For the nonce, too, it goes in modulo n: bits2octets of RFC 6979,
// section 2.3.4.
func (w *work) init(digest, extra *[32]byte) {
	w.input = *digest
	w.digest.setBytes(digest)
	if extra != nil {
		w.extra, w.hedged = *extra, true
	}
}

// setNonce derives the nonce, the one after so many that were rejected. One that is deterministic
// is derived a second time, for the check: a fault on the way leads to a right signature with the
// nonce of another digest, or one close to its own, and two of these give the key away.
func (w *work) setNonce(k *PrivateKey, nonces *workspace, rejected int) {
	w.derive(k, nonces, rejected)
	if !w.hedged {
		first := w.k
		w.derive(k, nonces, rejected)
		w.k = first
		first = scalar{}
	}
}

// derive sets the nonce and its copy. It branches on whether a value is a nonce, in [1, n-1]. That
// says nothing about the one that is.
func (w *work) derive(k *PrivateKey, nonces *workspace, rejected int) {
	// The key is read from where s reads it: a key that changes between two signatures
	// of a digest changes the nonce, too.
	key := k.d.bytes()
	w.hashed = w.digest.bytes()
	g := nonces.plain
	if w.hedged {
		g = nonces.hedged
		startHedged(g, &key, &w.hashed, &w.extra)
	} else {
		g.Start(&key, &w.hashed, nil)
	}
	for {
		w.secondK = *g.Next()
		if w.setNonceBytes(&w.secondK) {
			if rejected == 0 {
				break
			}
			rejected--
		}
		g.Reject()
	}
	g.Wipe()
	key = [32]byte{}
}

// setNonceBytes sets the nonce to the value, and reports whether it is one.
func (w *work) setNonceBytes(value *[32]byte) bool {
	return w.k.setBytes(value)|w.k.isZero() == 0
}

// sign computes the signatures, and reports whether they fit. If one does not, all are set to
// 0, without a branch that a fault could skip. One that is wrong with the lanes is signed again
// without them.
func (k *PrivateKey) sign(ws []work, nonces *workspace) bool {
	k.setNonces(ws, nonces)
	kernel := k.kernel()
	k.signWithNonces(ws, kernel)
	k.retry(ws, nonces, kernel)
	faulty := uint64(0)
	for i := range ws {
		wrong := ws[i].check(k)
		if wrong != 0 && ws[i].inLanes {
			wrong = k.signAgain(ws[i:i+1], nonces)
		}
		faulty |= wrong
	}
	fits := maskZero(faulty)
	for i := range ws {
		ws[i].normalize()
		for j := range ws[i].r {
			ws[i].r[j] &= fits
			ws[i].s[j] &= fits
		}
	}
	return fits != 0
}

// retry signs again, with the next nonce, if a signature is none: once in some 2^255 times.
// After a few times it gives up: a key or a table of zeros has no signature of some digests.
func (k *PrivateKey) retry(ws []work, nonces *workspace, kernel *ecifma.Kernel) {
	for i := range ws {
		w := &ws[i]
		for rejected := 1; rejected <= maxRetries && w.isNone() != 0; rejected++ {
			w.setNonce(k, nonces, rejected)
			k.signWithNonces(ws[i:i+1], kernel)
		}
	}
}

const maxRetries = 4

// signWithNonces computes the signatures with the nonces, and with the lanes of the kernel if
// there is one. It inverts once for all of them, in the field and, if the scheme asks for it, modulo
// n: the inverse of the product of all unravels from the last to the first (Montgomery's trick).
func (k *PrivateKey) signWithNonces(ws []work, kernel *ecifma.Kernel) {
	var random [batchSize * 32]byte
	rand.Read(random[:len(ws)*32]) // never fails
	setPoints(ws, random[:], kernel)
	var zz fieldElement
	var nonce scalar
	for i := range ws {
		w := &ws[i]
		if i == 0 {
			zz, nonce = w.point.zz, w.k
			continue
		}
		w.zzBefore, w.kBefore = zz, nonce
		zz.mul(&zz, &w.point.zz)
		if invertsNonces {
			nonce.mul(&nonce, &w.k)
		}
	}
	if invertsNonces {
		zz.inverseWith(&zz, &nonce)
	} else {
		zz.inverse(&zz)
	}
	for i := len(ws) - 1; i >= 0; i-- {
		w := &ws[i]
		if i == 0 {
			w.zzInv, w.kInv = zz, nonce
		} else {
			w.zzInv.mul(&zz, &w.zzBefore)
			zz.mul(&zz, &w.point.zz)
			if invertsNonces {
				w.kInv.mul(&nonce, &w.kBefore)
				nonce.mul(&nonce, &w.k)
			}
		}
		w.x.mul(&w.point.x, &w.zzInv)
		w.finish(k)
	}
	zz, nonce = fieldElement{}, scalar{}
}

// blindOf returns the blind of a random number, which is not 0: it is odd, and below 2^255.
func blindOf(random *[32]byte) fieldElement {
	z := fieldElement(limbsOf(random))
	z[0] |= 1
	z[3] &= 1<<63 - 1
	return z
}
