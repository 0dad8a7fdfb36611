// SPDX-License-Identifier: Apache-2.0

package keyspec

// A Pair is a key spec with an algorithm. Pairs are comparable; the zero value
// is not valid.
type Pair struct {
	KeySpec   KeySpec
	Algorithm Algorithm
}

var pairs = [...]Pair{
	{RSA2048, RSAPSSSHA256},
	{RSA2048, RSAPKCS1SHA256},
	{RSA3072, RSAPSSSHA256},
	{RSA3072, RSAPKCS1SHA256},
	{ECP256, ECDSASHA256},
	{ECP256K, ECDSASHA256},
	{ECSM2, SM2DSA},
}

// Pairs returns the seven valid pairs, by key spec in the order of [All] and
// within RSA PSS first. The slice is the caller's.
func Pairs() []Pair {
	p := pairs
	return p[:]
}

// String returns "EC_P256K/ECDSA_SHA_256".
func (p Pair) String() string {
	return string(p.KeySpec) + "/" + string(p.Algorithm)
}

// Validate returns nil for the seven pairs. Otherwise it returns
// InvalidParameter: of "KeySpec" if there is no such key spec, else of
// "Algorithm", with a reason that names what the key spec can do.
func (p Pair) Validate() error {
	if _, err := Parse(string(p.KeySpec)); err != nil {
		return err
	}
	if _, err := ParseAlgorithm(string(p.Algorithm)); err != nil {
		return err
	}
	if p.KeySpec.Supports(p.Algorithm) {
		return nil
	}
	can := p.KeySpec.Algorithms()
	reason := string(p.KeySpec) + " signs with " + string(can[0])
	for _, a := range can[1:] {
		reason += " or " + string(a)
	}
	return invalid("Algorithm", reason+", not with "+string(p.Algorithm))
}

// DigestSize returns 32, the size in bytes of the digest that every valid pair
// signs, and 0 for a pair that is not valid.
func (p Pair) DigestSize() int {
	if !p.KeySpec.Supports(p.Algorithm) {
		return 0
	}
	return 32
}

// MaxSignatureSize returns the size in bytes that a signature of this pair
// cannot exceed, and 0 for a pair that is not valid. An RSA signature has
// exactly this size, 256 or 384. The others are DER of two integers: at most 72.
func (p Pair) MaxSignatureSize() int {
	if !p.KeySpec.Supports(p.Algorithm) {
		return 0
	}
	switch p.KeySpec {
	case RSA2048:
		return 256
	case RSA3072:
		return 384
	default:
		return 2 + 2*(2+33) // SEQUENCE of two INTEGERs of 32 bytes and a leading zero each
	}
}
