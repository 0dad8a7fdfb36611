// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/sha256"
	"encoding/binary"
	"math/big"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	decred "github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
	own "github.com/kmsigner/kmsigner/internal/secp256k1"
)

// An input is a secret number, and for a signature also the digest and the key made of
// the number.
type input struct {
	number [32]byte
	digest [32]byte
	ours   *own.PrivateKey
	theirs *secp256k1.PrivateKey
	wide   []byte // the number as an exponent or a message of RSA

	signOurs, signTheirs signFunc // with the number as a key on P-256 or SM2
}

// newInput returns an input like in, in memory of its own, that others can be loaded into.
func newInput(in *input) *input {
	c := *in
	if in.ours != nil {
		c.ours = new(own.PrivateKey)
	}
	if in.theirs != nil {
		c.theirs = new(secp256k1.PrivateKey)
	}
	c.wide = make([]byte, len(in.wide))
	return &c
}

// load copies what src holds, so that all that is measured reads the same memory. Signers keep
// their keys to themselves, and stay where they are.
func (in *input) load(src *input) {
	in.number, in.digest = src.number, src.digest
	if src.ours != nil {
		*in.ours, *in.theirs = *src.ours, *src.theirs
	}
	copy(in.wide, src.wide)
	in.signOurs, in.signTheirs = src.signOurs, src.signTheirs
}

// A target is an operation on a secret. It returns its result, or a compiler might leave
// it out.
type target struct {
	operation   string
	peer        string
	ours, peers func(*input) [32]byte
	fixed       []input      // the fixed classes, a test for each
	prepare     func(*input) // makes what an input needs besides its number, or nil
	share       int          // of the measurements, one in so many: for slow operations
}

func targets() []target {
	return append(append(append(secp256k1Targets(), curveTargets()...), nonceTargets()...), rsaTargets()...)
}

func secp256k1Targets() []target {
	one := big.NewInt(1)
	n := secp256k1.Params().N
	p := secp256k1.Params().P
	minusOne := func(x *big.Int) *big.Int { return new(big.Int).Sub(x, one) }
	middle := new(big.Int).Lsh(one, 128) // of low weight
	// The comb's last addition is a doubling for this one.
	exceptional := new(big.Int).Sub(new(big.Int).Lsh(one, 256), n)
	peerBaseMult := func(in *input) [32]byte {
		var k secp256k1.ModNScalar
		k.SetBytes(&in.number)
		var point secp256k1.JacobianPoint
		secp256k1.ScalarBaseMultNonConst(&k, &point)
		point.ToAffine()
		return *point.X.Bytes()
	}
	return []target{{
		operation: "secp256k1: field inversion",
		peer:      "decred",
		ours:      func(in *input) [32]byte { return own.FieldInverse(&in.number) },
		peers: func(in *input) [32]byte {
			var x secp256k1.FieldVal
			x.SetBytes(&in.number)
			return *x.Inverse().Bytes()
		},
		fixed: numbers(one, minusOne(p), middle),
	}, {
		operation: "secp256k1: scalar inversion",
		peer:      "decred",
		ours:      func(in *input) [32]byte { return own.ScalarInverse(&in.number) },
		peers: func(in *input) [32]byte {
			var x, inverse secp256k1.ModNScalar
			x.SetBytes(&in.number)
			inverse.InverseValNonConst(&x)
			return inverse.Bytes()
		},
		fixed: numbers(one, minusOne(n), middle),
	}, {
		operation: "secp256k1: base multiplication",
		peer:      "decred",
		ours:      func(in *input) [32]byte { return own.BaseMult(&in.number) },
		peers:     peerBaseMult,
		fixed:     numbers(one, minusOne(n), middle, exceptional),
	}, {
		operation: "secp256k1: base multiplication in lanes",
		peer:      "decred",
		ours:      func(in *input) [32]byte { return own.BaseMultSpread(&in.number) },
		peers:     peerBaseMult,
		fixed:     numbers(one, minusOne(n), middle),
	}, {
		operation: "secp256k1: base multiplication in a batch",
		peer:      "decred",
		ours:      func(in *input) [32]byte { return own.BaseMultEight(&in.number) },
		peers:     peerBaseMult,
		fixed:     numbers(one, minusOne(n), middle),
	}, {
		operation: "secp256k1: signatures of a batch of eight",
		peer:      "decred",
		ours:      func(in *input) [32]byte { return in.signOurs(&in.digest) },
		peers: func(in *input) [32]byte {
			r := decred.Sign(in.theirs, in.digest[:]).R()
			return r.Bytes()
		},
		fixed: []input{shortNonce(one), shortNonce(minusOne(n))},
		prepare: func(in *input) {
			in.setKeys()
			in.signOurs = lastOf(in.ours.SignBatch)
		},
		share: 2,
	}, {
		operation: "secp256k1: signature",
		peer:      "decred",
		ours: func(in *input) [32]byte {
			r, _, _ := in.ours.Sign(&in.digest, nil)
			return r
		},
		peers: func(in *input) [32]byte {
			sig := decred.Sign(in.theirs, in.digest[:])
			r := sig.R()
			return r.Bytes()
		},
		fixed:   []input{shortNonce(one), shortNonce(minusOne(n))},
		prepare: (*input).setKeys,
	}}
}

func numbers(xs ...*big.Int) []input {
	inputs := make([]input, len(xs))
	for i, x := range xs {
		x.FillBytes(inputs[i].number[:])
	}
	return inputs
}

// shortNonce is an input whose private key is the number and whose digest makes a nonce
// that starts with 12 zero bits: what attacks on signatures look for.
func shortNonce(number *big.Int) input {
	in := numbers(number)[0]
	for i := uint64(0); ; i++ {
		in.digest = sha256.Sum256(binary.BigEndian.AppendUint64(nil, i))
		k := secp256k1.NonceRFC6979(in.number[:], in.digest[:], nil, nil, 0).Bytes()
		if k[0] == 0 && k[1] < 16 {
			return in
		}
	}
}

// setKeys makes the keys of the number.
func (in *input) setKeys() {
	in.ours, _ = own.NewPrivateKey(&in.number)
	in.theirs = secp256k1.PrivKeyFromBytes(in.number[:])
}
