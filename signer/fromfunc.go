// SPDX-License-Identifier: Apache-2.0

package signer

import (
	"context"
	"crypto"

	"github.com/kmsigner/kmsigner/internal/keys"
	"github.com/kmsigner/kmsigner/keyspec"
)

// FromFunc returns a Signer for a key behind a call, such as one in a cloud's KMS.
// pub is its public key, in one of the types that package keyspec lists, which is
// checked and copied; sign is the call.
//
// sign is given the context of SignDigest and a copy of the 32 bytes of the digest, and
// returns the signature in the form that [Signer] documents (a high s of EC_P256K is
// made low). Called without a context, by Sign and SignMessage of [crypto.Signer], it
// is given context.Background. It must be safe for concurrent use: [SignDigests] makes
// up to 16 calls at once. The form of the signature is checked; with [VerifyAfterSign]
// it is also verified.
//
// FromFunc returns InvalidParameter: of "Key" for a public key that package keyspec
// rejects; of "Algorithm" for an algorithm that is not the key's; of "Sign" for a nil
// function; of the option's name for an option that does not apply, such as
// [Deterministic].
//
// SignDigest returns an error that is or wraps an *errors.Error or a Code as it is, so
// that a disabled key stays KeyDisabled and throttling Throttled; context errors as
// they are; any other error as Unavailable wrapping it, and the context's error too if
// the context is done; and Internal for a signature in another form.
func FromFunc(
	pub crypto.PublicKey, alg keyspec.Algorithm, sign func(ctx context.Context, digest []byte) ([]byte, error),
	opts ...Option,
) (Signer, error) {
	pub, err := keys.Public(pub)
	if err != nil {
		return nil, err
	}
	s, _, err := newSigner(pub, alg, forFromCrypto, opts)
	if err != nil {
		return nil, err
	}
	if sign == nil {
		return nil, invalid("Sign", "the function is nil")
	}
	s.call = s.external("the call that signs failed", sign)
	s.atOnce = callsAtOnce
	return s, nil
}

// callsAtOnce is how many calls SignDigests makes at once: they wait for a network and
// not for a processor, and a KMS allows some hundred a second.
const callsAtOnce = 16
