// SPDX-License-Identifier: Apache-2.0

package diagnose

import (
	"crypto"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/sm2z"
)

// Options say what the verifier expects that does not accept the signature, and what
// else to try. The zero value is a verifier without options. A field that does not
// apply to the pair makes the diagnosis [BadOption].
type Options struct {
	// ID is the user id of the verifier, for EC_SM2. The zero value is the default id.
	ID sm2z.ID
	// RequireLowS says that the verifier has signer.RequireLowS, for EC_P256 and
	// EC_P256K.
	RequireLowS bool
	// ExpectRaw says that the verifier takes r‖s of 64 bytes, as JOSE and COSE do,
	// where package signer takes DER. It is for EC_P256, EC_P256K and EC_SM2.
	ExpectRaw bool
	// TryIDs are other user ids that the signer may have used, for EC_SM2. The default
	// and the empty id are always tried.
	TryIDs []sm2z.ID
	// TryKeys are other public keys that may have made the signature, or for SM2 whose
	// Z(A) may be in it. They need not be of the verifier's key spec.
	TryKeys []crypto.PublicKey
}

// check returns InvalidParameter of the first field that does not apply to the pair.
func (o Options) check(pair keyspec.Pair) error {
	isSM2, isECDSA := pair.Algorithm == keyspec.SM2DSA, pair.Algorithm == keyspec.ECDSASHA256
	switch {
	case o.ID != sm2z.DefaultID() && !isSM2:
		return invalid("ID", "it is for EC_SM2, not for "+pair.String())
	case o.RequireLowS && !isECDSA:
		return invalid("RequireLowS", "it is for ECDSA, not for "+pair.String())
	case o.ExpectRaw && !isSM2 && !isECDSA:
		return invalid("ExpectRaw", "it is for signatures of r and s, not for "+pair.String())
	case len(o.TryIDs) > 0 && !isSM2:
		return invalid("TryIDs", "it is for EC_SM2, not for "+pair.String())
	}
	return nil
}

// verifier returns the options of a verifier that these describe.
func (o Options) verifier(pair keyspec.Pair) []signer.Option {
	var opts []signer.Option
	if pair.Algorithm == keyspec.SM2DSA {
		opts = append(opts, signer.WithID(o.ID))
	}
	if o.RequireLowS {
		opts = append(opts, signer.RequireLowS())
	}
	return opts
}

func invalid(param, reason string) error {
	return &errors.Error{Code: errors.InvalidParameter, Param: param, Reason: reason}
}
