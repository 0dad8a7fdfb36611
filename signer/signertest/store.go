// SPDX-License-Identifier: Apache-2.0

package signertest

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/nilness"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

// StoreNames says what a [keyring.Store] holds, for TestStore. Where a field may be
// "", its part of the suite is left out.
type StoreNames struct {
	// KeyID is the id of an Enabled key, VersionID that of its primary version.
	KeyID, VersionID string
	// OldVersionID is another version of that key, or "".
	OldVersionID string
	// Alias is an alias of that key, or "".
	Alias string
	// Disabled, PendingDeletion and PendingImport are ids of keys in that state, or "".
	Disabled, PendingDeletion, PendingImport string
}

// TestStore runs the conformance suite for a Store of your own: what
// [keyring.Store] promises and the front ends rely on, each promise a subtest whose
// failure names the fault.
//
//	Primary             the version of "" is the primary one, with its concrete ids
//	Version             a version id finds that version, the primary and an old one
//	Alias               an alias finds the same versions, under their concrete ids
//	States              keys are found in every state, and sign only when Enabled
//	Signatures          signers and verifiers of each algorithm agree with Public
//	KeyNotFound         an id that no key has is KeyNotFound of "KeyId"
//	AliasNotFound       an alias that no key has is AliasNotFound of "KeyId"
//	KeyVersionNotFound  a version that the key does not have is KeyVersionNotFound of "KeyVersionId"
//	Malformed           what no name can look like is InvalidParameter of "KeyId" or "KeyVersionId"
//	Context             nil, cancelled and expired contexts
//	Copies              a caller's changes to its Version have no effect on the Store
//	Shared              two lookups of a version share their signers
//	Concurrency         simultaneous lookups are correct; run it with -race too
//
// The suite changes nothing, and makes fewer than 20 signatures. The ids and aliases
// that must not exist are random. TestStore fails t at once if s is nil or names has
// no KeyID or VersionID.
func TestStore(t *testing.T, s keyring.Store, names StoreNames) {
	t.Helper()
	if nilness.Is(s) || names.KeyID == "" || names.VersionID == "" {
		t.Fatal("TestStore needs a Store, a KeyID and a VersionID")
	}
	for _, c := range storeSuite {
		t.Run(c.name, func(t *testing.T) { c.findings(storeSubject{s, names}).show(t) })
	}
}

// storeSubject is a Store under test.
type storeSubject struct {
	store keyring.Store
	names StoreNames
}

// A storeCheck is one subtest of TestStore.
type storeCheck struct {
	name string
	run  func(*report, storeSubject)
}

var storeSuite = []storeCheck{
	{"Primary", checkPrimary},
	{"Version", checkVersion},
	{"Alias", checkAlias},
	{"States", checkStates},
	{"Signatures", checkSignatures},
	{"KeyNotFound", checkKeyNotFound},
	{"AliasNotFound", checkAliasNotFound},
	{"KeyVersionNotFound", checkKeyVersionNotFound},
	{"Malformed", checkMalformed},
	{"Context", checkStoreContext},
	{"Copies", checkCopies},
	{"Shared", checkShared},
	{"Concurrency", checkStoreConcurrency},
}

// findings runs the check.
func (c storeCheck) findings(x storeSubject) *report {
	r := &report{}
	r.guard(func() { c.run(r, x) })
	return r
}

// guard runs a check and reports a panic as a fault.
func (r *report) guard(check func()) {
	defer func() {
		if v := recover(); v != nil {
			r.fault("a method panicked: %v", v)
		}
	}()
	check()
}

// show hands the findings to a test.
func (r *report) show(t *testing.T) {
	t.Helper()
	for _, fault := range r.faults {
		t.Error(fault)
	}
	if len(r.faults) == 0 && r.skipped != "" {
		t.Skip(r.skipped)
	}
}

// refused checks an error's code and parameter.
func (r *report) refused(what string, err error, code errors.Code, param string) {
	var e *errors.Error
	switch {
	case err == nil:
		r.fault("%s: it is not refused", what)
	case !errors.As(err, &e) || e.Code != code:
		r.fault("%s: the error is not %s: %v", what, code, err)
	case param != "" && e.Param != param:
		r.fault("%s: the error's Param is %q, not %q", what, e.Param, param)
	}
}

// found looks up what must be there, and checks what every Version has.
func (x storeSubject) found(r *report, keyID, versionID string) *keyring.Version {
	what := fmt.Sprintf("Lookup(%q, %q)", keyID, versionID)
	v, err := x.store.Lookup(background, keyID, versionID)
	switch {
	case err != nil:
		r.fault("%s: %v", what, err)
		return nil
	case v == nil:
		r.fault("%s: neither a version nor an error", what)
		return nil
	case v.Public() == nil:
		r.fault("%s: the version is not made by keyring.NewVersion or ParseVersion", what)
		return nil
	}
	if spec, err := keyspec.Of(v.Public()); err != nil || spec != v.KeySpec {
		r.fault("%s: KeySpec is %q, the public key's is %q", what, v.KeySpec, spec)
	}
	if err := v.State.Err(); errors.Is(err, errors.InvalidParameter) {
		r.fault("%s: the State %q is none of the four", what, v.State)
	}
	return v
}

// is checks that a lookup finds this version.
func (x storeSubject) is(r *report, keyID, versionID, wantVersion string) *keyring.Version {
	v := x.found(r, keyID, versionID)
	if v != nil && (v.KeyID != x.names.KeyID || v.VersionID != wantVersion) {
		r.fault("Lookup(%q, %q): it is version %q of key %q, want %q of %q",
			keyID, versionID, v.VersionID, v.KeyID, wantVersion, x.names.KeyID)
	}
	if v != nil && v.State != keyring.Enabled {
		r.fault("Lookup(%q, %q): the State is %q, want Enabled", keyID, versionID, v.State)
	}
	return v
}

// missing checks that a lookup finds nothing.
func (x storeSubject) missing(r *report, keyID, versionID string, code errors.Code, param string) {
	what := fmt.Sprintf("Lookup(%q, %q)", keyID, versionID)
	v, err := x.store.Lookup(background, keyID, versionID)
	r.refused(what, err, code, param)
	if v != nil && err != nil {
		r.fault("%s: a version together with an error", what)
	}
}

func checkPrimary(r *report, x storeSubject) { x.is(r, x.names.KeyID, "", x.names.VersionID) }

func checkVersion(r *report, x storeSubject) {
	primary := x.is(r, x.names.KeyID, x.names.VersionID, x.names.VersionID)
	if x.names.OldVersionID == "" {
		return
	}
	old := x.is(r, x.names.KeyID, x.names.OldVersionID, x.names.OldVersionID)
	if primary != nil && old != nil && bytes.Equal(spki(primary), spki(old)) {
		r.fault("the primary and the old version have one key")
	}
}

// spki identifies the key of a version.
func spki(v *keyring.Version) []byte {
	text, _ := keyspec.MarshalPublicKey(v.Public())
	return text
}

func checkAlias(r *report, x storeSubject) {
	if x.names.Alias == "" {
		r.skip("there is no alias to look up")
		return
	}
	x.is(r, x.names.Alias, "", x.names.VersionID)
	x.is(r, x.names.Alias, x.names.VersionID, x.names.VersionID)
	if x.names.OldVersionID != "" {
		x.is(r, x.names.Alias, x.names.OldVersionID, x.names.OldVersionID)
	}
}

func checkStates(r *report, x storeSubject) {
	states := map[keyring.State]string{
		keyring.Disabled: x.names.Disabled, keyring.PendingDeletion: x.names.PendingDeletion,
		keyring.PendingImport: x.names.PendingImport,
	}
	seen := false
	for state, keyID := range states {
		if keyID == "" {
			continue
		}
		seen = true
		v := x.found(r, keyID, "")
		if v == nil {
			continue
		}
		if v.State != state {
			r.fault("Lookup(%q): the State is %q, want %q", keyID, v.State, state)
		}
		alg := v.KeySpec.Algorithms()[0]
		if _, err := v.Signer(alg); err == nil || err.Error() != state.Err().Error() {
			r.fault("a key that is %s: Signer returns %v", state, err)
		}
		if _, err := v.Verifier(alg); err != nil {
			r.fault("a key that is %s: Verifier returns %v", state, err)
		}
	}
	if !seen {
		r.skip("there is no key in another state than Enabled")
	}
}

func checkSignatures(r *report, x storeSubject) {
	for _, version := range []string{x.names.VersionID, x.names.OldVersionID} {
		if version == "" {
			continue
		}
		v := x.found(r, x.names.KeyID, version)
		if v == nil {
			continue
		}
		for _, alg := range v.KeySpec.Algorithms() {
			s, err := v.Signer(alg)
			if err != nil {
				r.fault("%s: Signer: %v", alg, err)
				continue
			}
			digest := make([]byte, 32)
			digest[0] = 1
			sig, err := s.SignDigest(background, digest)
			if err != nil {
				r.fault("%s: SignDigest: %v", alg, err)
				continue
			}
			f, err := v.Verifier(alg)
			if err != nil {
				r.fault("%s: Verifier: %v", alg, err)
				continue
			}
			if err := f.VerifyDigest(digest, sig); err != nil {
				r.fault("%s: the signature does not verify: %v", alg, err)
			}
			digest[0] = 2
			if f.VerifyDigest(digest, sig) == nil {
				r.fault("%s: the signature verifies for another digest", alg)
			}
		}
	}
}

func checkKeyNotFound(r *report, x storeSubject) {
	for _, id := range []string{unknown(), "key-" + unknown()} {
		for _, version := range []string{"", x.names.VersionID, unknown()} {
			x.missing(r, id, version, errors.KeyNotFound, "KeyId")
		}
	}
}

func checkAliasNotFound(r *report, x storeSubject) {
	for _, version := range []string{"", x.names.VersionID, unknown()} {
		x.missing(r, "alias/"+unknown(), version, errors.AliasNotFound, "KeyId")
	}
	x.missing(r, "alias/"+x.names.KeyID+"/"+unknown(), "", errors.AliasNotFound, "KeyId")
}

func checkKeyVersionNotFound(r *report, x storeSubject) {
	for _, name := range []string{x.names.KeyID, x.names.Alias} {
		if name != "" {
			x.missing(r, name, unknown(), errors.KeyVersionNotFound, "KeyVersionId")
		}
	}
	for _, other := range []string{x.names.Disabled, x.names.PendingDeletion, x.names.PendingImport} {
		if other == "" {
			continue
		}
		if v := x.found(r, other, ""); v != nil && v.VersionID != x.names.VersionID && v.VersionID != x.names.OldVersionID {
			x.missing(r, x.names.KeyID, v.VersionID, errors.KeyVersionNotFound, "KeyVersionId")
		}
	}
}

func checkMalformed(r *report, x storeSubject) {
	for _, name := range []string{
		"", " ", "a b", x.names.KeyID + "\n", x.names.KeyID + "\x00", " " + x.names.KeyID, "\xff", "../" + x.names.KeyID,
		"alias/", "alias/a b", "alias/\x00", "alias/" + string(bytes.Repeat([]byte("a"), 256)),
	} {
		x.missing(r, name, "", errors.InvalidParameter, "KeyId")
	}
	for _, version := range []string{" ", "a b", x.names.VersionID + "\n", x.names.VersionID + "\x00", "\xff"} {
		x.missing(r, x.names.KeyID, version, errors.InvalidParameter, "KeyVersionId")
	}
}

func checkStoreContext(r *report, x storeSubject) {
	var none context.Context
	r.guard(func() {
		_, err := x.store.Lookup(none, x.names.KeyID, "")
		r.refused("a nil context", err, errors.InvalidParameter, "Context")
	})
	cancelled, cancel := context.WithCancel(background)
	cancel()
	expired, cancel := context.WithDeadline(background, time.Unix(0, 0))
	defer cancel()
	for _, ctx := range []context.Context{cancelled, expired} {
		for _, name := range []string{x.names.KeyID, unknown(), "a b"} {
			if v, err := x.store.Lookup(ctx, name, ""); !errors.Is(err, ctx.Err()) || v != nil {
				r.fault("a context that is done: Lookup returns %v and %v, want the context's error", v, err)
			}
		}
	}
	x.is(r, x.names.KeyID, "", x.names.VersionID)
}

func checkCopies(r *report, x storeSubject) {
	for _, name := range []string{x.names.KeyID, x.names.Alias} {
		if name == "" {
			continue
		}
		v := x.found(r, name, "")
		if v == nil {
			return
		}
		v.KeyID, v.VersionID, v.State, v.KeySpec = "changed", "changed", keyring.Disabled, "changed"
		after := &report{}
		x.is(after, name, "", x.names.VersionID)
		if len(after.faults) > 0 {
			r.fault("a caller's change to its Version is seen by the next one: %s", after.faults[0])
		}
	}
}

func checkShared(r *report, x storeSubject) {
	a, b := x.found(r, x.names.KeyID, ""), x.found(r, x.names.KeyID, x.names.VersionID)
	if a == nil || b == nil {
		return
	}
	alg := a.KeySpec.Algorithms()[0]
	first, err1 := a.Signer(alg)
	second, err2 := b.Signer(alg)
	if err1 != nil || err2 != nil || first != second {
		r.fault("two lookups of one version make two signers: make the Version once, as keyring.Cache does")
	}
}

func checkStoreConcurrency(r *report, x storeSubject) {
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			r.guard(func() {
				for range 20 {
					if v := x.is(r, x.names.KeyID, "", x.names.VersionID); v != nil {
						v.State = keyring.Disabled
					}
					if x.names.OldVersionID != "" {
						x.is(r, x.names.KeyID, x.names.OldVersionID, x.names.OldVersionID)
					}
					x.missing(r, unknown(), "", errors.KeyNotFound, "KeyId")
				}
			})
		})
	}
	all.Wait()
}

// unknown is an id that nothing has.
func unknown() string {
	var b [16]byte
	rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80 // a UUID of version 4
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
