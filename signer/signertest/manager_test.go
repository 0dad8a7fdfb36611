// SPDX-License-Identifier: Apache-2.0

package signertest

import (
	"context"
	"crypto"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

func TestRightManagersPass(t *testing.T) {
	TestManager(t, func(*testing.T) keyring.Manager { return keyring.New() },
		func(_ *testing.T, m keyring.Manager) keyring.Manager { return m })
}

// The wrong Managers are keyrings of which one method is wrong.
type (
	wrongCreate struct{ *keyring.Keyring }
	wrongImport struct {
		*keyring.Keyring
		other crypto.PrivateKey
	}
	wrongImportAs struct{ *keyring.Keyring }
	wrongRotate   struct{ *keyring.Keyring }
	wrongAliases  struct{ *keyring.Keyring }
	wrongDelete   struct{ *keyring.Keyring }
	wrongState    struct{ *keyring.Keyring }
	wrongDate     struct{ *keyring.Keyring }
	wrongText     struct{ *keyring.Keyring }
	wrongPage     struct{ *keyring.Keyring }
	wrongCopies   struct {
		*keyring.Keyring
		kept *keyring.Key
	}
	wrongContext struct{ *keyring.Keyring }
	wrongLocks   struct {
		*keyring.Keyring
		calls *atomic.Int64
	}
	wrongLookup struct{ *keyring.Keyring }
)

func (m wrongCreate) Create(ctx context.Context, spec keyspec.KeySpec) (*keyring.Version, error) {
	if !spec.Valid() {
		spec = keyspec.ECP256 // a default, where an error is wanted
	}
	if spec == keyspec.RSA2048 || spec == keyspec.RSA3072 {
		return m.Keyring.Import(ctx, Key(spec)) // new ones take long
	}
	return m.Keyring.Create(ctx, spec)
}

func (m wrongImport) Import(ctx context.Context, key crypto.PrivateKey) (*keyring.Version, error) {
	if key == nil {
		return m.Keyring.Import(ctx, key)
	}
	return m.Keyring.Import(ctx, m.other)
}

func (m wrongImportAs) ImportAs(
	ctx context.Context, keyID, versionID string, key crypto.PrivateKey,
) (*keyring.Version, error) {
	return m.Keyring.ImportAs(ctx, strings.ToLower(keyID), versionID, key)
}

func (m wrongRotate) Rotate(ctx context.Context, keyID string) (*keyring.Version, error) {
	k, err := m.Describe(ctx, keyID)
	if err == nil && k.State == keyring.Disabled {
		return k.Versions[0], nil
	}
	return m.Keyring.Rotate(ctx, keyID)
}

func (m wrongAliases) SetAlias(ctx context.Context, alias, keyID string) error {
	if v, err := m.Lookup(ctx, alias, ""); err == nil && v.KeyID != keyID {
		return &errors.Error{Code: errors.InvalidParameter, Param: "Alias", Reason: "taken"}
	}
	return m.Keyring.SetAlias(ctx, alias, keyID)
}

func (m wrongDelete) DeleteAlias(ctx context.Context, alias string) error {
	if err := m.Keyring.DeleteAlias(ctx, alias); !errors.Is(err, errors.AliasNotFound) {
		return err
	}
	return nil
}

func (m wrongState) SetState(ctx context.Context, keyID string, state keyring.State) error {
	k, err := m.Describe(ctx, keyID)
	if err == nil && k.State == keyring.PendingDeletion && state == keyring.Disabled {
		state = keyring.Enabled
	}
	return m.Keyring.SetState(ctx, keyID, state)
}

func (m wrongDate) SetState(ctx context.Context, keyID string, state keyring.State) error {
	k, err := m.Describe(ctx, keyID)
	if err == nil && k.State == keyring.PendingDeletion && state == keyring.PendingDeletion {
		return nil // and the date stays
	}
	return m.Keyring.SetState(ctx, keyID, state)
}

func (m wrongText) SetDescription(ctx context.Context, keyID, text string) error {
	return m.Keyring.SetDescription(ctx, keyID, strings.TrimSpace(text))
}

func (m wrongPage) ListPage(ctx context.Context, p keyring.Page) ([]keyring.Key, int, error) {
	keys, _, err := m.Keyring.ListPage(ctx, p)
	return keys, len(keys), err
}

func (m wrongCopies) Describe(ctx context.Context, keyID string) (keyring.Key, error) {
	k, err := m.Keyring.Describe(ctx, keyID)
	if m.kept.KeyID == "" {
		*m.kept = k
	}
	return *m.kept, err
}

func (m wrongContext) SetDescription(ctx context.Context, keyID, text string) error {
	if ctx != nil {
		ctx = background
	}
	return m.Keyring.SetDescription(ctx, keyID, text)
}

func (m wrongLocks) Rotate(ctx context.Context, keyID string) (*keyring.Version, error) {
	if m.calls.Add(1)%2 == 0 {
		return m.Lookup(ctx, keyID, "") // lost
	}
	return m.Keyring.Rotate(ctx, keyID)
}

func (m wrongLookup) Lookup(ctx context.Context, keyID, versionID string) (*keyring.Version, error) {
	return m.Keyring.Lookup(ctx, keyID, "")
}

// TestWrongManagersFail: each has one fault, which one subtest names.
func TestWrongManagersFail(t *testing.T) {
	tested := map[string]bool{}
	for name, tt := range map[string]struct {
		check, says string
		manager     func(*keyring.Keyring) keyring.Manager
		forgets     bool // it has nothing after reopen
	}{
		"versions ignored": {"Store", "Version: ", func(k *keyring.Keyring) keyring.Manager { return wrongLookup{k} },
			false},
		"a default spec": {"Create", "it is not refused", func(k *keyring.Keyring) keyring.Manager {
			return wrongCreate{k}
		}, false},
		"another key": {"Import", "is another one afterwards",
			func(k *keyring.Keyring) keyring.Manager { return wrongImport{k, Key(keyspec.ECSM2)} }, false},
		"ids in small letters": {"ImportAs", "CreateAs with an id in other letters", nil, false},
		"disabled keys rotate": {"Rotate", "Rotate of a key that is Disabled",
			func(k *keyring.Keyring) keyring.Manager { return wrongRotate{k} }, false},
		"aliases do not move": {"SetAlias", "which moves it", func(k *keyring.Keyring) keyring.Manager {
			return wrongAliases{k}
		}, false},
		"aliases that are none": {"SetAlias", "DeleteAlias of an unknown alias",
			func(k *keyring.Keyring) keyring.Manager { return wrongDelete{k} }, false},
		"aliases are stolen": {"CreateAlias", "CreateAlias of an alias that is taken",
			func(k *keyring.Keyring) keyring.Manager { return wrongNewAlias{k} }, false},
		"a state that is lost": {"SetState", "after PendingDeletion and Disabled",
			func(k *keyring.Keyring) keyring.Manager { return wrongState{k} }, false},
		"a date that stays": {"Deletion", "leaves the deletion date",
			func(k *keyring.Keyring) keyring.Manager { return wrongDate{k} }, false},
		"trimmed text": {"Description", "the description: it is",
			func(k *keyring.Keyring) keyring.Manager { return wrongText{k} }, false},
		"a page for the whole": {"List", "of 5, the oldest first",
			func(k *keyring.Keyring) keyring.Manager { return wrongPage{k} }, false},
		"one Key for all": {"Copies", "is seen by the next one",
			func(k *keyring.Keyring) keyring.Manager { return wrongCopies{k, new(keyring.Key)} }, false},
		"a context ignored": {"Context", "SetDescription with a cancelled context",
			func(k *keyring.Keyring) keyring.Manager { return wrongContext{k} }, false},
		"lost updates": {"Concurrency", "the number of versions",
			func(k *keyring.Keyring) keyring.Manager { return wrongLocks{k, new(atomic.Int64)} }, false},
		"nothing is kept": {"Create", "KeyNotFound", func(k *keyring.Keyring) keyring.Manager { return k }, true},
	} {
		tested[tt.check] = true
		if tt.manager == nil {
			tt.manager = func(k *keyring.Keyring) keyring.Manager { return wrongCreateAs{wrongImportAs{k}} }
		}
		t.Run(name, func(t *testing.T) {
			x := &managerSubject{Manager: tt.manager(keyring.New()), report: &report{}}
			if tt.forgets {
				x.reopen = func(keyring.Manager) keyring.Manager { return keyring.New() }
			}
			for _, c := range managerSuite {
				if c.name == tt.check {
					x.guard(func() { c.run(x) })
				}
			}
			require.Contains(t, strings.Join(x.faults, "\n"), tt.says)
		})
	}
	for _, c := range managerSuite {
		require.True(t, tested[c.name], "no Manager is wrong in %s", c.name)
	}
}

// wrongNewAlias moves an alias that is there.
type wrongNewAlias struct{ *keyring.Keyring }

func (m wrongNewAlias) CreateAlias(ctx context.Context, alias, keyID string) error {
	return m.SetAlias(ctx, alias, keyID)
}

// wrongCreateAs makes keys as wrongImportAs does.
type wrongCreateAs struct{ wrongImportAs }

func (m wrongCreateAs) CreateAs(
	ctx context.Context, keyID, versionID string, spec keyspec.KeySpec,
) (*keyring.Version, error) {
	return m.Keyring.CreateAs(ctx, strings.ToLower(keyID), versionID, spec)
}

// TestPanicsAreFaults of the Manager, not of the test.
func TestPanicsAreFaults(t *testing.T) {
	x := &managerSubject{Manager: nil, report: &report{}}
	x.guard(func() { checkCreate(x) })
	require.Contains(t, x.faults[0], "panicked")
}
