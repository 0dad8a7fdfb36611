// SPDX-License-Identifier: Apache-2.0

package tencentkms

import (
	"context"
	"strconv"

	"github.com/kmsigner/kmsigner/internal/kmshttp"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

// maxDescription is the most bytes of a description.
const maxDescription = 1024

// A CreateKeyRequest asks for a new key. Alias and KeyUsage are required.
type CreateKeyRequest struct {
	// Alias is 1 to 60 letters, digits, '-' and '_', of which the first is a letter or a
	// digit. It does not begin with "kms-" or "acs", and no key has it.
	Alias string
	// Description is free text of at most 1,024 bytes.
	Description string
	// KeyUsage is one that ListAlgorithms has.
	KeyUsage string
	// Type is 1, or 0, which is 1: the key is made here.
	Type int
	// HsmClusterId has to be "".
	HsmClusterId string
}

// A CreateKeyResponse describes the new key; its fields are as in KeyMetadata. TagCode and
// TagMsg are 0 and "": keys have no tags here.
type CreateKeyResponse struct {
	KeyId        string
	Alias        string
	CreateTime   int64
	Description  string
	KeyState     string
	KeyUsage     string
	TagCode      int
	TagMsg       string
	HsmClusterId string
	// RequestId is set by the handler.
	RequestId string
}

// CreateKey makes an Enabled key with an alias.
//
// It returns MissingParameter of "Alias" and "KeyUsage" for an empty one, and
// InvalidParameter of the parameter for what is malformed, too long, or not supported
// here; AlreadyExists of "Alias" for one that a key has, and no key is made then;
// Throttled, Unavailable and context errors from the store, whose other errors are
// Internal. A Store that is no [keyring.Manager], and one that is read-only, is
// AccessDenied. A nil context is InvalidParameter of "Context"; a nil Service and one
// without a Store are Internal.
func (s *Service) CreateKey(ctx context.Context, req CreateKeyRequest) (resp CreateKeyResponse, err error) {
	if err := checkAlias(req.Alias); err != nil {
		return resp, err
	}
	if err := checkDescription(req.Description); err != nil {
		return resp, err
	}
	spec, err := specOf(req.KeyUsage)
	switch {
	case err != nil:
		return resp, err
	case req.Type != 0 && req.Type != 1:
		return resp, kmshttp.Invalid("Type", "it can only be 1: keys are made here")
	case req.HsmClusterId != "":
		return resp, noCluster()
	}
	m, err := s.lister(ctx)
	if err != nil {
		return resp, err
	}
	v, err := m.CreateWith(ctx, spec, keyring.Attributes{Description: req.Description, Alias: aliasPrefix + req.Alias})
	if err != nil {
		return resp, kmshttp.ChangeError(err)
	}
	s.exchange.Made(v)
	return CreateKeyResponse{
		KeyId: v.KeyID, Alias: req.Alias, CreateTime: seconds(v.Created), Description: req.Description,
		KeyState: states[v.State], KeyUsage: req.KeyUsage, RequestId: s.exchange.ID(),
	}, nil
}

func checkDescription(s string) error {
	if len(s) > maxDescription {
		return kmshttp.Invalid("Description", "it has more than "+strconv.Itoa(maxDescription)+" bytes")
	}
	return nil
}
