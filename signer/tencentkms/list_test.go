// SPDX-License-Identifier: Apache-2.0

package tencentkms_test

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
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

// lookupOnly is a Store that is no Manager.
type lookupOnly struct{ keyring.Store }

// reading is a keyring with a key of each state that a keyring can have and of four
// specs, the oldest first.
func reading(t *testing.T) (ring *keyring.Keyring, ids []string) {
	t.Helper()
	ctx, ring := context.Background(), keyring.New()
	for i, spec := range []keyspec.KeySpec{keyspec.ECP256, keyspec.ECSM2, keyspec.ECP256K, keyspec.ECP256} {
		v, err := ring.CreateWith(ctx, spec, keyring.Attributes{Description: fmt.Sprint("密钥 ", i),
			Alias: fmt.Sprint("alias/key-", i)})
		require.NoError(t, err)
		ids = append(ids, v.KeyID)
	}
	require.NoError(t, ring.SetAlias(ctx, "alias/another", ids[0]))
	require.NoError(t, ring.SetState(ctx, ids[1], keyring.Disabled))
	require.NoError(t, ring.ScheduleDeletion(ctx, ids[2], time.Unix(1900000000, 0)))
	require.NoError(t, ring.SetState(ctx, ids[3], keyring.PendingImport))
	return ring, ids
}

func TestDescribeKeys(t *testing.T) {
	ctx := context.Background()
	ring, ids := reading(t)
	s := &tencentkms.Service{Store: ring}
	created := func(id string) int64 {
		k, err := ring.Describe(ctx, id)
		require.NoError(t, err)
		return k.Created.Unix()
	}
	want := []tencentkms.KeyMetadata{
		{KeyId: ids[0], Alias: "another", Description: "密钥 0", KeyState: "Enabled", KeyUsage: "ASYMMETRIC_SIGN_VERIFY_ECC"},
		{KeyId: ids[1], Alias: "key-1", Description: "密钥 1", KeyState: "Disabled", KeyUsage: "ASYMMETRIC_SIGN_VERIFY_SM2"},
		{KeyId: ids[2], Alias: "key-2", Description: "密钥 2", KeyState: "PendingDelete",
			KeyUsage: "ASYMMETRIC_SIGN_VERIFY_ECC_P256K", DeletionDate: 1900000000},
		{KeyId: ids[3], Alias: "key-3", Description: "密钥 3", KeyState: "PendingImport",
			KeyUsage: "ASYMMETRIC_SIGN_VERIFY_ECC"},
	}
	for i := range want {
		want[i].CreateTime, want[i].Origin, want[i].Owner = created(ids[i]), "TENCENT_KMS", "user"
		got, err := s.DescribeKey(ctx, tencentkms.DescribeKeyRequest{KeyId: ids[i]})
		require.NoError(t, err)
		require.Equal(t, want[i], got.KeyMetadata)
	}
	got, err := s.DescribeKeys(ctx, tencentkms.DescribeKeysRequest{KeyIds: ids})
	require.NoError(t, err)
	require.Equal(t, want, got.KeyMetadatas)
	for _, tt := range []struct {
		ids   []string
		code  errors.Code
		param string
	}{
		{nil, errors.MissingParameter, "KeyIds"},
		{[]string{ids[0], ids[1], ids[0]}, errors.InvalidParameter, "KeyIds"},
		{make([]string, 101), errors.InvalidParameter, ""},
		{[]string{ids[0], ""}, errors.MissingParameter, "KeyId"},
		{[]string{ids[0], "unknown"}, errors.KeyNotFound, "KeyId"},
		{[]string{"alias/key-1"}, errors.InvalidParameter, "KeyId"},
	} {
		_, err := s.DescribeKeys(ctx, tencentkms.DescribeKeysRequest{KeyIds: tt.ids})
		requireParam(t, err, tt.code, tt.param)
	}
}

func requireParam(t *testing.T, err error, code errors.Code, param string) {
	t.Helper()
	var e *errors.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, []any{code, param}, []any{e.Code, e.Param}, "%v", err)
}

func TestListKeys(t *testing.T) {
	ctx := context.Background()
	ring, ids := reading(t)
	s := &tencentkms.Service{Store: ring}
	type request = tencentkms.ListKeyDetailRequest
	for _, tt := range []struct {
		req   request
		want  []int
		total int
	}{
		{request{OrderType: 1}, []int{0, 1, 2, 3}, 4},
		{request{}, []int{3, 2, 1, 0}, 4},
		{request{OrderType: 1, Limit: 2}, []int{0, 1}, 4},
		{request{OrderType: 1, Offset: 3, Limit: 2}, []int{3}, 4},
		{request{Offset: math.MaxInt32, Limit: 200}, nil, 4},
		{request{Role: 1}, nil, 0},
		{request{KeyState: 1}, []int{0}, 1},
		{request{KeyState: 2}, []int{1}, 1},
		{request{KeyState: 3}, []int{2}, 1},
		{request{KeyState: 4}, []int{3}, 1},
		{request{KeyState: 5}, nil, 0},
		{request{OrderType: 1, KeyUsage: "ASYMMETRIC_SIGN_VERIFY_ECC", Limit: 1}, []int{0}, 2},
		{request{KeyUsage: "ALL", Origin: "ALL", SearchKeyAlias: "key-2"}, []int{2}, 1},
		{request{SearchKeyAlias: "other"}, []int{0}, 1},
		{request{SearchKeyAlias: ids[1][3:]}, []int{1}, 1},
		{request{SearchKeyAlias: "alias/"}, nil, 0},
		{request{KeyUsage: "ENCRYPT_DECRYPT"}, nil, 0},
		{request{Origin: "EXTERNAL"}, nil, 0},
	} {
		got, err := s.ListKeyDetail(ctx, tt.req)
		require.NoError(t, err, "%+v", tt.req)
		require.Equal(t, tt.total, got.TotalCount, "%+v", tt.req)
		require.Len(t, got.KeyMetadatas, len(tt.want), "%+v", tt.req)
		for i, n := range tt.want {
			require.Equal(t, ids[n], got.KeyMetadatas[i].KeyId, "%+v", tt.req)
		}
	}
	for _, tt := range []struct {
		req  tencentkms.ListKeysRequest
		want []string
	}{
		{tencentkms.ListKeysRequest{}, ids},
		{tencentkms.ListKeysRequest{Offset: 1, Limit: 2}, ids[1:3]},
		{tencentkms.ListKeysRequest{Offset: 4, Limit: 200}, nil},
	} {
		got, err := s.ListKeys(ctx, tt.req)
		require.NoError(t, err)
		require.Equal(t, 4, got.TotalCount)
		require.Len(t, got.Keys, len(tt.want))
		for i, id := range tt.want {
			require.Equal(t, id, got.Keys[i].KeyId)
		}
	}
	got, err := s.ListKeys(ctx, tencentkms.ListKeysRequest{Role: 1})
	require.NoError(t, err)
	require.Equal(t, tencentkms.ListKeysResponse{Keys: []tencentkms.Key{}}, got)
}

// What the lists refuse, as calls.
func TestReading_refuses(t *testing.T) {
	ctx := context.Background()
	ring, ids := reading(t)
	s := &tencentkms.Service{Store: ring}
	for param, reqs := range map[string][]tencentkms.ListKeyDetailRequest{
		"Offset":       {{Offset: -1}, {Offset: math.MinInt32}},
		"Limit":        {{Limit: -1}, {Limit: 201}, {Limit: math.MaxInt32}},
		"Role":         {{Role: -1}, {Role: 2}},
		"HsmClusterId": {{HsmClusterId: "x"}},
		"OrderType":    {{OrderType: -1}, {OrderType: 2}},
		"KeyState":     {{KeyState: -1}, {KeyState: 6}},
		"Origin":       {{Origin: "x"}, {Origin: "tencent_kms"}},
		"KeyUsage":     {{KeyUsage: "x"}},
	} {
		for _, req := range reqs {
			_, err := s.ListKeyDetail(ctx, req)
			requireParam(t, err, errors.InvalidParameter, param)
			if req.OrderType == 0 && req.KeyState == 0 && req.Origin == "" && req.KeyUsage == "" {
				_, err = s.ListKeys(ctx, tencentkms.ListKeysRequest{Offset: req.Offset, Limit: req.Limit, Role: req.Role,
					HsmClusterId: req.HsmClusterId})
				requireParam(t, err, errors.InvalidParameter, param)
			}
		}
	}
	for name, do := range map[string]func(*tencentkms.Service, context.Context) error{
		"DescribeKey": func(s *tencentkms.Service, ctx context.Context) error {
			_, err := s.DescribeKey(ctx, tencentkms.DescribeKeyRequest{KeyId: ids[0]})
			return err
		},
		"DescribeKeys": func(s *tencentkms.Service, ctx context.Context) error {
			_, err := s.DescribeKeys(ctx, tencentkms.DescribeKeysRequest{KeyIds: ids})
			return err
		},
		"ListKeys": func(s *tencentkms.Service, ctx context.Context) error {
			_, err := s.ListKeys(ctx, tencentkms.ListKeysRequest{})
			return err
		},
		"ListKeyDetail": func(s *tencentkms.Service, ctx context.Context) error {
			_, err := s.ListKeyDetail(ctx, tencentkms.ListKeyDetailRequest{})
			return err
		},
	} {
		require.NoError(t, do(s, ctx), name)
		require.ErrorIs(t, do(nil, ctx), errors.Internal, name)
		require.ErrorIs(t, do(&tencentkms.Service{}, ctx), errors.Internal, name)
		requireParam(t, do(s, nil), errors.InvalidParameter, "Context")
		cancelled, cancel := context.WithCancel(ctx)
		cancel()
		require.ErrorIs(t, do(s, cancelled), context.Canceled, name)
		require.ErrorIs(t, do(&tencentkms.Service{Store: lookupOnly{ring}}, ctx), errors.AccessDenied, name)
	}
}

// On the wire, as JSON with numbers and lists, as a query, and in the older form.
func TestReading_wire(t *testing.T) {
	ring, ids := reading(t)
	var asked []string
	policy := func(_ context.Context, principal, action, keyID string) error {
		asked = append(asked, action+" "+keyID)
		if keyID == "unknown" || keyID == ids[3] {
			return errors.AccessDenied
		}
		return nil
	}
	var events []frontend.Event
	h := newServer(ring, frontend.WithAuthorize(policy),
		frontend.WithObserver(func(_ context.Context, e frontend.Event) { events = append(events, e) }))
	body := func(action, text string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("POST", "http://"+host+"/", strings.NewReader(text))
		r.Header = http.Header{
			"Content-Type": {"application/json"}, "X-Tc-Action": {action}, "X-Tc-Version": {"2019-01-18"},
			"X-Tc-Timestamp": {strconv.FormatInt(now.Unix(), 10)},
		}
		return fronttest.Do(h, tc3Sign(r, hexSum(text), "content-type", "host"))
	}
	w := body("ListKeys", `{"Offset":1,"Limit":2}`)
	require.Contains(t, w.Body.String(),
		fmt.Sprintf(`{"Response":{"Keys":[{"KeyId":"%s"},{"KeyId":"%s"}],"TotalCount":4,"RequestId":"`, ids[1], ids[2]))
	w = body("DescribeKeys", fmt.Sprintf(`{"KeyIds":["%s","%s"]}`, ids[1], ids[0]))
	metadata := response(t, w)["KeyMetadatas"].([]any)
	require.Equal(t, []any{ids[1], ids[0]}, []any{metadata[0].(map[string]any)["KeyId"],
		metadata[1].(map[string]any)["KeyId"]})
	require.Equal(t, ids[1]+","+ids[0], events[len(events)-1].KeyID)
	require.Equal(t, []string{"ListKeys ", "DescribeKeys " + ids[1], "DescribeKeys " + ids[0]}, asked)
	w = body("DescribeKeys", fmt.Sprintf(`{"KeyIds":["%s","%s","%s"]}`, ids[0], ids[3], ids[1]))
	require.Equal(t, "UnauthorizedOperation", code(t, w))
	require.Equal(t, ids[3], events[len(events)-1].KeyID)
	w = body("ListKeyDetail", `{"KeyState":2,"Limit":"1"}`)
	require.EqualValues(t, 1, response(t, w)["TotalCount"])
	w = body("ListKeyDetail", `{}`)
	require.EqualValues(t, 4, response(t, w)["TotalCount"])

	for _, r := range []*http.Request{
		tc3("GET", "DescribeKeys", params{"KeyIds.0": ids[0], "KeyIds.1": ids[1]}),
		get(old("GET", "DescribeKeys", params{"KeyIds.0": ids[0], "KeyIds.1": ids[1]})),
		post(old("POST", "DescribeKeys", params{"KeyIds.0": ids[0], "KeyIds.1": ids[1]})),
		tc3("GET", "ListKeys", params{"Limit": "2"}),
		get(old("GET", "ListKeys", params{"Limit": "2"})),
		tc3("GET", "DescribeKey", params{"KeyId": ids[0]}),
	} {
		require.Equal(t, "OK", code(t, fronttest.Do(h, r)), r.URL)
	}

	many := make([]string, 100)
	for i := range many {
		many[i] = fmt.Sprintf(`"x%d"`, i)
	}
	for _, tt := range []struct{ action, body, want string }{
		{"DescribeKeys", `{"KeyIds":["` + ids[0] + `","` + ids[0] + `"]}`, "InvalidParameterValue.DuplicatedKeyId"},
		{"DescribeKeys", `{"KeyIds":[]}`, "MissingParameter"},
		{"DescribeKeys", `{}`, "MissingParameter"},
		{"DescribeKeys", `{"KeyIds":"x"}`, "InvalidParameter"},
		{"DescribeKeys", `{"KeyIds":[1]}`, "InvalidParameter"},
		{"DescribeKeys", `{"KeyIds":["a",["b"]]}`, "InvalidParameter"},
		{"DescribeKeys", `{"KeyIds":{"0":"a"}}`, "InvalidParameter"},
		{"DescribeKeys", `{"KeyIds.1":"a"}`, "InvalidParameter"},
		{"DescribeKeys", `{"KeyIds":["a"],"KeyIds.0":"b"}`, "InvalidParameter"},
		{"DescribeKeys", `{"KeyIds":[` + strings.Join(many, ",") + `]}`, "ResourceUnavailable.CmkNotFound"},
		{"DescribeKeys", `{"KeyIds":[` + strings.Join(many, ",") + `,"y"]}`, "InvalidParameter"},
		{"DescribeKeys", `{"KeyIds":[` + strings.Repeat(`"z",`, 5000) + `"y"]}`, "InvalidParameter"},
		{"DescribeKey", `{"KeyId":1}`, "InvalidParameterValue.InvalidKeyId"},
		{"DescribeKey", `{"KeyId":"unknown"}`, "UnauthorizedOperation"},
		{"DescribeKey", `{"KeyId":"nothing"}`, "ResourceUnavailable.CmkNotFound"},
		{"DescribeKey", `{}`, "MissingParameter"},
		{"ListKeys", `{"Limit":0}`, "InvalidParameter"},
		{"ListKeys", `{"Limit":201}`, "InvalidParameter"},
		{"ListKeys", `{"Limit":-1}`, "InvalidParameter"},
		{"ListKeys", `{"Limit":1e1}`, "InvalidParameter"},
		{"ListKeys", `{"Limit":1.0}`, "InvalidParameter"},
		{"ListKeys", `{"Limit":99999999999999999999999}`, "InvalidParameter"},
		{"ListKeys", `{"Limit":1` + strings.Repeat("0", 20000) + `}`, "InvalidParameter"},
		{"ListKeys", `{"Limit":" 1"}`, "InvalidParameter"},
		{"ListKeys", `{"Offset":-1}`, "InvalidParameter"},
		{"ListKeys", `{"Offset":2147483648}`, "InvalidParameter"},
		{"ListKeys", `{"Offset":[1]}`, "InvalidParameter"},
		{"ListKeys", `{"Role":2}`, "InvalidParameter"},
		{"ListKeys", `{"HsmClusterId":"c"}`, "InvalidParameterValue.InvalidHsmClusterId"},
		{"ListKeys", `{"KeyState":1}`, "InvalidParameter"},
		{"ListKeyDetail", `{"KeyUsage":"x"}`, "InvalidParameterValue.InvalidKeyUsage"},
		{"ListKeyDetail", `{"TagFilters":[{"TagKey":"a"}]}`, "InvalidParameter"},
		{"ListKeyDetail", `{"Origin":1}`, "InvalidParameter"},
		{"GetPublicKey", `{"KeyId":["` + ids[0] + `"]}`, "InvalidParameter"},
	} {
		require.Equal(t, tt.want, code(t, body(tt.action, tt.body)), "%s %.80s", tt.action, tt.body)
	}

	// A store without lists says so.
	h = newServer(lookupOnly{ring})
	w = body("ListKeys", "{}")
	require.Equal(t, "UnsupportedOperation", code(t, w))
	require.Contains(t, w.Body.String(), "the keys of this service cannot be listed")

	w = body("Encrypt", "{}")
	require.Equal(t, "InvalidAction", code(t, w))
	require.Contains(t, w.Body.String(),
		`\"Encrypt\" is not served here; served are DescribeKey, DescribeKeys, GetPublicKey, ListAlgorithms, ListKeyDetail, ListKeys, SignByAsymmetricKey, VerifyByAsymmetricKey.`)
}
