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
	if _, err := k.snapshot(ctx); err != nil {
		return nil, err
	}
	key, err := keyspec.GenerateKey(spec)
	if err != nil {
		return nil, err
	}
	return k.Import(ctx, key)
}

// Import adds a private key, in one of the types that package keyspec lists, as a
// new key with one version, Enabled and without an alias, and returns that
// version. The key is checked and copied. A key that is here already becomes a
// second one under another id.
//
// It returns InvalidParameter of "Key" for a key that package keyspec refuses,
// and what all changes return (see the package documentation).
func (k *Keyring) Import(ctx context.Context, key crypto.PrivateKey) (*Version, error) {
	if _, err := k.snapshot(ctx); err != nil {
		return nil, err
	}
	m, err := k.seal(key)
	if err != nil {
		return nil, err
	}
	return k.add(ctx, m, false)
}

// ImportSigner adds a key held elsewhere: in an HSM, behind PKCS #11, in a cloud
// KMS, anything that [signer.FromCrypto] takes. Its Public is asked once, here.
//
// It lives in memory, in a folder's keyring too: its id, its aliases and its
// state last until Close and are not written anywhere, since only the program
// knows how to reach the key again. Such a program imports it after every Open,
// under a new id, and gives it its alias again, which is the name that its users
// should know. An alias that such a key takes over from a key of the folder is
// gone from the folder.
//
// It returns InvalidParameter of "Key" for what signer.FromCrypto refuses, and
// what all changes return (see the package documentation).
func (k *Keyring) ImportSigner(ctx context.Context, key crypto.Signer) (*Version, error) {
	if _, err := k.snapshot(ctx); err != nil {
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
	s, err := k.snapshot(ctx)
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
		next := e.withVersion(m, now())
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
		return nil, invalid("KeyId", "a key held elsewhere is rotated by its owner: import the new one and move the alias")
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
	if _, err := k.snapshot(ctx); err != nil {
		return err
	}
	if err := checkNewAlias(alias); err != nil {
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

// DeleteAlias takes an alias away from its key. The key stays.
//
// It returns AliasNotFound for an alias that no key has, InvalidParameter of
// "Alias" for what is none, and what all changes return (see the package
// documentation).
func (k *Keyring) DeleteAlias(ctx context.Context, alias string) error {
	if _, err := k.snapshot(ctx); err != nil {
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

// SetState puts a key with all its versions into a state, from whichever it is
// in. keyID is what Lookup takes. Versions that were looked up before keep the
// state they had.
//
// It returns InvalidParameter of "State" for what is none of the four, what
// Lookup returns for keyID, and what all changes return (see the package
// documentation).
func (k *Keyring) SetState(ctx context.Context, keyID string, state State) error {
	if _, err := k.snapshot(ctx); err != nil {
		return err
	}
	if err := state.check(); err != nil {
		return err
	}
	return k.update(ctx, func(s *snapshot) (*snapshot, error) {
		e, err := s.find(keyID)
		if err != nil || e.State == state {
			return s, err
		}
		return s.with(e.withState(state)), nil
	})
}

// add publishes a new key with one version of this material.
func (k *Keyring) add(ctx context.Context, m *material, heldElsewhere bool) (*Version, error) {
	created := now()
	key := Key{KeyID: newID(), KeySpec: m.spec, State: Enabled, Created: created, HeldElsewhere: heldElsewhere}.withVersion(m, created)
	err := k.update(ctx, func(s *snapshot) (*snapshot, error) { return s.with(key), nil })
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
		m.file, err = k.folder.vault.encrypt(keys.AsChecked(key))
	}
	return m, err
}

// now is the present in what the manifest can hold.
func now() time.Time { return time.Now().UTC().Truncate(time.Second) }
