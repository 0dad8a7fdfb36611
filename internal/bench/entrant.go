// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/sha256"
	"fmt"

	"github.com/kmsigner/kmsigner/internal/testkeys"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
)

// A work is something that several entrants do to the same inputs and that ends in the
// same form. The first entrant is ours.
type work struct {
	name       string
	entrants   []entrant
	verifyOnly bool // another work has the signing already
}

// An entrant signs input i, and verifies a signature of it; verify is nil where another
// work has it already. first verifies with a key that was not used before; it is nil where that
// makes no difference, as nothing is kept with a key.
type entrant struct {
	name      string
	primitive bool // what our own side stands on
	sign      func(i int) ([]byte, error)
	verify    func(i int, sig []byte) error
	first     func(i int, sig []byte) error
}

// inputs is how many different ones there are: enough for time that depends on the
// nonce to average out.
const inputs = 64

// messages of 1 KiB and their digests. SM2 signs the same 32 bytes: which hash they
// come from makes no difference to its time.
var (
	messageInputs = makeMessages()
	digestInputs  = makeDigests()
)

func makeMessages() (m [inputs][]byte) {
	for i := range m {
		for len(m[i]) < 1<<10 {
			block := sha256.Sum256(fmt.Appendf(nil, "message %d at %d", i, len(m[i])))
			m[i] = append(m[i], block[:]...)
		}
	}
	return m
}

func makeDigests() (d [inputs][]byte) {
	for i := range d {
		digest := sha256.Sum256(messageInputs[i])
		d[i] = digest[:]
	}
	return d
}

// ourSide is a signer and a verifier of the pair's test key.
func ourSide(p keyspec.Pair, opts ...signer.Option) (signer.Signer, signer.Verifier, error) {
	key, err := testkeys.Key(p.KeySpec)
	if err != nil {
		return nil, nil, err
	}
	s, err := signer.New(key, p.Algorithm, opts...)
	if err != nil {
		return nil, nil, err
	}
	v, err := signer.NewVerifier(s.Public(), p.Algorithm)
	return s, v, err
}

// check lets ours verify what each entrant signs and each entrant what ours signs, for
// some of the inputs: who fails quickly must not win. It returns our signatures.
func (w work) check() (signatures [inputs][]byte, err error) {
	ours := w.entrants[0]
	for i := range signatures {
		if signatures[i], err = ours.sign(i); err != nil {
			return signatures, fmt.Errorf("%s: %s: %w", w.name, ours.name, err)
		}
	}
	for _, e := range w.entrants {
		for i := range 4 {
			sig, err := e.sign(i)
			if err == nil && ours.verify != nil {
				err = ours.verify(i, sig)
			}
			if err != nil {
				return signatures, fmt.Errorf("%s: %s signs: %w", w.name, e.name, err)
			}
			if e.verify == nil {
				continue
			}
			if err := e.verify(i, signatures[i]); err != nil {
				return signatures, fmt.Errorf("%s: %s verifies: %w", w.name, e.name, err)
			}
			if e.verify(i, signatures[i+1]) == nil {
				return signatures, fmt.Errorf("%s: %s accepts another input's signature", w.name, e.name)
			}
		}
	}
	return signatures, nil
}
