// SPDX-License-Identifier: Apache-2.0

package signertest_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/signer/signertest"
)

// Receipts is the service under test: it issues signed receipts.
type Receipts struct {
	Signer signer.Signer
}

// Issue returns the receipt for a payment, followed by its signature.
func (r *Receipts) Issue(ctx context.Context, payment string) (string, error) {
	body := "receipt for " + payment
	sig, err := signer.SignMessage(ctx, r.Signer, strings.NewReader(body))
	if err != nil {
		return "", fmt.Errorf("receipt: %w", err)
	}
	raw, err := signer.ToRaw(sig)
	if err != nil {
		return "", fmt.Errorf("receipt: %w", err)
	}
	return body + "." + base64.RawURLEncoding.EncodeToString(raw), nil
}

// A test of a service with a fixed key: the whole output can be compared, on every
// machine and with every release.
func Example_fixedKey() {
	receipts := &Receipts{Signer: signertest.New(keyspec.Pair{
		KeySpec:   keyspec.ECP256,
		Algorithm: keyspec.ECDSASHA256,
	})}
	receipt, err := receipts.Issue(context.Background(), "order 17")
	fmt.Println(receipt, err)
	// Output: receipt for order 17.J7XROkrAPjyWoGq40YSvsYSldj-C01GAv51nUJ99vgsD2vFgJTl1egerRQBtBT5JiWtBLd17AWhQzbDMHsmIMg <nil>
}
