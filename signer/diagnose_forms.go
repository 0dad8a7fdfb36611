package signer

import (
	"slices"

	"github.com/kmsigner/kmsigner/keyspec"
)

// A form is one way to read r and s out of a signature, with the mistakes that
// the signer made if that is the right way.
type form struct {
	der      []byte
	mistakes []mistake
}

// formsOf returns every way to read the signature for a key of this spec that
// leads to r and s in [1, n-1], the fewest mistakes first.
func formsOf(k keyspec.KeySpec, sig []byte, expectRaw, lowS bool) []form {
	var forms []form
	add := func(raw [rawSize]byte, mistakes ...mistake) {
		for _, half := range [][]byte{raw[:32], raw[32:]} {
			if isZero(half) || string(half) >= groupOrder(k) {
				return
			}
		}
		if lowS && k != keyspec.ECSM2 && isHighS(k, &raw) {
			mistakes = append(mistakes, mistake{HighS,
				"s is over n/2, and the verifier requires a low s.",
				"Let the signer replace s by n-s, or do it on receipt: NormalizeS."})
		}
		forms = append(forms, form{marshalDER(raw[:32], raw[32:]), mistakes})
	}
	for _, d := range decodings(sig) {
		for _, n := range numbersIn(d.sig, expectRaw) {
			mistakes := slices.Concat(d.mistakes, n.mistakes)
			add(n.raw, mistakes...)
			add(swapped(n.raw), append(slices.Clip(mistakes), mistake{Swapped,
				"s stands before r.",
				"Put r first."})...)
			add(reversed(n.raw), append(slices.Clip(mistakes), mistake{LittleEndian,
				"r and s are little-endian.",
				"Reverse the 32 bytes of each: they are big-endian."})...)
		}
	}
	slices.SortStableFunc(forms, func(a, b form) int { return len(a.mistakes) - len(b.mistakes) })
	return forms
}

// groupOrder is [order], with that of SM2 (GB/T 32918.5-2017, section 2).
func groupOrder(k keyspec.KeySpec) string {
	if k == keyspec.ECSM2 {
		return "\xff\xff\xff\xfe\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x72\x03\xdf\x6b\x21\xc6\x05\x2b\x53\xbb\xf4\x09\x39\xd5\x41\x23"
	}
	return order(k)
}

// A pairOfNumbers is r‖s as read from some encoding.
type pairOfNumbers struct {
	raw      [rawSize]byte
	mistakes []mistake
}

// numbersIn returns r‖s for every encoding that the bytes may be.
func numbersIn(sig []byte, expectRaw bool) []pairOfNumbers {
	var all []pairOfNumbers
	if raw, deviations, ok := parseLooseDER(sig); ok {
		if expectRaw {
			deviations = []mistake{{DERNotRaw,
				"The signature is DER, the verifier takes r‖s.",
				"Convert it with ToRaw."}}
		}
		all = append(all, pairOfNumbers{raw, deviations})
	}
	split := func(r, s []byte, m mistake) {
		if len(r) > 32 && r[0] == 0 {
			r = r[1:]
		}
		if len(s) > 32 && s[0] == 0 {
			s = s[1:]
		}
		if len(r) > 32 || len(s) > 32 {
			return
		}
		n := pairOfNumbers{mistakes: []mistake{m}}
		copy(n.raw[32-len(r):32], r)
		copy(n.raw[64-len(s):], s)
		if expectRaw && m.code == RawNotDER {
			n.mistakes = nil
		}
		all = append(all, n)
	}
	zeros := mistake{LeadingZeros,
		"The signature is r‖s, but r or s has not 32 bytes: leading zeros were dropped or added.",
		"Write r and s in 32 bytes each. For DER, ToDER takes the 64 bytes."}
	recovery := mistake{RecoveryID,
		"The signature is r‖s with a recovery id, 65 bytes.",
		"Drop the recovery id. For DER, ToDER takes the 64 bytes of r‖s."}
	switch len(sig) {
	case 62:
		split(sig[:30], sig[30:], zeros)
		split(sig[:31], sig[31:], zeros)
		split(sig[:32], sig[32:], zeros)
	case 63:
		split(sig[:31], sig[31:], zeros)
		split(sig[:32], sig[32:], zeros)
	case 64:
		split(sig[:32], sig[32:], mistake{RawNotDER,
			"The signature is r‖s, the verifier takes DER.",
			"Convert it with ToDER."})
	case 65:
		split(sig[:33], sig[33:], zeros)
		split(sig[:32], sig[32:], zeros)
		split(sig[:32], sig[32:64], recovery)
		split(sig[1:33], sig[33:], recovery)
	case 66:
		split(sig[:33], sig[33:], zeros)
	}
	return all
}

func swapped(raw [rawSize]byte) [rawSize]byte {
	return [rawSize]byte(slices.Concat(raw[32:], raw[:32]))
}

func reversed(raw [rawSize]byte) [rawSize]byte {
	slices.Reverse(raw[:32])
	slices.Reverse(raw[32:])
	return raw
}
