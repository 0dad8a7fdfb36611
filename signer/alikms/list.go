// SPDX-License-Identifier: Apache-2.0

package alikms

import (
	"context"
	"math"

	"github.com/kmsigner/kmsigner/internal/kmshttp"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

// The sizes of a page.
const (
	defaultPage = 10
	maxPage     = 100
)

// A ListKeysRequest asks for a page of the keys.
type ListKeysRequest struct {
	// PageNumber counts from 1, and 0 is 1. PageSize is 1 to 100, and 0 is 10.
	PageNumber, PageSize int
	// Filters is JSON, such as [{"Key":"KeyState","Values":["Enabled","Disabled"]}], of
	// at most 10 filters with at most 10 values each. A key has to have one of the values
	// of each Key: KeyState, KeySpec, KeyUsage, ProtectionLevel, or CreatorType, which is
	// "User" for all keys. One without values filters nothing.
	Filters string
}

// A ListKeysResponse is a page of the keys, the oldest first.
type ListKeysResponse struct {
	Keys KeyList
	// PageNumber and PageSize are those that counted, TotalCount is how many keys there
	// are on all pages.
	PageNumber, PageSize, TotalCount int
	// RequestId is set by the handler.
	RequestId string
}

// A KeyList is the object in which the provider's answers have their keys.
type KeyList struct{ Key []Key }

// A Key is a key in a list.
type Key struct {
	KeyId string
	// KeyArn has a region and an account that mean nothing here.
	KeyArn string
}

// A ListKeyVersionsRequest asks for a page of the versions of a key.
type ListKeyVersionsRequest struct {
	// KeyId is the id of a key, "alias/NAME", or a key ARN.
	KeyId string
	// PageNumber and PageSize are as in ListKeysRequest.
	PageNumber, PageSize int
}

// A ListKeyVersionsResponse is a page of the versions of a key, the oldest first.
type ListKeyVersionsResponse struct {
	KeyVersions KeyVersionList
	// PageNumber, PageSize and TotalCount are as in ListKeysResponse.
	PageNumber, PageSize, TotalCount int
	// RequestId is set by the handler.
	RequestId string
}

// A KeyVersionList is the object in which the provider's answers have their versions.
type KeyVersionList struct{ KeyVersion []KeyVersion }

// A ListAliasesRequest asks for a page of the aliases of all keys.
type ListAliasesRequest struct {
	// PageNumber and PageSize are as in ListKeysRequest.
	PageNumber, PageSize int
}

// A ListAliasesResponse is a page of aliases, sorted by name.
type ListAliasesResponse struct {
	Aliases AliasList
	// PageNumber, PageSize and TotalCount are as in ListKeysResponse.
	PageNumber, PageSize, TotalCount int
	// RequestId is set by the handler.
	RequestId string
}

// An AliasList is the object in which the provider's answers have their aliases.
type AliasList struct{ Alias []Alias }

// An Alias is an alias of a key.
type Alias struct {
	KeyId string
	// AliasName begins with "alias/".
	AliasName string
	// AliasArn has a region and an account that mean nothing here.
	AliasArn string
}

// A ListAliasesByKeyIdRequest asks for a page of the aliases of a key.
type ListAliasesByKeyIdRequest struct {
	// KeyId is the id of a key, "alias/NAME", or a key ARN.
	KeyId string
	// PageNumber and PageSize are as in ListKeysRequest.
	PageNumber, PageSize int
}

// A ListAliasesByKeyIdResponse is a ListAliasesResponse for one key.
type ListAliasesByKeyIdResponse ListAliasesResponse

// ListKeys lists the keys in every state. A page after the last one is empty.
//
// It returns InvalidParameter of "PageNumber" and of "PageSize" for one out of its
// bounds, and of "Filters" for another form; Throttled, Unavailable and context errors
// from the store, whose other errors are Internal. A Store that is no
// [keyring.Manager] is AccessDenied. A nil context is InvalidParameter of "Context";
// a nil Service and one without a Store are Internal.
func (s *Service) ListKeys(ctx context.Context, req ListKeysRequest) (resp ListKeysResponse, err error) {
	p, err := pageOf(req.PageNumber, req.PageSize)
	if err != nil {
		return resp, err
	}
	filters, err := parseFilters(req.Filters)
	if err != nil {
		return resp, err
	}
	m, err := s.manager(ctx)
	if err != nil {
		return resp, err
	}
	if err := s.exchange.Authorize(ctx, ""); err != nil {
		return resp, err
	}
	keys, total, err := filters.list(ctx, m, p)
	if err != nil {
		return resp, err
	}
	list := make([]Key, 0, len(keys))
	for _, k := range keys {
		list = append(list, Key{KeyId: k.KeyID, KeyArn: keyARN(k.KeyID)})
	}
	return ListKeysResponse{
		Keys: KeyList{list}, PageNumber: p.number, PageSize: p.size, TotalCount: total, RequestId: s.exchange.ID(),
	}, nil
}

// ListKeyVersions lists the versions of a key in any state. A page after the last one
// is empty.
//
// It returns InvalidParameter of "PageNumber" and of "PageSize" for one out of its
// bounds, and what DescribeKey returns.
func (s *Service) ListKeyVersions(
	ctx context.Context, req ListKeyVersionsRequest,
) (resp ListKeyVersionsResponse, err error) {
	if req.KeyId == "" {
		return resp, kmshttp.Missing("KeyId")
	}
	p, err := pageOf(req.PageNumber, req.PageSize)
	if err != nil {
		return resp, err
	}
	_, k, err := s.describe(ctx, req.KeyId)
	if err != nil {
		return resp, err
	}
	list := []KeyVersion{}
	for _, v := range part(k.Versions, p) {
		list = append(list, version(v))
	}
	return ListKeyVersionsResponse{
		KeyVersions: KeyVersionList{list}, PageNumber: p.number, PageSize: p.size, TotalCount: len(k.Versions),
		RequestId: s.exchange.ID(),
	}, nil
}

// ListAliases lists the aliases of all keys. A page after the last one is empty. It
// returns what ListKeys returns, except the errors about Filters.
func (s *Service) ListAliases(ctx context.Context, req ListAliasesRequest) (resp ListAliasesResponse, err error) {
	p, err := pageOf(req.PageNumber, req.PageSize)
	if err != nil {
		return resp, err
	}
	m, err := s.manager(ctx)
	if err != nil {
		return resp, err
	}
	if err := s.exchange.Authorize(ctx, ""); err != nil {
		return resp, err
	}
	return s.aliases(ctx, m, "", p)
}

// ListAliasesByKeyId lists the aliases of a key in any state. A page after the last
// one is empty. It returns what ListKeyVersions returns.
func (s *Service) ListAliasesByKeyId(
	ctx context.Context, req ListAliasesByKeyIdRequest,
) (resp ListAliasesByKeyIdResponse, err error) {
	if req.KeyId == "" {
		return resp, kmshttp.Missing("KeyId")
	}
	p, err := pageOf(req.PageNumber, req.PageSize)
	if err != nil {
		return resp, err
	}
	m, k, err := s.describe(ctx, req.KeyId)
	if err != nil {
		return resp, err
	}
	all, err := s.aliases(ctx, m, k.KeyID, p)
	return ListAliasesByKeyIdResponse(all), err
}

func (s *Service) aliases(
	ctx context.Context, m keyring.Manager, keyID string, p page,
) (resp ListAliasesResponse, err error) {
	aliases, total, err := m.Aliases(ctx, keyID, p.of())
	if err != nil {
		return resp, kmshttp.ListError(err)
	}
	list := make([]Alias, 0, len(aliases))
	for _, a := range aliases {
		list = append(list, Alias{KeyId: a.KeyID, AliasName: a.Name, AliasArn: arnPrefix + a.Name})
	}
	return ListAliasesResponse{
		Aliases: AliasList{list}, PageNumber: p.number, PageSize: p.size, TotalCount: total, RequestId: s.exchange.ID(),
	}, nil
}

// A page is a part of a list, numbered from 1.
type page struct{ number, size int }

func pageOf(number, size int) (page, error) {
	if number == 0 {
		number = 1
	}
	if size == 0 {
		size = defaultPage
	}
	if err := kmshttp.Within("PageNumber", number, 1, math.MaxInt32); err != nil {
		return page{}, err
	}
	return page{number, size}, kmshttp.Within("PageSize", size, 1, maxPage)
}

// of is the page as a Manager counts.
func (p page) of() keyring.Page {
	// An int may have 32 bits; no list is that long.
	offset := min(int64(p.number-1)*int64(p.size), math.MaxInt32)
	return keyring.Page{Offset: int(offset), Limit: p.size}
}

// part returns the page of a list.
func part[T any](list []T, p page) []T {
	from := min(p.of().Offset, len(list))
	return list[from:min(from+p.size, len(list))]
}
