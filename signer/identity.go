package signer

import (
	"crypto"
	"crypto/sha256"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"reflect"

	"github.com/kmsigner/kmsigner/keyspec"
)

// identity is the public side of a signer or verifier: what it is, and how it
// prints. It holds nothing secret.
type identity struct {
	pair        keyspec.Pair
	public      crypto.PublicKey
	fingerprint [sha256.Size]byte // of the DER SubjectPublicKeyInfo
}

// identify names the pair of a checked public key and an algorithm.
func identify(pub crypto.PublicKey, alg keyspec.Algorithm) (identity, error) {
	spec, err := keyspec.Of(pub)
	if err != nil {
		return identity{}, err
	}
	pair := keyspec.Pair{KeySpec: spec, Algorithm: alg}
	if err := pair.Validate(); err != nil {
		return identity{}, err
	}
	spki, err := keyspec.MarshalPublicKey(pub)
	if err != nil {
		return identity{}, err
	}
	block, _ := pem.Decode(spki)
	return identity{pair, pub, sha256.Sum256(block.Bytes)}, nil
}

func (id *identity) Public() crypto.PublicKey     { return id.public }
func (id *identity) KeySpec() keyspec.KeySpec     { return id.pair.KeySpec }
func (id *identity) Algorithm() keyspec.Algorithm { return id.pair.Algorithm }

// String returns the pair and the fingerprint of the public key: SHA-256 of its
// DER SubjectPublicKeyInfo, in base64.
func (id *identity) String() string {
	return id.pair.String() + " SHA256:" + base64.RawStdEncoding.EncodeToString(id.fingerprint[:])
}

// Format prints String under every verb and flag, %#v included.
func (id *identity) Format(f fmt.State, _ rune) { io.WriteString(f, id.String()) }

// MarshalText returns String, which is then also the value in JSON.
func (id *identity) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// LogValue returns String as the value in slog.
func (id *identity) LogValue() slog.Value { return slog.StringValue(id.String()) }

// isNil reports whether v is nil, or an interface that holds a nil pointer, map,
// slice or function: calling a method of such a value panics more often than not.
func isNil(v any) bool {
	if v == nil {
		return true
	}
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice, reflect.Func, reflect.Interface, reflect.Chan:
		return r.IsNil()
	default:
		return false
	}
}
