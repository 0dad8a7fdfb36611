// SPDX-License-Identifier: Apache-2.0

package interop

import (
	"bytes"
	"context"
	"crypto"
	"io"

	"github.com/kmsigner/kmsigner/signer"
)

// A tlcpKey is the signing key of a TLCP certificate. As a client, gotlcp calls a
// crypto.Signer without options and with what SM2 takes as the message.
type tlcpKey struct{ signer.Signer }

func (k tlcpKey) Sign(_ io.Reader, message []byte, _ crypto.SignerOpts) ([]byte, error) {
	return signer.SignMessage(context.Background(), k.Signer, bytes.NewReader(message))
}
