// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	kmserrors "github.com/kmsigner/kmsigner/errors"
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

// openKeyring opens the keyring in the folder, with init makes it, or without a
// folder makes a keyring in memory.
func openKeyring(dir, passwordFile string, init bool) (*keyring.Keyring, error) {
	switch {
	case dir == "" && init:
		return nil, errors.New("-init needs -dir")
	case dir == "" && passwordFile == "":
		return keyring.New(), nil
	case dir == "":
		return nil, errors.New("-password-file needs -dir")
	case passwordFile == "":
		return nil, errors.New("-dir needs -password-file")
	}
	data, err := os.ReadFile(passwordFile)
	if err != nil {
		return nil, err
	}
	password, _, _ := strings.Cut(string(data), "\n")
	password = strings.TrimSuffix(password, "\r")
	if password == "" {
		return nil, fmt.Errorf("%s: its first line is empty", passwordFile)
	}
	if init {
		return keyring.Create(dir, []byte(password))
	}
	return keyring.Open(dir, []byte(password))
}

// prepareKeys finds the key of each spec by its alias, or makes it.
func prepareKeys(ctx context.Context, ring *keyring.Keyring) ([]key, error) {
	var keys []key
	for _, spec := range keyspec.All() {
		alias := "alias/" + strings.ReplaceAll(strings.ToLower(string(spec)), "_", "-")
		v, err := ring.Lookup(ctx, alias, "")
		if errors.Is(err, kmserrors.AliasNotFound) {
			v, err = makeKey(ctx, ring, spec, alias)
		}
		if err != nil {
			return nil, err
		}
		if v.KeySpec != spec {
			return nil, fmt.Errorf("%s is a key of %s", alias, v.KeySpec)
		}
		// The first signer of a key in a folder decrypts its file: a damaged one shows now.
		if v.State == keyring.Enabled {
			if _, err := v.Signer(spec.Algorithms()[0]); err != nil {
				return nil, err
			}
		}
		keys = append(keys, key{v.KeyID, v.VersionID, alias, spec})
	}
	return keys, nil
}

func makeKey(ctx context.Context, ring *keyring.Keyring, spec keyspec.KeySpec, alias string) (*keyring.Version, error) {
	v, err := ring.Create(ctx, spec)
	if err != nil {
		return nil, err
	}
	return v, ring.SetAlias(ctx, alias, v.KeyID)
}
