// SPDX-License-Identifier: Apache-2.0

package tencentkms_test

import (
	"encoding/base64"
	"net/http"
	"testing"

	"github.com/kmsigner/kmsigner/internal/kmshttp/fronttest"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

// After a request was served, nothing that can be made of its bytes is; but for TC3,
// which has no nonce: of that, only what asks for the same signature.
func TestReplays(t *testing.T) {
	schemes := map[string]fronttest.Scheme{}
	add := func(name string, repeatable bool, request func(p params) *http.Request) {
		schemes[name] = fronttest.Scheme{Repeatable: repeatable, Request: func(v *keyring.Version) *http.Request {
			return request(signParams(v, "ECC_P256_R1").with(
				"Message", base64.StdEncoding.EncodeToString(fronttest.ReplayMessage)))
		}}
	}
	const action = "SignByAsymmetricKey"
	add("TC3 POST", true, func(p params) *http.Request { return tc3("POST", action, p) })
	add("TC3 GET", true, func(p params) *http.Request { return tc3("GET", action, p) })
	add("TC3 POST, action signed", true, func(p params) *http.Request {
		return tc3Sign(tc3("POST", action, p), hexSum(p.json()), "content-type", "host", "x-tc-action")
	})
	for _, method := range []string{"HmacSHA1", "HmacSHA256"} {
		signed := func(verb string, p params) params {
			return oldSign(verb, old(verb, action, p).with("SignatureMethod", method))
		}
		add(method+" GET", false, func(p params) *http.Request { return get(signed("GET", p)) })
		add(method+" POST", false, func(p params) *http.Request { return post(signed("POST", p)) })
	}
	fronttest.Replays(t, func(ring *keyring.Keyring) http.Handler { return newServer(ring) }, schemes)
}
