// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"sync"
	"time"
)

// A breaker keeps lookups from waiting, each for its timeout, for a database that does not
// answer: while it is down, one lookup at a time asks, and not more often than four
// times a second; the others fail at once, and the cache may then go on with what it knows.
type breaker struct {
	mu            sync.Mutex
	down, probing bool
	again         time.Time
}

// probePause is the time between two questions to a database that is down.
const probePause = 250 * time.Millisecond

// enter reports whether a lookup may ask. If so, leave follows.
func (b *breaker) enter() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.down {
		return true
	}
	if b.probing || time.Now().Before(b.again) {
		return false
	}
	b.probing = true
	return true
}

// leave records whether the database has answered. answered is nil where nothing is known:
// the caller has given up.
func (b *breaker) leave(answered *bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.probing = false
	if answered == nil {
		return
	}
	b.down = !*answered
	if b.down {
		b.again = time.Now().Add(probePause)
	}
}
