// SPDX-License-Identifier: Apache-2.0

package kmshttp

import (
	"slices"

	"github.com/kmsigner/kmsigner/errors"
)

// What stands behind a front end, a store or the owner of a key, may return any
// error. After the request has been checked, few of them are about the request;
// these pass, and every other one is a failure of the service, of which the client
// is told no more than that.

// storeError is an error of a store.
func storeError(err error) error {
	switch errors.CodeOf(err) {
	case errors.KeyNotFound, errors.KeyVersionNotFound, errors.AliasNotFound:
		return err
	}
	return backend(err, "the store failed", "KeyId", "KeyVersionId")
}

// KeyError is the error with which a key refuses to be a signer or a verifier.
func KeyError(err error) error { return backend(err, "the key cannot be used", "Algorithm") }

// OperationError is the error of a signer or a verifier whose input has been
// checked.
func OperationError(err error) error { return backend(err, "the operation failed") }

// backend lets pass what may be about the request: the state of the key, that
// there is no answer at present, and an InvalidParameter of one of params.
func backend(err error, reason string, params ...string) error {
	if IsContext(err) {
		return err
	}
	switch errors.CodeOf(err) {
	case errors.KeyDisabled, errors.KeyPendingDeletion, errors.KeyPendingImport, errors.Throttled, errors.Unavailable:
		return err
	case errors.InvalidParameter:
		if slices.Contains(params, ParamOf(err)) {
			return err
		}
	}
	return &errors.Error{Code: errors.Internal, Reason: reason, Err: opaque{err}}
}
