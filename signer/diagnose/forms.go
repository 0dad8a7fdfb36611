// SPDX-License-Identifier: Apache-2.0

package diagnose

import (
	"bytes"
	"slices"

	"github.com/kmsigner/kmsigner/internal/ecsig"
	"github.com/kmsigner/kmsigner/keyspec"
)

// A form is one way to read r and s out of a signature, with the causes that
// explain it if that is the right way.
type form struct {
	der    []byte
	causes []cause
}

// formsOf returns every way to read the signature for a key of this spec that
// leads to r and s in [1, n-1], the fewest causes first.
func formsOf(k keyspec.KeySpec, sig []byte, expectRaw, lowS bool) []form {
	var forms []form
	add := func(x ecsig.Signature, causes ...cause) {
		if x.HasZero() || !x.BelowOrder(k) {
			return
		}
		if lowS && k != keyspec.ECSM2 && x.HasHighS(k) {
			causes = append(causes, cause{HighS,
				"s is over n/2, and the verifier requires a low s.",
				"Let the signer replace s by n-s, or do it on receipt: signer.NormalizeS."})
		}
		forms = append(forms, form{x.DER(), causes})
	}
	for _, d := range decodings(sig) {
		for _, n := range numbersIn(d.sig, expectRaw) {
			causes := slices.Concat(d.causes, n.causes)
			add(n.Signature, causes...)
			add(swapped(n.Signature), append(slices.Clip(causes), cause{Swapped,
				"s stands before r.",
				"Put r first."})...)
			add(reversed(n.Signature), append(slices.Clip(causes), cause{LittleEndian,
				"r and s are little-endian.",
				"Reverse the 32 bytes of each: they are big-endian."})...)
		}
	}
	slices.SortStableFunc(forms, func(a, b form) int { return len(a.causes) - len(b.causes) })
	return forms
}

// A pairOfNumbers is r‖s as read from some encoding.
type pairOfNumbers struct {
	ecsig.Signature
	causes []cause
}

// numbersIn returns r‖s for every encoding that the bytes may be.
func numbersIn(sig []byte, expectRaw bool) []pairOfNumbers {
	var all []pairOfNumbers
	if x, deviations, ok := ecsig.ParseLoose(sig); ok {
		causes := ofDER(deviations)
		if expectRaw {
			causes = []cause{{DERNotRaw,
				"The signature is DER, the verifier takes r‖s.",
				"Convert it with signer.ToRaw."}}
		}
		all = append(all, pairOfNumbers{x, causes})
	}
	split := func(r, s []byte, m cause) {
		if len(r) > 32 && r[0] == 0 {
			r = r[1:]
		}
		if len(s) > 32 && s[0] == 0 {
			s = s[1:]
		}
		if len(r) > 32 || len(s) > 32 {
			return
		}
		n := pairOfNumbers{causes: []cause{m}}
		copy(n.R()[32-len(r):], r)
		copy(n.S()[32-len(s):], s)
		if expectRaw && m.code == RawNotDER {
			n.causes = nil
		}
		all = append(all, n)
	}
	zeros := cause{LeadingZeros,
		"The signature is r‖s, but r or s has not 32 bytes: leading zeros were dropped or added.",
		"Write r and s in 32 bytes each. For DER, signer.ToDER takes the 64 bytes."}
	recovery := cause{RecoveryID,
		"The signature is r‖s with a recovery id, 65 bytes.",
		"Drop the recovery id. For DER, signer.ToDER takes the 64 bytes of r‖s."}
	switch len(sig) {
	case 62:
		split(sig[:30], sig[30:], zeros)
		split(sig[:31], sig[31:], zeros)
		split(sig[:32], sig[32:], zeros)
	case 63:
		split(sig[:31], sig[31:], zeros)
		split(sig[:32], sig[32:], zeros)
	case 64:
		split(sig[:32], sig[32:], cause{RawNotDER,
			"The signature is r‖s, the verifier takes DER.",
			"Convert it with signer.ToDER."})
	case 65:
		split(sig[:33], sig[33:], zeros)
		split(sig[:32], sig[32:], zeros)
		split(sig[:32], sig[32:64], recovery)
		split(sig[1:33], sig[33:], recovery)
	case 66:
		split(sig[:33], sig[33:], zeros)
	case 2 * tokenSize:
		if r, s, ok := fromToken(sig); ok {
			split(r, s, cause{TokenBlob,
				"The signature is the structure of a token or card with r and s in 64 bytes each.",
				"Take the 32 bytes of each that are not zero. For DER, signer.ToDER takes the 64 bytes of r‖s."})
		}
	}
	return all
}

// tokenSize is the size of r and of s in the structures ECCSIGNATUREBLOB of GM/T 0016 and
// ECCSignature of GM/T 0018.
const tokenSize = 64

// fromToken returns r and s of such a structure: right-aligned, as the standards say, or
// left-aligned, as little-endian devices write it.
func fromToken(sig []byte) (r, s []byte, ok bool) {
	const size, rest = ecsig.IntegerSize, tokenSize - ecsig.IntegerSize
	r, s = sig[:tokenSize], sig[tokenSize:]
	switch zeros := make([]byte, rest); {
	case bytes.HasPrefix(r, zeros) && bytes.HasPrefix(s, zeros):
		return r[rest:], s[rest:], true
	case bytes.HasSuffix(r, zeros) && bytes.HasSuffix(s, zeros):
		return r[:size], s[:size], true
	}
	return nil, nil, false
}

// ofDER returns the first deviation from DER, in the order of the codes.
func ofDER(d ecsig.Deviations) []cause {
	const fix = "Encode r and s in strict DER: signer.ToDER makes it from r‖s."
	switch {
	case d.Negative:
		return []cause{{NegativeInteger, "A DER INTEGER is negative: the zero byte before a first bit of one is missing.",
			fix}}
	case d.Padded:
		return []cause{{NonMinimalInteger, "A DER INTEGER begins with a superfluous zero byte.", fix}}
	case d.Length:
		return []cause{{NonMinimalLength, "A length is encoded as BER allows and DER does not.", fix}}
	case d.Inside || d.Behind:
		return []cause{{TrailingBytes, "Bytes follow where the DER signature ends.",
			"Cut them off: the signature ends with s."}}
	}
	return nil
}

func swapped(x ecsig.Signature) ecsig.Signature {
	return ecsig.Signature(slices.Concat(x.S(), x.R()))
}

func reversed(x ecsig.Signature) ecsig.Signature {
	slices.Reverse(x.R())
	slices.Reverse(x.S())
	return x
}
