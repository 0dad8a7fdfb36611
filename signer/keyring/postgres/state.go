// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"time"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

// SetState sets the state of a key with all its versions, as [keyring.Keyring.SetState]
// does. Other replicas notice it at once, and by the bound at the latest.
func (k *Keyring) SetState(ctx context.Context, keyID string, state keyring.State) error {
	if err := state.Err(); errors.Is(err, errors.InvalidParameter) {
		if own := k.check(ctx); own != nil {
			return own
		}
		return err
	}
	return k.edit(ctx, keyID, func(r *keyRow) bool {
		if r.state == string(state) && !r.deletionDate.Valid {
			return false
		}
		r.state, r.deletionDate = string(state), moment(time.Time{})
		return true
	})
}

// ScheduleDeletion makes a key PendingDeletion with a date, as
// [keyring.Keyring.ScheduleDeletion] does.
func (k *Keyring) ScheduleDeletion(ctx context.Context, keyID string, date time.Time) error {
	if err := k.check(ctx); err != nil {
		return err
	}
	date = date.UTC().Truncate(time.Second)
	if date.IsZero() || date.Year() < 1 || date.Year() > 9999 {
		return invalid("DeletionDate", "it is missing, or its year is not between 1 and 9999")
	}
	return k.edit(ctx, keyID, func(r *keyRow) bool {
		if r.state == string(keyring.PendingDeletion) && r.deletionDate.Valid && r.deletionDate.Time.Equal(date) {
			return false
		}
		r.state, r.deletionDate = string(keyring.PendingDeletion), moment(date)
		return true
	})
}

// SetDescription replaces the description of a key, as
// [keyring.Keyring.SetDescription] does.
func (k *Keyring) SetDescription(ctx context.Context, keyID, description string) error {
	if err := k.check(ctx); err != nil {
		return err
	}
	if err := keyring.CheckDescription(description); err != nil {
		return err
	}
	return k.edit(ctx, keyID, func(r *keyRow) bool {
		if r.description == description {
			return false
		}
		r.description = description
		return true
	})
}

// edit changes the row of one key. change reports whether there is something to write.
func (k *Keyring) edit(ctx context.Context, keyID string, change func(*keyRow) bool) error {
	if err := k.check(ctx); err != nil {
		return err
	}
	name, err := keyring.ParseName(keyID)
	if err != nil {
		return err
	}
	return k.change(ctx, func(ctx context.Context, t *tx) error {
		r, err := t.find(ctx, name)
		if err != nil || !change(r) {
			return err
		}
		return t.save(ctx, r)
	})
}
