// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"crypto"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

// Create makes a new key of this spec with one version, as [keyring.Keyring.Create] does.
func (k *Keyring) Create(ctx context.Context, spec keyspec.KeySpec) (*keyring.Version, error) {
	return k.CreateWith(ctx, spec, keyring.Attributes{})
}

// CreateWith makes a key with a description and an alias, as
// [keyring.Keyring.CreateWith] does.
func (k *Keyring) CreateWith(
	ctx context.Context, spec keyspec.KeySpec, a keyring.Attributes,
) (*keyring.Version, error) {
	if err := k.check(ctx); err != nil {
		return nil, err
	}
	if err := keyring.CheckDescription(a.Description); err != nil {
		return nil, err
	}
	if a.Alias != "" {
		if err := keyring.CheckNewAlias(a.Alias); err != nil {
			return nil, err
		}
		// Early, too: a key of RSA takes long to make.
		if err := k.read(ctx, func(ctx context.Context) error { return k.free(ctx, k.pool, a.Alias) }); err != nil {
			return nil, err
		}
	}
	m, err := generate(spec)
	if err != nil {
		return nil, err
	}
	return k.add(ctx, m, a)
}

// Import adds a private key as a new key with one version, as [keyring.Keyring.Import]
// does.
func (k *Keyring) Import(ctx context.Context, key crypto.PrivateKey) (*keyring.Version, error) {
	if err := k.check(ctx); err != nil {
		return nil, err
	}
	m, err := materialOf(key)
	if err != nil {
		return nil, err
	}
	return k.add(ctx, m, keyring.Attributes{})
}

// generate makes a private key.
func generate(spec keyspec.KeySpec) (*material, error) {
	key, err := keyspec.GenerateKey(spec)
	if err != nil {
		return nil, err
	}
	return materialOf(key)
}

// add writes a new key under new ids.
func (k *Keyring) add(ctx context.Context, m *material, a keyring.Attributes) (*keyring.Version, error) {
	var made *keyring.Version
	keyID, versionID := keyring.NewID(), keyring.NewID()
	err := k.change(ctx, func(ctx context.Context, t *tx) error {
		r := t.newKey(keyID, m.spec)
		r.description = a.Description
		if a.Alias != "" {
			if err := k.free(ctx, t, a.Alias); err != nil {
				return err
			}
			r.aliases = []string{a.Alias}
		}
		var err error
		if made, err = t.insertWith(ctx, r, versionID, m); err != nil || a.Alias == "" {
			return err
		}
		return t.insertAlias(ctx, a.Alias, r)
	})
	if err != nil {
		return nil, err
	}
	return made, nil
}

// free refuses an alias that a key has.
func (k *Keyring) free(ctx context.Context, q querier, alias string) error {
	owner, err := k.owner(ctx, q, alias)
	if err == nil && owner != "" {
		err = k.taken(alias)
	}
	return err
}

// taken is the error for an alias that a key has. The next lookup here finds that key, even
// if one in vain is still remembered: a caller may make a key or else use the existing one.
func (k *Keyring) taken(alias string) error {
	k.cache.Forget(alias)
	return &errors.Error{Code: errors.AlreadyExists, Param: "Alias", Reason: "a key has the alias " + quote(alias)}
}

// newKey is a key without a version.
func (t *tx) newKey(keyID string, spec keyspec.KeySpec) *keyRow {
	return &keyRow{keyID: keyID, spec: string(spec), state: string(keyring.Enabled), created: moment(t.now),
		aliases: []string{}}
}

// insertWith writes a new key with its first version.
func (t *tx) insertWith(ctx context.Context, r *keyRow, versionID string, m *material) (*keyring.Version, error) {
	v := t.addVersion(r, versionID, m)
	if err := t.insert(ctx, r); err != nil {
		return nil, err
	}
	if err := t.insertVersion(ctx, r, v); err != nil {
		return nil, err
	}
	return t.k.keys.version(r, v)
}

// saveWith writes a key that gets one more version.
func (t *tx) saveWith(ctx context.Context, r *keyRow, versionID string, m *material) (*keyring.Version, error) {
	v := t.addVersion(r, versionID, m)
	if err := t.save(ctx, r); err != nil {
		return nil, err
	}
	if err := t.insertVersion(ctx, r, v); err != nil {
		return nil, err
	}
	return t.k.keys.version(r, v)
}

// CreateAs makes a key under ids of the caller's choice, as [keyring.Keyring.CreateAs]
// does.
func (k *Keyring) CreateAs(
	ctx context.Context, keyID, versionID string, spec keyspec.KeySpec,
) (*keyring.Version, error) {
	if err := k.check(ctx); err != nil {
		return nil, err
	}
	if err := checkIDs(keyID, versionID); err != nil {
		return nil, err
	}
	m, err := generate(spec)
	if err != nil {
		return nil, err
	}
	return k.importAs(ctx, keyID, versionID, m)
}

// ImportAs adds a private key under ids of the caller's choice, or a version to a key, as
// [keyring.Keyring.ImportAs] does.
func (k *Keyring) ImportAs(
	ctx context.Context, keyID, versionID string, key crypto.PrivateKey,
) (*keyring.Version, error) {
	if err := k.check(ctx); err != nil {
		return nil, err
	}
	if err := checkIDs(keyID, versionID); err != nil {
		return nil, err
	}
	m, err := materialOf(key)
	if err != nil {
		return nil, err
	}
	return k.importAs(ctx, keyID, versionID, m)
}

func checkIDs(keyID, versionID string) error {
	if err := keyring.CheckID("KeyId", keyID); err != nil {
		return err
	}
	return keyring.CheckID("KeyVersionId", versionID)
}

func (k *Keyring) importAs(ctx context.Context, keyID, versionID string, m *material) (*keyring.Version, error) {
	var made *keyring.Version
	err := k.change(ctx, func(ctx context.Context, t *tx) error {
		rows, err := t.lock(ctx, keyID)
		if err != nil {
			return err
		}
		r := rows[keyID]
		if r == nil {
			made, err = t.insertWith(ctx, t.newKey(keyID, m.spec), versionID, m)
			return err
		}
		if err := keyring.State(r.state).Err(); err != nil {
			return err
		}
		if r.spec != string(m.spec) {
			return invalid("Key", "the key "+quote(keyID)+" is of "+r.spec+", not of "+string(m.spec))
		}
		var taken bool
		if err := t.QueryRow(ctx, "SELECT EXISTS (SELECT FROM kmsigner_versions WHERE key_id = $1 AND version_id = $2)",
			keyID, versionID).Scan(&taken); err != nil {
			return err
		}
		if taken {
			return invalid("KeyVersionId", "the key has a version "+quote(versionID)+" already")
		}
		made, err = t.saveWith(ctx, r, versionID, m)
		return err
	})
	if err != nil {
		return nil, err
	}
	return made, nil
}

// Rotate makes a new version of a key, its primary one, as [keyring.Keyring.Rotate] does.
func (k *Keyring) Rotate(ctx context.Context, keyID string) (*keyring.Version, error) {
	key, err := k.Describe(ctx, keyID)
	if err == nil {
		err = key.State.Err()
	}
	if err != nil {
		return nil, err
	}
	m, err := generate(key.KeySpec)
	if err != nil {
		return nil, err
	}
	var made *keyring.Version
	versionID := keyring.NewID()
	err = k.change(ctx, func(ctx context.Context, t *tx) error {
		// The id, not the alias: that may have moved to another key by now.
		r, err := t.find(ctx, keyring.Name{ID: key.KeyID})
		if err == nil {
			err = keyring.State(r.state).Err()
		}
		if err == nil {
			made, err = t.saveWith(ctx, r, versionID, m)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return made, nil
}
