// SPDX-License-Identifier: Apache-2.0

package signer

import (
	"crypto/ecdsa"
	"crypto/fips140"
	"crypto/rand"
	"crypto/subtle"
	"math/big"

	"github.com/kmsigner/kmsigner/internal/ecsig"
)

// ownCurves reports whether EC_P256 and EC_SM2 use our own arithmetic. Portable, the build
// tag purego, BoringCrypto and Go's FIPS 140 mode ask for the primitive's.
func ownCurves(portable bool) bool {
	return !portable && !primitivesOnly && !fips140.Enabled()
}

// ownKey returns the key of our own arithmetic that newKey makes of the scalar, or nil if its
// public key is not the checked one. scalar reads it as 32 bytes.
func ownKey[Key any, Public interface{ Coordinates() (x, y [32]byte) }](
	scalar func(*[32]byte), checked *ecdsa.PublicKey, newKey func(*[32]byte) (*Key, bool), public func(*Key) Public,
) *Key {
	var d [32]byte
	scalar(&d)
	defer clear(d[:])
	key, _ := newKey(&d)
	x, y := public(key).Coordinates()
	wantX, wantY := coordinatesOf(checked)
	if x != wantX || y != wantY {
		return nil
	}
	return key
}

// hedge returns what our own arithmetic mixes into a nonce: entropy, filled from crypto/rand, or
// nil for a deterministic one.
func hedge(entropy *[32]byte, deterministic bool) *[32]byte {
	if deterministic {
		return nil
	}
	rand.Read(entropy[:]) // never fails
	return entropy
}

// ownSignature returns what Sign of our own arithmetic returned in DER, and an error if it failed
// its check.
func ownSignature(r, s [32]byte, ok bool) ([]byte, error) {
	if !ok {
		return nil, errInconsistent()
	}
	return ecsig.MarshalDER(r[:], s[:]), nil
}

// ownBatch is the batch of signFuncs with a SignBatch of our own arithmetic.
func ownBatch(
	signBatch func(digests, extras [][32]byte) ([][64]byte, bool), deterministic bool,
) func(digests, signatures [][]byte) error {
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

// coordinatesOf returns the coordinates of a checked key of a curve of 256 bits.
func coordinatesOf(key *ecdsa.PublicKey) (x, y [32]byte) {
	key.X.FillBytes(x[:])
	key.Y.FillBytes(y[:])
	return x, y
}

// unchanged signs with sign, of a primitive that has no second copy of its key. It withholds a
// signature if the scalar that the primitive reads is no longer that of the copy kept here. scalar
// reads it as 32 bytes.
func unchanged(scalar func(*[32]byte), sign func(digest []byte) ([]byte, error)) func(digest []byte) ([]byte, error) {
	second := new([32]byte)
	scalar(second)
	return func(digest []byte) ([]byte, error) {
		sig, err := sign(digest)
		if err != nil {
			return nil, err
		}
		var used [32]byte // what changed before or while it was used is still so
		scalar(&used)
		same := subtle.ConstantTimeCompare(used[:], second[:])
		clear(used[:])
		if same != 1 {
			return nil, errInconsistent()
		}
		return sig, nil
	}
}

// scalarOf returns the function that reads the scalar of a key with big numbers.
func scalarOf(d *big.Int) func(*[32]byte) {
	return func(scalar *[32]byte) { d.FillBytes(scalar[:]) }
}

// signNothing is for a key of which our own arithmetic computes another public key.
func signNothing() signFuncs {
	return signFuncs{one: func([]byte) ([]byte, error) {
		return nil, internal("the public key that our own arithmetic computes is another one: memory or the processor is damaged", nil)
	}}
}

// errInconsistent is the error for a signature that fails the check of our own arithmetic.
func errInconsistent() error {
	return internal("the signature does not fit the second copy of the key and is withheld: memory or the processor is damaged", nil)
}
