// SPDX-License-Identifier: Apache-2.0

package sdktest

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	newerkms "github.com/alibabacloud-go/kms-20160120/v3/client"
	util "github.com/alibabacloud-go/tea-utils/v2/service"
	"github.com/alibabacloud-go/tea/tea"
	sdkerrors "github.com/aliyun/alibaba-cloud-sdk-go/sdk/errors"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	olderkms "github.com/aliyun/alibaba-cloud-sdk-go/services/kms"
	"github.com/stretchr/testify/require"
)

// Params are the parameters of a request or the fields of an answer. One that is
// empty is not sent.
type params map[string]string

func (p params) with(changes params) params {
	p = maps.Clone(p)
	maps.Copy(p, changes)
	return p
}

// A call does an operation through an SDK.
type call func(action string, p params) (params, error)

// A dial makes the client of an SDK. An empty token is none.
type dial func(t testing.TB, host, id, secret, token string, rec *recorder) call

// alibabaWires are all the ways on which the two SDKs send requests.
var alibabaWires = map[string]dial{
	"older POST JSON":     older("POST", "JSON"),
	"older GET JSON":      older("GET", "JSON"),
	"older POST XML":      older("POST", "XML"),
	"older GET XML":       older("GET", "XML"),
	"older form":          olderForm,
	"newer ACS3 SHA256":   newer(""),
	"newer ACS3 SM3":      newer("ACS3-HMAC-SM3"),
	"newer RPC HMAC-SHA1": newer("v2"),
	"newer ACS3 GET":      newerGeneric("GET", "JSON"),
	"newer ACS3 GET XML":  newerGeneric("GET", "XML"),
	"newer ACS3 POST XML": newerGeneric("POST", "XML"),
}

func olderClient(t testing.TB, id, secret, token string, rec *recorder) *olderkms.Client {
	var client *olderkms.Client
	var err error
	if token == "" {
		client, err = olderkms.NewClientWithAccessKey("cn-hangzhou", id, secret)
	} else {
		client, err = olderkms.NewClientWithStsToken("cn-hangzhou", id, secret, token)
	}
	require.NoError(t, err)
	client.SetTransport(rec)
	return client
}

// older is alibaba-cloud-sdk-go with its own types for the requests: the RPC
// signature 1.0.
func older(method, format string) dial {
	return func(t testing.TB, host, id, secret, token string, rec *recorder) call {
		client := olderClient(t, id, secret, token, rec)
		return func(action string, p params) (params, error) {
			address := func(r *requests.RpcRequest) {
				r.Scheme, r.Domain, r.Method, r.AcceptFormat = "http", host, method, format
			}
			switch action {
			case "AsymmetricSign":
				r := olderkms.CreateAsymmetricSignRequest()
				address(r.RpcRequest)
				r.KeyId, r.KeyVersionId, r.Algorithm, r.Digest, r.DryRun = p["KeyId"], p["KeyVersionId"], p["Algorithm"],
					p["Digest"], p["DryRun"]
				a, err := client.AsymmetricSign(r)
				return params{"KeyId": a.KeyId, "KeyVersionId": a.KeyVersionId, "Value": a.Value, "RequestId": a.RequestId}, err
			case "AsymmetricVerify":
				r := olderkms.CreateAsymmetricVerifyRequest()
				address(r.RpcRequest)
				r.KeyId, r.KeyVersionId, r.Algorithm, r.Digest, r.DryRun = p["KeyId"], p["KeyVersionId"], p["Algorithm"],
					p["Digest"], p["DryRun"]
				r.Value = p["Value"]
				a, err := client.AsymmetricVerify(r)
				return params{"KeyId": a.KeyId, "KeyVersionId": a.KeyVersionId, "Value": fmt.Sprint(a.Value),
					"RequestId": a.RequestId}, err
			case "GetPublicKey":
				r := olderkms.CreateGetPublicKeyRequest()
				address(r.RpcRequest)
				r.KeyId, r.KeyVersionId, r.DryRun = p["KeyId"], p["KeyVersionId"], p["DryRun"]
				a, err := client.GetPublicKey(r)
				return params{"KeyId": a.KeyId, "KeyVersionId": a.KeyVersionId, "PublicKey": a.PublicKey,
					"RequestId": a.RequestId}, err
			}
			panic(action)
		}
	}
}

// olderForm is alibaba-cloud-sdk-go with the parameters in a form body, and with
// actions and versions that it does not know.
func olderForm(t testing.TB, host, id, secret, token string, rec *recorder) call {
	client := olderClient(t, id, secret, token, rec)
	return func(action string, p params) (params, error) {
		r := requests.NewCommonRequest()
		r.Scheme, r.Domain, r.Method, r.Product, r.ApiName, r.Version = "http", host, "POST", "Kms", action, "2016-01-20"
		for name, value := range p {
			switch {
			case name == "Version":
				r.Version = value
			case name == "method":
				r.Method = value
			case name == "Format":
				r.AcceptFormat = value
			case value != "":
				r.FormParams[name] = value
			}
		}
		a, err := client.ProcessCommonRequest(r)
		if err != nil {
			return nil, err
		}
		return fields(t, a.GetHttpContentString()), nil
	}
}

func newerClient(t testing.TB, host, id, secret, token, algorithm string, rec *recorder) *newerkms.Client {
	config := &openapi.Config{
		AccessKeyId: tea.String(id), AccessKeySecret: tea.String(secret), SecurityToken: tea.String(token),
		Endpoint: tea.String(host), Protocol: tea.String("HTTP"),
		// It takes no transport, but a proxy.
		HttpProxy: tea.String(rec.proxy(t)),
	}
	if algorithm != "" {
		config.SignatureAlgorithm = tea.String(algorithm)
	}
	client, err := newerkms.NewClient(config)
	require.NoError(t, err)
	return client
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// newer is kms-20160120 with its own types for the requests.
func newer(algorithm string) dial {
	return func(t testing.TB, host, id, secret, token string, rec *recorder) call {
		client := newerClient(t, host, id, secret, token, algorithm, rec)
		return func(action string, p params) (params, error) {
			opt := func(name string) *string { return optional(p[name]) }
			switch action {
			case "AsymmetricSign":
				a, err := client.AsymmetricSign(&newerkms.AsymmetricSignRequest{
					KeyId: opt("KeyId"), KeyVersionId: opt("KeyVersionId"), Algorithm: opt("Algorithm"), Digest: opt("Digest"),
					DryRun: opt("DryRun"),
				})
				if err != nil {
					return nil, err
				}
				b := a.Body
				return params{"KeyId": *b.KeyId, "KeyVersionId": *b.KeyVersionId, "Value": *b.Value, "RequestId": *b.RequestId}, nil
			case "AsymmetricVerify":
				a, err := client.AsymmetricVerify(&newerkms.AsymmetricVerifyRequest{
					KeyId: opt("KeyId"), KeyVersionId: opt("KeyVersionId"), Algorithm: opt("Algorithm"), Digest: opt("Digest"),
					DryRun: opt("DryRun"), Value: opt("Value"),
				})
				if err != nil {
					return nil, err
				}
				b := a.Body
				return params{"KeyId": *b.KeyId, "KeyVersionId": *b.KeyVersionId, "Value": fmt.Sprint(*b.Value),
					"RequestId": *b.RequestId}, nil
			case "GetPublicKey":
				a, err := client.GetPublicKey(&newerkms.GetPublicKeyRequest{KeyId: opt("KeyId"), KeyVersionId: opt("KeyVersionId"),
					DryRun: opt("DryRun")})
				if err != nil {
					return nil, err
				}
				b := a.Body
				return params{"KeyId": *b.KeyId, "KeyVersionId": *b.KeyVersionId, "PublicKey": *b.PublicKey,
					"RequestId": *b.RequestId}, nil
			}
			panic(action)
		}
	}
}

// newerGeneric is the core of the newer SDK, with the methods and formats that
// kms-20160120 does not choose, and with actions and versions that it does not know.
func newerGeneric(method, format string) dial {
	return func(t testing.TB, host, id, secret, token string, rec *recorder) call {
		client := newerClient(t, host, id, secret, token, "", rec)
		return func(action string, p params) (params, error) {
			query, version, method := map[string]*string{"Format": tea.String(format)}, "2016-01-20", method
			for name, value := range p {
				switch {
				case name == "Version":
					version = value
				case name == "method":
					method = value
				case value != "":
					query[name] = tea.String(value)
				}
			}
			a, err := client.CallApi(&openapi.Params{
				Action: &action, Version: &version, Protocol: tea.String("HTTP"), Pathname: tea.String("/"), Method: &method,
				AuthType: tea.String("AK"), Style: tea.String("RPC"), ReqBodyType: tea.String("formData"),
				BodyType: tea.String("string"),
			}, &openapi.OpenApiRequest{Query: query}, &util.RuntimeOptions{})
			if err != nil {
				return nil, err
			}
			return fields(t, a["body"].(string)), nil
		}
	}
}

// fields reads an answer in JSON or XML.
func fields(t testing.TB, body string) params {
	t.Helper()
	out := params{}
	if !strings.HasPrefix(body, "<") {
		var m map[string]any
		require.NoError(t, json.Unmarshal([]byte(body), &m), body)
		for name, value := range m {
			out[name] = fmt.Sprint(value)
		}
		return out
	}
	var x struct {
		XMLName xml.Name
		Fields  []struct {
			XMLName xml.Name
			Text    string `xml:",chardata"`
		} `xml:",any"`
	}
	require.NoError(t, xml.Unmarshal([]byte(body), &x), body)
	out["root"] = x.XMLName.Local
	for _, f := range x.Fields {
		out[f.XMLName.Local] = f.Text
	}
	return out
}

// requireAlibaba checks the error of a call, in the type that the SDK has for it.
func requireAlibaba(t testing.TB, err error, status int, code, message string) {
	t.Helper()
	require.Error(t, err)
	var old *sdkerrors.ServerError
	var newer *tea.SDKError
	var inNode *nodeError
	switch {
	case errors.As(err, &inNode):
		require.Equal(t, code, inNode.Code, err)
		require.Equal(t, status, inNode.Status, err)
		require.Contains(t, inNode.Message, message)
		require.Len(t, inNode.RequestID, 36)
	case errors.As(err, &old):
		got := params{"Code": old.ErrorCode(), "Message": old.Message(), "RequestId": old.RequestId()}
		if strings.HasPrefix(old.Message(), "<?xml") {
			// This SDK leaves an error in XML to its caller.
			got = fields(t, old.Message())
			require.Equal(t, "Error", got["root"])
		}
		require.Equal(t, code, got["Code"], err)
		require.Equal(t, status, old.HttpStatus(), err)
		require.Contains(t, got["Message"], message)
		require.Len(t, got["RequestId"], 36)
	case errors.As(err, &newer):
		require.Equal(t, code, tea.StringValue(newer.Code), err)
		require.Equal(t, status, tea.IntValue(newer.StatusCode), err)
		require.Contains(t, tea.StringValue(newer.Message), message)
		require.Regexp(t, `request id: [0-9A-F-]{36}$`, tea.StringValue(newer.Message))
	default:
		t.Fatalf("neither SDK's error of a server: %T: %v", err, err)
	}
}
