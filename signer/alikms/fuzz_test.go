// SPDX-License-Identifier: Apache-2.0

package alikms

import (
	"crypto/sha256"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/emmansun/gmsm/sm3"
	"github.com/kmsigner/kmsigner/internal/kmshttp"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/stretchr/testify/require"
)

// read takes a request apart as the handler does, for a client that is known.
func read(r *http.Request) (*kmshttp.Request, *kmshttp.Claim, *kmshttp.Call, error) {
	d := dialect(&Service{}, nil)
	in, err := d.Read(httptest.NewRecorder(), r, time.Minute)
	if err != nil {
		return nil, nil, nil, err
	}
	claim, err := d.Claim(in, &kmshttp.Exchange{})
	if err != nil {
		return nil, nil, nil, err
	}
	c, err := claim.Parse()
	return in, claim, c, err
}

// What the parser of the RPC signature accepts was signed: the string to sign,
// put together by other means, has every parameter that the operation will see.
func FuzzParseRPC(f *testing.F) {
	const query = "AccessKeyId=testak&Action=AsymmetricSign&Digest=ZOyIygCyaOW6GjVnihtTFtIS9PNmskdyMlNKiuyjfzw%3D&KeyId=alias%2fa&" +
		"Signature=us0tZFFwKa%2BjDzflFm98mMWnSo8%3D&SignatureMethod=HMAC-SHA1&SignatureNonce=0bdde7b9&SignatureType=&SignatureVersion=1.0&" +
		"Timestamp=2026-11-22T11%3A48%3A19Z&Version=2016-01-20"
	f.Add(true, query, "", "")
	f.Add(true, query, "Format=xml&a=+%20", kmshttp.FormType)
	f.Add(false, query+"&Digest=x", "", kmshttp.FormType)
	f.Fuzz(func(t *testing.T, post bool, query, body, contentType string) {
		in := &http.Request{Method: "GET", Host: "h", URL: &url.URL{Path: "/", RawQuery: query},
			Header: http.Header{"X-Acs-Action": {"GetPublicKey"}}}
		if post {
			in.Method, in.Body, in.ContentLength = "POST", io.NopCloser(strings.NewReader(body)), int64(len(body))
			in.Header.Set("Content-Type", contentType)
		}
		_, claim, c, err := read(in)
		if err != nil {
			require.Nil(t, c)
			return
		}
		form := ""
		if post {
			form = body
		}
		want, err := url.ParseQuery(query + "&" + form)
		require.NoError(t, err)
		require.Len(t, c.Params, len(want))
		for _, p := range c.Params {
			require.Equal(t, []string{p.Value}, want[p.Name])
		}
		require.Equal(t, want.Get("Action"), c.Action)
		require.Equal(t, want.Get("AccessKeyId"), claim.AccessKeyID)
		require.Equal(t, want.Get("SignatureNonce"), c.Nonce)
		want.Del("Signature")
		escape := func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
		require.Equal(t, in.Method+"&%2F&"+escape(strings.ReplaceAll(want.Encode(), "+", "%20")), c.StringToSign)
		require.False(t, c.Verify("secret"))
		require.False(t, c.Verify(nil))
		require.Equal(t, want.Get("SecurityToken"), claim.SecurityToken)
	})
}

// What the parser of ACS3 accepts was signed: the canonical request, put together
// by other means, has the parameters and every header that decides anything.
func FuzzParseACS3(f *testing.F) {
	digits := strings.Repeat("0", 64)
	signed := "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version"
	empty := "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	f.Add("ACS3-HMAC-SHA256 Credential=testak,SignedHeaders="+signed+",Signature="+digits, "a=b&c=%2f", "", "", empty,
		"AsymmetricSign", "", "n")
	f.Add("ACS3-HMAC-SHA256 Credential=testak,SignedHeaders="+signed+";content-type,Signature="+digits, "", "a=b",
		kmshttp.FormType, hexSum(sha256.New, []byte("a=b")), "GetPublicKey", "", "n\u00a0")
	f.Add("ACS3-HMAC-SM3 Credential=testak,SignedHeaders="+signed+";x-acs-other,Signature="+digits, "", "", "",
		"1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b", "x", "y", " n")
	f.Fuzz(func(t *testing.T, authorization, query, body, contentType, contentHash, action, other, nonce string) {
		in := &http.Request{
			Method: "POST", Host: "h:1", URL: &url.URL{Path: "/", RawQuery: query}, Body: io.NopCloser(strings.NewReader(body)),
			ContentLength: int64(len(body)),
			Header: http.Header{
				"Authorization": {authorization}, "X-Acs-Action": {action}, "X-Acs-Version": {"2016-01-20"},
				"X-Acs-Date":            {"2026-11-22T11:48:19Z"},
				"X-Acs-Signature-Nonce": {nonce}, "X-Acs-Content-Sha256": {contentHash},
			},
		}
		if contentType != "" {
			in.Header.Set("Content-Type", contentType)
		}
		if other != "" {
			in.Header.Set("X-Acs-Other", other)
		}
		r, claim, c, err := read(in)
		if err != nil {
			require.Nil(t, c)
			return
		}
		authorization, contentHash = strings.TrimSpace(authorization), strings.TrimSpace(contentHash)
		if !strings.HasPrefix(authorization, "ACS3-") {
			return // without an Authorization it was the RPC signature
		}
		want, err := url.ParseQuery(query)
		require.NoError(t, err)
		a, err := kmshttp.ParseAuthorization(authorization)
		require.NoError(t, err)
		require.Equal(t, []any{a.Credential, a.Signature}, []any{claim.AccessKeyID, a.Signature})
		canonical := "POST\n/\n" + strings.ReplaceAll(want.Encode(), "+", "%20") + "\n"
		for _, name := range a.SignedHeaders {
			value := strings.TrimSpace(in.Header.Get(name))
			if name == "host" {
				value = r.Host
			}
			canonical += name + ":" + value + "\n"
		}
		h := sha256.New
		if a.Algorithm == "ACS3-HMAC-SM3" {
			h = sm3.New
		}
		require.Equal(t, hexSum(h, []byte(body)), contentHash)
		canonical += "\n" + strings.Join(a.SignedHeaders, ";") + "\n" + contentHash
		require.Equal(t, a.Algorithm+"\n"+hexSum(h, []byte(canonical)), c.StringToSign)

		// What decides is the signed text, not what stood around it.
		require.Contains(t, canonical, "\nx-acs-signature-nonce:"+c.Nonce+"\n")
		require.Contains(t, canonical, "\nx-acs-action:"+c.Action+"\n")
		require.Contains(t, canonical, "\nx-acs-version:"+c.Version+"\n")
		require.Contains(t, canonical, "\nx-acs-date:"+c.Time.Format(timeLayout)+"\n")

		var names []string
		for name := range in.Header {
			if name != "Authorization" {
				names = append(names, strings.ToLower(name))
			}
		}
		sort.Strings(names)
		require.Subset(t, a.SignedHeaders, append(names, "host"))
	})
}

// What the parser of filters accepts is within the bounds and has a meaning for every
// key.
func FuzzParseFilters(f *testing.F) {
	f.Add(`[{"Key":"KeyState","Values":["Enabled","Disabled"]},{"Key":"KeySpec","Values":["EC_SM2"]}]`)
	f.Add(`[{"Key":"CreatorType","Values":[]}] `)
	f.Add(`[{"key":"KeyUsage","VALUES":null}]`)
	f.Fuzz(func(t *testing.T, text string) {
		list, err := parseFilters(text)
		if err != nil {
			require.Equal(t, "Filters", kmshttp.ParamOf(err))
			require.Nil(t, list)
			return
		}
		require.LessOrEqual(t, len(list), 5)
		for _, values := range list {
			require.LessOrEqual(t, len(values), maxFilters*maxFilters)
		}
		list.match(keyring.Key{})
	})
}
