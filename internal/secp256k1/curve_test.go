// SPDX-License-Identifier: Apache-2.0

package secp256k1

import (
	"crypto/sha256"
	"math/big"

	"github.com/kmsigner/kmsigner/internal/ecifma/model"
	hashmodel "github.com/kmsigner/kmsigner/internal/hash16/model"
)

// What the tests that the curves share know of this one.

var (
	plainHash   = sha256.New // of deterministic nonces
	lanesModel  = model.Secp256k1
	plainModel  = hashmodel.SHA256() // of nonces in lanes
	hedgedModel = hashmodel.SHA256()
	largestKey  = new(big.Int).Sub(bigN, one)
)

// digestOfZeroS returns the digest for which the nonce k gives s = 0: -r d.
func digestOfZeroS(d, k *big.Int) *big.Int {
	r, _, _ := referenceSign(d, k, new(big.Int))
	r.Mul(r, d)
	return r.Neg(r).Mod(r, bigN)
}

// derivedLimbs are the numbers that a key holds beside its secret: none.
func derivedLimbs(*PrivateKey) []*[4]uint64 { return nil }
