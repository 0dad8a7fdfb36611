// SPDX-License-Identifier: Apache-2.0

package diagnose_test

import (
	"strings"
	"testing"

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/signer/diagnose"
	"github.com/stretchr/testify/require"
)

// The slowest case: nothing explains the signature, and all is tried.
func BenchmarkSignature(b *testing.B) {
	for _, p := range keyspec.Pairs() {
		s := newSigner(b, p)
		sig, err := signer.SignMessage(background, s, strings.NewReader("something else"))
		require.NoError(b, err)
		for name, msg := range map[string]string{"small": diagnosed, "256KiB": strings.Repeat("16 bytes a line\n", 1<<14)} {
			b.Run(p.String()+"/"+name, func(b *testing.B) {
				for b.Loop() {
					diagnose.Signature(s.Public(), p.Algorithm, []byte(msg), sig, nil)
				}
			})
		}
	}
}
