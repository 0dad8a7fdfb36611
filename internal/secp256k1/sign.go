// SPDX-License-Identifier: Apache-2.0

package secp256k1

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io"
	"sync"

	"github.com/kmsigner/kmsigner/internal/ecifma"
	"github.com/kmsigner/kmsigner/internal/modinv"
	"github.com/kmsigner/kmsigner/internal/rfc6979"
)

// A PrivateKey signs. It is made by [NewPrivateKey], and safe for concurrent use. It prints
// as a placeholder with every verb of package fmt.
type PrivateKey struct {
	d      scalar   // signatures are made with it
	second [32]byte // the same, and signatures are checked with it
	public affinePoint

	latch *ecifma.Latch // the lanes have computed wrongly: see signAgain
}

// NewPrivateKey returns the private key with the big-endian secret d. It reports false
// if d is 0, or n or more.
func NewPrivateKey(d *[32]byte) (*PrivateKey, bool) {
	k := &PrivateKey{second: *d, latch: new(ecifma.Latch)}
	if k.d.setBytes(d)|k.d.isZero() != 0 {
		*k = PrivateKey{}
		return nil, false
	}
	var p extendedPoint
	var random [32]byte
	rand.Read(random[:]) // never fails
	blind := blindOf(&random)
	p.setGeneratorMultiple(&k.d, &blind)
	k.public = p.affine()
	if lanes != nil {
		spreadTable()
	}
	return k, true
}

// PublicKey returns the public key, a new one each time.
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
// additional data of section 3.6: two signatures of one digest, one of them faulty, then do
// not have one nonce. Neither argument is kept or changed.
//
// Sign reports false, and returns zeros, if the signature does not fit the second copies of
// the key and the nonce, or its point is not on the curve (check.go): memory or the processor
// is damaged.
func (k *PrivateKey) Sign(digest, extra *[32]byte) (r, s [32]byte, ok bool) {
	w := workspaces.Get().(*workspace)
	w.one[0].init(digest, extra)
	k.sign(w.one[:], w.nonces)
	r, s, ok = w.one[0].result()
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
	signatures, ok = make([][64]byte, len(digests)), true
	w := workspaces.Get().(*workspace)
	ws := make([]work, min(len(digests), batchSize))
	for done := 0; done < len(digests); done += len(ws) {
		ws = ws[:min(len(ws), len(digests)-done)]
		for i := range ws {
			var extra *[32]byte
			if extras != nil {
				extra = &extras[done+i]
			}
			ws[i].init(&digests[done+i], extra)
		}
		k.sign(ws, w.nonces)
		for i := range ws {
			r, s, fits := ws[i].result()
			ok = ok && fits
			copy(signatures[done+i][:32], r[:])
			copy(signatures[done+i][32:], s[:])
		}
		clear(ws)
	}
	workspaces.Put(w)
	if !ok {
		return nil, false
	}
	return signatures, true
}

// batchSize is how many signatures share their inversions. Beyond it there is little more to
// save.
const batchSize = 32

// A workspace is the memory of a signature. Between signatures it is zero.
type workspace struct {
	nonces *rfc6979.Generator
	one    [1]work
}

var workspaces = sync.Pool{
	New: func() any { return &workspace{nonces: rfc6979.New(sha256.New())} },
}

// A work is a signature in the making.
type work struct {
	digest scalar
	k      scalar // the nonce
	r, s   scalar

	point           extendedPoint // k G
	zzBefore, zzInv fieldElement
	kBefore, kInv   scalar

	input, extra [32]byte // as they were given
	hedged       bool     // whether there is an extra
	secondK      [32]byte // k, for the check
	x            fieldElement
	faulty       uint64 // all ones if the check failed
	inLanes      bool   // k G is from the lanes
	multiplier   uint64 // what k G is a multiple by: see setGeneratorMultiple
}

// init takes the digest. For the nonce, too, it goes in modulo n: bits2octets of RFC 6979,
// section 2.3.4.
func (w *work) init(digest, extra *[32]byte) {
	w.digest.setBytes(digest)
	w.input = *digest
	if extra != nil {
		w.extra, w.hedged = *extra, true
	}
}

// setNonce derives the nonce that follows the given number of rejected ones. It branches
// on whether a value is a nonce, in [1, n-1]. That says nothing about the one that is.
func (w *work) setNonce(k *PrivateKey, nonces *rfc6979.Generator, rejected int) {
	// The key is the one that s is computed with: if a bit of it flips in memory, so that s
	// is wrong, the nonce is another one. A right and a wrong signature of one digest with
	// one nonce would give the key.
	key, digest := k.d.bytes(), w.digest.bytes()
	var extra *[32]byte
	if w.hedged {
		extra = &w.extra
	}
	nonces.Start(&key, &digest, extra)
	clear(key[:])
	for {
		w.secondK = *nonces.Next()
		if w.setNonceBytes(&w.secondK) {
			if rejected == 0 {
				break
			}
			rejected--
		}
		nonces.Reject()
	}
	nonces.Wipe()
}

// setNonceBytes sets the nonce to the value, and reports whether it is one.
func (w *work) setNonceBytes(value *[32]byte) bool {
	return w.k.setBytes(value)|w.k.isZero() == 0
}

// sign computes the signatures. One that is wrong with the lanes is signed again without them.
func (k *PrivateKey) sign(ws []work, nonces *rfc6979.Generator) {
	k.setNonces(ws, nonces)
	kernel := k.kernel()
	k.signWithNonces(ws, kernel)
	k.retry(ws, nonces, kernel)
	for i := range ws {
		if ws[i].faulty != 0 && ws[i].inLanes {
			k.signAgain(ws[i:i+1], nonces)
		}
	}
}

// retry signs again, with the next nonce, if r or s is 0: once in 2^255 times. After a few
// times it gives up: a key or a table of zeros has no signature of some digests.
func (k *PrivateKey) retry(ws []work, nonces *rfc6979.Generator, kernel *ecifma.Kernel) {
	for i := range ws {
		w := &ws[i]
		for rejected := 1; rejected <= maxRetries && w.isNone() != 0; rejected++ {
			w.setNonce(k, nonces, rejected)
			k.signWithNonces(ws[i:i+1], kernel)
		}
	}
}

const maxRetries = 4

// isNone returns all ones if r or s is 0, and 0 if not.
func (w *work) isNone() uint64 { return w.r.isZero() | w.s.isZero() }

// signWithNonces computes the signatures with the nonces, and with the lanes of the kernel if
// there is one. It inverts once for all of them, in the field and modulo n: the inverse of the
// product of all unravels from the last to the first (Montgomery's trick).
func (k *PrivateKey) signWithNonces(ws []work, kernel *ecifma.Kernel) {
	var random [batchSize * 32]byte
	rand.Read(random[:len(ws)*32]) // never fails
	var zz fieldElement
	var nonce scalar
	setPoints(ws, random[:], kernel)
	for i := range ws {
		w := &ws[i]
		if i == 0 {
			zz, nonce = w.point.zz, w.k
			continue
		}
		w.zzBefore, w.kBefore = zz, nonce
		zz.mul(&zz, &w.point.zz)
		nonce.mul(&nonce, &w.k)
	}
	zz = zz.canonical()
	modinv.InvertBoth(&fieldModulus, (*[4]uint64)(&zz), (*[4]uint64)(&zz), &scalarModulus, (*[4]uint64)(&nonce), (*[4]uint64)(&nonce))
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

// finish sets r = x mod n and s = (digest + r d) / k, or n minus that if it is high, and
// checks them.
func (w *work) finish(key *PrivateKey) {
	w.x.mul(&w.point.x, &w.zzInv)
	r := w.x.bytes()
	w.r.setBytes(&r)
	w.s.mul(&w.r, &key.d)
	w.s.add(&w.s, &w.digest)
	w.s.mul(&w.s, &w.kInv)
	w.faulty = w.check(&key.second) | w.isNone()
	w.s.negateIf(w.s.isHigh(), &w.s)
}

// result returns the signature, or zeros and false if the check failed.
func (w *work) result() (r, s [32]byte, ok bool) {
	for i := range w.r {
		w.r[i] &^= w.faulty
		w.s[i] &^= w.faulty
	}
	return w.r.bytes(), w.s.bytes(), w.faulty == 0
}
