// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"errors"

	"github.com/btcsuite/btcd/btcec/v2"
	btcecdsa "github.com/btcsuite/btcd/btcec/v2/ecdsa"
	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	decred "github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
	"github.com/emmansun/gmsm/sm2"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	dsigsecp256k1 "github.com/lestrrat-go/dsig-secp256k1"
)

// The names of the works and of our side.
const (
	digestWork        = "digest"
	deterministicWork = "digest, deterministic"
	firstWork         = "digest, the first with its key"
	messageWork       = "message of 1 KiB"
	rawWork           = "message of 1 KiB, r‖s"
	compactWork       = "compact JWS of 1 KiB"

	kmsigner = "kmsigner"
)

var errMisfit = errors.New("the signature does not fit")

// fits turns the answer of a verifier that has no errors into one.
func fits(ok bool) error {
	if !ok {
		return errMisfit
	}
	return nil
}

// oursOnDigests is our side of a work that starts from a digest.
func oursOnDigests(p keyspec.Pair, opts ...signer.Option) (entrant, error) {
	s, v, err := ourSide(p, opts...)
	if err != nil {
		return entrant{}, err
	}
	public := s.Public()
	return entrant{
		name:   kmsigner,
		sign:   func(i int) ([]byte, error) { return s.SignDigest(context.Background(), digestInputs[i]) },
		verify: func(i int, sig []byte) error { return v.VerifyDigest(digestInputs[i], sig) },
		first: func(i int, sig []byte) error {
			v, err := signer.NewVerifier(public, p.Algorithm)
			if err != nil {
				return err
			}
			return v.VerifyDigest(digestInputs[i], sig)
		},
	}, nil
}

// first is the work of verifying with a new key each time, by the entrants that verify in w.
func (w work) first() work {
	first := work{name: firstWork, verifyOnly: true}
	for _, e := range w.entrants {
		if e.verify == nil {
			continue
		}
		if e.first != nil {
			e.verify = e.first
		}
		first.entrants = append(first.entrants, e)
	}
	return first
}

// digestWorks are the works of a pair that start from a digest: hedged, the first verification
// with a key, and deterministic. The last need not verify again.
func digestWorks(p keyspec.Pair, hedged, deterministic []entrant) ([]work, error) {
	ours, err := oursOnDigests(p)
	if err != nil {
		return nil, err
	}
	works := []work{{name: digestWork, entrants: append([]entrant{ours}, hedged...)}}
	works = append(works, works[0].first())
	if len(deterministic) == 0 {
		return works, nil
	}
	if ours, err = oursOnDigests(p, signer.Deterministic()); err != nil {
		return nil, err
	}
	return append(works, work{name: deterministicWork, entrants: append([]entrant{ours}, deterministic...)}), nil
}

func rsaWorks(p keyspec.Pair, key *rsa.PrivateKey) ([]work, error) {
	var works []work
	var err error
	if p.Algorithm == keyspec.RSAPKCS1SHA256 {
		works, err = digestWorks(p, []entrant{{
			name:      "crypto/rsa",
			primitive: true,
			sign: func(i int) ([]byte, error) {
				return rsa.SignPKCS1v15(nil, key, crypto.SHA256, digestInputs[i])
			},
			verify: func(i int, sig []byte) error {
				return rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, digestInputs[i], sig)
			},
		}}, nil)
	} else {
		opts := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}
		works, err = digestWorks(p, []entrant{{
			name:      "crypto/rsa",
			primitive: true,
			sign: func(i int) ([]byte, error) {
				return rsa.SignPSS(rand.Reader, key, crypto.SHA256, digestInputs[i], opts)
			},
			verify: func(i int, sig []byte) error {
				return rsa.VerifyPSS(&key.PublicKey, crypto.SHA256, digestInputs[i], sig, opts)
			},
		}}, []entrant{{
			name:      "crypto/rsa with a given salt",
			primitive: true,
			sign: func(i int) ([]byte, error) {
				salt := bytes.NewReader(digestInputs[i])
				return rsa.SignPSS(salt, key, crypto.SHA256, digestInputs[i], opts)
			},
		}})
	}
	if err != nil {
		return nil, err
	}
	onMessages, err := rsaOnMessages(p, key)
	if err != nil {
		return nil, err
	}
	compact, err := compactEntrants(p, key)
	if err != nil {
		return nil, err
	}
	return append(works, work{name: messageWork, entrants: onMessages}, work{name: compactWork, entrants: compact}), nil
}

func p256Works(p keyspec.Pair, key *ecdsa.PrivateKey) ([]work, error) {
	works, err := digestWorks(p, []entrant{{
		name:      "crypto/ecdsa",
		primitive: true,
		sign:      func(i int) ([]byte, error) { return ecdsa.SignASN1(rand.Reader, key, digestInputs[i]) },
		verify: func(i int, sig []byte) error {
			return fits(ecdsa.VerifyASN1(&key.PublicKey, digestInputs[i], sig))
		},
	}}, []entrant{{
		name:      "crypto/ecdsa",
		primitive: true,
		sign:      func(i int) ([]byte, error) { return key.Sign(nil, digestInputs[i], crypto.SHA256) },
	}})
	if err != nil {
		return nil, err
	}
	onMessages, err := p256OnMessages(p, key)
	if err != nil {
		return nil, err
	}
	ours, err := oursOnRaw(p)
	if err != nil {
		return nil, err
	}
	raw := append([]entrant{ours}, joseOnMessages(p, key)...)
	compact, err := compactEntrants(p, key)
	if err != nil {
		return nil, err
	}
	return append(works, work{name: messageWork, entrants: onMessages}, work{name: rawWork, entrants: raw},
		work{name: compactWork, entrants: compact}), nil
}

// p256kWorks compares hedged signatures of ours with deterministic ones: the peers know no
// other. Our deterministic ones are verified with the public key, which theirs are not.
func p256kWorks(p keyspec.Pair, key *secp256k1.PrivateKey) ([]work, error) {
	ours, err := oursOnDigests(p)
	if err != nil {
		return nil, err
	}
	deterministic, err := oursOnDigests(p, signer.Deterministic())
	if err != nil {
		return nil, err
	}
	deterministic.verify = nil
	// It is decred's arithmetic, and so its verifier is in this work already.
	portable, _, err := ourSide(p, signer.Portable())
	if err != nil {
		return nil, err
	}

	scalar, public := key.Serialize(), key.PubKey()
	btcecKey, btcecPublic := btcec.PrivKeyFromBytes(scalar)
	entrants := []entrant{ours, {
		name:      "decred",
		primitive: true,
		sign:      func(i int) ([]byte, error) { return decred.Sign(key, digestInputs[i]).Serialize(), nil },
		verify: func(i int, sig []byte) error {
			parsed, err := decred.ParseDERSignature(sig)
			if err != nil {
				return err
			}
			return fits(parsed.Verify(digestInputs[i], public))
		},
	}, {
		name: "btcec",
		sign: func(i int) ([]byte, error) { return btcecdsa.Sign(btcecKey, digestInputs[i]).Serialize(), nil },
		verify: func(i int, sig []byte) error {
			parsed, err := btcecdsa.ParseDERSignature(sig)
			if err != nil {
				return err
			}
			return fits(parsed.Verify(digestInputs[i], btcecPublic))
		},
	}}
	entrants = append(entrants, libsecp256k1(scalar, public.SerializeUncompressed())...)
	entrants = append(entrants, entrant{
		name: "kmsigner with Portable(), on decred",
		sign: func(i int) ([]byte, error) { return portable.SignDigest(context.Background(), digestInputs[i]) },
	})

	raw, err := oursOnRaw(p)
	if err != nil {
		return nil, err
	}
	digests := work{name: digestWork, entrants: entrants}
	return []work{
		digests,
		digests.first(),
		{name: deterministicWork, entrants: []entrant{deterministic,
			{name: "decred", primitive: true, sign: entrants[1].sign}}},
		{name: rawWork, entrants: []entrant{raw, jwx(dsigsecp256k1.ECDSAWithSecp256k1AndSHA256, key.ToECDSA())}},
	}, nil
}

func sm2Works(p keyspec.Pair, key *sm2.PrivateKey) ([]work, error) {
	works, err := digestWorks(p, []entrant{{
		name:      "gmsm",
		primitive: true,
		sign:      func(i int) ([]byte, error) { return sm2.SignASN1(rand.Reader, key, digestInputs[i], nil) },
		verify: func(i int, sig []byte) error {
			return fits(sm2.VerifyASN1(&key.PublicKey, digestInputs[i], sig))
		},
	}}, []entrant{{
		name:      "gmsm",
		primitive: true,
		sign:      func(i int) ([]byte, error) { return sm2.SignDeterministic(key, digestInputs[i], nil) },
	}})
	if err != nil {
		return nil, err
	}
	onMessages, err := sm2OnMessages(p, key)
	if err != nil {
		return nil, err
	}
	return append(works, work{name: messageWork, entrants: onMessages}), nil
}
