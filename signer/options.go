// SPDX-License-Identifier: Apache-2.0

package signer

import (
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/sm2z"
)

// An Option changes what [New], [FromCrypto], [FromFunc] or [NewVerifier] returns.
// An option that does not apply to the call or to the pair is an error, InvalidParameter
// with the option's name as the parameter; it is never ignored. A nil Option is
// InvalidParameter of "Option". An option given twice counts once; WithID with two
// different ids is InvalidParameter of "WithID".
type Option func(*config)

type config struct {
	deterministic bool
	verifyAfter   bool
	noVerifyAfter bool
	lowS          bool
	portable      bool
	ids           []sm2z.ID
}

// Deterministic makes a signer return the same signature for the same key and
// digest: on every platform and Go release, whatever GODEBUG says. The file
// docs/signing.md has the rule of each pair, and the build and run modes in which a
// pair returns an error instead. Unless [NoVerifyAfterSign] is given too, every signature
// is verified with the public key before it is returned, as with [VerifyAfterSign]: a wrong
// signature and the right one of the same digest, with the same nonce, would give the key
// away. It applies to [New]; a key held elsewhere chooses its own nonces.
//
// Do not use one scalar with two key specs: an EC_P256 and an EC_P256K signature of one
// digest, both deterministic and from one scalar, have one nonce and give it away.
func Deterministic() Option { return func(c *config) { c.deterministic = true } }

// WithID sets the user id that enters Z(A) in the digests that the signer or
// verifier makes. Without it, that is [sm2z.DefaultID]. It applies to EC_SM2.
func WithID(id sm2z.ID) Option { return func(c *config) { c.ids = append(c.ids, id) } }

// VerifyAfterSign makes a signer verify every signature with the public key before
// it returns it. A signature that does not verify is withheld and the error has the
// code Internal: the machine, or the owner of a key held elsewhere, computed
// wrongly. It costs one verification, and applies to [New], [FromCrypto] and [FromFunc].
// It is the default with [Deterministic].
func VerifyAfterSign() Option { return func(c *config) { c.verifyAfter = true } }

// NoVerifyAfterSign makes a signer with [Deterministic] return its signatures without a
// verification with the public key, which saves the time of one. The checks that every
// signer makes are left; docs/signing.md says what they do not notice. A fault that they do
// not notice gives the key away if the same digest is signed again: use the option in tests.
// It applies to [New] with Deterministic, without VerifyAfterSign, and to EC_P256, EC_P256K
// and EC_SM2: the check of an RSA signature is a part of its computation.
func NoVerifyAfterSign() Option { return func(c *config) { c.noVerifyAfter = true } }

// RequireLowS makes a verifier reject an ECDSA signature whose s is over n/2,
// as Bitcoin and Ethereum do. Without it both forms are accepted, as FIPS
// 186-5 says. It applies to [NewVerifier] with EC_P256 and EC_P256K.
func RequireLowS() Option { return func(c *config) { c.lowS = true } }

// Portable makes a signer or verifier use only the code of the standard library, gmsm and
// decred: crypto/rsa for RSA, crypto/ecdsa for EC_P256, gmsm for EC_SM2, and decred's
// secp256k1, which does not sign in constant time, for EC_P256K. The signatures of
// [Deterministic] stay the same. It applies to all constructors and pairs. (The check of
// an EC_P256K key derives its public key in constant time, with arithmetic of this
// library, under this option too.)
func Portable() Option { return func(c *config) { c.portable = true } }

// A constructor is the function that options were given to.
type constructor int

const (
	forNew        constructor = iota
	forFromCrypto             // and FromFunc
	forVerifier               // NewVerifier
)

// newConfig applies the options and refuses those that do not apply.
func newConfig(by constructor, pair keyspec.Pair, opts []Option) (config, error) {
	var c config
	for _, o := range opts {
		if o == nil {
			return config{}, invalid("Option", "an option is nil")
		}
		o(&c)
	}
	switch {
	case c.deterministic && by == forFromCrypto:
		return config{}, invalid("Deterministic", "a key held elsewhere chooses its own nonces")
	case c.deterministic && by == forVerifier:
		return config{}, invalid("Deterministic", "a verifier makes no signatures")
	case c.verifyAfter && by == forVerifier:
		return config{}, invalid("VerifyAfterSign", "a verifier makes no signatures")
	case c.noVerifyAfter && by == forVerifier:
		return config{}, invalid("NoVerifyAfterSign", "a verifier makes no signatures")
	case c.noVerifyAfter && (pair.Algorithm == keyspec.RSAPSSSHA256 || pair.Algorithm == keyspec.RSAPKCS1SHA256):
		return config{}, invalid("NoVerifyAfterSign", "the check of an RSA signature is a part of its computation")
	case c.noVerifyAfter && !c.deterministic:
		return config{}, invalid("NoVerifyAfterSign",
			"only signatures with Deterministic are verified without being asked for")
	case c.noVerifyAfter && c.verifyAfter:
		return config{}, invalid("NoVerifyAfterSign", "VerifyAfterSign is given too")
	case c.lowS && by != forVerifier:
		return config{}, invalid("RequireLowS", "it is for verifiers")
	case c.lowS && pair.Algorithm != keyspec.ECDSASHA256:
		return config{}, invalid("RequireLowS", "it is for ECDSA, not for "+pair.String())
	case len(c.ids) > 0 && pair.Algorithm != keyspec.SM2DSA:
		return config{}, invalid("WithID", "it is for EC_SM2, not for "+pair.String())
	}
	for _, id := range c.ids {
		if id != c.ids[0] {
			return config{}, invalid("WithID", "two different ids are given")
		}
	}
	return c, nil
}

// id is the user id in force.
func (c config) id() sm2z.ID {
	if len(c.ids) == 0 {
		return sm2z.DefaultID()
	}
	return c.ids[0]
}
