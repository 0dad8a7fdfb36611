package tencentkms

import (
	"context"

	"github.com/kmsigner/kmsigner/internal/front"
)

// An operation reads its request from the parameters, does it, and puts the id of
// the request into the response. It refuses parameters that it does not have; the
// safety of TC3 rests on that, see parseTC3.
type operation func(ctx context.Context, s *Service, p front.Params, x *front.Exchange) (any, error)

var operations = map[string]operation{
	"SignByAsymmetricKey":   signByAsymmetricKey,
	"VerifyByAsymmetricKey": verifyByAsymmetricKey,
	"GetPublicKey":          getPublicKey,
	"ListAlgorithms":        algorithmList,
}

func signByAsymmetricKey(ctx context.Context, s *Service, p front.Params, x *front.Exchange) (any, error) {
	if err := p.Only("Algorithm", "Message", "KeyId", "MessageType"); err != nil {
		return nil, err
	}
	resp, err := s.signByAsymmetricKey(ctx, SignByAsymmetricKeyRequest{
		Algorithm: p.Get("Algorithm"), Message: p.Get("Message"), KeyId: p.Get("KeyId"), MessageType: p.Get("MessageType"),
	}, x.Authorize)
	resp.RequestId = x.RequestID
	return resp, err
}

func verifyByAsymmetricKey(ctx context.Context, s *Service, p front.Params, x *front.Exchange) (any, error) {
	if err := p.Only("KeyId", "SignatureValue", "Message", "Algorithm", "MessageType"); err != nil {
		return nil, err
	}
	resp, err := s.verifyByAsymmetricKey(ctx, VerifyByAsymmetricKeyRequest{
		KeyId: p.Get("KeyId"), SignatureValue: p.Get("SignatureValue"),
		Message: p.Get("Message"), Algorithm: p.Get("Algorithm"), MessageType: p.Get("MessageType"),
	}, x.Authorize)
	resp.RequestId = x.RequestID
	return resp, err
}

func getPublicKey(ctx context.Context, s *Service, p front.Params, x *front.Exchange) (any, error) {
	if err := p.Only("KeyId"); err != nil {
		return nil, err
	}
	resp, err := s.getPublicKey(ctx, GetPublicKeyRequest{KeyId: p.Get("KeyId")}, x.Authorize)
	resp.RequestId = x.RequestID
	return resp, err
}

func algorithmList(ctx context.Context, s *Service, p front.Params, x *front.Exchange) (any, error) {
	if err := p.Only(); err != nil {
		return nil, err
	}
	if err := x.Authorize(ctx, ""); err != nil {
		return nil, err
	}
	resp, err := s.ListAlgorithms(ctx, ListAlgorithmsRequest{})
	resp.RequestId = x.RequestID
	return resp, err
}
