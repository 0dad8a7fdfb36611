// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"hash"
	"math/big"

	"github.com/emmansun/gmsm/sm3"
	"github.com/kmsigner/kmsigner/internal/hash16"
	"github.com/kmsigner/kmsigner/internal/rfc6979"
)

// nonceTargets are the nonces of a batch with a secret key, or none where the machine has no
// lanes for them. HMAC with the key is beside them, which is constant time, too.
func nonceTargets() []target {
	var all []target
	for _, h := range []struct {
		name    string
		lanes   *rfc6979.Lanes
		newHash func() hash.Hash
	}{
		{"SHA-256", rfc6979.NewLanes(hash16.SHA256()), sha256.New},
		{"SM3", rfc6979.NewLanes(hash16.SM3()), sm3.New},
	} {
		if h.lanes == nil {
			continue
		}
		one, top := big.NewInt(1), new(big.Int).Lsh(big.NewInt(1), 256)
		all = append(all, target{
			operation: h.name + ": nonces of a batch of sixteen",
			peer:      "crypto/hmac",
			ours: func(in *input) [32]byte {
				var digests, nonces [hash16.Lanes][32]byte
				for i := range digests {
					digests[i] = in.digest
				}
				h.lanes.Nonces(nonces[:], &in.number, digests[:], nil)
				return nonces[15]
			},
			peers: func(in *input) [32]byte {
				mac := hmac.New(h.newHash, in.number[:])
				mac.Write(in.digest[:])
				return [32]byte(mac.Sum(nil))
			},
			fixed: numbers(one, top.Sub(top, one), new(big.Int).Lsh(one, 128)),
		})
	}
	return all
}
