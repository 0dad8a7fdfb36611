// SPDX-License-Identifier: Apache-2.0

package signer

import (
	"crypto"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"strconv"

	"github.com/kmsigner/kmsigner/internal/keys"
	"github.com/kmsigner/kmsigner/keyspec"
)

// A boundKey is a public key bound to an algorithm: what a signer or verifier is, and
// how it prints. It holds nothing secret.
type boundKey struct {
	pair        keyspec.Pair
	public      crypto.PublicKey
	fingerprint [sha256.Size]byte // of the DER SubjectPublicKeyInfo
}

// bind names the pair of a checked public key and an algorithm.
func bind(pub crypto.PublicKey, alg keyspec.Algorithm) (boundKey, error) {
	pair := keyspec.Pair{KeySpec: keyspec.KeySpec(keys.KindOf(pub)), Algorithm: alg}
	if err := pair.Validate(); err != nil {
		return boundKey{}, err
	}
	return boundKey{pair, pub, sha256.Sum256(keys.MarshalSPKI(pub))}, nil
}

// checkDigest returns InvalidParameter for a digest of another size than the pair's.
func (id *boundKey) checkDigest(digest []byte) error {
	if size := id.pair.DigestSize(); len(digest) != size {
		return invalid("Digest", "a digest is "+strconv.Itoa(size)+" bytes, got "+strconv.Itoa(len(digest)))
	}
	return nil
}

func (id *boundKey) Public() crypto.PublicKey     { return id.public }
func (id *boundKey) KeySpec() keyspec.KeySpec     { return id.pair.KeySpec }
func (id *boundKey) Algorithm() keyspec.Algorithm { return id.pair.Algorithm }

// String returns the pair and the fingerprint of the public key: SHA-256 of its
// DER SubjectPublicKeyInfo, in base64.
func (id *boundKey) String() string {
	return id.pair.String() + " SHA256:" + base64.RawStdEncoding.EncodeToString(id.fingerprint[:])
}

// Format prints String under every verb and flag, %#v included.
func (id *boundKey) Format(f fmt.State, _ rune) { io.WriteString(f, id.String()) }

// MarshalText returns String, which is then also the value in JSON.
func (id *boundKey) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// LogValue returns String as the value in slog.
func (id *boundKey) LogValue() slog.Value { return slog.StringValue(id.String()) }
