// SPDX-License-Identifier: Apache-2.0

package signertest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

// rightStore is a keyring with something of everything, and its names.
func rightStore(t *testing.T, spec keyspec.KeySpec) (*keyring.Keyring, StoreNames) {
	t.Helper()
	k := keyring.New()
	names := StoreNames{Alias: "alias/a"}
	old, err := k.Import(t.Context(), Key(spec))
	require.NoError(t, err)
	v := old
	if spec == keyspec.ECP256 { // the others have one version
		v, err = k.Rotate(t.Context(), old.KeyID)
		require.NoError(t, err)
		names.OldVersionID = old.VersionID
	}
	names.KeyID, names.VersionID = v.KeyID, v.VersionID
	require.NoError(t, k.SetAlias(t.Context(), names.Alias, v.KeyID))
	for state, id := range map[keyring.State]*string{
		keyring.Disabled: &names.Disabled, keyring.PendingDeletion: &names.PendingDeletion,
		keyring.PendingImport: &names.PendingImport,
	} {
		v, err := k.Create(t.Context(), keyspec.ECSM2)
		require.NoError(t, err)
		require.NoError(t, k.SetState(t.Context(), v.KeyID, state))
		*id = v.KeyID
	}
	return k, names
}

func TestRightStoresPass(t *testing.T) {
	for _, spec := range keyspec.All() {
		t.Run(string(spec), func(t *testing.T) {
			k, names := rightStore(t, spec)
			TestStore(t, k, names)
		})
	}
	t.Run("few names", func(t *testing.T) {
		k, names := rightStore(t, keyspec.ECP256)
		for name, reason := range map[string]string{"Alias": "no alias", "States": "no key in another state"} {
			i := map[string]int{"Alias": 2, "States": 3}[name]
			require.Equal(t, name, storeSuite[i].name)
			r := storeSuite[i].findings(storeSubject{k, StoreNames{KeyID: names.KeyID, VersionID: names.VersionID}})
			require.Contains(t, r.skipped, reason)
		}
		TestStore(t, k, StoreNames{KeyID: names.KeyID, VersionID: names.VersionID})
	})
}

// storeFunc is a Store.
type storeFunc func(ctx context.Context, keyID, versionID string) (*keyring.Version, error)

func (f storeFunc) Lookup(ctx context.Context, keyID, versionID string) (*keyring.Version, error) {
	return f(ctx, keyID, versionID)
}

// TestWrongStoresFail: each has one fault, which one subtest names.
func TestWrongStoresFail(t *testing.T) {
	k, names := rightStore(t, keyspec.ECP256)
	// bent changes what a lookup finds.
	bent := func(change func(v *keyring.Version, keyID, versionID string) *keyring.Version) storeFunc {
		return func(ctx context.Context, keyID, versionID string) (*keyring.Version, error) {
			v, err := k.Lookup(ctx, keyID, versionID)
			if err == nil {
				v = change(v, keyID, versionID)
			}
			return v, err
		}
	}
	// refusing changes the errors of one code.
	refusing := func(code errors.Code, change func(err *errors.Error) (*keyring.Version, error)) storeFunc {
		return func(ctx context.Context, keyID, versionID string) (*keyring.Version, error) {
			v, err := k.Lookup(ctx, keyID, versionID)
			var e *errors.Error
			if errors.As(err, &e) && e.Code == code {
				return change(e)
			}
			return v, err
		}
	}
	as := func(code errors.Code, param string) func(*errors.Error) (*keyring.Version, error) {
		return func(*errors.Error) (*keyring.Version, error) {
			return nil, &errors.Error{Code: code, Param: param, Reason: "wrong"}
		}
	}
	primary, err := k.Lookup(t.Context(), names.KeyID, "")
	require.NoError(t, err)
	var one = primary
	tested := map[string]bool{}
	for _, tt := range []struct {
		name, check, says string
		store             storeFunc
	}{
		{"neither version nor error", "Primary", "neither a version nor an error",
			bent(func(*keyring.Version, string, string) *keyring.Version { return nil })},
		{"a version made by hand", "Primary", "is not made by keyring.NewVersion",
			bent(func(v *keyring.Version, _, _ string) *keyring.Version {
				return &keyring.Version{KeyID: v.KeyID, VersionID: v.VersionID, KeySpec: v.KeySpec, State: v.State}
			})},
		{"another spec", "Primary", "KeySpec is",
			bent(func(v *keyring.Version, _, _ string) *keyring.Version { v.KeySpec = keyspec.RSA2048; return v })},
		{"a state of its own", "Primary", "none of the four",
			bent(func(v *keyring.Version, _, _ string) *keyring.Version { v.State = "enabled"; return v })},
		{"the first version is primary", "Primary", "it is version",
			func(ctx context.Context, keyID, versionID string) (*keyring.Version, error) {
				if versionID == "" && keyID == names.KeyID {
					versionID = names.OldVersionID
				}
				return k.Lookup(ctx, keyID, versionID)
			}},
		{"versions ignored", "Version", "it is version",
			func(ctx context.Context, keyID, versionID string) (*keyring.Version, error) {
				return k.Lookup(ctx, keyID, "")
			}},
		{"one key in all versions", "Version", "have one key",
			func(ctx context.Context, keyID, versionID string) (*keyring.Version, error) {
				v, err := k.Lookup(ctx, keyID, versionID)
				if err == nil && versionID == names.OldVersionID {
					v, err = k.Lookup(ctx, keyID, "")
					v.VersionID = versionID
				}
				return v, err
			}},
		{"the alias for the id", "Alias", "it is version",
			bent(func(v *keyring.Version, keyID, _ string) *keyring.Version { v.KeyID = keyID; return v })},
		{"no aliases", "Alias", "KeyNotFound",
			func(ctx context.Context, keyID, versionID string) (*keyring.Version, error) {
				if keyID == names.Alias {
					keyID = unknown()
				}
				return k.Lookup(ctx, keyID, versionID)
			}},
		{"always enabled", "States", "the State is",
			bent(func(v *keyring.Version, _, _ string) *keyring.Version { v.State = keyring.Enabled; return v })},
		{"hidden if disabled", "States", "KeyNotFound",
			func(ctx context.Context, keyID, versionID string) (*keyring.Version, error) {
				if keyID == names.Disabled {
					keyID = unknown()
				}
				return k.Lookup(ctx, keyID, versionID)
			}},
		{"another key's id", "Version", "have one key",
			bent(func(v *keyring.Version, keyID, versionID string) *keyring.Version {
				if keyID == names.KeyID && versionID == names.OldVersionID {
					c := *primary
					c.VersionID = versionID
					return &c
				}
				return v
			})},
		{"a signer that fails", "Signatures", "SignDigest",
			failingStore(t, k, names)},
		{"unknown keys are invalid", "KeyNotFound", "is not KeyNotFound",
			refusing(errors.KeyNotFound, as(errors.InvalidParameter, "KeyId"))},
		{"another param", "KeyNotFound", "Param is", refusing(errors.KeyNotFound, as(errors.KeyNotFound, "Key"))},
		{"a sentinel of its own", "KeyNotFound", "is not KeyNotFound",
			refusing(errors.KeyNotFound, func(*errors.Error) (*keyring.Version, error) {
				return nil, errors.New("sql: no rows in result set")
			})},
		{"any key for an unknown one", "KeyNotFound", "it is not refused",
			refusing(errors.KeyNotFound, func(*errors.Error) (*keyring.Version, error) { c := *primary; return &c, nil })},
		{"a version together with an error", "KeyNotFound", "together with an error",
			refusing(errors.KeyNotFound, func(e *errors.Error) (*keyring.Version, error) { return primary, e })},
		{"aliases are keys", "AliasNotFound", "is not AliasNotFound",
			refusing(errors.AliasNotFound, as(errors.KeyNotFound, "KeyId"))},
		{"versions are keys", "KeyVersionNotFound", "is not KeyVersionNotFound",
			refusing(errors.KeyVersionNotFound, as(errors.KeyNotFound, "KeyId"))},
		{"the primary for an unknown version", "KeyVersionNotFound", "it is not refused",
			refusing(errors.KeyVersionNotFound, func(*errors.Error) (*keyring.Version, error) {
				c := *primary
				return &c, nil
			})},
		{"versions of all keys", "KeyVersionNotFound", "it is not refused",
			func(ctx context.Context, keyID, versionID string) (*keyring.Version, error) {
				v, err := k.Lookup(ctx, keyID, versionID)
				if errors.Is(err, errors.KeyVersionNotFound) {
					list, _ := k.List(ctx)
					for _, key := range list {
						for _, v := range key.Versions {
							if v.VersionID == versionID {
								return v, nil
							}
						}
					}
				}
				return v, err
			}},
		{"names as they come", "Malformed", "is not InvalidParameter",
			refusing(errors.InvalidParameter, as(errors.KeyNotFound, "KeyId"))},
		{"names are trimmed", "Malformed", "it is not refused",
			func(ctx context.Context, keyID, versionID string) (*keyring.Version, error) {
				return k.Lookup(ctx, strings.TrimSpace(keyID), versionID)
			}},
		{"a nil context used", "Context", "panicked",
			func(ctx context.Context, keyID, versionID string) (*keyring.Version, error) {
				if err := ctx.Err(); err != nil {
					return nil, err
				}
				return k.Lookup(ctx, keyID, versionID)
			}},
		{"contexts ignored", "Context", "a context that is done",
			func(ctx context.Context, keyID, versionID string) (*keyring.Version, error) {
				if ctx != nil {
					ctx = background
				}
				return k.Lookup(ctx, keyID, versionID)
			}},
		{"one version for all", "Copies", "is seen by the next one",
			func(ctx context.Context, keyID, versionID string) (*keyring.Version, error) {
				v, err := k.Lookup(ctx, keyID, versionID)
				if err == nil && v.VersionID == names.VersionID {
					return one, nil
				}
				return v, err
			}},
		{"a key for each lookup", "Shared", "make two signers",
			func(ctx context.Context, keyID, versionID string) (*keyring.Version, error) {
				v, err := k.Lookup(ctx, keyID, versionID)
				if err == nil && v.KeySpec == keyspec.ECP256 {
					s, _ := v.Signer(keyspec.ECDSASHA256)
					if s != nil {
						v, err = keyring.NewVersion(v.KeyID, v.VersionID, s)
					}
				}
				return v, err
			}},
		{"one at a time", "Concurrency", "Unavailable", busyStore(k)},
	} {
		tested[tt.check] = true
		t.Run(tt.name, func(t *testing.T) {
			fresh := *primary
			one = &fresh
			for _, c := range storeSuite {
				if c.name == tt.check {
					require.Contains(t, strings.Join(c.findings(storeSubject{tt.store, names}).faults, "\n"), tt.says)
				}
			}
		})
	}
	for _, c := range storeSuite {
		require.True(t, tested[c.name], "no store is wrong in %s", c.name)
	}
}

// failingStore finds a version whose signer fails.
func failingStore(t *testing.T, k *keyring.Keyring, names StoreNames) storeFunc {
	v, err := k.Lookup(t.Context(), names.KeyID, "")
	require.NoError(t, err)
	s, err := v.Signer(keyspec.ECDSASHA256)
	require.NoError(t, err)
	failing, err := keyring.NewVersion(names.KeyID, names.VersionID, Failing(s, errors.Unavailable))
	require.NoError(t, err)
	return func(ctx context.Context, keyID, versionID string) (*keyring.Version, error) {
		v, err := k.Lookup(ctx, keyID, versionID)
		if err == nil && v.VersionID == names.VersionID {
			c := *failing
			return &c, nil
		}
		return v, err
	}
}

// busyStore refuses a lookup while another one is under way.
func busyStore(k *keyring.Keyring) storeFunc {
	busy := make(chan struct{}, 1)
	return func(ctx context.Context, keyID, versionID string) (*keyring.Version, error) {
		select {
		case busy <- struct{}{}:
			defer func() { <-busy }()
			time.Sleep(time.Millisecond)
			return k.Lookup(ctx, keyID, versionID)
		default:
			return nil, &errors.Error{Code: errors.Unavailable, Reason: "busy"}
		}
	}
}
