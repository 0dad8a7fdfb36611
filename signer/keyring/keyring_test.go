// SPDX-License-Identifier: Apache-2.0

package keyring_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/testkeys"
	"github.com/kmsigner/kmsigner/internal/testrun"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

// create makes an EC_P256 key with an alias.
func create(t *testing.T, k *keyring.Keyring, alias string) *keyring.Version {
	t.Helper()
	v, err := k.Create(t.Context(), keyspec.ECP256)
	require.NoError(t, err)
	if alias != "" {
		require.NoError(t, k.SetAlias(t.Context(), alias, v.KeyID))
	}
	return v
}

// requireError checks the code and the parameter of a refusal.
func requireError(t *testing.T, err error, code errors.Code, param string) {
	t.Helper()
	var e *errors.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, code, e.Code, "%v", err)
	require.Equal(t, param, e.Param, "%v", err)
	require.NotEmpty(t, e.Reason)
}

func TestEveryPairSigns(t *testing.T) {
	for _, p := range keyspec.Pairs() {
		t.Run(p.String(), func(t *testing.T) {
			key, err := testkeys.Key(p.KeySpec)
			require.NoError(t, err)
			v, err := keyring.New().Import(t.Context(), key)
			require.NoError(t, err)
			require.Equal(t, p.KeySpec, v.KeySpec)

			s, err := v.Signer(p.Algorithm)
			require.NoError(t, err)
			require.Equal(t, p, keyspec.Pair{KeySpec: s.KeySpec(), Algorithm: s.Algorithm()})
			digest := make([]byte, 32)
			sig, err := s.SignDigest(t.Context(), digest)
			require.NoError(t, err)

			// Against the key that went in, not only against what the keyring says.
			in, err := signer.New(key, p.Algorithm)
			require.NoError(t, err)
			theirs, err := signer.NewVerifier(in.Public(), p.Algorithm)
			require.NoError(t, err)
			require.NoError(t, theirs.VerifyDigest(digest, sig))
			require.Equal(t, in.Public(), v.Public())
			ours, err := v.Verifier(p.Algorithm)
			require.NoError(t, err)
			require.NoError(t, ours.VerifyDigest(digest, sig))
			digest[0]++
			require.ErrorIs(t, ours.VerifyDigest(digest, sig), errors.InvalidSignature)
		})
	}
}

func TestCreateMakesAnotherKeyOfTheSpecEachTime(t *testing.T) {
	k := keyring.New()
	for _, spec := range keyspec.All() {
		if spec == keyspec.RSA3072 && !testrun.Long() {
			continue // it takes long, and TestManagers makes one too
		}
		a, err := k.Create(t.Context(), spec)
		require.NoError(t, err)
		require.Equal(t, spec, a.KeySpec)
		of, err := keyspec.Of(a.Public())
		require.NoError(t, err)
		require.Equal(t, spec, of)
		require.Equal(t, keyring.Enabled, a.State)
		require.WithinDuration(t, time.Now(), a.Created, time.Minute)
		require.Equal(t, time.UTC, a.Created.Location())
	}
	a, b := create(t, k, ""), create(t, k, "")
	require.NotEqual(t, a.Public(), b.Public())
	require.NotEqual(t, a.KeyID, b.KeyID)
	require.NotEqual(t, a.VersionID, b.VersionID)
}

func TestIDsAreUUIDsOfVersion4(t *testing.T) {
	uuid := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	k := keyring.New()
	seen := make(map[string]bool)
	for range 200 {
		v := create(t, k, "")
		for _, id := range []string{v.KeyID, v.VersionID} {
			require.Regexp(t, uuid, id)
			require.False(t, seen[id])
			seen[id] = true
		}
	}
}

func TestLookupFindsByEveryName(t *testing.T) {
	k := keyring.New()
	create(t, k, "alias/other")
	want := create(t, k, "alias/a/B_c-9")
	for _, name := range []string{
		want.KeyID, "alias/a/B_c-9",
		"acs:kms:cn-hangzhou:123456:key/" + want.KeyID,
		"acs:kms:eu-central-1:1:key/" + want.KeyID,
	} {
		for _, version := range []string{"", want.VersionID} {
			got, err := k.Lookup(t.Context(), name, version)
			require.NoError(t, err, name)
			require.Equal(t, want, got)
		}
	}
}

func TestLookup_invalid(t *testing.T) {
	k := keyring.New()
	v := create(t, k, "alias/a")
	const uuid = "6ba7b810-9dad-41d1-80b4-00c04fd430c8"
	for _, c := range []struct {
		keyID, versionID string
		code             errors.Code
		param            string
	}{
		{uuid, "", errors.KeyNotFound, "KeyId"},
		{"key-hzz62f1cb66fa42qo", "", errors.KeyNotFound, "KeyId"},
		{strings.ToUpper(v.KeyID), "", errors.KeyNotFound, "KeyId"},
		{v.VersionID, "", errors.KeyNotFound, "KeyId"},
		{uuid, v.VersionID, errors.KeyNotFound, "KeyId"},
		{"acs:kms:cn-hangzhou:123:key/" + uuid, "", errors.KeyNotFound, "KeyId"},
		{"alias/b", "", errors.AliasNotFound, "KeyId"},
		{"alias/acs/kms", "", errors.AliasNotFound, "KeyId"},
		{v.KeyID, uuid, errors.KeyVersionNotFound, "KeyVersionId"},
		{"alias/a", v.KeyID, errors.KeyVersionNotFound, "KeyVersionId"},

		{"", "", errors.InvalidParameter, "KeyId"},
		{" ", "", errors.InvalidParameter, "KeyId"},
		{v.KeyID + "\n", "", errors.InvalidParameter, "KeyId"},
		{v.KeyID + "\x00", "", errors.InvalidParameter, "KeyId"},
		{"../" + v.KeyID, "", errors.InvalidParameter, "KeyId"},
		{strings.Repeat("a", 65), "", errors.InvalidParameter, "KeyId"},
		{"schlüssel", "", errors.InvalidParameter, "KeyId"},
		{"\xff", "", errors.InvalidParameter, "KeyId"},
		{"alias/", "", errors.InvalidParameter, "KeyId"},
		{"alias/a b", "", errors.InvalidParameter, "KeyId"},
		{"alias/ä", "", errors.InvalidParameter, "KeyId"},
		{"alias/" + strings.Repeat("a", 256), "", errors.InvalidParameter, "KeyId"},
		{"Alias/a", "", errors.InvalidParameter, "KeyId"},
		{"acs:", "", errors.InvalidParameter, "KeyId"},
		{"acs:kms:cn-hangzhou:123:key/", "", errors.InvalidParameter, "KeyId"},
		{"acs:kms:cn-hangzhou:123:" + v.KeyID, "", errors.InvalidParameter, "KeyId"},
		{"acs:kms:cn-hangzhou:123:alias/a", "", errors.InvalidParameter, "KeyId"},
		{"acs:kms:cn-hangzhou:123:key/alias/a", "", errors.InvalidParameter, "KeyId"},
		{"acs:kms::123:key/" + v.KeyID, "", errors.InvalidParameter, "KeyId"},
		{"acs:kms:cn-hangzhou::key/" + v.KeyID, "", errors.InvalidParameter, "KeyId"},
		{"acs:kms:cn hangzhou:123:key/" + v.KeyID, "", errors.InvalidParameter, "KeyId"},
		{"acs:oss:cn-hangzhou:123:key/" + v.KeyID, "", errors.InvalidParameter, "KeyId"},
		{"acs:kms:cn-hangzhou:123:key/" + v.KeyID + ":x", "", errors.InvalidParameter, "KeyId"},
		{v.KeyID, " ", errors.InvalidParameter, "KeyVersionId"},
		{v.KeyID, "alias/a", errors.InvalidParameter, "KeyVersionId"},
		{v.KeyID, strings.Repeat("a", 65), errors.InvalidParameter, "KeyVersionId"},
		{uuid, "no version", errors.InvalidParameter, "KeyVersionId"},
	} {
		t.Run(fmt.Sprintf("%.60q/%.20q", c.keyID, c.versionID), func(t *testing.T) {
			got, err := k.Lookup(t.Context(), c.keyID, c.versionID)
			requireError(t, err, c.code, c.param)
			require.Nil(t, got)
			require.Less(t, len(err.Error()), 200)
		})
	}
}

func TestListShowsEverythingAndIsTheCallersOwn(t *testing.T) {
	k := keyring.New()
	empty, err := k.List(t.Context())
	require.NoError(t, err)
	require.Empty(t, empty)
	a, b := create(t, k, "alias/a"), create(t, k, "")
	a2, err := k.Rotate(t.Context(), a.KeyID)
	require.NoError(t, err)
	require.NoError(t, k.SetState(t.Context(), b.KeyID, keyring.Disabled))
	b, err = k.Lookup(t.Context(), b.KeyID, "")
	require.NoError(t, err)

	want := []keyring.Key{
		{KeyID: a.KeyID, KeySpec: keyspec.ECP256, State: keyring.Enabled, Created: a.Created, Primary: a2.VersionID,
			Aliases: []string{"alias/a"}, Versions: []*keyring.Version{a, a2}},
		{KeyID: b.KeyID, KeySpec: keyspec.ECP256, State: keyring.Disabled, Created: b.Created, Primary: b.VersionID,
			Aliases: []string{}, Versions: []*keyring.Version{b}},
	}
	list, err := k.List(t.Context())
	require.NoError(t, err)
	require.Equal(t, want, list)

	list[0].Aliases[0] = "alias/evil"
	list[0].Versions[0].State = keyring.Disabled
	list[1].Versions[0] = nil
	v, err := k.Lookup(t.Context(), a.KeyID, a.VersionID)
	require.NoError(t, err)
	v.State, v.KeyID = keyring.Disabled, "evil"
	*v.Public().(*ecdsa.PublicKey) = ecdsa.PublicKey{}
	again, err := k.List(t.Context())
	require.NoError(t, err)
	require.Equal(t, want, again)
}

func TestSignersAreShared(t *testing.T) {
	k := keyring.New()
	v := create(t, k, "")
	again, err := k.Lookup(t.Context(), v.KeyID, "")
	require.NoError(t, err)
	s, err := v.Signer(keyspec.ECDSASHA256)
	require.NoError(t, err)
	s2, err := again.Signer(keyspec.ECDSASHA256)
	require.NoError(t, err)
	require.Same(t, s, s2)
	f, err := v.Verifier(keyspec.ECDSASHA256)
	require.NoError(t, err)
	f2, err := again.Verifier(keyspec.ECDSASHA256)
	require.NoError(t, err)
	require.Same(t, f, f2)

	d, err := v.Signer(keyspec.ECDSASHA256, signer.Deterministic())
	require.NoError(t, err)
	require.NotSame(t, s, d)
	digest := make([]byte, 32)
	one, err := d.SignDigest(t.Context(), digest)
	require.NoError(t, err)
	two, err := d.SignDigest(t.Context(), digest)
	require.NoError(t, err)
	require.Equal(t, one, two)
	low, err := v.Verifier(keyspec.ECDSASHA256, signer.RequireLowS())
	require.NoError(t, err)
	normal, err := signer.NormalizeS(keyspec.ECP256, one)
	require.NoError(t, err)
	require.NoError(t, low.VerifyDigest(digest, normal))
}

func TestSignerAndVerifier_invalid(t *testing.T) {
	v := create(t, keyring.New(), "")
	for _, alg := range []keyspec.Algorithm{"", "ecdsa_sha_256", keyspec.SM2DSA, keyspec.RSAPSSSHA256} {
		_, err := v.Signer(alg)
		requireError(t, err, errors.InvalidParameter, "Algorithm")
		_, err = v.Verifier(alg)
		requireError(t, err, errors.InvalidParameter, "Algorithm")
	}
	_, err := v.Signer(keyspec.ECDSASHA256, signer.RequireLowS())
	requireError(t, err, errors.InvalidParameter, "RequireLowS")
	_, err = v.Verifier(keyspec.ECDSASHA256, signer.Deterministic())
	requireError(t, err, errors.InvalidParameter, "Deterministic")
	_, err = v.Signer(keyspec.ECDSASHA256, nil)
	requireError(t, err, errors.InvalidParameter, "Option")
	for _, v := range []*keyring.Version{nil, {}, {State: keyring.Enabled, KeySpec: keyspec.ECP256}} {
		_, err := v.Signer(keyspec.ECDSASHA256)
		requireError(t, err, errors.InvalidParameter, "Version")
		_, err = v.Verifier(keyspec.ECDSASHA256)
		requireError(t, err, errors.InvalidParameter, "Version")
		require.Nil(t, v.Public())
	}
}

func TestCreateAndImport_invalid(t *testing.T) {
	k := keyring.New()
	for _, spec := range []keyspec.KeySpec{"", "RSA_4096", "ec_p256"} {
		_, err := k.Create(t.Context(), spec)
		requireError(t, err, errors.InvalidParameter, "KeySpec")
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	require.NoError(t, err)
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	for _, key := range []any{nil, (*ecdsa.PrivateKey)(nil), &ecdsa.PrivateKey{}, p384, &p256.PublicKey, "key",
		[]byte{1}} {
		_, err := k.Import(t.Context(), key)
		requireError(t, err, errors.InvalidParameter, "Key")
	}
	list, err := k.List(t.Context())
	require.NoError(t, err)
	require.Empty(t, list)
}

func TestImportCopiesTheKey(t *testing.T) {
	k := keyring.New()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	v, err := k.Import(t.Context(), key)
	require.NoError(t, err)
	want := v.Public()
	key.D.SetInt64(1)
	key.X.SetInt64(1)
	s, err := v.Signer(keyspec.ECDSASHA256)
	require.NoError(t, err)
	require.Equal(t, want, s.Public())
	second, err := k.Import(t.Context(), s)
	requireError(t, err, errors.InvalidParameter, "Key")
	require.Nil(t, second)
}

// everyMethod calls each method that takes a context.
func everyMethod(ctx context.Context, k *keyring.Keyring) map[string]error {
	errs := make(map[string]error)
	_, errs["Lookup"] = k.Lookup(ctx, "a", "")
	_, errs["List"] = k.List(ctx)
	_, errs["Create"] = k.Create(ctx, keyspec.ECP256)
	_, errs["Import"] = k.Import(ctx, nil)
	_, errs["ImportSigner"] = k.ImportSigner(ctx, nil)
	_, errs["Rotate"] = k.Rotate(ctx, "a")
	errs["SetAlias"] = k.SetAlias(ctx, "alias/a", "a")
	errs["CreateAlias"] = k.CreateAlias(ctx, "alias/a", "a")
	_, errs["CreateWith"] = k.CreateWith(ctx, keyspec.ECP256, keyring.Attributes{})
	errs["DeleteAlias"] = k.DeleteAlias(ctx, "alias/a")
	errs["SetState"] = k.SetState(ctx, "a", keyring.Disabled)
	_, errs["CreateAs"] = k.CreateAs(ctx, "a", "b", keyspec.ECP256)
	_, errs["ImportAs"] = k.ImportAs(ctx, "a", "b", nil)
	errs["ScheduleDeletion"] = k.ScheduleDeletion(ctx, "a", time.Now())
	errs["SetDescription"] = k.SetDescription(ctx, "a", "")
	_, errs["Purge"] = k.Purge(ctx, time.Now())
	errs["ChangePassword"] = k.ChangePassword(ctx, []byte("password"))
	_, errs["Describe"] = k.Describe(ctx, "a")
	_, _, errs["ListPage"] = k.ListPage(ctx, keyring.Page{})
	_, _, errs["Aliases"] = k.Aliases(ctx, "", keyring.Page{})
	_, errs["Orphans"] = k.Orphans(ctx)
	_, errs["RemoveOrphans"] = k.RemoveOrphans(ctx)
	return errs
}

func TestContextIsObeyed(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, err := range everyMethod(ctx, keyring.New()) {
		require.Equal(t, context.Canceled, err, name)
	}
	var none context.Context
	for name, err := range everyMethod(none, keyring.New()) {
		t.Run(name, func(t *testing.T) { requireError(t, err, errors.InvalidParameter, "Context") })
	}
}

func TestNilZeroAndClosedKeyring(t *testing.T) {
	for name, err := range everyMethod(t.Context(), nil) {
		t.Run("nil/"+name, func(t *testing.T) { requireError(t, err, errors.InvalidParameter, "Keyring") })
	}
	require.NoError(t, (*keyring.Keyring)(nil).Close())

	var k keyring.Keyring
	v, err := k.Create(t.Context(), keyspec.ECP256)
	require.NoError(t, err)
	_, err = k.Lookup(t.Context(), v.KeyID, "")
	require.NoError(t, err)
	require.NoError(t, k.Close())
	require.NoError(t, k.Close())
	for name, err := range everyMethod(t.Context(), &k) {
		t.Run("closed/"+name, func(t *testing.T) { requireError(t, err, errors.Unavailable, "Keyring") })
	}
	s, err := v.Signer(keyspec.ECDSASHA256)
	require.NoError(t, err)
	_, err = s.SignDigest(t.Context(), make([]byte, 32))
	require.NoError(t, err)
	require.NoError(t, new(keyring.Keyring).Close())
}

// TestEveryMethodIsTested: a new method must be in everyMethod.
func TestEveryMethodIsTested(t *testing.T) {
	tested := everyMethod(t.Context(), nil)
	typ := reflect.TypeFor[*keyring.Keyring]()
	for i := range typ.NumMethod() {
		if name := typ.Method(i).Name; name != "Close" {
			require.Contains(t, tested, name)
		}
	}
	require.Len(t, tested, typ.NumMethod()-1)
}

// TestNothingPanics calls what takes no context on nil and zero values.
func TestNothingPanics(t *testing.T) {
	for _, v := range []*keyring.Version{nil, {}, {KeyID: "k", VersionID: "v", State: keyring.Enabled,
		KeySpec: keyspec.ECP256}} {
		methods := reflect.ValueOf(v)
		for i := range methods.NumMethod() {
			m := methods.Method(i)
			var args []reflect.Value
			for j := range m.Type().NumIn() - map[bool]int{true: 1, false: 0}[m.Type().IsVariadic()] {
				args = append(args, reflect.Zero(m.Type().In(j)))
			}
			require.NotPanics(t, func() { m.Call(args) }, methods.Type().Method(i).Name)
		}
	}
	for _, s := range []keyring.State{"", "x", "\xff"} {
		require.Error(t, s.Err())
	}
	for _, key := range []any{nil, struct{}{}, keyring.New(), (*keyring.Version)(nil), new(int), func() {},
		make(chan int)} {
		_, err := keyring.NewVersion("k", "v", key)
		requireError(t, err, errors.InvalidParameter, "Key")
		_, err = keyring.New().ImportAs(t.Context(), "k", "v", key)
		requireError(t, err, errors.InvalidParameter, "Key")
	}
	for _, open := range []func(string, []byte) (*keyring.Keyring, error){
		keyring.Open, keyring.OpenReadOnly, keyring.Create,
	} {
		for _, dir := range []string{"", "\x00", "/nonexistent/x"} {
			for _, password := range [][]byte{nil, {}, {0}} {
				k, err := open(dir, password)
				require.Error(t, err)
				require.Nil(t, k)
			}
		}
	}
	var name keyring.Name
	require.Empty(t, name.String())
}

func TestNothingSecretIsPrinted(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	k, err := keyring.Create(t.TempDir(), []byte("correct horse"))
	require.NoError(t, err)
	defer k.Close()
	v, err := k.Import(t.Context(), key)
	require.NoError(t, err)
	_, err = v.Signer(keyspec.ECDSASHA256)
	require.NoError(t, err)
	list, err := k.List(t.Context())
	require.NoError(t, err)
	scalar, err := key.Bytes()
	require.NoError(t, err)
	for _, value := range []any{k, v, *v, list, list[0]} {
		text, err := json.Marshal(value)
		require.NoError(t, err)
		all := string(text)
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
			all += fmt.Sprintf(verb, value)
		}
		for _, secret := range []string{"correct horse", key.D.String(), fmt.Sprintf("%x", scalar), fmt.Sprint(scalar),
			fmt.Sprintf("%x", "correct horse"), fmt.Sprint([]byte("correct horse"))} {
			require.NotContains(t, all, secret)
		}
	}
}
