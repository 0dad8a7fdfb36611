// SPDX-License-Identifier: Apache-2.0

package signertest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

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
	for _, alias := range []string{"", "a", "alias/", "alias/a b", "alias/é", "alias/" + strings.Repeat("a", 256),
		"alias/acs/kms"} {
		x.refused(fmt.Sprintf("SetAlias(%q)", alias), x.SetAlias(background, alias, a.KeyID), errors.InvalidParameter,
			"Alias")
	}
	x.refused("SetAlias of an unknown key", x.SetAlias(background, "alias/n", unknown()), errors.KeyNotFound, "KeyId")
	x.refused("SetAlias of an unknown alias", x.SetAlias(background, "alias/n", "alias/"+unknown()), errors.AliasNotFound,
		"KeyId")
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
		x.refused("CreateAlias of an alias that is taken", x.CreateAlias(background, "alias/x", keyID), errors.AlreadyExists,
			"Alias")
	}
	x.refused("CreateAlias of what is none", x.CreateAlias(background, "alias/", a.KeyID), errors.InvalidParameter,
		"Alias")
	x.refused("CreateAlias of an unknown key", x.CreateAlias(background, "alias/n", unknown()), errors.KeyNotFound,
		"KeyId")
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
