// SPDX-License-Identifier: Apache-2.0

package diagnose

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"slices"
	"strconv"

	"github.com/kmsigner/kmsigner/internal/ecsig"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
)

const (
	// maxVerifications bounds the verifications of ECDSA and SM2.
	maxVerifications = 2000
	// maxCauses is how many are combined: those around the signature, its form, the
	// order of its integers, a high s, and those of the digest.
	maxCauses = maxNested + 3 + maxLevel
)

// An inquiry is one call of Signature.
type inquiry struct {
	Options
	verifier signer.Verifier
	msg, sig []byte
	own      *suspect   // the verifier's key
	others   []*suspect // the keys of TryKeys
	left     int        // the verifications that may still be made
	hashed   counter    // the bytes that were hashed
}

func newInquiry(pub crypto.PublicKey, alg keyspec.Algorithm, msg, sig []byte, opts *Options) (*inquiry, error) {
	q := &inquiry{msg: msg, sig: sig, left: maxVerifications}
	if opts != nil {
		q.Options = *opts
	}
	own, err := newParty(pub, alg, "that of the verifier")
	if err != nil {
		return nil, err
	}
	if err := q.Options.check(own.pair); err != nil {
		return nil, err
	}
	if q.verifier, err = signer.NewVerifier(own.public, alg, q.Options.verifier(own.pair)...); err != nil {
		return nil, err
	}
	return q, q.findSuspects(own)
}

// valid asks the verifier.
func (q *inquiry) valid() bool {
	sig := q.sig
	if q.ExpectRaw {
		der, err := signer.ToDER(sig)
		if err != nil {
			return false
		}
		sig = der
	}
	return signer.VerifyMessage(q.verifier, bytes.NewReader(q.msg), sig) == nil
}

// note says what others may hold against a valid signature.
func (q *inquiry) note() string {
	if q.own.pair.KeySpec == keyspec.ECP256K && len(formsOf(keyspec.ECP256K, q.sig, q.ExpectRaw, true)[0].causes) > 0 {
		return " Its s is over n/2: Bitcoin and Ethereum refuse it, and so does a verifier with RequireLowS."
	}
	return ""
}

// explanation returns the causes that explain a signature that is not valid, or
// nil.
func (q *inquiry) explanation() []cause {
	for _, s := range q.others {
		if found := q.explain(s, 0); found != nil {
			return found
		}
	}
	for total := 1; total <= maxCauses; total++ {
		if found := q.explain(q.own, total); found != nil {
			return found
		}
	}
	for _, s := range q.others {
		if found := q.explain(s, 1); found != nil {
			return found
		}
	}
	return nil
}

// verdict is what is left to say where nothing explains the signature.
func (q *inquiry) verdict() cause {
	if pub, ok := q.own.public.(*rsa.PublicKey); ok {
		if len(rsaFormsOf(pub.Size(), q.sig)) == 0 {
			return misfitRSA(pub.Size(), q.sig)
		}
		v := cause{Unexplained,
			"The public-key operation shows no padding that proves this key: the signature may be of another key, or damaged.",
			"Check which key signed; TryKeys takes others to try."}
		if q.own.likelyPSS(pub, q.sig) {
			v.sentence = "The public-key operation shows what may be PSS with the longest salt: if so, the signature is of this key, but over another message."
			v.fix = "Compare the message with the one that was signed; else check which key signed."
		}
		return v
	}
	if len(q.own.forms) == 0 {
		reason := "r or s is not below the order of the curve"
		if _, err := ecsig.Parse(q.sig); err != nil {
			reason = err.Error()
		}
		return cause{Malformed,
			"The signature of " + strconv.Itoa(len(q.sig)) + " bytes is no r and s of " + string(q.own.pair.KeySpec) +
				" in any known form: " + reason + ".",
			"Check that it is complete and of this kind of key: DER of r and s, at most 72 bytes, or r‖s of 64."}
	}
	v := cause{Unexplained,
		"No known cause explains the signature; it may be of another key or another message.",
		"Check which key signed and what; TryKeys takes other keys to try"}
	if q.own.pair.KeySpec == keyspec.ECSM2 {
		v.fix += ", TryIDs other ids, and sm2z.Explain shows the way to the digest"
	}
	v.fix += "."
	switch cut := func(s *suspect) bool { return s.readings.cut }; {
	case q.left == 0:
		v.sentence += " Not all was tried: the search stopped after " + strconv.Itoa(maxVerifications) + " verifications."
	case cut(q.own) || slices.ContainsFunc(q.others, cut):
		v.sentence += " Not all was tried: the search stopped after hashing " + strconv.Itoa(maxHashed>>20) + " MiB."
	}
	return v
}

// explain returns the explanation by this many causes, that of the key not
// counted. RSA needs no search: all its explanations come at one.
func (q *inquiry) explain(s *suspect, total int) []cause {
	if pub, ok := s.public.(*rsa.PublicKey); ok {
		switch {
		case total == 0:
			for r := range s.readings.level(0) {
				if s.verifies(r.digest, q.sig) {
					return s.causes
				}
			}
		case total == 1:
			return s.explainRSA(pub, q.sig)
		}
		return nil
	}
	for _, f := range s.forms {
		if len(f.causes) > total || q.left == 0 {
			break
		}
		for r := range s.readings.level(total - len(f.causes)) {
			q.left--
			if s.verifies(r.e(s.pair), f.der) {
				return slices.Concat(f.causes, s.causes, r.causes)
			}
			if q.left == 0 {
				break // before the next digest is made
			}
		}
	}
	return nil
}
