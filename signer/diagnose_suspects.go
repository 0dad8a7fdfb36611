package signer

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"strconv"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/keys"
	"github.com/kmsigner/kmsigner/keyspec"
)

// A suspect is a key, with an algorithm, that may have made the signature.
type suspect struct {
	boundKey
	readings *readings
	check    func(digest, sig []byte) error // takes a high s
	forms    []form                         // of ECDSA and SM2
	mistakes []mistake                      // OtherKey, unless it is the verifier's own
}

// A namedIdentity is a key of TryKeys and what to call it.
type namedIdentity struct {
	boundKey
	name string
}

// findSuspects fills in own and others.
func (q *inquiry) findSuspects(own boundKey) error {
	others, err := q.identifyOthers(own)
	if err != nil {
		return err
	}
	var foreign []foreignZA
	for _, other := range others {
		if other.pair.KeySpec == keyspec.ECSM2 {
			foreign = append(foreign, foreignZA{other.public.(*ecdsa.PublicKey), other.name})
		}
	}
	shared := newSHA256Readings(q.msg, &q.hashed) // by all but SM2's: each digest is made once
	if q.own, err = q.newSuspect(own, shared, foreign); err != nil {
		return err
	}
	// The Z(A) of one given key in the signature of another is not tried: the work
	// would grow with the square of their number.
	foreign = nil
	if own.pair.KeySpec == keyspec.ECSM2 {
		q.own.readings.always = 1
		foreign = []foreignZA{{own.public.(*ecdsa.PublicKey), "that of the verifier"}}
	}
	for _, other := range others {
		s, err := q.newSuspect(other.boundKey, shared, foreign)
		if err != nil {
			return err
		}
		s.mistakes = []mistake{{OtherKey,
			"The signature was made with another key: " + other.name + ", " + other.String() + ".",
			"Verify with that public key, or sign with the private key of the one that was given."}}
		q.others = append(q.others, s)
	}
	return nil
}

// identifyOthers checks the keys of TryKeys. Each comes with the algorithm of the
// verifier if it can, else with all of its own. The verifier's key is left out.
func (q *inquiry) identifyOthers(own boundKey) ([]namedIdentity, error) {
	var all []namedIdentity
	for i, key := range q.diagnosis.tryKeys {
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
			id, err := bind(pub, alg)
			if err != nil {
				return nil, err
			}
			if id.fingerprint != own.fingerprint {
				all = append(all, namedIdentity{id, name})
			}
		}
	}
	return all, nil
}

func (q *inquiry) newSuspect(id boundKey, shared *readings, foreign []foreignZA) (*suspect, error) {
	v, err := newVerifier(id, config{portable: q.portable})
	if err != nil {
		return nil, err
	}
	s := &suspect{boundKey: id, readings: shared, check: v.VerifyDigest}
	if id.pair.KeySpec == keyspec.ECSM2 {
		s.readings = newSM2Readings(q.msg, id.public.(*ecdsa.PublicKey), q.id(), q.diagnosis.tryIDs, foreign, &q.hashed)
	}
	if _, isRSA := id.public.(*rsa.PublicKey); !isRSA {
		s.forms = formsOf(id.pair.KeySpec, q.sig, q.diagnosis.expectRaw, q.lowS)
	}
	return s, nil
}
