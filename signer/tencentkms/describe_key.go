// SPDX-License-Identifier: Apache-2.0

package tencentkms

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/kmshttp"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

// maxKeys is how many keys one request may name.
const maxKeys = 100

// A DescribeKeyRequest asks about a key.
type DescribeKeyRequest struct {
	KeyId string
}

// A DescribeKeyResponse describes a key.
type DescribeKeyResponse struct {
	KeyMetadata KeyMetadata
	// RequestId is set by the handler.
	RequestId string
}

// A DescribeKeysRequest asks about 1 to 100 keys.
type DescribeKeysRequest struct {
	KeyIds []string
}

// A DescribeKeysResponse describes them, in the order of the request.
type DescribeKeysResponse struct {
	KeyMetadatas []KeyMetadata
	// RequestId is set by the handler.
	RequestId string
}

// KeyMetadata describes a key. Times are in seconds since 1970.
type KeyMetadata struct {
	KeyId string
	// Alias is the first of the key's aliases by name, without "alias/"; "" for none.
	Alias       string
	CreateTime  int64
	Description string
	// KeyState is Enabled, Disabled, PendingDelete or PendingImport.
	KeyState string
	// KeyUsage is what ListAlgorithms has; ASYMMETRIC_SIGN_VERIFY_RSA_3072 and
	// ASYMMETRIC_SIGN_VERIFY_ECC_P256K for keys of RSA_3072 and EC_P256K, which the
	// provider does not have.
	KeyUsage string
	// DeletionDate is when a key that is PendingDelete may be deleted, 0 for no date.
	DeletionDate int64
	// Origin is "TENCENT_KMS" and Owner is "user". The rest is zero.
	Origin             string
	Owner              string
	Type               int64
	CreatorUin         int64
	KeyRotationEnabled bool
	NextRotateTime     int64
	ValidTo            int64
	ResourceId         string
	HsmClusterId       string
}

// DescribeKey describes a key in any state.
//
// It returns MissingParameter of "KeyId" for an empty one and InvalidParameter of
// "KeyId" for an alias, an ARN and what the store does not take; KeyNotFound;
// Throttled, Unavailable and context errors from the store, whose other errors are
// Internal. A Store that is no [keyring.Manager] is AccessDenied. A nil context is
// InvalidParameter of "Context"; a nil Service and one without a Store are Internal.
func (s *Service) DescribeKey(ctx context.Context, req DescribeKeyRequest) (resp DescribeKeyResponse, err error) {
	m, err := s.manager(ctx)
	if err != nil {
		return resp, err
	}
	k, err := s.describe(ctx, m, req.KeyId)
	if err != nil {
		return resp, err
	}
	return DescribeKeyResponse{KeyMetadata: metadata(k), RequestId: s.exchange.ID()}, nil
}

// DescribeKeys describes keys in any state: all of them, or none if there is an error
// about one.
//
// It returns MissingParameter of "KeyIds" for none, InvalidParameter for more than
// 100 and of "KeyIds" for one twice, and what DescribeKey returns about each.
func (s *Service) DescribeKeys(ctx context.Context, req DescribeKeysRequest) (resp DescribeKeysResponse, err error) {
	_, keys, err := s.describeAll(ctx, req.KeyIds)
	if err != nil {
		return resp, err
	}
	resp.KeyMetadatas = make([]KeyMetadata, 0, len(keys))
	for _, k := range keys {
		resp.KeyMetadatas = append(resp.KeyMetadatas, metadata(k))
	}
	resp.RequestId = s.exchange.ID()
	return resp, nil
}

// manager is the Store, if it can list keys.
func (s *Service) manager(ctx context.Context) (keyring.Manager, error) {
	if s == nil {
		return nil, &errors.Error{Code: errors.Internal, Param: "Service", Reason: "the service is nil"}
	}
	return kmshttp.Manager(ctx, s.Store)
}

// describe finds a key that the caller may use.
func (s *Service) describe(ctx context.Context, m keyring.Manager, keyID string) (keyring.Key, error) {
	if err := checkKeyID(keyID); err != nil {
		return keyring.Key{}, err
	}
	return s.exchange.Describe(ctx, m, keyID)
}

// describeAll finds several keys.
func (s *Service) describeAll(ctx context.Context, keyIDs []string) (keyring.Manager, []keyring.Key, error) {
	m, err := s.manager(ctx)
	if err != nil {
		return nil, nil, err
	}
	switch n := len(keyIDs); {
	case n == 0:
		return nil, nil, kmshttp.Missing("KeyIds")
	case n > maxKeys:
		return nil, nil, kmshttp.Invalid("", "there are more than 100 KeyIds")
	}
	keys := make([]keyring.Key, 0, len(keyIDs))
	for i, id := range keyIDs {
		if slices.Contains(keyIDs[:i], id) {
			return nil, nil, kmshttp.Invalid("KeyIds", "a key is there twice")
		}
		k, err := s.describe(ctx, m, id)
		if err != nil {
			return nil, nil, err
		}
		keys = append(keys, k)
	}
	s.exchange.About(keyIDs)
	return m, keys, nil
}

// What the provider calls the states.
var states = map[keyring.State]string{
	keyring.Enabled: "Enabled", keyring.Disabled: "Disabled",
	keyring.PendingDeletion: "PendingDelete", keyring.PendingImport: "PendingImport",
}

func metadata(k keyring.Key) KeyMetadata {
	m := KeyMetadata{
		KeyId: k.KeyID, Alias: aliasOf(k), CreateTime: seconds(k.Created), Description: k.Description,
		KeyState: states[k.State], KeyUsage: usageOf(k.KeySpec), Origin: originKMS, Owner: "user",
	}
	if k.State == keyring.PendingDeletion {
		m.DeletionDate = seconds(k.DeletionDate)
	}
	return m
}

// originKMS is that of every key here.
const originKMS = "TENCENT_KMS"

const aliasPrefix = "alias/"

// aliasOf is the alias that the provider would show, which has one for each key.
func aliasOf(k keyring.Key) string {
	if len(k.Aliases) == 0 {
		return ""
	}
	return strings.TrimPrefix(k.Aliases[0], aliasPrefix)
}

// seconds is a time as the provider writes it, 0 for none.
func seconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}
