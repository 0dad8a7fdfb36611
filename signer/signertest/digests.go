// SPDX-License-Identifier: Apache-2.0

package signertest

import (
	"bytes"
	"math/big"

	"github.com/kmsigner/kmsigner/internal/ecsig"
	"github.com/kmsigner/kmsigner/keyspec"
)

// namedDigest is a digest and what is special about it.
type namedDigest struct {
	name  string
	bytes []byte
}

// edgeDigests are those that implementations get wrong: the ends of the range,
// and for a curve the two sides of its order, where a reduction sets in.
func edgeDigests(p keyspec.Pair) []namedDigest {
	one, size := big.NewInt(1), p.DigestSize()
	out := []namedDigest{
		{"digest of zero bytes", make([]byte, size)},
		{"digest one", one.FillBytes(make([]byte, size))},
		{"digest of one bits", bytes.Repeat([]byte{0xff}, size)},
	}
	if n := order(p.KeySpec); n != nil {
		out = append(out,
			namedDigest{"digest n-1", new(big.Int).Sub(n, one).FillBytes(make([]byte, size))},
			namedDigest{"digest n", n.FillBytes(make([]byte, size))},
			namedDigest{"digest n+1", new(big.Int).Add(n, one).FillBytes(make([]byte, size))})
	}
	return out
}

// order returns the order n of the group of an elliptic curve, and nil for RSA.
func order(k keyspec.KeySpec) *big.Int {
	n := ecsig.Order(k)
	if n == "" {
		return nil
	}
	return new(big.Int).SetBytes([]byte(n))
}
