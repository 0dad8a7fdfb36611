// SPDX-License-Identifier: Apache-2.0

package alibaba

import (
	"context"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/kmsigner/kmsigner/errors"
)

// codes are the provider's, in this library's terms.
var codes = map[string]errors.Code{
	"InvalidParameter":              errors.InvalidParameter,
	"ValidationError":               errors.InvalidParameter,
	"UnsupportedHTTPMethod":         errors.InvalidParameter,
	"UnsupportedProtocol":           errors.InvalidParameter,
	"InvalidApi.NotFound":           errors.InvalidParameter,
	"InvalidVersion":                errors.InvalidParameter,
	"Rejected.StateModifiedFailed":  errors.InvalidParameter,
	"MissingParameter":              errors.MissingParameter,
	"Forbidden.KeyNotFound":         errors.KeyNotFound,
	"Forbidden.KeyVersionNotFound":  errors.KeyVersionNotFound,
	"Forbidden.AliasNotFound":       errors.AliasNotFound,
	"AliasAlreadyExists":            errors.AlreadyExists,
	"Rejected.Disabled":             errors.KeyDisabled,
	"Rejected.PendingDeletion":      errors.KeyPendingDeletion,
	"Rejected.PendingImport":        errors.KeyPendingImport,
	"DryRunOperationError":          errors.DryRun,
	"IncompleteSignature":           errors.Unauthenticated,
	"InvalidSignatureMethod":        errors.Unauthenticated,
	"SignatureDoesNotMatch":         errors.Unauthenticated,
	"SignatureNonceUsed":            errors.Unauthenticated,
	"InvalidCredentials":            errors.Unauthenticated, // the SDK's own: the client has none
	"AccessDeniedError":             errors.AccessDenied,
	"NoPermission":                  errors.AccessDenied,
	"Rejected.UnsupportedOperation": errors.AccessDenied,
	"UnsupportedOperation":          errors.AccessDenied,
	"ServiceUnavailableTemporary":   errors.Unavailable,
	"InternalFailure":               errors.Internal,
}

// families are codes with a suffix that does not matter here.
var families = []struct {
	prefix string
	code   errors.Code
}{
	{"InvalidParameter.", errors.InvalidParameter},
	{"Throttling", errors.Throttled},
	{"Forbidden.", errors.AccessDenied},
	{"InvalidAccessKeyId", errors.Unauthenticated},
	{"InvalidSecurityToken", errors.Unauthenticated},
	{"InvalidTimeStamp", errors.Unauthenticated},
}

// codeOf translates a code, and a status for what has no code that is known.
func codeOf(code string, status int) errors.Code {
	if c, ok := codes[code]; ok {
		return c
	}
	for _, f := range families {
		if strings.HasPrefix(code, f.prefix) {
			return f.code
		}
	}
	switch status {
	case 401:
		return errors.Unauthenticated
	case 403:
		return errors.AccessDenied
	case 429:
		return errors.Throttled
	case 502, 503, 504:
		return errors.Unavailable
	}
	return errors.Internal
}

// An answered error is one that the service answered: the SDK has three types of them.
type answered interface {
	GetCode() *string
	GetStatusCode() *int
	GetRequestId() *string
}

// translate makes an error of the SDK one of this library.
func translate(ctx context.Context, err error) error {
	if e, ok := err.(answered); ok {
		code, status := "", 0
		if p := e.GetCode(); p != nil {
			code = *p
		}
		if p := e.GetStatusCode(); p != nil {
			status = *p
		}
		reason := "the provider refused the request"
		if words.MatchString(code) {
			reason = "the provider answered " + code
		}
		if id := e.GetRequestId(); id != nil && words.MatchString(*id) {
			reason += ", request " + *id
		}
		return &errors.Error{Code: codeOf(code, status), Reason: reason}
	}
	// The URL has the digest.
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return &errors.Error{Code: errors.Unavailable, Reason: "the service does not answer", Err: errors.Join(err, done(ctx))}
}

// done is the context's error. A dialer stops at the deadline, a moment before the
// context does.
func done(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if d, ok := ctx.Deadline(); ok && !time.Now().Before(d) {
		return context.DeadlineExceeded
	}
	return nil
}

// words are the codes and ids that are fit for a log.
var words = regexp.MustCompile(`^[0-9A-Za-z._-]{1,64}$`)

func invalid(param, reason string) error {
	return &errors.Error{Code: errors.InvalidParameter, Param: param, Reason: reason}
}
