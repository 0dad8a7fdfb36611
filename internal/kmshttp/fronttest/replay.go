// SPDX-License-Identifier: Apache-2.0

package fronttest

import (
	"context"
	"crypto"
	"crypto/sha256"
	"hash/fnv"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kmsigner/kmsigner/internal/testkeys"
	"github.com/kmsigner/kmsigner/internal/testrun"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/stretchr/testify/require"
)

// An owner signs with the TESTING key of EC_P256 and keeps what it has signed.
type owner struct {
	crypto.Signer
	mu     sync.Mutex
	signed [][32]byte
}

// Sign implements crypto.Signer.
func (o *owner) Sign(rand io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	o.mu.Lock()
	o.signed = append(o.signed, [32]byte(digest))
	o.mu.Unlock()
	return o.Signer.Sign(rand, digest, opts)
}

// take returns what was signed since the last call.
func (o *owner) take() [][32]byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	signed := o.signed
	o.signed = nil
	return signed
}

// ReplayMessage is what the requests of [Replays] ask a signature of, and ReplayDigest
// its SHA-256.
var (
	ReplayMessage = []byte("signed once")
	ReplayDigest  = sha256.Sum256(ReplayMessage)
)

// A Scheme is a way to sign requests.
type Scheme struct {
	// Request returns a request to sign ReplayMessage with a key of EC_P256, at Now.
	Request func(v *keyring.Version) *http.Request
	// Repeatable says that the scheme has no nonce: the same request is served again,
	// and so is one that says the same in another way. No other one may be.
	Repeatable bool
}

// Replays sends a request of each scheme, has it served, and then sends mutants of
// it, over HTTP/1.1 and over HTTP/2: none of them may be served. What is served is
// what the owner of the key is asked to sign. KMSIGNER_NIGHTLY makes a hundred
// thousand mutants of each.
func Replays(t *testing.T, newHandler func(ring *keyring.Keyring) http.Handler, schemes map[string]Scheme) {
	mutants := 3000
	switch {
	case testrun.Nightly():
		mutants = 100_000
	case !testrun.Long():
		mutants = 300
	}
	for name, s := range schemes {
		for _, protocol := range []string{"HTTP/1.1", "HTTP/2"} {
			t.Run(name+"/"+protocol, func(t *testing.T) {
				t.Parallel()
				key, err := testkeys.Key(keyspec.ECP256)
				require.NoError(t, err)
				o := &owner{Signer: key.(crypto.Signer)}
				ring := keyring.New()
				v, err := ring.ImportSigner(context.Background(), o)
				require.NoError(t, err)
				m := NewMessage(s.Request(v))
				// Counted here: on a busy machine many answers come too late for the client.
				var arrived atomic.Int64
				h := newHandler(ring)
				w := serveWire(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					arrived.Add(1)
					h.ServeHTTP(w, r)
				}), protocol)
				if found := findReplay(t, w, o, m, s.Repeatable, mutants, name+protocol); found != nil {
					t.Fatalf("a mutant was served:\n%q\nof\n%q", found.HTTP1(), m.HTTP1())
				}
				// Most have to get as far as the handler, or this proves little.
				require.Greater(t, arrived.Load(), int64(mutants/2), "of %d", mutants)
			})
		}
	}
}

// findReplay has a message served, and returns a mutant of it that is served too, or
// nil.
func findReplay(
	t *testing.T, w wire, o *owner, m *Message, repeatable bool, mutants int, seed string,
) (found *Message) {
	t.Helper()
	o.take()
	body, err := w.send(m, time.Minute)
	require.NoError(t, err)
	require.Equal(t, [][32]byte{ReplayDigest}, o.take(), "%s", body)
	h := fnv.New64()
	_, _ = h.Write([]byte(seed))
	x := NewMutator(h.Sum64())
	for range mutants {
		mutant := x.Mutate(m)
		_, _ = w.send(mutant, patience) // some have no answer
		for _, digest := range o.take() {
			if repeatable && digest == ReplayDigest {
				continue
			}
			return mutant // or one whose answer came too late
		}
	}
	return nil
}

// serveWire serves a handler on a port of its own and connects to it.
func serveWire(t *testing.T, h http.Handler, protocol string) wire {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Config.Protocols = new(http.Protocols)
	s.Config.Protocols.SetHTTP1(true)
	s.Config.Protocols.SetUnencryptedHTTP2(true)
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // it writes of every malformed request
	s.Start()
	var w wire = &http1{address: s.Listener.Addr().String()}
	if protocol == "HTTP/2" {
		w = &http2{address: s.Listener.Addr().String()}
	}
	t.Cleanup(func() {
		w.close()
		s.CloseClientConnections()
		s.Close()
	})
	return w
}
