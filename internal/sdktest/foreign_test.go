// SPDX-License-Identifier: Apache-2.0

package sdktest

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/stretchr/testify/require"
)

// The SDKs of other protocols take our answers for errors, and show the sentence
// that says what is wrong.
func TestForeignProtocols(t *testing.T) {
	k := program.keys[keyspec.ECP256]
	for address, served := range map[string]string{program.alibaba: "Alibaba Cloud KMS",
		program.tencent: "Tencent Cloud KMS"} {
		client := awskms.New(awskms.Options{
			BaseEndpoint: aws.String("http://" + address), Region: "cn-north-1", RetryMaxAttempts: 1,
			Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
				return aws.Credentials{AccessKeyID: accessKey, SecretAccessKey: secret}, nil
			}),
		})
		const spoken = "; the request is one for AWS KMS, which is not served here."
		_, err := client.Sign(t.Context(), &awskms.SignInput{
			KeyId: &k.KeyID, Message: make([]byte, 32), MessageType: types.MessageTypeDigest,
			SigningAlgorithm: types.SigningAlgorithmSpecEcdsaSha256,
		})
		require.ErrorContains(t, err, served+spoken)
		_, err = client.GetPublicKey(t.Context(), &awskms.GetPublicKeyInput{KeyId: &k.KeyID})
		require.ErrorContains(t, err, served+spoken)
	}

	// Each front end's own clients, sent to the other one's address.
	p := params{"KeyId": k.KeyID, "KeyVersionId": k.VersionID}
	for name, wire := range alibabaWires {
		rec := &recorder{pace: tencentPace}
		_, err := wire(t, program.tencent, accessKey, secret, "", rec)("GetPublicKey", p)
		require.Error(t, err, name)
		require.Equal(t, http.StatusBadRequest, rec.status, name)
		require.Contains(t, err.Error(), "this address serves Tencent Cloud KMS; the request is one for Alibaba Cloud KMS",
			name)
	}
	for name, wire := range tencentWires {
		rec := &recorder{pace: alibabaPace}
		_, err := wire(t, program.alibaba, accessKey, secret, "", rec)("GetPublicKey", params{"KeyId": k.KeyID})
		require.Error(t, err, name)
		require.Equal(t, http.StatusBadRequest, rec.status, name)
		if strings.Contains(name, "TC3") && !strings.HasPrefix(name, "Node") {
			require.Contains(t, err.Error(), "this address serves Alibaba Cloud KMS", name)
		}
	}
}
