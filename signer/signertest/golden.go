// SPDX-License-Identifier: Apache-2.0

package signertest

import (
	_ "embed"
	"encoding/hex"
	"encoding/json"

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/sm2z"
)

// A Vector is one known answer: what the deterministic signer of a pair, on the
// pair's [Key], signs a message or a digest with. See [Golden].
type Vector struct {
	// Name says what is special about the row. It is unique within the pair.
	Name string
	// Pair is the key spec and the algorithm.
	Pair keyspec.Pair
	// PrivateKey is [Key] of the key spec as PKCS #8 in DER, PublicKey its public
	// key as SubjectPublicKeyInfo in DER. TESTING ONLY: the key is published.
	PrivateKey, PublicKey []byte

	// FromMessage says whether the row begins with a message. If not, Message is
	// empty and means nothing: the row begins with the digest.
	FromMessage bool
	Message     []byte
	// ID is the user id that went into the digest of an EC_SM2 message. For
	// another pair, and for a row that begins with the digest, it is the zero ID
	// and means nothing.
	ID sm2z.ID
	// Digest is what is signed, 32 bytes.
	Digest []byte

	// Signature is the signature as a signer returns it: as many bytes as the
	// modulus has for RSA, DER for the other pairs.
	Signature []byte
	// Raw is the same signature as r‖s, 64 bytes, and empty for RSA.
	Raw []byte
}

// goldenJSON is the one source of the vectors, for Go and for other languages.
// Its format is golden.schema.json.
//
//go:embed golden.json
var goldenJSON []byte

// Golden returns the known answers of all seven pairs, in the order of
// [keyspec.Pairs]: messages of several lengths, for EC_SM2 each with the default,
// the empty and a custom user id; digests at the edges (all zero, one, all ones,
// and next to the order of the curve); and signatures that begin with a zero
// byte, or whose r or s does, where encoders go wrong. The slices are the
// caller's.
//
// The same rows are in golden.json beside this source file, for other languages;
// the package documentation describes it. Names, inputs and signatures are part
// of the compatibility promise; rows may be added.
func Golden() []Vector {
	var file goldenFile
	if err := json.Unmarshal(goldenJSON, &file); err != nil {
		panic("signertest: golden.json was embedded damaged: " + err.Error())
	}
	var out []Vector
	for _, g := range file.Groups {
		for _, row := range g.Vectors {
			v := Vector{
				Name:       row.Name,
				Pair:       keyspec.Pair{KeySpec: g.KeySpec, Algorithm: g.Algorithm},
				PrivateKey: append([]byte{}, g.PrivateKey...),
				PublicKey:  append([]byte{}, g.PublicKey...),
				Digest:     row.Digest,
				Signature:  row.Signature,
			}
			if row.Message != nil {
				v.FromMessage, v.Message = true, *row.Message
			}
			if row.Raw != nil {
				v.Raw = *row.Raw
			}
			if row.UserID != nil {
				v.ID = userID(*row.UserID)
			}
			out = append(out, v)
		}
	}
	return out
}

// userID is the ID of these bytes, of which none means the empty id.
func userID(b []byte) sm2z.ID {
	id, err := sm2z.NewID(b)
	if err != nil {
		return sm2z.EmptyID()
	}
	return id
}

// goldenFile is golden.json. What a row may lack is a pointer.
type goldenFile struct {
	Schema  string        `json:"$schema"`
	Warning string        `json:"warning"`
	Version int           `json:"version"`
	Groups  []goldenGroup `json:"groups"`
}

type goldenGroup struct {
	KeySpec    keyspec.KeySpec   `json:"keySpec"`
	Algorithm  keyspec.Algorithm `json:"algorithm"`
	PrivateKey hexBytes          `json:"privateKeyPkcs8"`
	PublicKey  hexBytes          `json:"publicKeySpki"`
	Vectors    []goldenRow       `json:"vectors"`
}

type goldenRow struct {
	Name      string    `json:"name"`
	UserID    *hexBytes `json:"userId,omitempty"`
	Message   *hexBytes `json:"message,omitempty"`
	Digest    hexBytes  `json:"digest"`
	Signature hexBytes  `json:"signature"`
	Raw       *hexBytes `json:"raw,omitempty"`
}

// hexBytes are written as lower-case hexadecimal digits.
type hexBytes []byte

func (b hexBytes) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, b), nil }

func (b *hexBytes) UnmarshalText(text []byte) error {
	decoded, err := hex.DecodeString(string(text))
	*b = decoded
	return err
}
