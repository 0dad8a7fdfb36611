// SPDX-License-Identifier: Apache-2.0

package keyring

import (
	"context"
	"crypto"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kmsigner/kmsigner/keyspec"
)

// A Manager is a [Store] whose keys can be changed and listed: what key management
// over the wire needs. [*Keyring] is one; its methods say what each of these does,
// and returns. A Manager is safe for concurrent use.
//
// Every keyID is what Lookup takes. A change that has returned without an error is
// durable as far as the Manager's storage is, and seen by every later call. Two
// changes at once end as if one had been made after the other.
//
// Whether keys are ever deleted is not part of it: ScheduleDeletion only records a
// date.
type Manager interface {
	Store

	Create(ctx context.Context, spec keyspec.KeySpec) (*Version, error)
	CreateWith(ctx context.Context, spec keyspec.KeySpec, a Attributes) (*Version, error)
	CreateAs(ctx context.Context, keyID, versionID string, spec keyspec.KeySpec) (*Version, error)
	Import(ctx context.Context, key crypto.PrivateKey) (*Version, error)
	ImportAs(ctx context.Context, keyID, versionID string, key crypto.PrivateKey) (*Version, error)
	Rotate(ctx context.Context, keyID string) (*Version, error)

	SetAlias(ctx context.Context, alias, keyID string) error
	CreateAlias(ctx context.Context, alias, keyID string) error
	DeleteAlias(ctx context.Context, alias string) error
	SetState(ctx context.Context, keyID string, state State) error
	ScheduleDeletion(ctx context.Context, keyID string, date time.Time) error
	SetDescription(ctx context.Context, keyID, description string) error

	Describe(ctx context.Context, keyID string) (Key, error)
	ListPage(ctx context.Context, p Page) (keys []Key, total int, err error)
	Aliases(ctx context.Context, keyID string, p Page) (aliases []Alias, total int, err error)
}

var _ Manager = (*Keyring)(nil)

// A Page is a part of a list: at most Limit elements from Offset on, counted from
// 0. A Limit of 0 is none: all elements from Offset on.
type Page struct{ Offset, Limit int }

// Check returns InvalidParameter of "Page" for a negative offset or limit. It is for
// Managers of your own.
func (p Page) Check() error {
	if p.Offset < 0 || p.Limit < 0 {
		return invalid("Page",
			"an offset and a limit are not negative, got "+strconv.Itoa(p.Offset)+" and "+strconv.Itoa(p.Limit))
	}
	return nil
}

// of returns the page of a list.
func of[T any](list []T, p Page) []T {
	list = list[min(p.Offset, len(list)):]
	if p.Limit > 0 {
		list = list[:min(p.Limit, len(list))]
	}
	return list
}

// An Alias is a name of a key.
type Alias struct {
	// Name begins with "alias/".
	Name string
	// KeyID is the id of the key that has it.
	KeyID string
}

// Describe returns one key with all its versions and aliases. keyID is what Lookup
// takes. The slices are the caller's.
//
// It returns what Lookup returns for keyID and for ctx.
func (k *Keyring) Describe(ctx context.Context, keyID string) (Key, error) {
	s, err := k.snapshot(ctx)
	if err != nil {
		return Key{}, err
	}
	e, err := s.find(keyID)
	if err != nil {
		return Key{}, err
	}
	return e.clone(), nil
}

// ListPage returns a page of all keys, the oldest first, and how many keys there
// are. The slices are the caller's.
//
// It returns InvalidParameter of "Page" for a negative offset or limit, and what
// List returns. An offset beyond the end is no error: the page is empty.
func (k *Keyring) ListPage(ctx context.Context, p Page) (keys []Key, total int, err error) {
	s, err := k.snapshot(ctx)
	if err == nil {
		err = p.Check()
	}
	if err != nil {
		return nil, 0, err
	}
	keys = []Key{}
	for _, e := range of(s.keys, p) {
		keys = append(keys, e.clone())
	}
	return keys, len(s.keys), nil
}

// Aliases returns a page of the aliases of a key, or of all keys if keyID is "",
// sorted by name, and how many there are.
//
// It returns InvalidParameter of "Page" for a negative offset or limit, and what
// Lookup returns for keyID and for ctx. An offset beyond the end is no error: the
// page is empty.
func (k *Keyring) Aliases(ctx context.Context, keyID string, p Page) (aliases []Alias, total int, err error) {
	s, err := k.snapshot(ctx)
	if err == nil {
		err = p.Check()
	}
	if err != nil {
		return nil, 0, err
	}
	keys := s.keys
	if keyID != "" {
		e, err := s.find(keyID)
		if err != nil {
			return nil, 0, err
		}
		keys = []*entry{e}
	}
	all := []Alias{}
	for _, e := range keys {
		for _, name := range e.Aliases {
			all = append(all, Alias{Name: name, KeyID: e.KeyID})
		}
	}
	slices.SortFunc(all, func(a, b Alias) int { return strings.Compare(a.Name, b.Name) })
	return of(all, p), len(all), nil
}

// Orphans returns the names of the key files in the folder that no version of a key
// has, sorted: what an interrupted Create, Import or Rotate wrote, or an
// interrupted Purge or ChangePassword did not remove. A keyring in memory has none.
//
// It returns what List returns, and Unavailable of "Dir" if the folder cannot be
// read.
func (k *Keyring) Orphans(ctx context.Context) ([]string, error) {
	return k.withOrphans(ctx, k.snapshot, func([]string) error { return nil })
}

// RemoveOrphans removes the files that Orphans returns, and returns their names. Do
// not call it where a manifest from a backup may have to be put back: its key files
// may be among them.
//
// It returns what all changes return (see the package documentation).
func (k *Keyring) RemoveOrphans(ctx context.Context) ([]string, error) {
	return k.withOrphans(ctx, k.changeable, func(names []string) error { return k.folder.removeAll(names) })
}

// withOrphans is Orphans and RemoveOrphans, which differ in what they check and do.
func (k *Keyring) withOrphans(ctx context.Context,
	check func(context.Context) (*snapshot, error), do func([]string) error) ([]string, error) {
	if _, err := check(ctx); err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, err := check(ctx); err != nil || k.folder == nil {
		return nil, err
	}
	names, err := k.folder.orphans()
	if err == nil {
		err = do(names)
	}
	if err != nil {
		return nil, err
	}
	return names, nil
}
