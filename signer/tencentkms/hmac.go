package tencentkms

import (
	"crypto/sha1" // HMAC-SHA1 is what the scheme says; its collisions do not matter here
	"crypto/sha256"
	"hash"
	"strings"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/front"
)

// commonParams are those that every request of the older form may have beside the
// operation's own.
var commonParams = map[string]bool{
	"Action": true, "Version": true, "Region": true, "SecretId": true, "Token": true, "Timestamp": true, "Nonce": true,
	"Signature": true, "SignatureMethod": true, "Language": true, "RequestClient": true,
}

// parseHMAC reads the older signature, HmacSHA1 or HmacSHA256: everything is in the
// parameters, of the query for GET and of a form for POST, and all of them but the
// signature are signed, with the method and the host.
func parseHMAC(r *front.Request) (*call, error) {
	p, err := formParams(r)
	if err != nil {
		return nil, err
	}
	c := &call{action: p.Get("Action"), version: p.Get("Version")}
	signature := p.Get("Signature")
	switch {
	case p.Get("AccessKeyId") != "" && p.Get("SecretId") == "":
		return nil, front.Misdirected(front.TencentKMS, front.AlibabaKMS)
	case signature == "":
		return nil, unsignedRequest()
	}
	if c.claim.AccessKeyID, err = p.Need("SecretId"); err != nil {
		return nil, err
	}
	if _, err = p.Need("Nonce"); err != nil {
		return nil, err
	}
	if c.claim.Time, err = parseTime("Timestamp", p.Get("Timestamp")); err != nil {
		return nil, err
	}
	if c.claim.Signature, err = front.Decode("Signature", signature); err != nil || len(c.claim.Signature) > sha256.Size {
		return nil, front.Refuse(front.MalformedAuthorization, "Signature", "it is not the base64 of a signature")
	}
	// A nonce counts together with its time stamp, and some SDKs draw it from 65,536:
	// at a hundred requests a second two of the same second often have the same one.
	// The signature is over both and the rest of the request. It is the same for a
	// replay, and for nothing else.
	c.claim.Nonce = signature
	var h func() hash.Hash
	switch p.Get("SignatureMethod") {
	case "", "HmacSHA1":
		h = sha1.New
	case "HmacSHA256":
		h = sha256.New
	default:
		return nil, front.Refuse(front.UnsupportedSignature, "SignatureMethod", "")
	}
	c.claim.SecurityToken = p.Get("Token")
	if c.claim.StringToSign, err = hmacStringToSign(r, p); err != nil {
		return nil, err
	}
	c.claim.MAC = func(secret string) []byte { return front.HMAC(h, []byte(secret), c.claim.StringToSign) }
	for _, param := range p {
		if !commonParams[param.Name] {
			c.params = append(c.params, param)
		}
	}
	return c, nil
}

func formParams(r *front.Request) (front.Params, error) {
	if r.Method == "GET" {
		return front.ParseForms(r.RawQuery)
	}
	if r.MediaType != front.FormType {
		return nil, unsignedRequest()
	}
	if r.RawQuery != "" {
		return nil, front.Invalid("", "a POST has its parameters in the body, not in the query")
	}
	return front.ParseForms(string(r.Body))
}

// unsignedRequest is the error of a request without any signature.
func unsignedRequest() error {
	return &errors.Error{Code: errors.Unauthenticated,
		Reason: "there is neither an Authorization header nor a Signature in the query or in a form of " + front.FormType}
}

// hmacStringToSign joins the values as they are, which is ambiguous: one value
// with a & in it reads as two parameters. No parameter needs one, so none may have
// one.
func hmacStringToSign(r *front.Request, p front.Params) (string, error) {
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
			return "", front.Invalid(param.Name, "it has an &, which this signature cannot protect")
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
