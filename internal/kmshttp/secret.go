// SPDX-License-Identifier: Apache-2.0

package kmshttp

import (
	"context"
	"crypto/hmac"
	"hash"
)

// An Authenticator maps an access key id to its secret: frontend.Authenticator.
type Authenticator = func(ctx context.Context, accessKeyID, securityToken string) (secret string, err error)

// Secrets returns the Lookup of a dialect whose clients share a secret with the
// service. The credential is the secret, a string. Without an Authenticator there
// is none.
func Secrets(auth Authenticator) Lookup {
	if auth == nil {
		return nil
	}
	return func(ctx context.Context, accessKeyID, securityToken string) (any, error) {
		secret, err := auth(ctx, accessKeyID, securityToken)
		if err != nil || secret == "" {
			return nil, err // with an empty secret, every client could sign
		}
		return secret, nil
	}
}

// Signed returns the Verify of a Call whose signature is a message authentication
// code under the client's secret. It compares in constant time.
func Signed(signature []byte, mac func(secret string) []byte) func(credential any) bool {
	return func(credential any) bool {
		secret, ok := credential.(string)
		return ok && hmac.Equal(mac(secret), signature)
	}
}

// HMAC returns the HMAC of a message, FIPS 198-1.
func HMAC(h func() hash.Hash, key []byte, message string) []byte {
	m := hmac.New(h, key)
	m.Write([]byte(message))
	return m.Sum(nil)
}
