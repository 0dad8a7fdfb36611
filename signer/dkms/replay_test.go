// SPDX-License-Identifier: Apache-2.0

package dkms_test

import (
	"net/http"
	"testing"

	"github.com/kmsigner/kmsigner/internal/kmshttp"
	"github.com/kmsigner/kmsigner/internal/kmshttp/fronttest"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/dkms"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/stretchr/testify/require"
)

// After a request was served, what can be made of its bytes asks for the same
// signature, or with a cache of nonces is not served at all.
func TestReplays(t *testing.T) {
	for name, options := range map[string][]frontend.Option{
		"no nonces": nil, "nonces": {frontend.WithNonces(frontend.NewNonceCache(1 << 20))},
	} {
		t.Run(name, func(t *testing.T) {
			schemes := map[string]fronttest.Scheme{}
			for kind, body := range map[string]func(id string) []byte{
				"RAW": func(id string) []byte { return pb(1, id, 3, "ECDSA_SHA_256", 4, fronttest.ReplayMessage, 5, "RAW") },
				"DIGEST": func(id string) []byte {
					return pb(1, id, 3, "ECDSA_SHA_256", 4, fronttest.ReplayDigest[:], 5, "DIGEST")
				},
				"older": func(id string) []byte { return pb(1, id, 2, fronttest.ReplayDigest[:]) },
			} {
				schemes[kind] = fronttest.Scheme{Repeatable: options == nil, Request: func(v *keyring.Version) *http.Request {
					return request("Sign", body(v.KeyID), set("x-kms-migrationkeyversionid", v.VersionID))
				}}
			}
			fronttest.Replays(t, func(ring *keyring.Keyring) http.Handler { return newServer(ring, options...) }, schemes)
		})
	}
}

// With a cache of nonces, a signature is one: of each client, over replicas, within
// the window, and for requests that failed, too.
func TestNonces(t *testing.T) {
	ring, versions := fronttest.Keyring(t, keyspec.ECP256)
	v := versions[keyspec.ECP256]
	shared := frontend.WithNonces(frontend.NewNonceCache(3))
	a, b, without := newServer(ring, shared), newServer(ring, shared), newServer(ring)
	_, used, _ := dkms.Describe(kmshttp.NonceUsed)
	good := func() *http.Request { return request("Sign", signBody(v.KeyID)) }
	bad := func() *http.Request { return request("Sign", signBody("alias/none")) }
	require.Equal(t, "OK", code(t, fronttest.Do(a, good())))
	require.Equal(t, used, code(t, fronttest.Do(a, good())))
	require.Equal(t, used, code(t, fronttest.Do(b, good())))
	require.Equal(t, "Forbidden.KeyNotFound", code(t, fronttest.Do(b, bad())))
	require.Equal(t, used, code(t, fronttest.Do(a, bad())))
	for range 3 {
		require.Equal(t, "OK", code(t, fronttest.Do(without, good())))
	}
	require.Equal(t, "OK", code(t, fronttest.Do(a, request("GetPublicKey", pb(1, v.KeyID)))))
	w := fronttest.Do(a, request("GetPublicKey", pb(1, "alias/EC_SM2")))
	require.Equal(t, "ServiceUnavailableTemporary", code(t, w), "the cache is full")
}
