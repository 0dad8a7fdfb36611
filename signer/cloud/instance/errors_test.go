// SPDX-License-Identifier: Apache-2.0

package instance_test

import (
	"encoding/binary"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/kmshttp"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/cloud/instance"
	"github.com/kmsigner/kmsigner/signer/dkms"
)

func requireCode(t *testing.T, err error, code errors.Code) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, code, errors.CodeOf(err), "%v", err)
	var e *errors.Error
	require.ErrorAs(t, err, &e)
}

// find asks a server that answers every request alike.
func find(t *testing.T, status int, body string) error {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	defer server.Close()
	_, err := instance.New(background, newClient(t, server.URL), "key", "", keyspec.ECDSASHA256)
	return err
}

// message is a protobuf of strings, numbered from the given field on.
func message(first int, fields ...string) string {
	var b []byte
	for i, s := range fields {
		b = append(b, byte((first+i)<<3|2))
		b = append(binary.AppendUvarint(b, uint64(len(s))), s...)
	}
	return string(b)
}

// Every code of package errors, and every fault of a front end, that dkms.Describe makes
// an answer of is the same code when the answer has come through the SDK.
func TestEveryCodeComesBack(t *testing.T) {
	source, err := os.ReadFile("../../../errors/errors.go")
	require.NoError(t, err)
	found := regexp.MustCompile(`(?m)^\t(\w+)\s+Code = "\w+"$`).FindAllStringSubmatch(string(source), -1)
	require.GreaterOrEqual(t, len(found), 16)
	cases := map[error]errors.Code{}
	for _, m := range found {
		cases[errors.Code(m[1])] = errors.Code(m[1])
	}
	// The provider has one code for what does not exist, and no code of its own for these.
	cases[errors.KeyVersionNotFound], cases[errors.AliasNotFound] = errors.KeyNotFound, errors.KeyNotFound
	cases[errors.DryRun], cases[errors.InvalidSignature] = errors.InvalidParameter, errors.InvalidParameter
	cases[errors.AlreadyExists] = errors.InvalidParameter
	for _, f := range kmshttp.Faults() {
		cases[f] = errors.CodeOf(kmshttp.Refuse(f, "", ""))
		// One code for all that is not served, and one for all that is malformed.
		if _, code, _ := dkms.Describe(f); code == "UnsupportedOperation" || code == "InvalidParam" {
			cases[f] = errors.InvalidParameter
		}
	}
	for failure, want := range cases {
		status, code, text := dkms.Describe(failure)
		err := find(t, status, refusal(code, text))
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
		{401, refusal("Unheard", ""), errors.Unauthenticated},
		{403, refusal("Unheard", ""), errors.AccessDenied},
		{429, refusal("Unheard", ""), errors.Throttled},
		{502, refusal("Unheard", ""), errors.Unavailable},
		{418, refusal("Unheard", ""), errors.Internal},
		{502, `<html>Bad Gateway</html>`, errors.Unavailable},
		{502, ``, errors.Unavailable},
		{200, `<html>half a`, errors.Unavailable},
		{200, ``, errors.Internal},
		{200, message(1, "k", "k"), errors.InvalidParameter},
	} {
		requireCode(t, find(t, tt.status, tt.body), tt.code)
	}
	require.EqualError(t, find(t, 400, refusal("two\nlines", "secret")),
		"kmsigner: Internal: the provider refused the request, request id-1")
}

// refusal is the API's message Error.
func refusal(code, text string) string { return message(2, code, text, "id-1") }
