// SPDX-License-Identifier: Apache-2.0

package alikms

import (
	"context"
	"fmt"
	"testing"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/kmshttp"
	"github.com/kmsigner/kmsigner/internal/kmshttp/fronttest"
	"github.com/stretchr/testify/require"
)

// The table of protocol.md, and every code and fault that there is.
func TestDescribe(t *testing.T) {
	rows := []struct {
		err     error
		status  int
		code    string
		message string
	}{
		{nil, 200, "", ""},
		{errors.InvalidParameter, 400, "InvalidParameter", "The specified parameter is not valid."},
		{kmshttp.Missing("Digest"), 400, "MissingParameter", `The parameter "Digest" is needed but not provided.`},
		{errors.KeyNotFound, 404, "Forbidden.KeyNotFound", "The specified Key is not found."},
		{errors.KeyVersionNotFound, 404, "Forbidden.KeyVersionNotFound", "The specified Key version is not found."},
		{errors.AliasNotFound, 404, "Forbidden.AliasNotFound", "The specified Alias is not found."},
		{errors.AlreadyExists, 400, "AliasAlreadyExists", "AliasName Already Exists."},
		{errors.KeyDisabled, 409, "Rejected.Disabled", "The request was rejected because the key state is Disabled."},
		{errors.KeyPendingDeletion, 409, "Rejected.PendingDeletion",
			"The request was rejected because the key state is PendingDeletion."},
		{errors.KeyPendingImport, 409, "Rejected.PendingImport",
			"The request was rejected because the key state is PendingImport."},
		{errors.InvalidSignature, 400, "InvalidParameter", "The specified parameter is not valid."},
		{errors.DryRun, 400, "DryRunOperationError", "The request would have succeeded, but the DryRun parameter is set."},
		{errors.Unauthenticated, 400, "IncompleteSignature",
			"The request signature does not conform to Alibaba Cloud standards."},
		{errors.AccessDenied, 403, "Forbidden.NoPermission", "This operation is forbidden by permission system."},
		{errors.Throttled, 400, "Throttling.User", "Request was denied due to user flow control."},
		{errors.Unavailable, 503, "ServiceUnavailableTemporary", "Service Unavailable Temporary."},
		{errors.Internal, 500, "InternalFailure", "Internal Failure."},
		{kmshttp.UnsupportedMethod, 403, "UnsupportedHTTPMethod", "This http method is not supported."},
		{kmshttp.UnknownAction, 404, "InvalidApi.NotFound", "Specified api is not found, please check your url and method."},
		{kmshttp.UnknownVersion, 404, "InvalidVersion", "Specified parameter Version is not valid."},
		{kmshttp.UnknownFormat, 400, "InvalidParameter.Format", "Specified parameter format is not valid."},
		{kmshttp.MalformedAuthorization, 400, "IncompleteSignature",
			"The request signature does not conform to Alibaba Cloud standards."},
		{kmshttp.UnsupportedSignature, 400, "InvalidSignatureMethod", "Specified signature method is not valid."},
		{kmshttp.MalformedTime, 400, "InvalidTimeStamp.Format", "Specified time stamp or date value is not well formatted."},
		{kmshttp.Expired, 400, "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired."},
		{kmshttp.UnknownAccessKey, 404, "InvalidAccessKeyId.NotFound", "Specified access key is not found."},
		{kmshttp.InactiveAccessKey, 400, "InvalidAccessKeyId.Inactive", "Specified access key is disabled."},
		{&errors.Error{Code: errors.Unauthenticated, Err: &kmshttp.Mismatch{StringToSign: "GET&x"}}, 400,
			"SignatureDoesNotMatch", "Specified signature is not matched with our calculation. server string to sign is:GET&x"},
		{kmshttp.Unserved, 400, "UnsupportedProtocol", "This protocol is not supported."},
		{kmshttp.Unmanaged, 403, "Forbidden.NoPermission", "This operation is forbidden by permission system."},
		{kmshttp.Unmanageable, 400, "Rejected.UnsupportedOperation", "Unsupported operation."},
		{kmshttp.NotPendingDeletion, 409, "Rejected.StateModifiedFailed", "Keystate modified failed."},
		{kmshttp.NotDisabled, 409, "Rejected.StateModifiedFailed", "Keystate modified failed."},
		{kmshttp.BodyTooLarge, 400, "InvalidParameter", "The specified parameter is not valid."},
		{kmshttp.NonceUsed, 400, "SignatureNonceUsed", "Specified signature nonce was used already."},

		{errors.New("foreign"), 500, "InternalFailure", "Internal Failure."},
		{errors.Code("Unheard"), 500, "InternalFailure", "Internal Failure."},
		{kmshttp.Fault("unheard"), 500, "InternalFailure", "Internal Failure."},
		{(*errors.Error)(nil), 500, "InternalFailure", "Internal Failure."},
		{context.Canceled, 503, "ServiceUnavailableTemporary", "Service Unavailable Temporary."},
		{fmt.Errorf("lookup: %w", context.DeadlineExceeded), 503, "ServiceUnavailableTemporary",
			"Service Unavailable Temporary."},
		{fmt.Errorf("wrapped: %w", errors.KeyNotFound), 404, "Forbidden.KeyNotFound", "The specified Key is not found."},
		{kmshttp.Invalid("Digest", "a digest is 32 bytes, got 31"), 400, "InvalidParameter",
			"The specified parameter is not valid. Digest: a digest is 32 bytes, got 31."},
		{&errors.Error{Code: errors.Internal, Param: "Store", Reason: "of no concern", Err: errors.New("of none either")},
			500, "InternalFailure", "Internal Failure."},
		{&errors.Error{Code: errors.InvalidParameter, Err: errors.New("of no concern")}, 400, "InvalidParameter",
			"The specified parameter is not valid."},

		{&dryRunError{errors.DryRun}, 400, "DryRunOperationError",
			"The request would have succeeded, but the DryRun parameter is set."},
		{&dryRunError{kmshttp.Invalid("Digest", "is bad")}, 400, "ValidationError",
			"The request is a dry run, and a parameter is not valid. Digest: is bad."},
		{&dryRunError{kmshttp.Missing("Digest")}, 400, "ValidationError",
			`The request is a dry run, and the parameter "Digest" is needed but not provided.`},
		{&dryRunError{errors.AccessDenied}, 400, "AccessDeniedError",
			"The request is a dry run, and the operation is not permitted."},
		{&dryRunError{errors.KeyNotFound}, 404, "Forbidden.KeyNotFound", "The specified Key is not found."},
	}
	seen := map[error]bool{}
	for _, r := range rows {
		status, code, message := Describe(r.err)
		require.Equal(t, []any{r.status, r.code, r.message}, []any{status, code, message}, "%v", r.err)
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
}
