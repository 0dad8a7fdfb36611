// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
)

// sinceKey is where the time is from which on nonces are remembered.
func (s *Store) sinceKey() string { return s.base + "since" }

// bucketKey is where the tokens of an access key are counted.
func (s *Store) bucketKey(accessKeyID string) string { return s.base + "rate:" + hash(accessKeyID) }

// nonceKey is where a nonce of an access key is kept.
func (s *Store) nonceKey(accessKeyID, nonce string) string {
	return s.base + "nonce:" + hash(accessKeyID, nonce)
}

// hash makes 22 letters of texts of any kind and length. Of two nonces with the same
// hash, the second is refused.
func hash(texts ...string) string {
	b := make([]byte, 0, 128)
	for _, t := range texts {
		b = binary.AppendUvarint(b, uint64(len(t)))
		b = append(b, t...)
	}
	h := sha256.Sum256(b)
	return base64.RawURLEncoding.EncodeToString(h[:16])
}
