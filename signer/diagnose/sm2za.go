// SPDX-License-Identifier: Apache-2.0

package diagnose

import (
	"bytes"
	"crypto/ecdsa"
	"encoding/hex"
	"io"
	"slices"
	"strings"

	"github.com/emmansun/gmsm/sm3"
	"github.com/kmsigner/kmsigner/sm2z"
)

// zaFields are the fields that Z(A) is the SM3 of, GB/T 32918.2-2016, section 5.5.
type zaFields struct {
	entl, id         []byte
	constants, point [][]byte // a, b, xG, yG; xA, yA
}

func (f zaFields) joined() []byte {
	return slices.Concat(f.entl, f.id, slices.Concat(f.constants...), slices.Concat(f.point...))
}

// wrongZAs returns digesters of SM3(Z(A) || M) with Z(A) as other implementations get
// it wrong. They are tried with this key and this id only, and not together with a
// cause of the message: they are some twenty. Those that make no difference for this
// key are dropped with the other readings that are equal.
func wrongZAs(pub *ecdsa.PublicKey, id sm2z.ID) []digester {
	trace, err := sm2z.Explain(pub, id, nil)
	if err != nil {
		return nil // the key is checked: never
	}
	right := zaFields{
		entl:      []byte{byte(trace.ENTL >> 8), byte(trace.ENTL)},
		id:        id.Bytes(),
		constants: [][]byte{trace.A[:], trace.B[:], trace.Gx[:], trace.Gy[:]},
		point:     [][]byte{trace.Px[:], trace.Py[:]},
	}
	var all []digester
	prefixed := func(prefix []byte, code Code, sentence, fix string) {
		all = append(all, digester{
			digest: func(write func(io.Writer)) []byte { return sum(sm3.New(), prefix, write) },
			hash:   hashSM3.name,
			causes: []cause{{code, sentence, fix}},
			alone:  true,
		})
	}
	add := func(input []byte, code Code, sentence, fix string) {
		z := sm3.Sum(input)
		prefixed(z[:], code, sentence, fix)
	}

	const signedFix = "Write each number in 32 bytes, unsigned, as sm2z.Explain shows: toByteArray of Java's BigInteger adds a sign byte."
	f := right
	f.point = signedIntegers(right.point)
	add(f.joined(), ZASignedIntegers, "Z(A) was made with the coordinates of the public key as signed big integers.",
		signedFix)
	f.constants = signedIntegers(right.constants)
	add(f.joined(), ZASignedIntegers, "Z(A) was made of signed big integers.", signedFix)
	f.point = right.point
	add(f.joined(), ZASignedIntegers, "Z(A) was made with the constants of the curve as signed big integers.", signedFix)

	f = right
	f.point = nil
	add(f.joined(), ZAWithoutKey, "Z(A) was made without the public key.",
		"Let the coordinates of the public key, 32 bytes each, follow those of the base point.")
	f.point = [][]byte{{4}, trace.Px[:], trace.Py[:]}
	add(f.joined(), ZAPointPrefix, "Z(A) was made with the byte 04 of the uncompressed point before the coordinates.",
		"Let only the coordinates, 32 bytes each, enter Z(A).")

	const zerosFix = "Write each coordinate in 32 bytes, or 64 hexadecimal digits, with its leading zeros."
	for _, cut := range cutPoints(right.point) {
		f.point = [][]byte{cut}
		add(f.joined(), ZALeadingZeros, "Z(A) was made with the coordinates of the public key without their leading zeros.",
			zerosFix)
	}
	// All fields as one hexadecimal text, which the cut digits made odd.
	f.point = nil
	digits := "0" + hex.EncodeToString(f.joined()) + cutDigits(trace.Px[:]) + cutDigits(trace.Py[:])
	if shifted, err := hex.DecodeString(digits); err == nil {
		add(shifted, ZALeadingZeros, "Z(A) was made of hexadecimal text that lacks the leading zeros of a coordinate.",
			zerosFix)
	}

	const lengthFix = "ENTL is the length of the id in bits, in two bytes, the higher first."
	f = right
	f.entl = []byte{byte(len(right.id) >> 8), byte(len(right.id))}
	add(f.joined(), ZAIDLength, "Z(A) was made with the length of the id in bytes.", lengthFix)
	f.entl = []byte{right.entl[1], right.entl[0]}
	add(f.joined(), ZAIDLength, "Z(A) was made with the length of the id in little-endian order.", lengthFix)
	f.entl = nil
	add(f.joined(), ZAIDLength, "Z(A) was made without the length of the id.", lengthFix)

	text := hex.EncodeToString(trace.ZA[:])
	for _, text := range []string{text, strings.ToUpper(text)} {
		prefixed([]byte(text), ZAAsHex, "The digest is SM3 of the hexadecimal text of Z(A) and the message.",
			"Decode Z(A) to its 32 bytes before the message follows.")
	}
	return all
}

// signedIntegers returns big-endian numbers as the shortest signed integers, in two's
// complement.
func signedIntegers(numbers [][]byte) [][]byte {
	var all [][]byte
	for _, n := range numbers {
		n = bytes.TrimLeft(n, "\x00")
		if len(n) == 0 || n[0] >= 0x80 {
			n = append([]byte{0}, n...)
		}
		all = append(all, n)
	}
	return all
}

// cutPoints returns what becomes of two coordinates that are written without their
// leading zeros: as bytes; as hexadecimal text of each, and of both together, whose last
// digit is lost, or taken for a byte, where the digits are odd.
func cutPoints(point [][]byte) [][]byte {
	x, y := cutDigits(point[0]), cutDigits(point[1])
	all := [][]byte{slices.Concat(bytes.TrimLeft(point[0], "\x00"), bytes.TrimLeft(point[1], "\x00"))}
	for _, decode := range []func(string) []byte{zeroBefore, lastLost, lastAlone} {
		all = append(all, append(decode(x), decode(y)...), decode(x+y))
	}
	return all
}

// cutDigits returns the hexadecimal digits of a number without leading zeros.
func cutDigits(number []byte) string { return strings.TrimLeft(hex.EncodeToString(number), "0") }

// zeroBefore decodes hexadecimal digits with a zero before them if they are odd.
func zeroBefore(digits string) []byte {
	if len(digits)%2 == 1 {
		digits = "0" + digits
	}
	out, _ := hex.DecodeString(digits)
	return out
}

// lastLost decodes pairs of hexadecimal digits and drops a last single one.
func lastLost(digits string) []byte { return zeroBefore(digits[:len(digits)&^1]) }

// lastAlone decodes pairs of hexadecimal digits, and a last single one as a byte.
func lastAlone(digits string) []byte {
	even := len(digits) &^ 1
	return append(lastLost(digits), zeroBefore(digits[even:])...)
}
