package kmshttp

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"sync"
	"time"

	"github.com/kmsigner/kmsigner/errors"
)

// DefaultNonces is how many nonces a NonceMemory of a handler's own holds.
const DefaultNonces = 1 << 20

// nonceStep is how finely nonces are told apart by the time at which they may be
// forgotten; so much longer, at most, they are remembered.
const nonceStep = 30 * time.Second

// nonceID is a nonce with its access key, hashed, so that every entry has the same
// size whatever a client sends. A collision would only refuse a request.
type nonceID [16]byte

// A NonceMemory is a NonceCache in memory. It refuses new nonces when it is full:
// forgetting one early would let its request in again.
type NonceMemory struct {
	limit int
	now   func() time.Time

	mu     sync.Mutex
	used   map[nonceID]struct{}
	expiry map[int64][]nonceID // by the step in which they expire
	swept  int64               // the step that was swept last
}

// NewNonceMemory returns an empty memory of at most limit nonces.
func NewNonceMemory(limit int) *NonceMemory {
	return &NonceMemory{limit: limit, now: time.Now, used: map[nonceID]struct{}{}, expiry: map[int64][]nonceID{}}
}

// Use implements NonceCache.
func (m *NonceMemory) Use(_ context.Context, accessKeyID, nonce string, ttl time.Duration) (bool, error) {
	id := hashNonce(accessKeyID, nonce)
	now := m.now()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sweep(step(now))
	if _, used := m.used[id]; used {
		return false, nil
	}
	if len(m.used) >= m.limit {
		return false, &errors.Error{Code: errors.Unavailable, Reason: "the cache of nonces is full"}
	}
	m.used[id] = struct{}{}
	s := step(now.Add(ttl))
	m.expiry[s] = append(m.expiry[s], id)
	return true, nil
}

// sweep forgets what has expired before the current step, once per step.
func (m *NonceMemory) sweep(current int64) {
	if current == m.swept {
		return
	}
	m.swept = current
	for s, ids := range m.expiry {
		if s < current {
			for _, id := range ids {
				delete(m.used, id)
			}
			delete(m.expiry, s)
		}
	}
}

func step(t time.Time) int64 { return t.UnixNano() / int64(nonceStep) }

func hashNonce(accessKeyID, nonce string) nonceID {
	b := make([]byte, 0, 128)
	b = binary.AppendUvarint(b, uint64(len(accessKeyID)))
	b = append(b, accessKeyID...)
	b = append(b, nonce...)
	h := sha256.Sum256(b)
	return nonceID(h[:16])
}
