package alikms

import (
	"context"

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
	return map[string]kmshttp.Operation{
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
