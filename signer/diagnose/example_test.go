// SPDX-License-Identifier: Apache-2.0

package diagnose_test

import (
	"fmt"
	"log"

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/diagnose"
)

// A public key of OpenSSL and what it signed with openssl dgst -sm3 -sign.
const (
	partnerKey = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoEcz1UBgi0DQgAEplb2XSPidqfBBhAopz3DgJvMAnc3
ZpHcF55rVvOTEYbz1dP4vfNnX75z18vPiX6CrZFZW2bPLPYj41k5kzXWVQ==
-----END PUBLIC KEY-----
`
	partnerSignature = "3d67842be28fda3ec92c98dc4dffddd5289b160718d578a7751b40bcf8f1aedf" +
		"f5db88d7957f9ca1f4685b4e04a55b377f644a51b28912540300d2db1c9cc179"
)

// A partner signed with OpenSSL, which takes the empty id if it is given none, and
// sent r‖s in hexadecimal digits.
func ExampleSignature() {
	pub, err := keyspec.ParsePublicKey([]byte(partnerKey))
	if err != nil {
		log.Fatal(err)
	}
	d := diagnose.Signature(pub, keyspec.SM2DSA, []byte("pay 100 to alice"), []byte(partnerSignature), nil)
	fmt.Println(d)
	fmt.Println(d.Code == diagnose.HexText, len(d.Codes()))
	// Output:
	// HexText, RawNotDER, UnderEmptyID: The signature is hexadecimal text. The signature is r‖s, the verifier takes DER. Z(A) was made with the empty id, the verifier expects the default id "1234567812345678".
	// Fix: Decode it to bytes before verifying. Convert it with signer.ToDER. Give both sides the same id: signer.WithID here, distid in OpenSSL, which without it takes the empty id before release 4.0.
	// true 3
}
