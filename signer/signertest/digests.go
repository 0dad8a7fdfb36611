package signertest

import (
	"bytes"
	"crypto/elliptic"
	"math/big"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/emmansun/gmsm/sm2"
	"github.com/kmsigner/kmsigner/keyspec"
)

// namedDigest is a digest and what is special about it.
type namedDigest struct {
	name  string
	bytes []byte
}

// edgeDigests are those that implementations get wrong: the ends of the range,
// and for a curve the two sides of its order, where a reduction sets in.
func edgeDigests(k keyspec.KeySpec) []namedDigest {
	one := big.NewInt(1)
	out := []namedDigest{
		{"digest of zero bytes", make([]byte, 32)},
		{"digest one", one.FillBytes(make([]byte, 32))},
		{"digest of one bits", bytes.Repeat([]byte{0xff}, 32)},
	}
	if n := order(k); n != nil {
		out = append(out,
			namedDigest{"digest n-1", new(big.Int).Sub(n, one).FillBytes(make([]byte, 32))},
			namedDigest{"digest n", n.FillBytes(make([]byte, 32))},
			namedDigest{"digest n+1", new(big.Int).Add(n, one).FillBytes(make([]byte, 32))})
	}
	return out
}

// order returns the order n of the group of an elliptic curve, and nil for RSA.
func order(k keyspec.KeySpec) *big.Int {
	switch k {
	case keyspec.ECP256:
		return elliptic.P256().Params().N
	case keyspec.ECP256K:
		return secp256k1.Params().N
	case keyspec.ECSM2:
		return sm2.P256().Params().N
	}
	return nil
}
