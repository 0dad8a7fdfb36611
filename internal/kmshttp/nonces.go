// SPDX-License-Identifier: Apache-2.0

package kmshttp

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"math"
	"sync"
	"time"

	"github.com/kmsigner/kmsigner/errors"
)

// A NonceCache remembers which nonces were used: frontend.NonceCache.
type NonceCache interface {
	Use(ctx context.Context, accessKeyID, nonce string, ttl time.Duration) (fresh bool, err error)
}

const (
	// nonceStep is how finely nonces are told apart by the time at which they may be
	// forgotten; so much longer, at most, they are remembered.
	nonceStep = 30 * time.Second
	// sweepBudget is how many nonces one call forgets at most, so that none has to
	// wait for a million of them.
	sweepBudget = 1000
	// unlimitedNonces is the share of an access key without a rate.
	unlimitedNonces = 1 << 20
)

// share returns how many nonces an access key can have at a time: those of requests
// within its rate, for as long as they are remembered, which is longest for a
// client whose clock is ahead.
func share(perSecond float64, burst int, window time.Duration) int {
	if math.IsInf(perSecond, 1) {
		return unlimitedNonces
	}
	longest := 2*window + clockSkew + nonceStep
	return int(min(math.Ceil(perSecond*longest.Seconds())+float64(burst), math.MaxInt32))
}

// A nonceID is a nonce with its access key, hashed, so that every entry has the same
// size whatever a client sends. A collision would only refuse a request.
type nonceID [16]byte

// A NonceMemory is a NonceCache in memory. It refuses new nonces of an access key
// that has its share: forgetting one early would let its request in again.
type NonceMemory struct {
	share int // the most of an access key
	limit int // with so many, an access key gets no more than an equal part of them
	now   func() time.Time

	mu      sync.Mutex
	start   time.Time
	used    map[nonceID]struct{}
	clients map[string]*client
	expiry  map[int64][]usedNonce // by the step in which they expire
	swept   int64                 // the steps before this one are done
}

// A client is an access key with the number of its nonces.
type client struct {
	accessKeyID string
	nonces      int
}

type usedNonce struct {
	id     nonceID
	client *client
}

// NewNonceMemory returns an empty memory of limit nonces, and beyond them of those of
// access keys that have less than an equal part.
func NewNonceMemory(limit int) *NonceMemory { return newNonceMemory(math.MaxInt, limit, time.Now) }

// newNonceMemory returns an empty memory. Time is what now says has passed: it does
// not matter if the wall clock is set.
func newNonceMemory(share, limit int, now func() time.Time) *NonceMemory {
	return &NonceMemory{
		share: share, limit: limit, now: now, start: now(),
		used: map[nonceID]struct{}{}, clients: map[string]*client{}, expiry: map[int64][]usedNonce{},
	}
}

// Use implements NonceCache.
func (m *NonceMemory) Use(_ context.Context, accessKeyID, nonce string, ttl time.Duration) (bool, error) {
	id := hashNonce(accessKeyID, nonce)
	m.mu.Lock()
	defer m.mu.Unlock()
	elapsed := m.now().Sub(m.start)
	m.sweep(step(elapsed))
	if _, used := m.used[id]; used {
		return false, nil
	}
	c, clients := m.clients[accessKeyID], len(m.clients)
	if c == nil {
		c = &client{accessKeyID: accessKeyID}
		clients++
	}
	if c.nonces >= m.share || len(m.used) >= m.limit && c.nonces >= m.limit/clients {
		const reason = "the cache of nonces has no room for more of this access key"
		return false, &errors.Error{Code: errors.Unavailable, Reason: reason}
	}
	m.used[id] = struct{}{}
	c.nonces++
	m.clients[accessKeyID] = c
	s := max(step(elapsed+ttl), m.swept) // the clock may have gone back
	m.expiry[s] = append(m.expiry[s], usedNonce{id, c})
	return true, nil
}

// sweep forgets what has expired before the current step, as far as the budget goes.
// What is left is remembered for longer, which only refuses a nonce that a client
// has drawn for the second time.
func (m *NonceMemory) sweep(current int64) {
	if len(m.expiry) == 0 {
		m.swept = max(m.swept, current)
	}
	for budget := sweepBudget; m.swept < current && budget > 0; budget-- {
		nonces := m.expiry[m.swept]
		if len(nonces) == 0 {
			delete(m.expiry, m.swept)
			m.swept++
			continue
		}
		last := nonces[len(nonces)-1]
		m.expiry[m.swept] = nonces[:len(nonces)-1]
		delete(m.used, last.id)
		if last.client.nonces--; last.client.nonces == 0 {
			delete(m.clients, last.client.accessKeyID)
		}
	}
}

func step(d time.Duration) int64 { return int64(d / nonceStep) }

func hashNonce(accessKeyID, nonce string) nonceID {
	b := make([]byte, 0, 128)
	b = binary.AppendUvarint(b, uint64(len(accessKeyID)))
	b = append(b, accessKeyID...)
	b = append(b, nonce...)
	h := sha256.Sum256(b)
	return nonceID(h[:16])
}
