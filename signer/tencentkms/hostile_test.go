// SPDX-License-Identifier: Apache-2.0

package tencentkms_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/kmsigner/kmsigner/internal/kmshttp/fronttest"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/tencentkms"
	"github.com/stretchr/testify/require"
)

func setBody(r *http.Request, body string) {
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
}

// Whatever is changed in a request after it was signed, it is not carried out.
func TestHostile_tampering(t *testing.T) {
	ring, versions := fronttest.Keyring(t, keyspec.ECP256)
	p := signParams(versions[keyspec.ECP256], "ECC_P256_R1")
	h := newServer(ring)
	refused := []string{"AuthFailure.SignatureFailure", "AuthFailure.InvalidAuthorization",
		"AuthFailure", "InvalidParameter", "MissingParameter"}
	for name, change := range map[string]func(*http.Request){
		"another body":            func(r *http.Request) { setBody(r, p.with("Message", "AAAA").json()) },
		"a space in the body":     func(r *http.Request) { setBody(r, p.json()+" ") },
		"no body":                 func(r *http.Request) { setBody(r, "") },
		"a query":                 func(r *http.Request) { r.URL.RawQuery = "Message=AAAA" },
		"an empty parameter":      func(r *http.Request) { r.URL.RawQuery = "&" },
		"another host":            func(r *http.Request) { r.Host = "other" },
		"another port":            func(r *http.Request) { r.Host = "kms.example:8081" },
		"no port":                 func(r *http.Request) { r.Host = "kms.example" },
		"another content type":    func(r *http.Request) { r.Header.Set("Content-Type", form) },
		"a parameter of the type": func(r *http.Request) { r.Header.Set("Content-Type", "application/json; charset=x") },
		"two content types":       func(r *http.Request) { r.Header.Add("Content-Type", "application/json") },
		"two actions":             func(r *http.Request) { r.Header.Add("X-TC-Action", "SignByAsymmetricKey") },
		"a folded action":         func(r *http.Request) { r.Header.Set("X-TC-Action", "SignByAsymmetricKey GetPublicKey") },
		"two Authorizations":      func(r *http.Request) { r.Header.Add("Authorization", r.Header.Get("Authorization")) },
		"GET":                     func(r *http.Request) { r.Method = "GET" },
		"GET with the query":      func(r *http.Request) { r.Method, r.URL.RawQuery = "GET", p.query(); setBody(r, "") },
		"UNSIGNED-PAYLOAD added":  func(r *http.Request) { r.Header.Set("X-TC-Content-SHA256", "UNSIGNED-PAYLOAD") },
		"no Authorization":        func(r *http.Request) { r.Header.Del("Authorization") },
	} {
		r := tc3("POST", "SignByAsymmetricKey", p)
		change(r)
		require.Contains(t, refused, code(t, fronttest.Do(h, r)), name)
	}
	for name, change := range map[string]func(*http.Request){
		"another parameter": func(r *http.Request) { r.URL.RawQuery = p.with("Message", "AAAA").query() },
		"one twice":         func(r *http.Request) { r.URL.RawQuery += "&Message=AAAA" },
		"another order":     func(r *http.Request) { r.URL.RawQuery = "KeyId=" + p["KeyId"] + "&" + p.with("KeyId", "").query() },
		"another escape":    func(r *http.Request) { r.URL.RawQuery = strings.Replace(r.URL.RawQuery, "%3D", "%3d", 1) },
		"a body":            func(r *http.Request) { setBody(r, p.json()) },
		"POST":              func(r *http.Request) { r.Method = "POST" },
		"POST and a form":   func(r *http.Request) { r.Method = "POST"; setBody(r, p.query()); r.URL.RawQuery = "" },
	} {
		r := tc3("GET", "SignByAsymmetricKey", p)
		change(r)
		require.Contains(t, refused, code(t, fronttest.Do(h, r)), name)
	}
	for name, tt := range map[string]struct {
		method string
		change func(*http.Request)
	}{
		"another parameter": {"POST", func(r *http.Request) {
			setBody(r, old("POST", "SignByAsymmetricKey", p).with("Signature", "AAAA").query())
		}},
		"one twice": {"POST", func(r *http.Request) {
			setBody(r, old("POST", "SignByAsymmetricKey", p).query()+"&Message=AAAA")
		}},
		"one twice, escaped": {"POST", func(r *http.Request) {
			setBody(r, old("POST", "SignByAsymmetricKey", p).query()+"&%4dessage=AAAA")
		}},
		"one in the query": {"POST", func(r *http.Request) { r.URL.RawQuery = "Message=AAAA" }},
		"an unknown one": {"POST", func(r *http.Request) {
			setBody(r, old("POST", "SignByAsymmetricKey", p).query()+"&X=1")
		}},
		"JSON":                  {"POST", func(r *http.Request) { r.Header.Set("Content-Type", "application/json") }},
		"no content type":       {"POST", func(r *http.Request) { r.Header.Del("Content-Type") }},
		"another host":          {"POST", func(r *http.Request) { r.Host = "kms.example" }},
		"another host, GET":     {"GET", func(r *http.Request) { r.Host = "kms.example" }},
		"POST instead of GET":   {"GET", func(r *http.Request) { r.Method = "POST" }},
		"one twice, GET":        {"GET", func(r *http.Request) { r.URL.RawQuery += "&Message=AAAA" }},
		"a broken escape, GET":  {"GET", func(r *http.Request) { r.URL.RawQuery += "&X=%zz" }},
		"a body beside the GET": {"GET", func(r *http.Request) { setBody(r, p.query()) }},
	} {
		r := get(old("GET", "SignByAsymmetricKey", p))
		if tt.method == "POST" {
			r = post(old("POST", "SignByAsymmetricKey", p))
		}
		tt.change(r)
		require.Contains(t, refused, code(t, fronttest.Do(h, r)), name)
	}
}

// X-TC-Action is not signed by the SDKs. A request that is signed for one action is
// not carried out as another.
func TestHostile_unsignedAction(t *testing.T) {
	ring, versions := fronttest.Keyring(t, keyspec.ECP256)
	sign := signParams(versions[keyspec.ECP256], "ECC_P256_R1")
	all := map[string]params{
		"SignByAsymmetricKey":   sign,
		"VerifyByAsymmetricKey": sign.with("SignatureValue", "AAAA"),
		"GetPublicKey":          {"KeyId": sign["KeyId"]},
		"ListAlgorithms":        {},
	}
	h := newServer(ring)
	for signedFor, p := range all {
		for sent := range all {
			for _, method := range []string{"GET", "POST"} {
				r := tc3(method, signedFor, p)
				r.Header.Set("X-TC-Action", sent)
				c := code(t, fronttest.Do(h, r))
				if sent == signedFor {
					require.Equal(t, "OK", c)
				} else {
					require.Contains(t, []string{"InvalidParameter", "MissingParameter"}, c, "%s as %s", signedFor, sent)
				}
			}
		}
	}
	// Neither does an Action in the body decide, where the header does.
	require.Equal(t, "InvalidParameter", code(t,
		fronttest.Do(h, tc3("POST", "GetPublicKey", all["GetPublicKey"].with("Action", "SignByAsymmetricKey")))))
	// Where it is signed, in lower case, another spelling is another action.
	r := tc3Sign(tc3("POST", "ListAlgorithms", params{}), hexSum("{}"), "content-type", "host", "x-tc-action")
	r.Header.Set("X-TC-Action", "listalgorithms")
	require.Equal(t, "InvalidAction", code(t, fronttest.Do(h, r)))
	r.Header.Set("X-TC-Action", "GetPublicKey")
	require.Equal(t, "AuthFailure.SignatureFailure", code(t, fronttest.Do(h, r)))
}

// The older signature does not escape what it joins: one value with a & in it would
// be signed like two parameters.
func TestHostile_joinedValues(t *testing.T) {
	ring, versions := fronttest.Keyring(t, keyspec.ECP256)
	h := newServer(ring)
	v := versions[keyspec.ECP256]
	signed := old("GET", "SignByAsymmetricKey",
		signParams(v, "ECC_P256_R1").with("MessageType", "DIGEST", "Message", size(32)))
	require.Equal(t, "OK", code(t, fronttest.Do(h, get(signed))))
	for _, swallow := range [][2]string{{"Message", "MessageType"}, {"MessageType", "Nonce"}, {"Algorithm", "KeyId"},
		{"Language", "Message"}} {
		p := old("GET", "SignByAsymmetricKey",
			signParams(v, "ECC_P256_R1").with("MessageType", "DIGEST", "Message", size(32), "Language", "zh"))
		require.Equal(t, oldSign("GET", p), p)
		p = p.with(swallow[0], p[swallow[0]]+"&"+swallow[1]+"="+p[swallow[1]], swallow[1], "")
		require.Equal(t, oldSign("GET", p)["Signature"], p["Signature"], "the signature itself does not notice")
		require.Contains(t, []string{"InvalidParameter", "MissingParameter"}, code(t, fronttest.Do(h, get(p))), swallow)
	}
}

// A body that is not signed is accepted where nothing is in it, or by choice.
func TestHostile_unsignedPayload(t *testing.T) {
	ring, versions := fronttest.Keyring(t, keyspec.ECP256)
	p := signParams(versions[keyspec.ECP256], "ECC_P256_R1")
	unsigned := func(method string) *http.Request {
		r := tc3(method, "SignByAsymmetricKey", p)
		r.Header.Set("X-TC-Content-SHA256", "UNSIGNED-PAYLOAD")
		return tc3Sign(r, hexSum("UNSIGNED-PAYLOAD"), "content-type", "host")
	}
	strict, lax := newServer(ring), newServer(ring, tencentkms.AllowUnsignedPayload())
	require.Equal(t, "OK", code(t, fronttest.Do(strict, unsigned("GET"))))
	w := fronttest.Do(strict, unsigned("POST"))
	require.Equal(t, "AuthFailure.InvalidAuthorization", code(t, w))
	require.Contains(t, w.Body.String(), "tencentkms.AllowUnsignedPayload", "the error names the option")
	require.Equal(t, "OK", code(t, fronttest.Do(lax, unsigned("GET"))))
	require.Equal(t, "OK", code(t, fronttest.Do(lax, unsigned("POST"))))
	// What is not signed can be changed; that is the choice.
	r := unsigned("POST")
	setBody(r, signParams(versions[keyspec.ECP256], "ECC_P256_R1").with("Message", "AAAA").json())
	require.Equal(t, "OK", code(t, fronttest.Do(lax, r)))
	// The mark itself cannot be added or taken away.
	r = unsigned("POST")
	r.Header.Del("X-TC-Content-SHA256")
	require.Equal(t, "AuthFailure.SignatureFailure", code(t, fronttest.Do(lax, r)))
	r = tc3("POST", "SignByAsymmetricKey", p)
	r.Header.Set("X-TC-Content-SHA256", "UNSIGNED-PAYLOAD")
	require.Equal(t, "AuthFailure.SignatureFailure", code(t, fronttest.Do(lax, r)))
}

// Bodies that other parsers read in more than one way.
func TestHostile_bodies(t *testing.T) {
	ring, versions := fronttest.Keyring(t, keyspec.ECP256)
	h := newServer(ring)
	id := versions[keyspec.ECP256].KeyID
	for body, want := range map[string]string{
		`{"KeyId":"` + id + `"}`:                              "OK",
		` {"KeyId" : "` + id + `"}` + "\r\n":                  "OK",
		`{"KeyId":"` + id + `","KeyId":"` + id + `"}`:         "InvalidParameter",
		`{"KeyId":"` + id + `","KeyI\u0064":"x"}`:             "InvalidParameter",
		`{"KeyId":"` + id + `","keyid":"x"}`:                  "InvalidParameter",
		`{"keyid":"` + id + `"}`:                              "InvalidParameter",
		`{"KeyId":["` + id + `"]}`:                            "InvalidParameter",
		`{"KeyId":null}`:                                      "InvalidParameter",
		`{"KeyId":"` + id + `"}{}`:                            "InvalidParameter",
		`{"KeyId":"` + id + `",}`:                             "InvalidParameter",
		`{'KeyId':'` + id + `'}`:                              "InvalidParameter",
		`{"KeyId":"` + id + `"} // x`:                         "InvalidParameter",
		`{"KeyId":"` + id + "\x00" + `"}`:                     "InvalidParameter",
		`{"KeyId":"` + id + `\u0000"}`:                        "InvalidParameterValue.InvalidKeyId",
		"\ufeff" + `{"KeyId":"` + id + `"}`:                   "InvalidParameter",
		`[{"KeyId":"` + id + `"}]`:                            "InvalidParameter",
		`KeyId=` + url.QueryEscape(id):                        "InvalidParameter",
		`{"a":` + strings.Repeat("[", 20000):                  "InvalidParameter",
		`{"KeyId":"` + strings.Repeat("a", 20000) + `"}`:      "InvalidParameterValue.InvalidKeyId",
		`{"KeyId":"` + id + `"}` + strings.Repeat(" ", 70000): "InvalidParameter",
	} {
		r := httptest.NewRequest("POST", "http://"+host+"/", strings.NewReader(body))
		for name, values := range tc3("POST", "GetPublicKey", params{}).Header {
			r.Header[name] = values
		}
		require.Equal(t, want, code(t, fronttest.Do(h, tc3Sign(r, hexSum(body), "content-type", "host"))), "%.80s", body)
	}
}
