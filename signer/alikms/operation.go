// SPDX-License-Identifier: Apache-2.0

package alikms

import (
	"context"
	"maps"
	"math"

	"github.com/kmsigner/kmsigner/internal/kmshttp"
)

// A handle reads the request of an operation from the parameters, and carries it out.
type handle func(ctx context.Context, s *Service, p kmshttp.Params) (any, error)

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
			req := DescribeKeyVersionRequest{KeyId: p.Get("KeyId"), KeyVersionId: p.Get("KeyVersionId")}
			return s.DescribeKeyVersion(ctx, req)
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
		"ListAliasesByKeyId": paged(s, func(
			ctx context.Context, s *Service, p kmshttp.Params, number, size int,
		) (any, error) {
			req := ListAliasesByKeyIdRequest{KeyId: p.Get("KeyId"), PageNumber: number, PageSize: size}
			return s.ListAliasesByKeyId(ctx, req)
		}),
	}
}

// changes returns the operations that change keys.
func changes(s *Service) map[string]kmshttp.Operation {
	return map[string]kmshttp.Operation{
		"CreateKey": change(s, func(ctx context.Context, s *Service, p kmshttp.Params) (any, error) {
			rotation, err := boolean(p, "EnableAutomaticRotation")
			if err != nil {
				return nil, err
			}
			return s.CreateKey(ctx, CreateKeyRequest{
				KeySpec: p.Get("KeySpec"), KeyUsage: p.Get("KeyUsage"), Origin: p.Get("Origin"),
				ProtectionLevel: p.Get("ProtectionLevel"),
				Description:     p.Get("Description"), DKMSInstanceId: p.Get("DKMSInstanceId"), EnableAutomaticRotation: rotation,
				RotationInterval: p.Get("RotationInterval"), Tags: p.Get("Tags"), Policy: p.Get("Policy"),
			})
		}),
		"CreateKeyVersion": change(s, func(ctx context.Context, s *Service, p kmshttp.Params) (any, error) {
			return s.CreateKeyVersion(ctx, CreateKeyVersionRequest{KeyId: p.Get("KeyId")})
		}),
		"EnableKey": change(s, func(ctx context.Context, s *Service, p kmshttp.Params) (any, error) {
			return s.EnableKey(ctx, EnableKeyRequest{KeyId: p.Get("KeyId")})
		}),
		"DisableKey": change(s, func(ctx context.Context, s *Service, p kmshttp.Params) (any, error) {
			return s.DisableKey(ctx, DisableKeyRequest{KeyId: p.Get("KeyId")})
		}),
		"ScheduleKeyDeletion": change(s, func(ctx context.Context, s *Service, p kmshttp.Params) (any, error) {
			days, err := p.Number("PendingWindowInDays", 0, minWindow, maxWindow)
			if err != nil {
				return nil, err
			}
			return s.ScheduleKeyDeletion(ctx, ScheduleKeyDeletionRequest{KeyId: p.Get("KeyId"), PendingWindowInDays: days})
		}),
		"CancelKeyDeletion": change(s, func(ctx context.Context, s *Service, p kmshttp.Params) (any, error) {
			return s.CancelKeyDeletion(ctx, CancelKeyDeletionRequest{KeyId: p.Get("KeyId")})
		}),
		"UpdateKeyDescription": change(s, func(ctx context.Context, s *Service, p kmshttp.Params) (any, error) {
			req := UpdateKeyDescriptionRequest{KeyId: p.Get("KeyId"), Description: p.Get("Description")}
			return s.UpdateKeyDescription(ctx, req)
		}),
		"CreateAlias": change(s, func(ctx context.Context, s *Service, p kmshttp.Params) (any, error) {
			return s.CreateAlias(ctx, CreateAliasRequest{KeyId: p.Get("KeyId"), AliasName: p.Get("AliasName")})
		}),
		"UpdateAlias": change(s, func(ctx context.Context, s *Service, p kmshttp.Params) (any, error) {
			return s.UpdateAlias(ctx, UpdateAliasRequest{KeyId: p.Get("KeyId"), AliasName: p.Get("AliasName")})
		}),
		"DeleteAlias": change(s, func(ctx context.Context, s *Service, p kmshttp.Params) (any, error) {
			return s.DeleteAlias(ctx, DeleteAliasRequest{AliasName: p.Get("AliasName")})
		}),
	}
}

// change is an operation that is never a dry run: one that asks for that must not be
// carried out instead.
func change(s *Service, do handle) kmshttp.Operation {
	return plain(s, func(ctx context.Context, s *Service, p kmshttp.Params) (any, error) {
		if v := p.Get("DryRun"); v != "" && v != "false" {
			return nil, kmshttp.Invalid("DryRun", "this operation has no dry run")
		}
		return do(ctx, s, p)
	})
}

// plain is an operation without a dry run.
func plain(s *Service, do handle) kmshttp.Operation {
	return func(ctx context.Context, x *kmshttp.Exchange, c *kmshttp.Call) (any, error) {
		return do(ctx, &Service{Store: s.Store, exchange: x}, c.Params)
	}
}

// paged is an operation that answers with a page of a list.
func paged(
	s *Service, do func(ctx context.Context, s *Service, p kmshttp.Params, number, size int) (any, error),
) kmshttp.Operation {
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

func dryRun(p kmshttp.Params) (bool, error) { return boolean(p, "DryRun") }

func boolean(p kmshttp.Params, name string) (bool, error) {
	switch p.Get(name) {
	case "true":
		return true, nil
	case "", "false":
		return false, nil
	}
	return false, kmshttp.Invalid(name, "it is neither true nor false")
}
