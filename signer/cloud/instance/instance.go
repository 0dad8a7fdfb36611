// SPDX-License-Identifier: Apache-2.0

package instance

import (
	"context"
	"math/bits"
	"time"

	"github.com/alibabacloud-go/tea/tea"
	util "github.com/aliyun/alibabacloud-dkms-gcs-go-sdk/openapi-util"
	sdk "github.com/aliyun/alibabacloud-dkms-gcs-go-sdk/sdk"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
)

// versionHeader names the version of a key, in requests and in answers.
const versionHeader = "x-kms-migrationkeyversionid"

const defaultTimeout = 10_000 // milliseconds

// New asks the provider for the public key of a version of a key and returns its signer.
// keyID is the id of a key or "alias/NAME". An empty versionID is the version that the
// service signs with now. The options are those of [signer.FromFunc], such as
// VerifyAfterSign; so are the errors. The context is that of the request.
//
// New also returns InvalidParameter of "Context", "Client" or "KeyId" for a nil or empty
// one, and of "KeyId" for a key of none of the five key specs; context errors of a
// context that is done before the call; and the errors that signing returns.
//
// Signing returns KeyNotFound, KeyDisabled, KeyPendingDeletion, KeyPendingImport,
// Unauthenticated, AccessDenied, Throttled, InvalidParameter, MissingParameter,
// Unavailable and Internal as the provider's code says; Unavailable, wrapping the cause,
// if the service cannot be reached, and also the context's error if the context is done;
// Internal for a code that is not known and for an answer that makes no sense, such as
// one of another version or algorithm.
func New(
	ctx context.Context, client *sdk.Client, keyID, versionID string, alg keyspec.Algorithm, opts ...signer.Option,
) (signer.Signer, error) {
	switch {
	case ctx == nil:
		return nil, invalid("Context", "the context is nil")
	case client == nil:
		return nil, invalid("Client", "the client is nil")
	case client.Credential == nil:
		return nil, invalid("Client", "the client has no credential")
	case keyID == "":
		return nil, invalid("KeyId", "it is empty")
	case ctx.Err() != nil:
		return nil, ctx.Err()
	}
	options, err := runtime(ctx, client)
	if err != nil {
		return nil, err
	}
	defer give(options)
	question := &sdk.GetPublicKeyRequest{KeyId: &keyID, Headers: headers(versionID)}
	answer, err := client.GetPublicKeyWithOptions(question, options)
	if err != nil {
		return nil, translate(ctx, err)
	}
	if versionID, err = version(answer.Headers, versionID); err != nil {
		return nil, err
	}
	// An alias can be pointed at another key.
	id := tea.StringValue(answer.KeyId)
	if id == "" || tea.StringValue(answer.PublicKey) == "" {
		return nil, &errors.Error{Code: errors.Internal, Reason: "the answer has no key id or no public key"}
	}
	public, err := keyspec.ParsePublicKey([]byte(*answer.PublicKey))
	if err != nil {
		const reason = "the key has no public key that signs here"
		return nil, &errors.Error{Code: errors.InvalidParameter, Param: "KeyId", Reason: reason, Err: err}
	}
	sign := func(ctx context.Context, digest []byte) ([]byte, error) {
		options, err := runtime(ctx, client)
		if err != nil {
			return nil, err
		}
		defer give(options)
		answer, err := client.SignWithOptions(&sdk.SignRequest{
			KeyId: &id, Algorithm: tea.String(string(alg)), Message: digest, MessageType: tea.String("DIGEST"),
			Headers: headers(versionID),
		}, options)
		if err != nil {
			return nil, translate(ctx, err)
		}
		if _, err := version(answer.Headers, versionID); err != nil {
			return nil, err
		}
		if got := tea.StringValue(answer.Algorithm); got != "" && got != string(alg) {
			return nil, &errors.Error{Code: errors.Internal, Reason: "the answer is of another algorithm"}
		}
		return answer.Signature, nil
	}
	return signer.FromFunc(public, alg, sign, opts...)
}

func headers(versionID string) map[string]*string {
	if versionID == "" {
		return map[string]*string{}
	}
	return map[string]*string{versionHeader: &versionID}
}

// version is that of an answer, which has to be the one that was asked for.
func version(answer map[string]*string, asked string) (string, error) {
	got := tea.StringValue(answer[versionHeader])
	if asked != "" && got != asked {
		return "", &errors.Error{Code: errors.Internal, Reason: "the answer is of another key version"}
	}
	return got, nil
}

// runtime is how a request is sent: once, and no longer than the context allows. The slot
// in it has to be given back.
func runtime(ctx context.Context, client *sdk.Client) (*util.RuntimeOptions, error) {
	timeout := defaultTimeout
	if ms := tea.IntValue(client.ReadTimeout); ms > 0 {
		timeout = ms
	}
	if deadline, ok := ctx.Deadline(); ok {
		left := time.Until(deadline).Milliseconds()
		if left < 1 {
			return nil, unreachable(ctx, context.DeadlineExceeded)
		}
		if left < int64(timeout) {
			timeout = coarse(int(left))
		}
	}
	return &util.RuntimeOptions{
		Autoretry: tea.Bool(false), ReadTimeout: &timeout, NoProxy: take(client),
		Headers: []*string{tea.String(versionHeader)},
	}, nil
}

// coarse keeps the top four bits: the SDK keeps an http.Client for every timeout that it
// has ever seen, and so there are eight of them between a power of two and the next.
func coarse(milliseconds int) int {
	drop := max(bits.Len(uint(milliseconds))-4, 0)
	return milliseconds >> drop << drop
}
