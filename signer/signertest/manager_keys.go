// SPDX-License-Identifier: Apache-2.0

package signertest

import (
	"fmt"
	"strings"
	"time"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

func checkManagerStore(x *managerSubject) {
	first := x.create()
	second, err := x.Rotate(background, first.KeyID)
	x.must("Rotate", err)
	names := StoreNames{KeyID: first.KeyID, VersionID: second.VersionID, OldVersionID: first.VersionID, Alias: "alias/a"}
	x.must("SetAlias", x.SetAlias(background, names.Alias, first.KeyID))
	for state, name := range map[keyring.State]*string{
		keyring.Disabled: &names.Disabled, keyring.PendingDeletion: &names.PendingDeletion,
		keyring.PendingImport: &names.PendingImport,
	} {
		*name = x.create().KeyID
		x.must("SetState", x.SetState(background, *name, state))
	}
	x.twice(func() {
		for _, c := range storeSuite {
			for _, fault := range c.findings(storeSubject{x.Manager, names}).faults {
				x.fault("%s: %s", c.name, fault)
			}
		}
	})
}

func checkCreate(x *managerSubject) {
	for _, spec := range keyspec.All() {
		before := time.Now().Add(-time.Second)
		v, err := x.Create(background, spec)
		x.must("Create "+string(spec), err)
		x.twice(func() {
			got := x.lookup(v.KeyID, "")
			x.equal("the version of a new key", []any{got.KeyID, got.VersionID, got.KeySpec, got.State, got.Created.UTC()},
				[]any{v.KeyID, v.VersionID, spec, keyring.Enabled, v.Created.UTC()})
			k := x.describe(v.KeyID)
			x.equal("a new key", []any{k.KeyID, k.KeySpec, k.State, k.Primary, len(k.Versions), len(k.Aliases), k.Description,
				k.DeletionDate.IsZero()},
				[]any{v.KeyID, spec, keyring.Enabled, v.VersionID, 1, 0, "", true})
			if k.Created.Before(before.Truncate(time.Second)) || k.Created.After(time.Now().Add(time.Minute)) {
				x.fault("Created of a new key is %v", k.Created)
			}
		})
	}
	a, b := x.create(), x.create()
	if a.KeyID == b.KeyID || string(spki(a)) == string(spki(b)) {
		x.fault("two new keys have one id or one key")
	}
	for _, spec := range []keyspec.KeySpec{"", "EC_P384", "ec_p256"} {
		_, err := x.Create(background, spec)
		x.refused(fmt.Sprintf("Create(%q)", spec), err, errors.InvalidParameter, "KeySpec")
	}
	_, total, err := x.ListPage(background, keyring.Page{})
	x.must("ListPage", err)
	x.equal("the number of keys", total, len(keyspec.All())+2)
}

func checkImport(x *managerSubject) {
	for _, spec := range keyspec.All() {
		v, err := x.Import(background, Key(spec))
		x.must("Import", err)
		want, err := keyring.NewVersion("k", "v", Key(spec))
		x.must("NewVersion", err)
		x.twice(func() {
			if got := x.lookup(v.KeyID, v.VersionID); got.KeySpec != spec || string(spki(got)) != string(spki(want)) {
				x.fault("an imported key is another one afterwards")
			}
		})
	}
	for _, key := range []any{nil, "text", []byte{1}, struct{}{}} {
		_, err := x.Import(background, key)
		x.refused(fmt.Sprintf("Import of %T", key), err, errors.InvalidParameter, "Key")
	}
}

func checkImportAs(x *managerSubject) {
	key, other := Key(keyspec.ECP256), x.create()
	v, err := x.ImportAs(background, "key-1", "v1", key)
	x.must("ImportAs", err)
	x.equal("the ids", []string{v.KeyID, v.VersionID}, []string{"key-1", "v1"})
	_, err = x.CreateAs(background, "key-1", "v2", keyspec.ECP256)
	x.must("CreateAs with another version of a key", err)
	_, err = x.CreateAs(background, "KEY-1", "v1", keyspec.ECSM2)
	x.must("CreateAs with an id in other letters", err)
	x.twice(func() {
		k := x.describe("key-1")
		x.equal("the primary version", k.Primary, "v2")
		x.equal("the number of versions", len(k.Versions), 2)
		want, _ := keyring.NewVersion("k", "v", key)
		if string(spki(x.lookup("key-1", "v1"))) != string(spki(want)) ||
			string(spki(x.lookup("key-1", ""))) == string(spki(want)) {
			x.fault("the versions of an imported key are others afterwards")
		}
		x.equal("the spec of the key in other letters", x.lookup("KEY-1", "").KeySpec, keyspec.ECSM2)
	})
	for _, tt := range []struct {
		what, keyID, versionID string
		key                    any
		param                  string
	}{
		{"a version twice", "key-1", "v1", key, "KeyVersionId"},
		{"another spec", "key-1", "v3", Key(keyspec.ECSM2), "Key"},
		{"no key id", "", "v1", key, "KeyId"},
		{"an alias", "alias/a", "v1", key, "KeyId"},
		{"a key id that is none", "a b", "v1", key, "KeyId"},
		{"a long key id", strings.Repeat("a", 65), "v1", key, "KeyId"},
		{"no version id", "key-2", "", key, "KeyVersionId"},
		{"a version id that is none", "key-2", "v/1", key, "KeyVersionId"},
		{"no key", "key-2", "v1", nil, "Key"},
	} {
		_, err := x.ImportAs(background, tt.keyID, tt.versionID, tt.key)
		x.refused("ImportAs with "+tt.what, err, errors.InvalidParameter, tt.param)
	}
	_, err = x.CreateAs(background, "key-2", "v1", "EC_P384")
	x.refused("CreateAs with another spec", err, errors.InvalidParameter, "KeySpec")
	x.must("SetState", x.SetState(background, other.KeyID, keyring.Disabled))
	_, err = x.ImportAs(background, other.KeyID, "v2", key)
	x.refused("ImportAs for a disabled key", err, errors.KeyDisabled, "KeyId")
	_, err = x.Lookup(background, "key-2", "")
	x.refused("after refused imports, Lookup", err, errors.KeyNotFound, "KeyId")
	x.equal("the number of versions", len(x.describe("key-1").Versions), 2)
}

func checkRotate(x *managerSubject) {
	first := x.create()
	x.must("SetAlias", x.SetAlias(background, "alias/a", first.KeyID))
	second, err := x.Rotate(background, "alias/a")
	x.must("Rotate", err)
	x.twice(func() {
		x.equal("the primary version", x.lookup("alias/a", "").VersionID, second.VersionID)
		if string(spki(x.lookup("alias/a", first.VersionID))) != string(spki(first)) {
			x.fault("the old version has another key afterwards")
		}
		if string(spki(x.lookup(first.KeyID, ""))) == string(spki(first)) {
			x.fault("the new version has the old key")
		}
		var ids []string
		for _, v := range x.describe(first.KeyID).Versions {
			ids = append(ids, v.VersionID)
		}
		x.equal("the versions", ids, []string{first.VersionID, second.VersionID})
	})
	_, err = x.Rotate(background, unknown())
	x.refused("Rotate of an unknown key", err, errors.KeyNotFound, "KeyId")
	_, err = x.Rotate(background, "alias/"+unknown())
	x.refused("Rotate of an unknown alias", err, errors.AliasNotFound, "KeyId")
	for _, state := range []keyring.State{keyring.Disabled, keyring.PendingDeletion, keyring.PendingImport} {
		x.must("SetState", x.SetState(background, first.KeyID, state))
		_, err = x.Rotate(background, first.KeyID)
		x.refused("Rotate of a key that is "+string(state), err, errors.CodeOf(state.Err()), "KeyId")
	}
	x.equal("the number of versions", len(x.describe(first.KeyID).Versions), 2)
}
