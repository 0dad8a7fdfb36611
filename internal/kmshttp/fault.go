// SPDX-License-Identifier: Apache-2.0

package kmshttp

import "github.com/kmsigner/kmsigner/errors"

// A Fault is an error that has a code of its own at the providers but none in
// package errors. It is the cause inside an *errors.Error and a row of the table
// of errors of each dialect. Its text is its reason.
type Fault string

// The faults.
const (
	UnsupportedMethod      Fault = "the method is neither GET nor POST"
	UnknownAction          Fault = "there is no such action"
	UnknownVersion         Fault = "there is no such API version"
	UnknownFormat          Fault = "the format is neither JSON nor XML"
	MalformedAuthorization Fault = "the signature is incomplete or malformed"
	UnsupportedSignature   Fault = "the signature method is not supported"
	MalformedTime          Fault = "the time stamp is malformed"
	Expired                Fault = "the time stamp is out of the window"
	UnknownAccessKey       Fault = "there is no such access key"
	InactiveAccessKey      Fault = "the access key is inactive"
	SignatureMismatch      Fault = "the signature does not match"
	NonceUsed              Fault = "the nonce was used before"
	BodyTooLarge           Fault = "the body is too large"
	Unserved               Fault = "the protocol is not served here"
	Unmanaged              Fault = "keys cannot be managed here"
	Unmanageable           Fault = "the store has no key management"
	NotPendingDeletion     Fault = "the key is not waiting to be deleted"
	NotDisabled            Fault = "the key is not disabled"
)

// Faults returns all of them, for the tests of the tables.
func Faults() []Fault {
	return []Fault{UnsupportedMethod, UnknownAction, UnknownVersion, UnknownFormat, MalformedAuthorization,
		UnsupportedSignature,
		MalformedTime, Expired, UnknownAccessKey, InactiveAccessKey, SignatureMismatch, NonceUsed, BodyTooLarge, Unserved,
		Unmanaged, Unmanageable, NotPendingDeletion, NotDisabled}
}

func (f Fault) Error() string { return string(f) }

// code is the fault's nearest relative in package errors.
func (f Fault) code() errors.Code {
	switch f {
	case UnsupportedMethod, UnknownAction, UnknownVersion, UnknownFormat, BodyTooLarge, Unserved,
		NotPendingDeletion, NotDisabled:
		return errors.InvalidParameter
	case Unmanaged, Unmanageable:
		return errors.AccessDenied
	}
	return errors.Unauthenticated
}

// names are those of the faults in events.
var names = map[Fault]string{
	UnsupportedMethod:      "UnsupportedMethod",
	UnknownAction:          "UnknownAction",
	UnknownVersion:         "UnknownVersion",
	UnknownFormat:          "UnknownFormat",
	MalformedAuthorization: "MalformedAuthorization",
	UnsupportedSignature:   "UnsupportedSignature",
	MalformedTime:          "MalformedTime",
	Expired:                "Expired",
	UnknownAccessKey:       "UnknownAccessKey",
	InactiveAccessKey:      "InactiveAccessKey",
	SignatureMismatch:      "SignatureMismatch",
	NonceUsed:              "NonceUsed",
	BodyTooLarge:           "BodyTooLarge",
	Unserved:               "Unserved",
	Unmanaged:              "Unmanaged",
	Unmanageable:           "Unmanageable",
	NotPendingDeletion:     "NotPendingDeletion",
	NotDisabled:            "NotDisabled",
}

// NameOf is why an error refuses its request, in the words of events: the name of a
// fault, or a code of package errors.
func NameOf(err error) string {
	switch kind := KindOf(err).(type) {
	case Fault:
		return names[kind]
	case errors.Code:
		return string(kind)
	}
	return string(errors.Internal)
}

// Refuse makes the error of a fault. The reason adds to the fault's own, or is "".
func Refuse(f Fault, param, reason string) error {
	return &errors.Error{Code: f.code(), Param: param, Reason: reason, Err: f}
}

// Invalid makes an InvalidParameter.
func Invalid(param, reason string) error {
	return &errors.Error{Code: errors.InvalidParameter, Param: param, Reason: reason}
}

// Missing makes a MissingParameter.
func Missing(param string) error {
	return &errors.Error{Code: errors.MissingParameter, Param: param, Reason: "it is needed but not there"}
}

// A Mismatch is the SignatureMismatch of a request. It keeps what should have
// been signed, for the answer only: its text does not have it, because that holds
// the digest.
type Mismatch struct{ StringToSign string }

func (m *Mismatch) Error() string { return string(SignatureMismatch) }

// Unwrap returns the fault.
func (m *Mismatch) Unwrap() error { return SignatureMismatch }

// KindOf returns what a table of errors is looked up with: the fault in err's tree,
// or else its code. A context error is Unavailable: the client went away, or there
// was no time left.
func KindOf(err error) error {
	var f Fault
	if errors.As(err, &f) {
		return f
	}
	if IsContext(err) {
		return errors.Unavailable
	}
	return errors.CodeOf(err)
}

// Detail returns what a client may read about its error beside the provider's own
// sentence: the parameter and the reason, never a cause, which may be text of the
// embedder's.
func Detail(err error) string {
	var e *errors.Error
	if !errors.As(err, &e) || e == nil {
		return ""
	}
	switch {
	case e.Reason == "":
		return e.Param
	case e.Param == "":
		return e.Reason
	}
	return e.Param + ": " + e.Reason
}

// ParamOf returns the parameter that err is about, or "".
func ParamOf(err error) string {
	var e *errors.Error
	if !errors.As(err, &e) || e == nil {
		return ""
	}
	return e.Param
}
