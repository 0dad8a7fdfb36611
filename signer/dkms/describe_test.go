// SPDX-License-Identifier: Apache-2.0

package dkms

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/kmshttp"
	"github.com/kmsigner/kmsigner/internal/kmshttp/fronttest"
	"github.com/stretchr/testify/require"
)

// Every error, without a request and with one whose every header says "it".
func TestDescribe(t *testing.T) {
	const bad, none, mismatch = "The specified parameter is not valid.", "The specified key does not exist.",
		"Signature is not matched."
	rows := []struct {
		err           error
		status        int
		code, message string // with [it] where a header is repeated
	}{
		{nil, 200, "", ""},
		{errors.InvalidParameter, 400, "InvalidParameter", bad},
		{errors.MissingParameter, 400, "MissingParameter", "Parameter does not exist in http header or body."},
		{errors.KeyNotFound, 404, "Forbidden.KeyNotFound", none},
		{errors.KeyVersionNotFound, 404, "Forbidden.KeyNotFound", none},
		{errors.AliasNotFound, 404, "Forbidden.KeyNotFound", none},
		{errors.AlreadyExists, 400, "InvalidParameter", bad},
		{errors.KeyDisabled, 409, "Rejected.Disabled", "The request was rejected because the key state is Disabled."},
		{errors.KeyPendingDeletion, 409, "Rejected.PendingDeletion",
			"The request was rejected because the key state is PendingDeletion."},
		{errors.KeyPendingImport, 409, "Rejected.PendingImport",
			"The request was rejected because the key state is PendingImport."},
		{errors.InvalidSignature, 400, "InvalidParameter", bad},
		{errors.DryRun, 400, "UnsupportedOperation", "Rejected.UnsupportedOperation"},
		{errors.Unauthenticated, 401, "SignatureNotMatch", mismatch},
		{errors.AccessDenied, 403, "Forbidden.NoPermission", `This operation for[ "it"] is forbidden by permission system.`},
		{errors.Throttled, 429, "Rejected.Throttling", "QPS Limit Exceeded"},
		{errors.Unavailable, 503, "ServiceUnavailableTemporary", "Service Unavailable Temporary."},
		{errors.Internal, 500, "InternalFailure", "Internal Failure."},

		{kmshttp.UnsupportedMethod, 400, "UnsupportedOperation", "Rejected.UnsupportedOperation"},
		{kmshttp.UnknownAction, 400, "InvalidApiName", `The ApiName[ "it"] is invalid.`},
		{kmshttp.UnknownVersion, 400, "InvalidApiVersion", `The ApiVersion[ "it"] is invalid.`},
		{kmshttp.UnknownFormat, 415, "InvalidContentType", `Content-Type[ "it"] is unsupported.`},
		{kmshttp.MalformedAuthorization, 400, "InvalidParam", "The Param Authorization is invalid."},
		{kmshttp.UnsupportedSignature, 400, "InvalidParam", "The Param x-kms-signaturemethod is invalid."},
		{kmshttp.MalformedTime, 400, "InvalidParam", "The Param Date is invalid."},
		{kmshttp.Expired, 400, "RequestTimeTooSkewed", "Request time exceeds server time more than 15 minutes."},
		{kmshttp.UnknownAccessKey, 404, "Unauthorized", `The AccessKey ID[ "it"] does not exist in our records.`},
		{kmshttp.InactiveAccessKey, 404, "Unauthorized", `The AccessKey ID[ "it"] does not exist in our records.`},
		{kmshttp.SignatureMismatch, 401, "SignatureNotMatch", mismatch},
		{kmshttp.NonceUsed, 401, "SignatureNotMatch", mismatch + " It was used before."},
		{kmshttp.Unserved, 400, "UnsupportedOperation", "Rejected.UnsupportedOperation"},
		{kmshttp.Unmanaged, 400, "UnsupportedOperation", "Rejected.UnsupportedOperation"},
		{kmshttp.Unmanageable, 400, "UnsupportedOperation", "Rejected.UnsupportedOperation"},
		{kmshttp.NotPendingDeletion, 400, "UnsupportedOperation", "Rejected.UnsupportedOperation"},
		{kmshttp.NotDisabled, 400, "UnsupportedOperation", "Rejected.UnsupportedOperation"},
		{kmshttp.BodyTooLarge, 413, "RequestEntityTooLarge", "The body is too large."},

		{errors.New("foreign"), 500, "InternalFailure", "Internal Failure."},
		{errors.Code("Unheard"), 500, "InternalFailure", "Internal Failure."},
		{kmshttp.Fault("unheard"), 500, "InternalFailure", "Internal Failure."},
		{(*errors.Error)(nil), 500, "InternalFailure", "Internal Failure."},
		{context.Canceled, 503, "ServiceUnavailableTemporary", "Service Unavailable Temporary."},
		{fmt.Errorf("lookup: %w", context.DeadlineExceeded), 503, "ServiceUnavailableTemporary",
			"Service Unavailable Temporary."},
		{fmt.Errorf("wrapped: %w", errors.KeyNotFound), 404, "Forbidden.KeyNotFound", none},
		{kmshttp.Missing("x-kms-acccesskeyid"), 400, "MissingParameter",
			"Parameter x-kms-acccesskeyid does not exist in http header or body."},
		{kmshttp.Invalid("Digest", "a digest is 32 bytes, got 31"), 400, "InvalidParameter", bad +
			" Digest: a digest is 32 bytes, got 31."},
		{kmshttp.Refuse(kmshttp.MalformedAuthorization, "Authorization", "of no use"), 400, "InvalidParam",
			"The Param Authorization is invalid."},
		{kmshttp.Refuse(kmshttp.MalformedAuthorization, "content-sha256", "of no use"), 400, "InvalidParam",
			"The Param content-sha256 is invalid."},
		{kmshttp.Refuse(kmshttp.UnknownAction, "Action", ""), 400, "InvalidApiName", `The ApiName[ "it"] is invalid.`},
		{kmshttp.Refuse(kmshttp.UnknownAction, "", "the path is not /"), 400, "InvalidApiName",
			`The ApiName[ "it"] is invalid. the path is not /.`},
		{&errors.Error{Code: errors.Internal, Param: "Store", Reason: "of no concern", Err: errors.New("of none either")},
			500, "InternalFailure", "Internal Failure."},
		{&errors.Error{Code: errors.InvalidParameter, Err: errors.New("of no concern")}, 400, "InvalidParameter", bad},
	}
	seen := map[error]bool{}
	for _, r := range rows {
		status, code, message := Describe(r.err)
		want := strings.ReplaceAll(r.message, `[ "it"]`, "")
		require.Equal(t, []any{r.status, r.code, want}, []any{status, code, message}, "%v", r.err)
		status, code, message = describe(r.err, func(string) string { return "it" })
		want = strings.NewReplacer("[", "", "]", "").Replace(r.message)
		require.Equal(t, []any{r.status, r.code, want}, []any{status, code, message}, "%v", r.err)
		if r.err != nil {
			seen[kmshttp.KindOf(r.err)] = true
		}
	}
	for row := range answers {
		require.True(t, seen[row], row)
	}
	codes := fronttest.Codes(t, "../..")
	for _, c := range codes {
		require.Contains(t, answers, error(c))
	}
	for _, f := range kmshttp.Faults() {
		require.Contains(t, answers, error(f))
	}
	require.Len(t, answers, len(codes)+len(kmshttp.Faults()))

	_, _, message := describe(kmshttp.UnknownAction, func(string) string { return strings.Repeat("é", 1000) })
	require.Equal(t, `The ApiName "`+strings.Repeat("é", 64)+`" is invalid.`, message)
	_, _, message = describe(kmshttp.UnknownAction, func(string) string { return "a" + strings.Repeat("é", 1000) })
	require.Equal(t, `The ApiName "a`+strings.Repeat("é", 63)+`" is invalid.`, message)
}
