// SPDX-License-Identifier: Apache-2.0

//go:build !purego && !boringcrypto

package signer

import (
	"crypto/fips140"
	"crypto/rsa"
	"math/big"

	"github.com/kmsigner/kmsigner/internal/rsakey"
)

// newRSAPublic returns the public operation that is faster than crypto/rsa's, or nil.
func newRSAPublic(pub *rsa.PublicKey) rsaPublic {
	if fips140.Enabled() {
		return nil
	}
	if kernel := rsakey.NewPublicKey(pub); kernel != nil {
		return kernel
	}
	if pub.N.BitLen() == 3072 {
		return newBigPublic(pub)
	}
	return nil
}

// bigPublic is the public operation by math/big. At 3072 bits it takes half of the time of
// crypto/rsa, whose assembly is for 2048 bits and less, and which computes the constants
// of the modulus anew each time.
type bigPublic struct{ n, e *big.Int }

func newBigPublic(pub *rsa.PublicKey) bigPublic {
	return bigPublic{new(big.Int).Set(pub.N), big.NewInt(int64(pub.E))}
}

func (k bigPublic) Recover(message, signature []byte) bool {
	s := new(big.Int).SetBytes(signature)
	if len(signature) != len(message) || s.Cmp(k.n) >= 0 {
		return false
	}
	s.Exp(s, k.e, k.n).FillBytes(message)
	return true
}
