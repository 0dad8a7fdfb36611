// SPDX-License-Identifier: Apache-2.0

//go:build valgrind

package signer

import (
	"testing"

	decred "github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/kmsigner/kmsigner/internal/taint"
	"github.com/kmsigner/kmsigner/internal/testkeys"
	"github.com/kmsigner/kmsigner/keyspec"
)

// TestTaint is the control of the taint tests: decred's secp256k1 is not constant time, and
// memcheck must say so.
func TestTaint(t *testing.T) {
	if !taint.Running() {
		t.Skip("it is for valgrind")
	}
	published, err := testkeys.Key(keyspec.ECP256K)
	if err != nil {
		t.Fatal(err)
	}
	key := published.(*decred.PrivateKey)
	taint.Secret(&key.Key)
	if _, err := signDecred(key, true)(make([]byte, 32)); err != nil {
		t.Fatal(err)
	}
}
