// SPDX-License-Identifier: Apache-2.0

package signertest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

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
		x.equal("the state and the description", []any{k.State, k.Description},
			[]any{keyring.Enabled, fmt.Sprint(rounds - 1)})
	})
}
