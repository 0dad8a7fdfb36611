// SPDX-License-Identifier: Apache-2.0

package frontend_test

import (
	"crypto"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/alikms"
	"github.com/kmsigner/kmsigner/signer/dkms"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/stretchr/testify/require"
)

func fileOf(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

const accessText = `{
  "access_keys": [
    {
      "id": "invoices",
      "secret": "a very secret secret",
      "allow": [
        {"keys": ["5e0c2a7e"], "actions": ["AsymmetricSign", "GetPublicKey"]},
        {"keys": ["*"], "actions": ["ListKeys"]}
      ]
    },
    {"id": "operator", "secret": "another secret", "allow": [{"keys": ["*"], "actions": ["*"]}]},
    {"id": "one-key", "secret": "a third secret", "allow": [{"keys": ["5e0c2a7e"], "actions": ["*"]}]},
    {"id": "none", "secret": "a fourth secret"},
    {"id": "former", "disabled": true, "secret": "a fifth secret", "allow": [{"keys": ["*"], "actions": ["*"]}]}
  ]
}
`

// The functions of an Access are those that handlers take.
var _ frontend.Authenticator = (*frontend.Access)(nil).Authenticate
var _ dkms.ClientKeys = (*frontend.Access)(nil).ClientKey

func TestAccess(t *testing.T) {
	a, err := frontend.OpenAccess(fileOf(t, "access.json", accessText))
	require.NoError(t, err)
	for id, secret := range map[string]string{
		"invoices": "a very secret secret", "operator": "another secret", "none": "a fourth secret",
	} {
		got, err := a.Authenticate(ctx, id, "")
		require.NoError(t, err)
		require.Equal(t, secret, got)
	}
	for id, want := range map[string]error{
		"": errors.Unauthenticated, "Invoices": errors.Unauthenticated, "invoices ": errors.Unauthenticated,
		"former": errors.AccessDenied,
	} {
		secret, err := a.Authenticate(ctx, id, "")
		require.ErrorIs(t, err, want, id)
		require.Empty(t, secret)
	}
	_, err = a.Authenticate(ctx, "invoices", "a token")
	require.ErrorIs(t, err, errors.Unauthenticated)
	_, err = a.ClientKey(ctx, "invoices")
	require.ErrorIs(t, err, errors.Unauthenticated, "it has no certificate")

	for _, tt := range []struct {
		principal, action, key string
		allowed                bool
	}{
		{"invoices", "AsymmetricSign", "5e0c2a7e", true},
		{"invoices", "GetPublicKey", "5e0c2a7e", true},
		{"invoices", "DisableKey", "5e0c2a7e", false},
		{"invoices", "asymmetricsign", "5e0c2a7e", false},
		{"invoices", "AsymmetricSign", "other", false},
		{"invoices", "AsymmetricSign", "", false},
		{"invoices", "ListKeys", "", true},
		{"invoices", "ListAliases", "", false},
		{"invoices", "*", "5e0c2a7e", false},
		{"operator", "DisableKey", "other", true},
		{"operator", "CreateKey", "", true},
		{"one-key", "DisableKey", "5e0c2a7e", true},
		{"one-key", "CreateKey", "", false},
		{"one-key", "AsymmetricSign", "*", false},
		{"none", "AsymmetricSign", "5e0c2a7e", false},
		{"former", "AsymmetricSign", "5e0c2a7e", false},
		{"unknown", "AsymmetricSign", "5e0c2a7e", false},
	} {
		err := a.Authorize(ctx, tt.principal, tt.action, tt.key)
		if tt.allowed {
			require.NoError(t, err, tt)
		} else {
			require.Equal(t, errors.AccessDenied, err, "without a warning in the log: %v", tt)
		}
	}

	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		require.NotContains(t, fmt.Sprintf(verb, a)+fmt.Sprintf(verb, struct{ a *frontend.Access }{a}), "secret")
	}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("", "access", a)
	require.NotContains(t, log.String(), "secret")
}

// A client of the KMS Instance API, with either kind of file, named relative to the
// access file or not.
func TestAccess_clientKey(t *testing.T) {
	client, err := dkms.NewClientKey([]byte("pw"))
	require.NoError(t, err)
	certificate := fileOf(t, "client.pem", string(client.Certificate))
	public, err := keyspec.MarshalPublicKey(client.PublicKey)
	require.NoError(t, err)
	text := `{"access_keys": [
		{"id": "a", "client_certificate": "client.pem", "allow": [{"keys": ["k"], "actions": ["Sign"]}]},
		{"id": "b", "client_certificate": ` + fmt.Sprintf("%q", fileOf(t, "public.pem", string(public))) + `},
		{"id": "c", "client_certificate": "client.pem", "disabled": true}
	]}`
	file := filepath.Join(filepath.Dir(certificate), "access.json")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	a, err := frontend.OpenAccess(file)
	require.NoError(t, err)
	for _, id := range []string{"a", "b"} {
		key, err := a.ClientKey(ctx, id)
		require.NoError(t, err)
		require.True(t, client.PublicKey.Equal(key))
		_, err = a.Authenticate(ctx, id, "")
		require.ErrorIs(t, err, errors.Unauthenticated, "it has no secret")
	}
	require.NoError(t, a.Authorize(ctx, "a", "Sign", "k"))
	_, err = a.ClientKey(ctx, "c")
	require.ErrorIs(t, err, errors.AccessDenied)
	_, err = a.ClientKey(ctx, "d")
	require.ErrorIs(t, err, errors.Unauthenticated)
}

// Each mistake in a file is an error that says where and what, and quotes nothing.
func TestOpenAccess_invalid(t *testing.T) {
	key := func(fields string) string { return "{\"access_keys\": [\n{" + fields + "}\n]}" }
	allow := func(rule string) string { return key(`"id": "a", "secret": "s3cret", "allow": [` + rule + `]`) }
	ec, err := keyspec.GenerateKey(keyspec.ECP256)
	require.NoError(t, err)
	public, err := keyspec.MarshalPublicKey(ec.(crypto.Signer).Public())
	require.NoError(t, err)
	for name, tt := range map[string]struct{ text, want string }{
		"empty":    {"", "line 1: the file is not JSON"},
		"not JSON": {"s3cret", "line 1: the file is not JSON"},
		"cut off":  {"{\"access_keys\": [\n{\"id\": \"a\"", "line 2: the file is not JSON"},
		"a comma too many": {"{\"access_keys\": [\n{\"id\": \"a\", \"secret\": \"s3cret\"},]}",
			"line 2: the file is not JSON"},
		"no comma":           {key(`"id": "a" "secret": "s3cret"`), "line 2: the file is not JSON"},
		"two":                {`{"access_keys": []} {}`, "line 1: there is something after the end"},
		"nothing":            {`{}`, "line 1: access_keys is missing"},
		"a list":             {`[]`, "line 1: the file is an object"},
		"null":               {`null`, "line 1: the file is an object"},
		"UTF-8":              {"{\"access_keys\": [{\"id\": \"a\", \"secret\": \"\xff\"}]}", "the file is not UTF-8"},
		"byte order mark":    {"\ufeff{}", "line 1: the file is not JSON"},
		"no list":            {`{"access_keys": {}}`, "line 1: access_keys is a list"},
		"no object":          {`{"access_keys": ["s3cret"]}`, "line 1: an access key is an object"},
		"unknown at the top": {`{"access_keys": [], "s3cret": 1}`, "the file has a field that is none of access_keys"},
		"unknown in a key": {key(`"id": "a", "s3cret": "b"`),
			"line 2: an access key has a field that is none of allow, client_certificate, disabled, id, secret"},
		"another case": {key(`"ID": "a", "secret": "s3cret"`), "line 2: an access key has a field that is none of"},
		"unknown in a rule": {allow(`{"keys": ["*"], "action": ["*"]}`),
			"line 2: a rule has a field that is none of actions, keys"},
		"a field twice": {key(`"id": "a", "secret": "s3cret", "secret": "b"`),
			"line 2: an access key has secret twice"},
		"the list twice":     {`{"access_keys": [], "access_keys": []}`, "the file has access_keys twice"},
		"an id twice":        {"{\"access_keys\": [\n{\"id\": \"a\", \"secret\": \"x\"},\n{\"id\": \"a\", \"secret\": \"y\"}]}", "line 3: an id is there twice: a"},
		"no id":              {key(`"secret": "s3cret"`), "line 2: the id of an access key is"},
		"an id with a space": {key(`"id": "a ", "secret": "s3cret"`), "line 2: the id of an access key is"},
		"a long id": {key(`"id": "` + strings.Repeat("a", 129) + `", "secret": "s3cret"`),
			"line 2: the id of an access key is"},
		"a number for an id": {key(`"id": 1, "secret": "s3cret"`), "line 2: id is text that is not empty"},
		"no secret":          {key(`"id": "a"`), "line 2: an access key has a secret or a client_certificate: a"},
		"an empty secret":    {key(`"id": "a", "secret": ""`), "line 2: secret is text that is not empty"},
		"null for a secret":  {key(`"id": "a", "secret": null`), "line 2: secret is text that is not empty"},
		"both": {key(`"id": "a", "secret": "s3cret", "client_certificate": "f"`),
			"line 2: an access key has a secret or a client_certificate: a"},
		"no certificate": {key(`"id": "a", "client_certificate": "nothing.pem"`),
			"a client_certificate cannot be read"},
		"not PEM": {key(`"id": "a", "client_certificate": "access.json"`),
			"line 2: a client_certificate is not PEM"},
		"another PEM": {key(`"id": "a", "client_certificate": "other.pem"`),
			"line 2: a client_certificate has neither"},
		"a damaged one": {key(`"id": "a", "client_certificate": "damaged.pem"`),
			"line 2: a client_certificate is malformed"},
		"a key of a curve": {key(`"id": "a", "client_certificate": "ec.pem"`),
			"line 2: the key of a client_certificate is not RSA"},
		"disabled, but how": {key(`"id": "a", "secret": "s3cret", "disabled": "true"`),
			"line 2: disabled is true or false"},
		"allow is a rule": {key(`"id": "a", "secret": "s3cret", "allow": {"keys": ["*"], "actions": ["*"]}`),
			"line 2: allow is a list"},
		"a rule of text":      {allow(`"*"`), "line 2: a rule is an object"},
		"a rule without keys": {allow(`{"actions": ["*"]}`), "line 2: a rule has keys and actions, at least one of each"},
		"a rule of no actions": {allow(`{"keys": ["*"], "actions": []}`),
			"line 2: a rule has keys and actions, at least one of each"},
		"keys are text": {allow(`{"keys": "*", "actions": ["*"]}`), "line 2: keys is a list"},
		"an empty key":  {allow(`{"keys": [""], "actions": ["*"]}`), "line 2: keys is text that is not empty"},
		"an alias":      {allow(`{"keys": ["alias/a"], "actions": ["*"]}`), "line 2: a key is named by its id"},
		"an ARN": {allow(`{"keys": ["acs:kms:cn-hangzhou:1:key/a"], "actions": ["*"]}`),
			"line 2: a key is named by its id"},
		"a pattern of keys": {allow(`{"keys": ["5e0c*"], "actions": ["*"]}`), "line 2: a key is named by its id"},
		"a pattern of actions": {allow(`{"keys": ["*"], "actions": ["List*"]}`),
			"line 2: an action is the name of an operation"},
		"a provider's action": {allow(`{"keys": ["*"], "actions": ["kms:Sign"]}`),
			"line 2: an action is the name of an operation"},
	} {
		t.Run(name, func(t *testing.T) {
			file := fileOf(t, "access.json", tt.text)
			for name, text := range map[string]string{
				"other.pem":   "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n",
				"damaged.pem": "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
				"ec.pem":      string(public),
			} {
				require.NoError(t, os.WriteFile(filepath.Join(filepath.Dir(file), name), []byte(text), 0o600))
			}
			_, err := frontend.OpenAccess(file)
			var e *errors.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, "Access", e.Param)
			require.Contains(t, e.Reason, tt.want)
			require.NotContains(t, err.Error(), "s3cret")
			if name == "no certificate" {
				require.Equal(t, errors.Unavailable, e.Code)
			} else {
				require.Equal(t, errors.InvalidParameter, e.Code)
			}
		})
	}
	_, err = frontend.OpenAccess(filepath.Join(t.TempDir(), "nothing"))
	require.ErrorIs(t, err, errors.Unavailable)
	require.ErrorIs(t, (&frontend.Access{}).Reload(), errors.Unavailable)
	require.ErrorIs(t, (*frontend.Access)(nil).Reload(), errors.InvalidParameter)
}

// A handler follows the file at the next request after Reload; a broken file changes
// nothing.
func TestAccess_reload(t *testing.T) {
	file := fileOf(t, "access.json", accessText)
	a, err := frontend.OpenAccess(file)
	require.NoError(t, err)
	h := alikms.NewHandler(&alikms.Service{Store: keyring.New()}, a.Authenticate, frontend.WithAuthorize(a.Authorize))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	require.Equal(t, 400, w.Code)

	check := func(invoices, late error) {
		t.Helper()
		_, err := a.Authenticate(ctx, "invoices", "")
		require.ErrorIs(t, err, invoices)
		_, err = a.Authenticate(ctx, "late", "")
		require.ErrorIs(t, err, late)
		require.ErrorIs(t, a.Authorize(ctx, "invoices", "GetPublicKey", "5e0c2a7e"), invoices)
	}
	check(nil, errors.Unauthenticated)
	require.NoError(t, os.WriteFile(file, []byte(accessText[:len(accessText)-3]), 0o600))
	require.ErrorIs(t, a.Reload(), errors.InvalidParameter)
	check(nil, errors.Unauthenticated)
	require.NoError(t, os.Remove(file))
	require.ErrorIs(t, a.Reload(), errors.Unavailable)
	check(nil, errors.Unauthenticated)
	require.NoError(t, os.WriteFile(file, []byte(strings.Replace(accessText, `"id": "invoices",`,
		`"id": "invoices", "disabled": true,`, 1)), 0o600))
	require.NoError(t, a.Reload())
	check(errors.AccessDenied, errors.Unauthenticated)
	require.NoError(t, os.WriteFile(file, []byte(`{"access_keys": [{"id": "late", "secret": "x"}]}`), 0o600))
	require.NoError(t, a.Reload())
	_, err = a.Authenticate(ctx, "invoices", "")
	require.ErrorIs(t, err, errors.Unauthenticated)
	_, err = a.Authenticate(ctx, "late", "")
	require.NoError(t, err)
}

// Nothing makes the parser panic, and what it accepts has ids and secrets.
func FuzzOpenAccess(f *testing.F) {
	f.Add([]byte(accessText))
	f.Add([]byte(`{"access_keys": [{"id": "a", "secret": "b", "disabled": false, "allow": []}]}`))
	f.Add([]byte(`{"access_keys": [{"id": "a", "client_certificate": "b"}]}`))
	f.Add([]byte("{\"access_keys\":\n[]}\n\n"))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		file := filepath.Join(dir, "access.json")
		require.NoError(t, os.WriteFile(file, data, 0o600))
		a, err := frontend.OpenAccess(file)
		if err != nil {
			require.Contains(t, []errors.Code{errors.InvalidParameter, errors.Unavailable}, errors.CodeOf(err))
			return
		}
		_, err = a.Authenticate(ctx, "", "")
		require.Error(t, err)
	})
}
