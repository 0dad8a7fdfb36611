// SPDX-License-Identifier: Apache-2.0

package tencentkms

import (
	"encoding/json"

	"github.com/kmsigner/kmsigner/internal/kmshttp"
)

// An errorBody is what an error looks like inside the envelope.
type errorBody struct {
	Error     errorInfo
	RequestId string
}

type errorInfo struct{ Code, Message string }

type envelope struct{ Response any }

// A foreignBody is an error for clients of other protocols: beside the envelope it has
// what they read, Alibaba Cloud's the code and the message at top level, AWS's the
// same in small letters or this type.
type foreignBody struct {
	Response      any
	Type          string `json:"__type"`
	Code, Message string
	RequestId     string
}

func encode(x *kmshttp.Exchange, result any, err error) kmshttp.Reply {
	reply := kmshttp.Reply{Status: 200, Code: "OK", ContentType: kmshttp.JSONType}
	if err != nil {
		var message string
		reply.Status, reply.Code, message = Describe(err)
		result = errorBody{errorInfo{reply.Code, message}, x.RequestID}
	}
	var body any = envelope{result}
	if reply.Status != 200 {
		e := result.(errorBody)
		body = foreignBody{
			Response: e, Type: e.Error.Code, Code: e.Error.Code, Message: e.Error.Message, RequestId: e.RequestId,
		}
	}
	reply.Body, _ = json.Marshal(body) // strings and booleans always marshal
	return reply
}
