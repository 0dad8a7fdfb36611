package tencentkms

import (
	"encoding/json"

	"github.com/kmsigner/kmsigner/internal/front"
)

// An errorBody is what an error looks like inside the envelope.
type errorBody struct {
	Error     errorInfo
	RequestId string
}

type errorInfo struct{ Code, Message string }

type envelope struct{ Response any }

func encode(x *front.Exchange, result any, err error) front.Reply {
	reply := front.Reply{Status: 200, Code: "OK", ContentType: front.JSONType}
	if err != nil {
		var message string
		reply.Status, reply.Code, message = Describe(err)
		result = errorBody{errorInfo{reply.Code, message}, x.RequestID}
	}
	reply.Body, _ = json.Marshal(envelope{result}) // strings and booleans always marshal
	return reply
}
