// SPDX-License-Identifier: Apache-2.0

package signer

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"hash"
	"reflect"

	"github.com/emmansun/gmsm/sm2"
	own "github.com/kmsigner/kmsigner/internal/ec256/sm2"
	"github.com/kmsigner/kmsigner/internal/ecsig"
	"github.com/kmsigner/kmsigner/internal/nilness"
	"github.com/kmsigner/kmsigner/sm2z"
)

// sm2dsa is the signature of GB/T 32918.2-2016 with SM3. The arithmetic is our own, or
// gmsm's: see ownCurves.
type sm2dsa struct {
	id       sm2z.ID
	digest   hash.Cloner // SM3 after Z(A); cloned, never written to
	portable bool
}

func newSM2(id boundKey, c config) (scheme, error) {
	h, err := sm2z.New(id.public.(*ecdsa.PublicKey), c.id())
	if err != nil {
		return nil, err
	}
	return sm2dsa{c.id(), h.(hash.Cloner), c.portable}, nil
}

func (s sm2dsa) newDigest() hash.Hash {
	h, err := s.digest.Clone()
	if err != nil {
		return nil // gmsm's SM3 always clones
	}
	return h
}

func (s sm2dsa) signFuncs(key crypto.PrivateKey, deterministic bool) signFuncs {
	private := key.(*sm2.PrivateKey)
	if ownCurves(s.portable) {
		return signOwnSM2(ownSM2(private), deterministic)
	}
	return signFuncs{verify: deterministic, one: unchanged(scalarOf(private.D), func(digest []byte) ([]byte, error) {
		if err := outsideFIPS(); err != nil {
			return nil, err
		}
		var sig []byte
		var err error
		if deterministic {
			// RFC 6979 with HMAC-SM3; gmsm reduces the digest mod n first.
			sig, err = sm2.SignDeterministic(private, digest, nil)
		} else {
			sig, err = sm2.SignASN1(rand.Reader, private, digest, nil)
		}
		return sig, primitive(err)
	})}
}

// ownSM2 is the key in our own arithmetic, or nil if that computes another public key. The key
// is checked: its scalar is in [1, n-2].
func ownSM2(key *sm2.PrivateKey) *own.PrivateKey {
	return ownKey(scalarOf(key.D), &key.PublicKey, own.NewPrivateKey, (*own.PrivateKey).PublicKey)
}

// signOwnSM2 signs with our own arithmetic, which checks its signatures.
func signOwnSM2(private *own.PrivateKey, deterministic bool) signFuncs {
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

func (s sm2dsa) verifyFuncs(pub crypto.PublicKey) verifyFuncs {
	public := pub.(*ecdsa.PublicKey)
	parse := func(sig []byte) (*ecsig.Signature, error) {
		raw, err := ecsig.Parse(sig)
		if err != nil {
			return nil, misfit(err.Error())
		}
		return raw, nil
	}
	if ownCurves(s.portable) {
		x, y := coordinatesOf(public)
		key, _ := own.NewPublicKey(&x, &y) // checked: it is a point of the curve
		return verifyOwn(key, parse)
	}
	return verifyPrimitive(parse, func(digest, sig []byte, _ *ecsig.Signature) bool {
		return sm2.VerifyASN1(public, digest, sig)
	})
}

// acceptsOpts takes nil, crypto.Hash(0) (SM3 has no number in package crypto), and
// gmsm's own options: smx509 signs certificates with them. Their fields cannot be
// read from here, so they are compared with those that this signer can serve.
func (s sm2dsa) acceptsOpts(opts crypto.SignerOpts) (bool, error) {
	if opts == nil || opts == crypto.Hash(0) {
		return false, nil
	}
	gm, ok := opts.(*sm2.SM2SignerOption)
	switch {
	case nilness.Is(opts):
		return false, invalid("Opts", "the options are a nil pointer")
	case !ok:
		return false, invalid("Opts", "the options ask for "+opts.HashFunc().String()+", this signer is SM2DSA: use nil")
	}
	id := s.id.Bytes()
	for _, uid := range [][]byte{nil, {}, id} {
		if reflect.DeepEqual(gm, sm2.NewSM2SignerOption(false, uid)) {
			return false, nil
		}
	}
	// An empty id would come out of NewSM2SignerOption as the default one.
	if len(id) > 0 && reflect.DeepEqual(gm, sm2.NewSM2SignerOption(true, id)) {
		return true, nil
	}
	return false, invalid("Opts", "the options have another user id than this signer, whose id is "+s.id.String())
}

func (sm2dsa) signerOpts() crypto.SignerOpts { return crypto.Hash(0) }

func (sm2dsa) checkForeign(sig []byte) ([]byte, error) { return receiveDER(sig) }
