// SPDX-License-Identifier: Apache-2.0

package keyring

import (
	"context"
	"crypto"
	"time"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/keys"
	"github.com/kmsigner/kmsigner/keyspec"
)

// Create makes a new key of this spec with one version, Enabled and without an
// alias, and returns that version.
//
// It returns InvalidParameter of "KeySpec" for a spec that is none of the five,
// and what all changes return (see the package documentation).
func (k *Keyring) Create(ctx context.Context, spec keyspec.KeySpec) (*Version, error) {
	if _, err := k.changeable(ctx); err != nil {
		return nil, err
	}
	key, err := keyspec.GenerateKey(spec)
	if err != nil {
		return nil, err
	}
	return k.Import(ctx, key)
}

// Attributes are what a key can have from its first moment on.
type Attributes struct {
	// Description is free text, "" for none.
	Description string
	// Alias is an alias that no key has, "" for none.
	Alias string
}

// CreateWith makes a key as Create does, with a description and an alias, in one
// change: there is either the whole key or none.
//
// It returns InvalidParameter of "Description" as SetDescription does, InvalidParameter
// and AlreadyExists of "Alias" as CreateAlias does, and what Create returns.
func (k *Keyring) CreateWith(ctx context.Context, spec keyspec.KeySpec, a Attributes) (*Version, error) {
	s, err := k.changeable(ctx)
	if err != nil {
		return nil, err
	}
	if err := CheckDescription(a.Description); err != nil {
		return nil, err
	}
	next := Key{KeyID: NewID(), KeySpec: spec, State: Enabled, Description: a.Description}
	if a.Alias != "" {
		if err := CheckNewAlias(a.Alias); err != nil {
			return nil, err
		}
		// Early, too: a key of RSA takes long to make.
		if err := s.free(a.Alias); err != nil {
			return nil, err
		}
		next = next.withAlias(a.Alias)
	}
	key, err := keyspec.GenerateKey(spec)
	if err != nil {
		return nil, err
	}
	m, err := k.seal(key)
	if err != nil {
		return nil, err
	}
	next.Created = now()
	next = next.withVersion(NewID(), m, next.Created)
	err = k.update(ctx, func(s *snapshot) (*snapshot, error) {
		if err := s.free(a.Alias); err != nil {
			return nil, err
		}
		return s.with(next), nil
	})
	if err != nil {
		return nil, err
	}
	return next.Versions[0].clone(), nil
}

// CreateAs makes a key as Create does, under ids of the caller's choice; see
// ImportAs, whose errors it returns beside those of Create.
func (k *Keyring) CreateAs(ctx context.Context, keyID, versionID string, spec keyspec.KeySpec) (*Version, error) {
	if _, err := k.changeable(ctx); err != nil {
		return nil, err
	}
	key, err := keyspec.GenerateKey(spec)
	if err != nil {
		return nil, err
	}
	return k.ImportAs(ctx, keyID, versionID, key)
}

// Import adds a private key, in one of the types that package keyspec lists, as a
// new key with one version, Enabled and without an alias, and returns that
// version. The key is checked and copied. A key that is imported twice has two ids.
//
// It returns InvalidParameter of "Key" for a key that package keyspec rejects,
// and what all changes return (see the package documentation).
func (k *Keyring) Import(ctx context.Context, key crypto.PrivateKey) (*Version, error) {
	if _, err := k.changeable(ctx); err != nil {
		return nil, err
	}
	m, err := k.seal(key)
	if err != nil {
		return nil, err
	}
	return k.add(ctx, m, false)
}

// ImportAs adds a private key under ids of the caller's choice, 1 to 64 letters,
// digits, '-' and '_' each, and returns the version: to move keys from another
// system, or out of a backup, without a change for their users. If the keyring has a
// key with this keyID already, that key gets one more version, which becomes its
// primary one, as by Rotate. So a key of several versions is imported version by
// version, the oldest first.
//
// It returns InvalidParameter of "KeyId" for what is no id, of "KeyVersionId" for
// what is no id and for a version that the key has already, of "Key" for a key
// that package keyspec rejects and for one of another KeySpec than the key has,
// what Rotate returns for a key that cannot be rotated, and what all changes
// return (see the package documentation).
func (k *Keyring) ImportAs(ctx context.Context, keyID, versionID string, key crypto.PrivateKey) (*Version, error) {
	if _, err := k.changeable(ctx); err != nil {
		return nil, err
	}
	if err := CheckID("KeyId", keyID); err != nil {
		return nil, err
	}
	if err := CheckID("KeyVersionId", versionID); err != nil {
		return nil, err
	}
	m, err := k.seal(key)
	if err != nil {
		return nil, err
	}
	var v *Version
	err = k.update(ctx, func(s *snapshot) (*snapshot, error) {
		created := now()
		next := Key{KeyID: keyID, KeySpec: m.spec, State: Enabled, Created: created}
		if s.byID[keyID] != nil {
			e, err := s.rotatable(keyID)
			switch {
			case err != nil:
				return nil, err
			case e.KeySpec != m.spec:
				return nil, invalid("Key", "the key "+quote(keyID)+" is of "+string(e.KeySpec)+", not of "+string(m.spec))
			case e.versions[versionID] != nil:
				return nil, invalid("KeyVersionId", "the key has a version "+quote(versionID)+" already")
			}
			next = e.Key
		}
		next = next.withVersion(versionID, m, created)
		v = next.Versions[len(next.Versions)-1]
		return s.with(next), nil
	})
	if err != nil {
		return nil, err
	}
	return v.clone(), nil
}

// ImportSigner adds a key held elsewhere: in an HSM, behind PKCS #11, in a cloud
// KMS, anything that [signer.FromCrypto] takes. Its Public is called once, here.
//
// The key's entry is in memory, in a folder's keyring too: its id, its aliases and its
// state last until Close and are not written anywhere, since only the program knows how
// to reach the key again. Such a program imports it after every Open, under a new id,
// and sets its alias again; clients should use that alias. An alias that moves from
// a key of the folder to such a key is deleted in the folder.
//
// It returns InvalidParameter of "Key" for what signer.FromCrypto rejects, and
// what all changes return (see the package documentation).
func (k *Keyring) ImportSigner(ctx context.Context, key crypto.Signer) (*Version, error) {
	if _, err := k.changeable(ctx); err != nil {
		return nil, err
	}
	m, err := elsewhere(key)
	if err != nil {
		return nil, err
	}
	return k.add(ctx, m, true)
}

// Rotate makes a new version of a key, which becomes its primary one, and returns
// it. keyID is what Lookup takes. The older versions stay, for verification and
// for signing with their version id.
//
// It returns what Lookup returns for keyID, [State.Err] for a key that is not
// Enabled, InvalidParameter of "KeyId" for a key held elsewhere, and what all
// changes return (see the package documentation).
func (k *Keyring) Rotate(ctx context.Context, keyID string) (*Version, error) {
	s, err := k.changeable(ctx)
	if err != nil {
		return nil, err
	}
	e, err := s.rotatable(keyID)
	if err != nil {
		return nil, err
	}
	key, err := keyspec.GenerateKey(e.KeySpec)
	if err != nil {
		return nil, err
	}
	m, err := k.seal(key)
	if err != nil {
		return nil, err
	}
	// The id, not the alias: that may have moved to another key by now.
	keyID = e.KeyID
	var v *Version
	err = k.update(ctx, func(s *snapshot) (*snapshot, error) {
		e, err := s.rotatable(keyID)
		if err != nil {
			return nil, err
		}
		next := e.withVersion(NewID(), m, now())
		v = next.Versions[len(next.Versions)-1]
		return s.with(next), nil
	})
	if err != nil {
		return nil, err
	}
	return v.clone(), nil
}

// rotatable finds a key and refuses one that cannot be rotated.
func (s *snapshot) rotatable(keyID string) (*entry, error) {
	e, err := s.find(keyID)
	if err != nil {
		return nil, err
	}
	if e.HeldElsewhere {
		return nil, invalid("KeyId", "a key held elsewhere is rotated there: import the new one and move the alias")
	}
	if err := e.State.Err(); err != nil {
		return nil, err
	}
	return e, nil
}

// SetAlias gives a key an alias, "alias/NAME" with a NAME of 1 to 255 letters,
// digits, '_', '-' and '/'. keyID is what Lookup takes. An alias that another key
// has moves; a key may have several.
//
// It returns InvalidParameter of "Alias" for another form and for the reserved
// "alias/acs…", what Lookup returns for keyID, and what all changes return (see
// the package documentation).
func (k *Keyring) SetAlias(ctx context.Context, alias, keyID string) error {
	if _, err := k.changeable(ctx); err != nil {
		return err
	}
	if err := CheckNewAlias(alias); err != nil {
		return err
	}
	return k.update(ctx, func(s *snapshot) (*snapshot, error) {
		e, err := s.find(keyID)
		if err != nil {
			return nil, err
		}
		switch old := s.byAlias[alias]; old {
		case nil:
			return s.with(e.withAlias(alias)), nil
		case e:
			return s, nil
		default:
			return s.with(old.withoutAlias(alias), e.withAlias(alias)), nil
		}
	})
}

// CreateAlias gives a key an alias that no key has, not even this one. Of two calls
// at once with one alias, one succeeds.
//
// It returns AlreadyExists of "Alias" for an alias that a key has, and what SetAlias
// returns.
func (k *Keyring) CreateAlias(ctx context.Context, alias, keyID string) error {
	if _, err := k.changeable(ctx); err != nil {
		return err
	}
	if err := CheckNewAlias(alias); err != nil {
		return err
	}
	return k.update(ctx, func(s *snapshot) (*snapshot, error) {
		e, err := s.find(keyID)
		if err != nil {
			return nil, err
		}
		if err := s.free(alias); err != nil {
			return nil, err
		}
		return s.with(e.withAlias(alias)), nil
	})
}

// free refuses an alias that a key has.
func (s *snapshot) free(alias string) error {
	if s.byAlias[alias] == nil {
		return nil
	}
	return &errors.Error{Code: errors.AlreadyExists, Param: "Alias", Reason: "a key has the alias " + quote(alias)}
}

// DeleteAlias takes an alias away from its key. The key stays.
//
// It returns AliasNotFound of "Alias" for an alias that no key has, InvalidParameter of
// "Alias" for what is no alias, and what all changes return (see the package
// documentation).
func (k *Keyring) DeleteAlias(ctx context.Context, alias string) error {
	if _, err := k.changeable(ctx); err != nil {
		return err
	}
	if err := checkAlias("Alias", alias); err != nil {
		return err
	}
	return k.update(ctx, func(s *snapshot) (*snapshot, error) {
		e := s.byAlias[alias]
		if e == nil {
			return nil, &errors.Error{Code: errors.AliasNotFound, Param: "Alias", Reason: "no key has the alias " + quote(alias)}
		}
		return s.with(e.withoutAlias(alias)), nil
	})
}

// SetState sets the state of a key with all its versions, whatever its state was. keyID
// is what Lookup takes. Versions that were looked up before keep the state they had. A
// key that becomes PendingDeletion has no deletion date, so that Purge never deletes
// it; ScheduleDeletion sets one. Every other state removes it.
//
// On a full disk it works too, as far as the folder's reserve goes; see the package
// documentation.
//
// It returns InvalidParameter of "State" for what is none of the four, what
// Lookup returns for keyID, and what all changes return (see the package
// documentation).
func (k *Keyring) SetState(ctx context.Context, keyID string, state State) error {
	if _, err := k.changeable(ctx); err != nil {
		return err
	}
	if err := state.check(); err != nil {
		return err
	}
	return k.updateNow(ctx, func(s *snapshot) (*snapshot, error) {
		e, err := s.find(keyID)
		if err != nil || e.State == state && e.DeletionDate.IsZero() {
			return s, err
		}
		return s.with(e.withState(state, time.Time{})), nil
	})
}

// ScheduleDeletion makes a key PendingDeletion and sets the date from which on
// Purge deletes it, in full seconds. A key that is PendingDeletion already gets
// the new date. SetState takes it back. keyID is what Lookup takes.
//
// It returns InvalidParameter of "DeletionDate" for a zero time and for one before
// the year 1 or after 9999, what Lookup returns for keyID, and what all changes
// return (see the package documentation).
func (k *Keyring) ScheduleDeletion(ctx context.Context, keyID string, date time.Time) error {
	if _, err := k.changeable(ctx); err != nil {
		return err
	}
	date = date.UTC().Truncate(time.Second)
	if date.IsZero() || date.Year() < 1 || date.Year() > 9999 {
		return invalid("DeletionDate", "it is missing, or its year is not between 1 and 9999")
	}
	return k.updateNow(ctx, func(s *snapshot) (*snapshot, error) {
		e, err := s.find(keyID)
		if err != nil || e.State == PendingDeletion && e.DeletionDate.Equal(date) {
			return s, err
		}
		return s.with(e.withState(PendingDeletion, date)), nil
	})
}

// SetDescription replaces the description of a key, "" removes it. keyID is what
// Lookup takes.
//
// It returns InvalidParameter of "Description" for more than 8192 bytes, what is
// not UTF-8, and control characters other than tabs and line breaks, what Lookup
// returns for keyID, and what all changes return (see the package documentation).
func (k *Keyring) SetDescription(ctx context.Context, keyID, description string) error {
	if _, err := k.changeable(ctx); err != nil {
		return err
	}
	if err := CheckDescription(description); err != nil {
		return err
	}
	return k.update(ctx, func(s *snapshot) (*snapshot, error) {
		e, err := s.find(keyID)
		if err != nil || e.Description == description {
			return s, err
		}
		next := e.Key
		next.Description = description
		return s.with(next), nil
	})
}

// Purge deletes the keys that are PendingDeletion and whose deletion date is not
// after now, with all their versions, aliases and key files, and returns their
// ids, the oldest key first. Nothing else in this library deletes a key, and
// nothing calls Purge: the program that owns the keyring does, at times of its
// choice, with time.Now().
//
// A key file that could not be removed, because the process was killed or the file
// system failed, is an orphan; see RemoveOrphans. Deleted files may be recovered
// from the disk, and backups have them.
//
// It returns what all changes return (see the package documentation).
func (k *Keyring) Purge(ctx context.Context, now time.Time) ([]string, error) {
	if _, err := k.changeable(ctx); err != nil {
		return nil, err
	}
	var ids []string
	err := k.update(ctx, func(s *snapshot) (*snapshot, error) {
		gone := make(map[*entry]bool)
		ids = nil
		for _, e := range s.keys {
			if e.State == PendingDeletion && !e.DeletionDate.IsZero() && !e.DeletionDate.After(now) {
				gone[e] = true
				ids = append(ids, e.KeyID)
			}
		}
		if len(gone) == 0 {
			return s, nil
		}
		return s.without(gone), nil
	})
	if err != nil {
		return nil, err
	}
	return ids, nil
}

// add publishes a new key with one version of this material.
func (k *Keyring) add(ctx context.Context, m *material, heldElsewhere bool) (*Version, error) {
	created := now()
	key := Key{KeyID: NewID(), KeySpec: m.spec, State: Enabled, Created: created, HeldElsewhere: heldElsewhere}
	key = key.withVersion(NewID(), m, created)
	change := k.update
	if heldElsewhere {
		change = k.updateNow // it writes nothing
	}
	err := change(ctx, func(s *snapshot) (*snapshot, error) { return s.with(key), nil })
	if err != nil {
		return nil, err
	}
	return key.Versions[0].clone(), nil
}

// seal makes the material of a private key, with its file if there is a folder.
func (k *Keyring) seal(key crypto.PrivateKey) (*material, error) {
	key, err := keys.Private(key)
	if err != nil {
		return nil, err
	}
	m := inMemory(key)
	if k.folder != nil {
		m.file, err = k.folder.vault.Load().seal(key, k.folder.settings.encrypt)
	}
	return m, err
}

// now is the present in what the manifest can hold.
func now() time.Time { return time.Now().UTC().Truncate(time.Second) }
