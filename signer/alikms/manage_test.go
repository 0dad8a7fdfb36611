// SPDX-License-Identifier: Apache-2.0

package alikms_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/kmshttp/fronttest"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/alikms"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/stretchr/testify/require"
)

// manager sends requests to a front end that manages keys.
type manager struct {
	t *testing.T
	h *fronttest.Server
}

func (m manager) do(action string, pairs ...string) *httptest.ResponseRecorder {
	m.t.Helper()
	p := url.Values{"Action": {action}}
	for i := 0; i < len(pairs); i += 2 {
		p.Set(pairs[i], pairs[i+1])
	}
	return fronttest.Do(m.h, get(rpc("GET", p)))
}

func (m manager) ok(action string, pairs ...string) map[string]any {
	m.t.Helper()
	w := m.do(action, pairs...)
	require.Equal(m.t, 200, w.Code, w.Body.String())
	return fronttest.JSON(m.t, w)
}

func (m manager) refused(want, action string, pairs ...string) string {
	m.t.Helper()
	w := m.do(action, pairs...)
	require.Equal(m.t, want, code(m.t, w), "%s %.200q: %s", action, pairs, w.Body.String())
	return fronttest.JSON(m.t, w)["Message"].(string)
}

func (m manager) state(key string) string {
	m.t.Helper()
	return m.ok("DescribeKey", "KeyId", key)["KeyMetadata"].(map[string]any)["KeyState"].(string)
}

// A key's life on the wire, with every state that refuses an operation.
func TestManagement(t *testing.T) {
	ring := keyring.New()
	m := manager{t, newServer(ring, frontend.WithManagement())}
	for _, spec := range keyspec.All() {
		if spec == keyspec.RSA3072 && testing.Short() {
			continue
		}
		got := m.ok("CreateKey", "KeySpec", string(spec), "KeyUsage", "SIGN/VERIFY",
			"Origin", "Aliyun_KMS", "ProtectionLevel", "SOFTWARE",
			"Description", "密钥 & <x>", "DKMSInstanceId", "kst-1", "Tags", "[]", "EnableAutomaticRotation", "false")
		require.Equal(t, m.ok("DescribeKey", "KeyId", got["KeyMetadata"].(map[string]any)["KeyId"].(string))["KeyMetadata"],
			got["KeyMetadata"])
		require.Equal(t, []any{string(spec), "Enabled", "密钥 & <x>"}, []any{got["KeyMetadata"].(map[string]any)["KeySpec"],
			got["KeyMetadata"].(map[string]any)["KeyState"], got["KeyMetadata"].(map[string]any)["Description"]})
	}
	id := m.ok("CreateKey", "KeySpec", "EC_P256")["KeyMetadata"].(map[string]any)["KeyId"].(string)
	m.ok("CreateAlias", "KeyId", id, "AliasName", "alias/a")
	m.refused("AliasAlreadyExists", "CreateAlias", "KeyId", id, "AliasName", "alias/a")
	version := m.ok("CreateKeyVersion", "KeyId", "alias/a")["KeyVersion"].(map[string]any)
	require.Equal(t, id, version["KeyId"])
	require.EqualValues(t, 2, m.ok("ListKeyVersions", "KeyId", id)["TotalCount"])
	m.ok("UpdateKeyDescription", "KeyId", id, "Description", "new")
	m.ok("UpdateKeyDescription", "KeyId", id)
	m.ok("EnableKey", "KeyId", id)
	m.ok("DisableKey", "KeyId", id)
	m.ok("DisableKey", "KeyId", id)
	require.Equal(t, "Disabled", m.state(id))
	m.refused("Rejected.Disabled", "CreateKeyVersion", "KeyId", id)
	require.Contains(t, m.refused("Rejected.StateModifiedFailed", "CancelKeyDeletion", "KeyId", id), "the key is Disabled")
	m.ok("EnableKey", "KeyId", "alias/a")
	require.Equal(t, "Enabled", m.state(id))
	m.refused("Rejected.StateModifiedFailed", "CancelKeyDeletion", "KeyId", id)
	m.ok("ScheduleKeyDeletion", "KeyId", id, "PendingWindowInDays", "366")
	k, err := ring.Describe(context.Background(), id)
	require.NoError(t, err)
	require.Equal(t, now.AddDate(0, 0, 366).UTC(), k.DeletionDate)
	for _, action := range []string{"CreateKeyVersion", "EnableKey", "DisableKey", "UpdateKeyDescription"} {
		m.refused("Rejected.PendingDeletion", action, "KeyId", id)
	}
	m.refused("Rejected.PendingDeletion", "ScheduleKeyDeletion", "KeyId", id, "PendingWindowInDays", "7")
	m.ok("CancelKeyDeletion", "KeyId", id)
	require.Equal(t, "Enabled", m.state(id))
	require.NoError(t, ring.SetState(context.Background(), id, keyring.PendingImport))
	for _, action := range []string{"CreateKeyVersion", "EnableKey", "DisableKey"} {
		m.refused("Rejected.PendingImport", action, "KeyId", id)
	}
	m.ok("ScheduleKeyDeletion", "KeyId", id, "PendingWindowInDays", "7")
	m.ok("CancelKeyDeletion", "KeyId", id)

	other := m.ok("CreateKey", "KeySpec", "EC_SM2")["KeyMetadata"].(map[string]any)["KeyId"].(string)
	m.refused("AliasAlreadyExists", "CreateAlias", "KeyId", other, "AliasName", "alias/a")
	m.ok("UpdateAlias", "KeyId", other, "AliasName", "alias/a")
	require.Equal(t, other, m.ok("DescribeKey", "KeyId", "alias/a")["KeyMetadata"].(map[string]any)["KeyId"])
	m.ok("DeleteAlias", "AliasName", "alias/a")
	for _, action := range []string{"DeleteAlias", "UpdateAlias"} {
		m.refused("Forbidden.AliasNotFound", action, "KeyId", other, "AliasName", "alias/a")
	}
}

// What every operation refuses, and that nothing is changed then.
func TestManagement_refuses(t *testing.T) {
	ring, a, _, _, _ := reading(t)
	m := manager{t, newServer(ring, frontend.WithManagement())}
	before, err := ring.List(context.Background())
	require.NoError(t, err)
	long := strings.Repeat("a", 256)
	for _, bad := range [][]string{
		{"MissingParameter", "CreateKey"},
		{"InvalidParameter", "CreateKey", "KeySpec", "Aliyun_AES_256"},
		{"InvalidParameter", "CreateKey", "KeySpec", "ec_p256"},
		{"InvalidParameter", "CreateKey", "KeySpec", long},
		{"InvalidParameter", "CreateKey", "KeySpec", "EC_P256", "KeyUsage", "ENCRYPT/DECRYPT"},
		{"InvalidParameter", "CreateKey", "KeySpec", "EC_P256", "Origin", "EXTERNAL"},
		{"InvalidParameter", "CreateKey", "KeySpec", "EC_P256", "ProtectionLevel", "HSM"},
		{"InvalidParameter", "CreateKey", "KeySpec", "EC_P256", "EnableAutomaticRotation", "true"},
		{"InvalidParameter", "CreateKey", "KeySpec", "EC_P256", "EnableAutomaticRotation", "yes"},
		{"InvalidParameter", "CreateKey", "KeySpec", "EC_P256", "RotationInterval", "365d"},
		{"InvalidParameter", "CreateKey", "KeySpec", "EC_P256", "Tags", `[{"TagKey":"a","TagValue":"b"}]`},
		{"InvalidParameter", "CreateKey", "KeySpec", "EC_P256", "Policy", "{}"},
		{"InvalidParameter", "CreateKey", "KeySpec", "EC_P256", "Description", "\x1b[2J"},
		{"InvalidParameter", "CreateKey", "KeySpec", "EC_P256", "Description", "\xff"},
		{"InvalidParameter", "CreateKey", "KeySpec", "EC_P256", "Description", "line\nline"},
		{"InvalidParameter", "CreateKey", "KeySpec", "EC_P256", "Description", strings.Repeat("a", 8192)},
		{"InvalidParameter", "CreateKey", "KeySpec", "EC_P256", "DryRun", "true"},
		{"InvalidParameter", "ScheduleKeyDeletion", "KeyId", a.KeyID, "PendingWindowInDays", "7", "DryRun", "TRUE"},
		{"MissingParameter", "ScheduleKeyDeletion", "KeyId", a.KeyID},
		{"MissingParameter", "ScheduleKeyDeletion", "PendingWindowInDays", "7"},
		{"InvalidParameter", "ScheduleKeyDeletion", "KeyId", a.KeyID, "PendingWindowInDays", "6"},
		{"InvalidParameter", "ScheduleKeyDeletion", "KeyId", a.KeyID, "PendingWindowInDays", "367"},
		{"InvalidParameter", "ScheduleKeyDeletion", "KeyId", a.KeyID, "PendingWindowInDays", "-7"},
		{"InvalidParameter", "ScheduleKeyDeletion", "KeyId", a.KeyID, "PendingWindowInDays", "7.0"},
		{"InvalidParameter", "ScheduleKeyDeletion", "KeyId", a.KeyID, "PendingWindowInDays", "18446744073709551623"},
		{"MissingParameter", "CreateAlias", "KeyId", a.KeyID},
		{"MissingParameter", "CreateAlias", "AliasName", "alias/n"},
		{"MissingParameter", "UpdateAlias", "AliasName", "alias/a"},
		{"MissingParameter", "UpdateAlias", "KeyId", a.KeyID},
		{"MissingParameter", "DeleteAlias"},
		{"InvalidParameter", "CreateAlias", "KeyId", a.KeyID, "AliasName", "n"},
		{"InvalidParameter", "CreateAlias", "KeyId", a.KeyID, "AliasName", "alias/"},
		{"InvalidParameter", "CreateAlias", "KeyId", a.KeyID, "AliasName", "alias/acs/oss"},
		{"InvalidParameter", "CreateAlias", "KeyId", a.KeyID, "AliasName", "alias/密钥"},
		{"InvalidParameter", "CreateAlias", "KeyId", a.KeyID, "AliasName", "alias/a b"},
		{"InvalidParameter", "CreateAlias", "KeyId", a.KeyID, "AliasName", "alias/" + long},
		{"InvalidParameter", "DeleteAlias", "AliasName", a.KeyID},
		{"InvalidParameter", "UpdateAlias", "KeyId", a.KeyID, "AliasName", a.KeyID},
		{"Forbidden.KeyNotFound", "CreateAlias", "KeyId", "unknown", "AliasName", "alias/n"},
		{"Forbidden.KeyNotFound", "UpdateAlias", "KeyId", "unknown", "AliasName", "alias/a"},
		{"Forbidden.KeyNotFound", "EnableKey", "KeyId", "unknown"},
		{"Forbidden.AliasNotFound", "DisableKey", "KeyId", "alias/unknown"},
		{"InvalidParameter", "CreateKeyVersion", "KeyId", "acs:kms:x"},
	} {
		m.refused(bad[0], bad[1], bad[2:]...)
	}
	for _, action := range []string{"CreateKeyVersion", "EnableKey", "DisableKey", "CancelKeyDeletion",
		"UpdateKeyDescription"} {
		m.refused("MissingParameter", action)
	}
	after, err := ring.List(context.Background())
	require.NoError(t, err)
	require.Equal(t, before, after)
}

// changes are the operations that change keys.
var changes = []string{
	"CreateKey", "CreateKeyVersion", "EnableKey", "DisableKey", "ScheduleKeyDeletion", "CancelKeyDeletion", "CreateAlias",
	"UpdateAlias",
	"DeleteAlias", "UpdateKeyDescription",
}

// Without the option they are forbidden and not unknown, before anything else is looked
// at; with it, over a store that has none, nothing is served.
func TestManagement_off(t *testing.T) {
	ring := keyring.New()
	m := manager{t, newServer(ring)}
	for _, action := range changes {
		require.Contains(t, m.refused("Forbidden.NoPermission", action), "frontend.WithManagement")
	}
	require.NotContains(t, m.refused("InvalidApi.NotFound", "Encrypt"), "CreateKey")

	m = manager{t, newServer(ring, frontend.WithManagement())}
	for _, action := range changes {
		require.Contains(t, m.refused("InvalidApi.NotFound", "Encrypt"), action)
	}
	m = manager{t, newServer(lookupOnly{ring}, frontend.WithManagement())}
	for _, action := range append([]string{"AsymmetricSign", "ListKeys"}, changes...) {
		m.refused("InternalFailure", action)
	}
	// A folder that is open for reading only denies every change.
	dir := t.TempDir()
	folder, err := keyring.Create(dir, []byte("password"))
	require.NoError(t, err)
	v, err := folder.Create(context.Background(), keyspec.ECP256)
	require.NoError(t, err)
	require.NoError(t, folder.Close())
	folder, err = keyring.OpenReadOnly(dir, []byte("password"))
	require.NoError(t, err)
	defer folder.Close()
	m = manager{t, newServer(folder, frontend.WithManagement())}
	m.refused("Forbidden.NoPermission", "CreateKey", "KeySpec", "EC_P256")
	m.refused("Forbidden.NoPermission", "DisableKey", "KeyId", v.KeyID)
	require.Equal(t, "Enabled", m.state(v.KeyID))
}

// The policy is given the concrete id of every key that a change is about, "" of one that
// is not made yet, and of an alias that moves both keys; so does the observer.
func TestManagement_authorize(t *testing.T) {
	ring, a, _, b, _ := reading(t)
	var asked []string
	var event frontend.Event
	denied := ""
	m := manager{t, newServer(ring, frontend.WithManagement(),
		frontend.WithAuthorize(func(_ context.Context, principal, action, keyID string) error {
			asked = append(asked, principal+" "+action+" "+keyID)
			if denied != "" && keyID == denied {
				return errors.AccessDenied
			}
			return nil
		}), frontend.WithObserver(func(_ context.Context, e frontend.Event) { event = e }))}

	created := m.ok("CreateKey", "KeySpec", "EC_P256")["KeyMetadata"].(map[string]any)
	require.Equal(t, []string{"ak CreateKey "}, asked)
	require.Equal(t, []any{created["KeyId"], created["PrimaryKeyVersion"], "OK"},
		[]any{event.KeyID, event.VersionID, event.Code})
	for _, tt := range []struct {
		call []string
		want []string
	}{
		{[]string{"CreateKeyVersion", "KeyId", "alias/a"}, []string{a.KeyID}},
		{[]string{"DisableKey", "KeyId", "alias/z"}, []string{a.KeyID}},
		{[]string{"EnableKey", "KeyId", "acs:kms:x:1:key/" + a.KeyID}, []string{a.KeyID}},
		{[]string{"UpdateKeyDescription", "KeyId", a.KeyID}, []string{a.KeyID}},
		{[]string{"ScheduleKeyDeletion", "KeyId", "alias/a", "PendingWindowInDays", "9"}, []string{a.KeyID}},
		{[]string{"CancelKeyDeletion", "KeyId", "alias/a"}, []string{a.KeyID}},
		{[]string{"CreateAlias", "KeyId", b.KeyID, "AliasName", "alias/b"}, []string{b.KeyID}},
		{[]string{"UpdateAlias", "KeyId", b.KeyID, "AliasName", "alias/z"}, []string{a.KeyID, b.KeyID}},
		{[]string{"UpdateAlias", "KeyId", a.KeyID, "AliasName", "alias/z"}, []string{b.KeyID, a.KeyID}},
		{[]string{"DeleteAlias", "AliasName", "alias/z"}, []string{a.KeyID}},
	} {
		for i, key := range tt.want {
			denied = key
			m.refused("Forbidden.NoPermission", tt.call[0], tt.call[1:]...)
			require.Equal(t, []string{tt.want[i], "Forbidden.NoPermission"}, []string{event.KeyID, event.Code})
		}
		asked, denied = nil, ""
		m.ok(tt.call[0], tt.call[1:]...)
		for i, key := range tt.want {
			require.Equal(t, "ak "+tt.call[0]+" "+key, asked[i])
		}
		require.Len(t, asked, len(tt.want))
		require.Equal(t, []string{tt.want[len(tt.want)-1], tt.call[0], "OK"}, []string{event.KeyID, event.Action, event.Code})
	}
	denied = ""
	m.refused("Forbidden.AliasNotFound", "DeleteAlias", "AliasName", "alias/unknown")
	denied = "alias/unknown"
	m.refused("Forbidden.NoPermission", "DeleteAlias", "AliasName", "alias/unknown")
}

// Two clients that create one alias at once: one gets it, the other the provider's
// code; and clients at work see the old key or the new one while an alias moves.
func TestManagement_races(t *testing.T) {
	ring, a, _, _, _ := reading(t)
	m := manager{t, newServer(ring, frontend.WithManagement())}
	for round := range 20 {
		var won, lost atomic.Int64
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				w := m.do("CreateAlias", "KeyId", a.KeyID, "AliasName", fmt.Sprint("alias/race-", round))
				if w.Code == 200 {
					won.Add(1)
				} else if strings.Contains(w.Body.String(), `"AliasAlreadyExists"`) {
					lost.Add(1)
				}
			})
		}
		all.Wait()
		require.Equal(t, []int64{1, 3}, []int64{won.Load(), lost.Load()})
	}
}

// The errors of a Manager whose storage fails are failures of the service.
func TestManagement_broken(t *testing.T) {
	ring, a, _, _, _ := reading(t)
	s := &alikms.Service{Store: failing{ring}}
	ctx := context.Background()
	for name, do := range map[string]func() error{
		"CreateKey": func() error {
			_, err := s.CreateKey(ctx, alikms.CreateKeyRequest{KeySpec: "EC_P256"})
			return err
		},
		"CreateKeyVersion": func() error {
			_, err := s.CreateKeyVersion(ctx, alikms.CreateKeyVersionRequest{KeyId: a.KeyID})
			return err
		},
		"DisableKey": func() error { _, err := s.DisableKey(ctx, alikms.DisableKeyRequest{KeyId: a.KeyID}); return err },
		"ScheduleKeyDeletion": func() error {
			_, err := s.ScheduleKeyDeletion(ctx, alikms.ScheduleKeyDeletionRequest{KeyId: a.KeyID, PendingWindowInDays: 7})
			return err
		},
		"CreateAlias": func() error {
			_, err := s.CreateAlias(ctx, alikms.CreateAliasRequest{KeyId: a.KeyID, AliasName: "alias/n"})
			return err
		},
		"UpdateAlias": func() error {
			_, err := s.UpdateAlias(ctx, alikms.UpdateAliasRequest{KeyId: a.KeyID, AliasName: "alias/c"})
			return err
		},
		"DeleteAlias": func() error {
			_, err := s.DeleteAlias(ctx, alikms.DeleteAliasRequest{AliasName: "alias/a"})
			return err
		},
		"UpdateKeyDescription": func() error {
			_, err := s.UpdateKeyDescription(ctx, alikms.UpdateKeyDescriptionRequest{KeyId: a.KeyID})
			return err
		},
	} {
		status, code, message := alikms.Describe(do())
		require.Equal(t, []any{500, "InternalFailure", "Internal Failure."}, []any{status, code, message}, name)
	}
	_, err := (&alikms.Service{Store: ring}).CreateAlias(ctx,
		alikms.CreateAliasRequest{KeyId: a.KeyID, AliasName: "alias/a"})
	requireParam(t, err, errors.AlreadyExists, "AliasName")
}

// failing is a Manager that reads and does not write.
type failing struct{ *keyring.Keyring }

func (failing) CreateWith(context.Context, keyspec.KeySpec, keyring.Attributes) (*keyring.Version, error) {
	return nil, errBroken
}
func (failing) Rotate(context.Context, string) (*keyring.Version, error)  { return nil, errBroken }
func (failing) SetState(context.Context, string, keyring.State) error     { return errBroken }
func (failing) ScheduleDeletion(context.Context, string, time.Time) error { return errBroken }
func (failing) SetDescription(context.Context, string, string) error      { return errBroken }
func (failing) CreateAlias(context.Context, string, string) error         { return errBroken }
func (failing) SetAlias(context.Context, string, string) error            { return errBroken }
func (failing) DeleteAlias(context.Context, string) error                 { return errBroken }
