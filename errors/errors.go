// SPDX-License-Identifier: Apache-2.0

// Package errors is the one error type of kmsigner and its stable codes.
//
// Every error of this library, context errors aside, is or wraps an [*Error].
// Programs act on its [Code]; people read its text:
//
//	sig, err := s.SignDigest(ctx, digest)
//	switch {
//	case errors.Is(err, errors.InvalidParameter):
//		// err says which parameter is wrong, and how
//	case errors.Is(err, context.Canceled):
//		// context errors pass through as they are
//	}
//
// A Code is itself an error, so that it can stand as the target of [Is]. The
// values of the codes are their names; they, and the situations in which each code
// is returned, are part of the compatibility promise. The texts are not: they may
// become clearer in any release.
//
// The package also offers [Is], [As], [Join], [New] and [Unwrap] of the standard
// package of the same name, so that a file needs to import only one of the two.
//
// No error of this library holds a secret: no key, password, digest or message.
// Values of this package are safe for concurrent use as long as no goroutine writes
// to the fields of an Error.
package errors

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// A Code names the kind of a failure. Its value is its own name. A Code is an
// error, and an [*Error] with this Code matches it:
//
//	errors.Is(err, errors.KeyNotFound)
type Code string

// The codes. Front ends translate them into their provider's own.
const (
	// InvalidParameter: an argument has a wrong type, size, encoding or value,
	// or an option does not apply. [Error.Param] says which.
	InvalidParameter Code = "InvalidParameter"
	// MissingParameter: a required parameter of a request is absent.
	MissingParameter Code = "MissingParameter"

	// KeyNotFound: no key has this id.
	KeyNotFound Code = "KeyNotFound"
	// KeyVersionNotFound: the key exists, this version of it does not.
	KeyVersionNotFound Code = "KeyVersionNotFound"
	// AliasNotFound: no key has this alias.
	AliasNotFound Code = "AliasNotFound"
	// AlreadyExists: a key has this alias already.
	AlreadyExists Code = "AlreadyExists"

	// KeyDisabled: the key exists and is switched off.
	KeyDisabled Code = "KeyDisabled"
	// KeyPendingDeletion: the key is waiting to be deleted.
	KeyPendingDeletion Code = "KeyPendingDeletion"
	// KeyPendingImport: the key has no material yet.
	KeyPendingImport Code = "KeyPendingImport"

	// InvalidSignature: verification failed; the signature does not fit the
	// digest and the public key, or is no signature at all.
	InvalidSignature Code = "InvalidSignature"

	// DryRun: the call was asked not to take effect, and would have succeeded.
	DryRun Code = "DryRun"

	// Unauthenticated: the request does not authenticate its client.
	Unauthenticated Code = "Unauthenticated"
	// AccessDenied: the client has no permission for this operation.
	AccessDenied Code = "AccessDenied"
	// Throttled: too many requests; the same request may succeed later.
	Throttled Code = "Throttled"
	// Unavailable: a service that the call depends on does not respond at present.
	Unavailable Code = "Unavailable"
	// Internal: a fault of this library or of what it is built on.
	Internal Code = "Internal"
)

// Error returns the code's name.
func (c Code) Error() string { return string(c) }

// An Error is the error type of this library. Match it with [Is] and a [Code];
// take it apart with [As] where the parameter's name matters.
type Error struct {
	// Code is the kind of the failure.
	Code Code
	// Param is the offending parameter in the API's spelling ("Digest",
	// "Algorithm", "KeyId"), or "".
	Param string
	// Reason is one fact in lower case, never a secret, or "".
	Reason string
	// Err is the cause, or nil.
	Err error
}

// Error returns "kmsigner: CODE: PARAM: REASON: CAUSE" without the parts that
// are empty. A nil Error, and one without a code, read as Internal.
func (e *Error) Error() string {
	if e == nil {
		return "kmsigner: " + string(Internal)
	}
	parts := make([]string, 0, 5)
	parts = append(parts, "kmsigner", string(e.code()))
	if e.Param != "" {
		parts = append(parts, e.Param)
	}
	if e.Reason != "" {
		parts = append(parts, e.Reason)
	}
	if v := reflect.ValueOf(e.Err); v.Kind() == reflect.Pointer && v.IsNil() {
		parts = append(parts, fmt.Sprintf("%T(nil)", e.Err)) // its Error method may panic
	} else if e.Err != nil {
		parts = append(parts, e.Err.Error())
	}
	return strings.Join(parts, ": ")
}

// Is reports whether target is the Code of e. Together with Unwrap it makes
// [Is] match the code, the error itself and everything that it wraps.
func (e *Error) Is(target error) bool {
	c, ok := target.(Code)
	return ok && e != nil && e.code() == c
}

// Unwrap returns the cause, or nil.
func (e *Error) Unwrap() error {
	if e == nil {
		return nil
	}
	return e.Err
}

// code is e.Code, or Internal for an Error that was made without one.
func (e *Error) code() Code {
	if e.Code == "" {
		return Internal
	}
	return e.Code
}

// CodeOf returns the code of the first [*Error] or [Code] in err's tree, in the
// order in which [Is] walks it: "" for nil, and Internal for an error that is not
// of this library, context.Canceled and context.DeadlineExceeded included, which
// [Is] still recognises.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if c := firstCode(err); c != "" {
		return c
	}
	return Internal
}

func firstCode(err error) Code {
	switch e := err.(type) {
	case *Error:
		if e == nil {
			return ""
		}
		return e.code()
	case Code:
		return e
	case interface{ Unwrap() error }:
		return firstCode(e.Unwrap())
	case interface{ Unwrap() []error }:
		for _, err := range e.Unwrap() {
			if c := firstCode(err); c != "" {
				return c
			}
		}
	}
	return ""
}

// Is is the standard library's errors.Is.
func Is(err, target error) bool { return errors.Is(err, target) }

// As is the standard library's errors.As, but for a target that is not a
// non-nil pointer to an error type or an interface: it returns false where the
// standard library panics.
func As(err error, target any) bool {
	v := reflect.ValueOf(target)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return false
	}
	elem := v.Type().Elem()
	if elem.Kind() != reflect.Interface && !elem.Implements(reflect.TypeFor[error]()) {
		return false
	}
	return errors.As(err, target)
}

// Join is the standard library's errors.Join.
func Join(errs ...error) error { return errors.Join(errs...) }

// New is the standard library's errors.New. Its result carries no [Code].
func New(text string) error { return errors.New(text) }

// Unwrap is the standard library's errors.Unwrap.
func Unwrap(err error) error { return errors.Unwrap(err) }
