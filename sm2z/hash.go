// SPDX-License-Identifier: Apache-2.0

package sm2z

import (
	"crypto/ecdsa"
	"encoding"
	"hash"

	"github.com/emmansun/gmsm/sm3"
	"github.com/kmsigner/kmsigner/errors"
)

// New returns a hash that already holds Z(A): write the message to it and Sum
// returns the 32 bytes of e. Reset returns to the state after Z(A), not to an
// empty SM3. The hash is a [hash.Cloner]. New returns the errors of [ZA].
//
// Like every hash.Hash, one value must not be written to from two goroutines at
// once; concurrent Clones of a hash are safe while no goroutine writes to it.
func New(pub *ecdsa.PublicKey, id ID) (hash.Hash, error) {
	z, err := ZA(pub, id)
	if err != nil {
		return nil, err
	}
	h := &messageHash{Hash: sm3.New(), za: z}
	h.Reset()
	return h, nil
}

// messageHash is SM3 that starts after Z(A).
type messageHash struct {
	hash.Hash
	za [32]byte
}

func (h *messageHash) Reset() {
	h.Hash.Reset()
	h.Hash.Write(h.za[:])
}

// Clone returns an independent copy in the same state.
func (h *messageHash) Clone() (hash.Cloner, error) {
	inner := sm3.New()
	state, err := h.Hash.(encoding.BinaryMarshaler).MarshalBinary()
	if err == nil {
		err = inner.(encoding.BinaryUnmarshaler).UnmarshalBinary(state)
	}
	if err != nil {
		return nil, &errors.Error{Code: errors.Internal, Reason: "SM3 state", Err: err}
	}
	return &messageHash{inner, h.za}, nil
}
