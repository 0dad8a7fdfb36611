// SPDX-License-Identifier: Apache-2.0

package frontend_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/signer/alikms"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/kmsigner/kmsigner/signer/tencentkms"
)

// One keyring behind both front ends, each on a port of its own.
func Example() {
	ring := keyring.New()
	keys := frontend.StaticKeys(map[string]string{"id": "secret"})
	options := []frontend.Option{
		frontend.WithLogger(slog.New(slog.NewJSONHandler(os.Stderr, nil))),
		frontend.WithAuthorize(func(_ context.Context, principal, action, keyID string) error {
			if principal == "id" {
				return nil
			}
			return errors.AccessDenied
		}),
	}
	alibaba := frontend.NewServer(alikms.NewHandler(&alikms.Service{Store: ring}, keys, options...))
	tencent := frontend.NewServer(tencentkms.NewHandler(&tencentkms.Service{Store: ring}, keys, options...))
	alibaba.Addr, tencent.Addr = ":8081", ":8082"
	go alibaba.ListenAndServeTLS("cert.pem", "key.pem")
	go tencent.ListenAndServeTLS("cert.pem", "key.pem")
}

// Access keys from a table of your own, with one that is switched off.
func ExampleAuthenticator() {
	table := map[string]struct {
		secret string
		off    bool
	}{"id": {"secret", false}, "former": {"secret2", true}}
	var auth frontend.Authenticator = func(_ context.Context, accessKeyID, securityToken string) (string, error) {
		row, ok := table[accessKeyID]
		switch {
		case !ok || securityToken != "":
			return "", errors.Unauthenticated
		case row.off:
			return "", errors.AccessDenied
		}
		return row.secret, nil
	}
	for _, id := range []string{"id", "former", "nobody"} {
		_, err := auth(context.Background(), id, "")
		fmt.Println(id, err)
	}
	// Output:
	// id <nil>
	// former AccessDenied
	// nobody Unauthenticated
}

// A handler without an Authenticator is not open; it is closed.
func ExampleAuthenticator_missing() {
	h := alikms.NewHandler(&alikms.Service{Store: keyring.New()}, nil)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/?Action=AsymmetricSign", nil))
	fmt.Println(w.Code, strings.Contains(w.Body.String(), "InternalFailure"))
	// Output: 500 true
}

// sharedCache stands for one in Redis or a database: what matters is that asking
// and remembering is one step.
type sharedCache struct {
	mu   sync.Mutex
	used map[string]time.Time
}

func (c *sharedCache) Use(_ context.Context, accessKeyID, nonce string, ttl time.Duration) (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	id := accessKeyID + "/" + nonce
	if time.Now().Before(c.used[id]) {
		return false, nil
	}
	c.used[id] = time.Now().Add(ttl)
	return true, nil
}

// Replicas that share a cache let a request in once, whichever it goes to.
func ExampleNonceCache() {
	var shared frontend.NonceCache = &sharedCache{used: map[string]time.Time{}}
	ring := keyring.New()
	keys := frontend.StaticKeys(map[string]string{"id": "secret"})
	for range 2 { // one for each replica
		alikms.NewHandler(&alikms.Service{Store: ring}, keys, frontend.WithNonces(shared))
	}
	fmt.Println(shared.Use(context.Background(), "id", "a nonce", 15*time.Minute))
	fmt.Println(shared.Use(context.Background(), "id", "a nonce", 15*time.Minute))
	// Output:
	// true <nil>
	// false <nil>
}
