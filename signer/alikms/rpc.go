// SPDX-License-Identifier: Apache-2.0

package alikms

import (
	"crypto/sha1" // HMAC-SHA1 is what the scheme says; its collisions do not matter here
	"time"

	"github.com/kmsigner/kmsigner/internal/kmshttp"
)

// timeLayout is that of Timestamp and x-acs-date, always UTC.
const timeLayout = "2006-01-02T15:04:05Z"

// rpcScheme is the one SignatureMethod.
const rpcScheme = "HMAC-SHA1"

// claimRPC finds the access key of the RPC signature 1.0: everything is in the
// parameters, and everything in the parameters but the signature is signed. Headers
// are not, so none is read.
func claimRPC(r *kmshttp.Request, form, id, token string, x *kmshttp.Exchange) (*kmshttp.Claim, error) {
	if id == "" {
		return nil, kmshttp.Missing("AccessKeyId")
	}
	parse := func() (*kmshttp.Call, error) {
		p, err := parseParams(r, form, x)
		if err != nil {
			return nil, err
		}
		return parseRPC(r.Method, p)
	}
	return &kmshttp.Claim{AccessKeyID: id, SecurityToken: token, Scheme: rpcScheme, Parse: parse}, nil
}

func parseRPC(method string, p kmshttp.Params) (*kmshttp.Call, error) {
	c := &kmshttp.Call{Action: p.Get("Action"), Version: p.Get("Version"), Params: p}
	var err error
	if c.Nonce, err = p.Need("SignatureNonce"); err != nil {
		return nil, err
	}
	encoded, err := p.Need("Signature")
	if err != nil {
		return nil, err
	}
	timestamp, err := p.Need("Timestamp")
	if err != nil {
		return nil, err
	}
	if p.Get("SignatureMethod") != rpcScheme || p.Get("SignatureType") != "" {
		return nil, kmshttp.Refuse(kmshttp.UnsupportedSignature, "SignatureMethod",
			"it is not HMAC-SHA1 with an empty SignatureType")
	}
	if p.Get("SignatureVersion") != "1.0" {
		return nil, kmshttp.Refuse(kmshttp.MalformedAuthorization, "SignatureVersion", "it is not 1.0")
	}
	signature, err := kmshttp.Decode("Signature", encoded)
	if err != nil {
		return nil, kmshttp.Refuse(kmshttp.MalformedAuthorization, "Signature", "it is not base64")
	}
	if c.Time, err = parseTime("Timestamp", timestamp); err != nil {
		return nil, err
	}
	c.StringToSign = rpcStringToSign(method, p)
	c.Verify = kmshttp.Signed(signature, func(secret string) []byte {
		return kmshttp.HMAC(sha1.New, []byte(secret+"&"), c.StringToSign)
	})
	return c, nil
}

func rpcStringToSign(method string, p kmshttp.Params) string {
	canonical := p.AppendQuery(make([]byte, 0, 1024), "Signature")
	b := make([]byte, 0, 2*len(canonical))
	b = append(b, method...)
	b = append(b, "&%2F&"...)
	return string(kmshttp.AppendEscaped(b, string(canonical)))
}

func parseTime(param, s string) (time.Time, error) {
	t, err := time.Parse(timeLayout, s)
	// Parse takes fractions of a second too.
	if err != nil || len(s) != len(timeLayout) {
		return time.Time{}, kmshttp.Refuse(kmshttp.MalformedTime, param, "")
	}
	return t, nil
}
