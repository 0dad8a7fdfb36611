package tencentkms

import (
	"context"

	"github.com/kmsigner/kmsigner/internal/kmshttp"
)

// operations returns the operations on the wire: each reads its request from the
// parameters and calls the method of that name, on a Service that knows the
// exchange. A parameter that an operation does not have is refused; the safety of
// TC3 rests on that, see claimTC3.
func operations(s *Service) map[string]kmshttp.Operation {
	on := func(do func(ctx context.Context, s *Service, p kmshttp.Params) (any, error), params ...string) kmshttp.Operation {
		return func(ctx context.Context, x *kmshttp.Exchange, c *kmshttp.Call) (any, error) {
			if err := c.Params.Only(params...); err != nil {
				return nil, err
			}
			return do(ctx, &Service{Store: s.Store, exchange: x}, c.Params)
		}
	}
	return map[string]kmshttp.Operation{
		"SignByAsymmetricKey": on(func(ctx context.Context, s *Service, p kmshttp.Params) (any, error) {
			return s.SignByAsymmetricKey(ctx, SignByAsymmetricKeyRequest{
				Algorithm: p.Get("Algorithm"), Message: p.Get("Message"), KeyId: p.Get("KeyId"), MessageType: p.Get("MessageType"),
			})
		}, "Algorithm", "Message", "KeyId", "MessageType"),
		"VerifyByAsymmetricKey": on(func(ctx context.Context, s *Service, p kmshttp.Params) (any, error) {
			return s.VerifyByAsymmetricKey(ctx, VerifyByAsymmetricKeyRequest{
				KeyId: p.Get("KeyId"), SignatureValue: p.Get("SignatureValue"),
				Message: p.Get("Message"), Algorithm: p.Get("Algorithm"), MessageType: p.Get("MessageType"),
			})
		}, "KeyId", "SignatureValue", "Message", "Algorithm", "MessageType"),
		"GetPublicKey": on(func(ctx context.Context, s *Service, p kmshttp.Params) (any, error) {
			return s.GetPublicKey(ctx, GetPublicKeyRequest{KeyId: p.Get("KeyId")})
		}, "KeyId"),
		"ListAlgorithms": on(func(ctx context.Context, s *Service, _ kmshttp.Params) (any, error) {
			return s.ListAlgorithms(ctx, ListAlgorithmsRequest{})
		}),
	}
}
