// SPDX-License-Identifier: Apache-2.0

package signer

import (
	"crypto/fips140"
	"crypto/rand"

	"github.com/kmsigner/kmsigner/internal/ecsig"
)

// ownCurves reports whether EC_P256 and EC_SM2 use our own arithmetic. Portable, the build
// tag purego, BoringCrypto and Go's FIPS 140 mode ask for the primitive's.
func ownCurves(portable bool) bool {
	return !portable && !primitivesOnly && !fips140.Enabled()
}

// ownBatch is the batch of signFuncs with a SignBatch of our own arithmetic.
func ownBatch(signBatch func(digests, extras [][32]byte) ([][64]byte, bool), deterministic bool) func(digests, signatures [][]byte) error {
	return func(digests, signatures [][]byte) error {
		in := make([][32]byte, len(digests))
		for i, digest := range digests {
			copy(in[i][:], digest)
		}
		var entropy [][32]byte
		if !deterministic {
			entropy = make([][32]byte, len(digests))
			for i := range entropy {
				rand.Read(entropy[i][:]) // never fails
			}
		}
		raws, ok := signBatch(in, entropy)
		if !ok {
			return errInconsistent()
		}
		for i, raw := range raws {
			signatures[i] = ecsig.MarshalDER(raw[:32], raw[32:])
		}
		return nil
	}
}

// errInconsistent is the error for a signature that fails the check of our own arithmetic.
func errInconsistent() error {
	return internal("the signature does not fit the second copy of the key and is withheld: memory or the processor is damaged", nil)
}
