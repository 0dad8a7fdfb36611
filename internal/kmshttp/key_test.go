// SPDX-License-Identifier: Apache-2.0

package kmshttp

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
		{"alias/a", missing, v.KeyID, errors.KeyVersionNotFound},
		{arn + v.KeyID, missing, v.KeyID, errors.KeyVersionNotFound},
		{"alias/a", "a b", v.KeyID, errors.InvalidParameter},
		{missing, "a b", missing, errors.InvalidParameter},
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

// Another name of a key and a version that it does not have do not get around a
// rule about the key, and do not tell that there is one.
func TestKey_wrongVersion(t *testing.T) {
	ctx := context.Background()
	ring := keyring.New()
	v, err := ring.Create(ctx, keyspec.ECP256)
	require.NoError(t, err)
	require.NoError(t, ring.SetAlias(ctx, "alias/a", v.KeyID))
	denied := &errors.Error{Code: errors.AccessDenied}
	denyList := func(_ context.Context, id string) error {
		if id == v.KeyID {
			return denied
		}
		return nil
	}
	allowList := func(_ context.Context, id string) error {
		if id == v.KeyID {
			return nil
		}
		return denied
	}
	missing := "00000000-0000-4000-8000-000000000000"
	for version, want := range map[string]error{missing: errors.KeyVersionNotFound, "a b": errors.InvalidParameter} {
		for _, name := range []string{v.KeyID, "alias/a", "acs:kms:cn-hangzhou:1:key/" + v.KeyID} {
			_, err := Key(ctx, ring, name, version, denyList)
			require.Same(t, denied, err, "%s %s", name, version)
			_, err = Key(ctx, ring, name, version, allowList)
			require.ErrorIs(t, err, want, "%s %s", name, version)
			require.Equal(t, "KeyVersionId", ParamOf(err))

			// The store fails in between: which key it is cannot be known.
			calls := 0
			flaky := storeFunc(func(ctx context.Context, keyID, versionID string) (*keyring.Version, error) {
				if calls++; calls == 2 {
					return nil, errors.Unavailable
				}
				return ring.Lookup(ctx, keyID, versionID)
			})
			_, err = Key(ctx, flaky, name, version, func(context.Context, string) error { return nil })
			require.ErrorIs(t, err, errors.Unavailable)
		}
		_, err := Key(ctx, ring, "alias/none", version, allowList)
		require.Same(t, denied, err)
	}
}

type storeFunc func(ctx context.Context, keyID, versionID string) (*keyring.Version, error)

func (f storeFunc) Lookup(ctx context.Context, keyID, versionID string) (*keyring.Version, error) {
	return f(ctx, keyID, versionID)
}

func always(v *keyring.Version, err error) keyring.Store {
	return storeFunc(func(context.Context, string, string) (*keyring.Version, error) { return v, err })
}

// What a store must not return is our failure. Its text is for the log.
func TestKey_store(t *testing.T) {
	ctx := context.Background()
	good, err := keyring.New().Create(ctx, keyspec.ECP256)
	require.NoError(t, err)
	without := func(change func(*keyring.Version)) *keyring.Version {
		v := *good
		change(&v)
		return &v
	}
	for name, v := range map[string]*keyring.Version{
		"nothing":    nil,
		"zero":       {State: keyring.Enabled},
		"no key":     {KeyID: "k", VersionID: "v", State: keyring.Enabled},
		"no id":      without(func(v *keyring.Version) { v.KeyID = "" }),
		"no version": without(func(v *keyring.Version) { v.VersionID = "" }),
		"no state":   without(func(v *keyring.Version) { v.State = "" }),
		"own state":  without(func(v *keyring.Version) { v.State = "Frozen" }),
	} {
		err := keyError(ctx, always(v, nil), "k", "v")
		require.Equal(t, errors.Internal, errors.CodeOf(err), name)
		require.Equal(t, "Store", ParamOf(err), name)
	}
	require.NoError(t, keyError(ctx, always(good, nil), "k", "v"))

	invalid := func(param string) error {
		return &errors.Error{Code: errors.InvalidParameter, Param: param, Reason: "dsn=secret"}
	}
	for _, err := range []error{
		errors.KeyNotFound, errors.KeyVersionNotFound, errors.AliasNotFound, errors.KeyDisabled, errors.KeyPendingDeletion,
		errors.KeyPendingImport, errors.Throttled, errors.Unavailable, context.Canceled, context.DeadlineExceeded,
		invalid("KeyId"), invalid("KeyVersionId"),
	} {
		require.Equal(t, err, keyError(ctx, always(nil, err), "k", "v"))
	}
	for _, err := range []error{
		errors.New("dsn=secret"), errors.AccessDenied, errors.Unauthenticated, errors.MissingParameter,
		errors.InvalidSignature,
		errors.DryRun, errors.InvalidParameter, invalid("Dsn"), invalid("Algorithm"), invalid(""), Refuse(NonceUsed, "", ""),
	} {
		requireHidden(t, err, keyError(ctx, always(nil, err), "k", "v"))
	}
}

// requireHidden requires an Internal that only its text leads from to the cause.
func requireHidden(t *testing.T, cause, err error) {
	t.Helper()
	require.Equal(t, error(errors.Internal), KindOf(err))
	require.NotErrorIs(t, err, cause)
	require.NotContains(t, Detail(err), "secret")
	require.Contains(t, err.Error(), cause.Error())
}

func TestBackendErrors(t *testing.T) {
	for _, convert := range []func(error) error{KeyError, OperationError} {
		for _, err := range []error{
			errors.KeyDisabled, errors.KeyPendingDeletion, errors.KeyPendingImport, errors.Throttled, errors.Unavailable,
			context.Canceled, context.DeadlineExceeded,
		} {
			require.Equal(t, err, convert(err))
		}
		for _, err := range []error{errors.New("pin=secret"), errors.KeyNotFound, errors.AccessDenied,
			Invalid("Pin", "a secret")} {
			requireHidden(t, err, convert(err))
		}
	}
	err := Invalid("Algorithm", "the key does not have it")
	require.Equal(t, err, KeyError(err))
	requireHidden(t, err, OperationError(err))
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
		{keyError(ctx, (*keyring.Keyring)(nil), "k", ""), errors.Internal, "Store"},
		{keyError(ctx, storeFunc(nil), "k", ""), errors.Internal, "Store"},
		{keyError(nil, ring, "k", ""), errors.InvalidParameter, "Context"}, //lint:ignore SA1012 on purpose
		{keyError(ctx, ring, "", ""), errors.MissingParameter, "KeyId"},
		{keyError(ctx, ring, strings.Repeat("k", maxKeyID+1), ""), errors.InvalidParameter, "KeyId"},
		{keyError(ctx, ring, "k", strings.Repeat("k", maxKeyID+1)), errors.InvalidParameter, "KeyVersionId"},
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
	for _, s := range []string{"A", "AA", "AAA", "AB==", "AAB=", "AA=A", "AAAA=", "AA==\n", "\nAAAA", "AA\r\nAA", " AAAA",
		"AA-_", "AAAA====", "*AAA", "AA==AAAA"} {
		_, err := Decode("P", s)
		require.ErrorIs(t, err, errors.InvalidParameter, "%q", s)
		require.Equal(t, "P", ParamOf(err))
	}
}

func TestErrors(t *testing.T) {
	require.Len(t, Faults(), 18)
	for _, f := range Faults() {
		err := Refuse(f, "P", "r")
		require.ErrorIs(t, err, f)
		require.Equal(t, error(f), KindOf(err))
		require.Contains(t, []errors.Code{errors.InvalidParameter, errors.Unauthenticated, errors.AccessDenied},
			errors.CodeOf(err))
		require.Equal(t, "P: r", Detail(err))
	}
	require.Equal(t, errors.Unavailable, KindOf(context.DeadlineExceeded))
	require.Equal(t, errors.Internal, KindOf(errors.New("x")))
	require.Equal(t, "P", Detail(Invalid("P", "")))
	require.Equal(t, "r", Detail(Invalid("", "r")))
	require.Equal(t, "", Detail(errors.New("x")))
	require.Equal(t, "", ParamOf(errors.InvalidParameter))
	var m error = &errors.Error{Code: errors.Unauthenticated, Err: &Mismatch{"secret string"}}
	require.Equal(t, error(SignatureMismatch), KindOf(m))
	require.NotContains(t, m.Error(), "secret string")
}
