// SPDX-License-Identifier: Apache-2.0

package signertest_test

import (
	"testing"

	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/signer/signertest"
)

// The suite takes one line of a test. docs/testing.md has a Signer to run it on.
func ExampleTestSigner() {
	var s signer.Signer // your own
	_ = func(t *testing.T) {
		signertest.TestSigner(t, s)
	}
}
