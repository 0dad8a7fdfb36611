// SPDX-License-Identifier: Apache-2.0

package diagnose_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm3"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/diagnose"
	"github.com/kmsigner/kmsigner/sm2z"
	"github.com/stretchr/testify/require"
)

// javaBytes is toByteArray of Java's BigInteger.
func javaBytes(n *big.Int) []byte {
	if n.BitLen()%8 == 0 {
		return append([]byte{0}, n.Bytes()...)
	}
	return n.Bytes()
}

func fixed(n *big.Int) []byte { return n.FillBytes(make([]byte, 32)) }

// each encodes and joins numbers.
func each(encode func(*big.Int) []byte, numbers ...*big.Int) []byte {
	var out []byte
	for _, n := range numbers {
		out = append(out, encode(n)...)
	}
	return out
}

// sscanf decodes hexadecimal digits as a loop over "%2hhx" does: a last single digit is a
// byte.
func sscanf(digits string) []byte {
	var out []byte
	for len(digits) > 0 {
		var b byte
		fmt.Sscanf(digits[:min(2, len(digits))], "%x", &b)
		out, digits = append(out, b), digits[min(2, len(digits)):]
	}
	return out
}

// nodeBuffer decodes as Node.js's Buffer.from(digits, "hex") does: it drops a last
// single digit.
func nodeBuffer(digits string) []byte {
	out, _ := hex.DecodeString(digits[:len(digits)/2*2])
	return out
}

func padded(digits string) []byte { return nodeBuffer(strings.Repeat("0", len(digits)%2) + digits) }

// sm2Constants are a, b, xG and yG, from gmsm.
func sm2Constants() []*big.Int {
	c := sm2.P256().Params()
	return []*big.Int{new(big.Int).Sub(c.P, big.NewInt(3)), c.B, c.Gx, c.Gy}
}

func keyWhere(t testing.TB, property func(x, y *big.Int) bool) *sm2.PrivateKey {
	t.Helper()
	for range 100_000 {
		key, err := sm2.GenerateKey(rand.Reader)
		require.NoError(t, err)
		if property(key.X, key.Y) {
			return key
		}
	}
	t.Fatal("no such key")
	return nil
}

// signedOver diagnoses a signature of the message after this input of Z(A).
func signedOver(t testing.TB, key *sm2.PrivateKey, opts *diagnose.Options, input []byte) diagnose.Diagnosis {
	t.Helper()
	z := sm3.Sum(input)
	e := sm3.Sum(append(z[:], diagnosed...))
	return diagnose.Signature(&key.PublicKey, keyspec.SM2DSA, []byte(diagnosed), primitiveSign(t, key, e[:]), opts)
}

func TestSignature_zaOfSignedIntegers(t *testing.T) {
	t.Parallel()
	key := keyWhere(t, func(x, y *big.Int) bool { return x.BitLen() == 256 || y.BitLen() == 256 })
	constants := sm2Constants()
	for _, id := range []sm2z.ID{sm2z.DefaultID(), sm2z.EmptyID(), sm2ID(t, "alice@example.com")} {
		head := append(binary.BigEndian.AppendUint16(nil, uint16(8*len(id.Bytes()))), id.Bytes()...)
		opts := &diagnose.Options{ID: id}
		requireDiagnosis(t, signedOver(t, key, opts, slices.Concat(head, each(fixed, constants...),
			each(fixed, key.X, key.Y))), diagnose.Valid)
		for _, input := range [][]byte{
			slices.Concat(head, each(fixed, constants...), each(javaBytes, key.X, key.Y)),
			slices.Concat(head, each(javaBytes, constants...), each(fixed, key.X, key.Y)),
			slices.Concat(head, each(javaBytes, constants...), each(javaBytes, key.X, key.Y)),
		} {
			requireDiagnosis(t, signedOver(t, key, opts, input), diagnose.ZASignedIntegers)
		}
	}
	// A small number is short, too.
	key = keyWhere(t, func(x, y *big.Int) bool { return x.BitLen() < 248 && y.BitLen() == 256 })
	head := []byte("\x00\x801234567812345678")
	requireDiagnosis(t, signedOver(t, key, nil, slices.Concat(head, each(fixed, constants...),
		each(javaBytes, key.X, key.Y))), diagnose.ZASignedIntegers)
}

func TestSignature_zaWithoutLeadingZeros(t *testing.T) {
	t.Parallel()
	head := []byte("\x00\x801234567812345678")
	constants := each(fixed, sm2Constants()...)
	text := func(n *big.Int) string { return n.Text(16) }
	for name, property := range map[string]func(x, y *big.Int) bool{
		"a digit of x":     func(x, y *big.Int) bool { return len(text(x)) == 63 && len(text(y)) == 64 },
		"a digit of y":     func(x, y *big.Int) bool { return len(text(x)) == 64 && len(text(y)) == 63 },
		"a digit of each":  func(x, y *big.Int) bool { return len(text(x)) == 63 && len(text(y)) == 63 },
		"two digits of x":  func(x, y *big.Int) bool { return len(text(x)) == 62 && len(text(y)) == 64 },
		"two and one of y": func(x, y *big.Int) bool { return len(text(x)) == 62 && len(text(y)) == 63 },
	} {
		key := keyWhere(t, property)
		x, y := text(key.X), text(key.Y)
		whole := hex.EncodeToString(append(bytes.Clone(head), constants...)) + x + y
		for how, input := range map[string][]byte{
			"bytes":            slices.Concat(head, constants, key.X.Bytes(), key.Y.Bytes()),
			"each, padded":     slices.Concat(head, constants, padded(x), padded(y)),
			"each, last lost":  slices.Concat(head, constants, nodeBuffer(x), nodeBuffer(y)),
			"each, last alone": slices.Concat(head, constants, sscanf(x), sscanf(y)),
			"both, padded":     slices.Concat(head, constants, padded(x+y)),
			"both, last lost":  slices.Concat(head, constants, nodeBuffer(x+y)),
			"both, last alone": slices.Concat(head, constants, sscanf(x+y)),
			"all, padded":      padded(whole),
			"all, last lost":   nodeBuffer(whole),
			"all, last alone":  sscanf(whole),
		} {
			t.Run(name+"/"+how, func(t *testing.T) {
				d := signedOver(t, key, nil, input)
				if bytes.Equal(input, slices.Concat(head, constants, each(fixed, key.X, key.Y))) {
					requireDiagnosis(t, d, diagnose.Valid)
					return
				}
				// What is short in whole bytes is short as a signed integer, too.
				require.Contains(t, []diagnose.Code{diagnose.ZALeadingZeros, diagnose.ZASignedIntegers}, d.Code, d)
				require.Len(t, d.Codes(), 1)
				require.Equal(t, d.Code == diagnose.ZASignedIntegers,
					bytes.Equal(input, slices.Concat(head, constants, each(javaBytes, key.X, key.Y))), d)
			})
		}
	}
}

func TestSignature_zaOtherwiseWrong(t *testing.T) {
	t.Parallel()
	key := testKey(t, keyspec.ECSM2).(*sm2.PrivateKey)
	const id = "1234567812345678"
	constants, point := string(each(fixed, sm2Constants()...)), string(each(fixed, key.X, key.Y))
	for name, tt := range map[string]struct {
		input string
		want  diagnose.Code
	}{
		"right":                {"\x00\x80" + id + constants + point, diagnose.Valid},
		"without the key":      {"\x00\x80" + id + constants, diagnose.ZAWithoutKey},
		"with the prefix 04":   {"\x00\x80" + id + constants + "\x04" + point, diagnose.ZAPointPrefix},
		"length in bytes":      {"\x00\x10" + id + constants + point, diagnose.ZAIDLength},
		"length little-endian": {"\x80\x00" + id + constants + point, diagnose.ZAIDLength},
		"without the length":   {id + constants + point, diagnose.ZAIDLength},
		"constants missing":    {"\x00\x80" + id + point, diagnose.Unexplained},
	} {
		t.Run(name, func(t *testing.T) {
			d := signedOver(t, key, nil, []byte(tt.input))
			requireDiagnosis(t, d, tt.want)
			if tt.want == diagnose.Valid || tt.want == diagnose.Unexplained {
				return
			}
			z := sm3.Sum([]byte(tt.input))
			e := sm3.Sum(append(z[:], diagnosed...))
			raw := toRaw(t, primitiveSign(t, key, e[:]))
			requireDiagnosis(t, diagnose.Signature(&key.PublicKey, keyspec.SM2DSA, []byte(diagnosed),
				[]byte(hex.EncodeToString(raw)), nil),
				diagnose.HexText, diagnose.RawNotDER, tt.want)
		})
	}
	za, err := sm2.CalculateZA(key.Public().(*ecdsa.PublicKey), nil)
	require.NoError(t, err)
	for _, text := range []string{hex.EncodeToString(za), fmt.Sprintf("%X", za)} {
		e := sm3.Sum([]byte(text + diagnosed))
		requireDiagnosis(t, diagnose.Signature(&key.PublicKey, keyspec.SM2DSA, []byte(diagnosed),
			primitiveSign(t, key, e[:]), nil), diagnose.ZAAsHex)
	}
}
