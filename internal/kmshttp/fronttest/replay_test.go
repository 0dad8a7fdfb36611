// SPDX-License-Identifier: Apache-2.0

package fronttest

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"unicode"

	"github.com/kmsigner/kmsigner/internal/testkeys"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/stretchr/testify/require"
)

// A handler that remembers another nonce than the one that is signed is found out,
// and one that does not is not.
func TestFindReplay(t *testing.T) {
	key, err := testkeys.Key(keyspec.ECP256)
	require.NoError(t, err)
	for name, tt := range map[string]struct {
		remembered func(string) string
		replayable bool
	}{
		"as it is signed": {strings.TrimSpace, false},
		"as it came":      {func(s string) string { return s }, true},
		"without ASCII":   {func(s string) string { return strings.Trim(s, " \t") }, true},
		"without its end": {func(s string) string { return strings.TrimRightFunc(s, unicode.IsSpace) }, true},
	} {
		for _, protocol := range []string{"HTTP/1.1", "HTTP/2"} {
			t.Run(name+"/"+protocol, func(t *testing.T) {
				o := &owner{Signer: key.(crypto.Signer)}
				used, mu, arrived := map[string]bool{}, sync.Mutex{}, 0
				h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					mu.Lock()
					defer mu.Unlock()
					arrived++
					nonce := r.Header.Get("X-Nonce")
					if strings.TrimSpace(nonce) == "nonce 1" && !used[tt.remembered(nonce)] {
						used[tt.remembered(nonce)] = true
						_, _ = o.Sign(nil, ReplayDigest[:], crypto.SHA256)
					}
					_, _ = w.Write([]byte("{}"))
				})
				r := httptest.NewRequestWithContext(t.Context(), "POST", "/", strings.NewReader("body"))
				r.Header.Set("X-Nonce", "nonce 1")
				found := findReplay(t, serveWire(t, h, protocol), o, NewMessage(r), false, 1500, protocol)
				require.Equal(t, tt.replayable, found != nil)
				if found == nil {
					mu.Lock()
					defer mu.Unlock()
					require.Greater(t, arrived, 750)
				}
			})
		}
	}
}

// Of a scheme without a nonce, the same may be signed again, and nothing else.
func TestFindReplay_repeatable(t *testing.T) {
	key, err := testkeys.Key(keyspec.ECP256)
	require.NoError(t, err)
	for name, tt := range map[string]struct {
		digest  func(body []byte) [32]byte
		another bool
	}{
		"whatever the body is": {func([]byte) [32]byte { return ReplayDigest }, false},
		"of the body":          {sha256.Sum256, true},
	} {
		for _, protocol := range []string{"HTTP/1.1", "HTTP/2"} {
			t.Run(name+"/"+protocol, func(t *testing.T) {
				o := &owner{Signer: key.(crypto.Signer)}
				h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					body, _ := io.ReadAll(r.Body)
					digest := tt.digest(body)
					_, _ = o.Sign(nil, digest[:], crypto.SHA256)
					_, _ = w.Write([]byte("{}"))
				})
				r := httptest.NewRequestWithContext(t.Context(), "POST", "/", bytes.NewReader(ReplayMessage))
				found := findReplay(t, serveWire(t, h, protocol), o, NewMessage(r), true, 1500, protocol)
				require.Equal(t, tt.another, found != nil)
			})
		}
	}
}
