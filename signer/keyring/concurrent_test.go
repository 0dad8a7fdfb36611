// SPDX-License-Identifier: Apache-2.0

package keyring

import (
	"context"
	"crypto"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/testrun"
	"github.com/kmsigner/kmsigner/keyspec"
)

// TestEverythingAtOnce rotates, disables, enables, renames and makes keys while
// others look them up and sign. It is there for the race detector, and to see that
// no lookup ever sees half of a change.
func TestEverythingAtOnce(t *testing.T) {
	t.Parallel()
	for name, k := range map[string]*Keyring{"memory": New(), "folder": mustOpen(t, t.TempDir())} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			a, b := mustCreate(t, k), mustCreate(t, k)
			require.NoError(t, k.SetAlias(ctx, "alias/x", a.KeyID))
			var stop atomic.Bool
			var readers, writers sync.WaitGroup
			var looked atomic.Int64
			for range 2 {
				readers.Go(func() {
					for !stop.Load() {
						for _, id := range []string{a.KeyID, b.KeyID, "alias/x"} {
							v, err := k.Lookup(ctx, id, "")
							if err != nil {
								t.Error(err)
								return
							}
							if same, err := k.Lookup(ctx, v.KeyID, v.VersionID); err != nil || same.VersionID != v.VersionID {
								t.Error("a version that was there is gone", err)
							}
							s, err := v.Signer(keyspec.ECDSASHA256)
							if (err == nil) != (v.State == Enabled) || err != nil && !errors.Is(err, errors.KeyDisabled) {
								t.Error(v.State, err)
							}
							if err == nil {
								if _, err := s.SignDigest(ctx, make([]byte, 32)); err != nil {
									t.Error(err)
								}
							}
						}
						list, err := k.List(ctx)
						if err != nil {
							t.Error(err)
						}
						owners := 0
						for _, key := range list {
							owners += len(key.Aliases)
							if key.Primary != key.Versions[len(key.Versions)-1].VersionID {
								t.Error("the primary version is not the latest")
							}
							for _, v := range key.Versions {
								if v.State != key.State {
									t.Error("a key and its version differ in state")
								}
							}
						}
						if owners != 1 {
							t.Error("the alias has", owners, "owners")
						}
						looked.Add(1)
					}
				})
			}
			rounds := 15
			if !testrun.Long() {
				rounds = 5
			}
			run := func(change func(i int) error) {
				writers.Go(func() {
					for i := range rounds {
						if err := change(i); err != nil && !errors.Is(err, errors.KeyDisabled) {
							t.Error(err)
						}
					}
				})
			}
			run(func(int) error { _, err := k.Rotate(ctx, a.KeyID); return err })
			run(func(int) error { _, err := k.Rotate(ctx, "alias/x"); return err })
			run(func(i int) error { return k.SetState(ctx, b.KeyID, []State{Disabled, Enabled}[i%2]) })
			run(func(i int) error { return k.SetAlias(ctx, "alias/x", []string{a.KeyID, b.KeyID}[i%2]) })
			run(func(int) error { _, err := k.Create(ctx, keyspec.ECSM2); return err })
			writers.Wait()
			stop.Store(true)
			readers.Wait()
			require.Positive(t, looked.Load())
			list := contents(t, k)
			require.Len(t, list, 2+rounds)
			require.GreaterOrEqual(t, len(list[0].Versions)+len(list[1].Versions), 2+rounds)
			if k.folder != nil {
				dir := k.folder.path
				require.NoError(t, k.Close())
				require.Equal(t, list, contents(t, mustOpen(t, dir)))
			}
		})
	}
}

// TestLookupsDoNotWaitForTheDisk holds a write as long as it likes.
func TestLookupsDoNotWaitForTheDisk(t *testing.T) {
	writing, goOn := make(chan struct{}), make(chan struct{})
	dir := twoKeys(t)
	k, err := open(dir, password, withSteps(func(op, _ string) error {
		if op == "sync" {
			writing <- struct{}{}
			<-goOn
		}
		return nil
	}))
	require.NoError(t, err)
	defer k.Close()
	changed := make(chan error)
	go func() { changed <- k.SetState(context.Background(), "alias/a", Disabled) }()
	<-writing
	var seen []State
	for range 100 {
		if v, err := k.Lookup(t.Context(), "alias/a", ""); err == nil {
			seen = append(seen, v.State)
		}
		if list, err := k.List(t.Context()); err == nil {
			seen = append(seen, list[0].State)
		}
	}
	goOn <- struct{}{} // before anything can fail: Close waits for the write
	require.NoError(t, <-changed)
	require.Equal(t, slices.Repeat([]State{Enabled}, 200), seen, "not before it is durable")
	v, err := k.Lookup(t.Context(), "alias/a", "")
	require.NoError(t, err)
	require.Equal(t, Disabled, v.State)
}

// TestCancelledWhileWaiting: a change that has not begun to be written does not
// happen any more.
func TestCancelledWhileWaiting(t *testing.T) {
	k := New()
	v := mustCreate(t, k)
	for name, change := range map[string]func(ctx context.Context) error{
		"SetState": func(ctx context.Context) error { return k.SetState(ctx, v.KeyID, Disabled) },
		"SetAlias": func(ctx context.Context) error { return k.SetAlias(ctx, "alias/a", v.KeyID) },
		"Rotate":   func(ctx context.Context) error { _, err := k.Rotate(ctx, v.KeyID); return err },
		"Create":   func(ctx context.Context) error { _, err := k.Create(ctx, keyspec.ECP256); return err },
	} {
		before := contents(t, k)
		ctx, cancel := context.WithCancel(t.Context())
		k.mu.Lock() // another goroutine is writing
		changed := make(chan error)
		go func() { changed <- change(ctx) }()
		time.Sleep(20 * time.Millisecond) // past the first look at the context
		cancel()
		k.mu.Unlock()
		require.Equal(t, context.Canceled, <-changed, name)
		require.Equal(t, before, contents(t, k), name)
	}
}

// TestStateChangesWhileRotating: Rotate looks again before it publishes.
func TestStateChangesWhileRotating(t *testing.T) {
	dir := twoKeys(t)
	k := mustOpen(t, dir)
	before := contents(t, k)
	k.folder.settings.encrypt = func(key crypto.PrivateKey, passphrase []byte) ([]byte, error) {
		require.NoError(t, k.SetState(t.Context(), "alias/a", Disabled))
		return encryptKeyFile(key, passphrase)
	}
	_, err := k.Rotate(t.Context(), "alias/a")
	requireError(t, err, errors.KeyDisabled, "KeyId", "disabled")
	require.Len(t, contents(t, k)[0].Versions, len(before[0].Versions))
}

func TestCloseWhileBusy(t *testing.T) {
	for range 20 {
		dir := twoKeys(t)
		k := mustOpen(t, dir)
		var all sync.WaitGroup
		var last atomic.Int64
		last.Store(-1)
		all.Go(func() {
			for i := range 1000 {
				if err := k.SetAlias(context.Background(), fmt.Sprintf("alias/n%d", i), "alias/a"); err != nil {
					if !errors.Is(err, errors.Unavailable) {
						t.Error(err)
					}
					return
				}
				last.Store(int64(i))
			}
		})
		all.Go(func() {
			time.Sleep(3 * time.Millisecond)
			if err := k.Close(); err != nil {
				t.Error(err)
			}
		})
		all.Wait()
		got := contents(t, mustOpen(t, dir))
		require.Len(t, got[0].Aliases, int(last.Load())+2)
	}
}
