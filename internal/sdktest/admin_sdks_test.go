// SPDX-License-Identifier: Apache-2.0

package sdktest

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	newerkms "github.com/alibabacloud-go/kms-20160120/v3/client"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	olderkms "github.com/aliyun/alibaba-cloud-sdk-go/services/kms"
	"github.com/stretchr/testify/require"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	tencentkms "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/kms/v20190118"
)

// An admin does an operation of key management through an SDK, with the SDK's own type
// for the request. The answer is what the SDK's type for it has.
type admin func(action string, p map[string]any) (answer, error)

// An answer has the fields of a response, those in it as JSON has them.
type answer map[string]any

// at finds a field of a field, whichever case the SDK gives its first letter, and
// returns it as text, or the number of elements of a list.
func (a answer) at(names ...any) string {
	var v any = map[string]any(a)
	for _, name := range names {
		switch n := name.(type) {
		case string:
			m, _ := v.(map[string]any)
			if v = m[n]; v == nil {
				v = m[strings.ToLower(n[:1])+n[1:]]
			}
		case int:
			v = v.([]any)[n]
		}
	}
	switch v := v.(type) {
	case nil:
		return ""
	case []any:
		return fmt.Sprint(len(v))
	}
	return fmt.Sprint(v)
}

// answerOf reads what an SDK has made of a response.
func answerOf(response any, err error) (answer, error) {
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(response)
	if err != nil {
		return nil, err
	}
	var a answer
	return a, json.Unmarshal(text, &a)
}

// invoke calls the method of a client that has the name of the action.
func invoke(client any, action string, request reflect.Value) (any, error) {
	out := reflect.ValueOf(client).MethodByName(action).Call([]reflect.Value{request})
	err, _ := out[1].Interface().(error)
	return out[0].Interface(), err
}

// adminWires are the SDKs that manage keys, and whose they are.
var adminWires = map[string]map[string]func(t testing.TB, host, id, secret string, rec *recorder) admin{
	"alibaba": {
		"older JSON": olderAdmin("JSON"), "older XML": olderAdmin("XML"),
		"newer ACS3": newerAdmin(""), "newer RPC": newerAdmin("v2"),
	},
	"tencent": {
		"TC3 POST": tencentAdmin("POST", "TC3-HMAC-SHA256"), "TC3 GET": tencentAdmin("GET", "TC3-HMAC-SHA256"),
		"HmacSHA256 POST": tencentAdmin("POST", "HmacSHA256"), "HmacSHA1 GET": tencentAdmin("GET", "HmacSHA1"),
	},
}

var olderRequests = map[string]func() any{
	"AsymmetricSign":       func() any { return olderkms.CreateAsymmetricSignRequest() },
	"AsymmetricVerify":     func() any { return olderkms.CreateAsymmetricVerifyRequest() },
	"DescribeKey":          func() any { return olderkms.CreateDescribeKeyRequest() },
	"DescribeKeyVersion":   func() any { return olderkms.CreateDescribeKeyVersionRequest() },
	"ListKeys":             func() any { return olderkms.CreateListKeysRequest() },
	"ListKeyVersions":      func() any { return olderkms.CreateListKeyVersionsRequest() },
	"ListAliases":          func() any { return olderkms.CreateListAliasesRequest() },
	"ListAliasesByKeyId":   func() any { return olderkms.CreateListAliasesByKeyIdRequest() },
	"CreateKey":            func() any { return olderkms.CreateCreateKeyRequest() },
	"CreateKeyVersion":     func() any { return olderkms.CreateCreateKeyVersionRequest() },
	"EnableKey":            func() any { return olderkms.CreateEnableKeyRequest() },
	"DisableKey":           func() any { return olderkms.CreateDisableKeyRequest() },
	"ScheduleKeyDeletion":  func() any { return olderkms.CreateScheduleKeyDeletionRequest() },
	"CancelKeyDeletion":    func() any { return olderkms.CreateCancelKeyDeletionRequest() },
	"CreateAlias":          func() any { return olderkms.CreateCreateAliasRequest() },
	"UpdateAlias":          func() any { return olderkms.CreateUpdateAliasRequest() },
	"DeleteAlias":          func() any { return olderkms.CreateDeleteAliasRequest() },
	"UpdateKeyDescription": func() any { return olderkms.CreateUpdateKeyDescriptionRequest() },
}

func olderAdmin(format string) func(t testing.TB, host, id, secret string, rec *recorder) admin {
	return func(t testing.TB, host, id, secret string, rec *recorder) admin {
		client := olderClient(t, id, secret, "", rec)
		return func(action string, p map[string]any) (answer, error) {
			r := reflect.ValueOf(olderRequests[action]())
			rpc := r.Elem().FieldByName("RpcRequest").Interface().(*requests.RpcRequest)
			rpc.Scheme, rpc.Domain, rpc.Method, rpc.AcceptFormat = "http", host, "POST", format
			for name, value := range p {
				r.Elem().FieldByName(name).SetString(fmt.Sprint(value))
			}
			return answerOf(invoke(client, action, r))
		}
	}
}

func newerAdmin(algorithm string) func(t testing.TB, host, id, secret string, rec *recorder) admin {
	return func(t testing.TB, host, id, secret string, rec *recorder) admin {
		client := newerClient(t, host, id, secret, "", algorithm, rec)
		return func(action string, p map[string]any) (answer, error) {
			method, ok := reflect.TypeOf(client).MethodByName(action)
			if !ok {
				panic(action)
			}
			r := reflect.New(method.Type.In(1).Elem())
			for name, value := range p {
				set(r.Elem().FieldByName(name), value)
			}
			a, err := answerOf(invoke(client, action, r))
			if err != nil {
				return nil, err
			}
			body, _ := a["body"].(map[string]any)
			return body, nil
		}
	}
}

var _ *newerkms.Client // invoke finds its methods

// set sets a field that is a pointer to a string or to a number.
func set(field reflect.Value, value any) {
	v := reflect.New(field.Type().Elem())
	v.Elem().Set(reflect.ValueOf(value).Convert(field.Type().Elem()))
	field.Set(v)
}

var tencentNew = map[string]func() any{
	"SignByAsymmetricKey":   func() any { return tencentkms.NewSignByAsymmetricKeyRequest() },
	"VerifyByAsymmetricKey": func() any { return tencentkms.NewVerifyByAsymmetricKeyRequest() },
	"DescribeKey":           func() any { return tencentkms.NewDescribeKeyRequest() },
	"DescribeKeys":          func() any { return tencentkms.NewDescribeKeysRequest() },
	"ListKeys":              func() any { return tencentkms.NewListKeysRequest() },
	"ListKeyDetail":         func() any { return tencentkms.NewListKeyDetailRequest() },
	"CreateKey":             func() any { return tencentkms.NewCreateKeyRequest() },
	"EnableKey":             func() any { return tencentkms.NewEnableKeyRequest() },
	"DisableKey":            func() any { return tencentkms.NewDisableKeyRequest() },
	"EnableKeys":            func() any { return tencentkms.NewEnableKeysRequest() },
	"DisableKeys":           func() any { return tencentkms.NewDisableKeysRequest() },
	"ScheduleKeyDeletion":   func() any { return tencentkms.NewScheduleKeyDeletionRequest() },
	"CancelKeyDeletion":     func() any { return tencentkms.NewCancelKeyDeletionRequest() },
	"UpdateAlias":           func() any { return tencentkms.NewUpdateAliasRequest() },
	"UpdateKeyDescription":  func() any { return tencentkms.NewUpdateKeyDescriptionRequest() },
}

func tencentAdmin(method, signMethod string) func(t testing.TB, host, id, secret string, rec *recorder) admin {
	return func(t testing.TB, host, id, secret string, rec *recorder) admin {
		client, err := tencentkms.NewClient(common.NewCredential(id, secret), "ap-guangzhou",
			tencentProfile(host, method, signMethod))
		require.NoError(t, err)
		client.WithHttpTransport(rec)
		return func(action string, p map[string]any) (answer, error) {
			r := tencentNew[action]()
			text, err := json.Marshal(p)
			require.NoError(t, err)
			require.NoError(t, r.(interface{ FromJsonString(string) error }).FromJsonString(string(text)))
			a, err := answerOf(invoke(client, action, reflect.ValueOf(r)))
			if err != nil {
				return nil, err
			}
			response, _ := a["Response"].(map[string]any)
			return response, nil
		}
	}
}

// nodeAdmin is an SDK for Node.js.
func nodeAdmin(settings map[string]any) func(t testing.TB, host, id, secret string, rec *recorder) admin {
	return func(t testing.TB, host, id, secret string, rec *recorder) admin {
		host = rec.reverse(t, host)
		return func(action string, p map[string]any) (answer, error) {
			q := map[string]any{"host": host, "id": id, "secret": secret, "action": action, "params": p}
			for name, value := range settings {
				q[name] = value
			}
			a, err := node.do(q)
			return a, err
		}
	}
}

// allAdmins are the SDKs of a provider, those for Node.js too if they are there.
func allAdmins(provider string) map[string]func(t testing.TB, host, id, secret string, rec *recorder) admin {
	all := map[string]func(t testing.TB, host, id, secret string, rec *recorder) admin{}
	for name, wire := range adminWires[provider] {
		all[name] = wire
	}
	if node == nil {
		return all
	}
	if provider == "alibaba" {
		all["Node kms20160120"] = nodeAdmin(map[string]any{"sdk": "kms20160120"})
		all["Node pop-core"] = nodeAdmin(map[string]any{"sdk": "popCore", "method": "POST"})
	} else {
		all["Node TC3"] = nodeAdmin(map[string]any{"sdk": "tencent", "method": "POST", "signMethod": "TC3-HMAC-SHA256"})
	}
	return all
}
