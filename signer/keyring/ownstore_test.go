// SPDX-License-Identifier: Apache-2.0

package keyring_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

// rows stands for a database: a table of aliases, one of keys, one of versions.
type rows struct {
	aliases  map[string]string // alias to key id
	keys     map[string]keyRow
	versions map[[2]string]versionRow // by key id and version id
}

type keyRow struct {
	state   keyring.State
	primary string
}

type versionRow struct {
	created time.Time
	pem     []byte // PKCS #8; encrypted, where it is stored
}

// load is the query. The cache in front of it has taken the name apart, and keeps
// what is returned.
func (r *rows) load(_ context.Context, name keyring.Name, versionID string) (keyring.Row, error) {
	id := name.ID
	if name.Alias != "" {
		var ok bool
		if id, ok = r.aliases[name.Alias]; !ok {
			return keyring.Row{}, &errors.Error{Code: errors.AliasNotFound, Param: "KeyId", Reason: "no key has this alias"}
		}
	}
	key, ok := r.keys[id]
	if !ok {
		return keyring.Row{}, &errors.Error{Code: errors.KeyNotFound, Param: "KeyId", Reason: "no key has this id"}
	}
	if versionID == "" {
		versionID = key.primary
	}
	version, ok := r.versions[[2]string{id, versionID}]
	if !ok {
		return keyring.Row{}, &errors.Error{Code: errors.KeyVersionNotFound, Param: "KeyVersionId",
			Reason: "the key has no such version"}
	}
	return keyring.Row{
		KeyID: id, VersionID: versionID, State: key.state, Created: version.created,
		Version: func(context.Context) (*keyring.Version, error) { // once per version
			return keyring.ParseVersion(id, versionID, version.pem, nil)
		},
	}, nil
}

// newRows is a table with one key.
func newRows() (*rows, error) {
	key, err := keyspec.GenerateKey(keyspec.ECP256)
	if err != nil {
		return nil, err
	}
	pem, err := keyspec.MarshalPrivateKey(key)
	if err != nil {
		return nil, err
	}
	return &rows{
		aliases:  map[string]string{"alias/invoices": "key-1"},
		keys:     map[string]keyRow{"key-1": {keyring.Enabled, "v1"}},
		versions: map[[2]string]versionRow{{"key-1", "v1"}: {time.Unix(1_750_000_000, 0).UTC(), pem}},
	}, nil
}

// Keys in tables of one's own: a query, and a Cache in front of it. Package
// signertest has the suite for such a Store, TestStore.
func ExampleStore() {
	ctx := context.Background()
	tables, err := newRows()
	if err != nil {
		log.Fatal(err)
	}
	var store keyring.Store = keyring.NewCache(tables.load, keyring.CacheOptions{MaxAge: time.Second})

	v, err := store.Lookup(ctx, "alias/invoices", "")
	if err != nil {
		log.Fatal(err)
	}
	s, err := v.Signer(keyspec.ECDSASHA256)
	if err != nil {
		log.Fatal(err)
	}
	sig, err := s.SignDigest(ctx, make([]byte, 32))
	if err != nil {
		log.Fatal(err)
	}
	verifier, err := v.Verifier(keyspec.ECDSASHA256)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(v.KeyID, v.VersionID, v.State, verifier.VerifyDigest(make([]byte, 32), sig) == nil)
	_, err = store.Lookup(ctx, "alias/receipts", "")
	fmt.Println(errors.Is(err, errors.AliasNotFound))
	_, err = store.Lookup(ctx, "not an id", "")
	fmt.Println(errors.Is(err, errors.InvalidParameter))
	// Output:
	// key-1 v1 Enabled true
	// true
	// true
}
