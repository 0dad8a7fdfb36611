// SPDX-License-Identifier: Apache-2.0

package signertest

import (
	"slices"

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
)

// wrongSigner is a Signer with one fault, the subtest that must fail, and a part
// of what it must say.
type wrongSigner struct {
	name  string
	check string
	says  string
	make  func() signer.Signer
	races bool // only in a process of its own under the race detector
}

var wrongSigners = slices.Concat(
	wrongIdentities, wrongDigests, wrongSignatures, wrongEncodings,
	wrongRefusals, wrongPaths, wrongBuffers, wrongContexts, wrongConcurrency, wrongPrints,
)

func bend(p keyspec.Pair, how func(b *bent)) func() signer.Signer {
	return func() signer.Signer {
		b := &bent{Signer: right(p)}
		how(b)
		return b
	}
}
