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

	"github.com/kmsigner/kmsigner/keyspec"
)

const killDir = "KMSIGNER_TEST_KILL_DIR"

// TestKillWriter is the process that TestKill kills. It announces each change on
// its standard output, makes it, and acknowledges it.
func TestKillWriter(t *testing.T) {
	dir := os.Getenv(killDir)
	if dir == "" {
		t.Skip("only TestKill runs this")
	}
	fmt.Println("begin open")
	k, err := openOrCreate(dir, cheap)
	require.NoError(t, err)
	fmt.Println("done open")
	for i := 0; ; i++ {
		var ids []string
		var aliases []string
		for _, key := range contents(t, k) {
			ids = append(ids, key.KeyID)
			aliases = append(aliases, key.Aliases...)
		}
		pick := func(of []string) string { return of[rand.IntN(len(of))] }
		kind := rand.IntN(10)
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
		default:
			id, state := pick(ids), pick([]string{"Enabled", "Disabled", "PendingDeletion"})
			fmt.Println("begin state", id, state)
			require.NoError(t, k.SetState(t.Context(), id, State(state)))
			fmt.Println("done state", id, state)
		}
	}
}

// model is what a keyring must hold: per key id, alias and version id one line.
type model map[string]string

func modelOf(keys []Key) model {
	m := make(model)
	for _, k := range keys {
		m[k.KeyID] = string(k.State)
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
	case "create":
		m[change[1]], m[change[2]] = "Enabled", change[1]
	case "rotate":
		m[change[1]], m[change[2]] = "Enabled", change[1]
	case "alias":
		m[change[1]] = change[2]
	case "unalias":
		delete(m, change[1])
	case "state":
		m[change[1]] = change[2]
	}
}

// allows reports whether a keyring may hold got: m, or m after the change that was
// begun and not acknowledged.
func (m model) allows(pending []string, got []Key) bool {
	is := modelOf(got)
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
	kills, budget, least := 400, 40*time.Second, 200
	if testing.Short() {
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
	for ; done < kills && time.Since(start) < budget; done++ {
		if done%killsPerFolder == 0 {
			dir, want = filepath.Join(t.TempDir(), "keys"), make(model)
		}
		acks := random.IntN(12)
		delay := time.Duration(random.Int64N(int64(3 * time.Millisecond)))
		pending, applied := killOne(t, self, dir, want, acks, delay)
		acknowledged += applied

		k, err := openOrCreate(dir, cheap) // the first of them may have been killed before it had made the folder
		require.NoError(t, err, "after kill %d", done)
		got := contents(t, k)
		require.True(t, want.allows(pending, got), "after kill %d: acknowledged %v\npending %v\nthere %v", done, want, pending, modelOf(got))
		if !maps.Equal(want, modelOf(got)) {
			interrupted++
		}
		want = modelOf(got)
		for _, key := range got {
			requireSigns(t, k, key)
		}
		for name := range filesOf(t, dir) {
			require.False(t, strings.HasSuffix(name, tempSuffix), name)
		}
		require.NoError(t, k.Close())
	}
	t.Logf("%d kills in %v, %d changes acknowledged, %d done and not acknowledged", done, time.Since(start).Round(time.Millisecond), acknowledged, interrupted)
	require.GreaterOrEqual(t, done, least, "too few kills to have proven anything")
	require.Greater(t, acknowledged, done)
	require.Positive(t, interrupted, "no kill came between a change and its acknowledgement")
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
	cmd := exec.Command(self, "-test.run=^TestKillWriter$", "-test.timeout=1m")
	cmd.Env = append(os.Environ(), killDir+"="+dir)
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
