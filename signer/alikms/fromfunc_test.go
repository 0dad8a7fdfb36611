// SPDX-License-Identifier: Apache-2.0

package alikms_test

import (
	"context"
	"encoding/base64"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/signer/alikms"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/kmsigner/kmsigner/signer/signertest"
)

// A key behind a call that is disabled upstream: the client gets that code, and not a 503
// that it would try again. The request's context reaches the call.
func TestAsymmetricSign_keyBehindACall(t *testing.T) {
	type traceKey struct{}
	inner := signertest.New(keyspec.Pair{KeySpec: keyspec.ECP256, Algorithm: keyspec.ECDSASHA256})
	var failure error
	var trace any
	far, err := signer.FromFunc(inner.Public(), inner.Algorithm(),
		func(ctx context.Context, digest []byte) ([]byte, error) {
			if trace = ctx.Value(traceKey{}); failure != nil {
				return nil, failure
			}
			return inner.SignDigest(ctx, digest)
		})
	require.NoError(t, err)
	k := keyring.New()
	v, err := k.ImportSigner(t.Context(), far)
	require.NoError(t, err)
	s := &alikms.Service{Store: k}
	sign := func() error {
		_, err := s.AsymmetricSign(context.WithValue(t.Context(), traceKey{}, "trace"), alikms.AsymmetricSignRequest{
			KeyId: v.KeyID, KeyVersionId: v.VersionID, Algorithm: string(inner.Algorithm()),
			Digest: base64.StdEncoding.EncodeToString(make([]byte, 32)),
		})
		return err
	}
	require.NoError(t, sign())
	require.Equal(t, "trace", trace)
	for code, want := range map[errors.Code]string{
		errors.KeyDisabled: "Rejected.Disabled", errors.Throttled: "Throttling.User",
		errors.Unavailable: "ServiceUnavailableTemporary",
	} {
		failure = &errors.Error{Code: code, Reason: "said the cloud"}
		_, got, _ := alikms.Describe(sign())
		require.Equal(t, want, got)
	}
}
