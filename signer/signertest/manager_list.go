// SPDX-License-Identifier: Apache-2.0

package signertest

import (
	"fmt"
	"math"
	"slices"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

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
			{}, {Limit: 5}, {Limit: 9}, {Limit: 2}, {Offset: 2, Limit: 2}, {Offset: 4, Limit: 2}, {Offset: 5},
			{Offset: math.MaxInt, Limit: 1},
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
