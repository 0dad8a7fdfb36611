// SPDX-License-Identifier: Apache-2.0

package signertest

import (
	"fmt"
	"reflect"
	"testing"

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
