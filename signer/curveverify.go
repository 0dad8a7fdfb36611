// SPDX-License-Identifier: Apache-2.0

package signer

import "github.com/kmsigner/kmsigner/internal/ecsig"

// A parser returns the r and s of a signature of a curve. It returns InvalidSignature.
type parser func(sig []byte) (*ecsig.Signature, error)

// An ownPublicKey is a public key of one of the curves in our own arithmetic.
type ownPublicKey interface {
	Verify(digest, r, s *[32]byte) bool
	VerifyBatch(digests [][32]byte, signatures [][64]byte) []bool
	LanesFailed() bool
}

// verifyOwn verifies with our own arithmetic.
func verifyOwn(key ownPublicKey, parse parser) verifyFuncs {
	funcs := verifyPrimitive(parse, func(digest, _ []byte, raw *ecsig.Signature) bool {
		return key.Verify((*[32]byte)(digest), (*[32]byte)(raw.R()), (*[32]byte)(raw.S()))
	})
	funcs.lanesFailed = key.LanesFailed
	funcs.batch = func(digests, sigs [][]byte, results []error) {
		var (
			in     = make([][32]byte, 0, len(digests))
			raws   = make([][64]byte, 0, len(digests))
			places = make([]int, 0, len(digests))
		)
		for i, sig := range sigs {
			raw, err := parse(sig)
			if results[i] = err; err == nil {
				in, raws, places = append(in, [32]byte(digests[i])), append(raws, *raw), append(places, i)
			}
		}
		for i, valid := range key.VerifyBatch(in, raws) {
			if !valid {
				results[places[i]] = misfit(doesNotFit)
			}
		}
	}
	return funcs
}

// verifyPrimitive verifies with the function fits, which takes the signature and its r and s.
func verifyPrimitive(parse parser, fits func(digest, sig []byte, raw *ecsig.Signature) bool) verifyFuncs {
	return verifyFuncs{one: func(digest, sig []byte) error {
		raw, err := parse(sig)
		if err != nil {
			return err
		}
		if !fits(digest, sig, raw) {
			return misfit(doesNotFit)
		}
		return nil
	}}
}
