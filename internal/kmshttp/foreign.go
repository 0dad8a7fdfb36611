// SPDX-License-Identifier: Apache-2.0

package kmshttp

import (
	"net/http"
	"strings"
)

// A Protocol is one that clients of a KMS speak, by its name in sentences.
type Protocol string

// The protocols that a request can be told by.
const (
	AlibabaKMS  Protocol = "Alibaba Cloud KMS"
	TencentKMS  Protocol = "Tencent Cloud KMS"
	InstanceKMS Protocol = "the KMS Instance API of Alibaba Cloud"
	AWSKMS      Protocol = "AWS KMS"
)

// Foreign refuses a request that speaks another protocol than the one that is
// served, as Unserved. Its client may take any answer with the status 200 for a
// success, so the provider's own way of putting errors does not do. Proxies add
// headers of X-Amzn- and X-Amz-Cf-: they say nothing.
func Foreign(served Protocol, h http.Header, rawQuery string) error {
	spoken := spokenBy(h, rawQuery)
	if spoken == "" || spoken == served {
		return nil
	}
	return Misdirected(served, spoken)
}

// Misdirected returns the error of a request in the protocol spoken where another is served.
func Misdirected(served, spoken Protocol) error {
	return Refuse(Unserved, "", "this address serves "+string(served)+
		"; the request is one for "+string(spoken)+", which is not served here")
}

// spokenBy returns the protocol of a request, or "" where nothing tells. A
// signature tells before the name of an operation does.
func spokenBy(h http.Header, rawQuery string) Protocol {
	authorization := h.Get("Authorization")
	switch has := func(name string) bool { return h.Get(name) != "" }; {
	case strings.HasPrefix(authorization, "AWS4-"), strings.Contains(rawQuery, "X-Amz-Algorithm="):
		return AWSKMS
	case strings.HasPrefix(authorization, "ACS3-"), strings.Contains(rawQuery, "SignatureNonce="):
		return AlibabaKMS
	case strings.HasPrefix(authorization, "TC3-"):
		return TencentKMS
	case has("X-Kms-Apiname"), strings.HasPrefix(h.Get("Content-Type"), "application/x-protobuf"):
		return InstanceKMS
	case has("X-Amz-Target"):
		return AWSKMS
	}
	return ""
}
