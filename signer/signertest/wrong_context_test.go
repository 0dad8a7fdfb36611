// SPDX-License-Identifier: Apache-2.0

package signertest

import (
	"context"
	"time"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/signer"
)

// contexts bends what SignDigest does with a digest that is one.
func contexts(how func(ctx context.Context, s signer.Signer, digest []byte) ([]byte, error)) func() signer.Signer {
	return bend(p256, func(b *bent) {
		b.signDigest = func(ctx context.Context, digest []byte) ([]byte, error) {
			if len(digest) != 32 {
				return b.Signer.SignDigest(ctx, digest)
			}
			return how(ctx, b.Signer, digest)
		}
	})
}

var wrongContexts = []wrongSigner{
	{name: "panic on a nil context", check: "Context", says: "a nil context: SignDigest panicked",
		make: contexts(func(ctx context.Context, s signer.Signer, d []byte) ([]byte, error) {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			return s.SignDigest(ctx, d)
		})},
	{name: "nil context taken", check: "Context", says: "a nil context: it is not refused",
		make: contexts(func(ctx context.Context, s signer.Signer, d []byte) ([]byte, error) {
			if ctx == nil {
				ctx = background
			}
			return s.SignDigest(ctx, d)
		})},
	{name: "swallowed context", check: "Context", says: "a cancelled context: it signs all the same",
		make: contexts(func(ctx context.Context, s signer.Signer, d []byte) ([]byte, error) {
			if ctx != nil {
				ctx = background
			}
			return s.SignDigest(ctx, d)
		})},
	{name: "deadlines ignored", check: "Context", says: "an expired context: it signs all the same",
		make: contexts(func(ctx context.Context, s signer.Signer, d []byte) ([]byte, error) {
			if ctx != nil && ctx.Err() == context.DeadlineExceeded {
				ctx = background
			}
			return s.SignDigest(ctx, d)
		})},
	{name: "context error replaced", check: "Context", says: "a cancelled context: the error is not",
		make: contexts(func(ctx context.Context, s signer.Signer, d []byte) ([]byte, error) {
			sig, err := s.SignDigest(ctx, d)
			if ctx != nil && err != nil {
				return nil, &errors.Error{Code: errors.Unavailable, Reason: err.Error()}
			}
			return sig, err
		})},
	{name: "cause returned for the error", check: "Context", says: "cancelled with a cause: the error is not",
		make: contexts(func(ctx context.Context, s signer.Signer, d []byte) ([]byte, error) {
			if ctx != nil && ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			return s.SignDigest(ctx, d)
		})},
	{name: "signature with a context error", check: "Context", says: "together with the error",
		make: contexts(func(ctx context.Context, s signer.Signer, d []byte) ([]byte, error) {
			if ctx == nil {
				return s.SignDigest(ctx, d)
			}
			sig, _ := s.SignDigest(background, d)
			return sig, ctx.Err()
		})},
	{name: "dead after a cancelled context", check: "Context", says: "after one that was cancelled",
		make: func() signer.Signer {
			dead := false
			return contexts(func(ctx context.Context, s signer.Signer, d []byte) ([]byte, error) {
				if ctx != nil && ctx.Err() != nil {
					dead = true
				} else if dead && ctx != nil && ctx.Done() != nil {
					return nil, &errors.Error{Code: errors.Unavailable, Reason: "the session is closed"}
				}
				return s.SignDigest(ctx, d)
			})()
		}},
	{name: "half a signature when time is up", check: "Context", says: "a context that ends during the call",
		make: contexts(func(ctx context.Context, s signer.Signer, d []byte) ([]byte, error) {
			sig, err := s.SignDigest(ctx, d)
			if err != nil || ctx.Done() == nil {
				return sig, err
			}
			if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) > time.Minute {
				return sig, nil
			}
			<-ctx.Done()
			return sig[:len(sig)/2], nil
		})},
}
