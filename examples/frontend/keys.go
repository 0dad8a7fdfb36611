// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

// A key is a line on standard output.
type key struct {
	KeyID     string          `json:"key_id"`
	VersionID string          `json:"version_id"`
	Alias     string          `json:"alias"`
	KeySpec   keyspec.KeySpec `json:"key_spec"`
}

// prepareKeys finds the key of each spec by its alias, or makes it.
func prepareKeys(ctx context.Context, ring keyring.Manager) ([]key, error) {
	var keys []key
	for _, spec := range keyspec.All() {
		alias := "alias/" + strings.ReplaceAll(strings.ToLower(string(spec)), "_", "-")
		v, err := ring.Lookup(ctx, alias, "")
		if errors.Is(err, errors.AliasNotFound) {
			v, err = ring.CreateWith(ctx, spec, keyring.Attributes{Alias: alias})
			if errors.Is(err, errors.AlreadyExists) { // another replica has just made it
				v, err = ring.Lookup(ctx, alias, "")
			}
		}
		if err != nil {
			return nil, err
		}
		if v.KeySpec != spec {
			return nil, fmt.Errorf("%s is a key of %s", alias, v.KeySpec)
		}
		// The first signer of a key decrypts it: a damaged one shows now.
		if v.State == keyring.Enabled {
			if _, err := v.Signer(spec.Algorithms()[0]); err != nil {
				return nil, err
			}
		}
		keys = append(keys, key{v.KeyID, v.VersionID, alias, spec})
	}
	return keys, nil
}
