// SPDX-License-Identifier: Apache-2.0

package keyring

import (
	"slices"

	"github.com/kmsigner/kmsigner/errors"
)

// A State says what a key may be used for at present. All versions of a key
// share its state.
type State string

// The four states.
const (
	// Enabled: the key signs and verifies. New keys are in this state.
	Enabled State = "Enabled"
	// Disabled: the key is switched off until it is enabled again.
	Disabled State = "Disabled"
	// PendingDeletion: the key is to be deleted. Only [Keyring.Purge] deletes it,
	// from the deletion date on.
	PendingDeletion State = "PendingDeletion"
	// PendingImport: the key waits for its material. In a Keyring every key has
	// its material; this state only answers as a provider's key would, which is
	// for testing clients and front ends.
	PendingImport State = "PendingImport"
)

// Err returns nil for Enabled, and the error for using a key in another state:
// KeyDisabled, KeyPendingDeletion or KeyPendingImport, and InvalidParameter of
// "State" for what is none of the four.
func (s State) Err() error {
	switch s {
	case Enabled:
		return nil
	case Disabled:
		return &errors.Error{Code: errors.KeyDisabled, Param: "KeyId", Reason: "the key is disabled"}
	case PendingDeletion:
		return &errors.Error{Code: errors.KeyPendingDeletion, Param: "KeyId", Reason: "the key is waiting to be deleted"}
	case PendingImport:
		return &errors.Error{Code: errors.KeyPendingImport, Param: "KeyId", Reason: "the key is waiting for its material"}
	default:
		return s.check()
	}
}

// check refuses what is none of the four.
func (s State) check() error {
	if slices.Contains([]State{Enabled, Disabled, PendingDeletion, PendingImport}, s) {
		return nil
	}
	return invalid("State", "no state is named "+quote(string(s)))
}
