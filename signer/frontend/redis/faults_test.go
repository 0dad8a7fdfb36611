// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"io"
	"net"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/services"
	"github.com/kmsigner/kmsigner/signer/frontend"
)

// requireGone requires that a Store without its server refuses, in less time than
// go-redis would take by itself, and says so to its observer.
func requireGone(t *testing.T, client redis.UniversalClient, opts ...Option) {
	t.Helper()
	var mu sync.Mutex
	observed := map[string]error{}
	s, err := New(client, Alibaba, append(opts, WithObserver(func(operation string, d time.Duration, err error) {
		mu.Lock()
		defer mu.Unlock()
		observed[operation] = err
	}))...)
	require.NoError(t, err)
	requireWithin(t, 2500*time.Millisecond, func() { // five calls
		allowed, err := s.Allow(t.Context(), "id")
		require.ErrorIs(t, err, errors.Unavailable)
		require.NotErrorIs(t, err, context.DeadlineExceeded, "it is the store's own")
		require.False(t, allowed)
		fresh, err := s.Use(t.Context(), "id", "n", time.Minute)
		require.ErrorIs(t, err, errors.Unavailable)
		require.False(t, fresh)
		allowed, fresh, err = s.Admit(t.Context(), "id", "n", time.Minute)
		require.ErrorIs(t, err, errors.Unavailable)
		require.False(t, allowed || fresh)
		require.ErrorIs(t, s.Refund(t.Context(), "id"), errors.Unavailable)
		require.ErrorIs(t, s.Check(t.Context()), errors.Unavailable)
	})
	require.Len(t, observed, 5)
	for operation, err := range observed {
		require.ErrorIs(t, err, errors.Unavailable, operation)
	}

	// For rates alone there may be another limiter.
	local, err := New(client, Alibaba, append(opts, WithFallback(frontend.NewLimiter(0.01, 2)))...)
	require.NoError(t, err)
	for _, want := range []bool{true, true, false} {
		ok, err := local.Allow(t.Context(), "id")
		require.NoError(t, err)
		require.Equal(t, want, ok)
	}
	require.NoError(t, local.Refund(t.Context(), "id"))
	ok, err := local.Allow(t.Context(), "id")
	require.NoError(t, err)
	require.True(t, ok)
	_, _, err = local.Admit(t.Context(), "id", "n", time.Minute)
	require.ErrorIs(t, err, errors.Unavailable, "nonces have no other place")
	_, err = local.Use(t.Context(), "id", "n", time.Minute)
	require.ErrorIs(t, err, errors.Unavailable)

	// A front end answers with the provider's code.
	r := newReplica(Alibaba, time.Now, shared(s)...)
	require.Equal(t, "Unavailable", r.send(rpc(time.Now())))

	// An earlier deadline of the caller comes first, and is the caller's.
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	_, err = open(t, client).Allow(ctx, "id")
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

// requireWithin requires that f takes less time than this. The machine may stand still for longer: so f has some
// attempts.
func requireWithin(t *testing.T, most time.Duration, f func()) {
	t.Helper()
	var took []time.Duration
	for range 5 {
		start := time.Now()
		f()
		if took = append(took, time.Since(start)); took[len(took)-1] < most {
			return
		}
	}
	t.Fatalf("it takes more than %s: %s", most, took)
}

// A server that hangs, whether there are connections to it or not.
func TestPaused(t *testing.T) {
	server := services.Redis(t)
	client := connect(t, server)
	s := open(t, client)
	require.NoError(t, s.Check(t.Context()))
	server.Pause()
	requireGone(t, client)
	requireGone(t, connect(t, server))
	server.Resume()
	ok, err := s.Allow(t.Context(), "id")
	require.NoError(t, err)
	require.True(t, ok)
}

// Many requests at once to a server that hangs: none waits for another, and nothing
// stays behind.
func TestPaused_load(t *testing.T) {
	server := services.Redis(t)
	client := connect(t, server)
	s, err := New(client, Alibaba)
	require.NoError(t, err)
	require.NoError(t, open(t, client).Check(t.Context()))
	before := runtime.NumGoroutine()
	server.Pause()
	requireWithin(t, 2500*time.Millisecond, func() {
		var all sync.WaitGroup
		for i := range 300 {
			all.Go(func() {
				allowed, fresh, err := s.Admit(t.Context(), "id", strconv.Itoa(i), 16*time.Minute)
				if allowed || fresh || !errors.Is(err, errors.Unavailable) {
					t.Error(allowed, fresh, err)
				}
			})
		}
		all.Wait()
	})
	server.Resume()
	requireBack(t, s)
	require.Eventually(t, func() bool { return runtime.NumGoroutine() <= before+5 }, time.Minute, 10*time.Millisecond)
}

// A server that is killed, and one that has never been.
func TestKilled(t *testing.T) {
	server := services.Redis(t)
	client := connect(t, server)
	s := open(t, client)
	require.NoError(t, s.Check(t.Context()))
	server.Kill()
	requireGone(t, client)
	requireGone(t, connect(t, server))
	server.Start()
	requireBack(t, s)
}

// requireBack requires that a Store comes back by itself. go-redis tries a server that is
// gone only once a second.
func requireBack(t *testing.T, s *Store) {
	t.Helper()
	require.Eventually(t, func() bool { return s.Check(t.Context()) == nil }, time.Minute, 10*time.Millisecond)
}

// A server to which connections are not even made.
func TestUnconnectable(t *testing.T) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	require.NoError(t, err)
	defer syscall.Close(fd)
	require.NoError(t, syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	require.NoError(t, syscall.Listen(fd, 0))
	name, err := syscall.Getsockname(fd)
	require.NoError(t, err)
	address := "127.0.0.1:" + strconv.Itoa(name.(*syscall.SockaddrInet4).Port)
	for { // until its queue is full
		conn, err := net.DialTimeout("tcp", address, 100*time.Millisecond)
		var timeout net.Error
		if errors.As(err, &timeout) && timeout.Timeout() {
			break
		}
		require.NoError(t, err)
		defer conn.Close()
	}
	client, err := NewClient("redis://" + address)
	require.NoError(t, err)
	defer client.Close()
	requireGone(t, client)
}

// A server that answers something else, or with an error.
func TestWrongAnswers(t *testing.T) {
	for answer, fails := range map[string]bool{
		"$3\r\nabc\r\n": true, ":7\r\n": true, ":-1\r\n": true, "*0\r\n": true, "$-1\r\n": true,
		"-ERR disabled\r\n": true, "-OOM command not allowed when used memory > 'maxmemory'.\r\n": true,
		"-READONLY You can't write against a read only replica.\r\n": true, "HTTP/1.1 400 Bad Request\r\n\r\n": true,
		":2\r\n": false,
	} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		defer l.Close()
		go serveAnswer(l, answer)
		client, err := NewClient("redis://" + l.Addr().String() + "?protocol=2")
		require.NoError(t, err)
		defer client.Close()
		s := open(t, client)
		allowed, fresh, err := s.Admit(t.Context(), "id", "n", time.Minute)
		require.Equal(t, fails, errors.Is(err, errors.Unavailable), "%q: %v", answer, err)
		require.Equal(t, !fails, allowed && fresh)
	}
}

// serveAnswer answers every command with the same.
func serveAnswer(l net.Listener, answer string) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			b := make([]byte, 1<<16)
			for {
				n, err := conn.Read(b)
				if err != nil {
					return
				}
				reply := answer
				if s := string(b[:n]); strings.Contains(s, "hello") || strings.Contains(s, "setinfo") || strings.Contains(s, "CLIENT") {
					reply = strings.Repeat("-ERR unknown command\r\n", strings.Count(s, "*"))
				}
				if _, err := io.WriteString(conn, reply); err != nil {
					return
				}
			}
		}()
	}
}

// A call whose answer is lost is made again by go-redis, and counts once.
func TestLostAnswer(t *testing.T) {
	server := services.Redis(t)
	s := open(t, connect(t, server), WithRate(0.01, 2))
	require.NoError(t, s.Check(t.Context()))
	lossy := &lossyDialer{socket: server.Socket}
	client := redis.NewClient(&redis.Options{ContextTimeoutEnabled: true, Dialer: lossy.dial})
	defer client.Close()
	l := open(t, client, WithRate(0.01, 2))
	require.NoError(t, l.Check(t.Context()))
	for i, want := range []bool{true, true, false} {
		lossy.lose.Store(true)
		allowed, fresh, err := l.Admit(t.Context(), "id", strconv.Itoa(i), 17*time.Minute)
		require.NoError(t, err)
		require.False(t, lossy.lose.Load(), "an answer was lost")
		require.Equal(t, want, allowed)
		require.Equal(t, want, fresh && allowed)
	}
	pass(t, s)(100 * time.Second)
	allowed, fresh, err := s.Admit(t.Context(), "id", "0", 17*time.Minute)
	require.NoError(t, err)
	require.True(t, allowed)
	require.False(t, fresh, "another call with the nonce")
}

// What Redis has forgotten is not served again, however it was lost. What it has kept is
// known as used.
func TestForgotten(t *testing.T) {
	for _, tt := range []struct {
		name     string
		settings []string
		lose     func(s *services.RedisServer, c *redis.Client)
		kept     bool
	}{
		{"killed", nil, func(s *services.RedisServer, _ *redis.Client) { s.Kill(); s.Start() }, false},
		{"stopped", nil, func(s *services.RedisServer, _ *redis.Client) { s.Stop(); s.Start() }, false},
		{"emptied", nil, func(_ *services.RedisServer, c *redis.Client) { c.FlushAll(context.Background()) }, false},
		{"an old snapshot", nil, func(s *services.RedisServer, c *redis.Client) {
			keys := c.Keys(context.Background(), "*nonce*").Val()
			c.Del(context.Background(), keys...)
			c.Save(context.Background())
			s.Kill()
			s.Start()
		}, false},
		{"killed, append only", []string{"appendonly yes", "appendfsync always"}, func(s *services.RedisServer, _ *redis.Client) { s.Kill(); s.Start() }, true},
	} {
		server := services.Redis(t, tt.settings...)
		client := connect(t, server)
		s, older := open(t, client), open(t, client, AcceptOlder())
		require.NoError(t, s.Check(t.Context()))
		a := newReplica(Alibaba, time.Now, shared(s)...)
		b := newReplica(Alibaba, time.Now, shared(older)...)
		pass(t, s)(time.Minute) // since the start
		used, ahead := rpc(time.Now()), rpc(time.Now().Add(10*time.Minute))
		require.Equal(t, "", a.send(used), tt.name)
		require.Equal(t, "", a.send(ahead), tt.name)
		tt.lose(server, client)
		requireBack(t, s)
		want := map[bool]string{true: "NonceUsed", false: "Unavailable"}[tt.kept]
		require.Equal(t, want, a.send(used), tt.name)
		require.Equal(t, "Unavailable", a.send(rpc(time.Now().Add(-time.Minute))), "%s: not used, but older than the start", tt.name)
		require.Equal(t, "", a.send(rpc(time.Now().Add(time.Minute))), tt.name)
		// What the documentation says is not protected.
		want = map[bool]string{true: "NonceUsed", false: ""}[tt.kept]
		require.Equal(t, want, a.send(ahead), tt.name)
		require.Equal(t, want, b.send(used), tt.name)
	}
}

// A lossyDialer makes connections that lose one answer when it is told to, and end.
type lossyDialer struct {
	socket string
	lose   lossFlag
}

type lossFlag struct {
	mu sync.Mutex
	on bool
}

func (f *lossFlag) Store(on bool) { f.mu.Lock(); f.on = on; f.mu.Unlock() }
func (f *lossFlag) Load() bool    { f.mu.Lock(); defer f.mu.Unlock(); return f.on }

func (d *lossyDialer) dial(context.Context, string, string) (net.Conn, error) {
	conn, err := net.Dial("unix", d.socket)
	if err != nil {
		return nil, err
	}
	return &lossyConn{Conn: conn, dialer: d}, nil
}

type lossyConn struct {
	net.Conn
	dialer *lossyDialer
}

// Read waits for the answer, so that the command was done, and throws it away.
func (c *lossyConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if c.dialer.lose.Load() && n > 0 {
		c.dialer.lose.Store(false)
		c.Close()
		return 0, io.EOF
	}
	return n, err
}
