// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"slices"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

// SetAlias gives a key an alias, which moves if another key has it, as
// [keyring.Keyring.SetAlias] does.
func (k *Keyring) SetAlias(ctx context.Context, alias, keyID string) error {
	return k.alias(ctx, alias, keyID, func(string) error { return nil })
}

// CreateAlias gives a key an alias that no key has, as [keyring.Keyring.CreateAlias] does.
func (k *Keyring) CreateAlias(ctx context.Context, alias, keyID string) error {
	return k.alias(ctx, alias, keyID, func(owner string) error {
		if owner != "" {
			return k.taken(alias)
		}
		return nil
	})
}

// alias gives a key an alias if the owner that it has, or "", allows it.
func (k *Keyring) alias(ctx context.Context, alias, keyID string, allowed func(owner string) error) error {
	if err := k.check(ctx); err != nil {
		return err
	}
	if err := keyring.CheckNewAlias(alias); err != nil {
		return err
	}
	name, err := keyring.ParseName(keyID)
	if err != nil {
		return err
	}
	return k.change(ctx, func(ctx context.Context, t *tx) error {
		id, err := t.resolve(ctx, name)
		if err != nil {
			return err
		}
		owner, err := k.owner(ctx, t, alias)
		if err != nil {
			return err
		}
		// Both keys at once, in an order that is the same for all: two moves in
		// opposite directions would lock each other out.
		rows, err := t.lock(ctx, id, owner)
		if err != nil {
			return err
		}
		r, former := rows[id], rows[owner]
		switch {
		case r == nil:
			return keyNotFound(id)
		case name.Alias != "" && !r.has(name.Alias), owner != "" && (former == nil || !former.has(alias)),
			owner == "" && r.has(alias):
			return errAgain // something has moved before the rows were locked
		}
		if err := allowed(owner); err != nil {
			return err
		}
		if owner == id {
			k.cache.Forget(alias) // it may have been set elsewhere
			return nil
		}
		r.aliases = append(r.aliases, alias)
		slices.Sort(r.aliases)
		if err := t.save(ctx, r); err != nil {
			return err
		}
		if former == nil {
			return t.insertAlias(ctx, alias, r)
		}
		former.aliases = without(former.aliases, alias)
		if err := t.save(ctx, former); err != nil {
			return err
		}
		t.names = append(t.names, alias)
		_, err = t.Exec(ctx, "UPDATE kmsigner_aliases SET key_id = $2 WHERE alias = $1", alias, id)
		return err
	})
}

// insertAlias writes the row of a new alias. If another program has been faster, it is a
// uniqueViolation.
func (t *tx) insertAlias(ctx context.Context, alias string, r *keyRow) error {
	t.names = append(t.names, alias)
	_, err := t.Exec(ctx, "INSERT INTO kmsigner_aliases (alias, key_id) VALUES ($1, $2)", alias, r.keyID)
	return err
}

func without(aliases []string, alias string) []string {
	return slices.DeleteFunc(aliases, func(a string) bool { return a == alias })
}

// DeleteAlias takes an alias away from its key, as [keyring.Keyring.DeleteAlias] does.
func (k *Keyring) DeleteAlias(ctx context.Context, alias string) error {
	if err := k.check(ctx); err != nil {
		return err
	}
	name, err := keyring.ParseName(alias)
	if err != nil || name.Alias == "" {
		return invalid("Alias", "an alias is \"alias/\" with 1 to 255 letters, digits, '_', '-' and '/'")
	}
	return k.change(ctx, func(ctx context.Context, t *tx) error {
		r, err := t.find(ctx, name)
		if errors.Is(err, errors.AliasNotFound) {
			return aliasNotFound("Alias", alias)
		}
		if err != nil {
			return err
		}
		r.aliases = without(r.aliases, alias)
		if err := t.save(ctx, r); err != nil {
			return err
		}
		t.names = append(t.names, alias)
		_, err = t.Exec(ctx, "DELETE FROM kmsigner_aliases WHERE alias = $1", alias)
		return err
	})
}
