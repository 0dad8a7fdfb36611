// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/internal/services"
)

// A model is a Store written in another way: tokens that are counted, and nonces with the
// time at which they expire. Times are multiples of 25 seconds, so that those that the
// test takes do not matter.
type model struct {
	now    time.Duration
	burst  int
	token  time.Duration
	spent  map[string]time.Duration // what has to pass until the bucket is full
	nonces map[string]time.Duration
}

func (m *model) pass(d time.Duration) {
	m.now += d
	for id := range m.spent {
		m.spent[id] = max(m.spent[id]-d, 0)
	}
}

func (m *model) admit(id, nonce string, ttl time.Duration, limited, nonced bool) (allowed, fresh bool) {
	key := id + " " + nonce
	allowed = !limited || m.spent[id]+m.token <= time.Duration(m.burst)*m.token
	fresh = !nonced || m.now >= m.nonces[key]
	if !allowed || !fresh {
		return allowed, fresh
	}
	if limited {
		m.spent[id] += m.token
	}
	if nonced {
		m.nonces[key] = m.now + ttl
	}
	return true, true
}

// Whatever is asked in whatever order, a Store does what the model does.
func TestStore_model(t *testing.T) {
	client := connect(t, services.Redis(t))
	const seeds, steps = 4, 400
	for seed := range uint64(seeds) {
		random := rand.New(rand.NewPCG(seed, 1))
		m := &model{burst: 1 + random.IntN(5), token: 100 * time.Second, spent: map[string]time.Duration{},
			nonces: map[string]time.Duration{}}
		s := open(t, client, WithRate(0.01, m.burst), AcceptOlder())
		move := pass(t, s)
		var history []string
		for range steps {
			id, nonce := fmt.Sprint("id", random.IntN(3)), fmt.Sprint(random.IntN(8))
			ttl := time.Duration(25+50*random.IntN(30)) * time.Second
			var got, want [2]bool
			var err error
			step := fmt.Sprint(id, " ", nonce, " ", ttl)
			switch random.IntN(8) {
			case 0, 1, 2:
				step = "admit " + step
				got[0], got[1], err = s.Admit(t.Context(), id, nonce, ttl)
				want[0], want[1] = m.admit(id, nonce, ttl, true, true)
				if !want[0] {
					got[1], want[1] = false, false // it does not matter
				}
			case 3, 4:
				step = "use " + step
				got[1], err = s.Use(t.Context(), id, nonce, ttl)
				_, want[1] = m.admit(id, nonce, ttl, false, true)
			case 5:
				step = "allow " + step
				got[0], err = s.Allow(t.Context(), id)
				want[0], _ = m.admit(id, nonce, ttl, true, false)
			case 6:
				step = "refund " + id
				err = s.Refund(t.Context(), id)
				m.spent[id] = max(m.spent[id]-m.token, 0)
			case 7:
				d := time.Duration(random.IntN(8)) * 50 * time.Second
				step = "pass " + d.String()
				move(d)
				m.pass(d)
			}
			history = append(history, step)
			require.NoError(t, err)
			require.Equal(t, want, got, "seed %d: %q", seed, history)
		}
		require.NoError(t, client.FlushAll(t.Context()).Err())
	}
}
