// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"strconv"
	"sync"
	"time"

	"github.com/kmsigner/kmsigner/errors"
)

// revisions remember how often each key has been changed, as far as this process has
// seen, so that an older row of it that is put back is noticed: its tag is right.
type revisions struct {
	bound int

	mu   sync.Mutex
	last map[string]revision
}

type revision struct {
	number int64
	seen   time.Time
}

func newRevisions(bound int) *revisions {
	if bound <= 0 {
		bound = 100_000
	}
	return &revisions{bound: bound, last: make(map[string]revision)}
}

// check refuses a row that is older than one that was seen before the statement began
// that read it: statements that overlap may see a key in either order.
func (s *revisions) check(r *keyRow, begun time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if last := s.last[r.keyID]; r.revision < last.number && last.seen.Before(begun) {
		return &errors.Error{Code: errors.Internal, Param: "KeyId", Reason: "key " + quote(r.keyID) +
			": its row is an older one than this process has seen, revision " + strconv.FormatInt(r.revision, 10) + " after " +
			strconv.FormatInt(last.number, 10) + ": it was put back; if a backup was restored, restart this process"}
	}
	s.note(r)
	return nil
}

// written notes a change that was committed. Another one may have followed already.
func (s *revisions) written(r *keyRow) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.note(r)
}

func (s *revisions) note(r *keyRow) {
	last, known := s.last[r.keyID]
	if r.revision <= last.number {
		return
	}
	if !known && len(s.last) >= s.bound {
		for id := range s.last { // a quarter, in no order
			if delete(s.last, id); len(s.last) < s.bound-s.bound/4 {
				break
			}
		}
	}
	s.last[r.keyID] = revision{r.revision, time.Now()}
}
