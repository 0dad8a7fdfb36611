// SPDX-License-Identifier: Apache-2.0

package dkms

import (
	"context"
	"fmt"
	"hash"
	"strings"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/kmshttp"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

// A Service is the operations over a store of keys. Its methods check requests as
// the provider does and return errors of this library, which [Describe] turns into
// the provider's. They neither authenticate nor authorise the caller; the handler
// does. They are safe for concurrent use if the Store is.
type Service struct {
	// Store finds the keys. Without one, every operation returns Internal.
	Store keyring.Store

	exchange *kmshttp.Exchange // of the request that a handler serves with this copy; else nil
}

// Sign signs a message or a digest.
//
// It returns MissingParameter for an empty KeyId or Message; InvalidParameter of
// "MessageType" for one that does not exist, of "Digest" if there is a Message or a
// MessageType RAW beside it, or if it is not 32 bytes, of "Message" if with DIGEST
// it is not 32 bytes, of "Algorithm" for one that does not exist or that the key
// does not have, and of "KeyId" or "KeyVersionId" for what the store does not take;
// KeyNotFound, KeyVersionNotFound and AliasNotFound; KeyDisabled, KeyPendingDeletion
// and KeyPendingImport; Throttled, Unavailable and context errors from the store or
// an external key, whose other errors are Internal. A nil context is
// InvalidParameter of "Context"; a nil Service and one without a Store are Internal.
func (s *Service) Sign(ctx context.Context, req SignRequest) (resp SignResponse, err error) {
	m, err := parseMessage(req.Message, req.Digest, req.MessageType)
	if err != nil {
		return resp, err
	}
	v, alg, err := s.key(ctx, req.KeyId, req.KeyVersionId, req.Algorithm)
	if err != nil {
		return resp, err
	}
	signer, err := v.Signer(alg)
	if err != nil {
		return resp, kmshttp.KeyError(err)
	}
	digest, err := m.digest(keyspec.Pair{KeySpec: v.KeySpec, Algorithm: alg}, signer.NewDigest)
	if err != nil {
		return resp, err
	}
	sig, err := signer.SignDigest(ctx, digest)
	if err != nil {
		return resp, kmshttp.OperationError(err)
	}
	return SignResponse{
		KeyId: v.KeyID, KeyVersionId: v.VersionID, Signature: sig,
		Algorithm: string(alg), MessageType: m.messageType, RequestId: s.exchange.ID(),
	}, nil
}

// Verify verifies a signature of a message or a digest. For a signature that does
// not verify it returns a Value of false and no error.
//
// It returns what Sign returns, and MissingParameter for an empty Signature.
func (s *Service) Verify(ctx context.Context, req VerifyRequest) (resp VerifyResponse, err error) {
	m, err := parseMessage(req.Message, req.Digest, req.MessageType)
	if err != nil {
		return resp, err
	}
	if len(req.Signature) == 0 {
		return resp, kmshttp.Missing("Signature")
	}
	v, alg, err := s.key(ctx, req.KeyId, req.KeyVersionId, req.Algorithm)
	if err != nil {
		return resp, err
	}
	verifier, err := v.Verifier(alg)
	if err != nil {
		return resp, kmshttp.KeyError(err)
	}
	digest, err := m.digest(keyspec.Pair{KeySpec: v.KeySpec, Algorithm: alg}, verifier.NewDigest)
	if err != nil {
		return resp, err
	}
	err = verifier.VerifyDigest(digest, req.Signature)
	if err != nil && !errors.Is(err, errors.InvalidSignature) {
		return resp, kmshttp.OperationError(err)
	}
	return VerifyResponse{
		KeyId: v.KeyID, KeyVersionId: v.VersionID, Value: err == nil,
		Algorithm: string(alg), MessageType: m.messageType, RequestId: s.exchange.ID(),
	}, nil
}

// GetPublicKey returns the public key of a version. It returns what Sign returns
// for the fields that it has, for the context, and for the Service.
func (s *Service) GetPublicKey(ctx context.Context, req GetPublicKeyRequest) (resp GetPublicKeyResponse, err error) {
	v, err := s.version(ctx, req.KeyId, req.KeyVersionId)
	if err != nil {
		return resp, err
	}
	pem, err := keyspec.MarshalPublicKey(v.Public())
	if err != nil {
		return resp, &errors.Error{Code: errors.Internal, Reason: "the key has no public key", Err: err}
	}
	return GetPublicKeyResponse{
		KeyId: v.KeyID, KeyVersionId: v.VersionID, PublicKey: string(pem), RequestId: s.exchange.ID(),
	}, nil
}

// key finds a version, and the algorithm that is asked for or the default of its key.
func (s *Service) key(
	ctx context.Context, keyID, versionID, algorithm string,
) (*keyring.Version, keyspec.Algorithm, error) {
	var alg keyspec.Algorithm
	if algorithm != "" {
		var err error
		if alg, err = keyspec.ParseAlgorithm(algorithm); err != nil {
			return nil, "", err
		}
	}
	v, err := s.version(ctx, keyID, versionID)
	if err != nil {
		return nil, "", err
	}
	if alg == "" {
		alg = v.KeySpec.Algorithms()[0] // lookups return valid key specs only
	}
	s.exchange.Use(string(alg))
	return v, alg, nil
}

func (s *Service) version(ctx context.Context, keyID, versionID string) (*keyring.Version, error) {
	if s == nil {
		return nil, &errors.Error{Code: errors.Internal, Param: "Service", Reason: "the service is nil"}
	}
	if strings.Contains(keyID, ":") {
		return nil, kmshttp.Invalid("KeyId", "it is an ARN, which this API does not have")
	}
	return s.exchange.Key(ctx, s.Store, keyID, versionID)
}

// A message is what is to be signed or verified.
type message struct {
	data        []byte
	param       string // where data is from
	messageType string
}

// parseMessage checks what can be checked without the key.
func parseMessage(data, digest []byte, messageType string) (message, error) {
	if len(digest) > 0 {
		if len(data) > 0 || messageType != "" && messageType != Digest {
			return message{}, kmshttp.Invalid("Digest", "it is given beside a Message or a MessageType other than DIGEST")
		}
		return message{digest, "Digest", Digest}, nil
	}
	switch messageType {
	case "":
		messageType = Raw
	case Raw, Digest:
	default:
		return message{}, kmshttp.Invalid("MessageType", "it is neither RAW nor DIGEST")
	}
	if len(data) == 0 {
		return message{}, kmshttp.Missing("Message")
	}
	return message{data, "Message", messageType}, nil
}

// digest returns the digest to sign.
func (m message) digest(pair keyspec.Pair, newDigest func() hash.Hash) ([]byte, error) {
	if m.messageType == Digest {
		if size := pair.DigestSize(); len(m.data) != size {
			return nil, kmshttp.Invalid(m.param, fmt.Sprintf("a digest is %d bytes, got %d", size, len(m.data)))
		}
		return m.data, nil
	}
	h := newDigest()
	h.Write(m.data)
	return h.Sum(nil), nil
}
