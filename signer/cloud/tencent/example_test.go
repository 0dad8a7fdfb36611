// SPDX-License-Identifier: Apache-2.0

package tencent_test

import (
	"context"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"
	kms "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/kms/v20190118"

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/signer/cloud/tencent"
)

// The access key is that of the environment, TENCENTCLOUD_SECRET_ID and
// TENCENTCLOUD_SECRET_KEY.
func ExampleNew() {
	check := func(error) {}
	sign := func(ctx context.Context, keyID string, digest []byte) []byte {
		credential, err := common.DefaultEnvProvider().GetCredential()
		check(err)
		client, err := kms.NewClient(credential, "ap-guangzhou", profile.NewClientProfile())
		check(err)
		s, err := tencent.New(ctx, client, keyID, keyspec.ECDSASHA256, signer.VerifyAfterSign())
		check(err)
		sig, err := s.SignDigest(ctx, digest)
		check(err)
		return sig
	}
	_ = sign
}
