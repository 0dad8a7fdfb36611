// SPDX-License-Identifier: Apache-2.0

package alikms_test

import (
	"context"
	"encoding/xml"
	"fmt"
	"math"
	"net/url"
	"strconv"
	"strings"
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

// lookupOnly is a Store that is no Manager.
type lookupOnly struct{ keyring.Store }

// reading is a keyring with three keys, in different states.
func reading(t *testing.T) (ring *keyring.Keyring, a, a2, b, c *keyring.Version) {
	t.Helper()
	ctx, ring := context.Background(), keyring.New()
	must := func(v *keyring.Version, err error) *keyring.Version {
		require.NoError(t, err)
		return v
	}
	a = must(ring.CreateWith(ctx, keyspec.ECP256, keyring.Attributes{Description: "für <später>", Alias: "alias/a"}))
	require.NoError(t, ring.SetAlias(ctx, "alias/z", a.KeyID))
	a2 = must(ring.Rotate(ctx, a.KeyID))
	b = must(ring.Create(ctx, keyspec.ECSM2))
	require.NoError(t, ring.SetState(ctx, b.KeyID, keyring.Disabled))
	c = must(ring.CreateWith(ctx, keyspec.ECP256K, keyring.Attributes{Alias: "alias/c"}))
	require.NoError(t, ring.ScheduleDeletion(ctx, c.KeyID, time.Date(2030, 1, 2, 3, 4, 5, 6, time.UTC)))
	return ring, a, a2, b, c
}

func TestDescribeKey(t *testing.T) {
	ctx := context.Background()
	ring, a, a2, b, c := reading(t)
	s := &alikms.Service{Store: ring}
	stamp := func(v *keyring.Version) string { return v.Created.Format("2006-01-02T15:04:05Z") }
	want := alikms.KeyMetadata{
		KeyId: a.KeyID, Arn: "acs:kms:local:0:key/" + a.KeyID, KeySpec: "EC_P256", KeyUsage: "SIGN/VERIFY",
		KeyState:     "Enabled",
		CreationDate: stamp(a), Description: "für <später>", PrimaryKeyVersion: a2.VersionID, LastRotationDate: stamp(a2),
		ProtectionLevel: "SOFTWARE", Origin: "Aliyun_KMS", AutomaticRotation: "Disabled", DeletionProtection: "Disabled",
	}
	for _, name := range []string{a.KeyID, "alias/a", "alias/z", "acs:kms:cn-hangzhou:123:key/" + a.KeyID, want.Arn} {
		got, err := s.DescribeKey(ctx, alikms.DescribeKeyRequest{KeyId: name})
		require.NoError(t, err)
		require.Equal(t, alikms.DescribeKeyResponse{KeyMetadata: want}, got)
	}
	got, err := s.DescribeKey(ctx, alikms.DescribeKeyRequest{KeyId: b.KeyID})
	require.NoError(t, err)
	require.Equal(t, []string{"Disabled", "EC_SM2", "", ""},
		[]string{got.KeyMetadata.KeyState, got.KeyMetadata.KeySpec, got.KeyMetadata.DeleteDate, got.KeyMetadata.Description})
	got, err = s.DescribeKey(ctx, alikms.DescribeKeyRequest{KeyId: c.KeyID})
	require.NoError(t, err)
	require.Equal(t, []string{"PendingDeletion", "2030-01-02T03:04:05Z"},
		[]string{got.KeyMetadata.KeyState, got.KeyMetadata.DeleteDate})

	for _, v := range []*keyring.Version{a, a2, b, c} {
		for _, store := range []keyring.Store{ring, lookupOnly{ring}} {
			got, err := (&alikms.Service{Store: store}).DescribeKeyVersion(ctx,
				alikms.DescribeKeyVersionRequest{KeyId: v.KeyID, KeyVersionId: v.VersionID})
			require.NoError(t, err)
			require.Equal(t, alikms.KeyVersion{KeyId: v.KeyID, KeyVersionId: v.VersionID, CreationDate: stamp(v)},
				got.KeyVersion)
		}
	}
}

func TestLists(t *testing.T) {
	ctx := context.Background()
	ring, a, a2, b, c := reading(t)
	s := &alikms.Service{Store: ring}
	for _, tt := range []struct {
		number, size int
		filters      string
		want         []string
		total        int
	}{
		{0, 0, "", []string{a.KeyID, b.KeyID, c.KeyID}, 3},
		{1, 2, "", []string{a.KeyID, b.KeyID}, 3},
		{2, 2, "", []string{c.KeyID}, 3},
		{3, 2, "", []string{}, 3},
		{math.MaxInt32, 100, "", []string{}, 3},
		{0, 0, "[]", []string{a.KeyID, b.KeyID, c.KeyID}, 3},
		{0, 0, `[{"Key":"KeyState","Values":["Enabled","Disabled"]}]`, []string{a.KeyID, b.KeyID}, 2},
		{0, 0, `[{"Key":"KeyState","Values":["Enabled"]},{"Key":"KeyState","Values":["PendingDeletion"]}]`,
			[]string{a.KeyID, c.KeyID}, 2},
		{2, 1, `[{"Key":"KeyState","Values":["Enabled"]},{"Key":"KeyState","Values":["PendingDeletion"]}]`,
			[]string{c.KeyID}, 2},
		{0, 0, `[{"Key":"KeyState","Values":["Enabled"]},{"Key":"KeySpec","Values":["EC_SM2"]}]`, []string{}, 0},
		{0, 0, `[{"Key":"KeyUsage","Values":["SIGN/VERIFY"]},{"Key":"ProtectionLevel","Values":["SOFTWARE"]},{"Key":"CreatorType","Values":["User"]}]`, []string{a.KeyID, b.KeyID, c.KeyID}, 3},
		{0, 0, `[{"Key":"KeyUsage","Values":["ENCRYPT/DECRYPT"]}]`, []string{}, 0},
		{0, 0, `[{"Key":"KeySpec","Values":[]}]`, []string{a.KeyID, b.KeyID, c.KeyID}, 3},
	} {
		got, err := s.ListKeys(ctx, alikms.ListKeysRequest{PageNumber: tt.number, PageSize: tt.size, Filters: tt.filters})
		require.NoError(t, err)
		ids := []string{}
		for _, k := range got.Keys.Key {
			require.Equal(t, "acs:kms:local:0:key/"+k.KeyId, k.KeyArn)
			ids = append(ids, k.KeyId)
		}
		require.Equal(t, tt.want, ids, "%+v", tt)
		require.Equal(t, []int{max(tt.number, 1), tt.total}, []int{got.PageNumber, got.TotalCount}, "%+v", tt)
	}
	for _, bad := range []string{
		"x", "{}", `[{"Key":"KeyState"}] x`, `[{"Key":"State","Values":["x"]}]`, `[{"Values":["x"]}]`,
		`[{"Key":"KeyState","Values":"Enabled"}]`,
		`[{"Key":"KeyState","Values":["1","2","3","4","5","6","7","8","9","10","11"]}]`, `[{"Key":"KeyState","Other":1}]`,
		"[" + strings.Repeat(`{"Key":"KeyState"},`, 10) + `{"Key":"KeyState"}]`, strings.Repeat("[", 4000),
	} {
		_, err := s.ListKeys(ctx, alikms.ListKeysRequest{Filters: bad})
		requireParam(t, err, errors.InvalidParameter, "Filters")
	}

	versions, err := s.ListKeyVersions(ctx, alikms.ListKeyVersionsRequest{KeyId: "alias/z", PageNumber: 2, PageSize: 1})
	require.NoError(t, err)
	require.Equal(t, []any{2, 1, 2, 1, a2.VersionID}, []any{versions.PageNumber, versions.PageSize, versions.TotalCount,
		len(versions.KeyVersions.KeyVersion), versions.KeyVersions.KeyVersion[0].KeyVersionId})
	versions, err = s.ListKeyVersions(ctx, alikms.ListKeyVersionsRequest{KeyId: c.KeyID})
	require.NoError(t, err)
	require.Equal(t, []any{1, 10, 1, c.VersionID, c.KeyID}, []any{versions.PageNumber, versions.PageSize,
		versions.TotalCount, versions.KeyVersions.KeyVersion[0].KeyVersionId, versions.KeyVersions.KeyVersion[0].KeyId})

	alias := func(v *keyring.Version, name string) alikms.Alias {
		return alikms.Alias{KeyId: v.KeyID, AliasName: name, AliasArn: "acs:kms:local:0:" + name}
	}
	all := []alikms.Alias{alias(a, "alias/a"), alias(c, "alias/c"), alias(a, "alias/z")}
	aliases, err := s.ListAliases(ctx, alikms.ListAliasesRequest{})
	require.NoError(t, err)
	require.Equal(t, []any{all, 3}, []any{aliases.Aliases.Alias, aliases.TotalCount})
	aliases, err = s.ListAliases(ctx, alikms.ListAliasesRequest{PageNumber: 2, PageSize: 2})
	require.NoError(t, err)
	require.Equal(t, all[2:], aliases.Aliases.Alias)
	for _, tt := range []struct {
		key  string
		want []alikms.Alias
	}{{"alias/a", []alikms.Alias{all[0], all[2]}}, {b.KeyID, []alikms.Alias{}}} {
		got, err := s.ListAliasesByKeyId(ctx, alikms.ListAliasesByKeyIdRequest{KeyId: tt.key})
		require.NoError(t, err)
		require.Equal(t, tt.want, got.Aliases.Alias)
	}
}

func requireParam(t *testing.T, err error, code errors.Code, param string) {
	t.Helper()
	var e *errors.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, []any{code, param}, []any{e.Code, e.Param}, "%v", err)
}

// What reading refuses, whatever the operation.
func TestReading_refuses(t *testing.T) {
	ctx := context.Background()
	ring, a, _, _, _ := reading(t)
	type call = func(s *alikms.Service, ctx context.Context, key string, number, size int) error
	keyed := map[string]call{
		"DescribeKey": func(s *alikms.Service, ctx context.Context, key string, _, _ int) error {
			_, err := s.DescribeKey(ctx, alikms.DescribeKeyRequest{KeyId: key})
			return err
		},
		"ListKeyVersions": func(s *alikms.Service, ctx context.Context, key string, n, size int) error {
			_, err := s.ListKeyVersions(ctx, alikms.ListKeyVersionsRequest{KeyId: key, PageNumber: n, PageSize: size})
			return err
		},
		"ListAliasesByKeyId": func(s *alikms.Service, ctx context.Context, key string, n, size int) error {
			_, err := s.ListAliasesByKeyId(ctx, alikms.ListAliasesByKeyIdRequest{KeyId: key, PageNumber: n, PageSize: size})
			return err
		},
	}
	lists := map[string]call{
		"ListKeys": func(s *alikms.Service, ctx context.Context, _ string, n, size int) error {
			_, err := s.ListKeys(ctx, alikms.ListKeysRequest{PageNumber: n, PageSize: size})
			return err
		},
		"ListAliases": func(s *alikms.Service, ctx context.Context, _ string, n, size int) error {
			_, err := s.ListAliases(ctx, alikms.ListAliasesRequest{PageNumber: n, PageSize: size})
			return err
		},
	}
	s := &alikms.Service{Store: ring}
	all := map[string]call{}
	for name, do := range keyed {
		all[name] = do
		require.NoError(t, do(s, ctx, a.KeyID, 0, 0), name)
		requireParam(t, do(s, ctx, "", 0, 0), errors.MissingParameter, "KeyId")
		requireParam(t, do(s, ctx, "unknown", 0, 0), errors.KeyNotFound, "KeyId")
		requireParam(t, do(s, ctx, "alias/unknown", 0, 0), errors.AliasNotFound, "KeyId")
		for _, bad := range []string{"a b", "alias/", "acs:kms:x", "alias/\xff", strings.Repeat("a", 600),
			"acs:kms:local:0:alias/a"} {
			requireParam(t, do(s, ctx, bad, 0, 0), errors.InvalidParameter, "KeyId")
		}
	}
	for name, do := range lists {
		all[name] = do
	}
	for name, do := range all {
		if name != "DescribeKey" {
			for _, n := range []int{-1, math.MinInt32} {
				requireParam(t, do(s, ctx, a.KeyID, n, 0), errors.InvalidParameter, "PageNumber")
			}
			for _, n := range []int{-1, 101, math.MaxInt32} {
				requireParam(t, do(s, ctx, a.KeyID, 0, n), errors.InvalidParameter, "PageSize")
			}
		}
		require.ErrorIs(t, do(nil, ctx, a.KeyID, 0, 0), errors.Internal, name)
		require.ErrorIs(t, do(&alikms.Service{}, ctx, a.KeyID, 0, 0), errors.Internal, name)
		requireParam(t, do(s, nil, a.KeyID, 0, 0), errors.InvalidParameter, "Context") //nolint:staticcheck // that is what is tested
		cancelled, cancel := context.WithCancel(ctx)
		cancel()
		require.ErrorIs(t, do(s, cancelled, a.KeyID, 0, 0), context.Canceled, name)
		require.ErrorIs(t, do(&alikms.Service{Store: lookupOnly{ring}}, ctx, a.KeyID, 0, 0), errors.AccessDenied, name)
		require.ErrorIs(t, do(&alikms.Service{Store: broken{ring}}, ctx, a.KeyID, 0, 0), errors.Internal, name)
	}
	_, err := s.DescribeKeyVersion(ctx, alikms.DescribeKeyVersionRequest{KeyId: a.KeyID})
	requireParam(t, err, errors.MissingParameter, "KeyVersionId")
	_, err = s.DescribeKeyVersion(ctx, alikms.DescribeKeyVersionRequest{KeyId: a.KeyID, KeyVersionId: "unknown"})
	requireParam(t, err, errors.KeyVersionNotFound, "KeyVersionId")
	_, err = (*alikms.Service)(nil).DescribeKeyVersion(ctx,
		alikms.DescribeKeyVersionRequest{KeyId: a.KeyID, KeyVersionId: "v"})
	require.ErrorIs(t, err, errors.Internal)
}

// broken is a Manager whose storage has failed.
type broken struct{ *keyring.Keyring }

var errBroken = errors.New("the disk is gone")

func (broken) Describe(context.Context, string) (keyring.Key, error) { return keyring.Key{}, errBroken }
func (broken) ListPage(ctx context.Context, _ keyring.Page) ([]keyring.Key, int, error) {
	return nil, 0, errors.Join(errBroken, ctx.Err())
}
func (broken) Aliases(ctx context.Context, _ string, _ keyring.Page) ([]keyring.Alias, int, error) {
	return nil, 0, errors.Join(errBroken, ctx.Err())
}

// On the wire: the provider's shapes in JSON and in XML, numbers and their bounds, and
// what the policy is asked.
func TestReading_wire(t *testing.T) {
	ring, a, a2, _, _ := reading(t)
	var asked []string
	policy := func(_ context.Context, principal, action, keyID string) error {
		asked = append(asked, principal+" "+action+" "+keyID)
		if principal != "ak" || keyID == "unknown" {
			return errors.AccessDenied
		}
		return nil
	}
	h := newServer(ring, frontend.WithAuthorize(policy))
	ask := func(p url.Values) (int, string) {
		w := fronttest.Do(h, get(rpc("GET", p)))
		return w.Code, w.Body.String()
	}
	status, body := ask(url.Values{"Action": {"ListKeys"}, "PageSize": {"1"}})
	require.Equal(t, 200, status, body)
	require.Contains(t, body, `{"Keys":{"Key":[{"KeyId":"`+a.KeyID+`","KeyArn":"acs:kms:local:0:key/`+a.KeyID+`"}]},"PageNumber":1,"PageSize":1,"TotalCount":3,"RequestId":"`)
	_, body = ask(url.Values{"Action": {"ListKeys"}, "PageNumber": {"9"}})
	require.Contains(t, body, `{"Keys":{"Key":[]},"PageNumber":9,"PageSize":10,"TotalCount":3,`)
	_, body = ask(url.Values{"Action": {"ListKeyVersions"}, "KeyId": {"alias/a"}})
	require.Contains(t, body, fmt.Sprintf(`{"KeyVersions":{"KeyVersion":[{"KeyId":"%s","KeyVersionId":"%s","CreationDate":"%s"},{"KeyId":"%s",`,
		a.KeyID, a.VersionID, a.Created.Format(time.RFC3339), a.KeyID))
	_, body = ask(url.Values{"Action": {"ListAliases"}, "PageSize": {"1"}})
	require.Contains(t, body, `{"Aliases":{"Alias":[{"KeyId":"`+a.KeyID+`","AliasName":"alias/a","AliasArn":"acs:kms:local:0:alias/a"}]},"PageNumber":1,`)
	_, body = ask(url.Values{"Action": {"DescribeKey"}, "KeyId": {"alias/a"}})
	require.Contains(t, body, `{"KeyMetadata":{"KeyId":"`+a.KeyID+`","Arn":`)
	require.NotContains(t, body, "DeleteDate")
	_, body = ask(url.Values{"Action": {"DescribeKeyVersion"}, "KeyId": {"alias/a"}, "KeyVersionId": {a2.VersionID},
		"Format": {"xml"}})
	require.Contains(t, body, "<DescribeKeyVersionResponse><KeyVersion><KeyId>"+a.KeyID+"</KeyId><KeyVersionId>"+a2.VersionID+"</KeyVersionId>")

	_, body = ask(url.Values{"Action": {"ListKeys"}, "Format": {"XML"}})
	var list struct {
		XMLName xml.Name `xml:"ListKeysResponse"`
		Keys    struct {
			Key []struct{ KeyId, KeyArn string }
		}
		TotalCount int
	}
	require.NoError(t, xml.Unmarshal([]byte(body), &list))
	require.Equal(t, []any{3, 3, a.KeyID}, []any{list.TotalCount, len(list.Keys.Key), list.Keys.Key[0].KeyId})

	id := a.KeyID
	require.Equal(t, []string{"ak ListKeys ", "ak ListKeys ", "ak ListKeyVersions " + id, "ak ListAliases ",
		"ak DescribeKey " + id, "ak DescribeKeyVersion " + id, "ak ListKeys "}, asked)
	for _, action := range []string{"DescribeKey", "ListKeyVersions", "ListAliasesByKeyId"} {
		status, body = ask(url.Values{"Action": {action}, "KeyId": {"unknown"}})
		require.Equal(t, 403, status)
		require.Contains(t, body, "Forbidden.NoPermission")
	}

	for name, most := range map[string]int{"PageNumber": math.MaxInt32, "PageSize": 100} {
		for _, bad := range []string{
			"0", "-1", "1.5", "1e2", "+1", "01", " 1", "1 ", "0x1", "٣", "NaN", "1,000", "\x00", strconv.Itoa(most + 1),
			"9223372036854775808", "18446744073709551617", strings.Repeat("9", 5000),
		} {
			for _, action := range []string{"ListKeys", "ListKeyVersions", "ListAliases", "ListAliasesByKeyId"} {
				w := fronttest.Do(h, get(rpc("GET", url.Values{"Action": {action}, "KeyId": {a.KeyID}, name: {bad}})))
				require.Equal(t, "InvalidParameter", code(t, w), "%s %q", name, bad)
			}
		}
		status, body = ask(url.Values{"Action": {"ListKeys"}, name: {strconv.Itoa(most)}})
		require.Equal(t, 200, status, body)
	}

	// A store without lists says so, but its versions can be described.
	h = newServer(lookupOnly{ring})
	for _, action := range []string{"ListKeys", "ListKeyVersions", "ListAliases", "ListAliasesByKeyId", "DescribeKey"} {
		status, body = ask(url.Values{"Action": {action}, "KeyId": {a.KeyID}})
		require.Equal(t, 400, status)
		require.Contains(t, body, `"Code":"Rejected.UnsupportedOperation","Message":"Unsupported operation. the keys of this service cannot be listed."`)
	}
	status, _ = ask(url.Values{"Action": {"DescribeKeyVersion"}, "KeyId": {a.KeyID}, "KeyVersionId": {a.VersionID}})
	require.Equal(t, 200, status)
}

// An operation that is not served says which are, to a client that is known.
func TestUnknownAction(t *testing.T) {
	h := newServer(keyring.New())
	served := "served are AsymmetricSign, AsymmetricVerify, DescribeKey, DescribeKeyVersion, GetPublicKey, ListAliases, ListAliasesByKeyId, ListKeyVersions, ListKeys."
	w := fronttest.Do(h, get(rpc("GET", url.Values{"Action": {"Encrypt"}})))
	require.Equal(t, "InvalidApi.NotFound", code(t, w))
	require.Equal(t, `Specified api is not found, please check your url and method. Action: "Encrypt" is not served here; `+served, fronttest.JSON(t, w)["Message"])
	long := fronttest.JSON(t, fronttest.Do(h, get(rpc("GET",
		url.Values{"Action": {strings.Repeat("密", 500)}}))))["Message"].(string)
	require.Less(t, len(long), 600)
	require.Contains(t, long, served)
	p := rpc("GET", url.Values{"Action": {"Encrypt"}})
	p.Set("Signature", "AAAA")
	require.NotContains(t, fronttest.Do(h, get(p)).Body.String(), "served")
}
