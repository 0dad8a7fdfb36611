// Code generated from p256/nonces.go by internal/ec256; DO NOT EDIT.

// SPDX-License-Identifier: Apache-2.0

package sm2

import "github.com/kmsigner/kmsigner/internal/hash16"

// setNonces derives the first nonces of a batch, in lanes where that is faster. All of it has
// extras, or nothing.
func (k *PrivateKey) setNonces(ws []work, nonces *workspace) {
	if !k.latch.Failed() {
		lanes := plainLanes
		if ws[0].hedged {
			lanes = hedgedLanes
		}
		for n := lanes.Count(len(ws)); n > 0; n = lanes.Count(len(ws)) {
			k.setNoncesInLanes(ws[:n], nonces)
			ws = ws[n:]
		}
	}
	for i := range ws {
		ws[i].setNonce(k, nonces, 0)
	}
}

// setNoncesInLanes is setNonce for as many as there are lanes.
func (k *PrivateKey) setNoncesInLanes(ws []work, nonces *workspace) {
	k.deriveInLanes(ws, nonces)
	if !ws[0].hedged {
		var first [hash16.Lanes]scalar
		for i := range ws {
			first[i] = ws[i].k
		}
		k.deriveInLanes(ws, nonces)
		for i := range ws {
			ws[i].k = first[i]
		}
		first = [hash16.Lanes]scalar{}
	}
}

// deriveInLanes is derive for as many as there are lanes.
func (k *PrivateKey) deriveInLanes(ws []work, nonces *workspace) {
	var values, digests, extras [hash16.Lanes][32]byte
	for i := range ws {
		digests[i], extras[i] = ws[i].digest.bytes(), ws[i].extra
	}
	key, n := k.d.bytes(), len(ws) // see derive
	if ws[0].hedged {
		hedgedInLanes(values[:n], &key, digests[:n], extras[:n])
	} else {
		plainLanes.Nonces(values[:n], &key, digests[:n], nil)
	}
	key = [32]byte{}
	for i := range ws {
		w := &ws[i]
		w.hashed = digests[i]
		w.secondK = values[i]
		if !w.setNonceBytes(&w.secondK) {
			w.derive(k, nonces, 0) // and the nonce after it
		}
	}
	values, extras = [hash16.Lanes][32]byte{}, [hash16.Lanes][32]byte{}
}
