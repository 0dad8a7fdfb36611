// SPDX-License-Identifier: Apache-2.0

package kmshttp

import "net/http"

// Stats are numbers of a handler at a moment: frontend.Stats.
type Stats struct{ InFlight, MaxInFlight, Nonces, AccessKeys int }

// StatsOf returns the numbers of a handler that NewHandler made.
func StatsOf(h http.Handler) (s Stats, ok bool) {
	f, ok := h.(*handler)
	if !ok || f == nil {
		return Stats{}, false
	}
	s.InFlight, s.MaxInFlight = len(f.gate.slots), cap(f.gate.slots)
	if m, ok := f.gate.nonces.(*NonceMemory); ok {
		s.Nonces = m.len()
	}
	if l, ok := f.gate.limiter.(*buckets); ok {
		s.AccessKeys = l.len()
	}
	return s, true
}

func (m *NonceMemory) len() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.used)
}

func (l *buckets) len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.byKey)
}
