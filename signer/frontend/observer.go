// SPDX-License-Identifier: Apache-2.0

package frontend

import (
	"context"
	"time"

	"github.com/kmsigner/kmsigner/internal/kmshttp"
	"github.com/kmsigner/kmsigner/keyspec"
)

// An Event describes a request and its result, for [WithObserver] and [WithAudit]. It has no digest,
// message, signature or secret.
//
// Principal, Action, KeyID, VersionID and Algorithm are "" for a request that is not
// authenticated, and each of them for a request that failed before it was determined.
type Event struct {
	// Time is when the header of the request had arrived.
	Time time.Time
	// RequestID is the id that the answer has, too.
	RequestID string
	// Provider is the API: "alibaba", "tencent", or "instance" for the KMS Instance API.
	Provider string
	// ClientAddr is the address that the connection is from, HOST:PORT: behind a proxy,
	// the proxy's.
	ClientAddr string
	// Scheme is how the request is signed; "" if in no way that the provider has. Until
	// there is a Principal, it is only what the request says.
	Scheme string
	// Principal is the access key id.
	Principal string
	// Action is the name of the operation.
	Action string
	// KeyID is that of the function of [WithAuthorize]: the concrete id, or a name of no
	// key, up to 512 bytes as the client sent them. For CreateKey it is the new one;
	// several are joined with commas. VersionID is set for a key that was found and
	// allowed, Algorithm in the provider's spelling.
	KeyID, VersionID, Algorithm string
	// KeySpec is that of the version.
	KeySpec keyspec.KeySpec
	// Status and Code are those of the answer; Code is "OK" for a success.
	Status int
	Code   string
	// Kind is why the request was not served, the same for all providers: a code of
	// package errors, or UnsupportedMethod, UnknownAction, UnknownVersion, UnknownFormat,
	// MalformedAuthorization, UnsupportedSignature, MalformedTime, Expired,
	// UnknownAccessKey, InactiveAccessKey, SignatureMismatch, NonceUsed, BodyTooLarge,
	// Unserved (another protocol), Unmanaged (without [WithManagement]), Unmanageable (the
	// store is no Manager), NotPendingDeletion, NotDisabled. "" for a success.
	Kind string
	// Reason is the text of the error, for people; "" for a success. Unlike the answer
	// to the client, it can have the texts of errors of your own functions.
	Reason string
	// Duration is the time since Time.
	Duration time.Duration
}

// RequestID returns the id of the request that a context is of, in the functions
// that a handler calls: the [Authenticator], the [Limiter], the [NonceCache], those of
// [WithAuthorize], [WithAudit] and [WithObserver], the store, the key and the logger. It is "" in
// another context.
func RequestID(ctx context.Context) string {
	if kmshttp.IsNil(ctx) {
		return ""
	}
	return kmshttp.RequestID(ctx)
}
