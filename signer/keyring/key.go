// SPDX-License-Identifier: Apache-2.0

package keyring

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/kmsigner/kmsigner/keyspec"
)

// A Key describes one key of a keyring: what [Keyring.List] and [Keyring.Describe]
// return.
type Key struct {
	KeyID   string
	KeySpec keyspec.KeySpec
	State   State
	// Created is when the key was made or imported, in UTC and full seconds.
	Created time.Time
	// DeletionDate is when a key that is PendingDeletion may be deleted, in UTC and
	// full seconds. Without a date, it is zero.
	DeletionDate time.Time
	// Description is free text.
	Description string
	// Primary is the id of the version that Lookup returns for "".
	Primary string
	// Aliases are sorted; each begins with "alias/". Without any, it is empty and
	// not nil, which JSON shows as [].
	Aliases []string
	// Versions are all versions, the oldest first.
	Versions []*Version
	// HeldElsewhere marks a key that was added by ImportSigner.
	HeldElsewhere bool
}

// maxDescription is the bound of Alibaba Cloud KMS, the larger one.
const maxDescription = 8192

// CheckDescription returns InvalidParameter of "Description" for what
// [Keyring.SetDescription] rejects: more than 8192 bytes, what is not UTF-8, and control
// characters other than tabs and line breaks. It is for Managers of your own.
func CheckDescription(s string) error {
	switch {
	case len(s) > maxDescription:
		return invalid("Description",
			"a description is at most "+strconv.Itoa(maxDescription)+" bytes, got "+strconv.Itoa(len(s)))
	case !utf8.ValidString(s):
		return invalid("Description", "a description is UTF-8")
	case strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\n' && r != '\r' && r != '\t' }):
		return invalid("Description", "a description has no control characters but tabs and line breaks")
	}
	return nil
}

// clone returns a copy for a caller.
func (k Key) clone() Key {
	k.Aliases = append([]string{}, k.Aliases...)
	k.Versions = slices.Clone(k.Versions)
	for i, v := range k.Versions {
		k.Versions[i] = v.clone()
	}
	return k
}

// withVersion returns k with one more version, which is its primary one.
func (k Key) withVersion(id string, m *material, created time.Time) Key {
	v := &Version{KeyID: k.KeyID, VersionID: id, KeySpec: k.KeySpec, State: k.State, Created: created, material: m}
	k.Primary = v.VersionID
	k.Versions = append(slices.Clone(k.Versions), v)
	return k
}

// withState returns k in another state, and with a deletion date or none.
func (k Key) withState(s State, deletion time.Time) Key {
	k = k.clone()
	k.State, k.DeletionDate = s, deletion
	for _, v := range k.Versions {
		v.State = s
	}
	return k
}

// withMaterial returns k with other materials in the place of some of its own.
func (k Key) withMaterial(replaced map[*material]*material) Key {
	k = k.clone()
	for _, v := range k.Versions {
		if m := replaced[v.material]; m != nil {
			v.material = m
		}
	}
	return k
}

// withAlias returns k with one more alias, withoutAlias with one less.
func (k Key) withAlias(alias string) Key {
	k.Aliases = append(slices.Clone(k.Aliases), alias)
	slices.Sort(k.Aliases)
	return k
}

func (k Key) withoutAlias(alias string) Key {
	k.Aliases = slices.DeleteFunc(slices.Clone(k.Aliases), func(a string) bool { return a == alias })
	return k
}
