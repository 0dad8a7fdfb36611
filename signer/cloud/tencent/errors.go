// SPDX-License-Identifier: Apache-2.0

package tencent

import (
	"context"
	"regexp"
	"strings"
	"time"

	sdk "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/errors"

	"github.com/kmsigner/kmsigner/errors"
)

// codes are the provider's, in this library's terms.
var codes = map[string]errors.Code{
	"InvalidAction":       errors.InvalidParameter,
	"NoSuchVersion":       errors.InvalidParameter,
	"UnsupportedProtocol": errors.InvalidParameter,
	"InvalidParameterValue.AliasAlreadyExists":         errors.AlreadyExists,
	"ResourceUnavailable.CmkNotPendingDelete":          errors.InvalidParameter,
	"ResourceUnavailable.CmkShouldBeDisabled":          errors.InvalidParameter,
	"MissingParameter":                                 errors.MissingParameter,
	"ResourceNotFound":                                 errors.KeyNotFound,
	"ResourceUnavailable.CmkNotFound":                  errors.KeyNotFound,
	"ResourceUnavailable.CmkDisabled":                  errors.KeyDisabled,
	"ResourceUnavailable.KeyDisabled":                  errors.KeyDisabled,
	"ResourceUnavailable.CmkArchived":                  errors.KeyDisabled,
	"ResourceUnavailable.KeyPendingDelete":             errors.KeyPendingDeletion,
	"ResourceUnavailable.NotPurchased":                 errors.AccessDenied,
	"ResourceUnavailable.TokenExpired":                 errors.Unauthenticated,
	"AuthFailure.UnauthorizedOperation":                errors.AccessDenied,
	"FailedOperation.CmkUsedByCloudProduct":            errors.AccessDenied,
	"UnsupportedOperation.ServiceTemporaryUnavailable": errors.Unavailable,
}

// families are codes with a suffix that does not matter here.
var families = []struct {
	prefix string
	code   errors.Code
}{
	{"InvalidParameter", errors.InvalidParameter},
	{"AuthFailure", errors.Unauthenticated},
	{"UnauthorizedOperation", errors.AccessDenied},
	{"UnsupportedOperation", errors.AccessDenied},
	{"RequestLimitExceeded", errors.Throttled},
}

// codeOf translates a code. The message tells apart what has one code.
func codeOf(code, message string) errors.Code {
	if c, ok := codes[code]; ok {
		return c
	}
	message = strings.ToLower(message)
	switch {
	case code == "ResourceUnavailable.CmkStateNotSupport" && pendingDeletion.MatchString(message):
		return errors.KeyPendingDeletion
	case code == "ResourceUnavailable.CmkStateNotSupport" && pendingImport.MatchString(message):
		return errors.KeyPendingImport
	case code == "ResourceUnavailable.CmkStateNotSupport":
		return errors.KeyDisabled
	case code == "InternalError" && strings.Contains(message, "temporarily unavailable"):
		return errors.Unavailable
	}
	for _, f := range families {
		if strings.HasPrefix(code, f.prefix) {
			return f.code
		}
	}
	return errors.Internal
}

// States are called PendingDelete and PendingImport where they are read from a key.
var (
	pendingDeletion = regexp.MustCompile(`pending ?delet`)
	pendingImport   = regexp.MustCompile(`pending ?import`)
)

// translate makes an error of the SDK one of this library.
func translate(ctx context.Context, err error) error {
	e, ok := err.(*sdk.TencentCloudSDKError)
	if !ok {
		return unreachable(ctx, err) // while the answer was read
	}
	if strings.HasPrefix(e.Code, "ClientError.") {
		if e.Code != "ClientError.NetworkError" { // the text is the body of an answer
			return unreachable(ctx, errors.New(e.Code))
		}
		return unreachable(ctx, errors.New(address.ReplaceAllString(e.Message, "")))
	}
	reason := "the provider refused the request"
	if words.MatchString(e.Code) {
		reason = "the provider answered " + e.Code
	}
	if words.MatchString(e.RequestId) {
		reason += ", request " + e.RequestId
	}
	return &errors.Error{Code: codeOf(e.Code, e.Message), Reason: reason}
}

// address is a request as *url.Error writes it: that of a GET has the digest.
var address = regexp.MustCompile(`(Get|Post) "[^"]*": `)

// words are the codes and ids that are fit for a log.
var words = regexp.MustCompile(`^[0-9A-Za-z._-]{1,64}$`)

func unreachable(ctx context.Context, cause error) error {
	cause = errors.Join(cause, done(ctx))
	return &errors.Error{Code: errors.Unavailable, Reason: "the service does not answer", Err: cause}
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

func invalid(param, reason string) error {
	return &errors.Error{Code: errors.InvalidParameter, Param: param, Reason: reason}
}
