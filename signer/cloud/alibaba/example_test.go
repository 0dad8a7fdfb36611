// SPDX-License-Identifier: Apache-2.0

package alibaba_test

import (
	"context"

	kms "github.com/alibabacloud-go/kms-20160120/v3/client"

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/signer/cloud/alibaba"
)

// client is the provider's, of kms.NewClient.
func Example() {
	check := func(error) {}
	sign := func(ctx context.Context, client *kms.Client, digest []byte) []byte {
		v, err := alibaba.Find(ctx, client, "alias/orders", "") // the version that is the primary one now
		check(err)
		s, err := v.Signer(keyspec.ECDSASHA256, signer.VerifyAfterSign()) // stays with it, v.VersionID(), after a rotation
		check(err)
		sig, err := s.SignDigest(ctx, digest)
		check(err)
		return sig
	}
	_ = sign
}
