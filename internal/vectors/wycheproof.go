// SPDX-License-Identifier: Apache-2.0

package vectors

import (
	"encoding/hex"
	"math/big"
	"testing"
)

// A Group is a group of rows of Wycheproof with one key. A file has the fields of its
// own schema only.
type Group struct {
	SHA          string
	MGFSHA       string `json:"mgfSha"`
	SaltLen      int    `json:"sLen"`
	PublicKeyDer Hex    // SPKI, of the verification files
	KeyDer       Hex    // SPKI, of the sig_gen files
	PublicKey    struct {
		Uncompressed            Hex // a point
		Modulus, PublicExponent Hex
	}
	PrivateKeyPkcs8 Hex
	PrivateKeyPem   string
	Tests           []Row
}

// A Row is a message with a signature.
type Row struct {
	TcID     int `json:"tcId"`
	Comment  string
	Msg, Sig Hex
	Result   string
	Flags    []string
}

// Valid reports whether the row is a good signature. It fails the test for a row that
// Wycheproof leaves to the implementation: that is for the caller to decide.
func (r Row) Valid(t testing.TB) bool {
	t.Helper()
	if r.Result != "valid" && r.Result != "invalid" {
		t.Fatalf("tcId %d (%s): the result is %q", r.TcID, r.Comment, r.Result)
	}
	return r.Result == "valid"
}

// Wycheproof returns the groups of one of Wycheproof's files, such as
// "ecdsa_secp256r1_sha256_test.json". It fails the test if there are not as many rows as
// the file says that it has.
func Wycheproof(t testing.TB, name string) []Group {
	t.Helper()
	var file struct {
		NumberOfTests int
		TestGroups    []Group
	}
	ReadJSON(t, "wycheproof/testvectors_v1/"+name, &file)
	rows := 0
	for _, g := range file.TestGroups {
		rows += len(g.Tests)
	}
	if rows == 0 || rows != file.NumberOfTests {
		t.Fatalf("%s: %d rows, the file says %d", name, rows, file.NumberOfTests)
	}
	return file.TestGroups
}

// Hex is a value in hexadecimal digits.
type Hex []byte

// UnmarshalText decodes hexadecimal digits.
func (h *Hex) UnmarshalText(text []byte) (err error) {
	*h, err = hex.AppendDecode(nil, text)
	return err
}

// Number returns the big-endian number.
func (h Hex) Number() *big.Int { return new(big.Int).SetBytes(h) }
