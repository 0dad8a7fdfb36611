// SPDX-License-Identifier: Apache-2.0

package secp256k1

import (
	"github.com/kmsigner/kmsigner/internal/hash16"
	"github.com/kmsigner/kmsigner/internal/rfc6979"
)

// nonceLanes derive nonces, or are nil on a machine that cannot.
var nonceLanes = rfc6979.NewLanes(hash16.SHA256())

// setNonces derives the first nonces of a batch, in lanes where that is faster. All of it has
// extras, or nothing.
func (k *PrivateKey) setNonces(ws []work, nonces *rfc6979.Generator) {
	if !k.latch.Failed() {
		for n := nonceLanes.Count(len(ws)); n > 0; n = nonceLanes.Count(len(ws)) {
			k.setNoncesInLanes(ws[:n], nonces)
			ws = ws[n:]
		}
	}
	for i := range ws {
		ws[i].setNonce(k, nonces, 0)
	}
}

// setNoncesInLanes is setNonce for as many as there are lanes.
func (k *PrivateKey) setNoncesInLanes(ws []work, nonces *rfc6979.Generator) {
	var values, digests, numbers [hash16.Lanes][32]byte
	var extras [][32]byte
	for i := range ws {
		digests[i] = ws[i].digest.bytes()
		if ws[i].hedged {
			numbers[i], extras = ws[i].extra, numbers[:len(ws)]
		}
	}
	key := k.d.bytes() // see setNonce
	nonceLanes.Nonces(values[:len(ws)], &key, digests[:len(ws)], extras)
	key = [32]byte{}
	for i := range ws {
		w := &ws[i]
		w.secondK = values[i]
		if !w.setNonceBytes(&w.secondK) {
			w.setNonce(k, nonces, 0) // and the nonce after it
		}
	}
	values, numbers = [hash16.Lanes][32]byte{}, [hash16.Lanes][32]byte{}
}
