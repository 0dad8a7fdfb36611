package keyring

import (
	"slices"
	"strings"
	"time"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
)

// A Key describes one key of a keyring: what [Keyring.List] shows.
type Key struct {
	KeyID   string
	KeySpec keyspec.KeySpec
	State   State
	// Created is when the key was made or imported, in UTC and full seconds.
	Created time.Time
	// Primary is the id of the version that Lookup answers for "".
	Primary string
	// Aliases are sorted; each begins with "alias/". Without any, it is empty and
	// not nil, which JSON shows as [].
	Aliases []string
	// Versions are all versions, the oldest first.
	Versions []*Version
	// HeldElsewhere marks a key that came by ImportSigner.
	HeldElsewhere bool
}

// clone is what leaves the keyring.
func (k Key) clone() Key {
	k.Aliases = append([]string{}, k.Aliases...)
	k.Versions = slices.Clone(k.Versions)
	for i, v := range k.Versions {
		k.Versions[i] = v.clone()
	}
	return k
}

// withVersion returns k with one more version, which is its primary one.
func (k Key) withVersion(m *material, created time.Time) Key {
	v := &Version{KeyID: k.KeyID, VersionID: newID(), KeySpec: k.KeySpec, State: k.State, Created: created, material: m}
	k.Primary = v.VersionID
	k.Versions = append(slices.Clone(k.Versions), v)
	return k
}

// withState returns k in another state.
func (k Key) withState(s State) Key {
	k = k.clone()
	k.State = s
	for _, v := range k.Versions {
		v.State = s
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

// A snapshot is all that a keyring holds at one moment. It never changes, so that
// lookups need no lock.
type snapshot struct {
	closed  bool
	keys    []*entry // in the order in which they were made
	byID    map[string]*entry
	byAlias map[string]*entry
}

// entry is a key and the index of its versions.
type entry struct {
	Key
	versions map[string]*Version
}

// with returns the snapshot in which the given keys replace those of the same id;
// a key whose id is new is added at the end.
func (s *snapshot) with(changed ...Key) *snapshot {
	next := &snapshot{
		keys:    slices.Clone(s.keys),
		byID:    make(map[string]*entry, len(s.keys)+1),
		byAlias: make(map[string]*entry, len(s.byAlias)+1),
	}
	for _, k := range changed {
		e := &entry{Key: k, versions: make(map[string]*Version, len(k.Versions))}
		for _, v := range k.Versions {
			e.versions[v.VersionID] = v
		}
		if i := slices.IndexFunc(next.keys, func(o *entry) bool { return o.KeyID == k.KeyID }); i >= 0 {
			next.keys[i] = e
		} else {
			next.keys = append(next.keys, e)
		}
	}
	for _, e := range next.keys {
		next.byID[e.KeyID] = e
		for _, a := range e.Aliases {
			next.byAlias[a] = e
		}
	}
	return next
}

// find returns the key that an id, an alias or an ARN names.
func (s *snapshot) find(keyID string) (*entry, error) {
	if e := s.byID[keyID]; e != nil { // the common case, well-formed by being there
		return e, nil
	}
	if e := s.byAlias[keyID]; e != nil {
		return e, nil
	}
	id := keyID
	var err error
	switch {
	case strings.HasPrefix(keyID, aliasPrefix):
		if err = checkAlias("KeyId", keyID); err == nil {
			err = &errors.Error{Code: errors.AliasNotFound, Param: "KeyId", Reason: "no key has the alias " + quote(keyID)}
		}
	case strings.HasPrefix(keyID, arnPrefix):
		id, err = idOfARN(keyID)
	default:
		err = checkID("KeyId", keyID)
	}
	if err != nil {
		return nil, err
	}
	if e := s.byID[id]; e != nil {
		return e, nil
	}
	return nil, &errors.Error{Code: errors.KeyNotFound, Param: "KeyId", Reason: "no key has the id " + quote(id)}
}

// list returns copies of all keys.
func (s *snapshot) list() []Key {
	list := make([]Key, len(s.keys))
	for i, e := range s.keys {
		list[i] = e.clone()
	}
	return list
}
