package signer

import (
	"crypto"
	"slices"

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/sm2z"
)

// diagnosisConfig is what the options of Diagnose alone set.
type diagnosisConfig struct {
	given     []string // the names of those options
	tryIDs    []sm2z.ID
	tryKeys   []crypto.PublicKey
	expectRaw bool
}

// TryIDs tells [Diagnose] which user ids the signer may have used instead of the
// verifier's. The default and the empty id need no telling. It applies to
// Diagnose with EC_SM2.
func TryIDs(ids ...sm2z.ID) Option {
	return func(c *config) {
		c.diagnosis.given = append(c.diagnosis.given, "TryIDs")
		c.diagnosis.tryIDs = append(c.diagnosis.tryIDs, ids...)
	}
}

// TryKeys tells [Diagnose] which other public keys the signature may be of, or for
// SM2 whose Z(A) may be in it. They need not be of the verifier's key spec. It
// applies to Diagnose.
func TryKeys(keys ...crypto.PublicKey) Option {
	return func(c *config) {
		c.diagnosis.given = append(c.diagnosis.given, "TryKeys")
		c.diagnosis.tryKeys = append(c.diagnosis.tryKeys, keys...)
	}
}

// ExpectRaw tells [Diagnose] that the verifier takes r‖s of 64 bytes, as JOSE and
// COSE do, where this package's takes DER. It applies to Diagnose with EC_P256,
// EC_P256K and EC_SM2.
func ExpectRaw() Option {
	return func(c *config) {
		c.diagnosis.given = append(c.diagnosis.given, "ExpectRaw")
		c.diagnosis.expectRaw = true
	}
}

func (c diagnosisConfig) check(by constructor, pair keyspec.Pair) error {
	switch {
	case len(c.given) > 0 && by != forDiagnose:
		return invalid(c.given[0], "it is for Diagnose")
	case slices.Contains(c.given, "TryIDs") && pair.Algorithm != keyspec.SM2DSA:
		return invalid("TryIDs", "it is for EC_SM2, not for "+pair.String())
	case c.expectRaw && (pair.KeySpec == keyspec.RSA2048 || pair.KeySpec == keyspec.RSA3072):
		return invalid("ExpectRaw", "it is for signatures of r and s, not for "+pair.String())
	}
	return nil
}
