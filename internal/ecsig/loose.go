// SPDX-License-Identifier: Apache-2.0

package ecsig

import "bytes"

// Deviations say how a signature deviates from DER. The zero value says that it does
// not.
type Deviations struct {
	// Negative: an INTEGER lacks the zero before a high first bit (X.690, section 8.3.3).
	Negative bool
	// Padded: an INTEGER begins with a superfluous zero (X.690, section 8.3.2).
	Padded bool
	// Length: a length is BER, in more bytes than DER allows or indefinite (X.690,
	// section 10.1).
	Length bool
	// Inside and Behind: bytes follow s in the SEQUENCE, or the SEQUENCE.
	Inside, Behind bool
}

// ParseLoose reads SEQUENCE { r INTEGER, s INTEGER } as lenient decoders and broken
// encoders have it: lengths in BER, INTEGERs taken as unsigned and of any length, and
// bytes behind. It returns ok = false for what is not even that, and for a number of
// more than 256 bits. r or s may be zero.
func ParseLoose(sig []byte) (x Signature, d Deviations, ok bool) {
	var loose looseReader
	body, after, ok := loose.element(sig, 0x30)
	if !ok {
		return x, d, false
	}
	var rest []byte
	for _, integer := range [][]byte{x.R(), x.S()} {
		value, next, ok := loose.element(body, 0x02)
		if !ok || !loose.integer(value, integer) {
			return x, d, false
		}
		body, rest = next, next
	}
	// An indefinite length ends with two zeros, which are no trailing bytes.
	if loose.indefinite {
		rest, _ = bytes.CutPrefix(rest, []byte{0, 0})
	}
	loose.Inside, loose.Behind = len(rest) > 0, len(after) > 0
	return x, loose.Deviations, true
}

// A looseReader notes how what it reads deviates from DER.
type looseReader struct {
	Deviations
	indefinite bool
}

// element reads one element of this tag and returns its contents and what follows.
func (l *looseReader) element(in []byte, tag byte) (contents, rest []byte, ok bool) {
	if len(in) < 2 || in[0] != tag {
		return nil, nil, false
	}
	size, in := int(in[1]), in[2:]
	switch {
	case size == 0x80 && tag == 0x30:
		l.Length, l.indefinite = true, true
		return in, nil, true
	case size >= 0x80:
		octets := size & 0x7f
		if octets == 0 || octets > 4 || len(in) < octets {
			return nil, nil, false
		}
		size = 0
		for _, b := range in[:octets] {
			size = size<<8 | int(b)
		}
		in = in[octets:]
		l.Length = l.Length || size < 0x80 || octets > 1
	}
	if size < 0 || size > len(in) {
		return nil, nil, false
	}
	return in[:size], in[size:], true
}

// integer puts the contents of an INTEGER into 32 bytes, taken as unsigned.
func (l *looseReader) integer(contents, out []byte) bool {
	if len(contents) == 0 {
		return false
	}
	value := bytes.TrimLeft(contents, "\x00")
	if len(value) > len(out) {
		return false
	}
	copy(out[len(out)-len(value):], value)
	switch zeros := len(contents) - len(value); {
	case contents[0] >= 0x80:
		l.Negative = true
	case zeros > 1 || zeros == 1 && len(value) > 0 && value[0] < 0x80:
		l.Padded = true
	}
	return true
}
