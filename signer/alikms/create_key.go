// SPDX-License-Identifier: Apache-2.0

package alikms

import (
	"context"

	"github.com/kmsigner/kmsigner/internal/kmshttp"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

// A CreateKeyRequest asks for a new key. KeySpec is required.
type CreateKeyRequest struct {
	// KeySpec is one of the five.
	KeySpec string
	// KeyUsage is "SIGN/VERIFY", ProtectionLevel is "SOFTWARE", Origin is "Aliyun_KMS";
	// "" is that, too.
	KeyUsage        string
	ProtectionLevel string
	Origin          string
	// Description is free text of at most 8,192 bytes.
	Description string
	// DKMSInstanceId means nothing here.
	DKMSInstanceId string
	// What keys do not have here: false and "", and "[]" for Tags.
	EnableAutomaticRotation bool
	RotationInterval        string
	Tags                    string
	Policy                  string
}

// A CreateKeyResponse describes the new key.
type CreateKeyResponse struct {
	KeyMetadata KeyMetadata
	// RequestId is set by the handler.
	RequestId string
}

// A CreateKeyVersionRequest asks for a new version of a key.
type CreateKeyVersionRequest struct {
	// KeyId is the id of a key, "alias/NAME", or a key ARN.
	KeyId string
}

// A CreateKeyVersionResponse is the new version.
type CreateKeyVersionResponse struct {
	KeyVersion KeyVersion
	// RequestId is set by the handler.
	RequestId string
}

// CreateKey makes a key, Enabled and without an alias.
//
// It returns MissingParameter of "KeySpec" for an empty one, and InvalidParameter of the
// parameter for a KeySpec that is none of the five, a Description that the store does not
// accept, and a property that keys do not have here; Throttled, Unavailable and context
// errors from the store, whose other errors are Internal. A Store that is no
// [keyring.Manager], and one that is read-only, is AccessDenied. A nil context is
// InvalidParameter of "Context"; a nil Service and one without a Store are Internal.
func (s *Service) CreateKey(ctx context.Context, req CreateKeyRequest) (resp CreateKeyResponse, err error) {
	if req.KeySpec == "" {
		return resp, kmshttp.Missing("KeySpec")
	}
	spec, err := keyspec.Parse(req.KeySpec)
	if err != nil {
		return resp, err
	}
	if err := req.check(); err != nil {
		return resp, err
	}
	m, err := s.manager(ctx)
	if err != nil {
		return resp, err
	}
	if err := s.exchange.Authorize(ctx, ""); err != nil {
		return resp, err
	}
	v, err := m.CreateWith(ctx, spec, keyring.Attributes{Description: req.Description})
	if err != nil {
		return resp, kmshttp.ChangeError(err)
	}
	s.exchange.Made(v)
	k := keyring.Key{
		KeyID: v.KeyID, KeySpec: v.KeySpec, State: v.State, Created: v.Created, Description: req.Description,
		Primary: v.VersionID, Versions: []*keyring.Version{v},
	}
	return CreateKeyResponse{KeyMetadata: metadata(k), RequestId: s.exchange.ID()}, nil
}

// check refuses what keys do not have here.
func (r *CreateKeyRequest) check() error {
	only := func(param, got, want string) error {
		if got == "" || got == want {
			return nil
		}
		return kmshttp.Invalid(param, "it can only be "+want)
	}
	none := func(param string, has bool) error {
		if has {
			return kmshttp.Invalid(param, "keys here do not have that")
		}
		return nil
	}
	for _, err := range []error{
		only("KeyUsage", r.KeyUsage, signVerify),
		only("ProtectionLevel", r.ProtectionLevel, software),
		only("Origin", r.Origin, originKMS),
		none("EnableAutomaticRotation", r.EnableAutomaticRotation),
		none("RotationInterval", r.RotationInterval != ""),
		none("Tags", r.Tags != "" && r.Tags != "[]"), none("Policy", r.Policy != ""),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

// CreateKeyVersion makes a new version of an Enabled key, which becomes its primary
// one. The others stay.
//
// It returns KeyDisabled, KeyPendingDeletion and KeyPendingImport, InvalidParameter of
// "KeyId" for a key held elsewhere, AccessDenied for a Store that is read-only, and what
// DescribeKey returns.
func (s *Service) CreateKeyVersion(
	ctx context.Context, req CreateKeyVersionRequest,
) (resp CreateKeyVersionResponse, err error) {
	m, k, err := s.change(ctx, req.KeyId)
	if err != nil {
		return resp, err
	}
	v, err := m.Rotate(ctx, k.KeyID)
	if err != nil {
		return resp, kmshttp.ChangeError(err)
	}
	s.exchange.Made(v)
	return CreateKeyVersionResponse{KeyVersion: version(v), RequestId: s.exchange.ID()}, nil
}

// change finds a key that the caller may change.
func (s *Service) change(ctx context.Context, keyID string) (keyring.Manager, keyring.Key, error) {
	if keyID == "" {
		return nil, keyring.Key{}, kmshttp.Missing("KeyId")
	}
	return s.describe(ctx, keyID)
}
