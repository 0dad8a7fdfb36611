// SPDX-License-Identifier: Apache-2.0

package tencentkms

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/kmsigner/kmsigner/internal/kmshttp"
	"github.com/stretchr/testify/require"
)

// read takes a request apart as the handler does, for a client that is known.
func read(r *http.Request) (*kmshttp.Request, *kmshttp.Claim, *kmshttp.Call, error) {
	d := dialect(&Service{}, nil, false)
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

// What the parser of TC3 accepts was signed: the canonical request, put together by
// other means, has the query or the body from which the operation's parameters
// come.
func FuzzParseTC3(f *testing.F) {
	authorization := "TC3-HMAC-SHA256 Credential=testak/2026-11-22/kms/tc3_request, SignedHeaders=content-type;host, Signature=" + strings.Repeat("0", 64)
	f.Add(true, authorization, "", `{"KeyId":"a"}`, kmshttp.JSONType, "1795348099", "", "")
	f.Add(false, authorization, "KeyId=a%2fb", "", kmshttp.FormType, "1795348099", "", "")
	f.Add(false, strings.Replace(authorization, "host,", "host;x-tc-action,", 1), "", "", kmshttp.FormType, "1795348099",
		"UNSIGNED-PAYLOAD", "GetPublicKey")
	f.Fuzz(func(t *testing.T, post bool, authorization, query, body, contentType, timestamp, payload, action string) {
		in := &http.Request{Method: "GET", Host: "h:1", URL: &url.URL{Path: "/", RawQuery: query}, Header: http.Header{
			"Authorization": {authorization}, "Content-Type": {contentType}, "X-Tc-Timestamp": {timestamp},
			"X-Tc-Action": {action},
		}}
		if payload != "" {
			in.Header.Set("X-Tc-Content-Sha256", payload)
		}
		if post {
			in.Method, in.Body, in.ContentLength = "POST", io.NopCloser(strings.NewReader(body)), int64(len(body))
		}
		r, claim, c, err := read(in)
		if err != nil {
			require.Nil(t, c)
			return
		}
		authorization, timestamp, payload = strings.TrimSpace(authorization), strings.TrimSpace(timestamp),
			strings.TrimSpace(payload)
		if authorization == "" {
			return // it was the older signature
		}
		a, err := kmshttp.ParseAuthorization(authorization)
		require.NoError(t, err)
		scope := strings.SplitN(a.Credential, "/", 2)
		require.Equal(t, scope[0], claim.AccessKeyID)
		want := map[string]string{}
		if post {
			require.Empty(t, query)
			if body != "" {
				require.NoError(t, json.Unmarshal(r.Body, &want))
			}
		} else {
			values, err := url.ParseQuery(query)
			require.NoError(t, err)
			for name := range values {
				require.Len(t, values[name], 1)
				want[name] = values.Get(name)
			}
		}
		require.Len(t, c.Params, len(want))
		for _, p := range c.Params {
			require.Equal(t, want[p.Name], p.Value)
		}
		hash := hexSHA256(r.Body)
		if payload == "UNSIGNED-PAYLOAD" {
			require.Empty(t, r.Body)
			hash = hexSHA256([]byte(payload))
		}
		canonical := r.Method + "\n/\n" + query + "\n"
		for _, name := range a.SignedHeaders {
			value := strings.TrimSpace(in.Header.Get(name))
			if name == "host" {
				value = r.Host
			}
			if strings.HasPrefix(name, "x-tc-") {
				value = strings.ToLower(value)
			}
			canonical += name + ":" + value + "\n"
		}
		canonical += "\n" + strings.Join(a.SignedHeaders, ";") + "\n" + hash
		require.Equal(t, "TC3-HMAC-SHA256\n"+timestamp+"\n"+scope[1]+"\n"+hexSHA256([]byte(canonical)), c.StringToSign)
		require.Subset(t, a.SignedHeaders, []string{"content-type", "host"})
		require.False(t, c.Verify("secret"))
		require.Equal(t, strings.TrimSpace(action), c.Action)
	})
}

// What the parser of the older signature accepts was signed: the string to sign has
// every parameter, and can be taken apart in one way only.
func FuzzParseHMAC(f *testing.F) {
	const p = "Action=GetPublicKey&KeyId=k%3D&Nonce=1&SecretId=a&Signature=AAAA&SignatureMethod=HmacSHA256&Timestamp=1795347633&Version=2019-01-18"
	f.Add(false, p, "", "")
	f.Add(true, "", p, kmshttp.FormType)
	f.Fuzz(func(t *testing.T, post bool, query, body, contentType string) {
		in := &http.Request{Method: "GET", Host: "h:1", URL: &url.URL{Path: "/", RawQuery: query},
			Header: http.Header{"X-Tc-Action": {"SignByAsymmetricKey"}}}
		from := query
		if post {
			in.Method, in.Body, in.ContentLength, from = "POST", io.NopCloser(strings.NewReader(body)), int64(len(body)), body
			in.Header.Set("Content-Type", contentType)
		}
		r, claim, c, err := read(in)
		if err != nil {
			require.Nil(t, c)
			return
		}
		want, err := url.ParseQuery(from)
		require.NoError(t, err)
		require.Equal(t, want.Get("Action"), c.Action)
		require.Equal(t, want.Get("SecretId"), claim.AccessKeyID)
		require.Equal(t, want.Get("Token"), claim.SecurityToken)
		for _, param := range c.Params {
			require.Equal(t, []string{param.Value}, want[param.Name])
			require.False(t, commonParams[param.Name])
		}
		delete(want, "Signature")
		var names []string
		for name := range want {
			names = append(names, name)
		}
		sort.Strings(names)
		joined, ok := strings.CutPrefix(c.StringToSign, r.Method+"h:1/?")
		require.True(t, ok)
		pairs := strings.Split(joined, "&")
		require.Len(t, pairs, len(names))
		for i, pair := range pairs {
			name, value, _ := strings.Cut(pair, "=")
			require.Equal(t, names[i], name)
			require.Equal(t, want[name], []string{value})
		}
	})
}
