// SPDX-License-Identifier: Apache-2.0

//go:build cgo

package main

import (
	libsecp "github.com/ethereum/go-ethereum/crypto/secp256k1"
	"github.com/kmsigner/kmsigner/signer"
)

// libsecp256k1 is the C library, through go-ethereum's binding. The binding returns and
// takes r‖s; DER is made and read with our ToDER and ToRaw. It reads the public key
// anew for each verification, as its API has it, from the form without compression.
func libsecp256k1(scalar, point []byte) []entrant {
	return []entrant{{
		name: "libsecp256k1 (go-ethereum)",
		sign: func(i int) ([]byte, error) {
			raw, err := libsecp.Sign(digestInputs[i], scalar)
			if err != nil {
				return nil, err
			}
			return signer.ToDER(raw[:64])
		},
		verify: func(i int, sig []byte) error {
			raw, err := signer.ToRaw(sig)
			if err != nil {
				return err
			}
			return fits(libsecp.VerifySignature(point, digestInputs[i], raw))
		},
	}}
}
