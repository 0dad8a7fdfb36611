// SPDX-License-Identifier: Apache-2.0

package alibaba_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/kmshttp"
	"github.com/kmsigner/kmsigner/signer/alikms"
	"github.com/kmsigner/kmsigner/signer/cloud/alibaba"
	"github.com/kmsigner/kmsigner/signer/signertest"
)

func requireCode(t *testing.T, err error, code errors.Code) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, code, errors.CodeOf(err), "%v", err)
	var e *errors.Error
	require.ErrorAs(t, err, &e)
}

// forward is a proxy that keeps what is signed.
func forward(url string, w http.ResponseWriter, r *http.Request) {
	req := r.Clone(r.Context())
	req.RequestURI = ""
	req.URL.Scheme, req.URL.Host = "http", strings.TrimPrefix(url, "http://")
	answer, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer answer.Body.Close()
	w.WriteHeader(answer.StatusCode)
	_, _ = io.Copy(w, answer.Body)
}

// saying is a server that answers every request alike.
func saying(t *testing.T, status int, body string) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// find asks a server that answers every request alike.
func find(t *testing.T, status int, body string) error {
	_, err := alibaba.Find(background, newClient(t, saying(t, status, body), "secret"), "key", "version")
	return err
}

// Every code of package errors, and every fault of a front end, that alikms.Describe
// makes an answer of is the same code when the answer has come through the SDK.
func TestEveryCodeComesBack(t *testing.T) {
	source, err := os.ReadFile("../../../errors/errors.go")
	require.NoError(t, err)
	found := regexp.MustCompile(`(?m)^\t(\w+)\s+Code = "\w+"$`).FindAllStringSubmatch(string(source), -1)
	require.GreaterOrEqual(t, len(found), 16)
	cases := map[error]errors.Code{}
	for _, m := range found {
		cases[errors.Code(m[1])] = errors.Code(m[1])
	}
	// It is of the provider's word for a signature that is malformed.
	cases[errors.InvalidSignature] = errors.InvalidParameter
	for _, f := range kmshttp.Faults() {
		cases[f] = errors.CodeOf(kmshttp.Refuse(f, "", ""))
	}
	for failure, want := range cases {
		status, code, message := alikms.Describe(failure)
		body, err := json.Marshal(map[string]string{
			"RequestId": "id-1", "HostId": "h", "Code": code, "Message": message, "Recommend": "",
		})
		require.NoError(t, err)
		err = find(t, status, string(body))
		requireCode(t, err, want)
		require.ErrorContains(t, err, "the provider answered "+code+", request id-1")
	}
}

// What the provider says and our front end does not, and what is not the provider's.
func TestOtherAnswers(t *testing.T) {
	for _, tt := range []struct {
		status int
		body   string
		code   errors.Code
	}{
		{400, `{"Code":"Throttling"}`, errors.Throttled},
		{400, `{"Code":"Throttling.Api"}`, errors.Throttled},
		{400, `{"Code":"ValidationError"}`, errors.InvalidParameter},
		{400, `{"Code":"AccessDeniedError"}`, errors.AccessDenied},
		{403, `{"Code":"Forbidden.RAM"}`, errors.AccessDenied},
		{400, `{"Code":"InvalidSecurityToken.Expired"}`, errors.Unauthenticated},
		{401, `{"Code":"Unheard"}`, errors.Unauthenticated},
		{403, `{}`, errors.AccessDenied},
		{429, `{"Code":"Unheard"}`, errors.Throttled},
		{502, `{"Code":"Unheard"}`, errors.Unavailable},
		{418, `{"Code":"Unheard"}`, errors.Internal},
		{502, `<html>Bad Gateway</html>`, errors.Unavailable},
		{502, ``, errors.Unavailable},
		{400, `"text"`, errors.Internal},
		{400, `[]`, errors.Internal},
		{200, `{}`, errors.Internal},
		{200, `"text"`, errors.Internal},
		{200, `null`, errors.Internal},
		{200, `{"KeyId":"k","KeyVersionId":"v","PublicKey":"k"}`, errors.InvalidParameter},
		{200, `{"PublicKey":7}`, errors.Internal},
		{200, `half a`, errors.Unavailable},
	} {
		requireCode(t, find(t, tt.status, tt.body), tt.code)
	}
	err := find(t, 400, `{"Code":"two\nlines","Message":"secret","RequestId":"two\nlines"}`)
	require.EqualError(t, err, "kmsigner: Internal: the provider refused the request")
}

// A key without a primary version, as asymmetric ones of the provider can be.
func TestNewestVersion(t *testing.T) {
	pages := map[string]string{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch q := r.URL.Query(); r.Header.Get("x-acs-action") {
		case "DescribeKey":
			_, _ = io.WriteString(w, `{"KeyMetadata":{"KeyId":"k"}}`)
		case "ListKeyVersions":
			_, _ = io.WriteString(w, pages[q.Get("PageNumber")])
		default:
			_ = json.NewEncoder(w).Encode(map[string]string{
				"KeyId": "k", "KeyVersionId": q.Get("KeyVersionId"), "PublicKey": pemOf(signertest.New(p256).Public()),
			})
		}
	}))
	t.Cleanup(server.Close)
	client := newClient(t, server.URL, "secret")
	version := func(id, date string) string { return fmt.Sprintf(`{"KeyVersionId":%q,"CreationDate":%q}`, id, date) }
	list := func(total int, versions ...string) string {
		return fmt.Sprintf(`{"TotalCount":%d,"KeyVersions":{"KeyVersion":[%s]}}`, total, strings.Join(versions, ","))
	}
	pages["1"] = list(3, version("a", "2024-01-01T00:00:00Z"), version("b", "2026-01-01T00:00:00Z"))
	pages["2"] = list(3, version("c", "2025-01-01T00:00:00Z"))
	v, err := alibaba.Find(background, client, "k", "")
	require.NoError(t, err)
	require.Equal(t, "b", v.VersionID())

	pages["2"] = list(3, version("c", "2027-01-01T00:00:00Z"))
	v, err = alibaba.Find(background, client, "k", "")
	require.NoError(t, err)
	require.Equal(t, "c", v.VersionID())

	pages["1"] = list(0)
	_, err = alibaba.Find(background, client, "k", "")
	requireCode(t, err, errors.KeyVersionNotFound)
	pages["1"] = list(1, version("a", "yesterday"))
	_, err = alibaba.Find(background, client, "k", "")
	requireCode(t, err, errors.Internal)
}
