// SPDX-License-Identifier: Apache-2.0

package diagnose

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"fmt"
	"strconv"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/keys"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
)

// A party is a checked public key with an algorithm, and what to call it.
type party struct {
	pair        keyspec.Pair
	public      crypto.PublicKey
	verifier    signer.Verifier // takes a high s
	fingerprint string          // of the key, with the pair
	name        string
}

// newParty checks a public key and an algorithm.
func newParty(pub crypto.PublicKey, alg keyspec.Algorithm, name string) (party, error) {
	pub, err := keys.Public(pub) // a copy
	if err != nil {
		return party{}, err
	}
	v, err := signer.NewVerifier(pub, alg)
	if err != nil {
		return party{}, err
	}
	return party{keyspec.Pair{KeySpec: v.KeySpec(), Algorithm: alg}, pub, v, fmt.Sprint(v), name}, nil
}

// A suspect is a key, with an algorithm, that may have made the signature.
type suspect struct {
	party
	readings *readings
	forms    []form  // of ECDSA and SM2
	causes   []cause // OtherKey, unless it is the verifier's own
}

// verifies reports whether the suspect signed the digest.
func (s *suspect) verifies(digest, sig []byte) bool {
	return s.verifier.VerifyDigest(digest, sig) == nil
}

// findSuspects fills in own and others.
func (q *inquiry) findSuspects(own party) error {
	others, err := q.otherParties(own)
	if err != nil {
		return err
	}
	var zaKeys []zaKey
	for _, other := range others {
		if other.pair.KeySpec == keyspec.ECSM2 {
			zaKeys = append(zaKeys, zaKey{other.public.(*ecdsa.PublicKey), other.name})
		}
	}
	shared := newSHA256Readings(q.msg, &q.hashed) // by all but SM2's: each digest is made once
	q.own = q.newSuspect(own, shared, zaKeys)
	// The Z(A) of one given key in the signature of another is not tried: the work
	// would grow with the square of their number.
	zaKeys = nil
	if own.pair.KeySpec == keyspec.ECSM2 {
		pub := own.public.(*ecdsa.PublicKey)
		q.own.readings.always = 1
		q.own.readings.digesters = append(q.own.readings.digesters, wrongZAs(pub, q.ID)...)
		zaKeys = []zaKey{{pub, own.name}}
	}
	for _, other := range others {
		s := q.newSuspect(other, shared, zaKeys)
		s.causes = []cause{{OtherKey,
			"The signature was made with another key: " + other.name + ", " + other.fingerprint + ".",
			"Verify with that public key, or sign with the private key of the one that was given."}}
		q.others = append(q.others, s)
	}
	return nil
}

// otherParties checks the keys of TryKeys. Each is tried with the algorithm of the
// verifier if it has that, else with all of its own. The verifier's key is left out.
func (q *inquiry) otherParties(own party) ([]party, error) {
	var all []party
	for i, key := range q.TryKeys {
		name := "key " + strconv.Itoa(i+1) + " of TryKeys"
		pub, err := keys.Public(key)
		if err != nil {
			return nil, invalid("TryKeys", name+": "+err.(*errors.Error).Reason)
		}
		spec, err := keyspec.Of(pub)
		if err != nil {
			return nil, err
		}
		algorithms := spec.Algorithms()
		if spec.Supports(own.pair.Algorithm) {
			algorithms = []keyspec.Algorithm{own.pair.Algorithm}
		}
		for _, alg := range algorithms {
			other, err := newParty(pub, alg, name)
			if err != nil {
				return nil, err
			}
			if other.fingerprint != own.fingerprint {
				all = append(all, other)
			}
		}
	}
	return all, nil
}

func (q *inquiry) newSuspect(p party, shared *readings, zaKeys []zaKey) *suspect {
	s := &suspect{party: p, readings: shared}
	if p.pair.KeySpec == keyspec.ECSM2 {
		s.readings = newSM2Readings(q.msg, p.public.(*ecdsa.PublicKey), q.ID, q.TryIDs, zaKeys, &q.hashed)
	}
	if _, isRSA := p.public.(*rsa.PublicKey); !isRSA {
		s.forms = formsOf(p.pair.KeySpec, q.sig, q.ExpectRaw, q.RequireLowS)
	}
	return s
}
