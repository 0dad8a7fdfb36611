// SPDX-License-Identifier: Apache-2.0

package keyring

import (
	"bufio"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/testrun"
	"github.com/kmsigner/kmsigner/keyspec"
)

const (
	killDir      = "KMSIGNER_TEST_KILL_DIR"
	killPassword = "KMSIGNER_TEST_KILL_PASSWORD"
)

// TestMain is also the process that TestKill kills.
func TestMain(m *testing.M) {
	if os.Getenv(killDir) != "" {
		all := func(string, string) (bool, error) { return true, nil }
		testing.Main(all, []testing.InternalTest{{Name: "KillWriter", F: killWriter}}, nil, nil) // exits
	}
	os.Exit(m.Run())
}

// killWriter announces each change on its standard output, makes it, and acknowledges it.
func killWriter(t *testing.T) {
	dir := os.Getenv(killDir)
	fmt.Println("begin open")
	k, err := openOrCreateWith(dir, []byte(os.Getenv(killPassword)), cheap)
	require.NoError(t, err)
	fmt.Println("done open")
	for i := 0; ; i++ {
		var ids, aliases, due []string
		for _, key := range contents(t, k) {
			ids = append(ids, key.KeyID)
			aliases = append(aliases, key.Aliases...)
			if key.DeletionDate.Equal(dueDate) {
				due = append(due, key.KeyID)
			}
		}
		pick := func(of []string) string { return of[rand.IntN(len(of))] }
		kind := rand.IntN(15)
		switch {
		case len(ids) == 0 || kind == 0:
			fmt.Println("begin create")
			v, err := k.Create(t.Context(), keyspec.ECP256)
			require.NoError(t, err)
			fmt.Println("done create", v.KeyID, v.VersionID)
		case kind == 1:
			id := pick(ids)
			fmt.Println("begin rotate", id)
			require.NoError(t, k.SetState(t.Context(), id, Enabled))
			v, err := k.Rotate(t.Context(), id)
			require.NoError(t, err)
			fmt.Println("done rotate", id, v.VersionID)
		case kind == 2 && len(aliases) > 0:
			alias := pick(aliases)
			fmt.Println("begin unalias", alias)
			require.NoError(t, k.DeleteAlias(t.Context(), alias))
			fmt.Println("done unalias", alias)
		case kind < 6:
			id, alias := pick(ids), fmt.Sprintf("alias/%d", rand.IntN(20))
			fmt.Println("begin alias", alias, id)
			require.NoError(t, k.SetAlias(t.Context(), alias, id))
			fmt.Println("done alias", alias, id)
		case kind == 10:
			p := fmt.Sprintf("password-%d", rand.IntN(1000))
			fmt.Println("begin password", p)
			require.NoError(t, k.ChangePassword(t.Context(), []byte(p)))
			fmt.Println("done password", p)
		case kind == 11:
			id, text := pick(ids), fmt.Sprintf("text-%d", rand.IntN(1000))
			fmt.Println("begin describe", id, text)
			require.NoError(t, k.SetDescription(t.Context(), id, text))
			fmt.Println("done describe", id, text)
		case kind == 12 && len(ids) > 3:
			id := pick(ids)
			fmt.Println("begin schedule", id)
			require.NoError(t, k.ScheduleDeletion(t.Context(), id, dueDate))
			fmt.Println("done schedule", id)
		case kind == 13 && len(due) > 0:
			line := strings.Join(due, " ")
			fmt.Println("begin purge", line)
			gone, err := k.Purge(t.Context(), dueDate)
			require.NoError(t, err)
			require.Equal(t, due, gone)
			fmt.Println("done purge", line)
		case kind == 14:
			id, version := fmt.Sprintf("key-%d", i), fmt.Sprintf("version-%d-%d", i, rand.IntN(1e9))
			if slices.Contains(ids, id) {
				continue
			}
			fmt.Println("begin createas", id, version)
			_, err := k.CreateAs(t.Context(), id, version, keyspec.ECP256)
			require.NoError(t, err)
			fmt.Println("done createas", id, version)
		default:
			id, state := pick(ids), pick([]string{"Enabled", "Disabled", "PendingDeletion"})
			fmt.Println("begin state", id, state)
			require.NoError(t, k.SetState(t.Context(), id, State(state)))
			fmt.Println("done state", id, state)
		}
	}
}

// dueDate is a deletion date that has come.
var dueDate = time.Unix(1e9, 0).UTC()

// model is what a keyring must hold: per key id, alias and version id one line, one
// for a description, one for a deletion date, and one for the password.
type model map[string]string

func modelOf(keys []Key) model {
	m := make(model)
	for _, k := range keys {
		m[k.KeyID] = string(k.State)
		if k.Description != "" {
			m["description "+k.KeyID] = k.Description
		}
		if !k.DeletionDate.IsZero() {
			m["deletion "+k.KeyID] = "set"
		}
		for _, v := range k.Versions {
			m[v.VersionID] = k.KeyID
		}
		for _, a := range k.Aliases {
			m[a] = k.KeyID
		}
	}
	return m
}

// apply makes a change as the writer reports it.
func (m model) apply(change []string) {
	switch change[0] {
	case "password":
		m["password"] = change[1]
	case "describe":
		m["description "+change[1]] = change[2]
	case "schedule":
		m[change[1]], m["deletion "+change[1]] = string(PendingDeletion), "set"
	case "purge":
		for _, id := range change[1:] {
			maps.DeleteFunc(m, func(name, value string) bool { return strings.HasSuffix(name, id) || value == id })
		}
	case "create", "createas":
		m[change[1]], m[change[2]] = "Enabled", change[1]
	case "rotate":
		m[change[1]], m[change[2]] = "Enabled", change[1]
		delete(m, "deletion "+change[1])
	case "alias":
		m[change[1]] = change[2]
	case "unalias":
		delete(m, change[1])
	case "state":
		m[change[1]] = change[2]
		delete(m, "deletion "+change[1])
	}
}

// allows reports whether a keyring may hold got: m, or m after the change that was
// begun and not acknowledged.
func (m model) allows(pending []string, got []Key, password string) bool {
	is := modelOf(got)
	is["password"] = password
	if maps.Equal(m, is) {
		return true
	}
	if len(pending) == 0 {
		return false
	}
	next := maps.Clone(m)
	switch pending[0] {
	case "create", "rotate": // the new ids were not announced: they are those that m has not
		if pending[0] == "rotate" {
			next[pending[1]] = "Enabled" // the writer's first half
			delete(next, "deletion "+pending[1])
			if maps.Equal(next, is) {
				return true
			}
		}
		for _, k := range got {
			for _, v := range k.Versions {
				if _, known := m[v.VersionID]; !known && v.VersionID == k.Primary {
					next.apply([]string{pending[0], k.KeyID, v.VersionID})
					return maps.Equal(next, is) && (pending[0] == "create" || k.KeyID == pending[1])
				}
			}
		}
		return false
	default:
		next.apply(pending)
		return maps.Equal(next, is)
	}
}

// TestKill kills a writing process again and again, at a random moment after a
// random number of acknowledged changes, and opens what it leaves behind.
func TestKill(t *testing.T) {
	if runtime.GOOS == "js" || runtime.GOOS == "wasip1" {
		t.Skip("there are no processes here")
	}
	self, err := os.Executable()
	require.NoError(t, err)
	kills, budget, least := 400, 40*time.Second, 200 // fewer would have proven nothing
	if !testrun.Long() {
		kills, budget, least = 40, time.Minute, 40
	}
	const killsPerFolder = 20
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	start := time.Now()
	var dir string
	var want model
	done, acknowledged, interrupted := 0, 0, 0
	at := moment{3 * time.Millisecond}
	for ; done < least || done < kills && time.Since(start) < budget; done++ {
		if done%killsPerFolder == 0 {
			dir, want = filepath.Join(t.TempDir(), "keys"), model{"password": string(password)}
		}
		acks := random.IntN(12)
		pending, applied := killOne(t, self, dir, want, acks, at.random(random))
		acknowledged += applied

		k, used := openAfterKill(t, dir, want, pending)
		got := contents(t, k)
		require.True(t, want.allows(pending, got, used), "after kill %d: acknowledged %v\npending %v\nthere %v", done, want,
			pending, modelOf(got))
		is := modelOf(got)
		is["password"] = used
		before := maps.Equal(want, is)
		if !before {
			interrupted++
		}
		at.was(before && pending != nil)
		want = is
		for _, key := range got {
			requireSigns(t, k, key)
		}
		for name := range filesOf(t, dir) {
			require.False(t, strings.HasSuffix(name, tempSuffix), name)
		}
		require.NoError(t, k.Close())
	}
	t.Logf("%d kills in %v, %d changes acknowledged, %d done and not acknowledged", done,
		time.Since(start).Round(time.Millisecond), acknowledged, interrupted)
	require.Greater(t, acknowledged, done)
	require.Positive(t, interrupted, "no kill came between a change and its acknowledgement")
}

// A moment is when a writer is killed after it has begun a change: about when the change happens, however long that
// takes on the disk that is there.
type moment struct{ most time.Duration }

func (m *moment) random(r *rand.Rand) time.Duration { return time.Duration(r.Int64N(int64(m.most))) }

// was tells it whether the writer was killed before the change had happened.
func (m *moment) was(before bool) {
	if before {
		m.most = m.most * 5 / 4
	} else {
		m.most = max(m.most*4/5, 100*time.Microsecond)
	}
}

// openAfterKill opens a folder with the password that it must have, or with the one
// of the change that was under way, and never with both.
func openAfterKill(t *testing.T, dir string, m model, pending []string) (k *Keyring, used string) {
	t.Helper()
	used = m["password"]
	k, err := openOrCreateWith(dir, []byte(used), cheap) // the first of them may have been killed before it had made the folder
	if len(pending) == 2 && pending[0] == "password" && pending[1] != used {
		if err == nil {
			require.NoError(t, k.Close())
			_, err = open(dir, []byte(pending[1]), cheap)
			requireError(t, err, errors.InvalidParameter, "Password", dir)
		} else {
			used = pending[1]
		}
		k, err = open(dir, []byte(used), cheap)
	}
	require.NoError(t, err)
	return k, used
}

// TestKill_format1 kills the first change of an old folder, which encrypts its key
// files anew: the folder is the old one or the new one.
func TestKill_format1(t *testing.T) {
	if runtime.GOOS == "js" || runtime.GOOS == "wasip1" {
		t.Skip("there are no processes here")
	}
	self, err := os.Executable()
	require.NoError(t, err)
	kills := 100
	if !testrun.Long() {
		kills = 25
	}
	forms := map[string]int{}
	at, random := moment{30 * time.Millisecond}, rand.New(rand.NewPCG(rand.Uint64(), 0))
	for range kills {
		dir := oldFolder(t, 4)
		k := mustOpen(t, dir)
		want := modelOf(contents(t, k))
		require.NoError(t, k.Close())
		want["password"] = string(password)
		pending, _ := killOne(t, self, dir, want, 1, at.random(random))
		k, used := openAfterKill(t, dir, want, pending)
		require.True(t, want.allows(pending, contents(t, k), used), "acknowledged %v\npending %v\nthere %v", want, pending,
			modelOf(contents(t, k)))
		requireAllSign(t, k)
		old := len(oldFiles(t, dir))
		form := fmt.Sprintf("%.14s", strings.SplitAfter(filesOf(t, dir)[manifestName], "\n")[2])
		forms[form]++
		at.was(strings.HasSuffix(form, "1"))
		require.NoError(t, k.SetAlias(t.Context(), "alias/after", k.now.Load().keys[0].KeyID))
		_, err := k.RemoveOrphans(t.Context())
		require.NoError(t, err)
		require.Empty(t, oldFiles(t, dir), "%d were there", old)
		requireAllSign(t, k)
		require.NoError(t, k.Close())
	}
	t.Log(forms)
	require.Len(t, forms, 2, "all kills came before the change, or all after it")
}

// requireSigns proves that the key file of the primary version opens and fits.
func requireSigns(t *testing.T, k *Keyring, key Key) {
	t.Helper()
	v, err := k.Lookup(t.Context(), key.KeyID, "")
	require.NoError(t, err)
	v.State = Enabled // the caller's copy
	s, err := v.Signer(keyspec.ECDSASHA256)
	require.NoError(t, err)
	require.Equal(t, v.Public(), s.Public())
}

// killOne lets a writer make some changes, kills it in the middle of the next, and
// applies to m what it acknowledged. It returns the change that was under way.
func killOne(t *testing.T, self, dir string, m model, acks int, delay time.Duration) (pending []string, applied int) {
	t.Helper()
	cmd := exec.Command(self, "-test.timeout=1m")
	cmd.Env = append(os.Environ(), killDir+"="+dir, killPassword+"="+m["password"])
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	defer cmd.Wait() // its error is that it was killed
	var other []string
	kill := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
	lines := bufio.NewScanner(out)
	for lines.Scan() { // until the pipe is empty and its writer dead
		fields := strings.Fields(lines.Text())
		switch {
		case len(fields) > 1 && fields[0] == "begin":
			pending = slices.Clone(fields[1:])
			if acks--; acks < 0 {
				acks = 1 << 30
				kill.Stop()
				kill = time.AfterFunc(delay, func() { cmd.Process.Kill() })
			}
		case len(fields) > 1 && fields[0] == "done":
			m.apply(fields[1:])
			pending = nil
			applied++
		default:
			other = append(other, lines.Text())
		}
	}
	kill.Stop()
	require.Empty(t, other, "the writer has stopped by itself")
	return pending, applied
}
