// SPDX-License-Identifier: Apache-2.0

package alikms_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/kmshttp/fronttest"
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
	mixed := httptest.NewRequest("POST", "http://"+host+"/?"+with(split, "Digest", "").Encode(),
		strings.NewReader("Digest="+url.QueryEscape(split.Get("Digest"))))
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
	ring, versions := fronttest.Keyring(t, keyspec.ECSM2)
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
	ring, versions := fronttest.Keyring(t)
	h := newServer(ring)
	for _, p := range keyspec.Pairs() {
		v := versions[p.KeySpec]
		signed := fronttest.JSON(t, fronttest.Do(h, get(rpc("GET", signParams(v, p.Algorithm)))))
		verify := with(signParams(v, p.Algorithm), "Action", "AsymmetricVerify", "Value", signed["Value"].(string),
			"KeyId", "alias/"+string(p.KeySpec))
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
	ring, versions := fronttest.Keyring(t, keyspec.ECP256)
	h := newServer(ring)
	p := with(signParams(versions[keyspec.ECP256], "ECDSA_SHA_256"), "KeyId", "alias/<none>&\"")
	w := fronttest.Do(h, get(rpc("GET", with(p, "KeyId", "alias/none"))))
	require.Equal(t, 404, w.Code)
	m := fronttest.JSON(t, w)
	require.Len(t, m["RequestId"], 36)
	delete(m, "RequestId")
	require.Equal(t, map[string]any{"HostId": host, "Code": "Forbidden.AliasNotFound",
		"Message": "The specified Alias is not found.", "Recommend": ""}, m)

	w = fronttest.Do(h, get(rpc("GET", with(p, "Format", "xml"))))
	require.Equal(t, 400, w.Code)
	require.Equal(t, "text/xml;charset=utf-8", w.Header().Get("Content-Type"))
	require.Regexp(t, regexp.MustCompile(`^<\?xml version="1.0" encoding="UTF-8"\?>\n`+
		`<Error><RequestId>[0-9A-F-]{36}</RequestId><HostId>`+regexp.QuoteMeta(host)+`</HostId><Code>InvalidParameter</Code>`+
		`<Message>The specified parameter is not valid\. KeyId: [^<>]*alias/&lt;none&gt;&amp;[^<>]*</Message></Error>$`),
		w.Body.String())

	// The string to sign comes back, and it is what the client should have signed.
	bad := rpc("GET", p)
	bad.Set("Signature", "AAAA")
	m = fronttest.JSON(t, fronttest.Do(h, get(bad)))
	require.Equal(t, "SignatureDoesNotMatch", m["Code"])
	bad.Del("Signature")
	require.Equal(t, "Specified signature is not matched with our calculation. server string to sign is:GET&%2F&"+
		escape(strings.ReplaceAll(bad.Encode(), "+", "%20")), m["Message"])
}

// Who has asked for XML gets it also if his other parameters cannot be read.
func TestHandler_formatOfUnreadable(t *testing.T) {
	h := newServer(keyring.New())
	post := func(query, contentType, body string) *http.Request {
		r := httptest.NewRequest("POST", "http://"+host+"/?"+query, strings.NewReader(body))
		r.Header.Set("Content-Type", contentType)
		return r
	}
	const form = "application/x-www-form-urlencoded"
	for _, tt := range []struct {
		r            *http.Request
		format, want string
	}{
		{post("Format=XML&a=%zz", form, ""), "text/xml", "MissingParameter"},
		{post("a=1&a=2&Format=xml", form, ""), "text/xml", "MissingParameter"},
		{post("a=%zz", form, "Format=XML&b=1"), "text/xml", "MissingParameter"},
		{post("Format=XML", "text/plain", "a=1"), "text/xml", "InvalidParameter"},
		{post("", "text/plain", "Format=XML"), "application/json", "InvalidParameter"},
		{post("Format=XML&Format=XML", form, ""), "application/json", "InvalidParameter"},
		{post("Format=XML", form, "Format=JSON"), "application/json", "InvalidParameter"},
		{post("Format=YAML&a=%zz", form, ""), "application/json", "MissingParameter"},
		{post("AccessKeyId=ak&Format=XML&a=%zz", form, ""), "text/xml", "InvalidParameter"},
		{post("AccessKeyId=ak&a=1&Format=xml&a=2", form, ""), "text/xml", "InvalidParameter"},
		{post("AccessKeyId=%zz", form, "Format=XML"), "text/xml", "InvalidParameter"},
		{post("AccessKeyId=ak&a=%zz", form, "Format=YAML"), "application/json", "InvalidParameter"},
		{post("AccessKeyId=ak&Format=YAML", form, ""), "application/json", "InvalidParameter.Format"},
		{post("Format=YAML", form, ""), "application/json", "MissingParameter"},
		{post("format=XML&a=%zz", form, ""), "application/json", "MissingParameter"},
		{post("a=%zz", form, ""), "application/json", "MissingParameter"},
	} {
		w := fronttest.Do(h, tt.r)
		require.Equal(t, 400, w.Code)
		require.Equal(t, tt.format+";charset=utf-8", w.Header().Get("Content-Type"), tt.r.URL.RawQuery)
		require.Contains(t, w.Body.String(), tt.want)
	}
}

// Temporary credentials are in a header of ACS3, which is signed.
func TestHandler_token(t *testing.T) {
	ring, versions := fronttest.Keyring(t, keyspec.ECP256)
	auth := func(_ context.Context, id, token string) (string, error) {
		if id == "ak" && token == "token" {
			return "sk", nil
		}
		return "", errors.Unauthenticated
	}
	h := alikms.NewHandler(&alikms.Service{Store: ring}, auth, frontend.WithClock(func() time.Time { return now }))
	for token, want := range map[string]int{"token": 200, "": 404, "other": 404} {
		r := postQuery(with(signParams(versions[keyspec.ECP256], "ECDSA_SHA_256"), "Action", ""))
		if token != "" {
			r.Header.Set("x-acs-security-token", token)
		}
		require.Equal(t, want, fronttest.Do(h, acs3(r, "ACS3-HMAC-SHA256", "AsymmetricSign", "")).Code, token)
	}
}

// A client that may not use a key gets one answer in a dry run too, its own.
func TestHandler_authorizeDryRun(t *testing.T) {
	ring, versions := fronttest.Keyring(t, keyspec.ECSM2)
	v := versions[keyspec.ECSM2]
	asked := 0
	h := newServer(ring, frontend.WithAuthorize(func(context.Context, string, string, string) error {
		asked++
		return errors.AccessDenied
	}))
	bodies := map[string]bool{}
	for _, name := range []string{v.KeyID, "alias/EC_SM2", "alias/none", "a b", "acs:kms:r:a:key/" + v.KeyID,
		"acs:kms:r:a:key/alias/EC_SM2"} {
		for _, version := range []string{v.VersionID, "00000000-0000-4000-8000-000000000000"} {
			for _, action := range []string{"AsymmetricSign", "AsymmetricVerify", "GetPublicKey"} {
				p := with(signParams(v, "SM2DSA"), "Action", action, "KeyId", name, "KeyVersionId", version,
					"Value", "AAAA", "DryRun", "true")
				w := fronttest.Do(h, get(rpc("GET", p)))
				require.Equal(t, 400, w.Code)
				require.Equal(t, "AccessDeniedError", code(t, w))
				m := fronttest.JSON(t, w)
				delete(m, "RequestId")
				b, err := json.Marshal(m)
				require.NoError(t, err)
				bodies[string(b)] = true
			}
		}
	}
	require.Len(t, bodies, 1)
	require.Equal(t, 36, asked)
}
