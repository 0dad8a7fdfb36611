// Code generated from p256/taint_test.go by internal/ec256; DO NOT EDIT.

// SPDX-License-Identifier: Apache-2.0

//go:build valgrind

package sm2

import (
	"runtime"
	"slices"
	"testing"

	"github.com/kmsigner/kmsigner/internal/ecifma"
	"github.com/kmsigner/kmsigner/internal/rfc6979"
	"github.com/kmsigner/kmsigner/internal/taint"
)

// TestTaint signs with a secret key and secret entropy, and derives the public key.
func TestTaint(t *testing.T) {
	if !taint.Running() {
		t.Skip("it is for valgrind")
	}
	secret := [32]byte{0x5a, 31: 0xa5}
	extras, digests := make([][32]byte, ecifma.WorthLanes), make([][32]byte, ecifma.WorthLanes)
	taint.Secret(&secret)
	taint.SecretSlice(extras)
	here := assembly
	if runtime.GOARCH == "amd64" && !here {
		t.Fatal("no assembly")
	}
	// Under valgrind there are no lanes but those of the model.
	kernels := []*ecifma.Kernel{nil, lanesModel.Kernel()}
	var k *PrivateKey
	for _, assembly = range slices.Compact([]bool{false, here}) {
		var ok bool
		k, ok = NewPrivateKey(&secret)
		if !ok {
			t.Fatal("not a key")
		}
		public := k.public
		taint.Public(&public)
		for _, lanes = range kernels {
			for _, extra := range []*[32]byte{nil, &extras[0]} {
				r, s, ok := k.Sign(&digests[0], extra)
				taint.Public(&r)
				taint.Public(&s)
				taint.Public(&ok)
				if !ok || !newPublicKey(&public).Verify(&digests[0], &r, &s) {
					t.Fatal("not verified")
				}
			}
		}
	}
	plainLanes, hedgedLanes = rfc6979.NewLanes(plainModel), rfc6979.NewLanes(hedgedModel)
	for _, lanes = range kernels {
		for _, extras := range [][][32]byte{extras, nil} {
			if _, ok := k.SignBatch(digests, extras); !ok {
				t.Fatal("no batch")
			}
		}
	}
}
