// SPDX-License-Identifier: Apache-2.0

package keyring

import (
	"context"
	"crypto"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/testkeys"
	"github.com/kmsigner/kmsigner/keyspec"
)

// table is a store of one's own, as a database is one.
type table struct {
	key           crypto.PrivateKey
	loads, makes  atomic.Int64
	err           error
	state         State
	material      string
	delay         time.Duration
	version       func(id, version string) (*Version, error)
	bent          func(*Row)
	panics, block bool
}

func newTable(t testing.TB) *table {
	t.Helper()
	key, err := testkeys.Key(keyspec.ECP256)
	require.NoError(t, err)
	b := &table{key: key, state: Enabled}
	b.version = func(id, version string) (*Version, error) { return NewVersion(id, version, key) }
	return b
}

func (b *table) load(ctx context.Context, name Name, versionID string) (Row, error) {
	b.loads.Add(1)
	if b.panics {
		panic("load")
	}
	if b.block {
		<-ctx.Done()
		return Row{}, ctx.Err()
	}
	time.Sleep(b.delay)
	switch {
	case b.err != nil:
		return Row{}, b.err
	case name.Alias != "" && name.Alias != "alias/a":
		return Row{}, &errors.Error{Code: errors.AliasNotFound, Param: "KeyId", Reason: "no such alias"}
	case name.ID != "" && name.ID != "k":
		return Row{}, &errors.Error{Code: errors.KeyNotFound, Param: "KeyId", Reason: "no such key"}
	case versionID != "" && versionID != "v2" && versionID != "v1":
		return Row{}, &errors.Error{Code: errors.KeyVersionNotFound, Param: "KeyVersionId", Reason: "no such version"}
	case versionID == "":
		versionID = "v2"
	}
	r := Row{KeyID: "k", VersionID: versionID, State: b.state, Created: time.Unix(1e9, 0).UTC(), Material: b.material}
	r.Version = func(context.Context) (*Version, error) {
		b.makes.Add(1)
		return b.version(r.KeyID, r.VersionID)
	}
	if b.bent != nil {
		b.bent(&r)
	}
	return r, nil
}

func TestCache(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTable(t)
		c := NewCache(b.load, CacheOptions{MaxAge: time.Second})
		lookup := func(name, version string) (*Version, error) { return c.Lookup(t.Context(), name, version) }
		require1 := func(loads, makes int64) {
			t.Helper()
			require.Equal(t, []int64{loads, makes}, []int64{b.loads.Load(), b.makes.Load()})
		}
		for range 3 {
			v, err := lookup("k", "")
			require.NoError(t, err)
			require.Equal(t, []any{"k", "v2", Enabled, time.Unix(1e9, 0).UTC(), keyspec.ECP256},
				[]any{v.KeyID, v.VersionID, v.State, v.Created, v.KeySpec})
			_, err = v.Signer(keyspec.ECDSASHA256)
			require.NoError(t, err)
			v.State = Disabled // a copy
		}
		require1(1, 1)
		for range 3 { // another name of the same version: a row of its own, the same key
			_, err := lookup("alias/a", "v2")
			require.NoError(t, err)
		}
		require1(2, 1)
		_, err := lookup("k", "v1")
		require.NoError(t, err)
		require1(3, 2)

		// What was disabled elsewhere goes on for a second, not longer.
		b.state = Disabled
		time.Sleep(time.Second - 1)
		v, err := lookup("k", "")
		require.NoError(t, err)
		require.Equal(t, Enabled, v.State)
		time.Sleep(time.Nanosecond)
		v, err = lookup("k", "")
		require.NoError(t, err)
		require.Equal(t, Disabled, v.State)
		require1(4, 2)

		// Misses are kept as well.
		for name, code := range map[[2]string]errors.Code{
			{"alias/b", ""}: errors.AliasNotFound, {"x", ""}: errors.KeyNotFound, {"k", "v3"}: errors.KeyVersionNotFound,
		} {
			before := b.loads.Load()
			for range 3 {
				_, err := lookup(name[0], name[1])
				requireError(t, err, code, map[bool]string{true: "KeyVersionId", false: "KeyId"}[name[1] != ""], "no such")
			}
			require.Equal(t, before+1, b.loads.Load())
		}

		// Forget ends both before their time.
		b.state = Enabled
		before := b.loads.Load()
		for _, name := range []string{"k", "alias/a", "alias/b", ""} {
			c.Forget(name)
			for range 2 {
				_, err := lookup("alias/a", "")
				require.NoError(t, err)
			}
		}
		require.Equal(t, before+3, b.loads.Load(), `"k" and "alias/a" and "" are names of what was asked, "alias/b" is not`)
		require.EqualValues(t, 3, b.makes.Load(), "only the last of them drops keys")
		b.material = "another"
		c.Forget("k")
		_, err = lookup("k", "")
		require.NoError(t, err)
		require.EqualValues(t, 4, b.makes.Load(), "other material is another key")
	})
}

func TestCache_unavailable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTable(t)
		c := NewCache(b.load, CacheOptions{MaxAge: time.Second, MaxStale: 10 * time.Second})
		strict := NewCache(b.load, CacheOptions{})
		for _, c := range []*Cache{c, strict} {
			_, err := c.Lookup(t.Context(), "k", "")
			require.NoError(t, err)
		}
		_, err := c.Lookup(t.Context(), "x", "")
		require.ErrorIs(t, err, errors.KeyNotFound)
		start, before := time.Now(), b.loads.Load()
		b.err = &errors.Error{Code: errors.Unavailable, Reason: "the database is gone"}
		_, err = c.Lookup(t.Context(), "alias/a", "")
		require.ErrorIs(t, err, errors.Unavailable, "never seen")
		for time.Since(start) < 11*time.Second {
			_, err = c.Lookup(t.Context(), "k", "")
			require.NoError(t, err, "%v", time.Since(start))
			_, err = c.Lookup(t.Context(), "x", "")
			require.ErrorIs(t, err, errors.KeyNotFound)
			time.Sleep(10 * time.Millisecond)
		}
		require.LessOrEqual(t, b.loads.Load()-before, int64(21), "it asks once a second")
		_, err = c.Lookup(t.Context(), "k", "")
		require.ErrorIs(t, err, errors.Unavailable)
		_, err = strict.Lookup(t.Context(), "k", "")
		require.ErrorIs(t, err, errors.Unavailable)

		b.err = errors.New("something else") // is no reason to go on
		_, err = c.Lookup(t.Context(), "k", "")
		require.Equal(t, b.err, err)
		b.err = nil
		_, err = c.Lookup(t.Context(), "k", "")
		require.NoError(t, err, "errors are not kept")
	})
}

// TestCache_atOnce: one lookup of a name loads, the others wait for it, each as long
// as its own context.
func TestCache_atOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTable(t)
		b.delay = time.Minute
		c := NewCache(b.load, CacheOptions{MaxAge: time.Hour})
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				if i == 7 {
					ctx, cancel = context.WithTimeout(t.Context(), time.Second)
				}
				defer cancel()
				if i == 7 {
					time.Sleep(time.Nanosecond) // it is not the one that loads
				}
				_, err := c.Lookup(ctx, "k", "")
				if i == 7 && err != context.DeadlineExceeded || i != 7 && err != nil {
					t.Error(i, err)
				}
			})
		}
		all.Wait()
		require.Equal(t, []int64{1, 1}, []int64{b.loads.Load(), b.makes.Load()})

		// If the one that loads is cancelled, another one loads.
		c.Forget("")
		b.delay, b.block = 0, true
		ctx, cancel := context.WithCancel(t.Context())
		all.Go(func() {
			if _, err := c.Lookup(ctx, "k", ""); err != context.Canceled {
				t.Error(err)
			}
		})
		synctest.Wait()
		all.Go(func() {
			if _, err := c.Lookup(t.Context(), "k", ""); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		b.block = false
		cancel()
		all.Wait()

		// So it does if that one panics.
		c.Forget("")
		b.panics = true
		require.Panics(t, func() { c.Lookup(t.Context(), "k", "") })
		b.panics = false
		_, err := c.Lookup(t.Context(), "k", "")
		require.NoError(t, err)
	})
}

// TestCache_forgetWhileLoading: what a load returns that began before Forget may be
// what Forget was called for.
func TestCache_forgetWhileLoading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTable(t)
		b.delay = time.Minute
		c := NewCache(b.load, CacheOptions{MaxAge: time.Hour})
		var all sync.WaitGroup
		all.Go(func() {
			if _, err := c.Lookup(t.Context(), "k", ""); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		c.Forget("k")
		all.Wait()
		_, err := c.Lookup(t.Context(), "k", "")
		require.NoError(t, err)
		require.EqualValues(t, 2, b.loads.Load())
	})
}

// A lookup that begins after Forget does not take what is being loaded for one that
// began before.
func TestCache_forgetBeforeLookup(t *testing.T) {
	for _, forgotten := range []string{"k", "alias/a", ""} {
		synctest.Test(t, func(t *testing.T) {
			b := newTable(t)
			var disabled atomic.Bool
			c := NewCache(func(ctx context.Context, name Name, versionID string) (Row, error) {
				off := disabled.Load()
				time.Sleep(time.Second)
				r, err := b.load(ctx, name, versionID)
				if off {
					r.State = Disabled
				}
				return r, err
			}, CacheOptions{MaxAge: time.Hour})
			states := make(chan State, 2)
			lookup := func() {
				v, err := c.Lookup(t.Context(), "alias/a", "")
				require.NoError(t, err)
				states <- v.State
			}
			go lookup()
			time.Sleep(time.Second / 2)
			disabled.Store(true)
			c.Forget(forgotten)
			go lookup()
			require.Equal(t, Enabled, <-states)
			require.Equal(t, Disabled, <-states, "after Forget(%q)", forgotten)
			lookup()
			require.Equal(t, Disabled, <-states)
			require.EqualValues(t, 2, b.loads.Load(), "what was loaded last is kept")
		})
	}
}

func TestCache_invalid(t *testing.T) {
	b := newTable(t)
	c := NewCache(b.load, CacheOptions{})
	for _, name := range []string{"", " ", "alias/", "alias/a b", "acs:kms:cn-hangzhou:1:key/k", "\x00"} {
		_, err := c.Lookup(t.Context(), name, "")
		requireError(t, err, errors.InvalidParameter, "KeyId", "")
	}
	_, err := c.Lookup(t.Context(), "k", "v 1")
	requireError(t, err, errors.InvalidParameter, "KeyVersionId", "")
	var none context.Context
	_, err = c.Lookup(none, "k", "")
	requireError(t, err, errors.InvalidParameter, "Context", "nil")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = c.Lookup(ctx, "k", "")
	require.Equal(t, context.Canceled, err)
	require.Zero(t, b.loads.Load(), "none of this is asked")
	for _, c := range []*Cache{nil, {}, NewCache(nil, CacheOptions{})} {
		_, err = c.Lookup(t.Context(), "k", "")
		requireError(t, err, errors.InvalidParameter, "Cache", "")
		c.Forget("k")
		c.Forget("")
	}
	for name, bent := range map[string]func(*Row){
		"no key id":     func(r *Row) { r.KeyID = "" },
		"no version id": func(r *Row) { r.VersionID = "" },
		"no state":      func(r *Row) { r.State = "" },
		"another state": func(r *Row) { r.State = "enabled" },
		"no version":    func(r *Row) { r.Version = nil },
		"a nil version": func(r *Row) { r.Version = func(context.Context) (*Version, error) { return nil, nil } },
		"a zero version": func(r *Row) {
			r.Version = func(context.Context) (*Version, error) { return &Version{KeyID: "k", VersionID: "v2"}, nil }
		},
		"another key's": func(r *Row) {
			r.Version = func(context.Context) (*Version, error) { return NewVersion("k", "v3", b.key) }
		},
	} {
		b.bent = bent
		_, err := NewCache(b.load, CacheOptions{}).Lookup(t.Context(), "k", "")
		require.ErrorIs(t, err, errors.Internal, name)
	}
}

// TestCache_bounded: no client makes it grow, and an error of a version is not kept.
func TestCache_bounded(t *testing.T) {
	b := newTable(t)
	c := NewCache(b.load, CacheOptions{MaxAge: time.Hour, MaxEntries: 100})
	for i := range 1000 {
		_, err := c.Lookup(t.Context(), fmt.Sprintf("x%d", i), "")
		require.ErrorIs(t, err, errors.KeyNotFound)
		require.LessOrEqual(t, len(c.rows), 100)
	}
	b.bent = func(r *Row) { r.Material = fmt.Sprint(b.loads.Load()) }
	for range 300 {
		c.Forget("k")
		_, err := c.Lookup(t.Context(), "k", "")
		require.NoError(t, err)
		require.LessOrEqual(t, len(c.versions), 100)
	}
	require.Empty(t, c.flights)

	c = NewCache(b.load, CacheOptions{MaxAge: time.Hour})
	good := b.version
	b.version = func(string, string) (*Version, error) { return nil, errors.Unavailable }
	_, err := c.Lookup(t.Context(), "k", "")
	require.ErrorIs(t, err, errors.Unavailable)
	b.version = good
	_, err = c.Lookup(t.Context(), "k", "")
	require.NoError(t, err)
}

// TestCacheRace is for the race detector.
func TestCacheRace(t *testing.T) {
	b := newTable(t)
	c := NewCache(b.load, CacheOptions{MaxAge: time.Microsecond, MaxStale: time.Microsecond, MaxEntries: 3})
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for j := range 300 {
				name := []string{"k", "alias/a", "x", "y", "z"}[(i+j)%5]
				v, err := c.Lookup(t.Context(), name, "")
				if err == nil {
					_, err = v.Signer(keyspec.ECDSASHA256)
				}
				if err != nil && !errors.Is(err, errors.KeyNotFound) {
					t.Error(err)
				}
				if j%50 == 0 {
					c.Forget([]string{"k", ""}[j/50%2])
				}
			}
		})
	}
	all.Wait()
}

// BenchmarkCache is a warm lookup.
func BenchmarkCache(b *testing.B) {
	c := NewCache(newTable(b).load, CacheOptions{MaxAge: time.Hour})
	for b.Loop() {
		if _, err := c.Lookup(b.Context(), "alias/a", ""); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRow is a cold one: a private key in PEM becomes a signer.
func BenchmarkRow(b *testing.B) {
	for _, spec := range keyspec.All() {
		key, err := testkeys.Key(spec)
		require.NoError(b, err)
		text, err := keyspec.MarshalPrivateKey(key)
		require.NoError(b, err)
		b.Run(string(spec), func(b *testing.B) {
			for b.Loop() {
				v, err := ParseVersion("k", "v", text, nil)
				if err == nil {
					_, err = v.Signer(spec.Algorithms()[0])
				}
				require.NoError(b, err)
			}
		})
	}
}

// TestCache_expire: the next lookup asks again, goes on with what it knows if there is
// no answer, and keeps the versions.
func TestCache_expire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTable(t)
		c := NewCache(b.load, CacheOptions{MaxAge: time.Minute})
		first, err := c.Lookup(t.Context(), "k", "")
		require.NoError(t, err)
		made := b.makes.Load()

		c.Expire()
		before := b.loads.Load()
		second, err := c.Lookup(t.Context(), "k", "")
		require.NoError(t, err)
		require.Equal(t, before+1, b.loads.Load())
		require.Equal(t, made, b.makes.Load())
		require.Same(t, first.material, second.material)

		c.Expire()
		b.err = &errors.Error{Code: errors.Unavailable, Reason: "the database is gone"}
		_, err = c.Lookup(t.Context(), "k", "")
		require.NoError(t, err)
		time.Sleep(time.Minute)
		_, err = c.Lookup(t.Context(), "k", "")
		require.ErrorIs(t, err, errors.Unavailable)
		(*Cache)(nil).Expire()
	})
}

// TestCache_forgetMany: what is forgotten is bounded too, other names stay, and what was
// forgotten is not used again without an answer.
func TestCache_forgetMany(t *testing.T) {
	b := newTable(t)
	c := NewCache(b.load, CacheOptions{MaxAge: time.Hour, MaxStale: time.Hour, MaxEntries: 10})
	lookup := func() error { _, err := c.Lookup(t.Context(), "alias/a", ""); return err }
	require.NoError(t, lookup())
	for i := range 10 {
		c.Forget(fmt.Sprint("other-", i))
		require.NoError(t, lookup())
		require.EqualValues(t, 1, b.loads.Load())
	}
	c.Forget("one more")
	require.NoError(t, lookup())
	require.EqualValues(t, 2, b.loads.Load())
	require.LessOrEqual(t, len(c.forgotten), 10)

	for _, name := range []string{"k", "alias/a", ""} { // the key, the alias, all
		require.NoError(t, lookup())
		c.Forget(name)
		b.err = &errors.Error{Code: errors.Unavailable, Reason: "the database is gone"}
		require.ErrorIs(t, lookup(), errors.Unavailable)
		b.err = nil
	}
}
