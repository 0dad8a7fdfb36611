// SPDX-License-Identifier: Apache-2.0

package keyring_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

// What the program that owns a folder does from time to time, and another one that only
// uses the keys.
func ExampleOpenReadOnly() {
	check := func(err error) {
		if err != nil {
			log.Fatal(err)
		}
	}
	parent, err := os.MkdirTemp("", "example")
	check(err)
	defer os.RemoveAll(parent)
	dir, ctx := filepath.Join(parent, "keys"), context.Background()
	password, newPassword := []byte("a long password"), []byte("a longer password")

	ring, err := keyring.Create(dir, password)
	check(err)
	defer ring.Close()
	old, err := ring.Create(ctx, keyspec.ECP256)
	check(err)
	check(ring.ScheduleDeletion(ctx, old.KeyID, time.Now().Add(-time.Hour)))
	_, err = ring.CreateWith(ctx, keyspec.ECSM2, keyring.Attributes{Alias: "alias/invoices"})
	check(err)

	deleted, err := ring.Purge(ctx, time.Now()) // the keys whose date of deletion has come
	check(err)
	check(ring.ChangePassword(ctx, newPassword)) // then back up the folder: a backup has the password of its time

	reader, err := keyring.OpenReadOnly(dir, newPassword) // beside ring, and from a read-only mount too
	check(err)
	defer reader.Close()
	v, err := reader.Lookup(ctx, "alias/invoices", "") // as it was when the folder was opened
	check(err)

	fmt.Println(len(deleted), deleted[0] == old.KeyID, v.KeySpec)
	// Output:
	// 1 true EC_SM2
}
