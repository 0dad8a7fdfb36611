// SPDX-License-Identifier: Apache-2.0

package kmshttp

import (
	"encoding/hex"
	"slices"
	"strings"
)

// An Authorization is the header of that name in the form that both providers
// share: ALGORITHM Credential=…,SignedHeaders=…,Signature=…
type Authorization struct {
	Algorithm, Credential string
	// SignedHeaders are lower-case names in the order in which they were signed.
	SignedHeaders []string
	// Signature is decoded from hexadecimal digits.
	Signature []byte
}

// maxSignedHeaders bounds the work for a request that is not proven yet.
const maxSignedHeaders = 32

// ParseAuthorization reads the header. One space may follow a comma. It refuses,
// as MalformedAuthorization, a part that is missing, unknown, empty or there
// twice, names of headers that are not in lower case or there twice, and a
// signature that is not 64 hexadecimal digits.
func ParseAuthorization(s string) (Authorization, error) {
	var a Authorization
	algorithm, rest, ok := strings.Cut(s, " ")
	if !ok || algorithm == "" {
		return a, malformed("it is not ALGORITHM Credential=…,SignedHeaders=…,Signature=…")
	}
	a.Algorithm = algorithm
	var signature, headers string
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimPrefix(part, " "), "=")
		var field *string
		switch name {
		case "Credential":
			field = &a.Credential
		case "SignedHeaders":
			field = &headers
		case "Signature":
			field = &signature
		default:
			return a, malformed("it has a part that is not Credential, SignedHeaders or Signature")
		}
		if *field != "" || value == "" {
			return a, malformed(name + " is empty or given more than once")
		}
		*field = value
	}
	if a.Credential == "" || headers == "" || signature == "" {
		return a, malformed("it lacks Credential, SignedHeaders or Signature")
	}
	var err error
	if a.Signature, err = hex.DecodeString(signature); err != nil || len(a.Signature) != 32 {
		return a, malformed("the signature is not 64 hexadecimal digits")
	}
	a.SignedHeaders, err = parseSignedHeaders(headers)
	return a, err
}

func parseSignedHeaders(s string) ([]string, error) {
	if strings.Count(s, ";") >= maxSignedHeaders {
		return nil, malformed("SignedHeaders has too many names")
	}
	names := strings.Split(s, ";")
	for i, name := range names {
		for j := 0; j < len(name); j++ {
			if c := name[j]; !('a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '_') {
				return nil, malformed("SignedHeaders has a name that is not in lower case")
			}
		}
		if name == "" || slices.Contains(names[:i], name) {
			return nil, malformed("SignedHeaders has a name that is empty or there twice")
		}
	}
	return names, nil
}

func malformed(reason string) error {
	return Refuse(MalformedAuthorization, "Authorization", reason)
}

// Signed returns the value of a header that is said to be signed. It returns
// MalformedAuthorization for one that is not there or there twice.
func (r *Request) Signed(lowerName string) (string, error) {
	if lowerName == "host" {
		return r.Host, nil
	}
	values := r.Header.Values(lowerName)
	if len(values) != 1 {
		return "", malformed("SignedHeaders has a header that is not there, or there twice")
	}
	return values[0], nil
}
