// SPDX-License-Identifier: Apache-2.0

package alikms

import (
	"context"
	"time"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/kmshttp"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

// A DescribeKeyRequest asks about a key.
type DescribeKeyRequest struct {
	// KeyId is the id of a key, "alias/NAME", or a key ARN.
	KeyId string
}

// A DescribeKeyResponse describes a key.
type DescribeKeyResponse struct {
	KeyMetadata KeyMetadata
	// RequestId is set by the handler.
	RequestId string
}

// KeyMetadata describes a key. Times are in UTC, as 2006-01-02T15:04:05Z.
type KeyMetadata struct {
	KeyId string
	// Arn is the key's, with a region and an account that mean nothing here.
	Arn string
	// KeySpec is one of the five, KeyUsage is "SIGN/VERIFY".
	KeySpec  string
	KeyUsage string
	// KeyState is Enabled, Disabled, PendingDeletion or PendingImport.
	KeyState string
	// CreationDate is when the key was made or imported.
	CreationDate string
	// DeleteDate is when a key that is PendingDeletion may be deleted, "" if it has no
	// date.
	DeleteDate  string `json:",omitempty" xml:",omitempty"`
	Description string
	// PrimaryKeyVersion is the id of the version that was made last, and
	// LastRotationDate when that was.
	PrimaryKeyVersion string
	LastRotationDate  string
	// ProtectionLevel is "SOFTWARE", and "HSM" for a key held elsewhere.
	ProtectionLevel string
	// Origin is "Aliyun_KMS", AutomaticRotation and DeletionProtection are "Disabled",
	// Creator and MaterialExpireTime are "".
	Origin             string
	AutomaticRotation  string
	DeletionProtection string
	Creator            string
	MaterialExpireTime string
}

// A DescribeKeyVersionRequest asks about a version of a key. Both fields are
// required; they are as in AsymmetricSignRequest.
type DescribeKeyVersionRequest struct {
	KeyId        string
	KeyVersionId string
}

// A DescribeKeyVersionResponse describes a version of a key.
type DescribeKeyVersionResponse struct {
	KeyVersion KeyVersion
	// RequestId is set by the handler.
	RequestId string
}

// A KeyVersion is a version of a key.
type KeyVersion struct {
	KeyId        string
	KeyVersionId string
	// CreationDate is when the version was made or imported, as 2006-01-02T15:04:05Z.
	CreationDate string
}

// DescribeKey describes a key in any state.
//
// It returns MissingParameter of "KeyId" for an empty one and InvalidParameter of
// "KeyId" for what the store does not take; KeyNotFound and AliasNotFound; Throttled,
// Unavailable and context errors from the store, whose other errors are Internal. A
// Store that is no [keyring.Manager] is AccessDenied. A nil context is
// InvalidParameter of "Context"; a nil Service and one without a Store are Internal.
func (s *Service) DescribeKey(ctx context.Context, req DescribeKeyRequest) (resp DescribeKeyResponse, err error) {
	if req.KeyId == "" {
		return resp, kmshttp.Missing("KeyId")
	}
	_, k, err := s.describe(ctx, req.KeyId)
	if err != nil {
		return resp, err
	}
	return DescribeKeyResponse{KeyMetadata: metadata(k), RequestId: s.exchange.ID()}, nil
}

// DescribeKeyVersion describes a version of a key in any state. The Store need not be
// a Manager.
//
// It returns MissingParameter of "KeyVersionId" for an empty one, InvalidParameter of
// "KeyVersionId" for what the store does not take, KeyVersionNotFound, and what
// DescribeKey returns.
func (s *Service) DescribeKeyVersion(
	ctx context.Context, req DescribeKeyVersionRequest,
) (resp DescribeKeyVersionResponse, err error) {
	if err := needKey(req.KeyId, req.KeyVersionId); err != nil {
		return resp, err
	}
	id, err := s.name(ctx, req.KeyId)
	if err != nil {
		return resp, err
	}
	v, err := s.exchange.Version(ctx, s.Store, id, req.KeyVersionId)
	if err != nil {
		return resp, err
	}
	return DescribeKeyVersionResponse{KeyVersion: version(v), RequestId: s.exchange.ID()}, nil
}

// manager is the Store, if it can list keys.
func (s *Service) manager(ctx context.Context) (keyring.Manager, error) {
	if s == nil {
		return nil, &errors.Error{Code: errors.Internal, Param: "Service", Reason: "the service is nil"}
	}
	return kmshttp.Manager(ctx, s.Store)
}

// describe finds a key that the caller may use.
func (s *Service) describe(ctx context.Context, keyID string) (keyring.Manager, keyring.Key, error) {
	m, err := s.manager(ctx)
	if err != nil {
		return nil, keyring.Key{}, err
	}
	id, err := s.name(ctx, keyID)
	if err != nil {
		return nil, keyring.Key{}, err
	}
	k, err := s.exchange.Describe(ctx, m, id)
	return m, k, err
}

// arnPrefix is the region and the account of every ARN here.
const arnPrefix = "acs:kms:local:0:"

func keyARN(keyID string) string { return arnPrefix + "key/" + keyID }

func metadata(k keyring.Key) KeyMetadata {
	m := KeyMetadata{
		KeyId: k.KeyID, Arn: keyARN(k.KeyID), KeySpec: string(k.KeySpec), KeyUsage: signVerify,
		KeyState: string(k.State), CreationDate: date(k.Created), Description: k.Description,
		PrimaryKeyVersion: k.Primary, ProtectionLevel: protection(k),
		Origin: originKMS, AutomaticRotation: disabled, DeletionProtection: disabled,
	}
	if k.State == keyring.PendingDeletion {
		m.DeleteDate = date(k.DeletionDate)
	}
	for _, v := range k.Versions {
		if v.VersionID == k.Primary {
			m.LastRotationDate = date(v.Created)
		}
	}
	return m
}

// What every key has here.
const (
	signVerify = "SIGN/VERIFY"
	originKMS  = "Aliyun_KMS"
	disabled   = "Disabled"
	software   = "SOFTWARE"
)

func protection(k keyring.Key) string {
	if k.HeldElsewhere {
		return "HSM"
	}
	return software
}

func version(v *keyring.Version) KeyVersion {
	return KeyVersion{KeyId: v.KeyID, KeyVersionId: v.VersionID, CreationDate: date(v.Created)}
}

// date is a time as the provider writes it, "" for none.
func date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(timeLayout)
}
