// SPDX-License-Identifier: Apache-2.0

package tencentkms

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
// exchange. A parameter that an operation does not have is refused: see claimTC3.
func operations(s *Service) map[string]kmshttp.Operation {
	all := map[string]kmshttp.Operation{
		"SignByAsymmetricKey": on(s, func(ctx context.Context, s *Service, p kmshttp.Params) (any, error) {
			return s.SignByAsymmetricKey(ctx, SignByAsymmetricKeyRequest{
				Algorithm: p.Get("Algorithm"), Message: p.Get("Message"), KeyId: p.Get("KeyId"), MessageType: p.Get("MessageType"),
			})
		}, "Algorithm", "Message", "KeyId", "MessageType"),
		"VerifyByAsymmetricKey": on(s, func(ctx context.Context, s *Service, p kmshttp.Params) (any, error) {
			return s.VerifyByAsymmetricKey(ctx, VerifyByAsymmetricKeyRequest{
				KeyId: p.Get("KeyId"), SignatureValue: p.Get("SignatureValue"),
				Message: p.Get("Message"), Algorithm: p.Get("Algorithm"), MessageType: p.Get("MessageType"),
			})
		}, "KeyId", "SignatureValue", "Message", "Algorithm", "MessageType"),
		"GetPublicKey": on(s, func(ctx context.Context, s *Service, p kmshttp.Params) (any, error) {
			return s.GetPublicKey(ctx, GetPublicKeyRequest{KeyId: p.Get("KeyId")})
		}, "KeyId"),
		"ListAlgorithms": on(s, func(ctx context.Context, s *Service, _ kmshttp.Params) (any, error) {
			return s.ListAlgorithms(ctx, ListAlgorithmsRequest{})
		}),
	}
	maps.Copy(all, reads(s))
	return all
}

// on is an operation that has these parameters and no others; kmshttp.Params.Only says
// what the marks at their ends mean.
func on(s *Service, do handle, params ...string) kmshttp.Operation {
	return func(ctx context.Context, x *kmshttp.Exchange, c *kmshttp.Call) (any, error) {
		if err := c.Params.Only(params...); err != nil {
			return nil, err
		}
		return do(ctx, &Service{Store: s.Store, exchange: x}, c.Params)
	}
}

// reads returns the operations that describe and list keys.
func reads(s *Service) map[string]kmshttp.Operation {
	return map[string]kmshttp.Operation{
		"DescribeKey": on(s, func(ctx context.Context, s *Service, p kmshttp.Params) (any, error) {
			return s.DescribeKey(ctx, DescribeKeyRequest{KeyId: p.Get("KeyId")})
		}, "KeyId"),
		"DescribeKeys": on(s, func(ctx context.Context, s *Service, p kmshttp.Params) (any, error) {
			ids, err := p.List("KeyIds")
			if err != nil {
				return nil, err
			}
			return s.DescribeKeys(ctx, DescribeKeysRequest{KeyIds: ids})
		}, "KeyIds[]"),
		"ListKeys": on(s, func(ctx context.Context, s *Service, p kmshttp.Params) (any, error) {
			n := numbers{Params: p}
			req := ListKeysRequest{
				Offset: n.get("Offset", 0, math.MaxInt32), Limit: n.limit(), Role: n.get("Role", 0, 1),
				HsmClusterId: p.Get("HsmClusterId"),
			}
			if n.err != nil {
				return nil, n.err
			}
			return s.ListKeys(ctx, req)
		}, "Offset#", "Limit#", "Role#", "HsmClusterId"),
		"ListKeyDetail": on(s, func(ctx context.Context, s *Service, p kmshttp.Params) (any, error) {
			n := numbers{Params: p}
			req := ListKeyDetailRequest{
				Offset: n.get("Offset", 0, math.MaxInt32), Limit: n.limit(), Role: n.get("Role", 0, 1),
				HsmClusterId: p.Get("HsmClusterId"),
				OrderType:    n.get("OrderType", 0, 1), KeyState: n.get("KeyState", 0, 5),
				SearchKeyAlias: p.Get("SearchKeyAlias"), Origin: p.Get("Origin"), KeyUsage: p.Get("KeyUsage"),
			}
			if n.err != nil {
				return nil, n.err
			}
			return s.ListKeyDetail(ctx, req)
		}, "Offset#", "Limit#", "Role#", "HsmClusterId", "OrderType#", "KeyState#", "SearchKeyAlias", "Origin", "KeyUsage"),
	}
}

// changes returns the operations that change keys.
func changes(s *Service) map[string]kmshttp.Operation {
	oneKey := func(do func(ctx context.Context, s *Service, keyID string) (any, error)) kmshttp.Operation {
		return on(s, func(ctx context.Context, s *Service, p kmshttp.Params) (any, error) {
			return do(ctx, s, p.Get("KeyId"))
		}, "KeyId")
	}
	manyKeys := func(do func(ctx context.Context, s *Service, keyIDs []string) (any, error)) kmshttp.Operation {
		return on(s, func(ctx context.Context, s *Service, p kmshttp.Params) (any, error) {
			ids, err := p.List("KeyIds")
			if err != nil {
				return nil, err
			}
			return do(ctx, s, ids)
		}, "KeyIds[]")
	}
	return map[string]kmshttp.Operation{
		"CreateKey": on(s, func(ctx context.Context, s *Service, p kmshttp.Params) (any, error) {
			n := numbers{Params: p}
			req := CreateKeyRequest{
				Alias: p.Get("Alias"), Description: p.Get("Description"), KeyUsage: p.Get("KeyUsage"), Type: n.get("Type", 1, 2),
				HsmClusterId: p.Get("HsmClusterId"),
			}
			if n.err != nil {
				return nil, n.err
			}
			return s.CreateKey(ctx, req)
		}, "Alias", "Description", "KeyUsage", "Type#", "HsmClusterId"),
		"EnableKey": oneKey(func(ctx context.Context, s *Service, keyID string) (any, error) {
			return s.EnableKey(ctx, EnableKeyRequest{keyID})
		}),
		"DisableKey": oneKey(func(ctx context.Context, s *Service, keyID string) (any, error) {
			return s.DisableKey(ctx, DisableKeyRequest{keyID})
		}),
		"EnableKeys": manyKeys(func(ctx context.Context, s *Service, keyIDs []string) (any, error) {
			return s.EnableKeys(ctx, EnableKeysRequest{keyIDs})
		}),
		"DisableKeys": manyKeys(func(ctx context.Context, s *Service, keyIDs []string) (any, error) {
			return s.DisableKeys(ctx, DisableKeysRequest{keyIDs})
		}),
		"ScheduleKeyDeletion": on(s, func(ctx context.Context, s *Service, p kmshttp.Params) (any, error) {
			days, err := p.Number("PendingWindowInDays", 0, minWindow, maxWindow)
			if err != nil {
				return nil, err
			}
			return s.ScheduleKeyDeletion(ctx, ScheduleKeyDeletionRequest{KeyId: p.Get("KeyId"), PendingWindowInDays: days})
		}, "KeyId", "PendingWindowInDays#"),
		"CancelKeyDeletion": oneKey(func(ctx context.Context, s *Service, keyID string) (any, error) {
			return s.CancelKeyDeletion(ctx, CancelKeyDeletionRequest{keyID})
		}),
		"UpdateAlias": on(s, func(ctx context.Context, s *Service, p kmshttp.Params) (any, error) {
			return s.UpdateAlias(ctx, UpdateAliasRequest{Alias: p.Get("Alias"), KeyId: p.Get("KeyId")})
		}, "Alias", "KeyId"),
		"UpdateKeyDescription": on(s, func(ctx context.Context, s *Service, p kmshttp.Params) (any, error) {
			req := UpdateKeyDescriptionRequest{Description: p.Get("Description"), KeyId: p.Get("KeyId")}
			return s.UpdateKeyDescription(ctx, req)
		}, "Description", "KeyId"),
	}
}

// numbers reads parameters that are numbers, and keeps the first error.
type numbers struct {
	kmshttp.Params
	err error
}

func (n *numbers) get(name string, least, most int) int {
	return n.or(name, 0, least, most)
}

func (n *numbers) limit() int { return n.or("Limit", defaultLimit, 1, maxLimit) }

func (n *numbers) or(name string, absent, least, most int) int {
	v, err := n.Number(name, absent, least, most)
	if n.err == nil {
		n.err = err
	}
	return v
}
