package front

import (
	"context"
	"encoding/base64"
	"strings"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

// maxKeyID is the longest name of a key: an ARN has some 100 letters, an alias at
// most 261.
const maxKeyID = 512

// An Authorize decides whether the caller may use a key; nil allows it.
type Authorize func(ctx context.Context, keyID string) error

// Key looks a key up and returns it if the caller may use it and it is Enabled.
//
// Authorize is asked about the concrete id, so that an alias or an ARN does not
// get around a rule about the key. It is asked before the result of the lookup is
// told to anybody: who may not use a key meets AccessDenied, whether it exists or
// not. A name that leads to no key is asked about as it is.
func Key(ctx context.Context, store keyring.Store, keyID, versionID string, authorize Authorize) (*keyring.Version, error) {
	switch {
	case store == nil:
		return nil, &errors.Error{Code: errors.Internal, Param: "Store", Reason: "the service has no store"}
	case ctx == nil:
		return nil, Invalid("Context", "the context is nil")
	case keyID == "":
		return nil, Missing("KeyId")
	case len(keyID) > maxKeyID:
		return nil, Invalid("KeyId", "it is too long")
	case len(versionID) > maxKeyID:
		return nil, Invalid("KeyVersionId", "it is too long")
	}
	v, err := store.Lookup(ctx, keyID, versionID)
	if err == nil && v == nil {
		err = &errors.Error{Code: errors.Internal, Param: "Store", Reason: "the store returned neither a key nor an error"}
	}
	name := keyID
	if err == nil {
		name = v.KeyID
	}
	if authorize != nil {
		if e := authorize(ctx, name); e != nil {
			return nil, e
		}
	}
	if err != nil {
		return nil, err
	}
	if err := v.State.Err(); err != nil {
		return nil, err
	}
	return v, nil
}

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
