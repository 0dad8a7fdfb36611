package alikms

import (
	"crypto/sha1" // HMAC-SHA1 is what the scheme says; its collisions do not matter here
	"time"

	"github.com/kmsigner/kmsigner/internal/front"
)

// timeLayout is that of Timestamp and x-acs-date, always UTC.
const timeLayout = "2006-01-02T15:04:05Z"

// parseRPC reads the RPC signature 1.0: everything is in the parameters, and
// everything in the parameters but the signature is signed. Headers are not, so
// none is read.
func parseRPC(r *front.Request, p front.Params) (*call, error) {
	c := &call{params: p}
	var err error
	if c.claim.AccessKeyID, err = p.Need("AccessKeyId"); err != nil {
		return nil, err
	}
	if c.claim.Nonce, err = p.Need("SignatureNonce"); err != nil {
		return nil, err
	}
	signature, err := p.Need("Signature")
	if err != nil {
		return nil, err
	}
	timestamp, err := p.Need("Timestamp")
	if err != nil {
		return nil, err
	}
	if p.Get("SignatureMethod") != "HMAC-SHA1" || p.Get("SignatureType") != "" {
		return nil, front.Refuse(front.UnsupportedSignature, "SignatureMethod", "it is not HMAC-SHA1 with an empty SignatureType")
	}
	if p.Get("SignatureVersion") != "1.0" {
		return nil, front.Refuse(front.MalformedAuthorization, "SignatureVersion", "it is not 1.0")
	}
	if c.claim.Signature, err = front.Decode("Signature", signature); err != nil {
		return nil, front.Refuse(front.MalformedAuthorization, "Signature", "it is not base64")
	}
	if c.claim.Time, err = parseTime("Timestamp", timestamp); err != nil {
		return nil, err
	}
	c.claim.SecurityToken = p.Get("SecurityToken")
	c.action, c.version = p.Get("Action"), p.Get("Version")
	c.claim.StringToSign = rpcStringToSign(r.Method, p)
	c.claim.MAC = func(secret string) []byte {
		return front.HMAC(sha1.New, []byte(secret+"&"), c.claim.StringToSign)
	}
	return c, nil
}

func rpcStringToSign(method string, p front.Params) string {
	canonical := p.AppendQuery(make([]byte, 0, 1024), "Signature")
	b := make([]byte, 0, 2*len(canonical))
	b = append(b, method...)
	b = append(b, "&%2F&"...)
	return string(front.AppendEscaped(b, string(canonical)))
}

func parseTime(param, s string) (time.Time, error) {
	t, err := time.Parse(timeLayout, s)
	// Parse takes fractions of a second too.
	if err != nil || len(s) != len(timeLayout) {
		return time.Time{}, front.Refuse(front.MalformedTime, param, "")
	}
	return t, nil
}
