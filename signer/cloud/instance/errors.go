// SPDX-License-Identifier: Apache-2.0

package instance

import (
	"context"
	"encoding/json"
	"net/url"
	"regexp"

	"github.com/alibabacloud-go/tea/tea"

	"github.com/kmsigner/kmsigner/errors"
)

// codes are the provider's, in this library's terms.
var codes = map[string]errors.Code{
	"InvalidParameter":            errors.InvalidParameter,
	"InvalidParam":                errors.InvalidParameter,
	"InvalidApiName":              errors.InvalidParameter,
	"InvalidApiVersion":           errors.InvalidParameter,
	"InvalidContentType":          errors.InvalidParameter,
	"RequestEntityTooLarge":       errors.InvalidParameter,
	"UnsupportedOperation":        errors.InvalidParameter,
	"MissingParameter":            errors.MissingParameter,
	"Forbidden.KeyNotFound":       errors.KeyNotFound,
	"Rejected.Disabled":           errors.KeyDisabled,
	"Rejected.PendingDeletion":    errors.KeyPendingDeletion,
	"Rejected.PendingImport":      errors.KeyPendingImport,
	"SignatureNotMatch":           errors.Unauthenticated,
	"Unauthorized":                errors.Unauthenticated,
	"RequestTimeTooSkewed":        errors.Unauthenticated,
	"Forbidden.NoPermission":      errors.AccessDenied,
	"Rejected.Throttling":         errors.Throttled,
	"ServiceUnavailableTemporary": errors.Unavailable,
	"InternalFailure":             errors.Internal,
}

func codeOf(code string, status int) errors.Code {
	if c, ok := codes[code]; ok {
		return c
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

// translate makes an error of the SDK one of this library.
func translate(ctx context.Context, err error) error {
	var e *tea.SDKError
	if !errors.As(err, &e) {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err
		}
		return unreachable(ctx, err)
	}
	var data struct {
		HTTPCode  int    `json:"httpCode"`
		RequestID string `json:"requestId"`
	}
	// What is not there stays empty.
	_ = json.Unmarshal([]byte(tea.StringValue(e.Data)), &data)
	code, reason := tea.StringValue(e.Code), "the provider refused the request"
	if words.MatchString(code) {
		reason = "the provider answered " + code
	}
	if words.MatchString(data.RequestID) {
		reason += ", request " + data.RequestID
	}
	return &errors.Error{Code: codeOf(code, data.HTTPCode), Reason: reason}
}

func unreachable(ctx context.Context, cause error) error {
	cause = errors.Join(cause, done(ctx, cause))
	return &errors.Error{Code: errors.Unavailable, Reason: "the service does not answer", Err: cause}
}

// done is the context's error. A request stops before the deadline, since its timeout is
// rounded down.
func done(ctx context.Context, cause error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var timeout interface{ Timeout() bool }
	if _, ok := ctx.Deadline(); ok && errors.As(cause, &timeout) && timeout.Timeout() {
		return context.DeadlineExceeded
	}
	return nil
}

// words are the codes and ids that are fit for a log.
var words = regexp.MustCompile(`^[0-9A-Za-z._-]{1,64}$`)

func invalid(param, reason string) error {
	return &errors.Error{Code: errors.InvalidParameter, Param: param, Reason: reason}
}
