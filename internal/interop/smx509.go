// SPDX-License-Identifier: Apache-2.0

package interop

import (
	"crypto"
	"crypto/rand"

	"github.com/emmansun/gmsm/smx509"
	"github.com/kmsigner/kmsigner/signer"
)

// issueSM signs an SM2 certificate; for a root, parent is the template itself.
func issueSM(ca signer.Signer, template, parent *smx509.Certificate, pub crypto.PublicKey) ([]byte, error) {
	return smx509.CreateCertificate(rand.Reader, template, parent, pub, ca)
}
