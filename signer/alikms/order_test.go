// SPDX-License-Identifier: Apache-2.0

package alikms_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/emmansun/gmsm/sm3"
	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/kmshttp/fronttest"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/stretchr/testify/require"
)

// Each code that a client can provoke, in the order in which the checks are made:
// every request has the faults of all rows below its own, too.
func TestHandler_order(t *testing.T) {
	ring, versions := fronttest.Keyring(t, keyspec.ECP256, keyspec.ECP256K)
	ec := versions[keyspec.ECP256]
	require.NoError(t, ring.SetState(ctx, versions[keyspec.ECP256K].KeyID, keyring.Disabled))
	one := 1.0
	for _, scheme := range []string{"rpc", "acs3"} {
		for _, limited := range []bool{true, false} {
			burst := 1000
			if limited {
				burst = 1
			}
			var denied bool
			h := newServer(ring, frontend.WithRate(one, burst),
				frontend.WithAuthorize(func(context.Context, string, string, string) error {
					if denied {
						return errors.New("no")
					}
					return nil
				}))
			do := func(method string, p url.Values, tweak func(*http.Request)) *httptest.ResponseRecorder {
				var r *http.Request
				if scheme == "rpc" {
					r = httptest.NewRequest(method, "http://"+host+"/?"+p.Encode(), nil)
				} else {
					r = httptest.NewRequest(method, "http://"+host+"/?"+with(p, "Action", "", "Version", "", "Signature", "",
						"AccessKeyId", "", "Timestamp", "", "SignatureNonce", "").Encode(), nil)
					r.Header.Set("x-acs-action", p.Get("Action"))
					r.Header.Set("x-acs-version", p.Get("Version"))
					r.Header.Set("x-acs-date", p.Get("Timestamp"))
					r.Header.Set("x-acs-signature-nonce", p.Get("SignatureNonce"))
					r.Header.Set("x-acs-content-sha256", hexSum(newSHA256, ""))
					acs3Sign(r, newSHA256, "ACS3-HMAC-SHA256", hexSum(newSHA256, ""))
					a := r.Header.Get("Authorization")
					a = strings.Replace(a, "Credential=ak", "Credential="+p.Get("AccessKeyId"), 1)
					if p.Get("Signature") == "wrongsig" {
						a = a[:len(a)-4] + "0000"
					}
					r.Header.Set("Authorization", a)
				}
				if tweak != nil {
					tweak(r)
				}
				return fronttest.Do(h, r)
			}
			if limited {
				p := rpc("GET", with(signParams(ec, "?"), "Version", "1"))
				require.Equal(t, "InvalidVersion", code(t, do("GET", p, nil)))
				require.Equal(t, "Throttling.User", code(t, do("GET", p, nil)), "before the nonce")
				continue
			}
			bad := with(signParams(versions[keyspec.ECP256K], "SM2DSA"), "Digest", "AAAA", "DryRun", "false")
			rows := []struct {
				want string
				do   func() *httptest.ResponseRecorder
			}{
				{"UnsupportedHTTPMethod", func() *httptest.ResponseRecorder {
					return do("PUT", url.Values{}, func(r *http.Request) { r.URL.Path = "/x" })
				}},
				{"InvalidApi.NotFound", func() *httptest.ResponseRecorder {
					return do("GET", url.Values{}, func(r *http.Request) {
						r.URL.Path = "/x"
						r.Header["X-Acs-Date"] = []string{"a", "b"}
					})
				}},
				{"InvalidAccessKeyId.NotFound", func() *httptest.ResponseRecorder {
					return do("GET", rpc("GET", with(bad, "AccessKeyId", "none", "Timestamp", "today", "Format", "YAML", "a b", "1")),
						nil)
				}},
				{"InvalidParameter", func() *httptest.ResponseRecorder {
					return do("GET", rpc("GET", with(bad, "Timestamp", "today", "Format", "YAML", "a b", "1")), nil)
				}},
				{"InvalidParameter.Format", func() *httptest.ResponseRecorder {
					return do("GET", with(rpc("GET", bad), "Format", "YAML", "Timestamp", "today"), nil)
				}},
				{"InvalidTimeStamp.Format", func() *httptest.ResponseRecorder {
					return do("GET", with(rpc("GET", with(bad, "Timestamp", "today")), "Signature", "wrongsig"), nil)
				}},
				{"SignatureDoesNotMatch", func() *httptest.ResponseRecorder {
					return do("GET", with(rpc("GET", with(bad, "Timestamp", "2020-01-01T00:00:00Z")), "Signature", "wrongsig"), nil)
				}},
				{"InvalidTimeStamp.Expired", func() *httptest.ResponseRecorder {
					return do("GET", rpc("GET", with(bad, "Timestamp", "2020-01-01T00:00:00Z", "Version", "1")), nil)
				}},
				{"InvalidVersion", func() *httptest.ResponseRecorder {
					return do("GET", rpc("GET", with(bad, "Version", "2016-01-21", "Action", "Nothing", "SignatureNonce",
						"once"+scheme)), nil)
				}},
				{"SignatureNonceUsed", func() *httptest.ResponseRecorder {
					return do("GET", rpc("GET", with(bad, "Version", "2016-01-21", "Action", "Nothing", "SignatureNonce",
						"once"+scheme)), nil)
				}},
				{"InvalidApi.NotFound", func() *httptest.ResponseRecorder {
					return do("GET", rpc("GET", with(bad, "Action", "asymmetricsign", "KeyId", "")), nil)
				}},
				{"MissingParameter", func() *httptest.ResponseRecorder {
					return do("GET", rpc("GET", with(bad, "KeyId", "")), nil)
				}},
				{"InvalidParameter", func() *httptest.ResponseRecorder {
					return do("GET", rpc("GET", with(bad, "Digest", "?")), nil)
				}},
				{"InvalidParameter", func() *httptest.ResponseRecorder {
					return do("GET", rpc("GET", with(bad, "DryRun", "TRUE")), nil)
				}},
				{"Forbidden.NoPermission", func() *httptest.ResponseRecorder {
					denied = true
					defer func() { denied = false }()
					return do("GET", rpc("GET", bad), nil)
				}},
				{"Rejected.Disabled", func() *httptest.ResponseRecorder { return do("GET", rpc("GET", bad), nil) }},
				{"InvalidParameter", func() *httptest.ResponseRecorder {
					return do("GET", rpc("GET", with(bad, "KeyId", ec.KeyID, "KeyVersionId", ec.VersionID)), nil)
				}},
				{"InvalidParameter", func() *httptest.ResponseRecorder {
					return do("GET", rpc("GET", with(bad, "KeyId", ec.KeyID, "KeyVersionId", ec.VersionID, "Algorithm",
						"ECDSA_SHA_256")), nil)
				}},
				{"DryRunOperationError", func() *httptest.ResponseRecorder {
					return do("GET", rpc("GET", with(bad, "KeyId", ec.KeyID, "KeyVersionId", ec.VersionID, "Algorithm",
						"ECDSA_SHA_256", "Digest", digest64, "DryRun", "true")), nil)
				}},
			}
			for i, row := range rows {
				w := row.do()
				require.Equal(t, row.want, code(t, w), "%s, row %d: %s", scheme, i, w.Body)
			}
		}
	}
}

// What is missing or wrong in a signature.
func TestHandler_signature(t *testing.T) {
	ring, versions := fronttest.Keyring(t, keyspec.ECP256)
	p := signParams(versions[keyspec.ECP256], "ECDSA_SHA_256")
	for _, tt := range []struct {
		want  string
		pairs []string
	}{
		{"MissingParameter", []string{"AccessKeyId", ""}},
		{"MissingParameter", []string{"SignatureNonce", ""}},
		{"MissingParameter", []string{"Timestamp", ""}},
		{"MissingParameter", []string{"Version", ""}},
		{"MissingParameter", []string{"Action", ""}},
		{"InvalidSignatureMethod", []string{"SignatureMethod", ""}},
		{"InvalidSignatureMethod", []string{"SignatureMethod", "HMAC-SHA256"}},
		{"InvalidSignatureMethod", []string{"SignatureType", "BEARERTOKEN"}},
		{"IncompleteSignature", []string{"SignatureVersion", ""}},
		{"IncompleteSignature", []string{"SignatureVersion", "2.0"}},
		{"IncompleteSignature", []string{"AccessKeyId", strings.Repeat("a", 129)}},
		{"IncompleteSignature", []string{"SignatureNonce", strings.Repeat("a", 129)}},
		{"InvalidTimeStamp.Format", []string{"Timestamp", "2026-11-22T12:00:00.5Z"}},
		{"InvalidTimeStamp.Format", []string{"Timestamp", "2026-11-22T12:00:00+00:00"}},
		{"InvalidTimeStamp.Format", []string{"Timestamp", "2026-02-30T12:00:00Z"}},
		{"InvalidTimeStamp.Expired", []string{"Timestamp", "2026-11-22T11:44:59Z"}},
		{"InvalidTimeStamp.Expired", []string{"Timestamp", "2026-11-22T12:15:01Z"}},
		{"InvalidAccessKeyId.NotFound", []string{"AccessKeyId", "none"}},
		{"InvalidAccessKeyId.NotFound", []string{"SecurityToken", "token"}},
		{"SignatureDoesNotMatch", []string{"AccessKeyId", "other"}},
	} {
		q := rpc("GET", with(p, "Action", "AsymmetricSign"))
		q = rpcSign("GET", with(q, tt.pairs...))
		require.Equal(t, tt.want, code(t, fronttest.Do(newServer(ring), get(q))), tt.pairs)
	}
	q := rpc("GET", p)
	require.Equal(t, "MissingParameter", code(t, fronttest.Do(newServer(ring), get(with(q, "Signature", "")))))
	require.Equal(t, "IncompleteSignature", code(t, fronttest.Do(newServer(ring), get(with(q, "Signature", "?")))))
	// It was signed for another method.
	require.Equal(t, "SignatureDoesNotMatch", code(t, fronttest.Do(newServer(ring), postQuery(q))))
	for _, s := range []string{"2026-11-22T11:45:00Z", "2026-11-22T12:15:00Z"} {
		w := fronttest.Do(newServer(ring), get(rpc("GET", with(p, "Timestamp", s))))
		require.Equal(t, 200, w.Code, w.Body.String())
	}

	plain := with(p, "Action", "")
	for _, tt := range []struct {
		want   string
		change func(*http.Request)
	}{
		{"IncompleteSignature", func(r *http.Request) { r.Header.Set("Authorization", "ACS3-HMAC-SHA256 x") }},
		{"InvalidSignatureMethod", func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "SHA256", "SHA1", 1))
		}},
		{"MissingParameter", func(r *http.Request) { r.Header.Del("X-Acs-Date"); resign(r) }},
		{"MissingParameter", func(r *http.Request) { r.Header.Del("X-Acs-Signature-Nonce"); resign(r) }},
		{"MissingParameter", func(r *http.Request) { r.Header.Del("X-Acs-Action"); resign(r) }},
		{"MissingParameter", func(r *http.Request) { r.Header.Del("X-Acs-Version"); resign(r) }},
		{"IncompleteSignature", func(r *http.Request) { r.Header.Del("X-Acs-Content-Sha256"); resign(r) }},
		{"IncompleteSignature", func(r *http.Request) {
			r.Header.Set("X-Acs-Content-Sha256", strings.Repeat("0", 64))
			resign(r)
		}},
		{"IncompleteSignature", func(r *http.Request) { r.Header.Set("X-Acs-Accesskey-Id", "other"); resign(r) }},
		{"InvalidTimeStamp.Format", func(r *http.Request) { r.Header.Set("X-Acs-Date", "20261122T120000Z"); resign(r) }},
		{"InvalidAccessKeyId.NotFound", func(r *http.Request) { r.Header.Set("X-Acs-Security-Token", "t"); resign(r) }},
		{"IncompleteSignature", func(r *http.Request) {
			r.Header.Set("X-Acs-Other", "")
			resign(r)
			r.Header.Del("X-Acs-Other")
		}},
		{"OK", func(r *http.Request) { r.Header.Set("X-Acs-Accesskey-Id", "ak"); resign(r) }},
		{"OK", func(r *http.Request) { r.Header.Set("X-Acs-Other", "  spaces-around "); resign(r) }},
		{"OK", func(r *http.Request) { r.Header.Set("User-Agent", "not signed") }},
	} {
		r := acs3(postQuery(plain), "ACS3-HMAC-SHA256", "AsymmetricSign", "")
		tt.change(r)
		w := fronttest.Do(newServer(ring), r)
		if tt.want == "OK" {
			require.Equal(t, 200, w.Code, w.Body.String())
			continue
		}
		require.Equal(t, tt.want, code(t, w), r.Header)
	}
}

// A form that is large when it is escaped twice costs its sender more than the
// service: it is refused over 8 KiB, not parsed for a stranger, and not sent back.
func TestHandler_large(t *testing.T) {
	ring, versions := fronttest.Keyring(t, keyspec.ECP256)
	h := newServer(ring)
	p := signParams(versions[keyspec.ECP256], "ECDSA_SHA_256")
	for _, tt := range []struct {
		id   string
		size int // of a parameter that the operation does not have
		want string
		told bool
	}{
		{"ak", 7000, "OK", false},
		{"ak", 9000, "InvalidParameter", false},
		{"other", 100, "SignatureDoesNotMatch", true},
		{"other", 7000, "SignatureDoesNotMatch", false},
		{"none", 7000, "InvalidAccessKeyId.NotFound", false},
	} {
		w := fronttest.Do(h, postForm(rpc("POST", with(p, "AccessKeyId", tt.id, "X", strings.Repeat(" ", tt.size)))))
		if tt.want == "OK" {
			require.Equal(t, 200, w.Code, w.Body)
			continue
		}
		require.Equal(t, tt.want, code(t, w))
		require.Equal(t, tt.told, strings.Contains(w.Body.String(), "sign is:POST"))
		require.Less(t, w.Body.Len(), 5000)
	}
}

func resign(r *http.Request) { resignAs(r, "ACS3-HMAC-SHA256") }

func resignAs(r *http.Request, algorithm string) *http.Request {
	h := newSHA256
	if algorithm == "ACS3-HMAC-SM3" {
		h = sm3.New
	}
	return acs3Sign(r, h, algorithm, hexSum(h, ""))
}
