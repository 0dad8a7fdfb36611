// SPDX-License-Identifier: Apache-2.0

package kmshttp

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

// Manager returns the store as a Manager, which lists, describes and changes keys.
// It refuses one that is none, as Unmanageable.
func Manager(ctx context.Context, store keyring.Store) (keyring.Manager, error) {
	switch {
	case IsNil(store):
		return nil, &errors.Error{Code: errors.Internal, Param: "Store", Reason: "the service has no store"}
	case IsNil(ctx):
		return nil, Invalid("Context", "the context is nil")
	}
	m, ok := store.(keyring.Manager)
	if !ok {
		return nil, Refuse(Unmanageable, "", "the keys of this service cannot be listed")
	}
	return m, nil
}

// Describe describes a key in any state, if the caller may do so. Authorize is asked
// as Key asks it.
func (x *Exchange) Describe(ctx context.Context, m keyring.Manager, keyID string) (keyring.Key, error) {
	if err := checkKeyID(keyID); err != nil {
		return keyring.Key{}, err
	}
	k, err := m.Describe(ctx, keyID)
	name := keyID
	if err == nil {
		name, err = k.KeyID, CheckKey(k)
	} else {
		err = storeError(err)
	}
	if name == "" {
		name = keyID
	}
	if e := x.Authorize(ctx, name); e != nil {
		return keyring.Key{}, e
	}
	return k, err
}

// CheckKey returns an error for a Key that a Manager should not return.
func CheckKey(k keyring.Key) error {
	reason := ""
	switch {
	case k.KeyID == "" || !k.KeySpec.Valid() || len(k.Versions) == 0 || slices.Contains(k.Versions, nil):
		reason = "the store returned a key without versions"
	case errors.Is(k.State.Err(), errors.InvalidParameter):
		reason = "the store returned a key in no state that there is"
	default:
		return nil
	}
	return &errors.Error{Code: errors.Internal, Param: "Store", Reason: reason}
}

// ListError is the error with which a Manager refuses to list.
func ListError(err error) error { return backend(err, "the store failed") }

// ChangeError is the error with which a Manager refuses a change. A keyring that is
// read-only denies every one.
func ChangeError(err error) error {
	switch errors.CodeOf(err) {
	case errors.KeyNotFound, errors.AliasNotFound, errors.AlreadyExists, errors.AccessDenied:
		return err
	}
	return backend(err, "the store failed", "KeyId", "KeySpec", "Alias", "Description")
}

// Made notes the key version that a call has made.
func (x *Exchange) Made(v *keyring.Version) {
	if x != nil {
		x.KeyID = v.KeyID
		x.found(v)
	}
}

// About notes the keys that a call was about, if they are several.
func (x *Exchange) About(keyIDs []string) {
	if x != nil {
		x.KeyID = strings.Join(keyIDs, ",")
	}
}

// Now is the time by the clock of the handler.
func (x *Exchange) Now() time.Time {
	if x == nil || x.handler == nil {
		return time.Now()
	}
	return x.handler.config.Now()
}

// Number reads a parameter that is a decimal number from least to most, or returns
// absent if it is empty.
func (p Params) Number(name string, absent, least, most int) (int, error) {
	s := p.Get(name)
	if s == "" {
		return absent, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < least || n > most || s != strconv.Itoa(n) {
		return 0, outside(name, least, most)
	}
	return n, nil
}

// Within refuses a number that is less than least or more than most.
func Within(name string, n, least, most int) error {
	if n < least || n > most {
		return outside(name, least, most)
	}
	return nil
}

func outside(name string, least, most int) error {
	return Invalid(name, "it is a number from "+strconv.Itoa(least)+" to "+strconv.Itoa(most))
}
