// SPDX-License-Identifier: Apache-2.0

package tencentkms

import (
	"context"
	"fmt"
	"testing"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/kmshttp"
	"github.com/kmsigner/kmsigner/internal/kmshttp/fronttest"
	"github.com/stretchr/testify/require"
)

func TestDescribe(t *testing.T) {
	rows := []struct {
		err  error
		code string
	}{
		{nil, ""},
		{errors.InvalidParameter, "InvalidParameter"},
		{errors.MissingParameter, "MissingParameter"},
		{errors.KeyNotFound, "ResourceUnavailable.CmkNotFound"},
		{errors.KeyVersionNotFound, "ResourceUnavailable.CmkNotFound"},
		{errors.AliasNotFound, "ResourceUnavailable.CmkNotFound"},
		{errors.AlreadyExists, "InvalidParameterValue.AliasAlreadyExists"},
		{errors.KeyDisabled, "ResourceUnavailable.CmkStateNotSupport"},
		{errors.KeyPendingDeletion, "ResourceUnavailable.CmkStateNotSupport"},
		{errors.KeyPendingImport, "ResourceUnavailable.CmkStateNotSupport"},
		{errors.InvalidSignature, "InvalidParameter"},
		{errors.DryRun, "InvalidParameter"},
		{errors.Unauthenticated, "AuthFailure"},
		{errors.AccessDenied, "UnauthorizedOperation"},
		{errors.Throttled, "RequestLimitExceeded"},
		{errors.Unavailable, "InternalError"},
		{errors.Internal, "InternalError"},
		{kmshttp.UnsupportedMethod, "UnsupportedProtocol"},
		{kmshttp.UnknownAction, "InvalidAction"},
		{kmshttp.UnknownVersion, "NoSuchVersion"},
		{kmshttp.UnknownFormat, "InvalidParameter"},
		{kmshttp.MalformedAuthorization, "AuthFailure.InvalidAuthorization"},
		{kmshttp.UnsupportedSignature, "AuthFailure.InvalidAuthorization"},
		{kmshttp.MalformedTime, "AuthFailure.InvalidAuthorization"},
		{kmshttp.Expired, "AuthFailure.SignatureExpire"},
		{kmshttp.UnknownAccessKey, "AuthFailure.SecretIdNotFound"},
		{kmshttp.InactiveAccessKey, "AuthFailure.SecretIdNotFound"},
		{&errors.Error{Code: errors.Unauthenticated, Err: &kmshttp.Mismatch{StringToSign: "GET"}},
			"AuthFailure.SignatureFailure"},
		{kmshttp.NonceUsed, "AuthFailure"},
		{kmshttp.Unserved, "UnsupportedProtocol"},
		{kmshttp.Unmanaged, "UnauthorizedOperation"},
		{kmshttp.Unmanageable, "UnsupportedOperation"},
		{kmshttp.NotPendingDeletion, "ResourceUnavailable.CmkNotPendingDelete"},
		{kmshttp.NotDisabled, "ResourceUnavailable.CmkShouldBeDisabled"},
		{kmshttp.BodyTooLarge, "InvalidParameter"},

		{errors.New("foreign"), "InternalError"},
		{errors.Code("Unheard"), "InternalError"},
		{kmshttp.Fault("unheard"), "InternalError"},
		{context.Canceled, "InternalError"},
		{fmt.Errorf("wrapped: %w", errors.KeyNotFound), "ResourceUnavailable.CmkNotFound"},
		{kmshttp.Invalid("KeyId", "is bad"), "InvalidParameterValue.InvalidKeyId"},
		{kmshttp.Missing("KeyId"), "MissingParameter"},
	}
	seen := map[error]bool{}
	for _, r := range rows {
		status, code, message := Describe(r.err)
		want := 200
		if r.err == kmshttp.Unserved {
			want = 400
		}
		require.Equal(t, []any{want, r.code}, []any{status, code}, "%v", r.err)
		require.Equal(t, r.err == nil, message == "")
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

	for err, want := range map[error]string{
		kmshttp.Missing("Message"):                         "The request is missing a required parameter `Message`.",
		kmshttp.Invalid("Message", "a digest is 32 bytes"): "The parameter is not valid. Message: a digest is 32 bytes.",
		kmshttp.Invalid("KeyId", "is bad"):                 "The KeyId is not valid. KeyId: is bad.",
		kmshttp.Refuse(kmshttp.MalformedAuthorization, "",
			""): "The authorization of the request is malformed.",
		&errors.Error{Code: errors.Internal, Reason: "of no concern",
			Err: errors.New("of none either")}: "An internal error has occurred.",
		&errors.Error{Code: errors.Unauthenticated,
			Err: &kmshttp.Mismatch{StringToSign: "GET"}}: "The signature does not match our calculation.",
	} {
		_, _, message := Describe(err)
		require.Equal(t, want, message)
	}
}

// The provider's own worked example (Signature v3, CVM): its canonical request,
// which signs x-tc-action too, hashes to what is published. Its secret is not.
func TestCanonicalRequest_published(t *testing.T) {
	r := &kmshttp.Request{Method: "POST", Host: "cvm.tencentcloudapi.com", Header: map[string][]string{
		"Content-Type": {"application/json; charset=utf-8"}, "X-Tc-Action": {"DescribeInstances"},
	}, Body: []byte(`{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}`)}
	payload, err := payloadHash(r, false)
	require.NoError(t, err)
	require.Equal(t, "35e9c5b0e3ae67532d3c9f17ead6c90222632e5b1ff7f6e89887f1398934f064", payload)
	canonical, err := canonicalRequest(r, []string{"content-type", "host", "x-tc-action"}, payload)
	require.NoError(t, err)
	require.Equal(t, "7019a55be8395899b900fb5564e4200d984910f34794a27cb3fb7d10ff6a1e84", hexSHA256(canonical))
}
