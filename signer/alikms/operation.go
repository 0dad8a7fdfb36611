package alikms

import (
	"context"

	"github.com/kmsigner/kmsigner/internal/front"
)

// An operation reads its request from the parameters, does it, and puts the id of
// the request into the response.
type operation func(ctx context.Context, s *Service, p front.Params, x *front.Exchange) (any, error)

var operations = map[string]operation{
	"AsymmetricSign":   asymmetricSign,
	"AsymmetricVerify": asymmetricVerify,
	"GetPublicKey":     getPublicKey,
}

func asymmetricSign(ctx context.Context, s *Service, p front.Params, x *front.Exchange) (any, error) {
	dry, err := dryRun(p)
	if err != nil {
		return nil, err
	}
	resp, err := s.asymmetricSign(ctx, AsymmetricSignRequest{
		KeyId: p.Get("KeyId"), KeyVersionId: p.Get("KeyVersionId"),
		Algorithm: p.Get("Algorithm"), Digest: p.Get("Digest"), DryRun: dry,
	}, x.Authorize)
	resp.RequestId = x.RequestID
	return resp, err
}

func asymmetricVerify(ctx context.Context, s *Service, p front.Params, x *front.Exchange) (any, error) {
	dry, err := dryRun(p)
	if err != nil {
		return nil, err
	}
	resp, err := s.asymmetricVerify(ctx, AsymmetricVerifyRequest{
		KeyId: p.Get("KeyId"), KeyVersionId: p.Get("KeyVersionId"),
		Algorithm: p.Get("Algorithm"), Digest: p.Get("Digest"), Value: p.Get("Value"), DryRun: dry,
	}, x.Authorize)
	resp.RequestId = x.RequestID
	return resp, err
}

func getPublicKey(ctx context.Context, s *Service, p front.Params, x *front.Exchange) (any, error) {
	dry, err := dryRun(p)
	if err != nil {
		return nil, err
	}
	resp, err := s.getPublicKey(ctx, GetPublicKeyRequest{
		KeyId: p.Get("KeyId"), KeyVersionId: p.Get("KeyVersionId"), DryRun: dry,
	}, x.Authorize)
	resp.RequestId = x.RequestID
	return resp, err
}

func dryRun(p front.Params) (bool, error) {
	switch p.Get("DryRun") {
	case "true":
		return true, nil
	case "", "false":
		return false, nil
	}
	return false, front.Invalid("DryRun", "it is neither true nor false")
}
