// SPDX-License-Identifier: Apache-2.0

package alikms

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"strings"

	"github.com/kmsigner/kmsigner/internal/kmshttp"
)

// The content types of answers. The newer SDK reads an error in XML only with
// exactly this one.
const (
	jsonContent = "application/json;charset=utf-8"
	xmlContent  = "text/xml;charset=utf-8"
)

// An errorBody is what an error looks like. Every value is a string: the older SDK
// panics on another type.
type errorBody struct {
	XMLName   xml.Name `json:"-" xml:"Error"`
	RequestId string
	HostId    string
	Code      string
	Message   string
	Recommend string `xml:"-"`
}

// xmlFormat is the Format of an Exchange whose answer is XML; any other is JSON.
const xmlFormat = "XML"

// setFormat notes the format that the client asks for, JSON if it asks for none.
func setFormat(x *kmshttp.Exchange, format string) error {
	switch x.Format = strings.ToUpper(format); x.Format {
	case "", "JSON", xmlFormat:
		return nil
	}
	return kmshttp.Refuse(kmshttp.UnknownFormat, "Format", "")
}

func encode(x *kmshttp.Exchange, result any, err error) kmshttp.Reply {
	reply := kmshttp.Reply{Status: 200, Code: "OK"}
	if err != nil {
		var message string
		reply.Status, reply.Code, message = Describe(err)
		result = errorBody{RequestId: x.RequestID, HostId: x.Host, Code: reply.Code, Message: message}
	}
	// Strings and booleans always marshal.
	if x.Format == xmlFormat {
		reply.ContentType = xmlContent
		reply.Body, _ = marshalXML(x.Action, result)
	} else {
		reply.ContentType = jsonContent
		reply.Body, _ = json.Marshal(result)
	}
	return reply
}

// marshalXML names the root of a response after its action.
func marshalXML(action string, result any) ([]byte, error) {
	b := bytes.NewBufferString(xml.Header)
	e := xml.NewEncoder(b)
	var err error
	if _, isError := result.(errorBody); isError {
		err = e.Encode(result)
	} else {
		err = e.EncodeElement(result, xml.StartElement{Name: xml.Name{Local: action + "Response"}})
	}
	return b.Bytes(), err
}
