// SPDX-License-Identifier: Apache-2.0

package tencentkms_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/kmshttp/fronttest"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/kmsigner/kmsigner/signer/tencentkms"
	"github.com/stretchr/testify/require"
)

// manager sends requests to a front end that manages keys.
type manager struct {
	t *testing.T
	h *fronttest.Server
}

func (m manager) do(action string, body map[string]any) *httptest.ResponseRecorder {
	m.t.Helper()
	text, err := json.Marshal(body)
	require.NoError(m.t, err)
	r := httptest.NewRequest("POST", "http://"+host+"/", strings.NewReader(string(text)))
	r.Header = http.Header{
		"Content-Type": {"application/json"}, "X-Tc-Action": {action}, "X-Tc-Version": {"2019-01-18"},
		"X-Tc-Timestamp": {strconv.FormatInt(now.Unix(), 10)},
	}
	return fronttest.Do(m.h, tc3Sign(r, hexSum(string(text)), "content-type", "host"))
}

type body = map[string]any

func (m manager) ok(action string, b body) map[string]any {
	m.t.Helper()
	w := m.do(action, b)
	require.Equal(m.t, "OK", code(m.t, w), "%s: %s", action, w.Body.String())
	return response(m.t, w)
}

func (m manager) refused(want, action string, b body) string {
	m.t.Helper()
	w := m.do(action, b)
	require.Equal(m.t, want, code(m.t, w), "%s %.200v: %s", action, b, w.Body.String())
	return response(m.t, w)["Error"].(map[string]any)["Message"].(string)
}

func (m manager) metadata(id string) map[string]any {
	m.t.Helper()
	return m.ok("DescribeKey", body{"KeyId": id})["KeyMetadata"].(map[string]any)
}

// A key's life on the wire, with every state that refuses an operation.
func TestManagement(t *testing.T) {
	ring := keyring.New()
	m := manager{t, newServer(ring, frontend.WithManagement())}
	for i, usage := range []string{"ASYMMETRIC_SIGN_VERIFY_SM2", "ASYMMETRIC_SIGN_VERIFY_RSA_2048",
		"ASYMMETRIC_SIGN_VERIFY_ECC"} {
		got := m.ok("CreateKey", body{"Alias": fmt.Sprint("key-", i), "Description": "密钥 & <x>", "KeyUsage": usage,
			"Type": 1})
		d := m.metadata(got["KeyId"].(string))
		for _, field := range []string{"KeyId", "Alias", "CreateTime", "Description", "KeyState", "KeyUsage"} {
			require.Equal(t, d[field], got[field], field)
		}
		require.Equal(t, []any{fmt.Sprint("key-", i), "密钥 & <x>", "Enabled", usage},
			[]any{d["Alias"], d["Description"], d["KeyState"], d["KeyUsage"]})
	}
	created := m.ok("CreateKey", body{"Alias": "a", "KeyUsage": "ASYMMETRIC_SIGN_VERIFY_ECC"})
	id := created["KeyId"].(string)
	key := body{"KeyId": id}
	m.ok("EnableKey", key)
	require.Contains(t, m.refused("ResourceUnavailable.CmkShouldBeDisabled",
		"ScheduleKeyDeletion", body{"KeyId": id, "PendingWindowInDays": 7}), "the key is Enabled")
	m.refused("ResourceUnavailable.CmkNotPendingDelete", "CancelKeyDeletion", key)
	m.ok("DisableKey", key)
	require.Equal(t, "Disabled", m.metadata(id)["KeyState"])
	got := m.ok("ScheduleKeyDeletion", body{"KeyId": id, "PendingWindowInDays": 30})
	require.EqualValues(t, now.AddDate(0, 0, 30).Unix(), got["DeletionDate"])
	require.Equal(t, got["DeletionDate"], m.metadata(id)["DeletionDate"])
	require.Equal(t, "PendingDelete", m.metadata(id)["KeyState"])
	for _, action := range []string{"EnableKey", "DisableKey", "UpdateKeyDescription"} {
		m.refused("ResourceUnavailable.CmkStateNotSupport", action, key)
	}
	m.refused("ResourceUnavailable.CmkStateNotSupport", "ScheduleKeyDeletion", body{"KeyId": id, "PendingWindowInDays": 7})
	require.Equal(t, id, m.ok("CancelKeyDeletion", key)["KeyId"])
	require.Equal(t, "Disabled", m.metadata(id)["KeyState"])

	m.ok("UpdateKeyDescription", body{"KeyId": id, "Description": strings.Repeat("é", 512)})
	m.ok("UpdateAlias", body{"KeyId": id, "Alias": "b"})
	require.Equal(t, []any{"b", strings.Repeat("é", 512)}, []any{m.metadata(id)["Alias"], m.metadata(id)["Description"]})
	m.ok("UpdateAlias", body{"KeyId": id, "Alias": "b"})
	m.refused("InvalidParameterValue.AliasAlreadyExists", "UpdateAlias", body{"KeyId": id, "Alias": "key-1"})
	m.refused("InvalidParameterValue.AliasAlreadyExists",
		"CreateKey", body{"Alias": "b", "KeyUsage": "ASYMMETRIC_SIGN_VERIFY_ECC"})
	m.ok("CreateKey", body{"Alias": "a", "KeyUsage": "ASYMMETRIC_SIGN_VERIFY_ECC"})
	k, err := ring.Describe(context.Background(), id)
	require.NoError(t, err)
	require.Equal(t, []string{"alias/b"}, k.Aliases)

	other := m.ok("CreateKey", body{"Alias": "c", "KeyUsage": "ASYMMETRIC_SIGN_VERIFY_SM2"})["KeyId"].(string)
	both := body{"KeyIds": []string{id, other}}
	m.ok("DisableKeys", both)
	m.ok("EnableKeys", both)
	require.Equal(t, []any{"Enabled", "Enabled"}, []any{m.metadata(id)["KeyState"], m.metadata(other)["KeyState"]})
	require.NoError(t, ring.SetState(context.Background(), other, keyring.PendingImport))
	m.refused("ResourceUnavailable.CmkStateNotSupport", "DisableKeys", both)
	require.Equal(t, "Enabled", m.metadata(id)["KeyState"])
	m.refused("ResourceUnavailable.CmkNotFound", "DisableKeys", body{"KeyIds": []string{id, "unknown"}})
	require.Equal(t, "Enabled", m.metadata(id)["KeyState"])
}

// What every operation refuses, and that nothing is changed then.
func TestManagement_refuses(t *testing.T) {
	ring, ids := reading(t)
	m := manager{t, newServer(ring, frontend.WithManagement())}
	before, err := ring.List(context.Background())
	require.NoError(t, err)
	const ecc = "ASYMMETRIC_SIGN_VERIFY_ECC"
	id := ids[1]
	for _, tt := range []struct {
		want, action string
		body         body
	}{
		{"MissingParameter", "CreateKey", body{"KeyUsage": ecc}},
		{"MissingParameter", "CreateKey", body{"Alias": "n"}},
		{"InvalidParameterValue.InvalidKeyUsage", "CreateKey", body{"Alias": "n", "KeyUsage": "ENCRYPT_DECRYPT"}},
		{"InvalidParameterValue.InvalidKeyUsage", "CreateKey",
			body{"Alias": "n", "KeyUsage": "ASYMMETRIC_SIGN_VERIFY_RSA_3072"}},
		{"InvalidParameterValue.InvalidKeyUsage", "CreateKey", body{"Alias": "n", "KeyUsage": 1}},
		{"InvalidParameterValue.InvalidType", "CreateKey", body{"Alias": "n", "KeyUsage": ecc, "Type": 2}},
		{"InvalidParameterValue.InvalidType", "CreateKey", body{"Alias": "n", "KeyUsage": ecc, "Type": 0}},
		{"InvalidParameterValue.InvalidHsmClusterId", "CreateKey", body{"Alias": "n", "KeyUsage": ecc, "HsmClusterId": "c"}},
		{"InvalidParameter", "CreateKey", body{"Alias": "n", "KeyUsage": ecc,
			"Tags": []body{{"TagKey": "a", "TagValue": "b"}}}},
		{"InvalidParameter", "CreateKey", body{"Alias": "n", "KeyUsage": ecc, "Description": strings.Repeat("a", 1025)}},
		{"InvalidParameter", "CreateKey", body{"Alias": "n", "KeyUsage": ecc, "Description": "\x1b[2J"}},
		{"InvalidParameter", "CreateKey", body{"Alias": "n", "KeyUsage": ecc, "Description": "line\nline"}},
		{"InvalidParameterValue.InvalidAlias", "CreateKey", body{"Alias": "-n", "KeyUsage": ecc}},
		{"InvalidParameterValue.InvalidAlias", "CreateKey", body{"Alias": "alias/n", "KeyUsage": ecc}},
		{"InvalidParameterValue.InvalidAlias", "CreateKey", body{"Alias": "密", "KeyUsage": ecc}},
		{"InvalidParameterValue.InvalidAlias", "CreateKey", body{"Alias": "kms-n", "KeyUsage": ecc}},
		{"InvalidParameterValue.InvalidAlias", "CreateKey", body{"Alias": "acs", "KeyUsage": ecc}},
		{"InvalidParameterValue.InvalidAlias", "CreateKey", body{"Alias": strings.Repeat("a", 61), "KeyUsage": ecc}},
		{"InvalidParameterValue.InvalidAlias", "UpdateAlias", body{"KeyId": id, "Alias": "a b"}},
		{"MissingParameter", "UpdateAlias", body{"KeyId": id}},
		{"MissingParameter", "UpdateAlias", body{"Alias": "n"}},
		{"ResourceUnavailable.CmkNotFound", "UpdateAlias", body{"KeyId": "unknown", "Alias": "n"}},
		{"InvalidParameter", "UpdateKeyDescription", body{"KeyId": id, "Description": strings.Repeat("密", 342)}},
		{"InvalidParameter.InvalidPendingWindowInDays", "ScheduleKeyDeletion", body{"KeyId": id, "PendingWindowInDays": 6}},
		{"InvalidParameter.InvalidPendingWindowInDays", "ScheduleKeyDeletion", body{"KeyId": id, "PendingWindowInDays": 31}},
		{"InvalidParameter.InvalidPendingWindowInDays", "ScheduleKeyDeletion", body{"KeyId": id, "PendingWindowInDays": -7}},
		{"InvalidParameter.InvalidPendingWindowInDays", "ScheduleKeyDeletion", body{"KeyId": id, "PendingWindowInDays": 7.5}},
		{"InvalidParameter.InvalidPendingWindowInDays", "ScheduleKeyDeletion",
			body{"KeyId": id, "PendingWindowInDays": 1e30}},
		{"MissingParameter", "ScheduleKeyDeletion", body{"KeyId": id}},
		{"MissingParameter", "ScheduleKeyDeletion", body{"PendingWindowInDays": 7}},
		{"InvalidParameterValue.DuplicatedKeyId", "EnableKeys", body{"KeyIds": []string{id, id}}},
		{"MissingParameter", "EnableKeys", body{}},
		{"InvalidParameter", "EnableKeys", body{"KeyIds": strings.Split(strings.Repeat("x", 101), "")}},
		{"InvalidParameter", "EnableKeys", body{"KeyId": id}},
		{"InvalidParameter", "EnableKey", body{"KeyId": id, "KeyIds": []string{id}}},
		{"InvalidParameterValue.InvalidKeyId", "EnableKey", body{"KeyId": "alias/key-1"}},
		{"MissingParameter", "EnableKey", body{}},
	} {
		m.refused(tt.want, tt.action, tt.body)
	}
	after, err := ring.List(context.Background())
	require.NoError(t, err)
	require.Equal(t, before, after)
}

var changes = []string{
	"CreateKey", "EnableKey", "DisableKey", "EnableKeys", "DisableKeys", "ScheduleKeyDeletion", "CancelKeyDeletion",
	"UpdateAlias", "UpdateKeyDescription",
}

// Without the option they are forbidden and not unknown; with it, over a store that has
// none, nothing is served.
func TestManagement_off(t *testing.T) {
	ring := keyring.New()
	m := manager{t, newServer(ring)}
	for _, action := range changes {
		require.Contains(t, m.refused("UnauthorizedOperation", action, body{}), "frontend.WithManagement")
	}
	m = manager{t, newServer(ring, frontend.WithManagement())}
	for _, action := range changes {
		require.Contains(t, m.refused("InvalidAction", "Encrypt", body{}), action)
	}
	m = manager{t, newServer(lookupOnly{ring}, frontend.WithManagement())}
	for _, action := range append([]string{"SignByAsymmetricKey", "ListKeys"}, changes...) {
		m.refused("InternalError", action, body{})
	}
}

// The policy is given every key, before any is changed.
func TestManagement_authorize(t *testing.T) {
	ring, ids := reading(t)
	var asked []string
	denied := ""
	m := manager{t, newServer(ring, frontend.WithManagement(),
		frontend.WithAuthorize(func(_ context.Context, _, action, keyID string) error {
			asked = append(asked, action+" "+keyID)
			if keyID == denied {
				return errors.AccessDenied
			}
			return nil
		}))}
	denied = "none"
	m.ok("CreateKey", body{"Alias": "n", "KeyUsage": "ASYMMETRIC_SIGN_VERIFY_ECC"})
	require.Equal(t, []string{"CreateKey "}, asked)
	for action, b := range map[string]body{
		"EnableKey": {"KeyId": ids[1]}, "DisableKey": {"KeyId": ids[1]},
		"ScheduleKeyDeletion": {"KeyId": ids[1], "PendingWindowInDays": 7},
		"CancelKeyDeletion":   {"KeyId": ids[1]}, "UpdateAlias": {"KeyId": ids[1], "Alias": "m"},
		"UpdateKeyDescription": {"KeyId": ids[1]},
		"EnableKeys":           {"KeyIds": []string{ids[0], ids[1]}}, "DisableKeys": {"KeyIds": []string{ids[0], ids[1]}},
	} {
		asked, denied = nil, ids[1]
		m.refused("UnauthorizedOperation", action, b)
		require.Equal(t, action+" "+ids[1], asked[len(asked)-1])
	}
	denied = ""
	m.refused("UnauthorizedOperation", "CreateKey", body{"Alias": "x", "KeyUsage": "ASYMMETRIC_SIGN_VERIFY_ECC"})
	denied = "none"
	require.Equal(t, []any{"Enabled", "Disabled"}, []any{m.metadata(ids[0])["KeyState"], m.metadata(ids[1])["KeyState"]})
}

// Two clients that ask for one alias at once: one gets it, and there is no key without.
func TestManagement_races(t *testing.T) {
	ring := keyring.New()
	m := manager{t, newServer(ring, frontend.WithManagement())}
	const rounds = 10
	for round := range rounds {
		var won, lost atomic.Int64
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				w := m.do("CreateKey", body{"Alias": fmt.Sprint("race-", round), "KeyUsage": "ASYMMETRIC_SIGN_VERIFY_ECC"})
				switch {
				case strings.Contains(w.Body.String(), "KeyId"):
					won.Add(1)
				case strings.Contains(w.Body.String(), `"InvalidParameterValue.AliasAlreadyExists"`):
					lost.Add(1)
				}
			})
		}
		all.Wait()
		require.Equal(t, []int64{1, 3}, []int64{won.Load(), lost.Load()})
	}
	_, total, err := ring.ListPage(context.Background(), keyring.Page{})
	require.NoError(t, err)
	require.Equal(t, rounds, total)
}

// A client that signs x-tc-action is not taken at another word.
func TestManagement_signedAction(t *testing.T) {
	ring, ids := reading(t)
	h := newServer(ring, frontend.WithManagement())
	r := tc3("GET", "DescribeKey", params{"KeyId": ids[0]})
	require.Equal(t, "OK", code(t, fronttest.Do(h, tc3Sign(r, hexSum(""), "content-type", "host", "x-tc-action"))))
	r.Header.Set("X-TC-Action", "DisableKey")
	require.Equal(t, "AuthFailure.SignatureFailure", code(t, fronttest.Do(h, r)))
	require.Equal(t, "Enabled", manager{t, h}.metadata(ids[0])["KeyState"])
}

// The errors of a Manager whose storage fails are failures of the service, also
// between two changes.
func TestManagement_broken(t *testing.T) {
	ring, ids := reading(t)
	s := &tencentkms.Service{Store: failing{ring}}
	ctx := context.Background()
	for name, do := range map[string]func() error{
		"CreateKey": func() error {
			_, err := s.CreateKey(ctx, tencentkms.CreateKeyRequest{Alias: "n", KeyUsage: "ASYMMETRIC_SIGN_VERIFY_ECC"})
			return err
		},
		"EnableKey":  func() error { _, err := s.EnableKey(ctx, tencentkms.EnableKeyRequest{KeyId: ids[1]}); return err },
		"EnableKeys": func() error { _, err := s.EnableKeys(ctx, tencentkms.EnableKeysRequest{KeyIds: ids[:2]}); return err },
		"ScheduleKeyDeletion": func() error {
			_, err := s.ScheduleKeyDeletion(ctx, tencentkms.ScheduleKeyDeletionRequest{KeyId: ids[1], PendingWindowInDays: 7})
			return err
		},
		"CancelKeyDeletion": func() error {
			_, err := s.CancelKeyDeletion(ctx, tencentkms.CancelKeyDeletionRequest{KeyId: ids[2]})
			return err
		},
		"UpdateAlias": func() error {
			_, err := s.UpdateAlias(ctx, tencentkms.UpdateAliasRequest{KeyId: ids[0], Alias: "n"})
			return err
		},
		"UpdateKeyDescription": func() error {
			_, err := s.UpdateKeyDescription(ctx, tencentkms.UpdateKeyDescriptionRequest{KeyId: ids[0]})
			return err
		},
	} {
		_, code, message := tencentkms.Describe(do())
		require.Equal(t, []string{"InternalError", "An internal error has occurred."}, []string{code, message}, name)
	}
}

// failing is a Manager that reads, makes aliases, and changes nothing else.
type failing struct{ *keyring.Keyring }

var errBroken = errors.New("the disk is gone")

func (failing) CreateWith(context.Context, keyspec.KeySpec, keyring.Attributes) (*keyring.Version, error) {
	return nil, errBroken
}
func (failing) SetState(context.Context, string, keyring.State) error     { return errBroken }
func (failing) ScheduleDeletion(context.Context, string, time.Time) error { return errBroken }
func (failing) SetDescription(context.Context, string, string) error      { return errBroken }
func (failing) DeleteAlias(context.Context, string) error                 { return errBroken }
