// SPDX-License-Identifier: Apache-2.0

package interop

import (
	"context"
	"crypto"
	"io"

	"github.com/kmsigner/kmsigner/signer"
	"github.com/sigstore/sigstore/pkg/signature"
)

// A sigstoreSigner is a signature.Signer of sigstore, for P-256 and RSA.
type sigstoreSigner struct{ key signer.Signer }

func (s sigstoreSigner) PublicKey(...signature.PublicKeyOption) (crypto.PublicKey, error) {
	return s.key.Public(), nil
}

func (s sigstoreSigner) SignMessage(message io.Reader, opts ...signature.SignOption) ([]byte, error) {
	ctx, digest := context.Background(), []byte(nil)
	for _, opt := range opts {
		opt.ApplyContext(&ctx)
		opt.ApplyDigest(&digest)
	}
	if digest != nil {
		return s.key.SignDigest(ctx, digest)
	}
	return signer.SignMessage(ctx, s.key, message)
}
