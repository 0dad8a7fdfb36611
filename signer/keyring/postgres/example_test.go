// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/kmsigner/kmsigner/signer/keyring/postgres"
)

func Example() {
	ctx := context.Background()
	pool, err := pgxpool.New(ctx, os.Getenv("DATABASE_URL"))
	if err != nil {
		log.Fatal(err)
	}
	defer pool.Close()
	if err := postgres.Migrate(ctx, pool); err != nil {
		log.Fatal(err)
	}
	secret, err := os.ReadFile("/run/secrets/kek") // 32 bytes of a random generator
	if err != nil {
		log.Fatal(err)
	}
	kek, err := postgres.NewKEK(secret)
	if err != nil {
		log.Fatal(err)
	}
	k, err := postgres.Open(ctx, pool, kek,
		postgres.WithMaxAge(500*time.Millisecond), // a disabled key signs nowhere after that
		postgres.WithMaxStale(time.Minute))        // and without the database, keys in use go on for that
	if err != nil {
		log.Fatal(err)
	}
	defer k.Close()

	if _, err := k.CreateWith(ctx, keyspec.ECP256, keyring.Attributes{Alias: "alias/invoices"}); err != nil {
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
	sig, err := s.SignDigest(ctx, make([]byte, 32))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(sig))
}

// A new key-encryption key takes the place of the former one while the replicas work.
func ExampleKeyring_Rewrap() {
	ctx := context.Background()
	var pool *pgxpool.Pool           // as above
	var present, former postgres.KEK // as above
	k, err := postgres.Open(ctx, pool, present, postgres.WithFormerKEK(former))
	if err != nil {
		log.Fatal(err)
	}
	defer k.Close()
	rows, err := k.Rewrap(ctx) // once all replicas have both
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("rewrapped", rows)
}

func ExampleNewKEK() {
	_, err := postgres.NewKEK([]byte("too short"))
	fmt.Println(err)
	// Output: kmsigner: InvalidParameter: KEK: a key-encryption key has 32 bytes, got 9
}
