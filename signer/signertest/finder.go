// SPDX-License-Identifier: Apache-2.0

package signertest

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"encoding/base64"
	"encoding/hex"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/kmsigner/kmsigner/internal/keys"
)

// The forms in which a finder finds a number.
const (
	inPEM     = "as PEM"
	inHex     = "in hexadecimal"
	inDecimal = "in decimal"
	inBase64  = "in base64"
	inList    = "as a list of bytes or words"
)

// searched is how much of a text a finder looks at, and tried how many numbers it
// tries in all: enough for any print of a signer, and an end for one that prints
// without end.
const (
	searched = 64 << 10
	tried    = 100_000
)

// A finder looks in texts for the private key of a public one. It does not know
// the key: it tries every number that it finds.
type finder struct {
	kind  keys.Kind
	point []byte         // nil for RSA
	rsa   *rsa.PublicKey // nil for a curve
	seen  map[string]bool
}

func newFinder(pub crypto.PublicKey) *finder {
	f := &finder{seen: map[string]bool{}}
	f.kind, f.point = keys.KindOf(pub), keys.Point(pub)
	f.rsa, _ = pub.(*rsa.PublicKey)
	return f
}

var (
	hexRun     = regexp.MustCompile(`[0-9a-fA-F]{48,}`)
	decimalRun = regexp.MustCompile(`[0-9]{48,}`)
	base64Run  = regexp.MustCompile(`[A-Za-z0-9+/]{43,}`)
	numberList = regexp.MustCompile(`(?:0[xX][0-9a-fA-F]+|[0-9]+)(?:[,; ]+(?:0[xX][0-9a-fA-F]+|[0-9]+)){3,}`)
	number     = regexp.MustCompile(`0[xX][0-9a-fA-F]+|[0-9]+`)
	lineBreaks = strings.NewReplacer("\r", "", "\n", "", `\r`, "", `\n`, "", "-", "+", "_", "/")
)

// find returns the form in which the text holds the private key, and "" if it
// does not.
func (f *finder) find(text string) string {
	text = text[:min(len(text), searched)]
	if strings.Contains(text, "PRIVATE KEY-----") {
		return inPEM
	}
	for _, run := range hexRun.FindAllString(text, -1) {
		// The number may begin at an odd digit of the run.
		for _, digits := range []string{run, "0" + run} {
			if b, _ := hex.DecodeString(digits[:len(digits)&^1]); f.inBytes(b) {
				return inHex
			}
		}
	}
	for _, run := range decimalRun.FindAllString(text, -1) {
		if v, ok := new(big.Int).SetString(run, 10); ok && f.isNumber(v) {
			return inDecimal
		}
	}
	for _, run := range base64Run.FindAllString(lineBreaks.Replace(text), -1) {
		// What stands before the number may look like base64 too.
		for at := range 4 {
			digits := run[at:]
			if len(digits)%4 == 1 {
				digits = digits[:len(digits)-1]
			}
			if b, _ := base64.RawStdEncoding.DecodeString(digits); f.inBytes(b) {
				return inBase64
			}
		}
	}
	for _, list := range numberList.FindAllString(text, -1) {
		if f.inList(number.FindAllString(list, -1)) {
			return inList
		}
	}
	return ""
}

// inBytes tries the numbers that big-endian bytes may hold.
func (f *finder) inBytes(b []byte) bool {
	if f.rsa == nil {
		for at := 0; at+32 <= len(b); at++ {
			if f.isNumber(new(big.Int).SetBytes(b[at : at+32])) {
				return true
			}
		}
		return len(b) < 32 && f.isNumber(new(big.Int).SetBytes(b))
	}
	// A prime is found wherever it stands, as in the DER of a key. An exponent is
	// expensive to try: it is tried only where it is alone.
	size := f.rsa.Size() / 2
	for at := 0; at+size <= len(b); at++ {
		if f.isFactor(new(big.Int).SetBytes(b[at : at+size])) {
			return true
		}
	}
	return f.isNumber(new(big.Int).SetBytes(b))
}

// inList tries the numbers that a list of bytes, or of words as math/big and
// decred have them (the lowest first), may hold.
func (f *finder) inList(list []string) bool {
	words := make([]uint64, len(list))
	var highest uint64
	for i, text := range list {
		v, err := strconv.ParseUint(text, 0, 64)
		if err != nil {
			// A leading zero, or more than 64 bits: it separates two lists.
			return f.inList(list[:i]) || f.inList(list[i+1:])
		}
		words[i], highest = v, max(highest, v)
	}
	if highest < 1<<8 {
		b := make([]byte, len(words))
		for i, v := range words {
			b[i] = byte(v)
		}
		return f.inBytes(b)
	}
	bits := uint(64)
	if highest < 1<<32 {
		bits = 32
	}
	if f.isNumber(join(words, bits)) {
		return true
	}
	size := 256 / int(bits)
	if f.rsa != nil {
		size = f.rsa.N.BitLen() / 2 / int(bits)
	}
	for at := 0; at+size <= len(words); at++ {
		if window := words[at : at+size]; f.isNumber(join(window, bits)) {
			return true
		}
	}
	return false
}

// join returns the number whose words these are, the lowest first.
func join(words []uint64, bits uint) *big.Int {
	v := new(big.Int)
	for _, w := range slices.Backward(words) {
		v.Lsh(v, bits).Or(v, new(big.Int).SetUint64(w))
	}
	return v
}

// isNumber reports whether v is the private scalar, a private exponent or a prime.
func (f *finder) isNumber(v *big.Int) bool {
	if f.rsa != nil {
		return f.isFactor(v) || f.isExponent(v)
	}
	if v.BitLen() > 256 || !f.isNew("scalar", v) {
		return false
	}
	key, err := keys.NewPrivate(f.kind, v.FillBytes(make([]byte, 32)))
	if err != nil {
		return false
	}
	return bytes.Equal(keys.Point(keys.PublicOf(key)), f.point)
}

// isFactor reports whether v has a factor in common with the modulus.
func (f *finder) isFactor(v *big.Int) bool {
	if v.BitLen() < f.rsa.N.BitLen()/2-8 || !f.isNew("factor", v) {
		return false
	}
	gcd := new(big.Int).GCD(nil, nil, v, f.rsa.N)
	return gcd.BitLen() > 1 && gcd.Cmp(f.rsa.N) < 0
}

// isExponent reports whether v inverts the public exponent modulo the group of
// one prime or of both: d, and dP and dQ of the Chinese remainder theorem.
func (f *finder) isExponent(v *big.Int) bool {
	if v.BitLen() < f.rsa.N.BitLen()/2-16 || v.BitLen() > f.rsa.N.BitLen() || !f.isNew("exponent", v) {
		return false
	}
	e := new(big.Int).Mul(v, big.NewInt(int64(f.rsa.E)))
	two := big.NewInt(2)
	diff := new(big.Int).Exp(two, e, f.rsa.N)
	return new(big.Int).GCD(nil, nil, diff.Sub(diff, two), f.rsa.N).BitLen() > 1
}

// isNew reports whether v has not been tried as this yet and may be.
func (f *finder) isNew(as string, v *big.Int) bool {
	text := as + string(v.Bytes())
	if f.seen[text] || len(f.seen) >= tried {
		return false
	}
	f.seen[text] = true
	return true
}
