package kmshttp

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// minLimiters is how many access keys are counted before idle ones are looked for.
const minLimiters = 1024

// limiters counts the requests of each access key that has proven itself; others
// get no entry, so nobody can fill it with names.
type limiters struct {
	rate  rate.Limit
	burst int

	mu    sync.Mutex
	byKey map[string]*rate.Limiter
	max   int
}

func newLimiters(perSecond float64, burst int) *limiters {
	return &limiters{rate: rate.Limit(perSecond), burst: burst, byKey: map[string]*rate.Limiter{}, max: minLimiters}
}

func (l *limiters) of(accessKeyID string, now time.Time) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if lim, ok := l.byKey[accessKeyID]; ok {
		return lim
	}
	if len(l.byKey) >= l.max {
		l.dropIdle(now)
	}
	lim := rate.NewLimiter(l.rate, l.burst)
	l.byKey[accessKeyID] = lim
	return lim
}

// dropIdle forgets the limiters that are full again: a new one is the same. What
// is left are the access keys of the last second or so; the next search is due
// when there are twice as many.
func (l *limiters) dropIdle(now time.Time) {
	for id, lim := range l.byKey {
		if lim.TokensAt(now) >= float64(l.burst) {
			delete(l.byKey, id)
		}
	}
	l.max = max(minLimiters, 2*len(l.byKey))
}
