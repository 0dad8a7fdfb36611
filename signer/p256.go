// SPDX-License-Identifier: Apache-2.0

package signer

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"

	own "github.com/kmsigner/kmsigner/internal/ec256/p256"
	"github.com/kmsigner/kmsigner/internal/ecsig"
	"github.com/kmsigner/kmsigner/keyspec"
)

// p256 is ECDSA, FIPS 186-5, section 6, on secp256r1 with SHA-256. The arithmetic is our
// own, or crypto/ecdsa's: see ownCurves.
type p256 struct {
	sha256Digest
	onlySHA256
	lowS     bool
	portable bool
}

func (p p256) signFuncs(key crypto.PrivateKey, deterministic bool) signFuncs {
	private := key.(*ecdsa.PrivateKey)
	switch {
	case ownCurves(p.portable):
		return signOwnP256(ownP256(private), deterministic)
	case deterministic:
		return signFuncs{verify: deterministic, one: unchanged(scalarOf(private.D), func(digest []byte) ([]byte, error) {
			// A nil reader is RFC 6979 with the hash of the opts.
			sig, err := private.Sign(nil, digest, crypto.SHA256)
			return sig, primitive(err)
		})}
	default:
		return signFuncs{one: unchanged(scalarOf(private.D), func(digest []byte) ([]byte, error) {
			sig, err := ecdsa.SignASN1(rand.Reader, private, digest)
			return sig, primitive(err)
		})}
	}
}

// ownP256 is the key in our own arithmetic, or nil if that computes another public key. The key
// is checked: its scalar is in [1, n-1].
func ownP256(key *ecdsa.PrivateKey) *own.PrivateKey {
	return ownKey(scalarOf(key.D), &key.PublicKey, own.NewPrivateKey, (*own.PrivateKey).PublicKey)
}

// signOwnP256 signs with our own arithmetic, which checks its signatures.
func signOwnP256(private *own.PrivateKey, deterministic bool) signFuncs {
	if private == nil {
		return signNothing()
	}
	return signFuncs{
		one: func(digest []byte) ([]byte, error) {
			var entropy [32]byte
			return ownSignature(private.Sign((*[32]byte)(digest), hedge(&entropy, deterministic)))
		},
		batch:       ownBatch(private.SignBatch, deterministic),
		lanesFailed: private.LanesFailed,
		verify:      deterministic,
	}
}

func (p p256) verifyFuncs(pub crypto.PublicKey) verifyFuncs {
	public := pub.(*ecdsa.PublicKey)
	parse := func(sig []byte) (*ecsig.Signature, error) { return parseECDSA(keyspec.ECP256, sig, p.lowS) }
	if ownCurves(p.portable) {
		x, y := coordinatesOf(public)
		key, _ := own.NewPublicKey(&x, &y) // checked: it is a point of the curve
		return verifyOwn(key, parse)
	}
	return verifyPrimitive(parse, func(digest, sig []byte, _ *ecsig.Signature) bool {
		return ecdsa.VerifyASN1(public, digest, sig)
	})
}

func (p256) checkForeign(sig []byte) ([]byte, error) { return receiveDER(sig) }
