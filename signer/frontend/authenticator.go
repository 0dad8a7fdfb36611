// SPDX-License-Identifier: Apache-2.0

package frontend

import (
	"context"
	"maps"

	"github.com/kmsigner/kmsigner/errors"
)

// An Authenticator returns the secret of an access key: of Alibaba's AccessKeyId,
// of Tencent's SecretId. The handler computes the signature with it and does not keep
// it.
//
// THE ACCESS KEY ID HAS TO BE COMPARED EXACTLY, byte for byte. It is not part of what
// is signed in ACS3 and TC3. If "Id" finds the secret of "id", as in a column of a
// database that ignores case, then one recorded request is served once for each
// spelling, each with nonces and a rate of its own, and your function of
// [WithAuthorize] is asked about principals that it does not know.
//
// The access key id is what a request claims: 1 to 128 letters, digits, '.', '_' and
// '-'; for other ids it is not called. The security token is that of a request with
// temporary credentials, else "". An Authenticator that issues no temporary
// credentials must return an error for every token; one that does must check it before
// it returns the secret, with [crypto/subtle.ConstantTimeCompare] where it compares.
// Tencent's TC3 does not sign the token.
//
// It returns an error that errors.Is matches with
//
//   - errors.Unauthenticated if there is no such access key, or not with this
//     token. An empty secret means the same: it protects nothing.
//   - errors.AccessDenied if the access key is disabled.
//   - a context error, or any other error, if it cannot decide at present.
//
// It is called for every request before that is parsed, so for any id that an
// unauthenticated client sends. It must be safe for concurrent use.
type Authenticator func(ctx context.Context, accessKeyID, securityToken string) (secret string, err error)

// StaticKeys returns an Authenticator for a fixed map of access key ids to
// secrets, which is copied. It has no temporary credentials: it returns an error for
// every security token, for an access key that is not in the map, and for one with an
// empty secret.
//
// It holds the secrets in memory in plain text and prints none of them.
func StaticKeys(secrets map[string]string) Authenticator {
	secrets = maps.Clone(secrets)
	return func(_ context.Context, accessKeyID, securityToken string) (string, error) {
		secret := secrets[accessKeyID]
		if secret == "" || securityToken != "" {
			return "", &errors.Error{Code: errors.Unauthenticated, Reason: "there is no such access key"}
		}
		return secret, nil
	}
}
