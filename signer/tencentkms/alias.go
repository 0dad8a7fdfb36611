// SPDX-License-Identifier: Apache-2.0

package tencentkms

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/kmsigner/kmsigner/internal/kmshttp"
)

// maxAlias is the longest alias.
const maxAlias = 60

// An UpdateAliasRequest has a new alias of a key. Both fields are required.
type UpdateAliasRequest struct {
	// Alias is as in CreateKeyRequest.
	Alias string
	KeyId string
}

// UpdateAlias gives a key, in any state, another alias instead of the one that
// KeyMetadata shows. Further aliases of the key stay. If the alias is one of them, or
// the one that is shown, nothing changes.
//
// There are two changes, the new alias first: if the second fails, the key has both.
//
// It returns MissingParameter and InvalidParameter of "Alias" for one that is empty or
// malformed, AlreadyExists of "Alias" for one that another key has, AccessDenied for a
// Store that is read-only, and what DescribeKey returns.
func (s *Service) UpdateAlias(ctx context.Context, req UpdateAliasRequest) (resp ChangeResponse, err error) {
	if err := checkAlias(req.Alias); err != nil {
		return resp, err
	}
	m, err := s.manager(ctx)
	if err != nil {
		return resp, err
	}
	k, err := s.describe(ctx, m, req.KeyId)
	if err != nil {
		return resp, err
	}
	alias := aliasPrefix + req.Alias
	if slices.Contains(k.Aliases, alias) {
		return s.changed(nil)
	}
	err = m.CreateAlias(ctx, alias, k.KeyID)
	if err == nil && len(k.Aliases) > 0 {
		err = m.DeleteAlias(ctx, k.Aliases[0])
	}
	return s.changed(err)
}

// checkAlias refuses what the provider does not take, and what Alibaba Cloud keeps for
// itself, for there is one keyring for both.
func checkAlias(alias string) error {
	switch {
	case alias == "":
		return kmshttp.Missing("Alias")
	case len(alias) > maxAlias:
		return kmshttp.Invalid("Alias", "it has more than "+strconv.Itoa(maxAlias)+" characters")
	case strings.HasPrefix(alias, "kms-"), strings.HasPrefix(alias, "acs"):
		return kmshttp.Invalid("Alias", `those that begin with "kms-" and "acs" are reserved`)
	}
	for i := range len(alias) {
		switch c := alias[i]; {
		case '0' <= c && c <= '9', 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', i > 0 && (c == '-' || c == '_'):
		default:
			return kmshttp.Invalid("Alias", "it is not made of letters, digits, '-' and '_' with a letter or a digit in front")
		}
	}
	return nil
}
