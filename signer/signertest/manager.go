// SPDX-License-Identifier: Apache-2.0

package signertest

import (
	"context"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

// TestManager runs the conformance suite for a Manager of your own: what
// [keyring.Manager] and the methods of [*keyring.Keyring] promise. empty returns a
// Manager without keys; it is called for each subtest. If reopen is not nil, each
// subtest looks at its changes twice, the second time in what reopen returns for
// the Manager: another one over the same storage, or the same one.
//
//	Store        what TestStore checks, of keys that the Manager made
//	Create       new keys of each spec, under ids of their own
//	Import       private keys, in memory
//	ImportAs     and CreateAs: ids of the caller's choice, more versions of a key
//	Rotate       a new primary version; the old ones stay
//	SetAlias     and DeleteAlias and Aliases: an alias has one key, and moves
//	CreateAlias  and CreateWith: an alias that a key has is not given away
//	SetState     every state follows every other
//	Deletion     ScheduleDeletion's date, and what takes it back
//	Description  free text, within its bounds
//	List         ListPage and Describe: everything, the oldest key first, in pages
//	Copies       a caller's changes to a Key have no effect on the Manager
//	Context      nil and cancelled contexts change nothing
//	Concurrency  changes at the same time are all made; run it with -race too
//
// TestManager fails t at once if empty is nil.
func TestManager(t *testing.T, empty func(t *testing.T) keyring.Manager,
	reopen func(t *testing.T, m keyring.Manager) keyring.Manager) {
	t.Helper()
	if empty == nil {
		t.Fatal("TestManager needs a function that returns an empty Manager")
	}
	for _, c := range managerSuite {
		t.Run(c.name, func(t *testing.T) {
			x := &managerSubject{Manager: empty(t), report: &report{}}
			if reopen != nil {
				x.reopen = func(m keyring.Manager) keyring.Manager { return reopen(t, m) }
			}
			x.guard(func() { c.run(x) })
			x.show(t)
		})
	}
}

// managerSubject is a Manager under test, with what is found about it.
type managerSubject struct {
	keyring.Manager
	*report
	reopen func(keyring.Manager) keyring.Manager // or nil
}

// A managerCheck is one subtest of TestManager.
type managerCheck struct {
	name string
	run  func(*managerSubject)
}

var managerSuite = []managerCheck{
	{"Store", checkManagerStore},
	{"Create", checkCreate},
	{"Import", checkImport},
	{"ImportAs", checkImportAs},
	{"Rotate", checkRotate},
	{"SetAlias", checkSetAlias},
	{"CreateAlias", checkCreateAlias},
	{"SetState", checkSetState},
	{"Deletion", checkDeletion},
	{"Description", checkDescription},
	{"List", checkList},
	{"Copies", checkManagerCopies},
	{"Context", checkManagerContext},
	{"Concurrency", checkManagerConcurrency},
}

// must reports an error of a call that is to work. It ends the check.
func (x *managerSubject) must(what string, err error) {
	if err != nil {
		x.fault("%s: %v", what, err)
		panic(stop{})
	}
}

// stop ends a check that cannot go on; the fault is reported already.
type stop struct{}

func (x *managerSubject) guard(check func()) {
	defer func() {
		if v := recover(); v != nil && v != (stop{}) {
			x.fault("a method panicked: %v", v)
		}
	}()
	check()
}

// twice runs a check of what is there, and again after reopen.
func (x *managerSubject) twice(check func()) {
	check()
	if x.reopen != nil && len(x.faults) == 0 {
		x.Manager = x.reopen(x.Manager)
		before := len(x.faults)
		check()
		for i := before; i < len(x.faults); i++ {
			x.faults[i] = "after reopen: " + x.faults[i]
		}
	}
}

// equal reports a value that is not what it has to be.
func (x *managerSubject) equal(what string, got, want any) {
	if !reflect.DeepEqual(got, want) {
		x.fault("%s: it is %v, want %v", what, got, want)
	}
}

func (x *managerSubject) create() *keyring.Version {
	v, err := x.Create(background, keyspec.ECP256)
	x.must("Create", err)
	return v
}

func (x *managerSubject) describe(keyID string) keyring.Key {
	k, err := x.Describe(background, keyID)
	x.must("Describe", err)
	return k
}

func (x *managerSubject) lookup(keyID, versionID string) *keyring.Version {
	v, err := x.Lookup(background, keyID, versionID)
	x.must(fmt.Sprintf("Lookup(%q, %q)", keyID, versionID), err)
	return v
}

func checkManagerStore(x *managerSubject) {
	first := x.create()
	second, err := x.Rotate(background, first.KeyID)
	x.must("Rotate", err)
	names := StoreNames{KeyID: first.KeyID, VersionID: second.VersionID, OldVersionID: first.VersionID, Alias: "alias/a"}
	x.must("SetAlias", x.SetAlias(background, names.Alias, first.KeyID))
	for state, name := range map[keyring.State]*string{
		keyring.Disabled: &names.Disabled, keyring.PendingDeletion: &names.PendingDeletion, keyring.PendingImport: &names.PendingImport,
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
			x.equal("a new key", []any{k.KeyID, k.KeySpec, k.State, k.Primary, len(k.Versions), len(k.Aliases), k.Description, k.DeletionDate.IsZero()},
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
		if string(spki(x.lookup("key-1", "v1"))) != string(spki(want)) || string(spki(x.lookup("key-1", ""))) == string(spki(want)) {
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

func checkSetAlias(x *managerSubject) {
	a, b := x.create(), x.create()
	x.must("SetAlias", x.SetAlias(background, "alias/x", a.KeyID))
	x.must("SetAlias again", x.SetAlias(background, "alias/x", a.KeyID))
	x.must("SetAlias by an alias", x.SetAlias(background, "alias/y", "alias/x"))
	x.must("SetAlias", x.SetAlias(background, "alias/z", b.KeyID))
	x.must("SetAlias, which moves it", x.SetAlias(background, "alias/x", b.KeyID))
	x.must("DeleteAlias", x.DeleteAlias(background, "alias/z"))
	x.twice(func() {
		x.equal("the key of an alias that moved", x.lookup("alias/x", "").KeyID, b.KeyID)
		x.equal("the key of an alias that did not", x.lookup("alias/y", "").KeyID, a.KeyID)
		_, err := x.Lookup(background, "alias/z", "")
		x.refused("Lookup of a deleted alias", err, errors.AliasNotFound, "KeyId")
		x.equal("the aliases of a key", x.describe(a.KeyID).Aliases, []string{"alias/y"})
		all := []keyring.Alias{{Name: "alias/x", KeyID: b.KeyID}, {Name: "alias/y", KeyID: a.KeyID}}
		for _, tt := range []struct {
			keyID string
			page  keyring.Page
			want  []keyring.Alias
			total int
		}{
			{"", keyring.Page{}, all, 2},
			{"", keyring.Page{Limit: 1}, all[:1], 2},
			{"", keyring.Page{Offset: 1, Limit: 5}, all[1:], 2},
			{"", keyring.Page{Offset: 2}, all[:0], 2},
			{b.KeyID, keyring.Page{}, all[:1], 1},
			{"alias/y", keyring.Page{}, all[1:], 1},
		} {
			got, total, err := x.Aliases(background, tt.keyID, tt.page)
			x.must("Aliases", err)
			if !slices.Equal(got, tt.want) || total != tt.total {
				x.fault("Aliases(%q, %+v): %v of %d, want %v of %d", tt.keyID, tt.page, got, total, tt.want, tt.total)
			}
		}
	})
	for _, alias := range []string{"", "a", "alias/", "alias/a b", "alias/é", "alias/" + strings.Repeat("a", 256), "alias/acs/kms"} {
		x.refused(fmt.Sprintf("SetAlias(%q)", alias), x.SetAlias(background, alias, a.KeyID), errors.InvalidParameter, "Alias")
	}
	x.refused("SetAlias of an unknown key", x.SetAlias(background, "alias/n", unknown()), errors.KeyNotFound, "KeyId")
	x.refused("SetAlias of an unknown alias", x.SetAlias(background, "alias/n", "alias/"+unknown()), errors.AliasNotFound, "KeyId")
	x.refused("DeleteAlias of an unknown alias", x.DeleteAlias(background, "alias/z"), errors.AliasNotFound, "Alias")
	x.refused("DeleteAlias of what is none", x.DeleteAlias(background, a.KeyID), errors.InvalidParameter, "Alias")
	_, _, err := x.Aliases(background, unknown(), keyring.Page{})
	x.refused("Aliases of an unknown key", err, errors.KeyNotFound, "KeyId")
	_, _, err = x.Aliases(background, "", keyring.Page{Offset: -1})
	x.refused("Aliases with a negative offset", err, errors.InvalidParameter, "Page")
}

func checkCreateAlias(x *managerSubject) {
	a, b := x.create(), x.create()
	x.must("CreateAlias", x.CreateAlias(background, "alias/x", a.KeyID))
	for _, keyID := range []string{a.KeyID, b.KeyID, "alias/x"} {
		x.refused("CreateAlias of an alias that is taken", x.CreateAlias(background, "alias/x", keyID), errors.AlreadyExists, "Alias")
	}
	x.refused("CreateAlias of what is none", x.CreateAlias(background, "alias/", a.KeyID), errors.InvalidParameter, "Alias")
	x.refused("CreateAlias of an unknown key", x.CreateAlias(background, "alias/n", unknown()), errors.KeyNotFound, "KeyId")
	v, err := x.CreateWith(background, keyspec.ECSM2, keyring.Attributes{Description: "für später", Alias: "alias/y"})
	x.must("CreateWith", err)
	bare, err := x.CreateWith(background, keyspec.ECP256, keyring.Attributes{})
	x.must("CreateWith without attributes", err)
	for _, tt := range []struct {
		spec  keyspec.KeySpec
		a     keyring.Attributes
		code  errors.Code
		param string
	}{
		{"", keyring.Attributes{Alias: "alias/n"}, errors.InvalidParameter, "KeySpec"},
		{keyspec.ECP256, keyring.Attributes{Alias: "alias/y"}, errors.AlreadyExists, "Alias"},
		{keyspec.ECP256, keyring.Attributes{Alias: "n"}, errors.InvalidParameter, "Alias"},
		{keyspec.ECP256, keyring.Attributes{Alias: "alias/n", Description: "\xff"}, errors.InvalidParameter, "Description"},
	} {
		_, err := x.CreateWith(background, tt.spec, tt.a)
		x.refused(fmt.Sprintf("CreateWith(%q, %+v)", tt.spec, tt.a), err, tt.code, tt.param)
	}
	x.twice(func() {
		x.equal("the key of an alias that was asked for again", x.lookup("alias/x", "").KeyID, a.KeyID)
		k := x.describe("alias/y")
		x.equal("a key made with attributes", []any{k.KeyID, k.KeySpec, k.State, k.Description, k.Aliases, k.Primary},
			[]any{v.KeyID, keyspec.ECSM2, keyring.Enabled, "für später", []string{"alias/y"}, v.VersionID})
		k = x.describe(bare.KeyID)
		x.equal("a key made without", []any{k.Description, len(k.Aliases)}, []any{"", 0})
		_, total, err := x.ListPage(background, keyring.Page{})
		x.must("ListPage", err)
		x.equal("the number of keys", total, 4)
	})
}

func checkSetState(x *managerSubject) {
	v, other := x.create(), x.create()
	states := []keyring.State{keyring.Enabled, keyring.Disabled, keyring.PendingDeletion, keyring.PendingImport}
	for _, from := range states {
		for _, to := range states {
			x.must("SetState", x.SetState(background, v.KeyID, from))
			x.must("SetState", x.SetState(background, v.KeyID, to))
			x.equal("the state after "+string(from)+" and "+string(to), x.lookup(v.KeyID, "").State, to)
		}
	}
	x.must("SetState", x.SetState(background, v.KeyID, keyring.Disabled))
	x.twice(func() {
		k := x.describe(v.KeyID)
		x.equal("the state of a key and its version", []keyring.State{k.State, k.Versions[0].State}, []keyring.State{keyring.Disabled, keyring.Disabled})
		x.equal("the state of another key", x.lookup(other.KeyID, "").State, keyring.Enabled)
	})
	for _, state := range []keyring.State{"", "enabled", "Deleted"} {
		x.refused(fmt.Sprintf("SetState(%q)", state), x.SetState(background, v.KeyID, state), errors.InvalidParameter, "State")
	}
	x.refused("SetState of an unknown key", x.SetState(background, unknown(), keyring.Enabled), errors.KeyNotFound, "KeyId")
	x.equal("the state after refused changes", x.lookup(v.KeyID, "").State, keyring.Disabled)
}

func checkDeletion(x *managerSubject) {
	v := x.create()
	date := time.Date(2040, 2, 29, 12, 30, 15, 999, time.FixedZone("", 3600))
	want := time.Date(2040, 2, 29, 11, 30, 15, 0, time.UTC)
	x.must("ScheduleDeletion", x.ScheduleDeletion(background, v.KeyID, date))
	x.twice(func() {
		k := x.describe(v.KeyID)
		x.equal("the state of a key that is scheduled for deletion", k.State, keyring.PendingDeletion)
		x.equal("its date, in UTC and full seconds", k.DeletionDate.UTC(), want)
	})
	x.must("ScheduleDeletion again", x.ScheduleDeletion(background, v.KeyID, date.Add(time.Hour)))
	x.equal("the later date", x.describe(v.KeyID).DeletionDate.UTC(), want.Add(time.Hour))
	for _, state := range []keyring.State{keyring.PendingDeletion, keyring.Disabled, keyring.Enabled} {
		x.must("ScheduleDeletion", x.ScheduleDeletion(background, v.KeyID, date))
		x.must("SetState", x.SetState(background, v.KeyID, state))
		x.twice(func() {
			k := x.describe(v.KeyID)
			x.equal("the state", k.State, state)
			if !k.DeletionDate.IsZero() {
				x.fault("SetState(%s) leaves the deletion date", state)
			}
		})
	}
	x.refused("ScheduleDeletion without a date", x.ScheduleDeletion(background, v.KeyID, time.Time{}), errors.InvalidParameter, "DeletionDate")
	x.refused("ScheduleDeletion in the year 10000", x.ScheduleDeletion(background, v.KeyID, time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)),
		errors.InvalidParameter, "DeletionDate")
	x.refused("ScheduleDeletion of an unknown key", x.ScheduleDeletion(background, unknown(), date), errors.KeyNotFound, "KeyId")
	x.equal("the state after refused changes", x.lookup(v.KeyID, "").State, keyring.Enabled)
}

func checkDescription(x *managerSubject) {
	v := x.create()
	for _, text := range []string{
		"invoices", "", "für \"später\",\n\tC:\\a\r\n<b>&amp;\u2028 密钥 🔑", strings.Repeat("a", 8192), " ",
	} {
		x.must("SetDescription", x.SetDescription(background, v.KeyID, text))
		x.twice(func() { x.equal("the description", x.describe(v.KeyID).Description, text) })
	}
	for _, text := range []string{strings.Repeat("a", 8193), "\x00", "\x1b[2J", "\xff"} {
		x.refused(fmt.Sprintf("SetDescription(%.8q)", text), x.SetDescription(background, v.KeyID, text), errors.InvalidParameter, "Description")
	}
	x.refused("SetDescription of an unknown key", x.SetDescription(background, unknown(), ""), errors.KeyNotFound, "KeyId")
	x.equal("the description after refused changes", x.describe(v.KeyID).Description, " ")
}

func checkList(x *managerSubject) {
	keys, total, err := x.ListPage(background, keyring.Page{})
	x.must("ListPage", err)
	x.equal("an empty Manager's keys", []int{len(keys), total}, []int{0, 0})
	var ids []string
	for range 5 {
		ids = append(ids, x.create().KeyID)
	}
	x.must("SetDescription", x.SetDescription(background, ids[1], "changed, and listed where it was"))
	x.twice(func() {
		for _, p := range []keyring.Page{
			{}, {Limit: 5}, {Limit: 9}, {Limit: 2}, {Offset: 2, Limit: 2}, {Offset: 4, Limit: 2}, {Offset: 5}, {Offset: math.MaxInt, Limit: 1},
		} {
			want := ids[min(p.Offset, 5):]
			if p.Limit > 0 {
				want = want[:min(p.Limit, len(want))]
			}
			keys, total, err := x.ListPage(background, p)
			x.must("ListPage", err)
			var got []string
			for _, k := range keys {
				got = append(got, k.KeyID)
				if len(k.Versions) != 1 || k.Versions[0].VersionID != k.Primary || k.Aliases == nil {
					x.fault("ListPage: the key %s is not whole", k.KeyID)
				}
			}
			if !slices.Equal(got, want) || total != 5 {
				x.fault("ListPage(%+v): %v of %d, want %v of 5, the oldest first", p, got, total, want)
			}
		}
	})
	for _, p := range []keyring.Page{{Offset: -1}, {Limit: -1}} {
		_, _, err := x.ListPage(background, p)
		x.refused(fmt.Sprintf("ListPage(%+v)", p), err, errors.InvalidParameter, "Page")
	}
	_, err = x.Describe(background, unknown())
	x.refused("Describe of an unknown key", err, errors.KeyNotFound, "KeyId")
	_, err = x.Describe(background, "a b")
	x.refused("Describe of what is no name", err, errors.InvalidParameter, "KeyId")
}

func checkManagerCopies(x *managerSubject) {
	v := x.create()
	x.must("SetAlias", x.SetAlias(background, "alias/a", v.KeyID))
	list, _, err := x.ListPage(background, keyring.Page{})
	x.must("ListPage", err)
	for _, k := range append(list, x.describe(v.KeyID)) {
		k.Aliases[0], k.Versions[0].State = "alias/changed", keyring.Disabled
		k.Versions[0] = nil
	}
	k := x.describe(v.KeyID)
	if k.Versions[0] == nil || k.Versions[0].State != keyring.Enabled || k.Aliases[0] != "alias/a" {
		x.fault("a caller's change to a Key is seen by the next one")
	}
}

func checkManagerContext(x *managerSubject) {
	v := x.create()
	x.must("SetAlias", x.SetAlias(background, "alias/a", v.KeyID))
	before := x.describe(v.KeyID)
	cancelled, cancel := context.WithCancel(background)
	cancel()
	for _, ctx := range []context.Context{nil, cancelled} {
		for what, call := range map[string]func() error{
			"Create":           func() error { _, err := x.Create(ctx, keyspec.ECP256); return err },
			"CreateWith":       func() error { _, err := x.CreateWith(ctx, keyspec.ECP256, keyring.Attributes{}); return err },
			"CreateAs":         func() error { _, err := x.CreateAs(ctx, "key-1", "v1", keyspec.ECP256); return err },
			"Import":           func() error { _, err := x.Import(ctx, Key(keyspec.ECP256)); return err },
			"ImportAs":         func() error { _, err := x.ImportAs(ctx, "key-1", "v1", Key(keyspec.ECP256)); return err },
			"Rotate":           func() error { _, err := x.Rotate(ctx, v.KeyID); return err },
			"SetAlias":         func() error { return x.SetAlias(ctx, "alias/b", v.KeyID) },
			"CreateAlias":      func() error { return x.CreateAlias(ctx, "alias/b", v.KeyID) },
			"DeleteAlias":      func() error { return x.DeleteAlias(ctx, "alias/a") },
			"SetState":         func() error { return x.SetState(ctx, v.KeyID, keyring.Disabled) },
			"ScheduleDeletion": func() error { return x.ScheduleDeletion(ctx, v.KeyID, time.Now()) },
			"SetDescription":   func() error { return x.SetDescription(ctx, v.KeyID, "x") },
			"Describe":         func() error { _, err := x.Describe(ctx, v.KeyID); return err },
			"ListPage":         func() error { _, _, err := x.ListPage(ctx, keyring.Page{}); return err },
			"Aliases":          func() error { _, _, err := x.Aliases(ctx, "", keyring.Page{}); return err },
		} {
			x.guard(func() {
				switch err := call(); {
				case ctx == nil:
					x.refused(what+" with a nil context", err, errors.InvalidParameter, "Context")
				case !errors.Is(err, context.Canceled):
					x.fault("%s with a cancelled context: the error is not the context's: %v", what, err)
				}
			})
		}
	}
	_, total, err := x.ListPage(background, keyring.Page{})
	x.must("ListPage", err)
	x.equal("the number of keys afterwards", total, 1)
	if after := x.describe(v.KeyID); after.State != before.State || after.Primary != before.Primary ||
		after.Description != before.Description || !slices.Equal(after.Aliases, before.Aliases) {
		x.fault("a call with a context that is done changed something")
	}
}

func checkManagerConcurrency(x *managerSubject) {
	a, b := x.create(), x.create()
	const rounds = 4
	var all sync.WaitGroup
	run := func(what string, change func(i int) error) {
		all.Go(func() {
			x.guard(func() {
				for i := range rounds {
					if err := change(i); err != nil {
						x.fault("%s: %v", what, err)
					}
				}
			})
		})
	}
	for range 2 {
		run("Rotate", func(int) error { _, err := x.Rotate(background, a.KeyID); return err })
		run("SetAlias", func(i int) error { return x.SetAlias(background, "alias/moves", []string{a.KeyID, b.KeyID}[i%2]) })
		run("Create", func(int) error { _, err := x.Create(background, keyspec.ECSM2); return err })
		run("SetDescription", func(i int) error { return x.SetDescription(background, b.KeyID, fmt.Sprint(i)) })
	}
	for n := range 3 {
		run("SetAlias", func(i int) error { return x.SetAlias(background, fmt.Sprintf("alias/%d-%d", n, i), a.KeyID) })
	}
	run("SetState", func(i int) error {
		return x.SetState(background, b.KeyID, []keyring.State{keyring.Disabled, keyring.Enabled}[i%2])
	})
	all.Wait()
	x.twice(func() {
		x.equal("the number of versions", len(x.describe(a.KeyID).Versions), 1+2*rounds)
		_, total, err := x.ListPage(background, keyring.Page{})
		x.must("ListPage", err)
		x.equal("the number of keys", total, 2+2*rounds)
		_, total, err = x.Aliases(background, "", keyring.Page{})
		x.must("Aliases", err)
		x.equal("the number of aliases", total, 1+3*rounds)
		k := x.describe(b.KeyID)
		x.equal("the state and the description", []any{k.State, k.Description}, []any{keyring.Enabled, fmt.Sprint(rounds - 1)})
	})
}
