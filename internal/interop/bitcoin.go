// SPDX-License-Identifier: Apache-2.0

package interop

import (
	"context"

	"github.com/kmsigner/kmsigner/signer"
)

// compact signs a hash in Bitcoin's compact form, from which the compressed key can be
// recovered: a header of 31 or 32, r and s.
func compact(ctx context.Context, s signer.Signer, hash []byte) ([]byte, error) {
	der, err := s.SignDigest(ctx, hash)
	if err != nil {
		return nil, err
	}
	rsv, err := signer.Recoverable(s.Public(), hash, der)
	if err != nil {
		return nil, err
	}
	return append([]byte{27 + 4 + rsv[64]}, rsv[:64]...), nil
}
