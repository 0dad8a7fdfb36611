// SPDX-License-Identifier: Apache-2.0

//go:build linux

package replicas

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	newerkms "github.com/alibabacloud-go/kms-20160120/v3/client"
	"github.com/alibabacloud-go/tea/tea"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/stretchr/testify/require"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	tchttp "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/http"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"
)

// A call does an operation through an SDK.
type call func(action string, p params) (answer, error)

type params map[string]string

// An answer is the JSON of one.
type answer map[string]any

// at is the text of a field, which may be in others.
func (a answer) at(names ...string) string {
	var v any = map[string]any(a)
	for _, name := range names {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	return fmt.Sprint(v)
}

// A transport is that of a client, which sends one request at a time. It keeps the latest one.
type transport struct {
	http.Transport
	request *http.Request
	body    []byte
}

func newTransport(t testing.TB, roots *x509.CertPool) *transport {
	rt := &transport{Transport: http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	t.Cleanup(rt.CloseIdleConnections)
	return rt
}

// RoundTrip implements http.RoundTripper.
func (rt *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	var err error
	rt.body = nil
	if req.Body != nil {
		if rt.body, err = io.ReadAll(req.Body); err != nil {
			return nil, err
		}
		req.Body = io.NopCloser(bytes.NewReader(rt.body))
	}
	rt.request = req
	return rt.Transport.RoundTrip(req)
}

// replay sends the latest request again, to an address, as it was signed.
func (rt *transport) replay(address string) (status int, body string, err error) {
	req := rt.request.Clone(context.Background())
	req.Host = rt.request.URL.Host
	req.URL.Host = address
	req.Body = io.NopCloser(bytes.NewReader(rt.body))
	resp, err := rt.Transport.RoundTrip(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text), err
}

// alibaba is alibaba-cloud-sdk-go, which tries again, when it is told to, after an error
// of the network and a status of 500 or more.
func alibaba(t testing.TB, address, id string, rt *transport) call {
	t.Helper()
	config := sdk.NewConfig().WithAutoRetry(true).WithMaxRetryTime(3)
	client, err := sdk.NewClientWithOptions("cn-hangzhou", config, credentials.NewAccessKeyCredential(id, secret))
	require.NoError(t, err)
	client.SetTransport(struct{ http.RoundTripper }{rt})
	return func(action string, p params) (answer, error) {
		r := requests.NewCommonRequest()
		r.Scheme, r.Domain, r.Method = "https", address, "POST"
		r.Product, r.ApiName, r.Version = "Kms", action, "2016-01-20"
		for name, value := range p {
			r.FormParams[name] = value
		}
		resp, err := client.ProcessCommonRequest(r)
		if err != nil {
			return nil, err
		}
		var a answer
		return a, json.Unmarshal(resp.GetHttpContentBytes(), &a)
	}
}

// newer is kms-20160120, which signs requests with ACS3 and does not try again.
func newer(t testing.TB, address, id, ca string) call {
	t.Helper()
	client, err := newerkms.NewClient(&openapi.Config{
		AccessKeyId: tea.String(id), AccessKeySecret: tea.String(secret), Endpoint: tea.String(address),
		Protocol: tea.String("HTTPS"), Ca: tea.String(ca),
	})
	require.NoError(t, err)
	return func(action string, p params) (answer, error) {
		switch action {
		case "AsymmetricSign":
			resp, err := client.AsymmetricSign(&newerkms.AsymmetricSignRequest{
				KeyId: tea.String(p["KeyId"]), KeyVersionId: tea.String(p["KeyVersionId"]),
				Algorithm: tea.String(p["Algorithm"]), Digest: tea.String(p["Digest"]),
			})
			if err != nil {
				return nil, err
			}
			return answer{"Value": *resp.Body.Value}, nil
		}
		panic(action)
	}
}

// tencent is tencentcloud-sdk-go, which signs requests with TC3 and does not try these
// operations again.
func tencent(t testing.TB, address, id string, rt *transport) call {
	t.Helper()
	p := profile.NewClientProfile()
	p.HttpProfile.Endpoint = address
	client := common.NewCommonClient(common.NewCredential(id, secret), "ap-guangzhou", p)
	client.WithHttpTransport(rt)
	return func(action string, p params) (answer, error) {
		r := tchttp.NewCommonRequest("kms", "2019-01-18", action)
		fields := map[string]any{}
		for name, value := range p {
			fields[name] = value
		}
		if err := r.SetActionParameters(fields); err != nil {
			return nil, err
		}
		resp := tchttp.NewCommonResponse()
		if err := client.Send(r, resp); err != nil {
			return nil, err
		}
		var a struct{ Response answer }
		return a.Response, json.Unmarshal(resp.GetBody(), &a)
	}
}
