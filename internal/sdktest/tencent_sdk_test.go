// SPDX-License-Identifier: Apache-2.0

package sdktest

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	tencenterrors "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/errors"
	tchttp "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/http"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"
	tencentkms "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/kms/v20190118"
)

// tencentWires are all the ways on which the SDK sends requests.
var tencentWires = map[string]dial{
	"TC3 POST":        tencent("POST", "TC3-HMAC-SHA256"),
	"TC3 GET":         tencent("GET", "TC3-HMAC-SHA256"),
	"HmacSHA256 POST": tencent("POST", "HmacSHA256"),
	"HmacSHA256 GET":  tencent("GET", "HmacSHA256"),
	"HmacSHA1 POST":   tencent("POST", "HmacSHA1"),
	"HmacSHA1 GET":    tencent("GET", "HmacSHA1"),
}

func tencentProfile(host, method, signMethod string) *profile.ClientProfile {
	p := profile.NewClientProfile()
	p.HttpProfile.Scheme, p.HttpProfile.Endpoint, p.HttpProfile.ReqMethod, p.SignMethod = "HTTP", host, method, signMethod
	return p
}

// tencent is tencentcloud-sdk-go: its own types for the operations of the front
// end, its generic ones for others.
func tencent(method, signMethod string) dial {
	return func(t testing.TB, host, id, secret, token string, rec *recorder) call {
		return tencentWith(t, id, secret, token, rec, tencentProfile(host, method, signMethod))
	}
}

func tencentWith(t testing.TB, id, secret, token string, rec *recorder, p *profile.ClientProfile) call {
	credential := common.NewTokenCredential(id, secret, token)
	client, err := tencentkms.NewClient(credential, "ap-guangzhou", p)
	require.NoError(t, err)
	client.WithHttpTransport(rec)
	generic := common.NewCommonClient(credential, "ap-guangzhou", p)
	generic.WithHttpTransport(rec)
	return func(action string, p params) (params, error) {
		opt := func(name string) *string { return optional(p[name]) }
		switch action {
		case "SignByAsymmetricKey":
			r := tencentkms.NewSignByAsymmetricKeyRequest()
			r.KeyId, r.Algorithm, r.Message, r.MessageType = opt("KeyId"), opt("Algorithm"), opt("Message"), opt("MessageType")
			a, err := client.SignByAsymmetricKey(r)
			if err != nil {
				return nil, err
			}
			return params{"Signature": *a.Response.Signature, "RequestId": *a.Response.RequestId}, nil
		case "VerifyByAsymmetricKey":
			r := tencentkms.NewVerifyByAsymmetricKeyRequest()
			r.KeyId, r.Algorithm, r.Message, r.MessageType = opt("KeyId"), opt("Algorithm"), opt("Message"), opt("MessageType")
			r.SignatureValue = opt("SignatureValue")
			a, err := client.VerifyByAsymmetricKey(r)
			if err != nil {
				return nil, err
			}
			return params{"SignatureValid": fmt.Sprint(*a.Response.SignatureValid), "RequestId": *a.Response.RequestId}, nil
		case "GetPublicKey":
			r := tencentkms.NewGetPublicKeyRequest()
			r.KeyId = opt("KeyId")
			a, err := client.GetPublicKey(r)
			if err != nil {
				return nil, err
			}
			b := a.Response
			return params{"KeyId": *b.KeyId, "PublicKey": *b.PublicKey, "PublicKeyPem": *b.PublicKeyPem,
				"RequestId": *b.RequestId}, nil
		case "ListAlgorithms":
			a, err := client.ListAlgorithms(tencentkms.NewListAlgorithmsRequest())
			if err != nil {
				return nil, err
			}
			b, out := a.Response, params{}
			out["symmetric"], out["asymmetric"] = fmt.Sprint(len(b.SymmetricAlgorithms)), fmt.Sprint(len(b.AsymmetricAlgorithms))
			for _, info := range b.AsymmetricSignVerifyAlgorithms {
				out[*info.Algorithm] = *info.KeyUsage
			}
			return out, nil
		}
		version, rest := "2019-01-18", map[string]any{}
		for name, value := range p {
			if name == "Version" {
				version = value
			} else {
				rest[name] = value
			}
		}
		r := tchttp.NewCommonRequest("kms", version, action)
		if err := r.SetActionParameters(rest); err != nil {
			return nil, err
		}
		a := tchttp.NewCommonResponse()
		if err := generic.Send(r, a); err != nil {
			return nil, err
		}
		var answer struct{ Response params }
		return answer.Response, json.Unmarshal(a.GetBody(), &answer)
	}
}

// requireTencent checks the error of a call, in the type that the SDK has for it.
func requireTencent(t testing.TB, err error, code, message string) {
	t.Helper()
	require.Error(t, err)
	var inNode *nodeError
	if errors.As(err, &inNode) {
		require.Equal(t, code, inNode.Code, err)
		require.Contains(t, inNode.Message, message)
		require.Len(t, inNode.RequestID, 36)
		return
	}
	var sdk *tencenterrors.TencentCloudSDKError
	require.ErrorAs(t, err, &sdk)
	require.Equal(t, code, sdk.Code, err)
	require.Contains(t, sdk.Message, message)
	require.Len(t, sdk.RequestId, 36)
}
