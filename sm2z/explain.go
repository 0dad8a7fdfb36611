// SPDX-License-Identifier: Apache-2.0

package sm2z

import (
	"crypto/ecdsa"
	"fmt"
	"strings"
)

// A Trace is every intermediate value of e. Its String is a table for comparison with
// another implementation: the first row that differs shows where the two disagree.
type Trace struct {
	// ID is the user id, ENTL its length in bits.
	ID   ID
	ENTL uint16
	// A, B, Gx and Gy are the curve's, Px and Py the public key's, big-endian.
	A, B, Gx, Gy, Px, Py [32]byte
	// ZA is Z(A), the SM3 of all the above.
	ZA [32]byte
	// MessageSize is the number of bytes of M.
	MessageSize int
	// E is SM3(Z(A) || M).
	E [32]byte
}

// Explain computes [Digest] and returns every intermediate value. It returns the
// errors of [ZA]. The message is not kept.
func Explain(pub *ecdsa.PublicKey, id ID, msg []byte) (Trace, error) {
	point, err := coordinates(pub)
	if err != nil {
		return Trace{}, err
	}
	z := za(point, id)
	return Trace{
		ID:          id,
		ENTL:        uint16(len(id.bytes()) * 8),
		A:           [32]byte([]byte(curveA)),
		B:           [32]byte([]byte(curveB)),
		Gx:          [32]byte([]byte(curveGx)),
		Gy:          [32]byte([]byte(curveGy)),
		Px:          [32]byte(point[:32]),
		Py:          [32]byte(point[32:]),
		ZA:          z,
		MessageSize: len(msg),
		E:           digest(z, msg),
	}, nil
}

// String returns one line per value: its name, its bytes in hexadecimal, and what
// it is.
func (t Trace) String() string {
	var b strings.Builder
	row := func(name string, value any, note string) {
		line := fmt.Sprintf("%-4s  %-64x  %s", name, value, note)
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	row("ENTL", []byte{byte(t.ENTL >> 8), byte(t.ENTL)}, fmt.Sprintf("%d bits", t.ENTL))
	row("ID", t.ID.bytes(), t.ID.String())
	row("a", t.A, "curve")
	row("b", t.B, "curve")
	row("xG", t.Gx, "base point")
	row("yG", t.Gy, "base point")
	row("xA", t.Px, "public key")
	row("yA", t.Py, "public key")
	row("Z(A)", t.ZA, "SM3 of the above")
	row("e", t.E, fmt.Sprintf("SM3(Z(A) || M), M of %d bytes", t.MessageSize))
	return b.String()
}
