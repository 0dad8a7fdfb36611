// SPDX-License-Identifier: Apache-2.0

package alikms_test

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/kmsigner/kmsigner/internal/kmshttp/fronttest"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

// After a request was served, nothing that can be made of its bytes is.
func TestReplays(t *testing.T) {
	schemes := map[string]fronttest.Scheme{}
	add := func(name string, request func(p url.Values) *http.Request) {
		schemes[name] = fronttest.Scheme{Request: func(v *keyring.Version) *http.Request {
			return request(with(signParams(v, keyspec.ECDSASHA256),
				"Digest", base64.StdEncoding.EncodeToString(fronttest.ReplayDigest[:])))
		}}
	}
	add("RPC GET", func(p url.Values) *http.Request { return get(rpc("GET", p)) })
	add("RPC POST", func(p url.Values) *http.Request { return postQuery(rpc("POST", p)) })
	add("RPC form", func(p url.Values) *http.Request { return postForm(rpc("POST", with(p, "Format", "XML"))) })
	for name, algorithm := range map[string]string{"SHA256": "ACS3-HMAC-SHA256", "SM3": "ACS3-HMAC-SM3",
		"SM3, own name": "ACS3-HMAC-SM3 sm3"} {
		add("ACS3 "+name+" POST", func(p url.Values) *http.Request {
			return acs3(postQuery(with(p, "Action", "")), algorithm, "AsymmetricSign", "")
		})
	}
	add("ACS3 GET", func(p url.Values) *http.Request {
		return acs3(get(with(p, "Action", "")), "ACS3-HMAC-SHA256", "AsymmetricSign", "")
	})
	add("ACS3 form", func(p url.Values) *http.Request {
		body := with(p, "Action", "").Encode()
		r := httptest.NewRequest("POST", "http://"+host+"/", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return acs3(r, "ACS3-HMAC-SHA256", "AsymmetricSign", body)
	})
	fronttest.Replays(t, func(ring *keyring.Keyring) http.Handler { return newServer(ring) }, schemes)
}
