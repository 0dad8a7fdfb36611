// SPDX-License-Identifier: Apache-2.0

package signer

import (
	"crypto/fips140"
	"crypto/hmac"

	"github.com/emmansun/gmsm/sm3"
)

// outsideFIPS returns an error in Go's FIPS 140-only mode. It is what the pairs whose
// primitive is not in Go's module ask before they sign.
func outsideFIPS() (err error) {
	if !fips140.Enabled() {
		return nil
	}
	// Go 1.25 cannot be asked which of the two modes it is in. In the stricter one
	// crypto/hmac panics on any hash but SHA-2 and SHA-3, except in
	// fips140.WithoutEnforcement.
	defer func() {
		if recover() != nil {
			err = internal("the pair's primitive is not in Go's FIPS 140 module, and the FIPS 140-only mode is on", nil)
		}
	}()
	hmac.New(sm3.New, make([]byte, sm3.Size))
	return nil
}
