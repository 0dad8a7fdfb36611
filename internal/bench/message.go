// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"

	"github.com/emmansun/gmsm/sm2"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/sigstore/sigstore/pkg/signature"
	tjfoc "github.com/tjfoc/gmsm/sm2"
)

// oursOnMessages is our side of a work that starts from a message in memory.
func oursOnMessages(p keyspec.Pair) (entrant, error) {
	s, v, err := ourSide(p)
	if err != nil {
		return entrant{}, err
	}
	return entrant{
		name: kmsigner,
		sign: func(i int) ([]byte, error) {
			return signer.SignMessage(context.Background(), s, bytes.NewReader(messageInputs[i]))
		},
		verify: func(i int, sig []byte) error {
			return signer.VerifyMessage(v, bytes.NewReader(messageInputs[i]), sig)
		},
	}, nil
}

func rsaOnMessages(p keyspec.Pair, key *rsa.PrivateKey) ([]entrant, error) {
	ours, err := oursOnMessages(p)
	if err != nil {
		return nil, err
	}
	tink, err := tinkRSA(p, key)
	if err != nil {
		return nil, err
	}
	var theirs signature.SignerVerifier
	if p.Algorithm == keyspec.RSAPKCS1SHA256 {
		theirs, err = signature.LoadRSAPKCS1v15SignerVerifier(key, crypto.SHA256)
	} else {
		opts := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}
		theirs, err = signature.LoadRSAPSSSignerVerifier(key, crypto.SHA256, opts)
	}
	if err != nil {
		return nil, err
	}
	entrants := []entrant{ours, tink, sigstore(theirs)}
	return append(entrants, joseOnMessages(p, key)...), nil
}

func p256OnMessages(p keyspec.Pair, key *ecdsa.PrivateKey) ([]entrant, error) {
	ours, err := oursOnMessages(p)
	if err != nil {
		return nil, err
	}
	tink, err := tinkP256(key)
	if err != nil {
		return nil, err
	}
	theirs, err := signature.LoadECDSASignerVerifier(key, crypto.SHA256)
	if err != nil {
		return nil, err
	}
	return []entrant{ours, tink, sigstore(theirs)}, nil
}

func sigstore(theirs signature.SignerVerifier) entrant {
	return entrant{
		name: "sigstore",
		sign: func(i int) ([]byte, error) { return theirs.SignMessage(bytes.NewReader(messageInputs[i])) },
		verify: func(i int, sig []byte) error {
			return theirs.VerifySignature(bytes.NewReader(sig), bytes.NewReader(messageInputs[i]))
		},
	}
}

// sm2OnMessages has the default user id on all sides.
func sm2OnMessages(p keyspec.Pair, key *sm2.PrivateKey) ([]entrant, error) {
	ours, err := oursOnMessages(p)
	if err != nil {
		return nil, err
	}
	curve := tjfoc.P256Sm2()
	theirs := &tjfoc.PrivateKey{PublicKey: tjfoc.PublicKey{Curve: curve, X: key.X, Y: key.Y}, D: key.D}
	messages := sm2.DefaultSM2SignerOpts
	return []entrant{ours, {
		name:      "gmsm",
		primitive: true,
		sign:      func(i int) ([]byte, error) { return key.Sign(rand.Reader, messageInputs[i], messages) },
		verify: func(i int, sig []byte) error {
			return fits(sm2.VerifyASN1WithSM2(&key.PublicKey, nil, messageInputs[i], sig))
		},
	}, {
		name:   "tjfoc/gmsm",
		sign:   func(i int) ([]byte, error) { return theirs.Sign(rand.Reader, messageInputs[i], nil) },
		verify: func(i int, sig []byte) error { return fits(theirs.PublicKey.Verify(messageInputs[i], sig)) },
	}}, nil
}
