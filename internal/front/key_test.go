package front

import (
	"context"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/stretchr/testify/require"
)

func TestKey(t *testing.T) {
	ctx := context.Background()
	ring := keyring.New()
	v, err := ring.Create(ctx, keyspec.ECP256)
	require.NoError(t, err)
	require.NoError(t, ring.SetAlias(ctx, "alias/a", v.KeyID))
	off, err := ring.Create(ctx, keyspec.ECP256)
	require.NoError(t, err)
	require.NoError(t, ring.SetState(ctx, off.KeyID, keyring.Disabled))
	arn := "acs:kms:cn-hangzhou:1:key/"
	missing := "00000000-0000-4000-8000-000000000000"

	for _, tt := range []struct {
		keyID, versionID, asked string
		want                    error
	}{
		{v.KeyID, "", v.KeyID, nil},
		{v.KeyID, v.VersionID, v.KeyID, nil},
		{"alias/a", "", v.KeyID, nil},
		{arn + v.KeyID, "", v.KeyID, nil},
		{off.KeyID, "", off.KeyID, errors.KeyDisabled},
		{missing, "", missing, errors.KeyNotFound},
		{v.KeyID, missing, v.KeyID, errors.KeyVersionNotFound},
		{"alias/b", "", "alias/b", errors.AliasNotFound},
		{"a b", "", "a b", errors.InvalidParameter},
	} {
		var asked []string
		got, err := Key(ctx, ring, tt.keyID, tt.versionID, func(_ context.Context, id string) error {
			asked = append(asked, id)
			return nil
		})
		require.Equal(t, []string{tt.asked}, asked, tt.keyID)
		if tt.want == nil {
			require.NoError(t, err)
			require.Equal(t, v.KeyID, got.KeyID)
			require.Equal(t, v.VersionID, got.VersionID)
		} else {
			require.ErrorIs(t, err, tt.want, tt.keyID)
			require.Nil(t, got)
		}
		without, errWithout := Key(ctx, ring, tt.keyID, tt.versionID, nil)
		require.Equal(t, got, without)
		require.Equal(t, err, errWithout)

		// Who may not use it learns nothing.
		denied := &errors.Error{Code: errors.AccessDenied}
		got, err = Key(ctx, ring, tt.keyID, tt.versionID, func(context.Context, string) error { return denied })
		require.Same(t, denied, err)
		require.Nil(t, got)
	}
}

type strangeStore struct{}

func (strangeStore) Lookup(context.Context, string, string) (*keyring.Version, error) {
	return nil, nil
}

func TestKey_refused(t *testing.T) {
	ctx := context.Background()
	ring := keyring.New()
	for _, tt := range []struct {
		err   error
		want  errors.Code
		param string
	}{
		{keyError(ctx, nil, "k", ""), errors.Internal, "Store"},
		{keyError(nil, ring, "k", ""), errors.InvalidParameter, "Context"}, //lint:ignore SA1012 on purpose
		{keyError(ctx, ring, "", ""), errors.MissingParameter, "KeyId"},
		{keyError(ctx, ring, strings.Repeat("k", maxKeyID+1), ""), errors.InvalidParameter, "KeyId"},
		{keyError(ctx, ring, "k", strings.Repeat("k", maxKeyID+1)), errors.InvalidParameter, "KeyVersionId"},
		{keyError(ctx, strangeStore{}, "k", ""), errors.Internal, "Store"},
	} {
		require.ErrorIs(t, tt.err, tt.want)
		require.Equal(t, tt.param, ParamOf(tt.err))
	}
}

func keyError(ctx context.Context, store keyring.Store, keyID, versionID string) error {
	_, err := Key(ctx, store, keyID, versionID, nil)
	return err
}

func TestDecode(t *testing.T) {
	for _, n := range []int{1, 2, 3, 32, 33} {
		want := make([]byte, n)
		got, err := Decode("P", base64.StdEncoding.EncodeToString(want))
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	_, err := Decode("P", "")
	require.ErrorIs(t, err, errors.MissingParameter)
	for _, s := range []string{"A", "AA", "AAA", "AB==", "AAB=", "AA=A", "AAAA=", "AA==\n", "\nAAAA", "AA\r\nAA", " AAAA", "AA-_", "AAAA====", "*AAA", "AA==AAAA"} {
		_, err := Decode("P", s)
		require.ErrorIs(t, err, errors.InvalidParameter, "%q", s)
		require.Equal(t, "P", ParamOf(err))
	}
}

func TestErrors(t *testing.T) {
	require.Len(t, Faults(), 12)
	for _, f := range Faults() {
		err := Refuse(f, "P", "r")
		require.ErrorIs(t, err, f)
		require.Equal(t, error(f), Row(err))
		require.Contains(t, []errors.Code{errors.InvalidParameter, errors.Unauthenticated}, errors.CodeOf(err))
		require.Equal(t, "P: r", Detail(err))
	}
	require.Equal(t, errors.Unavailable, Row(context.DeadlineExceeded))
	require.Equal(t, errors.Internal, Row(errors.New("x")))
	require.Equal(t, "P", Detail(Invalid("P", "")))
	require.Equal(t, "r", Detail(Invalid("", "r")))
	require.Equal(t, "", Detail(errors.New("x")))
	require.Equal(t, "", ParamOf(errors.InvalidParameter))
	var m error = &errors.Error{Code: errors.Unauthenticated, Err: &Mismatch{"secret string"}}
	require.Equal(t, error(SignatureMismatch), Row(m))
	require.NotContains(t, m.Error(), "secret string")
}
