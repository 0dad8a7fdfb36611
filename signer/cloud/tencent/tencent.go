// SPDX-License-Identifier: Apache-2.0

package tencent

import (
	"context"
	"encoding/base64"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	kms "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/kms/v20190118"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
)

// algorithms are the provider's names, for the pairs that it has.
var algorithms = map[keyspec.Pair]string{
	{KeySpec: keyspec.RSA2048, Algorithm: keyspec.RSAPSSSHA256}:   "RSA_PSS_SHA_256",
	{KeySpec: keyspec.RSA2048, Algorithm: keyspec.RSAPKCS1SHA256}: "RSA_PKCS1_SHA_256",
	{KeySpec: keyspec.ECP256, Algorithm: keyspec.ECDSASHA256}:     "ECC_P256_R1",
	{KeySpec: keyspec.ECSM2, Algorithm: keyspec.SM2DSA}:           "SM2DSA",
}

// New asks the provider for the public key of keyID and returns the signer of that
// key. The options are those of [signer.FromFunc], such as VerifyAfterSign; so are the
// errors. The context is that of the request.
//
// New also returns InvalidParameter of "Context", "Client" or "KeyId" for a nil or
// empty one, of "KeyId" for a key of none of the five key specs, and of "Algorithm" for
// a pair that the provider does not have; context errors of a context that is done
// before the call; and the errors that signing returns.
//
// Signing returns KeyNotFound, KeyDisabled, KeyPendingDeletion, KeyPendingImport,
// Unauthenticated, AccessDenied, Throttled, InvalidParameter, MissingParameter,
// Unavailable and Internal as the provider's code says; Unavailable if the service
// cannot be reached, wrapping the context's error if the context is done; Internal for a
// code that is not known and for an answer that makes no sense.
//
// The provider has one code for keys that are disabled, pending deletion and pending
// import; what its message does not tell apart is KeyDisabled.
func New(
	ctx context.Context, client *kms.Client, keyID string, alg keyspec.Algorithm, opts ...signer.Option,
) (signer.Signer, error) {
	switch {
	case ctx == nil:
		return nil, invalid("Context", "the context is nil")
	case client == nil:
		return nil, invalid("Client", "the client is nil")
	case client.GetCredential() == nil:
		return nil, invalid("Client", "the client has no credential")
	case keyID == "":
		return nil, invalid("KeyId", "it is empty")
	case ctx.Err() != nil:
		return nil, ctx.Err()
	}
	req := kms.NewGetPublicKeyRequest()
	req.KeyId = &keyID
	answer, err := client.GetPublicKeyWithContext(ctx, req)
	if err != nil {
		return nil, translate(ctx, err)
	}
	if answer.Response == nil || answer.Response.PublicKeyPem == nil {
		return nil, &errors.Error{Code: errors.Internal, Reason: "the answer has no public key"}
	}
	public, err := keyspec.ParsePublicKey([]byte(*answer.Response.PublicKeyPem))
	if err != nil {
		const reason = "the key has no public key that signs here"
		return nil, &errors.Error{Code: errors.InvalidParameter, Param: "KeyId", Reason: reason, Err: err}
	}
	var name string
	sign := func(ctx context.Context, digest []byte) ([]byte, error) {
		req := kms.NewSignByAsymmetricKeyRequest()
		req.KeyId, req.Algorithm, req.MessageType = &keyID, &name, common.StringPtr("DIGEST")
		req.Message = common.StringPtr(base64.StdEncoding.EncodeToString(digest))
		answer, err := client.SignByAsymmetricKeyWithContext(ctx, req)
		if err != nil {
			return nil, translate(ctx, err)
		}
		if answer.Response == nil || answer.Response.Signature == nil {
			return nil, &errors.Error{Code: errors.Internal, Reason: "the answer has no signature"}
		}
		sig, err := base64.StdEncoding.DecodeString(*answer.Response.Signature)
		if err != nil {
			return nil, &errors.Error{Code: errors.Internal, Reason: "the signature is not in base64"}
		}
		return sig, nil
	}
	s, err := signer.FromFunc(public, alg, sign, opts...)
	if err != nil {
		return nil, err
	}
	p := keyspec.Pair{KeySpec: s.KeySpec(), Algorithm: alg}
	if name = algorithms[p]; name == "" {
		return nil, invalid("Algorithm", "Tencent Cloud KMS has no "+p.String())
	}
	return s, nil
}
