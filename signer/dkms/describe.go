package dkms

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
	errors.MissingParameter:   {400, "MissingParameter", "Parameter X does not exist in http header or body."},
	errors.KeyNotFound:        {404, "Forbidden.KeyNotFound", "The specified key does not exist."},
	errors.KeyVersionNotFound: {404, "Forbidden.KeyNotFound", "The specified key does not exist."},
	errors.AliasNotFound:      {404, "Forbidden.KeyNotFound", "The specified key does not exist."},
	errors.KeyDisabled:        {409, "Rejected.Disabled", "The request was rejected because the key state is Disabled."},
	errors.KeyPendingDeletion: {409, "Rejected.PendingDeletion", "The request was rejected because the key state is PendingDeletion."},
	errors.KeyPendingImport:   {409, "Rejected.PendingImport", "The request was rejected because the key state is PendingImport."},
	errors.InvalidSignature:   {400, "InvalidParameter", "The specified parameter is not valid."},
	errors.DryRun:             {400, "UnsupportedOperation", "Rejected.UnsupportedOperation"},
	errors.Unauthenticated:    {401, "SignatureNotMatch", "Signature is not matched."},
	errors.AccessDenied:       {403, "Forbidden.NoPermission", "This operation is forbidden by permission system."},
	errors.Throttled:          {429, "Rejected.Throttling", "QPS Limit Exceeded"},
	errors.Unavailable:        {503, "ServiceUnavailableTemporary", "Service Unavailable Temporary."},
	errors.Internal:           {500, "InternalFailure", "Internal Failure."},

	kmshttp.UnsupportedMethod:      {400, "UnsupportedOperation", "Rejected.UnsupportedOperation"},
	kmshttp.UnknownAction:          {400, "InvalidApiName", "The ApiName is invalid."},
	kmshttp.UnknownVersion:         {400, "InvalidApiVersion", "The ApiVersion is invalid."},
	kmshttp.UnknownFormat:          {415, "InvalidContentType", "Content-Type is unsupported."},
	kmshttp.MalformedAuthorization: {400, "InvalidParam", "The Param Authorization is invalid."},
	kmshttp.UnsupportedSignature:   {400, "InvalidParam", "The Param x-kms-signaturemethod is invalid."},
	kmshttp.MalformedTime:          {400, "InvalidParam", "The Param Date is invalid."},
	kmshttp.Expired:                {400, "RequestTimeTooSkewed", "Request time exceeds server time more than 15 minutes."},
	kmshttp.UnknownAccessKey:       {404, "Unauthorized", "The AccessKey ID does not exist in our records."},
	kmshttp.InactiveAccessKey:      {404, "Unauthorized", "The AccessKey ID does not exist in our records."},
	kmshttp.SignatureMismatch:      {401, "SignatureNotMatch", "Signature is not matched."},
	kmshttp.NonceUsed:              {401, "SignatureNotMatch", "Signature is not matched. It was used before."},
	kmshttp.Unserved:               {400, "UnsupportedOperation", "Rejected.UnsupportedOperation"},
	kmshttp.BodyTooLarge:           {413, "RequestEntityTooLarge", "The body is too large."},
}

// Describe returns an error of this library as the KMS Instance API puts it: the
// HTTP status, the code and the message. It knows every code of package errors,
// context errors (ServiceUnavailableTemporary), and the errors of [NewHandler]'s
// handlers; an error that is none of these is InternalFailure. For nil it returns
// 200 and empty strings.
//
// The message is the provider's. Where a parameter or a signature is malformed, its
// name and what is wrong with it follow. Nothing else of err is in it, no cause for
// one.
func Describe(err error) (status int, code, message string) {
	if err == nil {
		return 200, "", ""
	}
	row := kmshttp.KindOf(err)
	a, ok := answers[row]
	if !ok {
		a = answers[errors.Internal]
	}
	switch row {
	case errors.MissingParameter:
		a.message = strings.Replace(a.message, "X", kmshttp.ParamOf(err), 1)
	case errors.InvalidParameter, kmshttp.UnknownAction, kmshttp.BodyTooLarge, kmshttp.MalformedAuthorization, kmshttp.Unserved:
		if d := kmshttp.Detail(err); d != "" {
			a.message += " " + d + "."
		}
	}
	return a.status, a.code, a.message
}
