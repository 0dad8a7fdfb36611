// SPDX-License-Identifier: Apache-2.0

package alikms

import (
	"context"
	"strings"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/kmshttp"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

// A CreateAliasRequest asks for a new alias of a key. Both fields are required.
type CreateAliasRequest struct {
	// KeyId is the id of a key, "alias/NAME", or a key ARN.
	KeyId string
	// AliasName is "alias/NAME", with a NAME of 1 to 255 letters, digits, '_', '-' and
	// '/', which does not begin with "acs".
	AliasName string
}

// An UpdateAliasRequest moves an alias to a key.
type UpdateAliasRequest CreateAliasRequest

// A DeleteAliasRequest names an alias to be deleted.
type DeleteAliasRequest struct {
	AliasName string
}

// CreateAlias gives a key, in any state, an alias that no key has.
//
// It returns MissingParameter and InvalidParameter of "AliasName" for one that is empty
// or malformed, AlreadyExists of "AliasName" for one that a key has, AccessDenied for a
// Store that is read-only, and what DescribeKey returns.
func (s *Service) CreateAlias(ctx context.Context, req CreateAliasRequest) (resp ChangeResponse, err error) {
	if err := checkAlias(req.AliasName); err != nil {
		return resp, err
	}
	m, k, err := s.change(ctx, req.KeyId)
	if err != nil {
		return resp, err
	}
	resp, err = s.changed(m.CreateAlias(ctx, req.AliasName, k.KeyID))
	return resp, ofAlias(err, "Alias")
}

// UpdateAlias moves an alias from the key that has it to another, both in any state.
// The caller needs the permission for both.
//
// It returns AliasNotFound of "AliasName" for one that no key has, and what CreateAlias
// returns but AlreadyExists.
func (s *Service) UpdateAlias(ctx context.Context, req UpdateAliasRequest) (resp ChangeResponse, err error) {
	if req.KeyId == "" {
		return resp, kmshttp.Missing("KeyId")
	}
	if _, _, err := s.owner(ctx, req.AliasName); err != nil {
		return resp, err
	}
	m, k, err := s.change(ctx, req.KeyId)
	if err != nil {
		return resp, err
	}
	resp, err = s.changed(m.SetAlias(ctx, req.AliasName, k.KeyID))
	return resp, ofAlias(err, "Alias")
}

// DeleteAlias takes an alias away from its key, in any state. The caller needs the
// permission for that key.
//
// It returns what UpdateAlias returns, except the errors about KeyId.
func (s *Service) DeleteAlias(ctx context.Context, req DeleteAliasRequest) (resp ChangeResponse, err error) {
	m, _, err := s.owner(ctx, req.AliasName)
	if err != nil {
		return resp, err
	}
	resp, err = s.changed(m.DeleteAlias(ctx, req.AliasName))
	return resp, ofAlias(err, "Alias")
}

// owner finds the key that has an alias.
func (s *Service) owner(ctx context.Context, alias string) (keyring.Manager, keyring.Key, error) {
	if err := checkAlias(alias); err != nil {
		return nil, keyring.Key{}, err
	}
	m, k, err := s.describe(ctx, alias)
	return m, k, ofAlias(err, "KeyId")
}

// checkAlias refuses what is no alias at all. The rest is for the store.
func checkAlias(alias string) error {
	switch {
	case alias == "":
		return kmshttp.Missing("AliasName")
	case !strings.HasPrefix(alias, "alias/"):
		return kmshttp.Invalid("AliasName", `an alias begins with "alias/"`)
	case len(alias) > maxAlias:
		return kmshttp.Invalid("AliasName", "it is too long")
	}
	return nil
}

// maxAlias is the longest alias, with its prefix.
const maxAlias = 6 + 255

// ofAlias is an error of the store about an alias, which it calls param, under the
// name that the request has for it.
func ofAlias(err error, param string) error {
	var e *errors.Error
	if !errors.As(err, &e) || e.Param != param {
		return err
	}
	renamed := *e
	renamed.Param = "AliasName"
	return &renamed
}
