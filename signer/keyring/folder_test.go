// SPDX-License-Identifier: Apache-2.0

package keyring

import (
	"bytes"
	"crypto"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/testkeys"
	"github.com/kmsigner/kmsigner/internal/testrun"
	"github.com/kmsigner/kmsigner/keyspec"
)

// fill makes a keyring with something of everything.
func fill(t testing.TB, k *Keyring) {
	t.Helper()
	for _, spec := range keyspec.All() {
		key, err := testkeys.Key(spec)
		require.NoError(t, err)
		v, err := k.Import(t.Context(), key)
		require.NoError(t, err)
		name := strings.ReplaceAll(strings.ToLower(string(spec)), "_", "-")
		require.NoError(t, k.SetAlias(t.Context(), "alias/"+name, v.KeyID))
		require.NoError(t, k.SetAlias(t.Context(), "alias/"+name+"/2", v.KeyID))
	}
	for range 2 {
		_, err := k.Rotate(t.Context(), "alias/ec-p256")
		require.NoError(t, err)
	}
	require.NoError(t, k.SetState(t.Context(), "alias/ec-p256k", Disabled))
	require.NoError(t, k.SetState(t.Context(), "alias/rsa-3072", PendingDeletion))
	require.NoError(t, k.SetState(t.Context(), "alias/rsa-2048", PendingImport))
}

func TestFolderKeepsEverything(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	k := mustOpen(t, dir)
	require.Empty(t, contents(t, k))
	fill(t, k)
	want := contents(t, k)
	files := filesOf(t, dir)
	require.NoError(t, k.Close())

	for range 2 {
		k = mustOpen(t, dir)
		require.Equal(t, want, contents(t, k))
		for _, key := range want {
			require.NoError(t, k.SetState(t.Context(), key.KeyID, Enabled))
			for _, v := range key.Versions {
				for _, alg := range key.KeySpec.Algorithms() {
					v, err := k.Lookup(t.Context(), v.KeyID, v.VersionID)
					require.NoError(t, err)
					s, err := v.Signer(alg)
					require.NoError(t, err)
					sig, err := s.SignDigest(t.Context(), make([]byte, 32))
					require.NoError(t, err)
					f, err := v.Verifier(alg)
					require.NoError(t, err)
					require.NoError(t, f.VerifyDigest(make([]byte, 32), sig))
				}
			}
			require.NoError(t, k.SetState(t.Context(), key.KeyID, key.State))
		}
		require.NoError(t, k.Close())
		require.Equal(t, files, filesOf(t, dir), "the same content has the same bytes")
	}
}

func TestOpenInFull(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	secret := bytes.Clone(password)
	k, err := Create(dir, secret)
	require.NoError(t, err)
	clear(secret) // it has been copied
	v := mustCreate(t, k)
	require.NoError(t, k.Close())
	_, err = Open(dir, []byte("another"))
	requireError(t, err, errors.InvalidParameter, "Password", dir)
	require.NotContains(t, err.Error(), "line break")
	_, err = Open(dir, append(bytes.Clone(password), "\r\n"...))
	requireError(t, err, errors.InvalidParameter, "Password", "it ends in a line break")
	k, err = Open(dir, password)
	require.NoError(t, err)
	require.NoError(t, k.Close())
	again, err := k.Lookup(t.Context(), v.KeyID, "")
	requireError(t, err, errors.Unavailable, "Keyring", "closed")
	require.Nil(t, again)

	name := filepath.Join(dir, v.material.file.name)
	if runtime.GOOS != "windows" {
		for path, want := range map[string]os.FileMode{
			dir: os.ModeDir | 0o700, name: 0o600, filepath.Join(dir, manifestName): 0o600, filepath.Join(dir, lockName): 0o600,
		} {
			info, err := os.Stat(path)
			require.NoError(t, err)
			require.Equal(t, want, info.Mode(), path)
		}
	}
}

func TestOpenAndCreate_invalid(t *testing.T) {
	for name, open := range map[string]func(string, []byte) (*Keyring, error){"Open": Open, "Create": Create} {
		t.Run(name, func(t *testing.T) {
			_, err := open("", password)
			requireError(t, err, errors.InvalidParameter, "Dir", "empty")
			_, err = open("a\x00b", password)
			requireError(t, err, errors.Unavailable, "Dir", "a\x00b")
			for _, empty := range [][]byte{nil, {}} {
				dir := filepath.Join(t.TempDir(), "keys")
				_, err = open(dir, empty)
				requireError(t, err, errors.InvalidParameter, "Password", "empty")
				require.NoDirExists(t, dir)
			}
			file := filepath.Join(t.TempDir(), "file")
			require.NoError(t, os.WriteFile(file, nil, 0o600))
			_, err = open(file, password)
			requireError(t, err, errors.InvalidParameter, "Dir", file)
			_, err = open(filepath.Join(file, "below"), password)
			requireError(t, err, errors.Unavailable, "Dir", file)
		})
	}
}

// TestOpenMakesNothing: a wrong path, or a volume that is not mounted, must not
// become a new keyring.
func TestOpenMakesNothing(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "keys")
	empty := t.TempDir()
	for dir, fact := range map[string]string{missing: "does not exist", empty: "no manifest.json"} {
		_, err := Open(dir, password)
		requireError(t, err, errors.InvalidParameter, "Dir", dir)
		require.Contains(t, err.Error(), fact)
		require.Contains(t, err.Error(), "only Create makes a keyring")
	}
	require.NoDirExists(t, missing)
	require.Empty(t, filesOf(t, empty))
}

func TestCreate_invalid(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "no", "parent")
	_, err := Create(dir, password)
	requireError(t, err, errors.Unavailable, "Dir", dir)
	require.NoDirExists(t, filepath.Dir(dir))

	dir = twoKeys(t)
	before := filesOf(t, dir)
	for _, password := range [][]byte{password, []byte("another")} {
		_, err = Create(dir, password)
		requireError(t, err, errors.InvalidParameter, "Dir", "holds a keyring already")
	}
	require.Equal(t, before, filesOf(t, dir))
	k := mustOpen(t, dir)
	require.Len(t, contents(t, k), 2)
	_, err = Create(dir, password)
	requireError(t, err, errors.Unavailable, "Dir", "in use")
}

func TestOpenInUse(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	k := mustOpen(t, dir)
	_, err := open(dir, password, cheap)
	requireError(t, err, errors.Unavailable, "Dir", dir)
	require.Contains(t, err.Error(), "in use")
	v := mustCreate(t, k)
	require.NoError(t, k.Close())
	require.NoError(t, k.Close())
	again := mustOpen(t, dir)
	require.NoError(t, k.Close(), "it must not release the other's lock")
	_, err = open(dir, password, cheap)
	requireError(t, err, errors.Unavailable, "Dir", "in use")
	_, err = again.Lookup(t.Context(), v.KeyID, "")
	require.NoError(t, err)
}

func TestRefusedOpenLetsGoOfTheFolder(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, mustOpen(t, dir).Close())
	for range 3 {
		_, err := open(dir, []byte("wrong"), cheap)
		requireError(t, err, errors.InvalidParameter, "Password", dir)
	}
	mustOpen(t, dir)
}

func TestFolderIsKeptThoughTheWorkingDirectoryChanges(t *testing.T) {
	t.Chdir(t.TempDir())
	k := mustOpen(t, "keys")
	dir, err := filepath.Abs("keys")
	require.NoError(t, err)
	t.Chdir(t.TempDir())
	v := mustCreate(t, k)
	require.FileExists(t, filepath.Join(dir, v.material.file.name))
}

// TestDamage changes a good folder in every way that comes to mind and opens it.
func TestDamage(t *testing.T) {
	good := t.TempDir()
	k := mustOpen(t, good)
	fill(t, k)
	a, b := contents(t, k)[2].Versions[0], contents(t, k)[2].Versions[1]
	require.NoError(t, k.Close())
	other := t.TempDir()
	foreign := mustOpen(t, other)
	c := mustCreate(t, foreign)
	require.NoError(t, foreign.Close())
	fileA, fileB := a.material.file.name, b.material.file.name
	goodFiles, otherFiles := filesOf(t, good), filesOf(t, other)
	bytesA, bytesB := goodFiles[fileA], goodFiles[fileB]
	bytesC := otherFiles[c.material.file.name]
	manifestText := goodFiles[manifestName]

	// resealed is a manifest that was changed with the password or with another one.
	resealed := func(change func(m *manifest), password []byte) string {
		covered, _, _ := unseal([]byte(manifestText))
		m, _, fact := parseManifest(covered)
		require.Empty(t, fact)
		change(&m)
		root, err := rootOf(password, m.KDF)
		require.NoError(t, err)
		covered = coveredOf(m)
		h := hmac.New(sha256.New, root)
		h.Write(covered)
		return string(sealed(covered, h.Sum(nil)))
	}

	type files map[string]string // "": removed
	for name, d := range map[string]struct {
		change       files
		code         errors.Code
		param, names string
	}{
		"manifest missing": {files{manifestName: ""}, errors.InvalidParameter, "Dir", manifestName},
		"manifest empty":   {files{manifestName: "\n"}, errors.Internal, "Dir", manifestName},
		"manifest cut off": {files{manifestName: manifestText[:len(manifestText)/2]}, errors.Internal, "Dir",
			manifestName},
		"manifest without end": {files{manifestName: manifestText[:len(manifestText)-1]}, errors.Internal, "Dir",
			manifestName},
		"manifest with more": {files{manifestName: manifestText + "\n"}, errors.Internal, "Dir", manifestName},
		"manifest twice":     {files{manifestName: manifestText + manifestText}, errors.Internal, "Dir", manifestName},
		"manifest edited": {files{manifestName: strings.Replace(manifestText, "Disabled", "Enabled", 1)},
			errors.Internal, "Dir", manifestName},
		"manifest of zeros": {files{manifestName: string(make([]byte, len(manifestText)))}, errors.Internal, "Dir",
			manifestName},
		"manifest of another": {files{manifestName: otherFiles[manifestName]}, errors.Internal, "Dir",
			c.material.file.name},
		"manifest of windows": {files{manifestName: strings.ReplaceAll(manifestText, "\n", "\r\n")}, errors.Internal,
			"Dir", manifestName},
		"key file missing":       {files{fileA: ""}, errors.Internal, "Dir", fileA},
		"key file empty":         {files{fileA: "\n"}, errors.Internal, "Dir", fileA},
		"key file cut off":       {files{fileA: bytesA[:len(bytesA)/2]}, errors.Internal, "Dir", fileA},
		"key file with more":     {files{fileA: bytesA + "\n"}, errors.Internal, "Dir", fileA},
		"key file too large":     {files{fileA: strings.Repeat("a", maxKeyFile+1)}, errors.Internal, "Dir", fileA},
		"key files swapped":      {files{fileA: bytesB, fileB: bytesA}, errors.Internal, "Dir", fileA},
		"key file of another":    {files{fileB: bytesC}, errors.Internal, "Dir", fileB},
		"key of another version": {files{fileB: bytesA}, errors.Internal, "Dir", fileB},
		"manifest changed without the password": {files{manifestName: resealed(func(m *manifest) {
			m.Keys[0].State = Enabled
		}, []byte("guess"))},
			errors.InvalidParameter, "Password", manifestName},
		"salt changed without the password": {files{manifestName: resealed(func(m *manifest) {
			m.KDF.Salt = strings.Repeat("00", 16)
		}, []byte("guess"))},
			errors.InvalidParameter, "Password", manifestName},
		"a public key of another spec": {files{manifestName: resealed(func(m *manifest) {
			m.Keys[0].Versions[0].PublicKey = m.Keys[1].Versions[0].PublicKey
		}, password)}, errors.Internal, "Dir", manifestName},
		"no public key": {files{manifestName: resealed(func(m *manifest) {
			m.Keys[0].Versions[0].PublicKey = ""
		}, password)}, errors.Internal, "Dir", manifestName},
		"another file key": {files{manifestName: resealed(func(m *manifest) {
			m.FileKeys[0] = strings.Repeat("00", wrappedSize)
		}, password)},
			errors.Internal, "Dir", manifestName},
		"a later version": {files{manifestName: resealed(func(m *manifest) { m.Version = 3 }, password)}, errors.Internal,
			"Dir", manifestName},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for name, text := range goodFiles {
				if change, ok := d.change[name]; ok {
					text = change
					if text == "" {
						continue
					}
				}
				require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
			}
			before := filesOf(t, dir)
			k, err := open(dir, password, cheap)
			requireError(t, err, d.code, d.param, d.names)
			require.Contains(t, err.Error(), dir)
			require.Nil(t, k)
			require.Equal(t, before, filesOf(t, dir), "nothing is overwritten")
		})
	}
}

// TestEveryFlippedBit: no single damaged byte of any file goes unnoticed.
func TestEveryFlippedBit(t *testing.T) {
	dir := t.TempDir()
	k := mustOpen(t, dir)
	mustCreate(t, k)
	require.NoError(t, k.Close())
	for name, text := range filesOf(t, dir) {
		if name == reserveName {
			continue // it holds nothing
		}
		stride := 1
		if !testrun.Long() {
			stride = 5
		}
		for i := 0; i < len(text); i += stride {
			damaged := []byte(text)
			damaged[i] ^= 1 << (i % 8)
			require.NoError(t, os.WriteFile(filepath.Join(dir, name), damaged, 0o600))
			_, err := open(dir, password, cheap)
			requireError(t, err, errors.Internal, "Dir", name)
		}
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	mustOpen(t, dir)
}

func TestNoRegularFile(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, manifestName), 0o700))
	_, err := open(dir, password, cheap)
	requireError(t, err, errors.InvalidParameter, "Dir", filepath.Join(dir, manifestName)+" is not a regular file")

	dir = t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, lockName), 0o700))
	_, err = create(dir, password, cheap)
	requireError(t, err, errors.InvalidParameter, "Dir", filepath.Join(dir, lockName)+" is not a regular file")

	// Two names of one lock would be two locks.
	dir = twoKeys(t)
	require.NoError(t, os.Remove(filepath.Join(dir, lockName)))
	require.NoError(t, os.Symlink(manifestName, filepath.Join(dir, lockName)))
	_, err = open(dir, password, cheap)
	requireError(t, err, errors.InvalidParameter, "Dir", filepath.Join(dir, lockName)+" is a link")
}

func TestPermissions(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes mean nothing here")
	}
	dir := filepath.Join(t.TempDir(), "keys")
	k := mustOpen(t, dir)
	v := mustCreate(t, k)
	require.NoError(t, k.Close())
	for _, path := range []string{filepath.Join(dir, manifestName), filepath.Join(dir, v.material.file.name)} {
		for _, mode := range []os.FileMode{0o604, 0o602, 0o666} {
			require.NoError(t, os.Chmod(path, mode))
			_, err := open(dir, password, cheap)
			requireError(t, err, errors.InvalidParameter, "Dir", path)
		}
		require.NoError(t, os.Chmod(path, 0o640))
	}
	for _, mode := range []os.FileMode{0o702, 0o777, 0o777 | os.ModeSticky} {
		require.NoError(t, os.Chmod(dir, mode))
		_, err := open(dir, password, cheap)
		requireError(t, err, errors.InvalidParameter, "Dir", dir)
	}
	for _, mode := range []os.FileMode{0o755, 0o775, 0o700} {
		require.NoError(t, os.Chmod(dir, mode))
		require.NoError(t, mustOpen(t, dir).Close())
	}
}

func TestLeftoversAndStrangers(t *testing.T) {
	dir := t.TempDir()
	k := mustOpen(t, dir)
	v := mustCreate(t, k)
	want := contents(t, k)
	require.NoError(t, k.Close())
	name := v.material.file.name
	ours := []string{manifestName + tempSuffix, name + tempSuffix, newFileName() + tempSuffix,
		oldFileName(NewID(), NewID()) + tempSuffix}
	theirs := []string{newFileName(), "notes.txt", "notes.tmp", "a.b.pem.tmp", name + ".bak", ".pem"}
	for _, name := range slices.Concat(ours, theirs) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("half"), 0o600))
	}
	_, err := open(dir, []byte("wrong"), cheap)
	require.Error(t, err)
	for _, name := range ours {
		require.FileExists(t, filepath.Join(dir, name), "a refused Open changes nothing")
	}
	k = mustOpen(t, dir)
	require.Equal(t, want, contents(t, k))
	for _, name := range ours {
		require.NoFileExists(t, filepath.Join(dir, name))
	}
	for _, name := range theirs {
		require.FileExists(t, filepath.Join(dir, name))
	}
}

func TestNewFolderBesideStrangers(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "lost+found"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, manifestName+tempSuffix), []byte("half"), 0o600))
	k := mustOpen(t, dir)
	require.Empty(t, contents(t, k))

	dir = t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "server.pem"), []byte("theirs"), 0o600))
	_, err := create(dir, password, cheap)
	requireError(t, err, errors.InvalidParameter, "Dir", filepath.Join(dir, manifestName))
	require.NoFileExists(t, filepath.Join(dir, manifestName))
}

// TestAKeyFileThatTheSealVouchesForInVain: only who has the password can do this.
func TestAKeyFileThatTheSealVouchesForInVain(t *testing.T) {
	other, err := keyspec.GenerateKey(keyspec.ECP256)
	require.NoError(t, err)
	for fact, encrypt := range map[string]encryption{
		"another key than the manifest says": func(_ crypto.PrivateKey, password []byte) ([]byte, error) {
			return encryptKeyFile(other, password)
		},
		"the password of the folder does not open it": func(key crypto.PrivateKey, _ []byte) ([]byte, error) {
			return encryptKeyFile(key, []byte("another"))
		},
	} {
		dir := t.TempDir()
		k, err := create(dir, password, settings{iterations: minIterations, encrypt: encrypt})
		require.NoError(t, err)
		v := mustCreate(t, k)
		require.NoError(t, k.Close())
		k = mustOpen(t, dir)
		v, err = k.Lookup(t.Context(), v.KeyID, "")
		require.NoError(t, err)
		for range 2 {
			_, err = v.Signer(keyspec.ECDSASHA256)
			requireError(t, err, errors.Internal, "Dir", filepath.Join(dir, v.material.file.name))
			require.Contains(t, err.Error(), fact)
			require.NotErrorIs(t, err, errors.InvalidParameter)
		}
		_, err = v.Verifier(keyspec.ECDSASHA256)
		require.NoError(t, err)
	}
}

func TestEncryptionFails(t *testing.T) {
	dir := t.TempDir()
	k, err := create(dir, password, settings{iterations: minIterations,
		encrypt: func(crypto.PrivateKey, []byte) ([]byte, error) {
			return nil, &errors.Error{Code: errors.Internal, Reason: "no entropy"}
		}})
	require.NoError(t, err)
	defer k.Close()
	_, err = k.Create(t.Context(), keyspec.ECP256)
	requireError(t, err, errors.Internal, "", "no entropy")
	require.Empty(t, contents(t, k))
}

func TestManifestIsForPeople(t *testing.T) {
	dir := t.TempDir()
	k := mustOpen(t, dir)
	v := mustCreate(t, k)
	require.NoError(t, k.SetAlias(t.Context(), "alias/invoices", v.KeyID))
	text := filesOf(t, dir)[manifestName]
	for _, s := range []string{
		`"format": "kmsigner keyring"`, `"spec": "EC_P256"`, `"state": "Enabled"`, `"alias/invoices"`, v.KeyID, v.VersionID,
		v.Created.Format(timeLayout),
	} {
		require.Contains(t, text, s)
	}
	require.True(t, json.Valid([]byte(text)))
	require.NotContains(t, text, string(password))
}
