// SPDX-License-Identifier: Apache-2.0

package alibaba

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	kms "github.com/alibabacloud-go/kms-20160120/v3/client"
	"github.com/alibabacloud-go/tea/dara"

	"github.com/kmsigner/kmsigner/errors"
)

// conn is a client of the SDK with what this package needs of it: the context, which
// only the core of the SDK takes, and errors in which the cause is not yet a text.
type conn struct{ client *kms.Client }

func newConn(client *kms.Client) *conn {
	c := *client
	c.DisableSDKError = dara.Bool(true)
	c.Headers = nil // of SetRpcHeaders: for the next call on the caller's client
	if c.HttpClient == nil {
		c.HttpClient = &transport{timeout: timeout(c.ReadTimeout)}
	}
	return &conn{&c}
}

const (
	defaultTimeout = 10 * time.Second
	idleTimeout    = 90 * time.Second
	maxIdle        = 16 // as many requests as signer.SignDigests makes at once
)

func timeout(milliseconds *int) time.Duration {
	if ms := dara.IntValue(milliseconds); ms > 0 {
		return time.Duration(ms) * time.Millisecond
	}
	return defaultTimeout
}

// A transport sends requests. The SDK's own one is shared by the whole process and
// written to at every request, which is a data race; and it never closes a connection.
type transport struct {
	timeout time.Duration
	once    sync.Once
	client  *http.Client
}

// Call implements dara.HttpClient. The SDK makes a new http.Transport for every request;
// the first one is kept, since the settings that they are made from do not change.
func (t *transport) Call(req *http.Request, rt *http.Transport) (*http.Response, error) {
	t.once.Do(func() {
		rt.IdleConnTimeout, rt.MaxIdleConnsPerHost = idleTimeout, maxIdle
		t.client = &http.Client{Transport: rt, Timeout: t.timeout}
	})
	return t.client.Do(req)
}

// call does an operation and reads the answer into out, a response body of the SDK.
func (c *conn) call(ctx context.Context, action string, query map[string]string, out any) error {
	req := &openapi.OpenApiRequest{Query: map[string]*string{}}
	for name, value := range query {
		req.Query[name] = &value
	}
	s := dara.String
	client := *c.client // a call writes to the client
	answer, err := client.CallApiWithCtx(ctx, &openapi.Params{
		Action: &action, Version: s("2016-01-20"), Protocol: s("HTTPS"), Pathname: s("/"), Method: s("POST"),
		AuthType: s("AK"), Style: s("RPC"), ReqBodyType: s("formData"), BodyType: s("json"),
	}, req, &dara.RuntimeOptions{})
	if err != nil {
		return translate(ctx, err)
	}
	if err := dara.Convert(answer["body"], out); err != nil {
		return &errors.Error{Code: errors.Internal, Reason: "the answer to " + action + " is malformed"}
	}
	return nil
}

// newest finds the version that was made last, for a key that has no primary one.
func (c *conn) newest(ctx context.Context, keyID string) (id string, err error) {
	var newest time.Time
	for page, seen := 1, 0; ; page++ {
		var list kms.ListKeyVersionsResponseBody
		err := c.call(ctx, "ListKeyVersions", map[string]string{
			"KeyId": keyID, "PageNumber": strconv.Itoa(page), "PageSize": "100",
		}, &list)
		if err != nil {
			return "", err
		}
		if list.KeyVersions == nil || len(list.KeyVersions.KeyVersion) == 0 {
			break
		}
		for _, v := range list.KeyVersions.KeyVersion {
			if v == nil || dara.StringValue(v.KeyVersionId) == "" {
				continue
			}
			created, err := time.Parse(time.RFC3339, dara.StringValue(v.CreationDate))
			if err != nil {
				return "", &errors.Error{Code: errors.Internal, Reason: "a key version has no date"}
			}
			if id == "" || created.After(newest) {
				id, newest = *v.KeyVersionId, created
			}
		}
		if seen += len(list.KeyVersions.KeyVersion); seen >= int(dara.Int32Value(list.TotalCount)) {
			break
		}
	}
	if id == "" {
		return "", &errors.Error{Code: errors.KeyVersionNotFound, Param: "KeyId", Reason: "the key has no version"}
	}
	return id, nil
}
