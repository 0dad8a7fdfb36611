// SPDX-License-Identifier: Apache-2.0

package tencentkms

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kmsigner/kmsigner/internal/kmshttp"
)

const (
	tc3        = "TC3-HMAC-SHA256"
	tc3Service = "kms"
	tc3Request = "tc3_request"
	unsigned   = "UNSIGNED-PAYLOAD"
)

// claimTC3 finds the access key of the signature TC3-HMAC-SHA256: it is in the
// Authorization header, and over the method, the query as it came, the headers that
// it names, and the hash of the body.
//
// The provider's SDKs do not sign X-TC-Action. What keeps a signature from being made or
// verified in the place of something else is that every operation refuses the
// parameters that it does not have. The package documentation says which operations are
// not told apart so.
func claimTC3(r *kmshttp.Request, allowUnsigned bool) (*kmshttp.Claim, error) {
	a, err := kmshttp.ParseAuthorization(r.Header.Get("Authorization"))
	if err != nil {
		return nil, err
	}
	if a.Algorithm != tc3 {
		return nil, kmshttp.Refuse(kmshttp.UnsupportedSignature, "Authorization", "")
	}
	id, _, _ := strings.Cut(a.Credential, "/")
	parse := func() (*kmshttp.Call, error) { return parseTC3(r, &a, allowUnsigned) }
	return &kmshttp.Claim{AccessKeyID: id, SecurityToken: r.Header.Get("X-Tc-Token"), Scheme: tc3, Parse: parse}, nil
}

func parseTC3(r *kmshttp.Request, a *kmshttp.Authorization, allowUnsigned bool) (*kmshttp.Call, error) {
	for _, name := range []string{"content-type", "host"} {
		if !slices.Contains(a.SignedHeaders, name) {
			return nil, kmshttp.Refuse(kmshttp.MalformedAuthorization, "Authorization", name+" is not signed")
		}
	}
	c := &kmshttp.Call{Action: r.Header.Get("X-Tc-Action"), Version: r.Header.Get("X-Tc-Version")}
	timestamp := r.Header.Get("X-Tc-Timestamp")
	var err error
	if c.Time, err = parseTime("X-TC-Timestamp", timestamp); err != nil {
		return nil, err
	}
	scope := strings.SplitN(a.Credential, "/", 5)
	date := c.Time.UTC().Format(time.DateOnly)
	if len(scope) != 4 || scope[1] != date || !isService(scope[2], r.Host) || scope[3] != tc3Request {
		return nil, kmshttp.Refuse(kmshttp.MalformedAuthorization, "Authorization",
			"the Credential is not ID/"+date+"/SERVICE/"+tc3Request+" with kms or the first label of the Host as SERVICE")
	}

	payload, err := payloadHash(r, allowUnsigned)
	if err != nil {
		return nil, err
	}
	if c.StringToSign, err = tc3StringToSign(r, a.SignedHeaders, timestamp, scope, payload); err != nil {
		return nil, err
	}
	c.Verify = kmshttp.Signed(a.Signature, func(secret string) []byte {
		key := kmshttp.HMAC(sha256.New, []byte("TC3"+secret), date)
		key = kmshttp.HMAC(sha256.New, key, scope[2])
		key = kmshttp.HMAC(sha256.New, key, tc3Request)
		mac := kmshttp.HMAC(sha256.New, key, c.StringToSign)
		if host := withoutPort(r.Host); host != r.Host && !hmac.Equal(mac, a.Signature) {
			// The SDK for Node.js sends the port and leaves it out of what it signs.
			bare := *r
			bare.Host = host
			if text, err := tc3StringToSign(&bare, a.SignedHeaders, timestamp, scope, payload); err == nil {
				return kmshttp.HMAC(sha256.New, key, text)
			}
		}
		return mac
	})
	if c.Params, err = tc3Params(r); err != nil {
		return nil, err
	}
	return c, nil
}

// isService reports whether a scope with this service may be used at a host. The
// provider's service is kms, which the SDKs for Go and Python write wherever they
// connect to. The others write what is before the first dot of their endpoint: the
// first label of a name, the first number of an address, and of a name without a
// dot all of it, with the port. At the provider's own hosts that is another service:
// its requests are not for a KMS.
func isService(service, host string) bool {
	if service == tc3Service {
		return true
	}
	label, _, _ := strings.Cut(host, ".")
	isLabel := service != "" && (service == label || service == withoutPort(label))
	return isLabel && !strings.Contains(strings.ToLower(host), ".tencentcloudapi.")
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
func tc3Params(r *kmshttp.Request) (kmshttp.Params, error) {
	if r.Method == "GET" {
		return kmshttp.ParseForms(r.RawQuery)
	}
	if r.RawQuery != "" {
		return nil, kmshttp.Invalid("", "a POST has its parameters in the body, not in the query")
	}
	if r.MediaType != kmshttp.JSONType {
		return nil, kmshttp.Invalid("Content-Type", "it has to be "+kmshttp.JSONType)
	}
	return kmshttp.ParseJSON(r.Body)
}

// payloadHash returns what stands for the body in the canonical request: its hash,
// or the hash of UNSIGNED-PAYLOAD.
func payloadHash(r *kmshttp.Request, allowUnsigned bool) (string, error) {
	sum := hexSHA256(r.Body)
	switch r.Header.Get("X-Tc-Content-Sha256") {
	case "", sum:
		return sum, nil
	case unsigned:
		// Without a body there is nothing that is not signed.
		if len(r.Body) == 0 || allowUnsigned {
			return hexSHA256([]byte(unsigned)), nil
		}
		return "", kmshttp.Refuse(kmshttp.MalformedAuthorization, "X-TC-Content-SHA256",
			"a body that is not signed is accepted only with the server's option tencentkms.AllowUnsignedPayload")
	}
	return "", kmshttp.Refuse(kmshttp.MalformedAuthorization, "X-TC-Content-SHA256",
		"it is neither the hash of the body nor "+unsigned)
}

// tc3StringToSign puts together what is signed. The scope has the access key id, the
// date, the service and the word tc3_request.
func tc3StringToSign(
	r *kmshttp.Request, signed []string, timestamp string, scope []string, payload string,
) (string, error) {
	canonical, err := canonicalRequest(r, signed, payload)
	if err != nil {
		return "", err
	}
	return tc3 + "\n" + timestamp + "\n" + strings.Join(scope[1:], "/") + "\n" + hexSHA256(canonical), nil
}

func canonicalRequest(r *kmshttp.Request, signed []string, payload string) ([]byte, error) {
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
		return time.Time{}, kmshttp.Missing(param)
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 || n > 1<<36 || strconv.FormatInt(n, 10) != s {
		return time.Time{}, kmshttp.Refuse(kmshttp.MalformedTime, param, "")
	}
	return time.Unix(n, 0), nil
}
