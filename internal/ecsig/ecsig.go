// SPDX-License-Identifier: Apache-2.0

// Package ecsig has r and s, the two integers of a signature of ECDSA or SM2 on a
// curve of 256 bits: their ranges, and their encodings as strict DER, as r‖s, and as
// the near misses of DER that other implementations write.
package ecsig

import (
	"bytes"
	"errors"

	"github.com/kmsigner/kmsigner/keyspec"
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

const (
	// IntegerSize is the size of r and of s in bytes.
	IntegerSize = 32
	// Size is the size of r‖s in bytes.
	Size = 2 * IntegerSize
)

// A Signature is r‖s: two big-endian integers of 32 bytes, the form of JOSE (RFC
// 7518, section 3.4), COSE (RFC 9053, section 2.1) and IEEE P1363.
type Signature [Size]byte

// R returns the 32 bytes of r, which are those of the Signature.
func (x *Signature) R() []byte { return x[:IntegerSize] }

// S returns the 32 bytes of s, which are those of the Signature.
func (x *Signature) S() []byte { return x[IntegerSize:] }

// HasZero reports whether r or s is zero. Such a Signature has no DER.
func (x *Signature) HasZero() bool {
	return len(bytes.Trim(x.R(), "\x00")) == 0 || len(bytes.Trim(x.S(), "\x00")) == 0
}

// BelowOrder reports whether r and s are below the order n of the spec's group.
func (x *Signature) BelowOrder(k keyspec.KeySpec) bool {
	n := Order(k)
	return string(x.R()) < n && string(x.S()) < n
}

// HasHighS reports whether s is over n/2.
func (x *Signature) HasHighS(k keyspec.KeySpec) bool { return string(x.S()) > half(k) }

// DER returns SEQUENCE { r INTEGER, s INTEGER }. r and s are not zero.
func (x *Signature) DER() []byte { return MarshalDER(x.R(), x.S()) }

// Parse returns r and s of SEQUENCE { r INTEGER, s INTEGER } in strict DER, X.690,
// section 10, with both in [1, 2^256-1]. Its errors have only a text.
func Parse(der []byte) (*Signature, error) {
	input := cryptobyte.String(der)
	var inner cryptobyte.String
	if !input.ReadASN1(&inner, asn1.SEQUENCE) {
		return nil, notSequence(der)
	}
	if !input.Empty() {
		return nil, errors.New("bytes follow the DER SEQUENCE")
	}
	x := new(Signature)
	for _, integer := range [][]byte{x.R(), x.S()} {
		// ReadASN1Integer refuses negative integers and superfluous zeros.
		var value []byte
		if !inner.ReadASN1Integer(&value) {
			return nil, errors.New("not two minimal, non-negative DER INTEGERs")
		}
		value = bytes.TrimLeft(value, "\x00")
		if len(value) == 0 || len(value) > IntegerSize {
			return nil, errors.New("an INTEGER is zero or has more than 256 bits")
		}
		copy(integer[IntegerSize-len(value):], value)
	}
	if !inner.Empty() {
		return nil, errors.New("the DER SEQUENCE has more than two elements")
	}
	return x, nil
}

// notSequence explains the commonest mistake by name.
func notSequence(sig []byte) error {
	if len(sig) == Size {
		return errors.New("not a DER SEQUENCE; 64 bytes may be r‖s, which signer.ToDER converts")
	}
	return errors.New("not a DER SEQUENCE")
}

// MarshalDER returns SEQUENCE { r INTEGER, s INTEGER }, the reverse of [Parse], in
// one allocation. r and s are 32 bytes each and not zero.
func MarshalDER(r, s []byte) []byte {
	const header = 2 // tag and length, of one byte each: the whole has at most 72
	out := make([]byte, header, header+2*(header+1+IntegerSize))
	for _, value := range [...][]byte{r, s} {
		value = bytes.TrimLeft(value, "\x00")
		out = append(out, byte(asn1.INTEGER), byte(len(value)))
		if value[0] >= 0x80 {
			out[len(out)-1]++
			out = append(out, 0) // or the high bit would be a sign
		}
		out = append(out, value...)
	}
	out[0], out[1] = byte(asn1.SEQUENCE), byte(len(out)-header)
	return out
}
