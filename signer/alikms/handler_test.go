package alikms_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/front/fronttest"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/alikms"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/stretchr/testify/require"
)

// Every way to send a request.
func ways(params url.Values) map[string]*http.Request {
	action := params.Get("Action")
	plain := with(params, "Action", "")
	form := httptest.NewRequest("POST", "http://"+host+"/", strings.NewReader(plain.Encode()))
	form.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	split := rpc("POST", params)
	mixed := httptest.NewRequest("POST", "http://"+host+"/?"+with(split, "Digest", "").Encode(), strings.NewReader("Digest="+url.QueryEscape(split.Get("Digest"))))
	mixed.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return map[string]*http.Request{
		"RPC GET":              get(rpc("GET", params)),
		"RPC POST, query":      postQuery(rpc("POST", params)),
		"RPC POST, form":       postForm(rpc("POST", params)),
		"RPC POST, both":       mixed,
		"ACS3 GET":             acs3(get(plain), "ACS3-HMAC-SHA256", action, ""),
		"ACS3 POST, query":     acs3(postQuery(plain), "ACS3-HMAC-SHA256", action, ""),
		"ACS3 POST, form":      acs3(form, "ACS3-HMAC-SHA256", action, plain.Encode()),
		"ACS3 SM3":             acs3(postQuery(plain), "ACS3-HMAC-SM3", action, ""),
		"ACS3 SM3, its header": acs3(postQuery(plain), "ACS3-HMAC-SM3 sm3", action, ""),
	}
}

func TestHandler_ways(t *testing.T) {
	ring, versions := newKeyring(t)
	h := newServer(ring)
	v := versions[keyspec.ECSM2]
	for _, format := range []string{"", "json", "JSON", "Json"} {
		for name, r := range ways(with(signParams(v, keyspec.SM2DSA), "Format", format)) {
			w := fronttest.Do(h, r)
			require.Equal(t, 200, w.Code, "%s: %s", name, w.Body)
			require.Equal(t, "application/json;charset=utf-8", w.Header().Get("Content-Type"))
			m := fronttest.JSON(t, w)
			require.Len(t, m, 4)
			require.Equal(t, v.KeyID, m["KeyId"])
			require.Equal(t, v.VersionID, m["KeyVersionId"])
			require.Len(t, m["RequestId"], 36)
			sig, err := base64.StdEncoding.DecodeString(m["Value"].(string))
			require.NoError(t, err)
			verifier, err := v.Verifier(keyspec.SM2DSA)
			require.NoError(t, err)
			require.NoError(t, verifier.VerifyDigest(digest[:], sig))
		}
	}
}

// Every pair and every operation, in JSON and in XML.
func TestHandler_pairs(t *testing.T) {
	ring, versions := newKeyring(t)
	h := newServer(ring)
	for _, p := range keyspec.Pairs() {
		v := versions[p.KeySpec]
		signed := fronttest.JSON(t, fronttest.Do(h, get(rpc("GET", signParams(v, p.Algorithm)))))
		verify := with(signParams(v, p.Algorithm), "Action", "AsymmetricVerify", "Value", signed["Value"].(string), "KeyId", "alias/"+string(p.KeySpec))
		m := fronttest.JSON(t, fronttest.Do(h, postForm(rpc("POST", verify))))
		require.Equal(t, true, m["Value"])
		require.Equal(t, v.KeyID, m["KeyId"])
		m = fronttest.JSON(t, fronttest.Do(h, postForm(rpc("POST", with(verify, "Value", "AAAA")))))
		require.Equal(t, false, m["Value"])

		w := fronttest.Do(h, get(rpc("GET", with(verify, "Format", "XML"))))
		require.Equal(t, "text/xml;charset=utf-8", w.Header().Get("Content-Type"))
		var x struct {
			XMLName                        xml.Name
			KeyId, KeyVersionId, RequestId string
			Value                          bool
		}
		require.NoError(t, xml.Unmarshal(w.Body.Bytes(), &x))
		require.Equal(t, "AsymmetricVerifyResponse", x.XMLName.Local)
		require.Equal(t, v.KeyID, x.KeyId)
		require.Equal(t, v.VersionID, x.KeyVersionId)
		require.Len(t, x.RequestId, 36)
		require.True(t, x.Value)

		public := url.Values{"Action": {"GetPublicKey"}, "KeyId": {v.KeyID}, "KeyVersionId": {v.VersionID}}
		want, err := keyspec.MarshalPublicKey(v.Public())
		require.NoError(t, err)
		m = fronttest.JSON(t, fronttest.Do(h, get(rpc("GET", public))))
		require.Equal(t, string(want), m["PublicKey"])
		w = fronttest.Do(h, get(rpc("GET", with(public, "Format", "xml"))))
		var k struct {
			XMLName   xml.Name `xml:"GetPublicKeyResponse"`
			PublicKey string
		}
		require.NoError(t, xml.Unmarshal(w.Body.Bytes(), &k))
		require.Equal(t, string(want), k.PublicKey)
	}
}

// The shape of an error, in both formats.
func TestHandler_errorBody(t *testing.T) {
	ring, versions := newKeyring(t)
	h := newServer(ring)
	p := with(signParams(versions[keyspec.ECP256], "ECDSA_SHA_256"), "KeyId", "alias/<none>&\"")
	w := fronttest.Do(h, get(rpc("GET", with(p, "KeyId", "alias/none"))))
	require.Equal(t, 404, w.Code)
	m := fronttest.JSON(t, w)
	require.Len(t, m["RequestId"], 36)
	delete(m, "RequestId")
	require.Equal(t, map[string]any{"HostId": host, "Code": "Forbidden.AliasNotFound", "Message": "The specified Alias is not found.", "Recommend": ""}, m)

	w = fronttest.Do(h, get(rpc("GET", with(p, "Format", "xml"))))
	require.Equal(t, 400, w.Code)
	require.Equal(t, "text/xml;charset=utf-8", w.Header().Get("Content-Type"))
	require.True(t, strings.HasPrefix(w.Body.String(), `<?xml version="1.0" encoding="UTF-8"?>`+"\n<Error><RequestId>"), w.Body.String())
	var x struct {
		XMLName                          xml.Name `xml:"Error"`
		RequestId, HostId, Code, Message string
	}
	require.NoError(t, xml.Unmarshal(w.Body.Bytes(), &x))
	require.Equal(t, host, x.HostId)
	require.Equal(t, "InvalidParameter", x.Code)
	require.Contains(t, x.Message, "The specified parameter is not valid. KeyId: ")

	// The string to sign comes back, and it is what the client should have signed.
	bad := rpc("GET", p)
	bad.Set("Signature", "AAAA")
	m = fronttest.JSON(t, fronttest.Do(h, get(bad)))
	require.Equal(t, "SignatureDoesNotMatch", m["Code"])
	bad.Del("Signature")
	require.Equal(t, "Specified signature is not matched with our calculation. server string to sign is:GET&%2F&"+
		escape(strings.ReplaceAll(bad.Encode(), "+", "%20")), m["Message"])
}

// Each code that a client can provoke, in the order in which the checks are made:
// every request has the faults of all rows below its own, too.
func TestHandler_order(t *testing.T) {
	ring, versions := newKeyring(t)
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
			h := newServer(ring, frontend.WithRate(one, burst), frontend.WithAuthorize(func(context.Context, string, string, string) error {
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
					r = httptest.NewRequest(method, "http://"+host+"/?"+with(p, "Action", "", "Version", "", "Signature", "", "AccessKeyId", "", "Timestamp", "", "SignatureNonce", "").Encode(), nil)
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
					return do("GET", url.Values{}, func(r *http.Request) { r.URL.Path = "/x"; r.Header["X-Acs-Date"] = []string{"a", "b"} })
				}},
				{"InvalidParameter", func() *httptest.ResponseRecorder {
					return do("GET", url.Values{"a b": {"1"}, "Format": {"YAML"}}, nil)
				}},
				{"InvalidParameter.Format", func() *httptest.ResponseRecorder {
					return do("GET", with(rpc("GET", bad), "Format", "YAML", "Timestamp", "today"), nil)
				}},
				{"InvalidTimeStamp.Format", func() *httptest.ResponseRecorder {
					return do("GET", with(rpc("GET", with(bad, "Timestamp", "today")), "Signature", "wrongsig", "AccessKeyId", "none"), nil)
				}},
				{"InvalidAccessKeyId.NotFound", func() *httptest.ResponseRecorder {
					return do("GET", rpc("GET", with(bad, "AccessKeyId", "none", "Timestamp", "2020-01-01T00:00:00Z")), nil)
				}},
				{"SignatureDoesNotMatch", func() *httptest.ResponseRecorder {
					return do("GET", with(rpc("GET", with(bad, "Timestamp", "2020-01-01T00:00:00Z")), "Signature", "wrongsig"), nil)
				}},
				{"InvalidTimeStamp.Expired", func() *httptest.ResponseRecorder {
					return do("GET", rpc("GET", with(bad, "Timestamp", "2020-01-01T00:00:00Z", "Version", "1")), nil)
				}},
				{"InvalidVersion", func() *httptest.ResponseRecorder {
					return do("GET", rpc("GET", with(bad, "Version", "2016-01-21", "Action", "Nothing", "SignatureNonce", "once"+scheme)), nil)
				}},
				{"SignatureNonceUsed", func() *httptest.ResponseRecorder {
					return do("GET", rpc("GET", with(bad, "Version", "2016-01-21", "Action", "Nothing", "SignatureNonce", "once"+scheme)), nil)
				}},
				{"InvalidApi.NotFound", func() *httptest.ResponseRecorder {
					return do("GET", rpc("GET", with(bad, "Action", "asymmetricsign", "KeyId", "")), nil)
				}},
				{"MissingParameter", func() *httptest.ResponseRecorder { return do("GET", rpc("GET", with(bad, "KeyId", "")), nil) }},
				{"InvalidParameter", func() *httptest.ResponseRecorder { return do("GET", rpc("GET", with(bad, "Digest", "?")), nil) }},
				{"InvalidParameter", func() *httptest.ResponseRecorder { return do("GET", rpc("GET", with(bad, "DryRun", "TRUE")), nil) }},
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
					return do("GET", rpc("GET", with(bad, "KeyId", ec.KeyID, "KeyVersionId", ec.VersionID, "Algorithm", "ECDSA_SHA_256")), nil)
				}},
				{"DryRunOperationError", func() *httptest.ResponseRecorder {
					return do("GET", rpc("GET", with(bad, "KeyId", ec.KeyID, "KeyVersionId", ec.VersionID, "Algorithm", "ECDSA_SHA_256", "Digest", digest64, "DryRun", "true")), nil)
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
	ring, versions := newKeyring(t)
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
		{"IncompleteSignature", func(r *http.Request) { r.Header.Set("X-Acs-Content-Sha256", strings.Repeat("0", 64)); resign(r) }},
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

func resign(r *http.Request) {
	acs3Sign(r, newSHA256, "ACS3-HMAC-SHA256", hexSum(newSHA256, ""))
}

// Temporary credentials are the Authenticator's to know; every one of its errors
// has its code.
func TestHandler_authenticator(t *testing.T) {
	ring, versions := newKeyring(t)
	p := signParams(versions[keyspec.ECP256], "ECDSA_SHA_256")
	auth := func(_ context.Context, id, token string) (string, error) {
		switch {
		case id == "ak" && token == "token":
			return "sk", nil
		case token == "off":
			return "", errors.AccessDenied
		case token == "down":
			return "", errors.New("the database is away")
		}
		return "", errors.Unauthenticated
	}
	h := alikms.NewHandler(&alikms.Service{Store: ring}, auth, frontend.WithClock(func() time.Time { return now }))
	for token, want := range map[string]string{
		"": "InvalidAccessKeyId.NotFound", "x": "InvalidAccessKeyId.NotFound", "off": "InvalidAccessKeyId.Inactive", "down": "ServiceUnavailableTemporary",
	} {
		require.Equal(t, want, code(t, fronttest.Do(h, get(rpc("GET", with(p, "SecurityToken", token))))))
	}
	require.Equal(t, 200, fronttest.Do(h, get(rpc("GET", with(p, "SecurityToken", "token")))).Code)
	r := postQuery(with(p, "Action", ""))
	r.Header.Set("x-acs-security-token", "token")
	require.Equal(t, 200, fronttest.Do(h, acs3(r, "ACS3-HMAC-SHA256", "AsymmetricSign", "")).Code)
}

// Who may not use a key gets one and the same answer, whether there is such a key
// or not, and however it is spelled; also in a dry run.
func TestHandler_authorize(t *testing.T) {
	ring, versions := newKeyring(t)
	mine, others := versions[keyspec.ECP256], versions[keyspec.ECSM2]
	off, err := ring.Create(ctx, keyspec.ECP256)
	require.NoError(t, err)
	require.NoError(t, ring.SetState(ctx, off.KeyID, keyring.Disabled))
	var asked [][3]string
	h := newServer(ring, frontend.WithAuthorize(func(_ context.Context, principal, action, keyID string) error {
		asked = append(asked, [3]string{principal, action, keyID})
		if keyID == mine.KeyID {
			return nil
		}
		return errors.New("not yours: " + keyID)
	}))
	for _, name := range []string{mine.KeyID, "alias/EC_P256", "acs:kms:r:a:key/" + mine.KeyID} {
		require.Equal(t, 200, fronttest.Do(h, get(rpc("GET", with(signParams(mine, "ECDSA_SHA_256"), "KeyId", name)))).Code)
		require.Equal(t, [3]string{"ak", "AsymmetricSign", mine.KeyID}, asked[len(asked)-1])
	}
	bodies := map[string]bool{}
	for _, name := range []string{others.KeyID, "alias/EC_SM2", off.KeyID, "00000000-0000-4000-8000-000000000000", "alias/none", "a b", "acs:kms:r:a:key/" + others.KeyID} {
		for _, version := range []string{others.VersionID, "00000000-0000-4000-8000-000000000000"} {
			for _, action := range []string{"AsymmetricSign", "AsymmetricVerify", "GetPublicKey"} {
				p := with(signParams(others, "SM2DSA"), "Action", action, "KeyId", name, "KeyVersionId", version, "Value", "AAAA")
				w := fronttest.Do(h, get(rpc("GET", p)))
				m := fronttest.JSON(t, w)
				require.Equal(t, 403, w.Code)
				delete(m, "RequestId")
				b, err := json.Marshal(m)
				require.NoError(t, err)
				bodies[string(b)] = true
				require.Equal(t, "AccessDeniedError", code(t, fronttest.Do(h, get(rpc("GET", with(p, "DryRun", "true"))))))
			}
		}
	}
	require.Len(t, bodies, 1)
}

// One line a request. Nothing of the digest, the signature or the secret is in it,
// and nothing of a request that is not authenticated.
func TestHandler_log(t *testing.T) {
	ring, versions := newKeyring(t)
	v := versions[keyspec.ECP256]
	h := newServer(ring)
	w := fronttest.Do(h, get(rpc("GET", with(signParams(v, "ECDSA_SHA_256"), "KeyId", "alias/EC_P256"))))
	var line map[string]any
	require.NoError(t, json.Unmarshal(h.log.Bytes(), &line))
	require.Equal(t, fronttest.JSON(t, w)["RequestId"], line["request_id"])
	require.Equal(t, []any{"ak", "AsymmetricSign", v.KeyID, "OK", "INFO"},
		[]any{line["principal"], line["action"], line["key_id"], line["code"], line["level"]})

	p := with(signParams(v, "ECDSA_SHA_256"), "Value", "c2lnbmF0dXJl", "Action", "AsymmetricVerify")
	fronttest.Do(h, get(rpc("GET", p)))
	fronttest.Do(h, get(rpc("GET", with(p, "Digest", "?"))))
	fronttest.Do(h, get(rpc("GET", with(p, "Digest", digest64[:8]))))
	fronttest.Do(h, get(with(rpc("GET", p), "Signature", "c2lnbmF0dXJl")))
	fronttest.Do(h, get(rpc("GET", with(p, "AccessKeyId", "log me", "KeyId", "log me", "Action", "log me"))))
	for _, secret := range []string{digest64, url.QueryEscape(digest64), digest64[:8], "c2lnbmF0dXJl", "sk2", `"sk"`, "sk&", "log me"} {
		require.NotContains(t, h.log.String(), secret)
	}
	require.Equal(t, 6, strings.Count(h.log.String(), "kms request"))
	require.Equal(t, 6, bytes.Count(h.log.Bytes(), []byte("\n")))
}

// A store that panics, fails or has no time left.
func TestHandler_store(t *testing.T) {
	p := signParams(&keyring.Version{KeyID: "k", VersionID: "v"}, "ECDSA_SHA_256")
	for want, lookup := range map[string]func() error{
		"InternalFailure":             func() error { panic("digest in here") },
		"ServiceUnavailableTemporary": func() error { return errors.Unavailable },
		"Forbidden.KeyNotFound":       func() error { return errors.KeyNotFound },
	} {
		h := newServer(storeFunc(lookup))
		w := fronttest.Do(h, get(rpc("GET", p)))
		require.Equal(t, want, code(t, w))
		require.NotContains(t, w.Body.String(), "digest in here")
		require.NotContains(t, h.log.String(), "digest in here")
		require.Contains(t, h.log.String(), fronttest.JSON(t, w)["RequestId"])
	}
	h := newServer(storeFunc(func() error { return errors.New("dsn=secret") }))
	w := fronttest.Do(h, get(rpc("GET", p)))
	require.Equal(t, "InternalFailure", code(t, w))
	require.NotContains(t, w.Body.String(), "dsn")
	require.Contains(t, h.log.String(), "dsn", "the embedder's own errors are for his log")
}

type storeFunc func() error

func (f storeFunc) Lookup(context.Context, string, string) (*keyring.Version, error) {
	return nil, f()
}

// There is no way to an open handler by omission.
func TestNewHandler_misconfigured(t *testing.T) {
	ring, versions := newKeyring(t)
	s := &alikms.Service{Store: ring}
	keys := frontend.StaticKeys(map[string]string{"ak": "sk"})
	clock := frontend.WithClock(func() time.Time { return now })
	request := func() *http.Request { return get(rpc("GET", signParams(versions[keyspec.ECP256], "ECDSA_SHA_256"))) }
	require.Equal(t, 200, fronttest.Do(alikms.NewHandler(s, keys, clock), request()).Code)
	for name, h := range map[string]http.Handler{
		"Authenticator": alikms.NewHandler(s, nil, clock),
		"service":       alikms.NewHandler(nil, keys, clock),
		"store":         alikms.NewHandler(&alikms.Service{}, keys, clock),
		"option":        alikms.NewHandler(s, keys, clock, nil),
		"WithAuthorize": alikms.NewHandler(s, keys, clock, frontend.WithAuthorize(nil)),
		"WithLogger":    alikms.NewHandler(s, keys, clock, frontend.WithLogger(nil)),
		"WithNonces":    alikms.NewHandler(s, keys, clock, frontend.WithNonces(nil)),
		"WithClock":     alikms.NewHandler(s, keys, frontend.WithClock(nil)),
		"WithRate":      alikms.NewHandler(s, keys, clock, frontend.WithRate(0, 1)),
		"burst":         alikms.NewHandler(s, keys, clock, frontend.WithRate(1, 0)),
	} {
		w := fronttest.Do(h, request())
		require.Equal(t, 500, w.Code, name)
		require.Equal(t, "InternalFailure", code(t, w), name)
	}
	none := alikms.NewHandler(s, frontend.StaticKeys(nil), clock)
	require.Equal(t, "InvalidAccessKeyId.NotFound", code(t, fronttest.Do(none, request())))
}

// Replicas that share a cache let a request in once; those that do not, once each.
func TestHandler_replicas(t *testing.T) {
	ring, versions := newKeyring(t)
	shared := frontend.WithNonces(frontend.NewNonceCache(10))
	a, b, alone := newServer(ring, shared), newServer(ring, shared), newServer(ring)
	request := get(rpc("GET", signParams(versions[keyspec.ECP256], "ECDSA_SHA_256")))
	require.Equal(t, 200, fronttest.Do(a, request).Code)
	require.Equal(t, "SignatureNonceUsed", code(t, fronttest.Do(b, request)))
	require.Equal(t, "SignatureNonceUsed", code(t, fronttest.Do(a, request)))
	require.Equal(t, 200, fronttest.Do(alone, request).Code)

	full := newServer(ring, frontend.WithNonces(frontend.NewNonceCache(1)))
	require.Equal(t, 200, fronttest.Do(full, request).Code)
	require.Equal(t, "ServiceUnavailableTemporary", code(t, fronttest.Do(full, get(rpc("GET", signParams(versions[keyspec.ECP256], "ECDSA_SHA_256"))))))
}

// Many requests at once, while the key is switched off and on: each is answered
// one way or the other, and of a request sent twice at once one comes in.
func TestHandler_concurrent(t *testing.T) {
	ring, versions := newKeyring(t)
	v := versions[keyspec.ECSM2]
	h := alikms.NewHandler(&alikms.Service{Store: ring}, frontend.StaticKeys(map[string]string{"ak": "sk"}),
		frontend.WithClock(func() time.Time { return now }), frontend.WithRate(1e6, 1e6))
	const workers, each = 8, 50
	var counts sync.Map
	count := func(w *httptest.ResponseRecorder) {
		c := "OK"
		if w.Code != 200 {
			c = code(t, w)
		}
		n, _ := counts.LoadOrStore(c, new(atomic.Int64))
		n.(*atomic.Int64).Add(1)
	}
	stop := make(chan struct{})
	var switching, working sync.WaitGroup
	switching.Go(func() {
		for state := keyring.Disabled; ; state = map[keyring.State]keyring.State{keyring.Disabled: keyring.Enabled, keyring.Enabled: keyring.Disabled}[state] {
			select {
			case <-stop:
				return
			default:
				_ = ring.SetState(ctx, v.KeyID, state)
			}
		}
	})
	for range workers {
		working.Go(func() {
			for range each {
				p := rpc("GET", signParams(v, keyspec.SM2DSA))
				var twice sync.WaitGroup
				twice.Go(func() { count(fronttest.Do(h, get(p))) })
				count(fronttest.Do(h, get(p)))
				twice.Wait()
			}
		})
	}
	working.Wait()
	close(stop)
	switching.Wait()
	total := map[string]int64{}
	counts.Range(func(c, n any) bool { total[c.(string)] = n.(*atomic.Int64).Load(); return true })
	require.EqualValues(t, workers*each, total["SignatureNonceUsed"])
	require.EqualValues(t, workers*each, total["OK"]+total["Rejected.Disabled"])
}
