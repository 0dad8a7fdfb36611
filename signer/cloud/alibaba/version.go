// SPDX-License-Identifier: Apache-2.0

package alibaba

import (
	"context"
	"crypto"
	"encoding/base64"

	kms "github.com/alibabacloud-go/kms-20160120/v3/client"
	"github.com/alibabacloud-go/tea/dara"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
)

// A Version is a version of a key in the cloud.
type Version struct {
	keyID, versionID string
	public           crypto.PublicKey
	conn             *conn
}

// New finds a version of a key, as [Find] does, and returns its signer, as
// [Version.Signer] does.
func New(
	ctx context.Context, client *kms.Client, keyID, versionID string, alg keyspec.Algorithm, opts ...signer.Option,
) (signer.Signer, error) {
	v, err := Find(ctx, client, keyID, versionID)
	if err != nil {
		return nil, err
	}
	return v.Signer(alg, opts...)
}

// Find asks the provider for a version of a key and for its public key. keyID is the
// id of a key, "alias/NAME" or a key ARN. An empty versionID is the version that
// DescribeKey calls the primary one; for a key without a primary one it is the newest
// of ListKeyVersions.
//
// It returns InvalidParameter of "Context", "Client" or "KeyId" for a nil or empty
// one, and of "KeyId" for a key of none of the five key specs; KeyVersionNotFound if
// the key has no version; context errors of a context that is done before the call;
// and the errors that [Version.Signer] lists for signing.
func Find(ctx context.Context, client *kms.Client, keyID, versionID string) (*Version, error) {
	switch {
	case ctx == nil:
		return nil, invalid("Context", "the context is nil")
	case client == nil:
		return nil, invalid("Client", "the client is nil")
	case keyID == "":
		return nil, invalid("KeyId", "it is empty")
	case ctx.Err() != nil:
		return nil, ctx.Err()
	}
	c := newConn(client)
	if versionID == "" {
		var err error
		if versionID, err = c.primary(ctx, keyID); err != nil {
			return nil, err
		}
	}
	var answer kms.GetPublicKeyResponseBody
	err := c.call(ctx, "GetPublicKey", map[string]string{"KeyId": keyID, "KeyVersionId": versionID}, &answer)
	if err != nil {
		return nil, err
	}
	v := &Version{keyID: dara.StringValue(answer.KeyId), versionID: dara.StringValue(answer.KeyVersionId), conn: c}
	public := dara.StringValue(answer.PublicKey)
	if v.keyID == "" || v.versionID == "" || public == "" {
		return nil, &errors.Error{Code: errors.Internal, Reason: "the answer has no key id, no version id or no public key"}
	}
	v.public, err = keyspec.ParsePublicKey([]byte(public))
	if err != nil {
		const reason = "the key has no public key that signs here"
		return nil, &errors.Error{Code: errors.InvalidParameter, Param: "KeyId", Reason: reason, Err: err}
	}
	return v, nil
}

// KeyID returns the id of the key, whatever name it was found by.
func (v *Version) KeyID() string {
	if v == nil {
		return ""
	}
	return v.keyID
}

// VersionID returns the id of the version.
func (v *Version) VersionID() string {
	if v == nil {
		return ""
	}
	return v.versionID
}

// Public returns the public key, in one of the types that package keyspec lists, as
// the provider gave it to [Find]. It must not be changed.
func (v *Version) Public() crypto.PublicKey {
	if v == nil {
		return nil
	}
	return v.public
}

// Signer returns the signer of this version for one of the key's algorithms. The
// options are those of [signer.FromFunc], such as VerifyAfterSign; so are the errors.
//
// Signing returns KeyNotFound, KeyVersionNotFound, AliasNotFound, KeyDisabled,
// KeyPendingDeletion, KeyPendingImport, Unauthenticated, AccessDenied, Throttled,
// InvalidParameter, MissingParameter, Unavailable and Internal as the provider's code
// says; InvalidParameter and AccessDenied also for a key or an account for which the
// operation is not allowed; Unavailable, wrapping the cause, if the service cannot be
// reached, and also the context's error if the context is done; Internal for a code that
// is not known and for an answer that makes no sense, such as one of another version.
func (v *Version) Signer(alg keyspec.Algorithm, opts ...signer.Option) (signer.Signer, error) {
	if v == nil || v.conn == nil {
		return nil, invalid("Version", "it was not made by Find")
	}
	sign := func(ctx context.Context, digest []byte) ([]byte, error) {
		var answer kms.AsymmetricSignResponseBody
		err := v.conn.call(ctx, "AsymmetricSign", map[string]string{
			"KeyId": v.keyID, "KeyVersionId": v.versionID, "Algorithm": string(alg),
			"Digest": base64.StdEncoding.EncodeToString(digest),
		}, &answer)
		if err != nil {
			return nil, err
		}
		if dara.StringValue(answer.KeyVersionId) != v.versionID {
			return nil, &errors.Error{Code: errors.Internal, Reason: "the answer is of another key version"}
		}
		sig, err := base64.StdEncoding.DecodeString(dara.StringValue(answer.Value))
		if err != nil {
			return nil, &errors.Error{Code: errors.Internal, Reason: "the signature is not in base64"}
		}
		return sig, nil
	}
	return signer.FromFunc(v.public, alg, sign, opts...)
}

// primary finds the id of the version that new signatures are made with.
func (c *conn) primary(ctx context.Context, keyID string) (string, error) {
	var key kms.DescribeKeyResponseBody
	if err := c.call(ctx, "DescribeKey", map[string]string{"KeyId": keyID}, &key); err != nil {
		return "", err
	}
	if m := key.KeyMetadata; m != nil && dara.StringValue(m.PrimaryKeyVersion) != "" {
		return *m.PrimaryKeyVersion, nil
	}
	return c.newest(ctx, keyID)
}
