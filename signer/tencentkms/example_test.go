// SPDX-License-Identifier: Apache-2.0

package tencentkms_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http/httptest"
	"strings"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/kmsigner/kmsigner/signer/tencentkms"
)

// Sign a message and verify it, without a wire in between.
func ExampleService() {
	ctx := context.Background()
	ring := keyring.New()
	key, err := ring.Create(ctx, keyspec.ECSM2)
	if err != nil {
		fmt.Println(err)
		return
	}
	s := &tencentkms.Service{Store: ring}
	message := base64.StdEncoding.EncodeToString([]byte("hello"))
	signed, err := s.SignByAsymmetricKey(ctx, tencentkms.SignByAsymmetricKeyRequest{
		KeyId: key.KeyID, Algorithm: "SM2DSA", Message: message,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	verified, err := s.VerifyByAsymmetricKey(ctx, tencentkms.VerifyByAsymmetricKeyRequest{
		KeyId: key.KeyID, Algorithm: "SM2DSA", Message: message, SignatureValue: signed.Signature,
	})
	fmt.Println(verified.SignatureValid, err)
	// Output: true <nil>
}

// The algorithms, and the kind of key that each needs.
func ExampleService_ListAlgorithms() {
	s := &tencentkms.Service{Store: keyring.New()}
	list, err := s.ListAlgorithms(context.Background(), tencentkms.ListAlgorithmsRequest{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, a := range list.AsymmetricSignVerifyAlgorithms {
		fmt.Println(a.KeyUsage, a.Algorithm)
	}
	// Output:
	// ASYMMETRIC_SIGN_VERIFY_SM2 SM2DSA
	// ASYMMETRIC_SIGN_VERIFY_ECC ECC_P256_R1
	// ASYMMETRIC_SIGN_VERIFY_RSA_2048 RSA_PSS_SHA_256
	// ASYMMETRIC_SIGN_VERIFY_RSA_2048 RSA_PKCS1_SHA_256
}

// What an error of this library is called at the provider.
func ExampleDescribe() {
	fmt.Println(tencentkms.Describe(errors.KeyNotFound))
	fmt.Println(tencentkms.Describe(&errors.Error{Code: errors.MissingParameter, Param: "Message"}))
	// Output:
	// 200 ResourceUnavailable.CmkNotFound The CMK does not exist.
	// 200 MissingParameter The request is missing a required parameter `Message`.
}

// A request without a signature is an error, with the status 200 as all answers.
func ExampleNewHandler() {
	h := tencentkms.NewHandler(&tencentkms.Service{Store: keyring.New()},
		frontend.StaticKeys(map[string]string{"id": "secret"}))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/?Action=ListAlgorithms", nil))
	fmt.Println(w.Code, strings.Contains(w.Body.String(), "AuthFailure"))
	// Output: 200 true
}
