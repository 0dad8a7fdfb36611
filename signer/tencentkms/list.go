// SPDX-License-Identifier: Apache-2.0

package tencentkms

import (
	"context"
	"math"
	"slices"
	"strings"

	"github.com/kmsigner/kmsigner/internal/kmshttp"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

// The numbers of keys in one answer.
const (
	defaultLimit = 10
	maxLimit     = 200
)

// A ListKeysRequest asks for a part of the keys.
type ListKeysRequest struct {
	// Offset is how many keys to leave out before the first. Limit is 1 to 200, and 0
	// is 10.
	Offset, Limit int
	// Role is 0 for the user's keys, which all are, and 1 for those of the provider's
	// other services.
	Role int
	// HsmClusterId has to be "".
	HsmClusterId string
}

// A ListKeysResponse is a part of the keys, the oldest first.
type ListKeysResponse struct {
	Keys []Key
	// TotalCount is how many there are.
	TotalCount int
	// RequestId is set by the handler.
	RequestId string
}

// A Key is a key in a list.
type Key struct {
	KeyId string
}

// A ListKeyDetailRequest asks for a part of the keys that are as it says.
type ListKeyDetailRequest struct {
	// Offset, Limit, Role and HsmClusterId are as in ListKeysRequest.
	Offset, Limit int
	Role          int
	HsmClusterId  string
	// OrderType is 0 for the newest key first, 1 for the oldest.
	OrderType int
	// KeyState is 0 for all keys, 1 for Enabled ones, 2 for Disabled, 3 for
	// PendingDelete, 4 for PendingImport and 5 for Archived, which none is.
	KeyState int
	// SearchKeyAlias is a part of the id or of an alias.
	SearchKeyAlias string
	// Origin is "TENCENT_KMS", "EXTERNAL", which no key is, or "" or "ALL" for all.
	Origin string
	// KeyUsage is one that KeyMetadata has, one of the provider's others, which no key
	// has, or "" or "ALL" for all.
	KeyUsage string
}

// A ListKeyDetailResponse is a part of the keys.
type ListKeyDetailResponse struct {
	// TotalCount is how many there are that are as the request says.
	TotalCount   int
	KeyMetadatas []KeyMetadata
	// RequestId is set by the handler.
	RequestId string
}

// ListKeys lists the keys in every state. Beyond the last one there are none.
//
// It returns InvalidParameter of "Offset", "Limit", "Role" and "HsmClusterId" for a
// value that is not supported; Throttled, Unavailable and context errors from the store, whose
// other errors are Internal. A Store that is no [keyring.Manager] is AccessDenied. A
// nil context is InvalidParameter of "Context"; a nil Service and one without a Store
// are Internal.
func (s *Service) ListKeys(ctx context.Context, req ListKeysRequest) (resp ListKeysResponse, err error) {
	p, err := part(req.Offset, req.Limit, req.Role, req.HsmClusterId)
	if err != nil {
		return resp, err
	}
	m, err := s.lister(ctx)
	if err != nil {
		return resp, err
	}
	keys, total := []keyring.Key{}, 0
	if req.Role == 0 {
		if keys, total, err = m.ListPage(ctx, p); err != nil {
			return resp, kmshttp.ListError(err)
		}
	}
	list := make([]Key, 0, len(keys))
	for _, k := range keys {
		list = append(list, Key{KeyId: k.KeyID})
	}
	return ListKeysResponse{Keys: list, TotalCount: total, RequestId: s.exchange.ID()}, nil
}

// ListKeyDetail lists the keys that are as the request says, with what DescribeKey has
// of them. Beyond the last one there are none.
//
// It returns InvalidParameter of "OrderType", "KeyState", "Origin" and "KeyUsage" for
// a value that does not exist, and what ListKeys returns.
func (s *Service) ListKeyDetail(ctx context.Context, req ListKeyDetailRequest) (resp ListKeyDetailResponse, err error) {
	p, err := part(req.Offset, req.Limit, req.Role, req.HsmClusterId)
	if err != nil {
		return resp, err
	}
	if err := req.check(); err != nil {
		return resp, err
	}
	m, err := s.lister(ctx)
	if err != nil {
		return resp, err
	}
	keys, _, err := m.ListPage(ctx, keyring.Page{})
	if err != nil {
		return resp, kmshttp.ListError(err)
	}
	if req.OrderType == 0 {
		slices.Reverse(keys)
	}
	keys = slices.DeleteFunc(keys, func(k keyring.Key) bool { return !req.match(k) })
	resp.TotalCount = len(keys)
	keys = keys[min(p.Offset, len(keys)):]
	resp.KeyMetadatas = []KeyMetadata{}
	for _, k := range keys[:min(p.Limit, len(keys))] {
		resp.KeyMetadatas = append(resp.KeyMetadatas, metadata(k))
	}
	resp.RequestId = s.exchange.ID()
	return resp, nil
}

// lister is a manager for a caller that may list.
func (s *Service) lister(ctx context.Context) (keyring.Manager, error) {
	m, err := s.manager(ctx)
	if err != nil {
		return nil, err
	}
	return m, s.exchange.Authorize(ctx, "")
}

// part checks what the lists have in common.
func part(offset, limit, role int, cluster string) (keyring.Page, error) {
	if limit == 0 {
		limit = defaultLimit
	}
	err := kmshttp.Within("Offset", offset, 0, math.MaxInt32)
	if err == nil {
		err = kmshttp.Within("Limit", limit, 1, maxLimit)
	}
	if err == nil {
		err = kmshttp.Within("Role", role, 0, 1)
	}
	if err == nil && cluster != "" {
		err = noCluster()
	}
	return keyring.Page{Offset: offset, Limit: limit}, err
}

func noCluster() error { return kmshttp.Invalid("HsmClusterId", "there are no HSM clusters here") }

// check refuses what no key can be.
func (r *ListKeyDetailRequest) check() error {
	if err := kmshttp.Within("OrderType", r.OrderType, 0, 1); err != nil {
		return err
	}
	if err := kmshttp.Within("KeyState", r.KeyState, 0, 5); err != nil {
		return err
	}
	switch r.Origin {
	case "", all, originKMS, "EXTERNAL":
	default:
		return kmshttp.Invalid("Origin", "it is none of TENCENT_KMS, EXTERNAL and ALL")
	}
	if !strings.HasPrefix(r.KeyUsage, "ASYMMETRIC_") {
		switch r.KeyUsage {
		case "", all, "ENCRYPT_DECRYPT":
		default:
			return kmshttp.Invalid("KeyUsage", "it is none that there is")
		}
	}
	return nil
}

// all filters nothing.
const all = "ALL"

// match reports whether a key is as the request says.
func (r *ListKeyDetailRequest) match(k keyring.Key) bool {
	byNumber := []keyring.State{
		k.State, keyring.Enabled, keyring.Disabled, keyring.PendingDeletion, keyring.PendingImport, "Archived",
	}
	named := func(name string) bool {
		return strings.Contains(strings.TrimPrefix(name, aliasPrefix), r.SearchKeyAlias)
	}
	return r.Role == 0 &&
		k.State == byNumber[r.KeyState] &&
		(r.Origin == "" || r.Origin == all || r.Origin == originKMS) &&
		(r.KeyUsage == "" || r.KeyUsage == all || r.KeyUsage == usageOf(k.KeySpec)) &&
		(named(k.KeyID) || slices.ContainsFunc(k.Aliases, named))
}
