// SPDX-License-Identifier: Apache-2.0

package redis_test

import (
	"context"
	"fmt"
	"log"

	"github.com/redis/go-redis/v9"

	"github.com/kmsigner/kmsigner/signer/alikms"
	"github.com/kmsigner/kmsigner/signer/frontend"
	kmsredis "github.com/kmsigner/kmsigner/signer/frontend/redis"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/kmsigner/kmsigner/signer/tencentkms"
)

// Replicas of two front ends, each with one rate for an access key and one memory of
// nonces.
func Example() {
	client, err := kmsredis.NewClient("redis://kms:password@cache:6379")
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	ring, keys := keyring.New(), frontend.StaticKeys(map[string]string{"id": "secret"})
	store := func(p kmsredis.Provider) []frontend.Option {
		s, err := kmsredis.New(client, p, kmsredis.WithFallback(frontend.NewLimiter(100, 100)))
		if err == nil {
			err = s.Check(context.Background())
		}
		if err != nil {
			log.Fatal(err)
		}
		return []frontend.Option{frontend.WithLimiter(s), frontend.WithNonces(s)}
	}
	go frontend.NewServer(alikms.NewHandler(&alikms.Service{Store: ring}, keys, store(kmsredis.Alibaba)...)).ListenAndServe()
	go frontend.NewServer(tencentkms.NewHandler(&tencentkms.Service{Store: ring}, keys, store(kmsredis.Tencent)...)).ListenAndServe()
}

// A client that would wait for a server that hangs is an error.
func ExampleNew() {
	client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{"cache:6379"}})
	_, err := kmsredis.New(client, kmsredis.Alibaba)
	fmt.Println(err)
	client = redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{"cache:6379"}, ContextTimeoutEnabled: true})
	_, err = kmsredis.New(client, kmsredis.Alibaba)
	fmt.Println(err)
	// Output:
	// kmsigner: InvalidParameter: Client: it has no ContextTimeoutEnabled: a server that hangs would hold requests for seconds
	// <nil>
}
