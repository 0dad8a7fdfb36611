// SPDX-License-Identifier: Apache-2.0

package alikms

import (
	"context"
	"encoding/base64"
	"strconv"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/kmshttp"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

// A Service has the operations over a store of keys. Its methods check requests as
// the provider does and return errors of this library, which [Describe] turns
// into the provider's. They neither authenticate nor authorise the caller; the
// handler does. They are safe for concurrent use if the Store is.
type Service struct {
	// Store finds the keys. Without one, every operation returns Internal.
	Store keyring.Store

	exchange *kmshttp.Exchange // of the request that a handler serves with this copy; else nil
}

// AsymmetricSign signs a digest.
//
// It returns MissingParameter for a field that is empty, and InvalidParameter of
// "Digest" for what is not base64 of 32 bytes, of "Algorithm" for one that does not
// exist or that the key does not have, and of "KeyId" or "KeyVersionId" for what
// the store does not take; KeyNotFound, KeyVersionNotFound and AliasNotFound;
// KeyDisabled, KeyPendingDeletion and KeyPendingImport; Throttled, Unavailable and
// context errors from the store or the owner of the key, whose other errors are
// Internal. A nil context is InvalidParameter of "Context"; a nil Service and one
// without a Store are Internal. The package documentation has the order. With
// DryRun it never returns a signature: the error DryRun says that it would have.
func (s *Service) AsymmetricSign(
	ctx context.Context, req AsymmetricSignRequest,
) (resp AsymmetricSignResponse, err error) {
	defer inDryRun(req.DryRun, &err)
	alg, digest, err := parseDigest(req.KeyId, req.KeyVersionId, req.Algorithm, req.Digest)
	if err != nil {
		return resp, err
	}
	v, err := s.key(ctx, req.KeyId, req.KeyVersionId)
	if err != nil {
		return resp, err
	}
	s.exchange.Use(req.Algorithm)
	signer, err := v.Signer(alg)
	if err := ready(err, keyspec.Pair{KeySpec: v.KeySpec, Algorithm: alg}, digest, req.DryRun); err != nil {
		return resp, err
	}
	sig, err := signer.SignDigest(ctx, digest)
	if err != nil {
		return resp, kmshttp.OperationError(err)
	}
	return AsymmetricSignResponse{
		KeyId: v.KeyID, KeyVersionId: v.VersionID, Value: base64.StdEncoding.EncodeToString(sig), RequestId: s.exchange.ID(),
	}, nil
}

// AsymmetricVerify verifies a signature of a digest. A signature that does not fit
// is no error but a Value of false.
//
// It returns what AsymmetricSign returns, and InvalidParameter of "Value" for what
// is not base64.
func (s *Service) AsymmetricVerify(
	ctx context.Context, req AsymmetricVerifyRequest,
) (resp AsymmetricVerifyResponse, err error) {
	defer inDryRun(req.DryRun, &err)
	alg, digest, err := parseDigest(req.KeyId, req.KeyVersionId, req.Algorithm, req.Digest)
	if err != nil {
		return resp, err
	}
	sig, err := kmshttp.Decode("Value", req.Value)
	if err != nil {
		return resp, err
	}
	v, err := s.key(ctx, req.KeyId, req.KeyVersionId)
	if err != nil {
		return resp, err
	}
	s.exchange.Use(req.Algorithm)
	verifier, err := v.Verifier(alg)
	if err := ready(err, keyspec.Pair{KeySpec: v.KeySpec, Algorithm: alg}, digest, req.DryRun); err != nil {
		return resp, err
	}
	err = verifier.VerifyDigest(digest, sig)
	if err != nil && !errors.Is(err, errors.InvalidSignature) {
		return resp, kmshttp.OperationError(err)
	}
	return AsymmetricVerifyResponse{
		KeyId: v.KeyID, KeyVersionId: v.VersionID, Value: err == nil, RequestId: s.exchange.ID(),
	}, nil
}

// GetPublicKey returns the public key of a version. It returns what AsymmetricSign
// returns for the fields that it has, for the context, and for the Service.
func (s *Service) GetPublicKey(ctx context.Context, req GetPublicKeyRequest) (resp GetPublicKeyResponse, err error) {
	defer inDryRun(req.DryRun, &err)
	if err := needKey(req.KeyId, req.KeyVersionId); err != nil {
		return resp, err
	}
	v, err := s.key(ctx, req.KeyId, req.KeyVersionId)
	if err != nil {
		return resp, err
	}
	pem, err := keyspec.MarshalPublicKey(v.Public())
	if err != nil {
		return resp, &errors.Error{Code: errors.Internal, Reason: "the key has no public key", Err: err}
	}
	if req.DryRun {
		return resp, errors.DryRun
	}
	return GetPublicKeyResponse{
		KeyId: v.KeyID, KeyVersionId: v.VersionID, PublicKey: string(pem), RequestId: s.exchange.ID(),
	}, nil
}

func (s *Service) key(ctx context.Context, keyID, versionID string) (*keyring.Version, error) {
	id, err := s.name(ctx, keyID)
	if err != nil {
		return nil, err
	}
	return s.exchange.Key(ctx, s.Store, id, versionID)
}

// name is what the store calls a key: an id or an alias.
func (s *Service) name(ctx context.Context, keyID string) (string, error) {
	if s == nil {
		return "", &errors.Error{Code: errors.Internal, Param: "Service", Reason: "the service is nil"}
	}
	id, err := resolveARN(keyID)
	if err != nil {
		// It leads to no key; but that is only for a principal that may use it to know.
		if e := s.exchange.Authorize(ctx, keyID); e != nil {
			return "", e
		}
		return "", err
	}
	return id, nil
}

func needKey(keyID, versionID string) error {
	switch "" {
	case keyID:
		return kmshttp.Missing("KeyId")
	case versionID:
		return kmshttp.Missing("KeyVersionId")
	}
	return nil
}

// parseDigest checks what can be checked without the key.
func parseDigest(keyID, versionID, algorithm, digest string) (keyspec.Algorithm, []byte, error) {
	if err := needKey(keyID, versionID); err != nil {
		return "", nil, err
	}
	if algorithm == "" {
		return "", nil, kmshttp.Missing("Algorithm")
	}
	d, err := kmshttp.Decode("Digest", digest)
	if err != nil {
		return "", nil, err
	}
	alg, err := keyspec.ParseAlgorithm(algorithm)
	return alg, d, err
}

// ready is the last step before an operation on a digest: the error of its signer
// or verifier, the size of the digest, and DryRun.
func ready(err error, pair keyspec.Pair, digest []byte, dryRun bool) error {
	switch size := pair.DigestSize(); {
	case err != nil:
		return kmshttp.KeyError(err)
	case len(digest) != size:
		return kmshttp.Invalid("Digest", "a digest is "+strconv.Itoa(size)+" bytes, got "+strconv.Itoa(len(digest)))
	case dryRun:
		return errors.DryRun
	}
	return nil
}

// inDryRun marks the error of a dry run, for Describe.
func inDryRun(dry bool, err *error) {
	if dry && *err != nil {
		*err = &dryRunError{*err}
	}
}

// A dryRunError is an error of a call with DryRun.
type dryRunError struct{ err error }

func (e *dryRunError) Error() string { return e.err.Error() }
func (e *dryRunError) Unwrap() error { return e.err }
