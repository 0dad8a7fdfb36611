// SPDX-License-Identifier: Apache-2.0

package tencentkms

import (
	"crypto/sha1" // HMAC-SHA1 is what the scheme says; its collisions do not matter here
	"crypto/sha256"
	"hash"
	"strings"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/kmshttp"
)

// The SignatureMethods; the first is the default.
const (
	hmacSHA1   = "HmacSHA1"
	hmacSHA256 = "HmacSHA256"
)

// commonParams are those that every request of the older form may have beside the
// operation's own.
var commonParams = map[string]bool{
	"Action": true, "Version": true, "Region": true, "SecretId": true, "Token": true, "Timestamp": true, "Nonce": true,
	"Signature": true, "SignatureMethod": true, "Language": true, "RequestClient": true,
}

// claimHMAC finds the access key of the older signature, HmacSHA1 or HmacSHA256:
// everything is in the parameters, of the query for GET and of a form for POST, and
// all of them but the signature are signed, with the method and the host.
func claimHMAC(r *kmshttp.Request) (*kmshttp.Claim, error) {
	form := r.RawQuery
	if r.Method != "GET" {
		if r.MediaType != kmshttp.FormType {
			return nil, unsignedRequest()
		}
		if r.RawQuery != "" {
			return nil, kmshttp.Invalid("", "a POST has its parameters in the body, not in the query")
		}
		form = string(r.Body)
	}
	var v [5]string
	names := []string{"SecretId", "Token", "AccessKeyId", "Signature", "SignatureMethod"}
	if err := kmshttp.Peek(v[:], names, form); err != nil {
		return nil, err
	}
	id, token, alibaba, signature, scheme := v[0], v[1], v[2], v[3], v[4]
	switch {
	case alibaba != "" && id == "":
		return nil, kmshttp.Misdirected(kmshttp.TencentKMS, kmshttp.AlibabaKMS)
	case signature == "":
		return nil, unsignedRequest()
	case id == "":
		return nil, kmshttp.Missing("SecretId")
	}
	if scheme == "" {
		scheme = hmacSHA1
	}
	parse := func() (*kmshttp.Call, error) { return parseHMAC(r, form, scheme) }
	return &kmshttp.Claim{AccessKeyID: id, SecurityToken: token, Scheme: scheme, Parse: parse}, nil
}

func parseHMAC(r *kmshttp.Request, form, scheme string) (*kmshttp.Call, error) {
	p, err := kmshttp.ParseForms(form)
	if err != nil {
		return nil, err
	}
	c := &kmshttp.Call{Action: p.Get("Action"), Version: p.Get("Version")}
	if _, err = p.Need("Nonce"); err != nil {
		return nil, err
	}
	if c.Time, err = parseTime("Timestamp", p.Get("Timestamp")); err != nil {
		return nil, err
	}
	// A nonce counts together with its time stamp, and some SDKs draw it from 65,536:
	// at a hundred requests a second two of the same second often have the same one.
	// The signature is over both and the rest of the request. It is the same for a
	// replay, and for nothing else.
	c.Nonce = p.Get("Signature")
	signature, err := kmshttp.Decode("Signature", c.Nonce)
	if err != nil || len(signature) > sha256.Size {
		return nil, kmshttp.Refuse(kmshttp.MalformedAuthorization, "Signature", "it is not the base64 of a signature")
	}
	var h func() hash.Hash
	switch scheme {
	case hmacSHA1:
		h = sha1.New
	case hmacSHA256:
		h = sha256.New
	default:
		return nil, kmshttp.Refuse(kmshttp.UnsupportedSignature, "SignatureMethod", "")
	}
	if c.StringToSign, err = hmacStringToSign(r, p); err != nil {
		return nil, err
	}
	c.Verify = kmshttp.Signed(signature, func(secret string) []byte {
		return kmshttp.HMAC(h, []byte(secret), c.StringToSign)
	})
	for _, param := range p {
		if !commonParams[param.Name] {
			c.Params = append(c.Params, param)
		}
	}
	return c, nil
}

// unsignedRequest is the error of a request without any signature.
func unsignedRequest() error {
	return &errors.Error{Code: errors.Unauthenticated,
		Reason: "there is neither an Authorization header nor a Signature in the query or in a form of " + kmshttp.FormType}
}

// hmacStringToSign joins the values as they are, which is ambiguous: one value
// with a & in it reads as two parameters. No parameter needs one, so none may have
// one.
func hmacStringToSign(r *kmshttp.Request, p kmshttp.Params) (string, error) {
	b := make([]byte, 0, 1024)
	b = append(b, r.Method...)
	b = append(b, r.Host...)
	b = append(b, "/?"...)
	first := true
	for _, param := range p {
		if param.Name == "Signature" {
			continue
		}
		if strings.Contains(param.Value, "&") {
			return "", kmshttp.Invalid(param.Name, "it has an &, which this signature cannot protect")
		}
		if !first {
			b = append(b, '&')
		}
		first = false
		b = append(b, param.Name...)
		b = append(b, '=')
		b = append(b, param.Value...)
	}
	return string(b), nil
}
