// SPDX-License-Identifier: Apache-2.0

package signer

import (
	"crypto/rand"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
	"github.com/kmsigner/kmsigner/internal/ecsig"
)

// signDecred signs with decred's arithmetic, which is not constant time: its base
// multiplication and its inversion take time that depends on the nonce. It is FIPS
// 186-5, section 6.4.1, with the nonce of RFC 6979; hedged, fresh entropy is the
// additional data of its section 3.6.
func signDecred(key *secp256k1.PrivateKey, deterministic bool) func([]byte) ([]byte, error) {
	return func(digest []byte) ([]byte, error) {
		if err := outsideFIPS(); err != nil {
			return nil, err
		}
		var entropy []byte
		if !deterministic {
			entropy = make([]byte, 32)
			rand.Read(entropy) // never fails
		}
		// RFC 6979, section 3.2, d: the digest enters the nonce reduced mod n.
		// decred's own ecdsa.Sign does not reduce it.
		var e secp256k1.ModNScalar
		e.SetByteSlice(digest)
		h1, x := e.Bytes(), key.Key.Bytes()
		defer clear(x[:])
		for iteration := uint32(0); ; iteration++ {
			k := secp256k1.NonceRFC6979(x[:], h1[:], entropy, nil, iteration)
			var point secp256k1.JacobianPoint
			secp256k1.ScalarBaseMultNonConst(k, &point)
			point.ToAffine()
			var r, s, kInverse secp256k1.ModNScalar
			r.SetBytes(point.X.Bytes())
			kInverse.InverseValNonConst(k)
			s.Mul2(&key.Key, &r).Add(&e).Mul(&kInverse)
			k.Zero()
			kInverse.Zero()
			if r.IsZero() || s.IsZero() {
				continue
			}
			return ecdsa.NewSignature(&r, &s).Serialize(), nil // DER, low s
		}
	}
}

func verifyDecred(pub *secp256k1.PublicKey) func(digest, _ []byte, raw *ecsig.Signature) bool {
	return func(digest, _ []byte, raw *ecsig.Signature) bool {
		var r, s secp256k1.ModNScalar
		r.SetByteSlice(raw[:32])
		s.SetByteSlice(raw[32:])
		return ecdsa.NewSignature(&r, &s).Verify(digest, pub)
	}
}
