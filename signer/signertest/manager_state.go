// SPDX-License-Identifier: Apache-2.0

package signertest

import (
	"fmt"
	"strings"
	"time"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

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
		x.equal("the state of a key and its version", []keyring.State{k.State, k.Versions[0].State},
			[]keyring.State{keyring.Disabled, keyring.Disabled})
		x.equal("the state of another key", x.lookup(other.KeyID, "").State, keyring.Enabled)
	})
	for _, state := range []keyring.State{"", "enabled", "Deleted"} {
		x.refused(fmt.Sprintf("SetState(%q)", state), x.SetState(background, v.KeyID, state), errors.InvalidParameter,
			"State")
	}
	x.refused("SetState of an unknown key", x.SetState(background, unknown(), keyring.Enabled), errors.KeyNotFound,
		"KeyId")
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
	x.refused("ScheduleDeletion without a date", x.ScheduleDeletion(background, v.KeyID, time.Time{}),
		errors.InvalidParameter, "DeletionDate")
	x.refused("ScheduleDeletion in the year 10000", x.ScheduleDeletion(background, v.KeyID,
		time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)),
		errors.InvalidParameter, "DeletionDate")
	x.refused("ScheduleDeletion of an unknown key", x.ScheduleDeletion(background, unknown(), date), errors.KeyNotFound,
		"KeyId")
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
		x.refused(fmt.Sprintf("SetDescription(%.8q)", text), x.SetDescription(background, v.KeyID, text),
			errors.InvalidParameter, "Description")
	}
	x.refused("SetDescription of an unknown key", x.SetDescription(background, unknown(), ""), errors.KeyNotFound, "KeyId")
	x.equal("the description after refused changes", x.describe(v.KeyID).Description, " ")
}
