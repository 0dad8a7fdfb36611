package tencentkms

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kmsigner/kmsigner/internal/front"
)

const (
	tc3        = "TC3-HMAC-SHA256"
	tc3Service = "kms"
	tc3Request = "tc3_request"
	unsigned   = "UNSIGNED-PAYLOAD"
)

// parseTC3 reads the signature TC3-HMAC-SHA256: it is in the Authorization header,
// and over the method, the query as it came, the headers that it names, and the
// hash of the body.
//
// The provider's SDKs do not sign X-TC-Action. What keeps a request from being
// turned into another one is that every operation refuses the parameters that it
// does not have, and needs some that others do not have.
func parseTC3(r *front.Request, allowUnsigned bool) (*call, error) {
	a, err := front.ParseAuthorization(r.Header.Get("Authorization"))
	if err != nil {
		return nil, err
	}
	if a.Algorithm != tc3 {
		return nil, front.Refuse(front.UnsupportedSignature, "Authorization", "")
	}
	for _, name := range []string{"content-type", "host"} {
		if !slices.Contains(a.SignedHeaders, name) {
			return nil, front.Refuse(front.MalformedAuthorization, "Authorization", name+" is not signed")
		}
	}
	c := &call{action: r.Header.Get("X-Tc-Action"), version: r.Header.Get("X-Tc-Version")}
	timestamp := r.Header.Get("X-Tc-Timestamp")
	if c.claim.Time, err = parseTime("X-TC-Timestamp", timestamp); err != nil {
		return nil, err
	}
	scope := strings.SplitN(a.Credential, "/", 5)
	date := c.claim.Time.UTC().Format(time.DateOnly)
	if len(scope) != 4 || scope[1] != date || !isService(scope[2], r.Host) || scope[3] != tc3Request {
		return nil, front.Refuse(front.MalformedAuthorization, "Authorization",
			"the Credential is not ID/"+date+"/SERVICE/"+tc3Request+" with kms or the first label of the Host as SERVICE")
	}
	c.claim.AccessKeyID, c.claim.Signature = scope[0], a.Signature
	c.claim.SecurityToken = r.Header.Get("X-Tc-Token")

	payload, err := payloadHash(r, allowUnsigned)
	if err != nil {
		return nil, err
	}
	if c.claim.StringToSign, err = tc3StringToSign(r, a.SignedHeaders, timestamp, scope, payload); err != nil {
		return nil, err
	}
	c.claim.MAC = func(secret string) []byte {
		key := front.HMAC(sha256.New, []byte("TC3"+secret), date)
		key = front.HMAC(sha256.New, key, scope[2])
		key = front.HMAC(sha256.New, key, tc3Request)
		mac := front.HMAC(sha256.New, key, c.claim.StringToSign)
		if host := withoutPort(r.Host); host != r.Host && !hmac.Equal(mac, c.claim.Signature) {
			// The SDK for Node.js sends the port and leaves it out of what it signs.
			bare := *r
			bare.Host = host
			if text, err := tc3StringToSign(&bare, a.SignedHeaders, timestamp, scope, payload); err == nil {
				return front.HMAC(sha256.New, key, text)
			}
		}
		return mac
	}
	if c.params, err = tc3Params(r); err != nil {
		return nil, err
	}
	return c, nil
}

// isService reports whether a scope with this service may be used at a host. The
// provider's service is kms, which the SDKs for Go and Python write wherever they
// connect to. The others write what is before the first dot of their endpoint: the
// first label of a name, the first number of an address, and of a name without a
// dot all of it, with the port.
func isService(service, host string) bool {
	label, _, _ := strings.Cut(host, ".")
	return service == tc3Service || service != "" && (service == label || service == withoutPort(label))
}

// withoutPort returns a host without its port, if it has one.
func withoutPort(host string) string {
	name, port := host, ""
	if i := strings.LastIndexByte(host, ':'); i > 0 {
		name, port = host[:i], host[i+1:]
	}
	if port == "" || strings.Trim(port, "0123456789") != "" {
		return host
	}
	return name
}

// tc3Params reads the parameters from the one place where the method has them.
func tc3Params(r *front.Request) (front.Params, error) {
	if r.Method == "GET" {
		return front.ParseForms(r.RawQuery)
	}
	if r.RawQuery != "" {
		return nil, front.Invalid("", "a POST has its parameters in the body, not in the query")
	}
	if r.MediaType != front.JSONType {
		return nil, front.Invalid("Content-Type", "it has to be "+front.JSONType)
	}
	return front.ParseJSON(r.Body)
}

// payloadHash returns what stands for the body in the canonical request: its hash,
// or the hash of UNSIGNED-PAYLOAD.
func payloadHash(r *front.Request, allowUnsigned bool) (string, error) {
	sum := hexSHA256(r.Body)
	switch r.Header.Get("X-Tc-Content-Sha256") {
	case "", sum:
		return sum, nil
	case unsigned:
		// Without a body there is nothing that is not signed.
		if len(r.Body) == 0 || allowUnsigned {
			return hexSHA256([]byte(unsigned)), nil
		}
		return "", front.Refuse(front.MalformedAuthorization, "X-TC-Content-SHA256",
			"a body that is not signed is accepted only with the server's option tencentkms.AllowUnsignedPayload")
	}
	return "", front.Refuse(front.MalformedAuthorization, "X-TC-Content-SHA256", "it is neither the hash of the body nor "+unsigned)
}

// tc3StringToSign puts together what is signed. The scope has the access key id, the
// date, the service and the word tc3_request.
func tc3StringToSign(r *front.Request, signed []string, timestamp string, scope []string, payload string) (string, error) {
	canonical, err := canonicalRequest(r, signed, payload)
	if err != nil {
		return "", err
	}
	return tc3 + "\n" + timestamp + "\n" + strings.Join(scope[1:], "/") + "\n" + hexSHA256(canonical), nil
}

func canonicalRequest(r *front.Request, signed []string, payload string) ([]byte, error) {
	b := make([]byte, 0, 1024)
	b = append(b, r.Method...)
	b = append(b, "\n/\n"...)
	b = append(b, r.RawQuery...)
	b = append(b, '\n')
	for _, name := range signed {
		value, err := r.Signed(name)
		if err != nil {
			return nil, err
		}
		if strings.HasPrefix(name, "x-tc-") {
			value = strings.ToLower(value) // as the provider's documentation has it
		}
		b = append(b, name...)
		b = append(b, ':')
		b = append(b, value...)
		b = append(b, '\n')
	}
	b = append(b, '\n')
	b = append(b, strings.Join(signed, ";")...)
	b = append(b, '\n')
	return append(b, payload...), nil
}

func hexSHA256(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// parseTime reads seconds since 1970: digits only, without a zero in front.
func parseTime(param, s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, front.Missing(param)
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 || n > 1<<36 || strconv.FormatInt(n, 10) != s {
		return time.Time{}, front.Refuse(front.MalformedTime, param, "")
	}
	return time.Unix(n, 0), nil
}
