// SPDX-License-Identifier: Apache-2.0

package frontend

import (
	"context"
	"crypto/rsa"
	"os"
	"sync/atomic"

	"github.com/kmsigner/kmsigner/errors"
)

// An Access has the access keys of a file and what each of them may do. Its methods are
// what the handlers take: an [Authenticator], the function of [WithAuthorize], and the
// ClientKeys of package dkms. The file is JSON:
//
//	{
//	  "access_keys": [
//	    {
//	      "id": "invoices",
//	      "secret": "a long random text",
//	      "allow": [
//	        {"keys": ["5e0c2a7e-0d3c-4b0e-9d55-5b1f1c3f2a10"], "actions": ["AsymmetricSign", "GetPublicKey"]}
//	      ]
//	    }
//	  ]
//	}
//
// The fields of an access key:
//
//	id                  1 to 128 letters, digits, '.', '_', '-'; once in the file
//	secret              of Alibaba's and Tencent's clients
//	client_certificate  instead of it, for a client of the KMS Instance API: a file in PEM with its certificate or
//	                    RSA public key, relative to the folder of the access file
//	disabled            true refuses the access key, and keeps its place
//	allow               what it may do; without it, nothing
//
// In allow, each rule permits each of its actions with each of its keys. Actions are the
// names of operations. Keys are key ids; an alias is not one, since it can be given to
// another key. "*" is every action, or every key and the operations that have no key,
// such as lists and CreateKey.
//
// A field that is not listed here, or is there twice, is an error, and so is everything
// else that is not as described.
//
// An Access is safe for concurrent use. It holds the secrets in memory in plain text and
// prints none of them.
type Access struct {
	file    string
	current atomic.Pointer[map[string]*accessKey]
}

// OpenAccess reads a file. It returns Unavailable of "Access" if a file cannot be read,
// and InvalidParameter of "Access" with the line if one is not as [Access] describes.
func OpenAccess(file string) (*Access, error) {
	a := &Access{file: file}
	if err := a.Reload(); err != nil {
		return nil, err
	}
	return a, nil
}

// Reload reads the file again, for example on SIGHUP. Requests from now on get what it
// says. After an error, which is one of [OpenAccess], everything stays as it was.
func (a *Access) Reload() error {
	if a == nil {
		return noAccess()
	}
	data, err := os.ReadFile(a.file)
	if err != nil {
		return &errors.Error{Code: errors.Unavailable, Param: "Access", Reason: "the file cannot be read", Err: err}
	}
	keys, err := parseAccess(a.file, data)
	if err != nil {
		return err
	}
	a.current.Store(&keys)
	return nil
}

func noAccess() error {
	return &errors.Error{Code: errors.InvalidParameter, Param: "Access", Reason: "there is none: OpenAccess makes one"}
}

// find returns nil for an access key that is not in the file.
func (a *Access) find(accessKeyID string) *accessKey {
	if a == nil {
		return nil
	}
	keys := a.current.Load()
	if keys == nil {
		return nil
	}
	return (*keys)[accessKeyID]
}

// Authenticate is an [Authenticator]: it returns the secret of an access key. It returns
// Unauthenticated for an id that has no secret in the file, and for every security token,
// and AccessDenied for an access key that is disabled.
func (a *Access) Authenticate(_ context.Context, accessKeyID, securityToken string) (secret string, err error) {
	k := a.find(accessKeyID)
	switch {
	case k == nil || k.secret == "" || securityToken != "":
		return "", &errors.Error{Code: errors.Unauthenticated, Reason: "there is no such access key"}
	case k.disabled:
		return "", &errors.Error{Code: errors.AccessDenied, Reason: "the access key is disabled"}
	}
	return k.secret, nil
}

// ClientKey returns the public key of a client of the KMS Instance API. It returns
// Unauthenticated for an id that has no certificate in the file, and AccessDenied for
// one that is disabled.
func (a *Access) ClientKey(_ context.Context, accessKeyID string) (*rsa.PublicKey, error) {
	k := a.find(accessKeyID)
	switch {
	case k == nil || k.public == nil:
		return nil, &errors.Error{Code: errors.Unauthenticated, Reason: "there is no such client"}
	case k.disabled:
		return nil, &errors.Error{Code: errors.AccessDenied, Reason: "the client is disabled"}
	}
	return k.public, nil
}

// Authorize is for [WithAuthorize]: it returns nil if a rule of the principal permits the
// action with the key, and otherwise errors.AccessDenied.
func (a *Access) Authorize(_ context.Context, principal, action, keyID string) error {
	k := a.find(principal)
	if k == nil || k.disabled {
		return errors.AccessDenied
	}
	for _, r := range k.allow {
		if (r.actions["*"] || r.actions[action]) && (r.keys["*"] || r.keys[keyID]) {
			return nil
		}
	}
	return errors.AccessDenied
}
