// SPDX-License-Identifier: Apache-2.0

package keyring_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"sync"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

// A key is made, named, and used by its name.
func Example() {
	ctx := context.Background()
	k := keyring.New()
	defer k.Close()
	made, err := k.Create(ctx, keyspec.ECP256)
	if err != nil {
		log.Fatal(err)
	}
	if err := k.SetAlias(ctx, "alias/invoices", made.KeyID); err != nil {
		log.Fatal(err)
	}

	v, err := k.Lookup(ctx, "alias/invoices", "")
	if err != nil {
		log.Fatal(err)
	}
	s, err := v.Signer(keyspec.ECDSASHA256)
	if err != nil {
		log.Fatal(err)
	}
	h := s.NewDigest()
	h.Write([]byte("invoice 1"))
	digest := h.Sum(nil)
	sig, err := s.SignDigest(ctx, digest)
	if err != nil {
		log.Fatal(err)
	}

	verifier, err := v.Verifier(keyspec.ECDSASHA256)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(v.KeySpec, v.State, v.KeyID == made.KeyID)
	fmt.Println("verifies:", verifier.VerifyDigest(digest, sig) == nil)
	// Output:
	// EC_P256 Enabled true
	// verifies: true
}

// A keyring in a folder is there again when the program starts again.
func ExampleOpen() {
	ctx := context.Background()
	parent, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(parent)
	dir := filepath.Join(parent, "keys")

	k, err := keyring.Create(dir, []byte("a long password"))
	if err != nil {
		log.Fatal(err)
	}
	made, err := k.Create(ctx, keyspec.ECSM2)
	if err != nil {
		log.Fatal(err)
	}
	if err := k.Close(); err != nil {
		log.Fatal(err)
	}

	_, err = keyring.Open(dir, []byte("another password"))
	var e *errors.Error
	fmt.Println(errors.As(err, &e), e.Code, e.Param)

	k, err = keyring.Open(dir, []byte("a long password"))
	if err != nil {
		log.Fatal(err)
	}
	defer k.Close()
	v, err := k.Lookup(ctx, made.KeyID, "")
	fmt.Println(v.KeySpec, v.VersionID == made.VersionID, err)
	// Output:
	// true InvalidParameter Password
	// EC_SM2 true <nil>
}

// A new version becomes the primary one; the old one can still be had.
func ExampleKeyring_Rotate() {
	ctx := context.Background()
	k := keyring.New()
	first, err := k.Create(ctx, keyspec.ECP256K)
	if err != nil {
		log.Fatal(err)
	}
	second, err := k.Rotate(ctx, first.KeyID)
	if err != nil {
		log.Fatal(err)
	}
	primary, err := k.Lookup(ctx, first.KeyID, "")
	if err != nil {
		log.Fatal(err)
	}
	old, err := k.Lookup(ctx, first.KeyID, first.VersionID)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("same key:", second.KeyID == first.KeyID)
	fmt.Println("primary:", primary.VersionID == second.VersionID)
	fmt.Println("old one is there:", old.VersionID == first.VersionID)
	// Output:
	// same key: true
	// primary: true
	// old one is there: true
}

// A disabled key says so, with a code of its own.
func ExampleKeyring_SetState() {
	ctx := context.Background()
	k := keyring.New()
	v, err := k.Create(ctx, keyspec.ECP256)
	if err != nil {
		log.Fatal(err)
	}
	if err := k.SetState(ctx, v.KeyID, keyring.Disabled); err != nil {
		log.Fatal(err)
	}
	v, err = k.Lookup(ctx, v.KeyID, "")
	if err != nil {
		log.Fatal(err)
	}
	_, err = v.Signer(keyspec.ECDSASHA256)
	fmt.Println(errors.Is(err, errors.KeyDisabled))
	fmt.Println(err)
	// Output:
	// true
	// kmsigner: KeyDisabled: KeyId: the key is disabled
}

// A server that wants to know at its start that every key file can be decrypted
// makes all signers.
func ExampleKeyring_List() {
	ctx := context.Background()
	k := keyring.New() // or Open
	if _, err := k.Create(ctx, keyspec.ECP256); err != nil {
		log.Fatal(err)
	}
	list, err := k.List(ctx)
	if err != nil {
		log.Fatal(err)
	}
	var all sync.WaitGroup
	for _, key := range list {
		if key.State != keyring.Enabled {
			continue
		}
		for _, v := range key.Versions {
			all.Go(func() {
				for _, alg := range v.KeySpec.Algorithms() {
					if _, err := v.Signer(alg); err != nil {
						log.Print(err)
					}
				}
			})
		}
		fmt.Println(key.KeySpec, key.State, len(key.Versions), key.Aliases)
	}
	all.Wait()
	// Output:
	// EC_P256 Enabled 1 []
}

// What a name in a request is.
func ExampleParseName() {
	for _, s := range []string{"key-1", "alias/invoices", "invoices!"} {
		name, err := keyring.ParseName(s)
		fmt.Printf("%q %q %v\n", name.ID, name.Alias, errors.Is(err, errors.InvalidParameter))
	}
	// Output:
	// "key-1" "" false
	// "" "alias/invoices" false
	// "" "" true
}
