// SPDX-License-Identifier: Apache-2.0

package keyring

import (
	"maps"
	"slices"
	"strings"

	"github.com/kmsigner/kmsigner/errors"
)

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
	line     []byte // the key in the manifest, once it was needed; only for holders of the keyring's mutex
}

func newEntry(k Key) *entry {
	e := &entry{Key: k, versions: make(map[string]*Version, len(k.Versions))}
	for _, v := range k.Versions {
		e.versions[v.VersionID] = v
	}
	return e
}

// snapshotOf returns a snapshot of these keys.
func snapshotOf(keys []*entry) *snapshot {
	s := &snapshot{keys: keys, byID: make(map[string]*entry, len(keys)), byAlias: make(map[string]*entry)}
	for _, e := range keys {
		s.byID[e.KeyID] = e
		for _, a := range e.Aliases {
			s.byAlias[a] = e
		}
	}
	return s
}

// with returns the snapshot in which the given keys replace those of the same id;
// a key whose id is new is added at the end.
func (s *snapshot) with(changed ...Key) *snapshot {
	next := &snapshot{keys: slices.Clone(s.keys), byID: maps.Clone(s.byID), byAlias: maps.Clone(s.byAlias)}
	if next.byID == nil {
		next.byID, next.byAlias = make(map[string]*entry), make(map[string]*entry)
	}
	for _, k := range changed {
		e := newEntry(k)
		if old := next.byID[k.KeyID]; old != nil {
			next.keys[slices.Index(next.keys, old)] = e
			for _, a := range old.Aliases {
				delete(next.byAlias, a)
			}
		} else {
			next.keys = append(next.keys, e)
		}
		next.byID[k.KeyID] = e
	}
	for _, k := range changed { // last: an alias may have moved from one of them to another
		for _, a := range k.Aliases {
			next.byAlias[a] = next.byID[k.KeyID]
		}
	}
	return next
}

// without returns the snapshot without these keys.
func (s *snapshot) without(gone map[*entry]bool) *snapshot {
	return snapshotOf(slices.DeleteFunc(slices.Clone(s.keys), func(e *entry) bool { return gone[e] }))
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
		err = CheckID("KeyId", keyID)
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
