// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"

	"github.com/kmsigner/kmsigner/signer/keyring"
)

// A store is where the keys are.
type store struct {
	keyring.Manager
	close func() error
}

func openStore(_ context.Context, o *options) (*store, error) {
	if o.dir == "" {
		ring := keyring.New()
		return &store{ring, ring.Close}, nil
	}
	password, err := readSecret(o.passwordFile)
	if err != nil {
		return nil, err
	}
	open := keyring.Open
	if o.init {
		open = keyring.Create
	}
	ring, err := open(o.dir, []byte(password))
	if err != nil {
		return nil, err
	}
	return &store{ring, ring.Close}, nil
}
