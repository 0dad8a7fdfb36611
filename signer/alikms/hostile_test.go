// SPDX-License-Identifier: Apache-2.0

package alikms_test

import (
	"bufio"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/kmsigner/kmsigner/internal/kmshttp/fronttest"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/stretchr/testify/require"
)

func newSHA256() hash.Hash { return sha256.New() }

// Whatever is changed in a request after it was signed, it is not carried out.
func TestHostile_tampering(t *testing.T) {
	ring, versions := fronttest.Keyring(t, keyspec.ECP256, keyspec.ECSM2)
	victim := versions[keyspec.ECP256]
	p := with(signParams(victim, "ECDSA_SHA_256"), "RegionId", "cn")
	form := "application/x-www-form-urlencoded"
	post := func(query, body, contentType string) *http.Request {
		r := httptest.NewRequest("POST", "http://"+host+"/?"+query, strings.NewReader(body))
		if contentType != "" {
			r.Header.Set("Content-Type", contentType)
		}
		return r
	}
	other := url.QueryEscape("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
	digestParam := "Digest=" + url.QueryEscape(digest64)
	for name, r := range map[string]func() *http.Request{
		"another Digest": func() *http.Request {
			return get(with(rpc("GET", p), "Digest", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="))
		},
		"another KeyId":              func() *http.Request { return get(with(rpc("GET", p), "KeyId", versions[keyspec.ECSM2].KeyID)) },
		"another Action":             func() *http.Request { return get(with(rpc("GET", p), "Action", "GetPublicKey")) },
		"an added DryRun":            func() *http.Request { return get(with(rpc("GET", p), "DryRun", "true")) },
		"an added unknown parameter": func() *http.Request { return get(with(rpc("GET", p), "Unknown", "1")) },
		"one parameter less":         func() *http.Request { return get(with(rpc("GET", p), "RegionId", "")) },
		"a second Digest in the query": func() *http.Request {
			return post(rpc("POST", p).Encode()+"&Digest="+other, "", "")
		},
		"a second Digest before it": func() *http.Request { return post("Digest="+other+"&"+rpc("POST", p).Encode(), "", "") },
		"a second Digest in the body": func() *http.Request {
			return post(rpc("POST", p).Encode(), "Digest="+other, form)
		},
		"a second, equal Digest in the body": func() *http.Request { return post(rpc("POST", p).Encode(), digestParam, form) },
		"a second Digest, its name escaped": func() *http.Request {
			return post(rpc("POST", p).Encode()+"&%44igest="+other, "", "")
		},
		"a second Digest after a semicolon": func() *http.Request { return post(rpc("POST", p).Encode()+";Digest="+other, "", "") },
		"a body that is not read": func() *http.Request {
			return post(rpc("POST", p).Encode(), `{"Digest":"`+digest64+`"}`, "application/json")
		},
		"a body without a type":    func() *http.Request { return post(rpc("POST", p).Encode(), "Digest="+other, "") },
		"a form sent as text":      func() *http.Request { return post("", rpc("POST", p).Encode(), "text/plain") },
		"a form sent as multipart": func() *http.Request { return post("", rpc("POST", p).Encode(), "multipart/form-data; boundary=x") },
		"GET instead of POST":      func() *http.Request { return get(rpc("POST", p)) },
		"a GET with a body": func() *http.Request {
			r := httptest.NewRequest("GET", "http://"+host+"/?"+rpc("GET", p).Encode(), strings.NewReader("Digest="+other))
			r.Header.Set("Content-Type", form)
			return r
		},
		"an Authorization added": func() *http.Request {
			r := get(rpc("GET", p))
			r.Header.Set("Authorization", "ACS3-HMAC-SHA256 Credential=ak,SignedHeaders=host,Signature="+strings.Repeat("0", 64))
			return r
		},
	} {
		w := fronttest.Do(newServer(ring), r())
		require.NotEqual(t, 200, w.Code, name)
		require.Contains(t, []string{"SignatureDoesNotMatch", "InvalidParameter", "MissingParameter"}, code(t, w), name)
	}

	// ACS3: the headers say what is done.
	plain := with(p, "Action", "")
	signed := func() *http.Request { return acs3(postQuery(plain), "ACS3-HMAC-SHA256", "AsymmetricSign", "") }
	set := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	for name, change := range map[string]func(*http.Request){
		"another action":         set("x-acs-action", "GetPublicKey"),
		"another action, folded": set("x-acs-action", "AsymmetricSign GetPublicKey"),
		"another date":           set("x-acs-date", "2026-11-22T12:00:01Z"),
		"another nonce":          set("x-acs-signature-nonce", "fresh"),
		"another host":           func(r *http.Request) { r.Host = "other" },
		"another port":           func(r *http.Request) { r.Host = "kms.example:8082" },
		"no port":                func(r *http.Request) { r.Host = "kms.example" },
		"an x-acs header more":   set("x-acs-security-token", "t"),
		"a content type more":    set("Content-Type", form),
		"a header twice":         func(r *http.Request) { r.Header.Add("x-acs-action", "AsymmetricSign") },
		"Authorization twice":    func(r *http.Request) { r.Header.Add("Authorization", r.Header.Get("Authorization")) },
		"a parameter more":       func(r *http.Request) { r.URL.RawQuery += "&X=1" },
		"a parameter twice":      func(r *http.Request) { r.URL.RawQuery += "&Digest=" + other },
		"another method":         func(r *http.Request) { r.Method = "GET" },
		"another algorithm": func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "SHA256", "SM3", 1))
		},
		"fewer signed headers":    unsign("x-acs-action"),
		"no host among them":      unsign("host"),
		"no nonce among them":     unsign("x-acs-signature-nonce"),
		"a body that is not hers": func(r *http.Request) { withBody(r, "Digest="+other, form) },
	} {
		r := signed()
		change(r)
		w := fronttest.Do(newServer(ring), r)
		require.NotEqual(t, 200, w.Code, name)
		require.Contains(t, []string{"SignatureDoesNotMatch", "InvalidParameter", "IncompleteSignature",
			"InvalidAccessKeyId.NotFound"}, code(t, w), name)
	}
	require.Equal(t, 200, fronttest.Do(newServer(ring), signed()).Code)
}

// A request that was served is a replay with any space around any header: what is
// signed of a header, and what is read of it, is the same text.
func TestHostile_spaces(t *testing.T) {
	ring, versions := fronttest.Keyring(t, keyspec.ECP256)
	s := newServer(ring)
	p := with(signParams(versions[keyspec.ECP256], "ECDSA_SHA_256"), "Action", "")
	for _, algorithm := range []string{"ACS3-HMAC-SHA256", "ACS3-HMAC-SM3", "ACS3-HMAC-SM3 sm3"} {
		served := acs3(postQuery(p), algorithm, "AsymmetricSign", "")
		names := []string{"Authorization"}
		for name := range served.Header {
			names = append(names, name)
		}
		require.GreaterOrEqual(t, len(names), 6)
		require.Equal(t, 200, fronttest.Do(s, served.Clone(ctx)).Code)
		for _, name := range names {
			for _, space := range []string{"", " ", "\t", "  \t ", "\u0085", "\u00a0", "\u1680", "\u2003", "\u2028", "\u3000",
				"\u00a0 \u2003"} {
				for _, value := range []string{served.Header.Get(name) + space, space + served.Header.Get(name),
					space + served.Header.Get(name) + space} {
					r := served.Clone(ctx)
					r.Header.Set(name, value)
					require.Equal(t, "SignatureNonceUsed", code(t, fronttest.Do(s, r)), "%s: %q", name, value)
					require.Equal(t, value, r.Header.Get(name), "the request is not ours to change")
				}
			}
			for _, other := range []string{"\u200b", "\ufeff", "\u2060", "\u180e"} {
				r := served.Clone(ctx)
				r.Header.Set(name, served.Header.Get(name)+other)
				require.NotEqual(t, 200, fronttest.Do(s, r).Code, "%s: %q", name, other)
			}
		}
	}
}

func unsign(name string) func(*http.Request) {
	return func(r *http.Request) {
		a := r.Header.Get("Authorization")
		a = strings.Replace(a, "="+name+";", "=", 1)
		r.Header.Set("Authorization", strings.Replace(a, ";"+name, "", 1))
	}
}

func withBody(r *http.Request, body, contentType string) {
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	r.Header.Set("Content-Type", contentType)
}

// With the RPC signature, headers are not signed and decide nothing.
func TestHostile_unsignedAction(t *testing.T) {
	ring, versions := fronttest.Keyring(t, keyspec.ECP256)
	r := get(rpc("GET", with(signParams(versions[keyspec.ECP256], "ECDSA_SHA_256"), "Action", "GetPublicKey")))
	r.Header.Set("x-acs-action", "AsymmetricSign")
	r.Header.Set("x-acs-version", "1999-01-01")
	m := fronttest.JSON(t, fronttest.Do(newServer(ring), r))
	require.Contains(t, m, "PublicKey")
	require.NotContains(t, m, "Value")

	// And with ACS3 a parameter does not, against the header.
	p := with(signParams(versions[keyspec.ECP256], "ECDSA_SHA_256"), "Action", "AsymmetricSign")
	m = fronttest.JSON(t, fronttest.Do(newServer(ring), acs3(get(p), "ACS3-HMAC-SHA256", "GetPublicKey", "")))
	require.Contains(t, m, "PublicKey")
}

// The wire may escape as it likes; what is signed is the one canonical form.
func TestHostile_escapes(t *testing.T) {
	ring, versions := fronttest.Keyring(t, keyspec.ECP256)
	v := versions[keyspec.ECP256]
	signed := rpc("GET", with(signParams(v, "ECDSA_SHA_256"), "KeyId", "alias/EC_P256", "Client", "a b~*"))
	for name, tt := range map[string]struct {
		old, new string
		want     string
	}{
		"as it is":               {"", "", "OK"},
		"slash as %2f":           {"alias%2FEC", "alias%2fEC", "OK"},
		"slash as it is":         {"alias%2FEC", "alias/EC", "OK"},
		"letters escaped":        {"alias%2FEC", "%61lias%2FEC", "OK"},
		"space as %20":           {"a+b", "a%20b", "OK"},
		"twice escaped":          {"alias%2FEC", "alias%252FEC", "SignatureDoesNotMatch"},
		"overlong slash":         {"alias%2FEC", "alias%c0%afEC", "InvalidParameter"},
		"full-width slash":       {"alias%2FEC", "alias%EF%BC%8FEC", "SignatureDoesNotMatch"},
		"broken escape":          {"alias%2FEC", "alias%zzEC", "InvalidParameter"},
		"escape cut short":       {"alias%2FEC_P256", "alias%2", "InvalidParameter"},
		"NUL at the end":         {"EC_P256", "EC_P256%00", "InvalidParameter"},
		"line break":             {"EC_P256", "EC_P256%0A", "InvalidParameter"},
		"plus for a plus":        {"a+b", "a%2Bb", "SignatureDoesNotMatch"},
		"no value for the space": {"a+b", "ab", "SignatureDoesNotMatch"},
		"tilde escaped":          {"~", "%7E", "OK"},
	} {
		query := signed.Encode()
		require.Contains(t, query, tt.old)
		if tt.old == "~" {
			require.Contains(t, query, "~%2A")
		}
		query = strings.Replace(query, tt.old, tt.new, 1)
		w := fronttest.Do(newServer(ring), httptest.NewRequest("GET", "http://"+host+"/?"+query, nil))
		if tt.want == "OK" {
			require.Equal(t, 200, w.Code, "%s: %s", name, w.Body)
			continue
		}
		require.Equal(t, tt.want, code(t, w), name)
	}
}

// Bytes that net/http lets through or stops, against a real server.
func TestHostile_wire(t *testing.T) {
	ring, versions := fronttest.Keyring(t, keyspec.ECP256)
	s := newServer(ring)
	srv := httptest.NewUnstartedServer(s)
	srv.Config = frontend.NewServer(s)
	srv.Start()
	defer srv.Close()
	p := with(signParams(versions[keyspec.ECP256], "ECDSA_SHA_256"), "Action", "")
	signed := func() *http.Request { return acs3(postQuery(p), "ACS3-HMAC-SHA256", "AsymmetricSign", "") }
	text := func(r *http.Request) string {
		b := "Content-Length: 0\r\nHost: " + r.Host + "\r\n"
		for name := range r.Header {
			b += name + ": " + r.Header.Get(name) + "\r\n"
		}
		return b
	}
	for name, tt := range map[string]struct {
		change func(r *http.Request, headers string) string
		want   string
	}{
		"as it is": {func(_ *http.Request, h string) string { return h }, `"Value"`},
		"names in upper": {func(_ *http.Request, h string) string { return strings.ReplaceAll(h, "X-Acs-", "X-ACS-") },
			`"Value"`},
		"names in lower": {func(_ *http.Request, h string) string { return strings.ReplaceAll(h, "X-Acs-", "x-acs-") },
			`"Value"`},
		"underscore": {func(_ *http.Request, h string) string {
			return strings.Replace(h, "X-Acs-Action", "X_Acs_Action", 1)
		}, "IncompleteSignature"},
		"folded action": {func(_ *http.Request, h string) string {
			return strings.Replace(h, "AsymmetricSign", "Asymmetric\r\n Sign", 1)
		}, "InvalidParameter"},
		"folded addition": {func(_ *http.Request, h string) string {
			return strings.Replace(h, "AsymmetricSign", "AsymmetricSign\r\n\tGetPublicKey", 1)
		}, "InvalidParameter"},
		"two actions": {func(_ *http.Request, h string) string { return h + "X-Acs-Action: GetPublicKey\r\n" },
			"InvalidParameter"},
		"two actions, case": {func(_ *http.Request, h string) string { return "x-acs-ACTION: AsymmetricSign\r\n" + h },
			"InvalidParameter"},
		"two hosts": {func(r *http.Request, h string) string { return h + "Host: " + r.Host + "\r\n" },
			"400 Bad Request"},
		"no host": {func(r *http.Request, h string) string {
			return strings.Replace(h, "Host: "+r.Host+"\r\n", "", 1)
		}, "400 Bad Request"},
		"space in a name": {func(_ *http.Request, h string) string {
			return strings.Replace(h, "X-Acs-Action:", "X-Acs-Action :", 1)
		}, "400 Bad Request"},
		"two lengths": {func(_ *http.Request, h string) string { return h + "Content-Length: 5\r\n" },
			"400 Bad Request"},
		"length and chunks": {func(_ *http.Request, h string) string { return h + "Transfer-Encoding: chunked\r\n" },
			"InvalidParameter"},
		"large header": {func(_ *http.Request, h string) string {
			return h + "X-Large: " + strings.Repeat("a", 17<<10) + "\r\n"
		}, "InvalidParameter"},
		"huge header": {func(_ *http.Request, h string) string {
			return h + "X-Large: " + strings.Repeat("a", 100<<10) + "\r\n"
		}, "431 Request Header Fields Too Large"},
	} {
		r := signed()
		conn, err := net.Dial("tcp", srv.Listener.Addr().String())
		require.NoError(t, err)
		body := ""
		if name == "length and chunks" {
			body = "3\r\nA=1\r\n0\r\n\r\n"
		}
		_, _ = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\n%sConnection: close\r\n\r\n%s", r.URL.RequestURI(),
			tt.change(r, text(r)), body)
		answer, _ := io.ReadAll(conn)
		require.Contains(t, string(answer), tt.want, name)
		require.NoError(t, conn.Close())
	}

	// An oversized body is refused without being read, and the connection ends.
	conn, err := net.Dial("tcp", srv.Listener.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000000\r\n\r\n")
	require.NoError(t, err)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, 400, resp.StatusCode)
	require.True(t, resp.Close)
}
