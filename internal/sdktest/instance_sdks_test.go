// SPDX-License-Identifier: Apache-2.0

package sdktest

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/alibabacloud-go/tea/tea"
	sdkerrors "github.com/aliyun/alibaba-cloud-sdk-go/sdk/errors"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/kms"
	instance "github.com/aliyun/alibabacloud-dkms-gcs-go-sdk/openapi"
	instanceutil "github.com/aliyun/alibabacloud-dkms-gcs-go-sdk/openapi-util"
	instancekms "github.com/aliyun/alibabacloud-dkms-gcs-go-sdk/sdk"
	transfer "github.com/aliyun/alibabacloud-dkms-transfer-go-sdk/sdk"
	"github.com/stretchr/testify/require"
)

// An instanceClient is how a client of the KMS Instance API is set up.
type instanceClient struct {
	protocol, host string
	ca             string // PEM, for https
	file           []byte // the client key
	password       string
	attempts       int // more than the first, of the direct SDK; the other has 3
}

func (c instanceClient) config() *instance.Config {
	return &instance.Config{
		Protocol: &c.protocol, Endpoint: &c.host, ClientKeyContent: tea.String(string(c.file)), Password: &c.password,
	}
}

// instanceWires are the two SDKs for the KMS Instance API. The parameters are those of
// the messages; KeyVersionId is the header.
var instanceWires = map[string]func(t testing.TB, c instanceClient) call{"direct": direct, "transfer": transferred}

const versionHeader = "x-kms-migrationkeyversionid"

// direct is alibabacloud-dkms-gcs-go-sdk.
func direct(t testing.TB, c instanceClient) call {
	client, err := instancekms.NewClient(c.config())
	require.NoError(t, err)
	return func(action string, p params) (params, error) {
		decode := func(name string) []byte {
			data, err := base64.StdEncoding.DecodeString(p[name])
			require.NoError(t, err)
			return data
		}
		headers := map[string]*string{}
		if p["KeyVersionId"] != "" {
			headers[versionHeader] = tea.String(p["KeyVersionId"])
		}
		runtime := &instanceutil.RuntimeOptions{Headers: []*string{tea.String(versionHeader)}, MaxAttempts: &c.attempts}
		if c.ca != "" {
			runtime.Verify = &c.ca
		}
		answer := func(headers map[string]*string, a params) params {
			a["KeyVersionId"] = tea.StringValue(headers[versionHeader])
			return a
		}
		switch action {
		case "Sign":
			a, err := client.SignWithOptions(&instancekms.SignRequest{
				KeyId: tea.String(p["KeyId"]), Algorithm: tea.String(p["Algorithm"]), Message: decode("Message"),
				MessageType: tea.String(p["MessageType"]), Headers: headers,
			}, runtime)
			if err != nil {
				return nil, err
			}
			return answer(a.Headers, params{
				"KeyId": *a.KeyId, "Signature": b64(a.Signature), "RequestId": *a.RequestId, "Algorithm": *a.Algorithm,
				"MessageType": *a.MessageType,
			}), nil
		case "Verify":
			a, err := client.VerifyWithOptions(&instancekms.VerifyRequest{
				KeyId: tea.String(p["KeyId"]), Algorithm: tea.String(p["Algorithm"]), Message: decode("Message"),
				Signature:   decode("Signature"),
				MessageType: tea.String(p["MessageType"]), Headers: headers,
			}, runtime)
			if err != nil {
				return nil, err
			}
			return answer(a.Headers, params{
				"KeyId": *a.KeyId, "Value": fmt.Sprint(*a.Value), "RequestId": *a.RequestId, "Algorithm": *a.Algorithm,
				"MessageType": *a.MessageType,
			}), nil
		case "GetPublicKey":
			a, err := client.GetPublicKeyWithOptions(&instancekms.GetPublicKeyRequest{KeyId: tea.String(p["KeyId"]),
				Headers: headers}, runtime)
			if err != nil {
				return nil, err
			}
			return answer(a.Headers, params{"KeyId": *a.KeyId, "PublicKey": *a.PublicKey, "RequestId": *a.RequestId}), nil
		}
		return nil, errors.New("no such operation")
	}
}

// transferred is alibabacloud-dkms-transfer-go-sdk, in which a message is always a
// digest.
func transferred(t testing.TB, c instanceClient) call {
	client, err := transfer.NewClientWithAccessKey("cn-hangzhou", "unused", "unused", c.config())
	require.NoError(t, err)
	client.SetVerify(c.ca)
	return func(action string, p params) (params, error) {
		switch action {
		case "Sign":
			r := kms.CreateAsymmetricSignRequest()
			r.KeyId, r.KeyVersionId, r.Algorithm, r.Digest = p["KeyId"], p["KeyVersionId"], p["Algorithm"], p["Message"]
			a, err := client.AsymmetricSign(r)
			if err != nil {
				return nil, err
			}
			return params{"KeyId": a.KeyId, "KeyVersionId": a.KeyVersionId, "Signature": a.Value, "RequestId": a.RequestId}, nil
		case "Verify":
			r := kms.CreateAsymmetricVerifyRequest()
			r.KeyId, r.KeyVersionId, r.Algorithm, r.Digest, r.Value = p["KeyId"], p["KeyVersionId"], p["Algorithm"],
				p["Message"], p["Signature"]
			a, err := client.AsymmetricVerify(r)
			if err != nil {
				return nil, err
			}
			return params{"KeyId": a.KeyId, "KeyVersionId": a.KeyVersionId, "Value": fmt.Sprint(a.Value),
				"RequestId": a.RequestId}, nil
		case "GetPublicKey":
			r := kms.CreateGetPublicKeyRequest()
			r.KeyId, r.KeyVersionId = p["KeyId"], p["KeyVersionId"]
			a, err := client.GetPublicKey(r)
			if err != nil {
				return nil, err
			}
			return params{"KeyId": a.KeyId, "KeyVersionId": a.KeyVersionId, "PublicKey": a.PublicKey, "RequestId": a.RequestId},
				nil
		}
		return nil, errors.New("no such operation")
	}
}

// requireInstance checks an error as the SDKs tell it. The transfer SDK has words of
// its own for some.
func requireInstance(t testing.TB, err error, status int, code, message string) {
	t.Helper()
	require.Error(t, err)
	var old *sdkerrors.ServerError
	var newer *tea.SDKError
	switch {
	case errors.As(err, &old):
		if code == "Unauthorized" {
			code, message = "InvalidAccessKeyId.NotFound", "The Access Key ID provided does not exist in our records."
		}
		require.Equal(t, code, old.ErrorCode(), err)
		require.Equal(t, status, old.HttpStatus(), err)
		if code != "Forbidden.KeyNotFound" && code != "Forbidden.NoPermission" && code != "InternalFailure" {
			require.Contains(t, old.Message(), message)
		}
		require.Len(t, old.RequestId(), 36)
	case errors.As(err, &newer):
		require.Equal(t, code, tea.StringValue(newer.Code), err)
		require.Contains(t, tea.StringValue(newer.Message), message)
		var data struct {
			HTTPCode  int `json:"httpCode"`
			RequestID string
		}
		require.NoError(t, json.Unmarshal([]byte(tea.StringValue(newer.Data)), &data))
		require.Equal(t, status, data.HTTPCode)
		require.Len(t, data.RequestID, 36)
	default:
		require.Fail(t, "an error of another kind", "%T %v", err, err)
	}
}
