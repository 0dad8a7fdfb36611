// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/kmsigner/kmsigner/keyspec"
)

// loadOrMake returns the key of a spec: from the folder if it is there, else a new
// one that is kept in the folder. Without a folder nothing is kept.
func loadOrMake(dir string, spec keyspec.KeySpec) (crypto.PrivateKey, error) {
	if dir == "" {
		return keyspec.GenerateKey(spec)
	}
	file := filepath.Join(dir, string(spec)+".pem")
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return makeKey(dir, file, spec)
	}
	if err != nil {
		return nil, err
	}
	key, err := keyspec.ParsePrivateKey(data, nil)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	found, err := keyspec.Of(key)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if found != spec {
		return nil, fmt.Errorf("%s: the file holds a key of %s", file, found)
	}
	return key, nil
}

// makeKey never overwrites a file, and writes one that only its owner can read. A
// service should encrypt it, with keyspec.MarshalEncryptedPrivateKey.
func makeKey(dir, file string, spec keyspec.KeySpec) (crypto.PrivateKey, error) {
	key, err := keyspec.GenerateKey(spec)
	if err != nil {
		return nil, err
	}
	data, err := keyspec.MarshalPrivateKey(key)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	if _, err := f.Write(data); err != nil {
		f.Close()
		os.Remove(file)
		return nil, err
	}
	return key, f.Close()
}
