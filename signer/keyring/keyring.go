// SPDX-License-Identifier: Apache-2.0

package keyring

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/nilness"
)

// A Keyring is the embedded [Store]: in memory, made by [New], or in a folder, made by
// [Create] and opened by [Open]. Its zero value is an empty keyring in memory; the
// methods of a nil *Keyring return InvalidParameter of "Keyring".
//
// It is safe for concurrent use. A lookup takes no lock. Changes are serialised; keys
// are generated and encrypted before a change takes its turn, so that a slow Create
// delays no other change.
type Keyring struct {
	now    atomic.Pointer[snapshot] // nil: empty
	mu     sync.Mutex               // held during a change
	folder *folder                  // nil: in memory
}

var _ Store = (*Keyring)(nil)

// New returns an empty keyring in memory. Its keys are lost when the program ends.
func New() *Keyring { return new(Keyring) }

// Close releases the folder. Afterwards every method but Close returns Unavailable of
// "Keyring", while Versions that were looked up before keep working. A second Close
// does nothing, and neither does that of a nil *Keyring.
//
// Close waits for a change that is being written. There is nothing to flush: what
// has been acknowledged is in the folder. It returns Unavailable of "Dir" if the
// system does not release the folder.
func (k *Keyring) Close() error {
	if k == nil {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.now.Store(&snapshot{closed: true})
	if k.folder == nil {
		return nil
	}
	return k.folder.close()
}

// Lookup implements [Store] for the keys of this keyring. Ids are compared
// exactly; an id is well-formed if it is 1 to 64 letters, digits, '-' and '_'. The
// region and the account of an ARN are not compared with anything.
//
// It returns KeyNotFound and AliasNotFound of "KeyId" and KeyVersionNotFound of
// "KeyVersionId" for what does not exist, InvalidParameter of "KeyId" and "KeyVersionId"
// for what is malformed and of "Context" for a nil context, the context's error if that is
// done, and Unavailable of "Keyring" after Close.
func (k *Keyring) Lookup(ctx context.Context, keyID, versionID string) (*Version, error) {
	s, err := k.snapshot(ctx)
	if err != nil {
		return nil, err
	}
	if versionID != "" {
		if err := CheckID("KeyVersionId", versionID); err != nil {
			return nil, err
		}
	}
	e, err := s.find(keyID)
	if err != nil {
		return nil, err
	}
	if versionID == "" {
		versionID = e.Primary
	}
	v := e.versions[versionID]
	if v == nil {
		return nil, &errors.Error{Code: errors.KeyVersionNotFound, Param: "KeyVersionId",
			Reason: "the key has no version " + quote(versionID)}
	}
	return v.clone(), nil
}

// List returns all keys, the oldest first. The slices are the caller's.
//
// It returns InvalidParameter of "Context" for a nil context, the context's error
// if that is done, and Unavailable of "Keyring" after Close.
func (k *Keyring) List(ctx context.Context) ([]Key, error) {
	s, err := k.snapshot(ctx)
	if err != nil {
		return nil, err
	}
	return s.list(), nil
}

// snapshot is what the keyring holds now, or the reason why it cannot be seen.
func (k *Keyring) snapshot(ctx context.Context) (*snapshot, error) {
	if k == nil {
		return nil, invalid("Keyring", "the keyring is nil")
	}
	if nilness.Is(ctx) {
		return nil, invalid("Context", "the context is nil")
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s := k.now.Load()
	if s == nil {
		return new(snapshot), nil
	}
	if s.closed {
		return nil, &errors.Error{Code: errors.Unavailable, Param: "Keyring", Reason: "the keyring is closed"}
	}
	return s, nil
}

// changeable is snapshot for a change.
func (k *Keyring) changeable(ctx context.Context) (*snapshot, error) {
	s, err := k.snapshot(ctx)
	if err == nil && k.folder != nil && k.folder.settings.readOnly {
		return nil, &errors.Error{Code: errors.AccessDenied, Param: "Keyring",
			Reason: "the keyring was opened by OpenReadOnly"}
	}
	return s, err
}

// update makes the next snapshot out of the present one, writes it to the folder
// and shows it to lookups, in this order. edit may be called more than once.
func (k *Keyring) update(ctx context.Context, edit func(*snapshot) (*snapshot, error)) error {
	replaced, err := k.renewOldFiles(ctx, edit)
	if err != nil {
		return err
	}
	return k.apply(ctx, edit, replaced, nil, false)
}

// updateNow is update for what must not wait for key files of the first version of
// the format to be encrypted anew, and may use the reserve.
func (k *Keyring) updateNow(ctx context.Context, edit func(*snapshot) (*snapshot, error)) error {
	return k.apply(ctx, edit, nil, nil, true)
}

// apply is the part of update that one change at a time does. renew returns the
// vault under which the folder is to be written, if not the present one.
func (k *Keyring) apply(ctx context.Context, edit func(*snapshot) (*snapshot, error),
	replaced map[*material]*material, renew func(*vault) (*vault, error), urgent bool) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	s, err := k.snapshot(ctx)
	if err != nil {
		return err
	}
	next, err := edit(s)
	if err != nil {
		return err
	}
	if k.folder != nil {
		v := k.folder.vault.Load()
		if renew != nil {
			if v, err = renew(v); err != nil {
				return err
			}
		}
		next = next.withMaterials(replaced)
		if err := k.folder.save(next, v, urgent); err != nil {
			return err
		}
	}
	k.now.Store(next)
	return nil
}
