// SPDX-License-Identifier: Apache-2.0

package alikms_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http/httptest"
	"strings"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/alikms"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

// Sign a digest and verify it, without a wire in between.
func ExampleService() {
	ctx := context.Background()
	ring := keyring.New()
	key, err := ring.Create(ctx, keyspec.ECP256)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := ring.SetAlias(ctx, "alias/invoices", key.KeyID); err != nil {
		fmt.Println(err)
		return
	}
	s := &alikms.Service{Store: ring}

	digest := sha256.Sum256([]byte("hello"))
	signed, err := s.AsymmetricSign(ctx, alikms.AsymmetricSignRequest{
		KeyId: "alias/invoices", KeyVersionId: key.VersionID, Algorithm: "ECDSA_SHA_256",
		Digest: base64.StdEncoding.EncodeToString(digest[:]),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	verified, err := s.AsymmetricVerify(ctx, alikms.AsymmetricVerifyRequest{
		KeyId: signed.KeyId, KeyVersionId: signed.KeyVersionId, Algorithm: "ECDSA_SHA_256",
		Digest: base64.StdEncoding.EncodeToString(digest[:]), Value: signed.Value,
	})
	fmt.Println(verified.Value, err)
	// Output: true <nil>
}

// What an error of this library is called at the provider.
func ExampleDescribe() {
	s := &alikms.Service{Store: keyring.New()}
	_, err := s.AsymmetricSign(context.Background(), alikms.AsymmetricSignRequest{
		KeyId: "alias/none", KeyVersionId: "v", Algorithm: "SM2DSA", Digest: "AAAA",
	})
	fmt.Println(errors.Is(err, errors.AliasNotFound))
	fmt.Println(alikms.Describe(err))
	fmt.Println(alikms.Describe(&errors.Error{Code: errors.MissingParameter, Param: "Digest"}))
	// Output:
	// true
	// 404 Forbidden.AliasNotFound The specified Alias is not found.
	// 400 MissingParameter The parameter "Digest" is needed but not provided.
}

// A request without a signature is an error.
func ExampleNewHandler() {
	h := alikms.NewHandler(&alikms.Service{Store: keyring.New()}, frontend.StaticKeys(map[string]string{"id": "secret"}))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/?Action=AsymmetricSign&Version=2016-01-20", nil))
	fmt.Println(w.Code)
	fmt.Println(strings.Contains(w.Body.String(), `The parameter \"AccessKeyId\" is needed but not provided.`))
	// Output:
	// 400
	// true
}
