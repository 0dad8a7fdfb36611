// SPDX-License-Identifier: Apache-2.0

package sm2z_test

import (
	"encoding/hex"
	"fmt"
	"io"

	"github.com/emmansun/gmsm/sm2"
	"github.com/kmsigner/kmsigner/sm2z"
)

// The example of GB/T 32918.5, Annex A.
func Example() {
	q, _ := hex.DecodeString("0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020" +
		"ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13")
	pub, err := sm2.NewPublicKey(q)
	if err != nil {
		fmt.Println(err)
		return
	}
	trace, err := sm2z.Explain(pub, sm2z.DefaultID(), []byte("message digest"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(trace)
	// Output:
	// ENTL  0080                                                              128 bits
	// ID    31323334353637383132333435363738                                  default "1234567812345678"
	// a     fffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc  curve
	// b     28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93  curve
	// xG    32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7  base point
	// yG    bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0  base point
	// xA    09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020  public key
	// yA    ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13  public key
	// Z(A)  b2e14c5c79c6df5b85f4fe7ed8db7a262b9da7e07ccb0ea9f4747b8ccda8a4f3  SM3 of the above
	// e     f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640  SM3(Z(A) || M), M of 14 bytes
}

// A message of any size, in constant memory.
func ExampleNew() {
	q, _ := hex.DecodeString("0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020" +
		"ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13")
	pub, _ := sm2.NewPublicKey(q)

	h, err := sm2z.New(pub, sm2z.DefaultID())
	if err != nil {
		fmt.Println(err)
		return
	}
	io.WriteString(h, "message ")
	io.WriteString(h, "digest")
	fmt.Printf("%x\n", h.Sum(nil))
	// Output: f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640
}
