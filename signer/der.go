package signer

import (
	"bytes"
	"math/big"
	"strconv"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// rawSize is the size of r‖s on a 256-bit curve.
const rawSize = 64

// ToRaw converts a signature of EC_P256, EC_P256K or EC_SM2 from DER to r‖s: 64
// bytes, two big-endian integers of 32, the form of JOSE (RFC 7518, section 3.4),
// COSE (RFC 9053, section 2.1) and IEEE P1363. It returns InvalidParameter of
// "Signature" for anything but strict DER of two integers in [1, 2^256-1]. It
// does not know the curve: whether r and s are below n is for the verifier.
func ToRaw(der []byte) ([]byte, error) {
	raw, err := parseDER(der)
	if err != nil {
		return nil, &errors.Error{Code: errors.InvalidParameter, Param: "Signature", Reason: err.Error()}
	}
	return raw[:], nil
}

// ToDER converts a signature of EC_P256, EC_P256K or EC_SM2 from r‖s to DER, the
// reverse of [ToRaw]. It returns InvalidParameter of "Signature" for another
// length than 64 and for an r or s of zero.
func ToDER(raw []byte) ([]byte, error) {
	if len(raw) != rawSize {
		return nil, invalid("Signature", "r‖s is 64 bytes, got "+strconv.Itoa(len(raw)))
	}
	if isZero(raw[:32]) || isZero(raw[32:]) {
		return nil, invalid("Signature", "r or s is zero")
	}
	return marshalDER(raw[:32], raw[32:]), nil
}

// NormalizeS returns the low-S form of an ECDSA signature in DER: s is replaced
// by n-s if it is over n/2. Both verify; Bitcoin (BIP 146) and Ethereum (EIP-2)
// accept only this one. The input is not written to. It returns InvalidParameter:
// of "KeySpec" for any but EC_P256 and EC_P256K (n-s does not verify in SM2), of
// "Signature" for what is not strict DER of r and s in [1, n-1].
func NormalizeS(k keyspec.KeySpec, der []byte) ([]byte, error) {
	if k != keyspec.ECP256 && k != keyspec.ECP256K {
		return nil, invalid("KeySpec", "low-S is a notion of ECDSA: EC_P256 and EC_P256K")
	}
	raw, err := parseECDSA(k, der, false)
	if err != nil {
		reason := err.(*errors.Error).Reason
		return nil, invalid("Signature", reason)
	}
	if isHighS(k, raw) {
		n := new(big.Int).SetBytes([]byte(order(k)))
		n.Sub(n, new(big.Int).SetBytes(raw[32:])).FillBytes(raw[32:])
	}
	return marshalDER(raw[:32], raw[32:]), nil
}

// parseECDSA returns r‖s of a strict DER signature with r and s in [1, n-1], and
// refuses a high s on demand. It returns InvalidSignature.
func parseECDSA(k keyspec.KeySpec, der []byte, lowS bool) (*[rawSize]byte, error) {
	raw, err := parseDER(der)
	switch {
	case err != nil:
		return nil, misfit(err.Error())
	case string(raw[:32]) >= order(k) || string(raw[32:]) >= order(k):
		return nil, misfit("r or s is not below the order of the curve")
	case lowS && isHighS(k, raw):
		return nil, misfit("s is over n/2, and a low s is required")
	}
	return raw, nil
}

// The orders n of the groups, SEC 2, sections 2.4.2 and 2.4.1, and half of each,
// rounded down. Strings of 32 bytes compare like the numbers.
const (
	p256Order  = "\xff\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63\x25\x51"
	p256Half   = "\x7f\xff\xff\xff\x80\x00\x00\x00\x7f\xff\xff\xff\xff\xff\xff\xff\xde\x73\x7d\x56\xd3\x8b\xcf\x42\x79\xdc\xe5\x61\x7e\x31\x92\xa8"
	p256kOrder = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xba\xae\xdc\xe6\xaf\x48\xa0\x3b\xbf\xd2\x5e\x8c\xd0\x36\x41\x41"
	p256kHalf  = "\x7f\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x5d\x57\x6e\x73\x57\xa4\x50\x1d\xdf\xe9\x2f\x46\x68\x1b\x20\xa0"
)

func order(k keyspec.KeySpec) string {
	if k == keyspec.ECP256 {
		return p256Order
	}
	return p256kOrder
}

func isHighS(k keyspec.KeySpec, raw *[rawSize]byte) bool {
	half := p256kHalf
	if k == keyspec.ECP256 {
		half = p256Half
	}
	return string(raw[32:]) > half
}

func isZero(b []byte) bool { return len(bytes.Trim(b, "\x00")) == 0 }

// parseDER returns r‖s of SEQUENCE { r INTEGER, s INTEGER } in strict DER, X.690,
// section 10, with both in [1, 2^256-1]. Its errors have only a text.
func parseDER(der []byte) (*[rawSize]byte, error) {
	input := cryptobyte.String(der)
	var inner cryptobyte.String
	if !input.ReadASN1(&inner, asn1.SEQUENCE) {
		return nil, errors.New("not a DER SEQUENCE")
	}
	if !input.Empty() {
		return nil, errors.New("bytes follow the DER SEQUENCE")
	}
	raw := new([rawSize]byte)
	for _, half := range [][]byte{raw[:32], raw[32:]} {
		// ReadASN1Integer refuses negative integers and superfluous zeros.
		var value []byte
		if !inner.ReadASN1Integer(&value) {
			return nil, errors.New("not two minimal, non-negative DER INTEGERs")
		}
		value = bytes.TrimLeft(value, "\x00")
		if len(value) == 0 || len(value) > 32 {
			return nil, errors.New("an INTEGER is zero or has more than 256 bits")
		}
		copy(half[32-len(value):], value)
	}
	if !inner.Empty() {
		return nil, errors.New("the DER SEQUENCE has more than two elements")
	}
	return raw, nil
}

// marshalDER is the reverse of parseDER, in one allocation. r and s are 32 bytes
// each and not zero.
func marshalDER(r, s []byte) []byte {
	const header = 2 // tag and length, of one byte each: the whole has at most 72
	out := make([]byte, header, header+2*(header+33))
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

// receiveDER takes a signature that is strict DER.
func receiveDER(sig []byte) ([]byte, error) {
	if _, err := parseDER(sig); err != nil {
		return nil, internal("the key's crypto.Signer returned "+strconv.Itoa(len(sig))+" bytes that are no DER signature", err)
	}
	return sig, nil
}
