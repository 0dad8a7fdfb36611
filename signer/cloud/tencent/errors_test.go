// SPDX-License-Identifier: Apache-2.0

package tencent_test

import (
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
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/cloud/tencent"
	"github.com/kmsigner/kmsigner/signer/tencentkms"
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
	_, err := tencent.New(background, newClient(t, saying(t, status, body), "secret"), "key", keyspec.ECDSASHA256)
	return err
}

// Every code of package errors, and every fault of a front end, that tencentkms.Describe
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
	// The provider has no versions, no aliases and no dry runs, and says of a signature
	// that it is malformed.
	cases[errors.KeyVersionNotFound], cases[errors.AliasNotFound] = errors.KeyNotFound, errors.KeyNotFound
	cases[errors.DryRun], cases[errors.InvalidSignature] = errors.InvalidParameter, errors.InvalidParameter
	for _, f := range kmshttp.Faults() {
		cases[f] = errors.CodeOf(kmshttp.Refuse(f, "", ""))
	}
	for failure, want := range cases {
		status, code, message := tencentkms.Describe(failure)
		err := find(t, status, refusal(code, message))
		requireCode(t, err, want)
		require.ErrorContains(t, err, "the provider answered "+code+", request id-1")
	}
}

func refusal(code, message string) string {
	return fmt.Sprintf(`{"Response":{"Error":{"Code":%q,"Message":%q},"RequestId":"id-1"}}`, code, message)
}

// What the provider says and our front end does not, and what is not the provider's.
func TestOtherAnswers(t *testing.T) {
	for _, tt := range []struct {
		status int
		body   string
		code   errors.Code
	}{
		{200, refusal("ResourceUnavailable.CmkDisabled", ""), errors.KeyDisabled},
		{200, refusal("ResourceUnavailable.KeyDisabled", ""), errors.KeyDisabled},
		{200, refusal("ResourceUnavailable.CmkArchived", ""), errors.KeyDisabled},
		{200, refusal("ResourceUnavailable.KeyPendingDelete", ""), errors.KeyPendingDeletion},
		{200, refusal("ResourceUnavailable.CmkStateNotSupport", "state: PendingDelete"), errors.KeyPendingDeletion},
		{200, refusal("ResourceUnavailable.CmkStateNotSupport", "state: PendingImport"), errors.KeyPendingImport},
		{200, refusal("ResourceUnavailable.CmkStateNotSupport", "another state"), errors.KeyDisabled},
		{200, refusal("ResourceUnavailable.NotPurchased", ""), errors.AccessDenied},
		{200, refusal("ResourceUnavailable.TokenExpired", ""), errors.Unauthenticated},
		{200, refusal("ResourceNotFound", ""), errors.KeyNotFound},
		{200, refusal("FailedOperation.CmkUsedByCloudProduct", ""), errors.AccessDenied},
		{200, refusal("AuthFailure.UnauthorizedOperation", ""), errors.AccessDenied},
		{200, refusal("AuthFailure.TokenFailure", ""), errors.Unauthenticated},
		{200, refusal("InvalidParameterValue.InvalidKeyUsage", ""), errors.InvalidParameter},
		{200, refusal("RequestLimitExceeded.UinLimitExceeded", ""), errors.Throttled},
		{200, refusal("UnsupportedOperation.ServiceTemporaryUnavailable", ""), errors.Unavailable},
		{200, refusal("UnsupportedOperation.UnsupportedKeyUsageInCurrentRegion", ""), errors.AccessDenied},
		{200, refusal("Unheard", ""), errors.Internal},
		{502, `{}`, errors.Unavailable},
		{502, `<html>Bad Gateway</html>`, errors.Unavailable},
		{200, ``, errors.Unavailable},
		{200, `"text"`, errors.Unavailable},
		{200, `{}`, errors.Internal},
		{200, `{"Response":{}}`, errors.Internal},
		{200, `{"Response":{"PublicKeyPem":"k"}}`, errors.InvalidParameter},
	} {
		requireCode(t, find(t, tt.status, tt.body), tt.code)
	}
	err := find(t, 200, `{"Response":{"Error":{"Code":"two\nlines","Message":"secret"},"RequestId":"two\nlines"}}`)
	require.EqualError(t, err, "kmsigner: Internal: the provider refused the request")
	require.NotContains(t, find(t, 502, "the body").Error(), "the body")
}
