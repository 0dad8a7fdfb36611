// SPDX-License-Identifier: Apache-2.0

package alikms

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"slices"
	"strings"

	"github.com/emmansun/gmsm/sm3"
	"github.com/kmsigner/kmsigner/internal/kmshttp"
)

// claimACS3 finds the access key of the signature ACS3-HMAC-SHA256 or
// ACS3-HMAC-SM3: it is in the Authorization header, and over the method, the query,
// the headers that it names, and the hash of the body, which x-acs-content-sha256
// bears.
func claimACS3(r *kmshttp.Request, form string, x *kmshttp.Exchange) (*kmshttp.Claim, error) {
	a, err := kmshttp.ParseAuthorization(r.Header.Get("Authorization"))
	if err != nil {
		return nil, err
	}
	if id := r.Header.Get("X-Acs-Accesskey-Id"); id != "" && id != a.Credential {
		return nil, kmshttp.Refuse(kmshttp.MalformedAuthorization, "x-acs-accesskey-id", "it differs from the Credential")
	}
	parse := func() (*kmshttp.Call, error) {
		p, err := parseParams(r, form, x)
		if err != nil {
			return nil, err
		}
		return parseACS3(r, p, &a)
	}
	return &kmshttp.Claim{
		AccessKeyID: a.Credential, SecurityToken: r.Header.Get("X-Acs-Security-Token"), Scheme: a.Algorithm, Parse: parse,
	}, nil
}

func parseACS3(r *kmshttp.Request, p kmshttp.Params, a *kmshttp.Authorization) (*kmshttp.Call, error) {
	var h func() hash.Hash
	content := "X-Acs-Content-Sha256"
	switch a.Algorithm {
	case "ACS3-HMAC-SHA256":
		h = sha256.New
	case "ACS3-HMAC-SM3":
		h = sm3.New
		// Some of the provider's SDKs have a name of its own for it, others not.
		if r.Header.Get("X-Acs-Content-Sm3") != "" {
			content = "X-Acs-Content-Sm3"
		}
	default:
		return nil, kmshttp.Refuse(kmshttp.UnsupportedSignature, "Authorization", "")
	}
	if err := checkSigned(r, a.SignedHeaders); err != nil {
		return nil, err
	}

	c := &kmshttp.Call{Action: r.Header.Get("X-Acs-Action"), Version: r.Header.Get("X-Acs-Version"), Params: p}
	if c.Nonce = r.Header.Get("X-Acs-Signature-Nonce"); c.Nonce == "" {
		return nil, kmshttp.Missing("x-acs-signature-nonce")
	}
	date := r.Header.Get("X-Acs-Date")
	if date == "" {
		return nil, kmshttp.Missing("x-acs-date")
	}
	var err error
	if c.Time, err = parseTime("x-acs-date", date); err != nil {
		return nil, err
	}
	bodyHash := hexSum(h, r.Body)
	if r.Header.Get(content) != bodyHash {
		return nil, kmshttp.Refuse(kmshttp.MalformedAuthorization, strings.ToLower(content), "it is not the hash of the body")
	}
	canonical, err := canonicalRequest(r, p, a.SignedHeaders, bodyHash)
	if err != nil {
		return nil, err
	}
	c.StringToSign = a.Algorithm + "\n" + hexSum(h, canonical)
	c.Verify = kmshttp.Signed(a.Signature, func(secret string) []byte {
		return kmshttp.HMAC(h, []byte(secret), c.StringToSign)
	})
	return c, nil
}

// checkSigned refuses a list of signed headers without one that says something
// about the request: it could be changed on the way.
func checkSigned(r *kmshttp.Request, signed []string) error {
	if !slices.Contains(signed, "host") {
		return kmshttp.Refuse(kmshttp.MalformedAuthorization, "Authorization", "host is not signed")
	}
	for name := range r.Header {
		if name != "Content-Type" && !strings.HasPrefix(name, "X-Acs-") {
			continue
		}
		if lower := strings.ToLower(name); !slices.Contains(signed, lower) {
			return kmshttp.Refuse(kmshttp.MalformedAuthorization, "Authorization", lower+" is not signed")
		}
	}
	return nil
}

func canonicalRequest(r *kmshttp.Request, query kmshttp.Params, signed []string, bodyHash string) ([]byte, error) {
	if len(r.Body) > 0 {
		// The parameters in a body are under its hash instead.
		var err error
		if query, err = kmshttp.ParseForms(r.RawQuery); err != nil {
			return nil, err
		}
	}
	b := make([]byte, 0, 2048)
	b = append(b, r.Method...)
	b = append(b, "\n/\n"...)
	b = query.AppendQuery(b, "")
	b = append(b, '\n')
	for _, name := range signed {
		value, err := r.Signed(name)
		if err != nil {
			return nil, err
		}
		b = append(b, name...)
		b = append(b, ':')
		b = append(b, value...)
		b = append(b, '\n')
	}
	b = append(b, '\n')
	b = append(b, strings.Join(signed, ";")...)
	b = append(b, '\n')
	return append(b, bodyHash...), nil
}

func hexSum(h func() hash.Hash, data []byte) string {
	d := h()
	d.Write(data)
	return hex.EncodeToString(d.Sum(nil))
}
