// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/binary"
	"math/big"

	"github.com/emmansun/gmsm/sm2"
	ownp256 "github.com/kmsigner/kmsigner/internal/ec256/p256"
	ownsm2 "github.com/kmsigner/kmsigner/internal/ec256/sm2"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
)

// A signFunc signs the digest with the key of an input, and returns some of the signature.
type signFunc func(digest *[32]byte) [32]byte

// curveTargets are what P-256 and SM2 do with secrets.
func curveTargets() []target {
	return append(
		targetsOf("P-256", "crypto/ecdsa", elliptic.P256(), ownp256.Inverses,
			baseMults{ownp256.BaseMult, ownp256.BaseMultSpread, ownp256.BaseMultEight},
			p256Sign, p256SignEight, p256Keys),
		targetsOf("SM2", "gmsm", sm2.P256(), ownsm2.Inverses,
			baseMults{ownsm2.BaseMult, ownsm2.BaseMultSpread, ownsm2.BaseMultEight},
			sm2Sign, sm2SignEight, sm2Keys)...,
	)
}

// baseMults multiply the generator: without lanes, with all lanes for one number, and in a batch.
type baseMults struct{ plain, spread, batch func(*[32]byte) [32]byte }

// targetsOf returns the targets of a curve. Of the peers, math/big is not constant time.
func targetsOf(name, peer string, curve elliptic.Curve, inverses func(*[32]byte) [32]byte, baseMult baseMults,
	sign, signEight func(number *[32]byte) signFunc, keys func(number *[32]byte) (ours, theirs signFunc),
) []target {
	one := big.NewInt(1)
	peerBaseMult := func(in *input) (b [32]byte) {
		//lint:ignore SA1019 it is what the peer's signatures do, and what can be called
		x, _ := curve.ScalarBaseMult(in.number[:])
		x.FillBytes(b[:])
		return b
	}
	p, n := curve.Params().P, curve.Params().N
	minus := func(x *big.Int, y int64) *big.Int { return new(big.Int).Sub(x, big.NewInt(y)) }
	middle := new(big.Int).Lsh(one, 128) // of low weight
	// The comb's last addition is a doubling for this one.
	exceptional := new(big.Int).Sub(new(big.Int).Lsh(one, 256), n)
	return []target{{
		operation: name + ": field and scalar inversion",
		peer:      "math/big",
		ours:      func(in *input) [32]byte { return inverses(&in.number) },
		peers: func(in *input) (b [32]byte) {
			x := new(big.Int).SetBytes(in.number[:])
			x.Mod(new(big.Int).ModInverse(x, p), n).FillBytes(b[:])
			return b
		},
		fixed: numbers(one, minus(n, 1), middle),
	}, {
		operation: name + ": base multiplication",
		peer:      peer,
		ours:      func(in *input) [32]byte { return baseMult.plain(&in.number) },
		peers:     peerBaseMult,
		fixed:     numbers(one, minus(n, 1), middle, exceptional),
	}, {
		operation: name + ": base multiplication in lanes",
		peer:      peer,
		ours:      func(in *input) [32]byte { return baseMult.spread(&in.number) },
		peers:     peerBaseMult,
		fixed:     numbers(one, minus(n, 1), middle),
	}, {
		operation: name + ": base multiplication in a batch",
		peer:      peer,
		ours:      func(in *input) [32]byte { return baseMult.batch(&in.number) },
		peers:     peerBaseMult,
		fixed:     numbers(one, minus(n, 1), middle),
	}, {
		operation: name + ": signatures of a batch of eight",
		peer:      peer,
		ours:      func(in *input) [32]byte { return in.signOurs(&in.digest) },
		peers:     func(in *input) [32]byte { return in.signTheirs(&in.digest) },
		fixed:     []input{withDigest(one), withDigest(minus(n, 2))},
		prepare: func(in *input) {
			_, in.signTheirs = keys(&in.number)
			in.signOurs = signEight(&in.number)
		},
		share: 2,
	}, {
		operation: name + ": signature, r and s",
		peer:      peer,
		ours:      func(in *input) [32]byte { return in.signOurs(&in.digest) },
		peers:     func(in *input) [32]byte { return in.signTheirs(&in.digest) },
		fixed:     []input{withDigest(one), withDigest(minus(n, 2))},
		prepare: func(in *input) {
			_, in.signTheirs = keys(&in.number)
			in.signOurs = sign(&in.number)
		},
	}, {
		// Hedged: a deterministic signature is verified, in a time that depends on the public key.
		operation: name + ": signature, by SignDigest",
		peer:      peer,
		ours:      func(in *input) [32]byte { return in.signOurs(&in.digest) },
		peers:     func(in *input) [32]byte { return in.signTheirs(&in.digest) },
		fixed:     []input{withDigest(one), withDigest(minus(n, 2))},
		prepare:   func(in *input) { in.signOurs, in.signTheirs = keys(&in.number) },
	}}
}

// withDigest is an input whose private key is the number.
func withDigest(number *big.Int) input {
	in := numbers(number)[0]
	in.digest = sha256.Sum256(binary.BigEndian.AppendUint64(nil, 1))
	return in
}

// signDigest signs with a Signer of the key.
func signDigest(key crypto.PrivateKey, alg keyspec.Algorithm) signFunc {
	s, err := signer.New(key, alg)
	if err != nil {
		panic(err) // the key is sound
	}
	return func(digest *[32]byte) [32]byte {
		sig, err := s.SignDigest(context.Background(), digest[:])
		if err != nil {
			panic(err)
		}
		return [32]byte(sig[4:])
	}
}

func p256Sign(number *[32]byte) signFunc {
	key, _ := ownp256.NewPrivateKey(number)
	return func(digest *[32]byte) [32]byte {
		r, _, _ := key.Sign(digest, nil)
		return r
	}
}

func sm2Sign(number *[32]byte) signFunc {
	key, _ := ownsm2.NewPrivateKey(number)
	return func(digest *[32]byte) [32]byte {
		r, _, _ := key.Sign(digest, nil)
		return r
	}
}

func p256SignEight(number *[32]byte) signFunc {
	key, _ := ownp256.NewPrivateKey(number)
	return lastOf(key.SignBatch)
}

func sm2SignEight(number *[32]byte) signFunc {
	key, _ := ownsm2.NewPrivateKey(number)
	return lastOf(key.SignBatch)
}

// lastOf signs a batch of eight digests, of which the first is the input's, and returns some of
// the last signature.
func lastOf(signBatch func(digests, extras [][32]byte) ([][64]byte, bool)) signFunc {
	digests := make([][32]byte, 8)
	return func(digest *[32]byte) [32]byte {
		for i := range digests {
			digests[i] = *digest
			digests[i][31] ^= byte(i)
		}
		signatures, _ := signBatch(digests, nil)
		return [32]byte(signatures[7][:32])
	}
}

func p256Keys(number *[32]byte) (ours, theirs signFunc) {
	peer, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), number[:])
	if err != nil {
		panic(err) // the number is in range
	}
	return signDigest(peer, keyspec.ECDSASHA256), func(digest *[32]byte) [32]byte {
		sig, err := peer.Sign(nil, digest[:], crypto.SHA256)
		if err != nil {
			panic(err)
		}
		return [32]byte(sig[4:])
	}
}

func sm2Keys(number *[32]byte) (ours, theirs signFunc) {
	peer, err := sm2.NewPrivateKey(number[:])
	if err != nil {
		panic(err) // the number is in range
	}
	return signDigest(peer, keyspec.SM2DSA), func(digest *[32]byte) [32]byte {
		sig, err := sm2.SignDeterministic(peer, digest[:], nil)
		if err != nil {
			panic(err)
		}
		return [32]byte(sig[4:])
	}
}
