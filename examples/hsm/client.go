// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/base64"

	"github.com/aliyun/alibaba-cloud-sdk-go/services/kms"
	"github.com/kmsigner/kmsigner/keyspec"
)

// sign is what a client does: nothing in it knows where the key is. host is
// HOST:PORT.
func sign(host, keyID, versionID string, algorithm keyspec.Algorithm, digest []byte) ([]byte, error) {
	client, err := kms.NewClientWithAccessKey("cn-hangzhou", "id", "secret")
	if err != nil {
		return nil, err
	}
	r := kms.CreateAsymmetricSignRequest()
	r.Scheme, r.Domain = "http", host
	r.KeyId, r.KeyVersionId, r.Algorithm, r.Digest = keyID, versionID, string(algorithm),
		base64.StdEncoding.EncodeToString(digest)
	answer, err := client.AsymmetricSign(r)
	if err != nil {
		return nil, err
	}
	return base64.StdEncoding.DecodeString(answer.Value)
}
