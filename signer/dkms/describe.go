// SPDX-License-Identifier: Apache-2.0

package dkms

import (
	"strings"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/kmshttp"
)

// An answer is how the provider puts an error. The X in its message is the value of a
// header, or else the name of a parameter.
type answer struct {
	status        int
	code, message string
	header        string
}

// answers has a row for every code of package errors and for every fault of a
// request.
var answers = map[error]answer{
	errors.InvalidParameter:   {400, "InvalidParameter", "The specified parameter is not valid.", ""},
	errors.MissingParameter:   {400, "MissingParameter", "Parameter X does not exist in http header or body.", ""},
	errors.KeyNotFound:        {404, "Forbidden.KeyNotFound", "The specified key does not exist.", ""},
	errors.KeyVersionNotFound: {404, "Forbidden.KeyNotFound", "The specified key does not exist.", ""},
	errors.AliasNotFound:      {404, "Forbidden.KeyNotFound", "The specified key does not exist.", ""},
	errors.AlreadyExists:      {400, "InvalidParameter", "The specified parameter is not valid.", ""},
	errors.KeyDisabled:        {409, "Rejected.Disabled", stateIs + "Disabled.", ""},
	errors.KeyPendingDeletion: {409, "Rejected.PendingDeletion", stateIs + "PendingDeletion.", ""},
	errors.KeyPendingImport:   {409, "Rejected.PendingImport", stateIs + "PendingImport.", ""},
	errors.InvalidSignature:   {400, "InvalidParameter", "The specified parameter is not valid.", ""},
	errors.DryRun:             {400, "UnsupportedOperation", "Rejected.UnsupportedOperation", ""},
	errors.Unauthenticated:    {401, "SignatureNotMatch", "Signature is not matched.", ""},
	errors.AccessDenied:       {403, "Forbidden.NoPermission", forbidden, clientHeader},
	errors.Throttled:          {429, "Rejected.Throttling", "QPS Limit Exceeded", ""},
	errors.Unavailable:        {503, "ServiceUnavailableTemporary", "Service Unavailable Temporary.", ""},
	errors.Internal:           {500, "InternalFailure", "Internal Failure.", ""},

	kmshttp.UnsupportedMethod:      {400, "UnsupportedOperation", "Rejected.UnsupportedOperation", ""},
	kmshttp.UnknownAction:          {400, "InvalidApiName", `The ApiName "X" is invalid.`, nameHeader},
	kmshttp.UnknownVersion:         {400, "InvalidApiVersion", `The ApiVersion "X" is invalid.`, apiHeader},
	kmshttp.UnknownFormat:          {415, "InvalidContentType", `Content-Type "X" is unsupported.`, "Content-Type"},
	kmshttp.MalformedAuthorization: {400, "InvalidParam", "The Param X is invalid.", ""},
	kmshttp.UnsupportedSignature:   {400, "InvalidParam", "The Param x-kms-signaturemethod is invalid.", ""},
	kmshttp.MalformedTime:          {400, "InvalidParam", "The Param Date is invalid.", ""},
	kmshttp.Expired:                {400, "RequestTimeTooSkewed", skewed, ""},
	kmshttp.UnknownAccessKey:       {404, "Unauthorized", noSuchClient, clientHeader},
	kmshttp.InactiveAccessKey:      {404, "Unauthorized", noSuchClient, clientHeader},
	kmshttp.SignatureMismatch:      {401, "SignatureNotMatch", "Signature is not matched.", ""},
	kmshttp.NonceUsed:              {401, "SignatureNotMatch", "Signature is not matched. It was used before.", ""},
	kmshttp.Unserved:               {400, "UnsupportedOperation", "Rejected.UnsupportedOperation", ""},
	kmshttp.BodyTooLarge:           {413, "RequestEntityTooLarge", "The body is too large.", ""},

	// Keys are not managed over this API.
	kmshttp.Unmanaged:          {400, "UnsupportedOperation", "Rejected.UnsupportedOperation", ""},
	kmshttp.Unmanageable:       {400, "UnsupportedOperation", "Rejected.UnsupportedOperation", ""},
	kmshttp.NotPendingDeletion: {400, "UnsupportedOperation", "Rejected.UnsupportedOperation", ""},
	kmshttp.NotDisabled:        {400, "UnsupportedOperation", "Rejected.UnsupportedOperation", ""},
}

const (
	stateIs      = "The request was rejected because the key state is "
	forbidden    = `This operation for "X" is forbidden by permission system.`
	skewed       = "Request time exceeds server time more than 15 minutes."
	noSuchClient = `The AccessKey ID "X" does not exist in our records.`
)

// maxSaid is the most that an answer repeats of a header.
const maxSaid = 128

// Describe returns an error of this library as the KMS Instance API puts it: the
// HTTP status, the code and the message. It knows every code of package errors,
// context errors (ServiceUnavailableTemporary), and the errors of [NewHandler]'s
// handlers; an error that is none of these is InternalFailure. For nil it returns
// 200 and empty strings.
//
// The message is the provider's. Where a parameter is malformed, its name and what is
// wrong with it follow. Nothing else of err is in it, not its cause. What the
// provider repeats of a request, such as the name of an API that does not exist, only
// the answers of handlers have.
func Describe(err error) (status int, code, message string) {
	return describe(err, func(string) string { return "" })
}

// describe finds what the request says in a header by calling said.
func describe(err error, said func(header string) string) (status int, code, message string) {
	if err == nil {
		return 200, "", ""
	}
	row := kmshttp.KindOf(err)
	a, ok := answers[row]
	if !ok {
		row, a = errors.Internal, answers[errors.Internal]
	}
	switch row {
	case errors.MissingParameter:
		a.message = fill(a.message, " X", kmshttp.ParamOf(err))
	case kmshttp.MalformedAuthorization:
		// The SDKs compare this message, so no detail follows.
		param := kmshttp.ParamOf(err)
		if param == "" {
			param = "Authorization"
		}
		a.message = fill(a.message, " X", param)
	case errors.InvalidParameter, kmshttp.UnknownAction, kmshttp.BodyTooLarge, kmshttp.Unserved:
		if d := kmshttp.Detail(err); d != kmshttp.ParamOf(err) {
			a.message += " " + d + "."
		}
	}
	if a.header != "" {
		value := said(a.header)
		value = strings.ToValidUTF8(value[:min(len(value), maxSaid)], "")
		a.message = fill(a.message, ` "X"`, value)
	}
	return a.status, a.code, a.message
}

// fill puts a value in the place of the X, or leaves the place out if there is none.
func fill(message, place, value string) string {
	if value != "" {
		value = strings.Replace(place, "X", value, 1)
	}
	return strings.Replace(message, place, value, 1)
}
