package signer

import "bytes"

// parseLooseDER reads SEQUENCE { r INTEGER, s INTEGER } as lenient decoders and
// broken encoders have it: lengths in BER, INTEGERs taken as unsigned and of any
// length, and bytes behind. It returns r‖s and the first deviation from DER in
// the order of the codes below, or ok = false. Strict DER has no deviation.
func parseLooseDER(sig []byte) (raw [rawSize]byte, deviations []mistake, ok bool) {
	var loose looseReader
	body, after, ok := loose.element(sig, 0x30)
	if !ok {
		return raw, nil, false
	}
	var rest []byte
	for _, half := range [][]byte{raw[:32], raw[32:]} {
		value, next, ok := loose.element(body, 0x02)
		if !ok || !loose.integer(value, half) {
			return raw, nil, false
		}
		body, rest = next, next
	}
	// An indefinite length ends with two zeros, which are no trailing bytes.
	if loose.indefinite {
		rest, _ = bytes.CutPrefix(rest, []byte{0, 0})
	}
	loose.trailing = len(rest) > 0 || len(after) > 0
	return raw, loose.deviations(), true
}

// A looseReader notes how what it reads deviates from DER.
type looseReader struct {
	negative, padded, length, indefinite, trailing bool
}

// element reads one element of this tag and returns its contents and what follows.
func (l *looseReader) element(in []byte, tag byte) (contents, rest []byte, ok bool) {
	if len(in) < 2 || in[0] != tag {
		return nil, nil, false
	}
	size, in := int(in[1]), in[2:]
	switch {
	case size == 0x80 && tag == 0x30:
		l.length, l.indefinite = true, true
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
		l.length = l.length || size < 0x80 || octets > 1
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
		l.negative = true
	case zeros > 1 || zeros == 1 && len(value) > 0 && value[0] < 0x80:
		l.padded = true
	}
	return true
}

func (l *looseReader) deviations() []mistake {
	const fix = "Encode r and s in strict DER: ToDER makes it from r‖s."
	switch {
	case l.negative:
		return []mistake{{NegativeInteger, "A DER INTEGER is negative: the zero byte before a first bit of one is missing.", fix}}
	case l.padded:
		return []mistake{{NonMinimalInteger, "A DER INTEGER begins with a superfluous zero byte.", fix}}
	case l.length:
		return []mistake{{NonMinimalLength, "A length is encoded as BER allows and DER does not.", fix}}
	case l.trailing:
		return []mistake{{TrailingBytes, "Bytes follow where the DER signature ends.", "Cut them off: the signature ends with s."}}
	}
	return nil
}
