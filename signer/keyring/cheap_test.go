// SPDX-License-Identifier: Apache-2.0

package keyring

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
)

// cheap makes folders as Create does, but with 1,000 iterations where that has
// 600,000, so that a test can make many of them.
var cheap = settings{iterations: minIterations}

var password = []byte("correct horse battery staple")

// openOrCreate opens a folder, or makes it a keyring if it holds none.
func openOrCreate(dir string, set settings) (*Keyring, error) {
	return openOrCreateWith(dir, password, set)
}

func openOrCreateWith(dir string, password []byte, set settings) (*Keyring, error) {
	k, err := create(dir, password, set)
	if err != nil && strings.Contains(err.Error(), "holds a keyring already") {
		return open(dir, password, set)
	}
	return k, err
}

// mustOpen opens or makes a cheap folder, to be closed at the test's end at the latest.
func mustOpen(t testing.TB, dir string) *Keyring {
	t.Helper()
	k, err := openOrCreate(dir, cheap)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, k.Close()) })
	return k
}

func mustCreate(t testing.TB, k *Keyring) *Version {
	t.Helper()
	v, err := k.Create(t.Context(), keyspec.ECP256)
	require.NoError(t, err)
	return v
}

// contents is everything that a keyring shows, in a form that compares.
func contents(t testing.TB, k *Keyring) []Key {
	t.Helper()
	list, err := k.List(t.Context())
	require.NoError(t, err)
	for i := range list {
		for _, v := range list[i].Versions {
			v.material = &material{spec: v.material.spec, public: v.Public(), spki: v.material.spki, file: v.material.file}
		}
	}
	return list
}

// filesOf is every file of a folder, by name.
func filesOf(t testing.TB, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	files := make(map[string]string)
	for _, e := range entries {
		if e.Type().IsRegular() {
			data, err := os.ReadFile(dir + "/" + e.Name())
			require.NoError(t, err)
			files[e.Name()] = string(data)
		}
	}
	return files
}

func requireError(t testing.TB, err error, code errors.Code, param, names string) {
	t.Helper()
	var e *errors.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, code, e.Code, "%v", err)
	require.Equal(t, param, e.Param, "%v", err)
	require.Contains(t, e.Reason, names)
	require.NotContains(t, err.Error(), string(password))
}
