// SPDX-License-Identifier: Apache-2.0

package tencentkms

import (
	"strings"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/kmshttp"
)

// An answer is how the provider puts an error.
type answer struct{ code, message string }

// foreignStatus is that of an answer to another protocol than the provider's, whose
// clients look at it.
const foreignStatus = 400

// answers has a row for every code of package errors and for every fault of a
// request.
var answers = map[error]answer{
	errors.InvalidParameter:   {"InvalidParameter", "The parameter is not valid."},
	errors.MissingParameter:   {"MissingParameter", "The request is missing a required parameter `X`."},
	errors.KeyNotFound:        {"ResourceUnavailable.CmkNotFound", "The CMK does not exist."},
	errors.KeyVersionNotFound: {"ResourceUnavailable.CmkNotFound", "The CMK does not exist."},
	errors.AliasNotFound:      {"ResourceUnavailable.CmkNotFound", "The CMK does not exist."},
	errors.AlreadyExists:      {"InvalidParameterValue.AliasAlreadyExists", "The alias already exists."},
	errors.KeyDisabled:        {"ResourceUnavailable.CmkStateNotSupport", stateUnsupported + "disabled."},
	errors.KeyPendingDeletion: {"ResourceUnavailable.CmkStateNotSupport", stateUnsupported + "pending deletion."},
	errors.KeyPendingImport:   {"ResourceUnavailable.CmkStateNotSupport", stateUnsupported + "pending import."},
	errors.InvalidSignature:   {"InvalidParameter", "The parameter is not valid."},
	errors.DryRun:             {"InvalidParameter", "The parameter is not valid."},
	errors.Unauthenticated:    {"AuthFailure", "The request is not authenticated."},
	errors.AccessDenied:       {"UnauthorizedOperation", "The operation is not authorized."},
	errors.Throttled:          {"RequestLimitExceeded", "The number of requests exceeds the rate limit."},
	errors.Unavailable:        {"InternalError", "The service is temporarily unavailable."},
	errors.Internal:           {"InternalError", "An internal error has occurred."},

	kmshttp.UnsupportedMethod:      {"UnsupportedProtocol", "The HTTP method is not supported: use GET or POST."},
	kmshttp.UnknownAction:          {"InvalidAction", "The action does not exist."},
	kmshttp.UnknownVersion:         {"NoSuchVersion", "The version of the API does not exist."},
	kmshttp.UnknownFormat:          {"InvalidParameter", "The parameter is not valid."},
	kmshttp.MalformedAuthorization: {"AuthFailure.InvalidAuthorization", "The authorization of the request is malformed."},
	kmshttp.UnsupportedSignature:   {"AuthFailure.InvalidAuthorization", "The signature method is not supported."},
	kmshttp.MalformedTime:          {"AuthFailure.InvalidAuthorization", "The timestamp is malformed."},
	kmshttp.Expired:                {"AuthFailure.SignatureExpire", expired},
	kmshttp.UnknownAccessKey:       {"AuthFailure.SecretIdNotFound", "The SecretId does not exist."},
	kmshttp.InactiveAccessKey:      {"AuthFailure.SecretIdNotFound", "The SecretId is disabled."},
	kmshttp.SignatureMismatch:      {"AuthFailure.SignatureFailure", "The signature does not match our calculation."},
	kmshttp.NonceUsed:              {"AuthFailure", "The Nonce was used before."},
	kmshttp.Unmanaged:              {"UnauthorizedOperation", "The operation is not authorized."},
	kmshttp.Unmanageable:           {"UnsupportedOperation", "The operation is not supported."},
	kmshttp.NotPendingDeletion:     {"ResourceUnavailable.CmkNotPendingDelete", "The CMK is not pending deletion."},
	kmshttp.NotDisabled:            {"ResourceUnavailable.CmkShouldBeDisabled", "The CMK has to be disabled first."},
	kmshttp.BodyTooLarge:           {"InvalidParameter", "The parameter is not valid."},
	kmshttp.Unserved:               {"UnsupportedProtocol", "The protocol is not supported."},
}

const (
	stateUnsupported = "The state of the CMK does not support this operation: it is "
	expired          = "The signature has expired: " +
		"the timestamp may differ from the server's time by at most five minutes."
)

// invalid has the parameters whose InvalidParameter has a code of its own.
var invalid = map[string]answer{
	"KeyId":               {"InvalidParameterValue.InvalidKeyId", "The KeyId is not valid."},
	"KeyIds":              {"InvalidParameterValue.DuplicatedKeyId", "The KeyIds are not valid."},
	"Alias":               {"InvalidParameterValue.InvalidAlias", "The Alias is not valid."},
	"KeyUsage":            {"InvalidParameterValue.InvalidKeyUsage", "The KeyUsage is not valid."},
	"Type":                {"InvalidParameterValue.InvalidType", "The Type is not valid."},
	"HsmClusterId":        {"InvalidParameterValue.InvalidHsmClusterId", "The HsmClusterId is not valid."},
	"PendingWindowInDays": {"InvalidParameter.InvalidPendingWindowInDays", "The PendingWindowInDays is not valid."},
}

// Describe returns an error of this library as Tencent Cloud KMS puts it: the HTTP
// status, the code and the message. The status is 200, but 400 for a request in
// another protocol than the provider's. It knows every code of
// package errors, context errors (InternalError), and those of
// [NewHandler]'s handlers; an error that is none of these is InternalError. For nil
// it returns 200 and empty strings.
//
// Where a parameter or a signature is malformed, its name and what is wrong with
// it follow the message. Nothing else of err is in it, not its cause.
func Describe(err error) (status int, code, message string) {
	if err == nil {
		return 200, "", ""
	}
	row := kmshttp.KindOf(err)
	a, ok := answers[row]
	if !ok {
		a = answers[errors.Internal]
	}
	if own, ok := invalid[kmshttp.ParamOf(err)]; ok && row == errors.InvalidParameter {
		a = own
	}
	status = 200
	if row == kmshttp.Unserved {
		status = foreignStatus
	}
	return status, a.code, complete(a.message, row, err)
}

// complete adds to the message what it leaves open.
func complete(message string, row, err error) string {
	switch row {
	case errors.MissingParameter:
		return strings.Replace(message, "X", kmshttp.ParamOf(err), 1)
	case errors.InvalidParameter, errors.Unauthenticated, kmshttp.BodyTooLarge, kmshttp.MalformedAuthorization,
		kmshttp.Unserved, kmshttp.UnknownAction, kmshttp.Unmanaged, kmshttp.Unmanageable,
		kmshttp.NotPendingDeletion, kmshttp.NotDisabled:
		if d := kmshttp.Detail(err); d != "" {
			return message + " " + d + "."
		}
	}
	return message
}
