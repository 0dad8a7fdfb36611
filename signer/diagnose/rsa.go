// SPDX-License-Identifier: Apache-2.0

package diagnose

import (
	"bytes"
	"crypto/rsa"
	"math/big"
	"slices"
	"strconv"

	"github.com/kmsigner/kmsigner/keyspec"
)

// explainRSA looks at what the public-key operation makes of the signature: the
// padding tells what the signer did, even where it signed another message.
func (s *suspect) explainRSA(pub *rsa.PublicKey, sig []byte) []cause {
	var otherMessage []cause
	for _, f := range rsaFormsOf(pub.Size(), sig) {
		for _, p := range paddings(encodedMessage(pub, f.sig), s.pair.Algorithm) {
			how := slices.Concat(f.causes, s.causes, p.causes)
			for level := range maxLevel + 1 {
				for r := range s.readings.level(level) {
					if p.holds(r.digest) {
						return slices.Concat(how, p.mismatch(r), r.causes)
					}
				}
			}
			if p.certain && otherMessage == nil {
				otherMessage = append(how, p.otherMessage()...)
			}
		}
	}
	return otherMessage
}

// likelyPSS reports whether the signature may be one of PSS with the longest salt,
// PSSSaltLengthAuto of Go: its padding has no zeros that would prove the key.
func (s *suspect) likelyPSS(pub *rsa.PublicKey, sig []byte) bool {
	for _, f := range rsaFormsOf(pub.Size(), sig) {
		for _, p := range paddings(encodedMessage(pub, f.sig), s.pair.Algorithm) {
			if p.likely {
				return true
			}
		}
	}
	return false
}

// encodedMessage returns EM, RFC 8017, sections 8.1.2 and 8.2.2, step 2, and nil
// if the signature is not below the modulus.
func encodedMessage(pub *rsa.PublicKey, sig []byte) []byte {
	number := new(big.Int).SetBytes(sig)
	if number.Cmp(pub.N) >= 0 {
		return nil
	}
	number.Exp(number, big.NewInt(int64(pub.E)), pub.N)
	return number.FillBytes(make([]byte, pub.Size()))
}

// A padding is one way to take EM apart.
type padding struct {
	// holds reports whether the padding is around this digest.
	holds func(digest []byte) bool
	// certain says that the form alone rules out an accident.
	certain bool
	// likely says that the form is one that signers make, but that one wrong key in
	// thousands shows it too.
	likely bool
	// hash is the name of the hash function that the padding is for, or "".
	hash string
	// shown is the digest in hexadecimal digits, if the padding shows it.
	shown string
	// causes are those of the padding itself.
	causes []cause
	// wrongHash is the cause of a padding for another hash function than the one
	// that made the digest.
	wrongHash Code
}

// paddings returns what EM may be, where alg is what was meant.
func paddings(em []byte, alg keyspec.Algorithm) []padding {
	if em == nil {
		return nil
	}
	return slices.Concat(pkcs1Padding(em, alg), pssPaddings(em, alg), noPadding(em))
}

// mismatch returns the cause of a padding that is for another hash function than
// the reading's; that of a reading without one should be SHA-256.
func (p padding) mismatch(r reading) []cause {
	made := r.hash
	if made == "" {
		made = hashSHA256.name
	}
	if p.hash == "" || p.hash == made {
		return nil
	}
	return []cause{{p.wrongHash,
		"The padding is for " + p.hash + ", the digest was made with " + made + ".",
		"Use SHA-256 for the digest and in the padding."}}
}

func (p padding) otherMessage() []cause {
	var all []cause
	if p.hash != "" && p.hash != hashSHA256.name {
		all = append(all, otherHash(p.hash))
	}
	m := cause{OtherMessage,
		"The signature is of this key, but over another message.",
		"Compare the message with the one that was signed, byte by byte."}
	if p.shown != "" {
		m.sentence = "The signature is of this key, but over another message: its digest is " + p.shown + "."
		m.fix = "Compare the message with the one that was signed, and its digest with the one in the signature."
	}
	return append(all, m)
}

// noPadding is textbook RSA: EM is the digest as a number.
func noPadding(em []byte) []padding {
	number := bytes.TrimLeft(em, "\x00")
	if len(number) == 0 || len(number) > 64 {
		return nil
	}
	return []padding{{
		holds: func(digest []byte) bool { return bytes.Equal(number, bytes.TrimLeft(digest, "\x00")) },
		causes: []cause{{NoPadding,
			"The digest was signed without padding.",
			"Ask the signer for the padding of the algorithm; a signature without any can be forged."}},
	}}
}

// An rsaForm is one way to read the number out of an RSA signature.
type rsaForm struct {
	sig    []byte // as long as the modulus
	causes []cause
}

// rsaFormsOf returns every way to read the signature for a modulus of this many
// bytes, the fewest causes first.
func rsaFormsOf(size int, sig []byte) []rsaForm {
	var forms []rsaForm
	for _, d := range decodings(sig) {
		causes := d.causes
		number := bytes.TrimLeft(d.sig, "\x00")
		// No more than a few leading zeros happen by chance.
		if len(number) > size || len(number) < size-8 || len(d.sig) > size+8 {
			continue
		}
		if len(d.sig) != size {
			causes = append(slices.Clip(causes), cause{LeadingZeros,
				"The signature is not as long as the modulus: leading zeros were dropped or added.",
				"Write it in as many bytes as the modulus has."})
		}
		full := append(make([]byte, size-len(number)), number...)
		back := slices.Clone(full)
		slices.Reverse(back)
		forms = append(forms,
			rsaForm{full, causes},
			rsaForm{back, append(slices.Clip(causes), cause{LittleEndian,
				"The signature is little-endian.",
				"Reverse its bytes: RSA signatures are big-endian."})})
	}
	slices.SortStableFunc(forms, func(a, b rsaForm) int { return len(a.causes) - len(b.causes) })
	return forms
}

// misfitRSA says why there is no form.
func misfitRSA(size int, sig []byte) cause {
	return cause{Malformed,
		"The signature has " + strconv.Itoa(len(sig)) + " bytes, the modulus " + strconv.Itoa(size) + ".",
		"Check that the signature is complete and that the key is the signer's."}
}
