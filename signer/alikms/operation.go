package alikms

import (
	"context"
	"maps"
	"math"

	"github.com/kmsigner/kmsigner/internal/kmshttp"
)

// operations returns the operations on the wire: each reads its request from the
// parameters and calls the method of that name, on a Service that knows the
// exchange.
func operations(s *Service) map[string]kmshttp.Operation {
	on := func(do func(ctx context.Context, s *Service, p kmshttp.Params, dry bool) (any, error)) kmshttp.Operation {
		return func(ctx context.Context, x *kmshttp.Exchange, c *kmshttp.Call) (any, error) {
			dry, err := dryRun(c.Params)
			if err != nil {
				return nil, err
			}
			return do(ctx, &Service{Store: s.Store, exchange: x}, c.Params, dry)
		}
	}
	all := map[string]kmshttp.Operation{
		"AsymmetricSign": on(func(ctx context.Context, s *Service, p kmshttp.Params, dry bool) (any, error) {
			return s.AsymmetricSign(ctx, AsymmetricSignRequest{
				KeyId: p.Get("KeyId"), KeyVersionId: p.Get("KeyVersionId"),
				Algorithm: p.Get("Algorithm"), Digest: p.Get("Digest"), DryRun: dry,
			})
		}),
		"AsymmetricVerify": on(func(ctx context.Context, s *Service, p kmshttp.Params, dry bool) (any, error) {
			return s.AsymmetricVerify(ctx, AsymmetricVerifyRequest{
				KeyId: p.Get("KeyId"), KeyVersionId: p.Get("KeyVersionId"),
				Algorithm: p.Get("Algorithm"), Digest: p.Get("Digest"), Value: p.Get("Value"), DryRun: dry,
			})
		}),
		"GetPublicKey": on(func(ctx context.Context, s *Service, p kmshttp.Params, dry bool) (any, error) {
			return s.GetPublicKey(ctx, GetPublicKeyRequest{
				KeyId: p.Get("KeyId"), KeyVersionId: p.Get("KeyVersionId"), DryRun: dry,
			})
		}),
	}
	maps.Copy(all, reads(s))
	return all
}

// reads returns the operations that describe and list keys.
func reads(s *Service) map[string]kmshttp.Operation {
	return map[string]kmshttp.Operation{
		"DescribeKey": plain(s, func(ctx context.Context, s *Service, p kmshttp.Params) (any, error) {
			return s.DescribeKey(ctx, DescribeKeyRequest{KeyId: p.Get("KeyId")})
		}),
		"DescribeKeyVersion": plain(s, func(ctx context.Context, s *Service, p kmshttp.Params) (any, error) {
			return s.DescribeKeyVersion(ctx, DescribeKeyVersionRequest{KeyId: p.Get("KeyId"), KeyVersionId: p.Get("KeyVersionId")})
		}),
		"ListKeys": paged(s, func(ctx context.Context, s *Service, p kmshttp.Params, number, size int) (any, error) {
			return s.ListKeys(ctx, ListKeysRequest{PageNumber: number, PageSize: size, Filters: p.Get("Filters")})
		}),
		"ListKeyVersions": paged(s, func(ctx context.Context, s *Service, p kmshttp.Params, number, size int) (any, error) {
			return s.ListKeyVersions(ctx, ListKeyVersionsRequest{KeyId: p.Get("KeyId"), PageNumber: number, PageSize: size})
		}),
		"ListAliases": paged(s, func(ctx context.Context, s *Service, p kmshttp.Params, number, size int) (any, error) {
			return s.ListAliases(ctx, ListAliasesRequest{PageNumber: number, PageSize: size})
		}),
		"ListAliasesByKeyId": paged(s, func(ctx context.Context, s *Service, p kmshttp.Params, number, size int) (any, error) {
			return s.ListAliasesByKeyId(ctx, ListAliasesByKeyIdRequest{KeyId: p.Get("KeyId"), PageNumber: number, PageSize: size})
		}),
	}
}

// plain is an operation without a dry run.
func plain(s *Service, do func(ctx context.Context, s *Service, p kmshttp.Params) (any, error)) kmshttp.Operation {
	return func(ctx context.Context, x *kmshttp.Exchange, c *kmshttp.Call) (any, error) {
		return do(ctx, &Service{Store: s.Store, exchange: x}, c.Params)
	}
}

// paged is an operation that answers with a page of a list.
func paged(s *Service, do func(ctx context.Context, s *Service, p kmshttp.Params, number, size int) (any, error)) kmshttp.Operation {
	return plain(s, func(ctx context.Context, s *Service, p kmshttp.Params) (any, error) {
		number, err := p.Number("PageNumber", 1, 1, math.MaxInt32)
		if err != nil {
			return nil, err
		}
		size, err := p.Number("PageSize", defaultPage, 1, maxPage)
		if err != nil {
			return nil, err
		}
		return do(ctx, s, p, number, size)
	})
}

func dryRun(p kmshttp.Params) (bool, error) {
	switch p.Get("DryRun") {
	case "true":
		return true, nil
	case "", "false":
		return false, nil
	}
	return false, kmshttp.Invalid("DryRun", "it is neither true nor false")
}
