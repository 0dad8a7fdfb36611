// SPDX-License-Identifier: Apache-2.0

package diagnose

import (
	"crypto"
	"slices"
	"strings"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
)

// A Diagnosis is what [Signature] found. Diagnoses are comparable; the zero value
// is none. It holds nothing of the message; it may show the digest of
// another message that an RSA signature holds in the open.
type Diagnosis struct {
	// Code is the verdict, or the cause to correct first.
	Code Code
	// Sentence says what was found, in one sentence per cause.
	Sentence string
	// Fix says what to change. It is "" for a signature that is valid.
	Fix string

	further string // the codes of further causes, each after a space
}

// Codes returns Code and the codes of the causes that were found together with
// it, in the order in which to correct them: those of the signature's encoding, of
// the key, of the padding, of the digest, of the message. The zero value has none.
func (d Diagnosis) Codes() []Code {
	var codes []Code
	for _, code := range strings.Fields(string(d.Code) + d.further) {
		codes = append(codes, Code(code))
	}
	return codes
}

// String returns the codes with the sentence, and on a second line what to change.
func (d Diagnosis) String() string {
	if d == (Diagnosis{}) {
		return "no diagnosis"
	}
	out := strings.ReplaceAll(string(d.Code)+d.further, " ", ", ") + ": " + d.Sentence
	if d.Fix != "" {
		out += "\nFix: " + d.Fix
	}
	return out
}

// Signature says whether sig is a signature of msg, and if not, why: it tries the
// known causes, alone and together, and names the one that fits and what to
// change. [Code] lists them. Nil opts are the zero [Options].
//
// The code is Valid if and only if [signer.NewVerifier] with those options accepts
// the signature (under ExpectRaw, after [signer.ToDER]). Otherwise, each cause that
// is named was proven: undoing it makes the signature verify, or shows the padding
// that it has under the RSA key. Of several explanations for ECDSA and SM2 it is the
// one with the fewest causes. A signature that is explained is still not valid: for
// some causes, NotHashed above all, a signature that fits can be forged.
//
// It does not fail: a key, an algorithm or an option that cannot be used is a
// Diagnosis too, with the code BadKey, BadAlgorithm or BadOption.
//
// The work is bounded: at most 2,000 verifications for ECDSA and SM2, and for RSA a
// few public-key operations per key. A signature of at most 64 KiB is decoded, up to
// three encodings deep, to at most 24 values. Each possible digest of the message is
// made once and only as needed: some 70 for single causes and three for each given
// id, some 350 for pairs of them and 120 for each given id, and some 50 for each given
// SM2 key. After 64 MiB of hashing only the digests of single causes with pub are
// made, and one for each given SM2 key. For ECDSA and SM2 the Sentence says so if a
// bound ended the search. A wrong Z(A) is not combined with causes of the message,
// but for another id; the codes that begin with ZA are tried with the verifier's id and
// pub, and of two keys of TryKeys one is not tried in the other's Z(A).
//
// On a core of 2.5 GHz a search in vain took 0.1 s for a short message, 0.4 s for
// one of 256 KiB, and 0.6 s for one of 100 KiB with 32 SM2 keys.
//
// Nothing is kept or written to. Signature is safe for concurrent use.
func Signature(pub crypto.PublicKey, alg keyspec.Algorithm, msg, sig []byte, opts *Options) Diagnosis {
	q, err := newInquiry(pub, alg, msg, sig, opts)
	if err != nil {
		return unusable(err)
	}
	if q.valid() {
		return Diagnosis{Code: Valid, Sentence: "The signature is valid." + q.note()}
	}
	if found := q.explanation(); found != nil {
		return diagnosisOf(found)
	}
	return diagnosisOf([]cause{q.verdict()})
}

// A cause is one step of an explanation.
type cause struct {
	code          Code
	sentence, fix string
}

func diagnosisOf(causes []cause) Diagnosis {
	var d Diagnosis
	var sentences, fixes []string
	for i, m := range causes {
		if i == 0 {
			d.Code = m.code
		} else {
			d.further += " " + string(m.code)
		}
		sentences = append(sentences, m.sentence)
		if !slices.Contains(fixes, m.fix) {
			fixes = append(fixes, m.fix)
		}
	}
	d.Sentence, d.Fix = strings.Join(sentences, " "), strings.Join(fixes, " ")
	return d
}

// unusable makes a Diagnosis of the error of a key, algorithm or option.
func unusable(err error) Diagnosis {
	e := &errors.Error{}
	errors.As(err, &e)
	switch e.Param {
	case "Key":
		return diagnosisOf([]cause{{BadKey, "The public key cannot be used: " + e.Reason + ".",
			"Give a public key that keyspec.ParsePublicKey returns."}})
	case "Algorithm":
		return diagnosisOf([]cause{{BadAlgorithm, "The algorithm cannot be used: " + e.Reason + ".",
			"Give the algorithm of the key: Algorithms of its KeySpec lists them."}})
	}
	return diagnosisOf([]cause{{BadOption, "The option " + e.Param + " cannot be used: " + e.Reason + ".",
		"Remove the option, or correct it."}})
}
