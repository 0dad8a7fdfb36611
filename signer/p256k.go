// SPDX-License-Identifier: Apache-2.0

package signer

import (
	"crypto"

	decred "github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/kmsigner/kmsigner/internal/ecsig"
	"github.com/kmsigner/kmsigner/internal/secp256k1"
	"github.com/kmsigner/kmsigner/keyspec"
)

// p256k is ECDSA, FIPS 186-5, section 6, on secp256k1 with SHA-256 and a low s. The
// arithmetic is our own, in constant time where it signs; with Portable it is
// decred's.
type p256k struct {
	sha256Digest
	onlySHA256
	lowS     bool
	portable bool
}

func (p p256k) signFuncs(key crypto.PrivateKey, deterministic bool) signFuncs {
	if p.portable {
		private := key.(*decred.PrivateKey)
		sign := signDecred(private, deterministic)
		return signFuncs{verify: deterministic, one: unchanged(private.Key.PutBytes, sign)}
	}
	return signOwnP256K(ownP256K(key), deterministic)
}

// signOwnP256K signs with our own arithmetic, which checks its signatures.
func signOwnP256K(private *secp256k1.PrivateKey, deterministic bool) signFuncs {
	if private == nil {
		return signNothing()
	}
	batch := ownBatch(private.SignBatch, deterministic)
	return signFuncs{
		lanesFailed: private.LanesFailed,
		verify:      deterministic,
		one: func(digest []byte) ([]byte, error) {
			if err := outsideFIPS(); err != nil {
				return nil, err
			}
			var entropy [32]byte
			return ownSignature(private.Sign((*[32]byte)(digest), hedge(&entropy, deterministic)))
		},
		batch: func(digests, signatures [][]byte) error {
			if err := outsideFIPS(); err != nil {
				return err
			}
			return batch(digests, signatures)
		},
	}
}

// ownP256K is the key in our own arithmetic, or nil if that computes another public key than
// decred's. The key is checked: its scalar is in [1, n-1].
func ownP256K(key crypto.PrivateKey) *secp256k1.PrivateKey {
	k := &key.(*decred.PrivateKey).Key
	return ownKey(k.PutBytes, decredPublic(k).ToECDSA(), secp256k1.NewPrivateKey, (*secp256k1.PrivateKey).PublicKey)
}

// decredPublic is the public key by decred's product of any point. That of the base point, which
// PubKey takes, first unpacks a table of 960 KiB in some 10 ms, and nothing else here needs it.
func decredPublic(k *decred.ModNScalar) *decred.PublicKey {
	curve := decred.Params()
	var base, product decred.JacobianPoint
	base.X.SetByteSlice(curve.Gx.Bytes())
	base.Y.SetByteSlice(curve.Gy.Bytes())
	base.Z.SetInt(1)
	decred.ScalarMultNonConst(k, &base, &product)
	product.ToAffine()
	return decred.NewPublicKey(&product.X, &product.Y)
}

func (p p256k) verifyFuncs(pub crypto.PublicKey) verifyFuncs {
	public := pub.(*decred.PublicKey)
	parse := func(sig []byte) (*ecsig.Signature, error) { return parseECDSA(keyspec.ECP256K, sig, p.lowS) }
	if p.portable {
		return verifyPrimitive(parse, verifyDecred(public))
	}
	point := public.SerializeUncompressed()
	key, _ := secp256k1.NewPublicKey((*[32]byte)(point[1:33]), (*[32]byte)(point[33:])) // checked, too
	return verifyOwn(key, parse)
}

// checkForeign also brings s down: not every owner of a key knows this pair's promise.
func (p256k) checkForeign(sig []byte) ([]byte, error) {
	if _, err := receiveDER(sig); err != nil {
		return nil, err
	}
	low, err := NormalizeS(keyspec.ECP256K, sig)
	if err != nil {
		return nil, internal("the key's owner returned what is no signature", err)
	}
	return low, nil
}
