// SPDX-License-Identifier: Apache-2.0

package kmshttp

import (
	"context"
	"encoding/base64"
	"strings"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/nilness"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

// maxKeyID is the longest name of a key: an alias has at most 261 bytes.
const maxKeyID = 512

// An Authorize decides whether the principal may use a key; nil allows it.
type Authorize func(ctx context.Context, keyID string) error

// Key looks a key up and returns it if the principal may use it and it is Enabled.
//
// Authorize is asked about the concrete id, so that an alias does not get around a
// rule about the key, also if it is only the version that does not exist. It is asked
// before the result of the lookup is used: a principal that may not use a key gets
// AccessDenied whether it exists or not. A name that leads to no key is asked about as
// it is.
func Key(
	ctx context.Context, store keyring.Store, keyID, versionID string, authorize Authorize,
) (*keyring.Version, error) {
	v, err := inAnyState(ctx, store, keyID, versionID, authorize)
	if err != nil {
		return nil, err
	}
	if err := v.State.Err(); err != nil {
		return nil, err
	}
	return v, nil
}

// inAnyState is Key for what does not depend on the state.
func inAnyState(
	ctx context.Context, store keyring.Store, keyID, versionID string, authorize Authorize,
) (*keyring.Version, error) {
	switch {
	case IsNil(store):
		return nil, &errors.Error{Code: errors.Internal, Param: "Store", Reason: "the service has no store"}
	case IsNil(ctx):
		return nil, Invalid("Context", "the context is nil")
	case len(versionID) > maxKeyID:
		return nil, Invalid("KeyVersionId", "it is too long")
	}
	if err := checkKeyID(keyID); err != nil {
		return nil, err
	}
	v, err := lookup(ctx, store, keyID, versionID)
	if authorize != nil {
		name := keyID
		if err == nil {
			name = v.KeyID
		} else if versionID != "" {
			name, err = resolve(ctx, store, keyID, err)
		}
		if e := authorize(ctx, name); e != nil {
			return nil, e
		}
	}
	if err != nil {
		return nil, err
	}
	return v, nil
}

// checkKeyID refuses a name that is empty or longer than any.
func checkKeyID(keyID string) error {
	switch {
	case keyID == "":
		return Missing("KeyId")
	case len(keyID) > maxKeyID:
		return Invalid("KeyId", "it is too long")
	}
	return nil
}

// resolve finds the concrete id of a key of which a version was not found, and the
// error that a client with the permission for that key may see.
func resolve(ctx context.Context, store keyring.Store, keyID string, err error) (string, error) {
	primary, e := lookup(ctx, store, keyID, "")
	switch errors.CodeOf(e) {
	case "":
		return primary.KeyID, err
	case errors.KeyNotFound, errors.AliasNotFound, errors.InvalidParameter:
		return keyID, err
	}
	// It may be any key: what is said of the version would be said of that one.
	return keyID, e
}

// lookup asks the store, and checks what it answers.
func lookup(ctx context.Context, store keyring.Store, keyID, versionID string) (*keyring.Version, error) {
	v, err := store.Lookup(ctx, keyID, versionID)
	if err != nil {
		return nil, storeError(err)
	}
	reason := ""
	switch {
	case v == nil:
		reason = "the store returned neither a key nor an error"
	case v.KeyID == "" || v.VersionID == "" || !v.KeySpec.Valid():
		reason = "the store returned a version without a key"
	case errors.Is(v.State.Err(), errors.InvalidParameter):
		reason = "the store returned a version in no state that there is"
	default:
		return v, nil
	}
	return nil, &errors.Error{Code: errors.Internal, Param: "Store", Reason: reason}
}

// IsNil reports whether an interface holds nothing, or a nil pointer or the like.
func IsNil(v any) bool { return nilness.Is(v) }

// Decode decodes standard base64 with padding, strictly: no line breaks, no bits
// that are left over. An empty value is MissingParameter.
func Decode(param, value string) ([]byte, error) {
	if value == "" {
		return nil, Missing(param)
	}
	b, err := base64.StdEncoding.Strict().DecodeString(value)
	if err != nil || strings.ContainsAny(value, "\r\n") {
		return nil, Invalid(param, "it is not base64 in the standard alphabet with padding")
	}
	return b, nil
}
