// SPDX-License-Identifier: Apache-2.0

package keyring

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/nilness"
)

// A Row is one version of a key as a [Cache] loads it.
type Row struct {
	// KeyID and VersionID are the concrete ids, State is that of the key, Created
	// that of the version.
	KeyID, VersionID string
	State            State
	Created          time.Time

	// Material identifies the key material, where the ids alone do not: a checksum
	// of what is stored, for example. It may be "" if a version never gets another
	// key.
	Material string
	// Version makes the version with [ParseVersion] or [NewVersion]. It is called
	// once for the same KeyID, VersionID and Material, as long as it fails again, and
	// at most once at a time; the result is kept.
	Version func(ctx context.Context) (*Version, error)
}

// CacheOptions are the bounds of a [Cache]. The zero value has the defaults.
type CacheOptions struct {
	// MaxAge is how long what was loaded is used, and so how long a key that was
	// disabled elsewhere goes on signing here: one second by default.
	MaxAge time.Duration
	// MaxStale is for how much longer it is used while load returns Unavailable: not
	// at all by default.
	MaxStale time.Duration
	// MaxEntries is how many names, and how many versions, are kept: 100,000 by
	// default. What is kept beyond it is dropped in no order.
	MaxEntries int
}

// A Cache is a [Store] over a load function, a query of a database for example. It
// keeps two things: what load returned for a name, misses included, no longer than
// MaxAge; and versions with their keys, which are parsed and checked once. Of several
// lookups of one name at once, one calls load and the others wait for it.
//
// Misses are kept like rows, so that the time of an answer does not tell keys that
// exist from others. A Cache is safe for concurrent use. It starts no goroutine.
type Cache struct {
	load func(ctx context.Context, name Name, versionID string) (Row, error)
	opts CacheOptions

	mu       sync.Mutex
	rows     map[rowKey]*row
	flights  map[rowKey]*flight
	versions map[versionKey]*keptVersion
	stats    CacheStats

	// Forget costs the same however many rows there are: it drops none, but notes when it
	// was called. Times are counts of the calls of Forget and Expire.
	calls     uint64
	forgotten map[string]uint64 // by the id of a key or an alias
	allGone   uint64            // when all rows were dropped
	expired   uint64
}

type (
	rowKey     struct{ id, alias, version string }
	versionKey struct{ id, version, material string }
)

// row is what load returned: a Row, or the error of a miss. It never changes.
type row struct {
	Row
	miss          error
	loaded, fresh time.Time // since when it is known, and until when it is used without a question
	began         uint64    // the count of calls when it began to load
}

// flight is a call of load that other lookups wait for.
type flight struct {
	done chan struct{}
	row  *row
	err  error
}

// keptVersion is a version with its key. The semaphore is held while it is made.
type keptVersion struct {
	semaphore chan struct{}
	version   atomic.Pointer[Version]
}

var _ Store = (*Cache)(nil)

// NewCache returns a Cache over load. load is called with a Name that ParseName
// accepts and with a version id, or "" for the primary version. It returns what
// [Store] says of Lookup: a Row, or KeyNotFound, AliasNotFound or KeyVersionNotFound,
// which are kept, or another error, which is not. It is called by several goroutines
// at once, for different names.
func NewCache(load func(ctx context.Context, name Name, versionID string) (Row, error), opts CacheOptions) *Cache {
	if opts.MaxAge <= 0 {
		opts.MaxAge = time.Second
	}
	if opts.MaxEntries <= 0 {
		opts.MaxEntries = 100_000
	}
	return &Cache{load: load, opts: opts, rows: make(map[rowKey]*row), flights: make(map[rowKey]*flight),
		versions: make(map[versionKey]*keptVersion), forgotten: make(map[string]uint64)}
}

// Lookup implements [Store]. Beside what load and Row.Version return, it returns
// InvalidParameter of "KeyId" and "KeyVersionId" for what ParseName rejects, of
// "Context" for a nil context and of "Cache" for a Cache that NewCache did not make,
// the context's error, and Internal if load returned a Row that is not valid.
func (c *Cache) Lookup(ctx context.Context, keyID, versionID string) (*Version, error) {
	switch {
	case c == nil || c.load == nil:
		return nil, invalid("Cache", "the cache is nil, or has no function to load with")
	case nilness.Is(ctx):
		return nil, invalid("Context", "the context is nil")
	case ctx.Err() != nil:
		return nil, ctx.Err()
	}
	name, err := ParseName(keyID)
	if err != nil {
		return nil, err
	}
	if versionID != "" {
		if err := CheckID("KeyVersionId", versionID); err != nil {
			return nil, err
		}
	}
	r, err := c.row(ctx, rowKey{name.ID, name.Alias, versionID})
	if err == nil {
		err = r.miss
	}
	if err != nil {
		return nil, err
	}
	return c.version(ctx, r)
}

// Forget drops what is known of a key, by its id, of an alias, or with "" of
// everything: the next lookup calls load. What a call of load returns that began
// before Forget is not kept. Versions with their keys are dropped only with "".
func (c *Cache) Forget(keyID string) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls++
	clear(c.flights) // they end for the lookups that wait for them; later ones load anew
	if keyID == "" {
		c.forgetRows()
		clear(c.versions)
		return
	}
	if len(c.forgotten) >= c.opts.MaxEntries {
		c.forgetRows()
		return
	}
	c.forgotten[keyID] = c.calls
}

func (c *Cache) forgetRows() {
	clear(c.rows)
	clear(c.forgotten)
	c.allGone = c.calls
}

// known reports whether a row was loaded after what Forget was called for.
func (c *Cache) known(key rowKey, r *row) bool {
	return r.began >= c.allGone && r.began >= c.forgotten[key.id+key.alias] && r.began >= c.forgotten[r.KeyID]
}

// Expire ends the age of all that is known: the next lookup of a name calls load, and
// uses what is kept only if load returns Unavailable, within MaxStale. Versions with
// their keys are kept. It is for when changes may have been missed: after a connection
// that tells of them was lost and made again.
func (c *Cache) Expire() {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls++
	clear(c.flights)
	c.expired = c.calls
}

// row returns what is known of a name, or loads it.
func (c *Cache) row(ctx context.Context, key rowKey) (*row, error) {
	for first := true; ; first = false {
		c.mu.Lock()
		now := time.Now()
		if first {
			c.stats.Lookups++
		}
		if r := c.rows[key]; r != nil && now.Before(r.fresh) && r.began >= c.expired && c.known(key, r) {
			c.mu.Unlock()
			return r, nil
		}
		f := c.flights[key]
		if f == nil {
			f = &flight{done: make(chan struct{})}
			c.flights[key] = f
			c.stats.Loads++
			began := c.calls
			c.mu.Unlock()
			return c.fly(ctx, f, key, now, began)
		}
		c.mu.Unlock()
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-f.done:
		}
		if f.row != nil || f.err != nil {
			return f.row, f.err
		}
		// The lookup that loaded was cancelled. This one was not.
	}
}

// fly loads a row for every lookup that waits for it.
func (c *Cache) fly(ctx context.Context, f *flight, key rowKey, now time.Time, began uint64) (*row, error) {
	defer func() { // also if load panics
		c.mu.Lock()
		if c.flights[key] == f { // or Forget was called, and it is a later one
			delete(c.flights, key)
		}
		c.mu.Unlock()
		close(f.done)
	}()
	r, err := c.ask(ctx, key, now)
	switch {
	case err == nil:
		r.began = began
		c.keep(key, r)
	case ctx.Err() != nil:
		return nil, err // an error of this lookup only
	default:
		var old *row
		if errors.CodeOf(err) == errors.Unavailable {
			old = c.stale(key, now)
		}
		c.failed(old != nil)
		if old != nil {
			r, err = old, nil
		}
	}
	f.row, f.err = r, err
	return r, err
}

// ask calls load, and tells misses from other errors.
func (c *Cache) ask(ctx context.Context, key rowKey, now time.Time) (*row, error) {
	loaded, err := c.load(ctx, Name{ID: key.id, Alias: key.alias}, key.version)
	r := &row{Row: loaded, loaded: now, fresh: now.Add(c.opts.MaxAge)}
	switch code := errors.CodeOf(err); {
	case code == errors.KeyNotFound, code == errors.AliasNotFound, code == errors.KeyVersionNotFound:
		r.Row, r.miss = Row{}, err
	case err != nil:
		return nil, err
	case loaded.KeyID == "" || loaded.VersionID == "" || loaded.Version == nil || loaded.State.check() != nil:
		return nil, &errors.Error{Code: errors.Internal, Reason: "a row without ids, a state or a version was loaded"}
	}
	return r, nil
}

// keep remembers a row, unless Forget was called for it since it began to load.
func (c *Cache) keep(key rowKey, r *row) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.known(key, r) {
		return
	}
	if c.rows[key] == nil {
		makeRoom(c.rows, c.opts.MaxEntries, func(o *row) bool { return r.loaded.After(c.end(o)) })
	}
	c.rows[key] = r
}

// stale returns the row that is known of a name although it is too old, if it may
// still be used, and lets it be used for a while without a question.
func (c *Cache) stale(key rowKey, now time.Time) *row {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.rows[key]
	if r == nil || !c.known(key, r) || !now.Before(c.end(r)) {
		return nil
	}
	again := *r
	again.began = c.calls
	again.fresh = now.Add(c.opts.MaxAge)
	if end := c.end(r); again.fresh.After(end) {
		again.fresh = end
	}
	c.rows[key] = &again
	return &again
}

// end is when a row may not be used any more, whatever load returns.
func (c *Cache) end(r *row) time.Time { return r.loaded.Add(c.opts.MaxAge + c.opts.MaxStale) }

// makeRoom keeps a map below its bound: what is over goes first, then a quarter of
// what happens to come first.
func makeRoom[K comparable, V any](m map[K]V, bound int, over func(V) bool) {
	if len(m) < bound {
		return
	}
	for k, v := range m {
		if over(v) {
			delete(m, k)
		}
	}
	for k := range m {
		if len(m) <= bound-bound/4-1 {
			return
		}
		delete(m, k)
	}
}

// version returns the version of a row, with the key that is kept or made now.
func (c *Cache) version(ctx context.Context, r *row) (*Version, error) {
	key := versionKey{r.KeyID, r.VersionID, r.Material}
	c.mu.Lock()
	kept := c.versions[key]
	if kept == nil {
		makeRoom(c.versions, c.opts.MaxEntries, func(*keptVersion) bool { return false })
		kept = &keptVersion{semaphore: make(chan struct{}, 1)}
		c.versions[key] = kept
	}
	c.mu.Unlock()
	v := kept.version.Load()
	if v == nil {
		var err error
		if v, err = kept.make(ctx, r); err != nil {
			return nil, err
		}
	}
	v = v.clone()
	v.State, v.Created = r.State, r.Created
	return v, nil
}

// make calls Row.Version, unless another lookup has done it meanwhile.
func (k *keptVersion) make(ctx context.Context, r *row) (*Version, error) {
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case k.semaphore <- struct{}{}:
	}
	defer func() { <-k.semaphore }()
	if v := k.version.Load(); v != nil {
		return v, nil
	}
	v, err := r.Version(ctx)
	if err != nil {
		return nil, err
	}
	if v.check() != nil || v.KeyID != r.KeyID || v.VersionID != r.VersionID {
		return nil, &errors.Error{Code: errors.Internal, Reason: "a row was loaded with the version of another key, or none"}
	}
	v = v.clone()
	k.version.Store(v)
	return v, nil
}
