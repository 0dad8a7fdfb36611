// SPDX-License-Identifier: Apache-2.0

package tencentkms_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/kmshttp/fronttest"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/stretchr/testify/require"
)

// ways returns every way to send a request.
func ways(action string, p params) map[string]*http.Request {
	sha1 := func(method string) params {
		return oldSign(method, old(method, action, p).with("SignatureMethod", "HmacSHA1"))
	}
	none := func(method string) params { return oldSign(method, old(method, action, p).with("SignatureMethod", "")) }
	signedAction := tc3("POST", action, p)
	charset := tc3("POST", action, p)
	charset.Header.Set("Content-Type", "application/json; charset=utf-8")
	return map[string]*http.Request{
		"TC3 POST": tc3("POST", action, p),
		"TC3 GET":  tc3("GET", action, p),
		"TC3, action signed too": tc3Sign(signedAction, hexSum(p.json()), "content-type", "host", "x-tc-action",
			"x-tc-version"),
		"TC3, charset":       tc3Sign(charset, hexSum(p.json()), "content-type", "host"),
		"HmacSHA256 POST":    post(old("POST", action, p)),
		"HmacSHA256 GET":     get(old("GET", action, p)),
		"HmacSHA1 POST":      post(sha1("POST")),
		"HmacSHA1 GET":       get(sha1("GET")),
		"no SignatureMethod": get(none("GET")),
	}
}

// Every algorithm, every operation, every way.
func TestHandler(t *testing.T) {
	ring, versions := fronttest.Keyring(t)
	h := newServer(ring)
	for name, pair := range algorithms {
		v := versions[pair.KeySpec]
		verifier, err := v.Verifier(pair.Algorithm)
		require.NoError(t, err)
		for way, r := range ways("SignByAsymmetricKey", signParams(v, name)) {
			m := response(t, fronttest.Do(h, r))
			require.Len(t, m, 2, "%s: %v", way, m)
			sig, err := base64.StdEncoding.DecodeString(m["Signature"].(string))
			require.NoError(t, err)
			require.NoError(t, signer.VerifyMessage(verifier, bytes.NewReader(message), sig))

			p := signParams(v, name).with("SignatureValue", m["Signature"].(string))
			for way, r := range ways("VerifyByAsymmetricKey", p) {
				m := response(t, fronttest.Do(h, r))
				require.Len(t, m, 2, way)
				require.Equal(t, true, m["SignatureValid"], way)
			}
			require.Equal(t, false, response(t, fronttest.Do(h,
				tc3("POST", "VerifyByAsymmetricKey", p.with("SignatureValue", "AAAA"))))["SignatureValid"])
		}
		want, err := keyspec.MarshalPublicKey(v.Public())
		require.NoError(t, err)
		for way, r := range ways("GetPublicKey", params{"KeyId": v.KeyID}) {
			m := response(t, fronttest.Do(h, r))
			require.Len(t, m, 4, way)
			require.Equal(t, v.KeyID, m["KeyId"])
			require.Equal(t, string(want), m["PublicKeyPem"])
		}
	}
	for way, r := range ways("ListAlgorithms", params{}) {
		m := response(t, fronttest.Do(h, r))
		require.Len(t, m, 4, way)
		require.Equal(t, []any{}, m["SymmetricAlgorithms"])
		require.Equal(t, []any{}, m["AsymmetricAlgorithms"])
		require.Len(t, m["AsymmetricSignVerifyAlgorithms"], 4)
	}
	empty := tc3("POST", "ListAlgorithms", params{})
	empty.Body, empty.ContentLength = http.NoBody, 0
	require.Equal(t, "OK", code(t, fronttest.Do(h, tc3Sign(empty, hexSum(""), "content-type", "host"))))
}

// A message of 4,096 bytes whose base64 is nothing but characters to be escaped
// fits into every kind of request; one more byte does not.
func TestHandler_largest(t *testing.T) {
	ring, versions := fronttest.Keyring(t, keyspec.ECP256)
	h := newServer(ring)
	raw := bytes.Repeat([]byte{0xfb, 0xef, 0xbe}, 1366)
	for n, want := range map[int]string{4096: "OK", 4097: "InvalidParameter"} {
		p := signParams(versions[keyspec.ECP256], "ECC_P256_R1").with("Message", base64.StdEncoding.EncodeToString(raw[:n]))
		for way, r := range ways("SignByAsymmetricKey", p) {
			require.Equal(t, want, code(t, fronttest.Do(h, r)), way)
		}
	}
}

// Each code that a client can provoke, in the order in which the checks are made:
// every request has the faults of all rows below its own, too.
func TestHandler_order(t *testing.T) {
	ring, versions := fronttest.Keyring(t, keyspec.ECP256, keyspec.ECP256K)
	ec := versions[keyspec.ECP256]
	off := versions[keyspec.ECP256K]
	require.NoError(t, ring.SetState(ctx, off.KeyID, keyring.Disabled))
	bad := signParams(off, "SM2DSA").with("MessageType", "DIGEST", "Message", size(31))
	var denied bool
	authorize := frontend.WithAuthorize(func(context.Context, string, string, string) error {
		if denied {
			return errors.New("no")
		}
		return nil
	})
	for _, scheme := range []string{"TC3", "old"} {
		h := newServer(ring, authorize)
		// send makes a request whose signature is right for what it has.
		send := func(action string, p params, version, stamp, id string, wrong bool) *httptest.ResponseRecorder {
			if scheme == "TC3" {
				r := tc3("POST", action, p.with("Nonce", ""))
				r.Header.Set("X-TC-Version", version)
				r.Header.Set("X-TC-Timestamp", stamp)
				tc3Sign(r, hexSum(p.with("Nonce", "").json()), "content-type", "host")
				a := strings.Replace(r.Header.Get("Authorization"), "Credential=id", "Credential="+id, 1)
				if wrong {
					a = a[:len(a)-4] + "0000"
				}
				r.Header.Set("Authorization", a)
				return fronttest.Do(h, r)
			}
			q := old("POST", action, p).with("Version", version, "Timestamp", stamp, "SecretId", id)
			if p["Nonce"] != "" {
				q = q.with("Nonce", p["Nonce"])
			}
			q = oldSign("POST", q)
			if wrong {
				q = q.with("Signature", "AAAA")
			}
			return fronttest.Do(h, post(q))
		}
		const v = "2019-01-18"
		at := func(d time.Duration) string { return strconv.FormatInt(now.Add(d).Unix(), 10) }
		for i, row := range []struct {
			want string
			do   func() *httptest.ResponseRecorder
		}{
			{"AuthFailure.SecretIdNotFound", func() *httptest.ResponseRecorder {
				return send("x", bad, "1", "noon", "none", true)
			}},
			{"AuthFailure.InvalidAuthorization", func() *httptest.ResponseRecorder {
				return send("x", bad, "1", "noon", "id", true)
			}},
			{"AuthFailure.SignatureFailure", func() *httptest.ResponseRecorder {
				return send("x", bad, "1", at(-time.Hour), "id", true)
			}},
			{"AuthFailure.SignatureExpire", func() *httptest.ResponseRecorder {
				return send("x", bad, "1", at(-301*time.Second), "id", false)
			}},
			{"AuthFailure.SignatureExpire", func() *httptest.ResponseRecorder {
				return send("x", bad, "1", at(301*time.Second), "id", false)
			}},
			{"NoSuchVersion", func() *httptest.ResponseRecorder {
				return send("x", bad.with("Nonce", "77"), "1", at(0), "id", false)
			}},
			{"replay", func() *httptest.ResponseRecorder { return send("x", bad.with("Nonce", "77"), "1", at(0), "id", false) }},
			{"MissingParameter", func() *httptest.ResponseRecorder {
				return send("", bad, v, at(-300*time.Second), "id", false)
			}},
			{"InvalidAction", func() *httptest.ResponseRecorder {
				return send("signByAsymmetricKey", bad.with("X", "1"), v, at(300*time.Second), "id", false)
			}},
			{"InvalidParameter", func() *httptest.ResponseRecorder {
				return send("SignByAsymmetricKey", bad.with("X", "1", "KeyId", ""), v, at(0), "id", false)
			}},
			{"MissingParameter", func() *httptest.ResponseRecorder {
				return send("SignByAsymmetricKey", bad.with("KeyId", ""), v, at(0), "id", false)
			}},
			{"InvalidParameter", func() *httptest.ResponseRecorder {
				return send("SignByAsymmetricKey", bad.with("Message", "?"), v, at(0), "id", false)
			}},
			{"UnauthorizedOperation", func() *httptest.ResponseRecorder {
				denied = true
				defer func() { denied = false }()
				return send("SignByAsymmetricKey", bad, v, at(0), "id", false)
			}},
			{"ResourceUnavailable.CmkStateNotSupport", func() *httptest.ResponseRecorder {
				return send("SignByAsymmetricKey", bad, v, at(0), "id", false)
			}},
			{"InvalidParameter", func() *httptest.ResponseRecorder {
				return send("SignByAsymmetricKey", bad.with("KeyId", ec.KeyID), v, at(0), "id", false)
			}},
			{"InvalidParameter", func() *httptest.ResponseRecorder {
				return send("SignByAsymmetricKey", bad.with("KeyId", ec.KeyID, "Algorithm", "ECC_P256_R1"), v, at(0), "id", false)
			}},
			{"OK", func() *httptest.ResponseRecorder {
				return send("SignByAsymmetricKey", bad.with("KeyId", ec.KeyID, "Algorithm", "ECC_P256_R1", "Message", size(32)),
					v, at(0), "id", false)
			}},
		} {
			want := row.want
			if want == "replay" {
				want = map[string]string{"TC3": "NoSuchVersion", "old": "AuthFailure"}[scheme] // TC3 has no nonce
			}
			w := row.do()
			require.Equal(t, want, code(t, w), "%s, row %d: %s", scheme, i, w.Body)
		}
	}

	h := newServer(ring, frontend.WithRate(1, 1))
	require.Equal(t, "OK", code(t, fronttest.Do(h, tc3("POST", "ListAlgorithms", params{}))))
	require.Equal(t, "RequestLimitExceeded", code(t, fronttest.Do(h, tc3("POST", "Nothing", params{}))))
	require.Equal(t, "UnsupportedProtocol", code(t, fronttest.Do(h, httptest.NewRequest("PUT", "/x", nil))))
	require.Equal(t, "InvalidAction", code(t, fronttest.Do(h, httptest.NewRequest("GET", "/x", nil))))
	require.Equal(t, "AuthFailure", code(t, fronttest.Do(h, httptest.NewRequest("GET", "/", nil))))
}

// What is missing or wrong in a signature.
func TestHandler_signature(t *testing.T) {
	ring, _ := fronttest.Keyring(t)
	h := newServer(ring)
	for _, tt := range []struct {
		want  string
		pairs []string
	}{
		{"MissingParameter", []string{"SecretId", ""}},
		{"MissingParameter", []string{"Nonce", ""}},
		{"MissingParameter", []string{"Timestamp", ""}},
		{"MissingParameter", []string{"Version", ""}},
		{"MissingParameter", []string{"Action", ""}},
		{"AuthFailure.InvalidAuthorization", []string{"SignatureMethod", "HmacSHA512"}},
		{"AuthFailure.InvalidAuthorization", []string{"SignatureMethod", "TC3-HMAC-SHA256"}},
		{"AuthFailure.InvalidAuthorization", []string{"Timestamp", "01795348800"}},
		{"AuthFailure.InvalidAuthorization", []string{"Timestamp", "+1795348800"}},
		{"AuthFailure.InvalidAuthorization", []string{"Timestamp", "-1"}},
		{"AuthFailure.InvalidAuthorization", []string{"Timestamp", "99999999999999999999"}},
		{"AuthFailure.InvalidAuthorization", []string{"SecretId", strings.Repeat("a", 129)}},
		{"AuthFailure.SecretIdNotFound", []string{"SecretId", "none"}},
		{"AuthFailure.SecretIdNotFound", []string{"Token", "t"}},
		{"AuthFailure.SignatureFailure", []string{"SecretId", "other"}},
		{"OK", []string{"Language", "zh-CN"}},
	} {
		for _, method := range []string{"GET", "POST"} {
			p := oldSign(method, old(method, "ListAlgorithms", nil).with(tt.pairs...))
			r := get(p)
			if method == "POST" {
				r = post(p)
			}
			w := fronttest.Do(h, r)
			require.Equal(t, tt.want, code(t, w), "%s: %s", tt.pairs, w.Body)
		}
	}
	require.Equal(t, "AuthFailure.InvalidAuthorization",
		code(t, fronttest.Do(h, get(old("GET", "ListAlgorithms", nil).with("Signature", "?")))))
	require.Equal(t, "AuthFailure.InvalidAuthorization",
		code(t, fronttest.Do(h, get(old("GET", "ListAlgorithms", nil).with("Signature", size(33))))))

	replace := func(old, new string) func(*http.Request) {
		return func(r *http.Request) {
			a := r.Header.Get("Authorization")
			r.Header.Set("Authorization", strings.Replace(a, old, new, 1))
		}
	}
	for _, tt := range []struct {
		want   string
		change func(*http.Request)
	}{
		{"AuthFailure.InvalidAuthorization", replace("TC3-HMAC-SHA256", "TC3-HMAC-SM3")},
		{"AuthFailure.InvalidAuthorization", replace("Credential", "credential")},
		{"AuthFailure.InvalidAuthorization", replace("/kms/", "/cvm/")},
		{"AuthFailure.InvalidAuthorization", replace("tc3_request", "tc4_request")},
		{"AuthFailure.InvalidAuthorization", replace("2026-11-22", "2026-11-21")},
		{"AuthFailure.InvalidAuthorization", replace("id/", "id/id/")},
		{"AuthFailure.InvalidAuthorization", replace("id/", "/")},
		{"AuthFailure.InvalidAuthorization", replace("content-type;", "")},
		{"AuthFailure.InvalidAuthorization", replace(";host", "")},
		{"AuthFailure.InvalidAuthorization", replace(";host", ";host;x-other")},
		{"AuthFailure.SecretIdNotFound", replace("id/", "none/")},
		{"AuthFailure.SignatureFailure", replace("id/", "other/")},
		{"AuthFailure.SecretIdNotFound", func(r *http.Request) { r.Header.Set("X-TC-Token", "t") }},
		{"MissingParameter", func(r *http.Request) { r.Header.Del("X-TC-Timestamp") }},
		{"AuthFailure.SignatureFailure", func(r *http.Request) {
			r.Header.Set("X-TC-Timestamp", strconv.FormatInt(now.Unix()+1, 10))
		}},
		{"MissingParameter", func(r *http.Request) { r.Header.Del("X-TC-Version") }},
		{"MissingParameter", func(r *http.Request) { r.Header.Del("X-TC-Action") }},
		{"AuthFailure.InvalidAuthorization", func(r *http.Request) { r.Header.Del("Content-Type") }},
		{"AuthFailure.InvalidAuthorization", func(r *http.Request) { r.Header.Set("X-TC-Content-SHA256", hexSum("x")) }},
		{"OK", func(r *http.Request) { r.Header.Set("X-TC-Content-SHA256", hexSum("{}")) }},
		{"OK", func(r *http.Request) { r.Header.Set("X-TC-Region", "anywhere") }},
	} {
		r := tc3("POST", "ListAlgorithms", params{})
		tt.change(r)
		w := fronttest.Do(h, r)
		require.Equal(t, tt.want, code(t, w), "%v: %s", r.Header, w.Body)
	}
}

// ListAlgorithms asks too, about no key; and this is what a denial looks like.
func TestHandler_authorizeList(t *testing.T) {
	var asked [][3]string
	h := newServer(keyring.New(), frontend.WithAuthorize(func(_ context.Context, principal, action, keyID string) error {
		asked = append(asked, [3]string{principal, action, keyID})
		return errors.New("not yours")
	}))
	m := response(t, fronttest.Do(h, tc3("POST", "ListAlgorithms", params{})))
	require.Equal(t, map[string]any{"Code": "UnauthorizedOperation", "Message": "The operation is not authorized."},
		m["Error"])
	require.Equal(t, [][3]string{{"id", "ListAlgorithms", ""}}, asked)
}
