// SPDX-License-Identifier: Apache-2.0

package signer

import (
	"context"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/nilness"
)

func invalid(param, reason string) error {
	return &errors.Error{Code: errors.InvalidParameter, Param: param, Reason: reason}
}

func internal(reason string, cause error) error {
	return &errors.Error{Code: errors.Internal, Reason: reason, Err: cause}
}

// primitive is the error of the primitive that a scheme signs with, as one of this library.
func primitive(err error) error {
	if err == nil {
		return nil
	}
	return internal("the signature primitive failed", err)
}

// misfit is the error for a signature that does not parse, or does not verify.
func misfit(reason string) error {
	return &errors.Error{Code: errors.InvalidSignature, Param: "Signature", Reason: reason}
}

const doesNotFit = "it does not fit the digest and the public key"

// alive returns an error for a context that is nil or done.
func alive(ctx context.Context) error {
	if nilness.Is(ctx) {
		return invalid("Context", "the context is nil")
	}
	return ctx.Err()
}
