// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"crypto/rsa"
	"math/big"

	"github.com/kmsigner/kmsigner/internal/rsakey"
	"github.com/kmsigner/kmsigner/internal/testkeys"
	"github.com/kmsigner/kmsigner/keyspec"
)

// rsaTargets are the exponentiation of internal/rsakey with secret exponents, and the whole
// of a signature with secret messages, on each of the kernels that the machine has.
func rsaTargets() []target {
	var all []target
	for _, spec := range []keyspec.KeySpec{keyspec.RSA2048, keyspec.RSA3072} {
		published, err := testkeys.Key(spec)
		if err != nil {
			panic(err) // it is embedded
		}
		key := published.(*rsa.PrivateKey)
		if ours := rsakey.New(key); ours != nil && ours.Lanes() {
			all = append(all, rsaTargetsOf(string(spec), key, ours)...)
		}
		if ours := rsakey.NewWithoutIFMA(key); ours != nil {
			all = append(all, rsaTargetsOf(string(spec)+" without IFMA", key, ours)...)
		}
	}
	return all
}

func rsaTargetsOf(name string, key *rsa.PrivateKey, ours *rsakey.Key) []target {
	p := key.Primes[0]
	half := key.Size() / 2
	message := bytes.Repeat([]byte{0x5a}, key.Size())
	base := new(big.Int).Mod(new(big.Int).SetBytes(message), p)

	fixed := numbers(big.NewInt(1), big.NewInt(2))
	low, second := fixed[0], fixed[1]
	multiple := new(big.Int).Sub(key.N, p).FillBytes(make([]byte, key.Size()))
	var high input
	for i := range high.number {
		high.number[i] = 0xff
	}
	all := []target{{
		operation: name + ": exponents of low and of high weight",
		peer:      "math/big",
		ours:      func(in *input) [32]byte { return ours.Power(message, in.wide, in.wide) },
		peers: func(in *input) [32]byte {
			return lowest(new(big.Int).Exp(base, new(big.Int).SetBytes(in.wide), p))
		},
		fixed:   []input{low, high},
		prepare: func(in *input) { in.wide = bytes.Repeat(in.number[:], half/len(in.number)) },
		share:   10,
	}, {
		operation: name + ": signature of message 1, and of a multiple of p",
		peer:      "math/big",
		ours:      func(in *input) [32]byte { return [32]byte(ours.Sign(in.wide)) },
		peers: func(in *input) [32]byte {
			return lowest(new(big.Int).Exp(new(big.Int).SetBytes(in.wide), key.Precomputed.Dp, p)) // half of it
		},
		fixed: fixed,
		prepare: func(in *input) {
			in.wide = make([]byte, key.Size())
			switch in.number {
			case low.number:
				in.wide[len(in.wide)-1] = 1
			case second.number:
				copy(in.wide, multiple)
			default: // random to the top, and below the modulus
				copy(in.wide, bytes.Repeat(in.number[:], len(in.wide)/len(in.number)))
				in.wide[0] &= 0x7f
			}
		},
		share: 10,
	}}
	if ours.Lanes() {
		all = append(all, target{
			operation: name + ": exponents of low and of high weight in a batch, one prime",
			peer:      "math/big",
			ours:      func(in *input) [32]byte { return ours.PowerEight(message, in.wide) },
			peers: func(in *input) [32]byte {
				return lowest(new(big.Int).Exp(base, new(big.Int).SetBytes(in.wide), p))
			},
			fixed:   []input{low, high},
			prepare: func(in *input) { in.wide = bytes.Repeat(in.number[:], half/len(in.number)) },
			share:   20,
		})
	}
	return all
}

func lowest(x *big.Int) (b [32]byte) {
	new(big.Int).And(x, new(big.Int).SetBytes(bytes.Repeat([]byte{0xff}, len(b)))).FillBytes(b[:])
	return b
}
