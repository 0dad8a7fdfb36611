// SPDX-License-Identifier: Apache-2.0

package instance_test

import (
	"context"
	"os"
	"time"

	"github.com/alibabacloud-go/tea/tea"
	openapi "github.com/aliyun/alibabacloud-dkms-gcs-go-sdk/openapi"
	sdk "github.com/aliyun/alibabacloud-dkms-gcs-go-sdk/sdk"

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/signer/cloud/instance"
)

// A signer of the version that signs now.
func ExampleNew() {
	check := func(error) {}
	sign := func(ctx context.Context, digest []byte) []byte {
		client, err := sdk.NewClient(&openapi.Config{
			Protocol: tea.String("https"), Endpoint: tea.String("kst-example.cryptoservice.kms.aliyuncs.com"),
			ClientKeyFile: tea.String("clientKey.json"), Password: tea.String(os.Getenv("CLIENT_KEY_PASSWORD")),
			CaFilePath: tea.String("ca.pem"), // the instance's
		})
		check(err)
		s, err := instance.New(ctx, client, "alias/orders", "", keyspec.ECDSASHA256, signer.VerifyAfterSign())
		check(err)
		ctx, cancel := context.WithTimeout(ctx, time.Second) // becomes the timeout of the request
		defer cancel()
		sig, err := s.SignDigest(ctx, digest)
		check(err)
		return sig
	}
	_ = sign
}
