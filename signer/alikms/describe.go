// SPDX-License-Identifier: Apache-2.0

package alikms

import (
	"strings"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/kmshttp"
)

// An answer is how the provider puts an error.
type answer struct {
	status        int
	code, message string
}

// answers has a row for every code of package errors and for every fault of a
// request.
var answers = map[error]answer{
	errors.InvalidParameter:   {400, "InvalidParameter", "The specified parameter is not valid."},
	errors.MissingParameter:   {400, "MissingParameter", `The parameter "X" is needed but not provided.`},
	errors.KeyNotFound:        {404, "Forbidden.KeyNotFound", "The specified Key is not found."},
	errors.KeyVersionNotFound: {404, "Forbidden.KeyVersionNotFound", "The specified Key version is not found."},
	errors.AliasNotFound:      {404, "Forbidden.AliasNotFound", "The specified Alias is not found."},
	errors.AlreadyExists:      {400, "AliasAlreadyExists", "AliasName Already Exists."},
	errors.KeyDisabled:        {409, "Rejected.Disabled", stateIs + "Disabled."},
	errors.KeyPendingDeletion: {409, "Rejected.PendingDeletion", stateIs + "PendingDeletion."},
	errors.KeyPendingImport:   {409, "Rejected.PendingImport", stateIs + "PendingImport."},
	errors.InvalidSignature:   {400, "InvalidParameter", "The specified parameter is not valid."},
	errors.DryRun:             {400, "DryRunOperationError", wouldSucceed},
	errors.Unauthenticated:    {400, "IncompleteSignature", nonconforming},
	errors.AccessDenied:       {403, "Forbidden.NoPermission", "This operation is forbidden by permission system."},
	errors.Throttled:          {400, "Throttling.User", "Request was denied due to user flow control."},
	errors.Unavailable:        {503, "ServiceUnavailableTemporary", "Service Unavailable Temporary."},
	errors.Internal:           {500, "InternalFailure", "Internal Failure."},

	kmshttp.UnsupportedMethod:      {403, "UnsupportedHTTPMethod", "This http method is not supported."},
	kmshttp.UnknownAction:          {404, "InvalidApi.NotFound", noSuchAPI},
	kmshttp.UnknownVersion:         {404, "InvalidVersion", "Specified parameter Version is not valid."},
	kmshttp.UnknownFormat:          {400, "InvalidParameter.Format", "Specified parameter format is not valid."},
	kmshttp.MalformedAuthorization: {400, "IncompleteSignature", nonconforming},
	kmshttp.UnsupportedSignature:   {400, "InvalidSignatureMethod", "Specified signature method is not valid."},
	kmshttp.MalformedTime:          {400, "InvalidTimeStamp.Format", malformedTime},
	kmshttp.Expired:                {400, "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired."},
	kmshttp.UnknownAccessKey:       {404, "InvalidAccessKeyId.NotFound", "Specified access key is not found."},
	kmshttp.InactiveAccessKey:      {400, "InvalidAccessKeyId.Inactive", "Specified access key is disabled."},
	kmshttp.SignatureMismatch:      {400, "SignatureDoesNotMatch", mismatch},
	kmshttp.NonceUsed:              {400, "SignatureNonceUsed", "Specified signature nonce was used already."},
	kmshttp.Unserved:               {400, "UnsupportedProtocol", "This protocol is not supported."},
	kmshttp.Unmanaged:              {403, "Forbidden.NoPermission", "This operation is forbidden by permission system."},
	kmshttp.Unmanageable:           {400, "Rejected.UnsupportedOperation", "Unsupported operation."},
	kmshttp.NotPendingDeletion:     {409, "Rejected.StateModifiedFailed", "Keystate modified failed."},
	kmshttp.NotDisabled:            {409, "Rejected.StateModifiedFailed", "Keystate modified failed."},
	kmshttp.BodyTooLarge:           {400, "InvalidParameter", "The specified parameter is not valid."},
}

// The longest of the provider's messages.
const (
	stateIs       = "The request was rejected because the key state is "
	wouldSucceed  = "The request would have succeeded, but the DryRun parameter is set."
	nonconforming = "The request signature does not conform to Alibaba Cloud standards."
	noSuchAPI     = "Specified api is not found, please check your url and method."
	malformedTime = "Specified time stamp or date value is not well formatted."
	mismatch      = "Specified signature is not matched with our calculation. server string to sign is:"
	dryRunWithout = `The request is a dry run, and the parameter "X" is needed but not provided.`
)

// dryRunAnswers has what differs if the call had DryRun.
var dryRunAnswers = map[error]answer{
	errors.InvalidParameter: {400, "ValidationError", "The request is a dry run, and a parameter is not valid."},
	errors.MissingParameter: {400, "ValidationError", dryRunWithout},
	errors.AccessDenied:     {400, "AccessDeniedError", "The request is a dry run, and the operation is not permitted."},
}

// Describe returns an error of this library as Alibaba Cloud KMS puts it: the HTTP
// status, the code and the message. It knows every code of package errors, context
// errors (ServiceUnavailableTemporary), and those of [NewHandler]'s handlers; an
// error that is none of these is InternalFailure. For nil it returns 200 and empty strings.
//
// The message is the provider's. Where a parameter or a signature is malformed,
// its name and what is wrong with it follow in our words; after that of
// SignatureDoesNotMatch, the string that should have been signed. Nothing else of
// err is in it, not its cause.
func Describe(err error) (status int, code, message string) {
	if err == nil {
		return 200, "", ""
	}
	row := kmshttp.KindOf(err)
	a, ok := answers[row]
	if !ok {
		a = answers[errors.Internal]
	}
	var dry *dryRunError
	if errors.As(err, &dry) {
		if d, ok := dryRunAnswers[row]; ok {
			a = d
		}
	}
	return a.status, a.code, complete(a.message, row, err)
}

// complete adds to the provider's sentence what it leaves open.
func complete(message string, row, err error) string {
	switch row {
	case errors.MissingParameter:
		return strings.Replace(message, "X", kmshttp.ParamOf(err), 1)
	case errors.InvalidParameter, kmshttp.BodyTooLarge, kmshttp.MalformedAuthorization, kmshttp.Unserved,
		kmshttp.UnknownAction, kmshttp.Unmanaged, kmshttp.Unmanageable, kmshttp.NotPendingDeletion, kmshttp.NotDisabled:
		if d := kmshttp.Detail(err); d != "" {
			return message + " " + d + "."
		}
	case kmshttp.SignatureMismatch:
		var m *kmshttp.Mismatch
		if errors.As(err, &m) {
			return message + m.StringToSign
		}
	}
	return message
}
