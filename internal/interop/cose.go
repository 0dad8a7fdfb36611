// SPDX-License-Identifier: Apache-2.0

package interop

import (
	"fmt"

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/veraison/go-cose"
)

// coseSigner chooses the algorithm by the key. go-cose does not look at the curve: it
// would let an SM2 key sign, and call the result ES256.
func coseSigner(s signer.Signer) (cose.Signer, error) {
	switch {
	case s.KeySpec() == keyspec.ECP256:
		return cose.NewSigner(cose.AlgorithmES256, s)
	case s.Algorithm() == keyspec.RSAPSSSHA256:
		return cose.NewSigner(cose.AlgorithmPS256, s)
	}
	return nil, fmt.Errorf("go-cose has no algorithm for %v", s)
}
