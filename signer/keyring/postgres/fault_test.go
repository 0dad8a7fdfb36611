// SPDX-License-Identifier: Apache-2.0

//go:build unix

package postgres

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/services"
	"github.com/kmsigner/kmsigner/internal/testrun"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/kmsigner/kmsigner/signer/signertest"
)

// A ledger is what a worker knows of the keys that it alone changes: their state after
// the last change that was confirmed, and after the one that was not, if there is one.
type ledger struct {
	k    *Keyring
	rand *rand.Rand
	n    int // changes that were confirmed

	sure  map[string]ledgerKey
	maybe map[string]ledgerKey // also possible, for the keys of the last change
	alias map[string]string    // of aliases to keys, which are in sure as well
}

type ledgerKey struct {
	state       keyring.State
	description string
	versions    int
	aliases     string
}

// work makes changes until one is not confirmed.
func (l *ledger) work(t *testing.T, worker, round int, confirmed *atomic.Int64) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	ids := make([]string, 0, len(l.sure))
	for id := range l.sure {
		ids = append(ids, id)
	}
	for i := 0; ; i++ {
		var id string
		if len(ids) > 0 {
			id = ids[l.rand.IntN(len(ids))]
		}
		next := l.sure[id]
		var err error
		switch what := l.rand.IntN(6); {
		case id == "" || what == 0 && len(ids) < 50:
			id = fmt.Sprintf("k-%d-%d-%d", worker, round, i)
			next = ledgerKey{keyring.Enabled, "", 1, ""}
			l.maybe = map[string]ledgerKey{id: next}
			_, err = l.k.ImportAs(ctx, id, "v1", signertest.Key(keyspec.ECP256))
		case what == 1 && next.state == keyring.Enabled:
			next.versions++
			l.maybe = map[string]ledgerKey{id: next}
			_, err = l.k.ImportAs(ctx, id, fmt.Sprintf("v%d-%d", round, i), signertest.Key(keyspec.ECP256))
		case what == 2:
			next.state = []keyring.State{keyring.Enabled, keyring.Disabled}[l.rand.IntN(2)]
			l.maybe = map[string]ledgerKey{id: next}
			err = l.k.SetState(ctx, id, next.state)
		case what == 3:
			next.description = fmt.Sprint(round, i)
			l.maybe = map[string]ledgerKey{id: next}
			err = l.k.SetDescription(ctx, id, next.description)
		case what == 4: // the one alias of this worker moves from key to key
			alias := fmt.Sprint("alias/w", worker)
			next.aliases = alias
			l.maybe = map[string]ledgerKey{id: next}
			if owner := l.alias[alias]; owner != "" && owner != id {
				former := l.sure[owner]
				former.aliases = ""
				l.maybe[owner] = former
			}
			if err = l.k.SetAlias(ctx, alias, id); err == nil {
				l.alias[alias] = id
			}
		default:
			continue
		}
		if err != nil {
			if !errors.Is(err, errors.Unavailable) {
				t.Errorf("a change that was interrupted: %v", err)
			}
			return
		}
		if len(ids) < 50 && l.sure[id] == (ledgerKey{}) {
			ids = append(ids, id)
		}
		for id, next := range l.maybe {
			l.sure[id] = next
		}
		l.maybe = nil
		l.n++
		confirmed.Add(1)
	}
}

// settle compares what is in the database with what is known, and learns what became of
// the change that was not confirmed: all of it, or nothing.
func (l *ledger) settle(t *testing.T, found map[string]keyring.Key) (made bool) {
	t.Helper()
	is := func(id string) ledgerKey {
		k, ok := found[id]
		if !ok {
			return ledgerKey{}
		}
		return ledgerKey{k.State, k.Description, len(k.Versions), strings.Join(k.Aliases, " ")}
	}
	first := true
	for id, next := range l.maybe {
		yes := is(id) == next && next != l.sure[id]
		if !yes {
			require.Equal(t, l.sure[id], is(id), "the change of %s is half there", id)
		}
		if next != l.sure[id] {
			require.True(t, first || made == yes, "one half of a change is there")
			first, made = false, yes
		}
	}
	for id := range l.maybe {
		if is(id) == (ledgerKey{}) {
			delete(l.sure, id)
			continue
		}
		l.sure[id] = is(id)
		if alias := is(id).aliases; alias != "" {
			l.alias[alias] = id
		}
	}
	for id, want := range l.sure {
		require.Equal(t, want, is(id), "%s: a confirmed change is lost", id)
	}
	return made
}

// TestKill: the server is killed with -9, and now and then stopped, while workers of two replicas change keys. What
// was confirmed is there afterwards; what was not is there as a whole or not at all.
func TestKill(t *testing.T) {
	kills, between := 24, 10
	if testrun.Nightly() {
		kills, between = 150, 40
	} else if !testrun.Long() {
		kills = 5
	}
	s := services.Postgres(t)
	d := migrated(t, s)
	var ledgers []*ledger
	var confirmed atomic.Int64
	for worker := range 6 {
		if worker%3 == 0 {
			ledgers = append(ledgers, &ledger{k: d.open(t)})
		} else {
			ledgers = append(ledgers, &ledger{k: ledgers[len(ledgers)-1].k})
		}
		l := ledgers[worker]
		l.rand, l.sure, l.alias = rand.New(rand.NewPCG(1, uint64(worker))), map[string]ledgerKey{}, map[string]string{}
	}
	unconfirmed, made := 0, 0
	for round := range kills {
		var all sync.WaitGroup
		for worker, l := range ledgers {
			all.Go(func() { l.work(t, worker, round, &confirmed) })
		}
		until := confirmed.Load() + int64(between)
		for begun := time.Now(); confirmed.Load() < until && time.Since(begun) < patience; {
			time.Sleep(time.Duration(rand.IntN(int(5 * time.Millisecond))))
		}
		if round%4 == 3 { // in order
			s.Stop()
		} else {
			s.Kill()
		}
		all.Wait()
		s.Start()
		found := map[string]keyring.Key{}
		for _, key := range consistent(t, d) {
			found[key.KeyID] = key
		}
		n := 0
		for _, l := range ledgers {
			if l.maybe != nil {
				unconfirmed++
				if l.settle(t, found) {
					made++
				}
			}
			n += len(l.sure)
		}
		require.Len(t, found, n, "keys that no worker has made")
	}
	t.Logf("%d kills and stops, %d confirmed changes, none lost; of %d that were not confirmed, %d were made", kills, confirmed.Load(), unconfirmed, made)
}

// TestGone: without the database, what is known goes on as long as was chosen.
func TestGone(t *testing.T) {
	s := services.Postgres(t, "fsync=off")
	d := migrated(t, s)
	v, err := d.open(t, WithTimeout(patience)).Create(t.Context(), keyspec.ECP256)
	require.NoError(t, err)
	// Opened after that: a notification that is late would have them forget the key.
	strict := d.open(t, WithMaxAge(100*time.Millisecond), WithTimeout(200*time.Millisecond))
	lenient := d.open(t, WithMaxAge(100*time.Millisecond), WithTimeout(200*time.Millisecond), WithMaxStale(time.Hour))
	for _, k := range []*Keyring{strict, lenient} {
		sees(t, k, v.KeyID, keyring.Enabled)
	}
	for what, tt := range map[string]struct{ end, begin func() }{
		"killed":  {s.Kill, s.Start},
		"stopped": {s.Stop, s.Start},
		"paused":  {func() { s.Pause() }, s.Resume},
	} {
		tt.end()
		require.Eventually(t, func() bool {
			_, err := strict.Lookup(t.Context(), v.KeyID, "")
			return errors.Is(err, errors.Unavailable)
		}, patience, time.Millisecond, what)
		for range 20 {
			v, err := lenient.Lookup(t.Context(), v.KeyID, "")
			require.NoError(t, err, what)
			_, err = v.Signer(keyspec.ECDSASHA256)
			require.NoError(t, err)
			time.Sleep(10 * time.Millisecond)
		}
		_, err := lenient.Lookup(t.Context(), "alias/other", "")
		require.ErrorIs(t, err, errors.Unavailable, what)
		for call, f := range map[string]func(ctx context.Context) error{
			"Create":   func(ctx context.Context) error { _, err := strict.Create(ctx, keyspec.ECP256); return err },
			"SetState": func(ctx context.Context) error { return strict.SetState(ctx, v.KeyID, keyring.Disabled) },
			"Describe": func(ctx context.Context) error { _, err := strict.Describe(ctx, v.KeyID); return err },
			"SetAlias": func(ctx context.Context) error { return strict.SetAlias(ctx, "alias/a", v.KeyID) },
		} {
			err := f(t.Context())
			require.ErrorIs(t, err, errors.Unavailable, "%s, %s", what, call)
			var e *errors.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, "Database", e.Param)
			require.NotErrorIs(t, err, context.DeadlineExceeded, "the caller's context is not done")
		}
		if what == "paused" { // contexts end calls
			for call, f := range map[string]func(ctx context.Context) error{
				"Lookup":   func(ctx context.Context) error { _, err := strict.Lookup(ctx, "alias/another", ""); return err },
				"Create":   func(ctx context.Context) error { _, err := strict.Create(ctx, keyspec.ECP256); return err },
				"ListPage": func(ctx context.Context) error { _, _, err := strict.ListPage(ctx, keyring.Page{}); return err },
				"Aliases":  func(ctx context.Context) error { _, _, err := strict.Aliases(ctx, "", keyring.Page{}); return err },
				"Rewrap":   func(ctx context.Context) error { _, err := strict.Rewrap(ctx); return err },
				"Purge":    func(ctx context.Context) error { _, err := strict.Purge(ctx, time.Now()); return err },
				"Open":     func(ctx context.Context) error { _, err := Open(ctx, strict.pool, testKEK(t, 1)); return err },
				"Migrate":  func(ctx context.Context) error { return Migrate(ctx, strict.pool) },
			} {
				ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
				err := f(ctx)
				cancel()
				if !errors.Is(err, errors.Unavailable) { // a lookup that another one goes ahead of
					require.ErrorIs(t, err, context.DeadlineExceeded, call)
				}
			}
		}
		tt.begin()
		require.Eventually(t, func() bool {
			_, err := strict.Lookup(t.Context(), v.KeyID, "")
			return err == nil
		}, patience, time.Millisecond, what)
		require.Eventually(t, func() bool { return strict.SetState(t.Context(), v.KeyID, keyring.Enabled) == nil }, patience, time.Millisecond, what)
	}
	consistent(t, d)
}

// testCut: connections that the server ends. Lookups and changes go on with others.
func testCut(t *testing.T, s server) {
	d := migrated(t, s)
	d.dsn += " application_name=cut"
	k := d.open(t, WithMaxAge(patience), WithTimeout(patience))
	v, err := k.Create(t.Context(), keyspec.ECP256)
	require.NoError(t, err)
	// One cut at most for a turn of the loop below, however slow it is: attempts are few.
	turns, ended := make(chan struct{}), make(chan struct{})
	pool := database{s, s.DSN}.pool(t)
	cuts := 0
	go func() {
		defer close(ended)
		for range turns {
			time.Sleep(time.Duration(rand.IntN(int(10 * time.Millisecond))))
			cuts++
			pool.Exec(t.Context(), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'cut'")
		}
	}()
	made, unknown, loads := 0, 0, k.loads.Load()
	for i := range 100 {
		select {
		case turns <- struct{}{}:
		default: // it is about to cut
		}
		_, err := k.Lookup(t.Context(), v.KeyID, "")
		require.NoError(t, err)
		err = k.SetDescription(t.Context(), v.KeyID, fmt.Sprint(i))
		switch {
		case err == nil:
			made++
		default: // during COMMIT
			require.ErrorIs(t, err, errors.Unavailable)
			require.ErrorContains(t, err, "it is not known whether it was made")
			unknown++
		}
	}
	close(turns)
	<-ended
	t.Logf("%d cuts, %d changes confirmed, %d not known", cuts, made, unknown)
	require.Positive(t, made)
	require.Positive(t, cuts)
	require.GreaterOrEqual(t, k.loads.Load()-loads, int64(100), "each lookup asks: the key has changed")
	key, err := k.Describe(t.Context(), v.KeyID)
	require.NoError(t, err)
	if unknown == 0 {
		require.Equal(t, "99", key.Description)
	}
}

// testCancelled: a context that ends during a change leaves all of it or nothing, and a
// keyring that goes on.
func testCancelled(t *testing.T, s server) {
	d := migrated(t, s)
	k := d.open(t)
	v, err := k.Create(t.Context(), keyspec.ECP256)
	require.NoError(t, err)
	made := map[string]bool{}
	for i := range 60 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(rand.IntN(int(10*time.Millisecond))))
		alias := fmt.Sprint("alias/", i)
		err := k.SetAlias(ctx, alias, v.KeyID)
		cancel()
		switch {
		case err == nil:
			made[alias] = true
		default: // an error during COMMIT is Unavailable too
			require.ErrorIs(t, err, context.DeadlineExceeded)
		}
	}
	require.NoError(t, k.SetAlias(t.Context(), "alias/last", v.KeyID))
	made["alias/last"] = true
	key := consistent(t, d)[0]
	for alias := range made {
		require.Contains(t, key.Aliases, alias)
	}
}

// TestDiskFull: changes are refused as a whole while the disk is full; lookups go on, and
// changes again once there is room.
func TestDiskFull(t *testing.T) {
	if os.Getuid() != 0 {
		testrun.Missing(t, "a file system of some megabytes needs root")
	}
	s := services.Postgres(t)
	dir := filepath.Join(s.Folder, "small")
	require.NoError(t, os.Mkdir(dir, 0o755))
	info, err := os.Stat(s.Folder)
	require.NoError(t, err)
	owner := info.Sys().(*syscall.Stat_t)
	options := fmt.Sprintf("size=4m,mode=0700,uid=%d,gid=%d", owner.Uid, owner.Gid)
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", options, "tmpfs", dir).CombinedOutput(); err != nil {
		testrun.Missing(t, "no file system can be mounted here: %s", out)
	}
	t.Cleanup(func() {
		s.Stop() // it has files open there
		out, err := exec.Command("umount", dir).CombinedOutput()
		require.NoError(t, err, string(out))
	})
	pool := database{s, s.DSN}.pool(t)
	d := database{s, s.DSN}
	d.exec(t, pool, "CREATE TABLESPACE small LOCATION '"+dir+"'")
	d = database{s, s.DSN + " default_tablespace=small"}
	require.NoError(t, Migrate(t.Context(), d.pool(t)))
	k := d.open(t)
	first, err := k.Create(t.Context(), keyspec.ECP256)
	require.NoError(t, err)
	made := 1
	for {
		_, err := k.CreateWith(t.Context(), keyspec.ECP256, keyring.Attributes{Description: incompressible()})
		if err != nil {
			require.ErrorIs(t, err, errors.Unavailable)
			require.ErrorContains(t, err, "53100")
			break
		}
		made++
		require.Less(t, made, 10_000)
	}
	t.Logf("full after %d keys", made)
	require.Len(t, consistent(t, d), made)
	_, err = k.Lookup(t.Context(), first.KeyID, "")
	require.NoError(t, err)
	out, err := exec.Command("mount", "-o", "remount,size=64m", dir).CombinedOutput()
	require.NoError(t, err, string(out))
	_, err = k.Create(t.Context(), keyspec.ECP256)
	require.NoError(t, err)
	require.Len(t, consistent(t, d), made+1)
}

// incompressible is a description of 8 KB that the database cannot make shorter.
func incompressible() string {
	text := make([]byte, 8000)
	for i := range text {
		text[i] = '!' + byte(rand.IntN(90))
	}
	return string(text)
}

// testRetries: serialisation failures and deadlocks are tried again, and reported when
// they do not end.
func testRetries(t *testing.T, s server) {
	for code, want := range map[string]error{"40001": nil, "40P01": nil, "23514": errors.Internal, "53200": errors.Unavailable} {
		d := migrated(t, s)
		k := d.open(t)
		v, err := k.Create(t.Context(), keyspec.ECP256)
		require.NoError(t, err)
		d.exec(t, k.pool, "CREATE SEQUENCE failures")
		fail := func(times int) {
			d.exec(t, k.pool, "SELECT setval('failures', 1)")
			d.exec(t, k.pool, fmt.Sprintf("CREATE OR REPLACE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS "+
				"$$ BEGIN IF nextval('failures') <= %d THEN RAISE 'made up' USING ERRCODE = '%s'; END IF; RETURN NEW; END $$", times+1, code))
		}
		fail(3)
		d.exec(t, k.pool, "CREATE TRIGGER fail BEFORE UPDATE ON kmsigner_keys FOR EACH ROW EXECUTE FUNCTION fail()")
		err = k.SetDescription(t.Context(), v.KeyID, "x")
		if want == nil {
			require.NoError(t, err, code)
		} else {
			require.ErrorIs(t, err, want, code)
		}
		fail(1000)
		err = k.SetDescription(t.Context(), v.KeyID, "y")
		if want == nil {
			want = errors.Unavailable
		}
		require.ErrorIs(t, err, want, code)
		require.ErrorContains(t, err, code)
	}
	// A server whose transactions are SERIALIZABLE by default.
	d := migrated(t, s)
	d.dsn += " default_transaction_isolation=serializable"
	a, b := d.open(t), d.open(t)
	v, err := a.Create(t.Context(), keyspec.ECP256)
	require.NoError(t, err)
	var all sync.WaitGroup
	for _, k := range []*Keyring{a, b} {
		all.Go(func() {
			for range 10 {
				if _, err := k.ImportAs(t.Context(), v.KeyID, keyring.NewID(), signertest.Key(keyspec.ECP256)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	require.Len(t, consistent(t, d)[0].Versions, 21)
}
