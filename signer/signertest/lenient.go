package signertest

import (
	"encoding/asn1"
	"fmt"
	"math/big"

	"github.com/kmsigner/kmsigner/signer"
)

// parseLeniently returns r and s of a signature that somebody meant to encode,
// and what keeps it from being strict DER: "" if it is. If no r and s can be made
// out, they are nil.
func parseLeniently(sig []byte) (r, s *big.Int, fault string) {
	if raw, err := signer.ToRaw(sig); err == nil {
		return new(big.Int).SetBytes(raw[:32]), new(big.Int).SetBytes(raw[32:]), ""
	}
	if r, s, fault := parseBER(sig); r != nil {
		return r, s, fault
	}
	if len(sig) == 64 {
		return new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:]), "it is r‖s of 64 bytes; signer.ToDER converts it"
	}
	return nil, nil, fmt.Sprintf("its %d bytes are neither DER nor r‖s", len(sig))
}

// parseBER reads SEQUENCE { INTEGER, INTEGER } as carelessly as it is ever
// written, and says what is careless about it.
func parseBER(sig []byte) (r, s *big.Int, fault string) {
	body, rest, long, ok := element(sig, asn1.TagSequence|0x20)
	if !ok {
		return nil, nil, ""
	}
	first, tail, longR, okR := element(body, asn1.TagInteger)
	second, more, longS, okS := element(tail, asn1.TagInteger)
	if !okR || !okS || len(first) == 0 || len(second) == 0 {
		return nil, nil, ""
	}
	r, s = new(big.Int).SetBytes(first), new(big.Int).SetBytes(second)
	switch {
	case len(rest) > 0:
		fault = "bytes follow the SEQUENCE"
	case len(more) > 0:
		fault = "bytes follow the two INTEGERs"
	case long || longR || longS:
		fault = "a length is in the long form"
	case first[0]&0x80 != 0 || second[0]&0x80 != 0:
		fault = "an INTEGER is negative: a number whose top bit is set needs a zero byte before it"
	default:
		fault = "an INTEGER begins with a superfluous zero byte"
	}
	return r, s, fault
}

// element splits off an element of this tag whose length is in the short form or
// in the long form of one byte.
func element(in []byte, tag byte) (content, rest []byte, long, ok bool) {
	if len(in) < 2 || in[0] != tag {
		return nil, nil, false, false
	}
	size, in := int(in[1]), in[2:]
	if size == 0x81 && len(in) > 0 {
		size, in, long = int(in[0]), in[1:], true
	}
	if size > len(in) {
		return nil, nil, false, false
	}
	return in[:size], in[size:], long, true
}
