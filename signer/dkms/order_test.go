// SPDX-License-Identifier: Apache-2.0

package dkms_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

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
	off := versions[keyspec.ECP256K].KeyID
	require.NoError(t, ring.SetState(ctx, off, keyring.Disabled))
	denied := true
	h := newServer(ring, frontend.WithRate(1, 5), frontend.WithNonces(frontend.NewNonceCache(100)),
		frontend.WithAuthorize(func(context.Context, string, string, string) error {
			if denied {
				return errors.New("no")
			}
			return nil
		}))
	large := make([]byte, 3_100_000)
	forge := func(r *http.Request) *http.Request {
		r.Header.Set("authorization", "Bearer "+strings.Repeat("A", 512))
		return r
	}
	old := at(fronttest.Now.Add(-time.Hour))
	rows := []struct {
		want string
		do   func() *http.Request
	}{
		{"400 UnsupportedOperation: Rejected.UnsupportedOperation", func() *http.Request {
			r := request("", large, func(r *http.Request) { r.Method = "PUT"; r.URL.Path = "/x" })
			return r
		}},
		{`400 InvalidApiName: The ApiName is invalid. the path is not /.`, func() *http.Request {
			return request("", large, func(r *http.Request) { r.URL.Path = "/x"; r.Header.Add("x-kms-apiname", "a") })
		}},
		{"400 InvalidParameter: The specified parameter is not valid. X-Kms-Apiname: the header is given more than once.",
			func() *http.Request {
				return request("a", large, func(r *http.Request) { r.Header.Add("x-kms-apiname", "a"); r.URL.RawQuery = "a=b" })
			}},
		{"400 InvalidParameter: The specified parameter is not valid. the query has more than 0 bytes.",
			func() *http.Request {
				return request("a", large, func(r *http.Request) { r.URL.RawQuery = "a=b" })
			}},
		{"413 RequestEntityTooLarge: The body is too large. the body has more than 3072000 bytes.", func() *http.Request {
			return request("a", large, set("content-type", "text/plain"))
		}},
		{`415 InvalidContentType: Content-Type "text/plain" is unsupported.`, func() *http.Request {
			return request("a", nil, set("content-type", "text/plain"), set("x-kms-acccesskeyid", ""))
		}},
		{"400 MissingParameter: Parameter x-kms-acccesskeyid does not exist in http header or body.", func() *http.Request {
			return request("", nil, set("x-kms-acccesskeyid", ""), set("x-kms-apiname", ""), set("x-kms-apiversion", ""))
		}},
		{"400 InvalidParam: The Param Authorization is invalid.", func() *http.Request {
			return request("", nil, set("x-kms-acccesskeyid", "a/b"), set("x-kms-apiname", ""), set("x-kms-apiversion", ""))
		}},
		{"400 MissingParameter: Parameter x-kms-apiname does not exist in http header or body.", func() *http.Request {
			return request("", nil, set("x-kms-acccesskeyid", "none"), set("x-kms-apiname", ""), set("x-kms-apiversion", ""))
		}},
		{"400 MissingParameter: Parameter x-kms-apiversion does not exist in http header or body.", func() *http.Request {
			return request("a", nil, set("x-kms-acccesskeyid", "none"), set("x-kms-apiversion", ""),
				set("x-kms-signaturemethod", "x"))
		}},
		{"400 InvalidParam: The Param x-kms-signaturemethod is invalid.", func() *http.Request {
			return request("a", nil, set("x-kms-acccesskeyid", "none"), set("x-kms-signaturemethod", "x"), set("date", ""))
		}},
		{"400 InvalidParam: The Param Date is invalid.", func() *http.Request {
			r := request("a", nil, set("x-kms-acccesskeyid", "none"), set("date", "now"), set("content-sha256", ""))
			r.Header.Set("authorization", "none")
			return r
		}},
		{"400 InvalidParam: The Param Authorization is invalid.", func() *http.Request {
			r := request("a", nil, set("x-kms-acccesskeyid", "none"), old, set("content-sha256", ""))
			r.Header.Set("authorization", "none")
			return r
		}},
		{"400 InvalidParam: The Param content-sha256 is invalid.", func() *http.Request {
			return forge(request("a", nil, set("x-kms-acccesskeyid", "none"), old, set("content-sha256", "")))
		}},
		{`404 Unauthorized: The AccessKey ID "none" does not exist in our records.`, func() *http.Request {
			return forge(request("a", nil, set("x-kms-acccesskeyid", "none"), old))
		}},
		{"401 SignatureNotMatch: Signature is not matched.", func() *http.Request { return forge(request("a", nil, old)) }},
		{"400 RequestTimeTooSkewed: Request time exceeds server time more than 15 minutes.", func() *http.Request {
			return request("a", nil, old, set("x-kms-apiversion", "v"))
		}},
		{`400 InvalidApiVersion: The ApiVersion "v" is invalid.`, func() *http.Request {
			return request("a", nil, set("x-kms-apiversion", "v"))
		}},
		{"401 SignatureNotMatch: Signature is not matched. It was used before.", func() *http.Request {
			return request("a", nil, set("x-kms-apiversion", "v"))
		}},
		{`400 InvalidApiName: The ApiName "sign" is invalid. Action: "sign" is not served here; served are GetPublicKey, Sign, Verify.`, func() *http.Request { return request("sign", []byte{0xff}) }},
		{"400 InvalidParameter: The specified parameter is not valid. the body is not the protobuf message of this operation.", func() *http.Request {
			return request("Sign", []byte{0xff})
		}},
		{"400 InvalidParameter: The specified parameter is not valid. MessageType: it is neither RAW nor DIGEST.",
			func() *http.Request {
				return request("Sign", pb(3, "x", 5, "raw"))
			}},
		{"400 MissingParameter: Parameter Message does not exist in http header or body.",
			func() *http.Request { return request("Sign", pb(3, "x")) }},
		{"429 Rejected.Throttling: QPS Limit Exceeded", func() *http.Request { return request("Sign", pb(3, "x", 4, "m")) }},
	}
	for i, row := range rows {
		require.Equal(t, row.want, do(t, h, row.do()), "row %d", i)
	}

	h = newServer(ring, frontend.WithAuthorize(func(context.Context, string, string, string) error {
		if denied {
			return errors.New("no")
		}
		return nil
	}))
	for i, row := range []struct {
		want string
		r    *http.Request
	}{
		{"400 MissingParameter: Parameter Signature does not exist in http header or body.",
			request("Verify", pb(4, "x", 5, "m"))},
		{"400 InvalidParameter: The specified parameter is not valid. Algorithm: no algorithm is named \"x\"; ",
			request("Sign", pb(3, "x", 4, "m"))},
		{"400 MissingParameter: Parameter KeyId does not exist in http header or body.",
			request("Sign", pb(3, "SM2DSA", 4, "m"))},
		{"400 InvalidParameter: The specified parameter is not valid. KeyId: it is an ARN, which this API does not have.",
			request("Sign", pb(1, "acs:kms:r:a:key/"+off, 3, "SM2DSA", 4, "m"))},
		{`403 Forbidden.NoPermission: This operation for "` + clientID + `" is forbidden by permission system.`,
			request("Sign", pb(1, off, 3, "SM2DSA", 4, "m"))},
		{"409 Rejected.Disabled: The request was rejected because the key state is Disabled.",
			request("Sign", pb(1, off, 3, "SM2DSA", 4, "m"))},
		{"400 InvalidParameter: The specified parameter is not valid. Algorithm: ",
			request("Sign", pb(1, ec.KeyID, 3, "SM2DSA", 4, "m", 5, "DIGEST"))},
		{"400 InvalidParameter: The specified parameter is not valid. Message: a digest is 32 bytes, got 1.",
			request("Sign", pb(1, ec.KeyID, 4, "m", 5, "DIGEST"))},
		{"404 Forbidden.KeyNotFound: The specified key does not exist.",
			request("Sign", pb(1, ec.KeyID, 4, "m"), set("x-kms-migrationkeyversionid",
				"00000000-0000-4000-8000-000000000000"))},
		{"404 Forbidden.KeyNotFound: The specified key does not exist.",
			request("Sign", pb(1, "00000000-0000-4000-8000-000000000000", 4, "m"))},
		{"404 Forbidden.KeyNotFound: The specified key does not exist.", request("Sign", pb(1, "alias/none", 4, "m"))},
		{"OK", request("Sign", pb(1, ec.KeyID, 4, "m"))},
	} {
		require.Contains(t, do(t, h, row.r), row.want, "row %d", i)
		if strings.HasPrefix(row.want, "403") {
			denied = false
		}
	}
}

// What a header may be, and what not.
func TestHandler_headers(t *testing.T) {
	ring, versions := fronttest.Keyring(t, keyspec.ECP256)
	body := signBody(versions[keyspec.ECP256].KeyID)
	const (
		authorization = "400 InvalidParam: The Param Authorization is invalid."
		hash          = "400 InvalidParam: The Param content-sha256 is invalid."
		date          = "400 InvalidParam: The Param Date is invalid."
		mismatch      = "401 SignatureNotMatch: Signature is not matched."
		invalid       = "400 InvalidParameter: "
	)
	for name, tt := range map[string]struct {
		want          string
		before, after func(*http.Request)
	}{
		"as it is":                {"OK", nil, nil},
		"a type with a parameter": {"OK", set("content-type", "application/x-protobuf; charset=utf-8"), nil},
		"no accept":               {"OK", set("accept", ""), nil},
		"a signed header more":    {"OK", set("x-kms-other", "1"), nil},
		"sorted by name": {"OK", func(r *http.Request) {
			set("x-kms-a", "1")(r)
			set("x-kms-a-b", "2")(r)
			set("x-kms-a1", "3")(r)
		}, nil},
		"space around a value": {"OK", set("x-kms-apiname", " \tSign "), nil},
		"an empty version": {"OK", func(r *http.Request) {
			r.Header["X-Kms-Migrationkeyversionid"] = []string{""}
		}, nil},
		"an unsigned header": {"OK", nil, set("x_kms_apiname", "Verify")},
		"a header added":     {mismatch, nil, set("x-kms-other", "1")},
		"a version added":    {mismatch, nil, set("x-kms-migrationkeyversionid", "x")},
		"an empty version added": {mismatch, nil, func(r *http.Request) {
			r.Header["X-Kms-Migrationkeyversionid"] = []string{""}
		}},
		"a header taken away": {mismatch, set("x-kms-other", "1"), set("x-kms-other", "")},
		"another API":         {mismatch, nil, set("x-kms-apiname", "Verify")},
		"another date":        {mismatch, nil, at(fronttest.Now.Add(time.Second))},
		"another type":        {mismatch, nil, set("content-type", "application/x-protobuf;x=y")},
		"another client": {"404 Unauthorized: The AccessKey ID \"other\" does not exist in our records.", nil,
			set("x-kms-acccesskeyid", "other")},
		"another body": {hash, nil, func(r *http.Request) { setBody(r, signBody("x")) }},
		"another body and its hash": {mismatch, nil, func(r *http.Request) {
			setBody(r, signBody("x"))
			set("content-sha256", contentHash(signBody("x")))(r)
		}},
		"no body": {hash, nil, func(r *http.Request) { setBody(r, nil) }},
		"GET": {"400 UnsupportedOperation: Rejected.UnsupportedOperation", nil,
			func(r *http.Request) { r.Method = "GET" }},
		"the hash in lower case": {hash, set("content-sha256", strings.ToLower(contentHash(body))), nil},
		"no hash":                {hash, set("content-sha256", ""), nil},
		"no date":                {date, set("date", ""), nil},
		"another form of date":   {date, set("date", fronttest.Now.Format(time.RFC850)), nil},
		"a zone":                 {date, set("date", fronttest.Now.Format(time.RFC1123Z)), nil},
		"no authorization":       {authorization, nil, set("authorization", "")},
		"no Bearer": {authorization, nil, func(r *http.Request) {
			set("authorization", r.Header.Get("authorization")[7:])(r)
		}},
		"bearer": {authorization, nil, func(r *http.Request) {
			set("authorization", "bearer "+r.Header.Get("authorization")[7:])(r)
		}},
		"no padding": {authorization, nil, func(r *http.Request) {
			set("authorization", r.Header.Get("authorization")+"=")(r)
		}},
		"a short signature": {mismatch, nil, set("authorization", "Bearer AAAA")},
		"no signature":      {authorization, nil, set("authorization", "Bearer ")},
		"two signatures": {invalid +
			"The specified parameter is not valid. Authorization: the header is given more than once.", nil,
			func(r *http.Request) { r.Header.Add("authorization", r.Header.Get("authorization")) }},
		"two types": {invalid, nil, func(r *http.Request) {
			r.Header.Add("content-type", "application/x-protobuf")
		}},
		"two dates": {invalid, nil, func(r *http.Request) { r.Header.Add("date", r.Header.Get("date")) }},
		"two hashes": {invalid, nil, func(r *http.Request) {
			r.Header.Add("content-sha256", contentHash(body))
		}},
		"two clients": {invalid, nil, func(r *http.Request) { r.Header.Add("x-kms-acccesskeyid", clientID) }},
		"two versions": {invalid, nil, func(r *http.Request) {
			r.Header["X-Kms-Migrationkeyversionid"] = []string{"a", "a"}
		}},
		"two of an unknown one":       {invalid, nil, func(r *http.Request) { r.Header["X-Kms-Other"] = []string{"a", "a"} }},
		"a space in a value":          {invalid, set("x-kms-apiname", "Sign Verify"), nil},
		"a control character":         {invalid, set("x-kms-other", "a\x01b"), nil},
		"not UTF-8":                   {invalid, set("x-kms-other", "\xff"), nil},
		"ACS3":                        {"400 UnsupportedOperation: Rejected.UnsupportedOperation this address serves the KMS Instance API of Alibaba Cloud; the request is one for Alibaba Cloud KMS, which is not served here.", nil, set("authorization", "ACS3-HMAC-SHA256 x")},
		"a long id":                   {authorization, set("x-kms-acccesskeyid", strings.Repeat("a", 129)), nil},
		"more headers than the limit": {invalid, set("x-kms-other", strings.Repeat("a", 17<<10)), nil},
	} {
		change := []func(*http.Request){}
		if tt.before != nil {
			change = append(change, tt.before)
		}
		r := request("Sign", body, change...)
		if tt.after != nil {
			tt.after(r)
		}
		got := do(t, newServer(ring), r)
		require.True(t, strings.HasPrefix(got, tt.want), "%s: %s", name, got)
	}
	r := httptest.NewRequest("POST", "/", nil)
	require.Contains(t, do(t, newServer(ring), r), "415 InvalidContentType: Content-Type is unsupported.")
}
