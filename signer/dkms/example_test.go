// SPDX-License-Identifier: Apache-2.0

package dkms_test

import (
	"context"
	"crypto/rsa"
	"fmt"
	"net/http"

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/dkms"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// A server of its own, with one client.
func Example() {
	ring := keyring.New()
	password := []byte("a long and random password")

	client, err := dkms.NewClientKey(password) // client.File and the password are for the client
	check(err)
	clients := dkms.StaticClientKeys(map[string]*rsa.PublicKey{client.ID: client.PublicKey})
	server := frontend.NewServer(dkms.NewHandler(&dkms.Service{Store: ring}, clients))

	fmt.Println(server.Handler != http.Handler(nil), client.ID[:5])
	// Output: true KAAP.
}

// Without a wire: the operations are calls, and errors are those of this library.
func ExampleService() {
	ctx := context.Background()
	ring := keyring.New()
	v, err := ring.Create(ctx, keyspec.ECSM2)
	check(err)
	s := &dkms.Service{Store: ring}

	signed, err := s.Sign(ctx, dkms.SignRequest{KeyId: v.KeyID, Message: []byte("message")})
	check(err)
	verified, err := s.Verify(ctx, dkms.VerifyRequest{KeyId: v.KeyID, Message: []byte("message"), Signature: signed.Signature})
	check(err)
	fmt.Println(signed.Algorithm, signed.MessageType, verified.Value)

	_, err = s.Sign(ctx, dkms.SignRequest{KeyId: v.KeyID, Message: []byte("message"), MessageType: "DIGEST"})
	fmt.Println(dkms.Describe(err))
	// Output:
	// SM2DSA RAW true
	// 400 InvalidParameter The specified parameter is not valid. Message: a digest is 32 bytes, got 7.
}
