// SPDX-License-Identifier: Apache-2.0

package tencentkms

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/pem"
	"strconv"
	"strings"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/kmshttp"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

// MaxMessage is the most bytes of a RAW message, before base64.
const MaxMessage = 4096

// A Service has the operations over a store of keys. Its methods check requests as
// the provider does and return errors of this library, which [Describe] turns
// into the provider's. They neither authenticate nor authorise the caller; the
// handler does. They are safe for concurrent use if the Store is.
type Service struct {
	// Store finds the keys. Without one, every operation returns Internal.
	Store keyring.Store

	exchange *kmshttp.Exchange // of the request that a handler serves with this copy; else nil
}

// SignByAsymmetricKey signs a message, or a digest, with the primary version of a
// key. A message is hashed here: SHA-256, or SM3(Z(A) || M) with the id
// 1234567812345678 for SM2DSA.
//
// It returns MissingParameter for a field that is empty, and InvalidParameter of
// "Message" for what is not base64, is longer than MaxMessage or is no digest of 32 bytes,
// of "MessageType" for another one, of "Algorithm" for one that does not exist or
// that the key does not have, and of "KeyId" for an alias, an ARN and what the store
// does not take; KeyNotFound; KeyDisabled, KeyPendingDeletion and
// KeyPendingImport; Throttled, Unavailable and context errors from the store or the
// owner of the key, whose other errors are Internal. A nil context is
// InvalidParameter of "Context"; a nil Service and one without a Store are Internal.
// The package documentation has the order.
func (s *Service) SignByAsymmetricKey(
	ctx context.Context, req SignByAsymmetricKeyRequest,
) (resp SignByAsymmetricKeyResponse, err error) {
	if req.KeyId == "" {
		return resp, kmshttp.Missing("KeyId")
	}
	m, v, err := s.message(ctx, req.KeyId, req.Algorithm, req.Message, req.MessageType)
	if err != nil {
		return resp, err
	}
	sr, err := v.Signer(m.pair.Algorithm)
	if err != nil {
		return resp, kmshttp.KeyError(err)
	}
	if err := m.check(); err != nil {
		return resp, err
	}
	var sig []byte
	if m.isDigest {
		sig, err = sr.SignDigest(ctx, m.data)
	} else {
		sig, err = signer.SignMessage(ctx, sr, bytes.NewReader(m.data))
	}
	if err != nil {
		return resp, kmshttp.OperationError(err)
	}
	return SignByAsymmetricKeyResponse{Signature: base64.StdEncoding.EncodeToString(sig), RequestId: s.exchange.ID()}, nil
}

// VerifyByAsymmetricKey verifies a signature with the primary version of a key. A
// signature that does not fit is no error but a SignatureValid of false.
//
// It returns what SignByAsymmetricKey returns, and InvalidParameter of
// "SignatureValue" for what is not base64.
func (s *Service) VerifyByAsymmetricKey(
	ctx context.Context, req VerifyByAsymmetricKeyRequest,
) (resp VerifyByAsymmetricKeyResponse, err error) {
	if req.KeyId == "" {
		return resp, kmshttp.Missing("KeyId")
	}
	sig, err := kmshttp.Decode("SignatureValue", req.SignatureValue)
	if err != nil {
		return resp, err
	}
	m, v, err := s.message(ctx, req.KeyId, req.Algorithm, req.Message, req.MessageType)
	if err != nil {
		return resp, err
	}
	vr, err := v.Verifier(m.pair.Algorithm)
	if err != nil {
		return resp, kmshttp.KeyError(err)
	}
	if err := m.check(); err != nil {
		return resp, err
	}
	if m.isDigest {
		err = vr.VerifyDigest(m.data, sig)
	} else {
		err = signer.VerifyMessage(vr, bytes.NewReader(m.data), sig)
	}
	if err != nil && !errors.Is(err, errors.InvalidSignature) {
		return resp, kmshttp.OperationError(err)
	}
	return VerifyByAsymmetricKeyResponse{SignatureValid: err == nil, RequestId: s.exchange.ID()}, nil
}

// GetPublicKey returns the public key of the primary version of an Enabled key. It
// returns what SignByAsymmetricKey returns for the field that it has, for the
// context, and for the Service.
func (s *Service) GetPublicKey(ctx context.Context, req GetPublicKeyRequest) (resp GetPublicKeyResponse, err error) {
	if req.KeyId == "" {
		return resp, kmshttp.Missing("KeyId")
	}
	v, err := s.key(ctx, req.KeyId)
	if err != nil {
		return resp, err
	}
	text, err := keyspec.MarshalPublicKey(v.Public())
	block, _ := pem.Decode(text)
	if err != nil || block == nil {
		return resp, &errors.Error{Code: errors.Internal, Reason: "the key has no public key", Err: err}
	}
	return GetPublicKeyResponse{
		KeyId: v.KeyID, PublicKey: base64.StdEncoding.EncodeToString(block.Bytes), PublicKeyPem: string(text),
		RequestId: s.exchange.ID(),
	}, nil
}

// ListAlgorithms lists the algorithms that a key can have here. It does not fail,
// not even for a nil Service.
func (s *Service) ListAlgorithms(ctx context.Context, _ ListAlgorithmsRequest) (ListAlgorithmsResponse, error) {
	if s == nil {
		return listAlgorithms(), nil
	}
	if err := s.exchange.Authorize(ctx, ""); err != nil {
		return ListAlgorithmsResponse{}, err
	}
	resp := listAlgorithms()
	resp.RequestId = s.exchange.ID()
	return resp, nil
}

// key finds the primary version of a key.
func (s *Service) key(ctx context.Context, keyID string) (*keyring.Version, error) {
	if s == nil {
		return nil, &errors.Error{Code: errors.Internal, Param: "Service", Reason: "the service is nil"}
	}
	if err := checkKeyID(keyID); err != nil {
		return nil, err
	}
	return s.exchange.Key(ctx, s.Store, keyID, "")
}

// message parses what is signed, finds the key, and checks that the algorithm is the key's.
func (s *Service) message(
	ctx context.Context, keyID, algorithm, data, messageType string,
) (m message, v *keyring.Version, err error) {
	if m, err = parseMessage(algorithm, data, messageType); err != nil {
		return m, nil, err
	}
	if v, err = s.key(ctx, keyID); err != nil {
		return m, nil, err
	}
	s.exchange.Use(algorithm)
	return m, v, fits(m.pair, v.KeySpec)
}

// checkKeyID rejects the names that other providers have.
func checkKeyID(keyID string) error {
	if strings.ContainsAny(keyID, "/:") {
		return kmshttp.Invalid("KeyId", "it is an alias or an ARN, which this provider does not have")
	}
	return nil
}

// A message is what is to be signed.
type message struct {
	pair     keyspec.Pair
	data     []byte
	isDigest bool
}

// parseMessage checks what can be checked without the key.
func parseMessage(algorithm, data, messageType string) (m message, err error) {
	if m.pair, err = parseAlgorithm(algorithm); err != nil {
		return m, err
	}
	switch messageType {
	case "", "RAW":
	case "DIGEST":
		m.isDigest = true
	default:
		return m, kmshttp.Invalid("MessageType", "it is neither RAW nor DIGEST")
	}
	m.data, err = kmshttp.Decode("Message", data)
	return m, err
}

func (m message) check() error {
	switch n, size := len(m.data), m.pair.DigestSize(); {
	case m.isDigest && n != size:
		return kmshttp.Invalid("Message", "a digest is "+strconv.Itoa(size)+" bytes, got "+strconv.Itoa(n))
	case n > MaxMessage:
		return kmshttp.Invalid("Message", "a message has at most "+strconv.Itoa(MaxMessage)+" bytes, got "+strconv.Itoa(n))
	}
	return nil
}
