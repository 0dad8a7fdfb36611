// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"strings"

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/signer/diagnose"
	"github.com/kmsigner/kmsigner/sm2z"
)

// demonstrate makes a signature as a partner might send it, with three faults,
// and corrects one after the other.
func demonstrate(w io.Writer) error {
	const message = "pay 100 to alice"
	key, err := keyspec.GenerateKey(keyspec.ECSM2)
	if err != nil {
		return err
	}
	theirs, err := signer.New(key, keyspec.SM2DSA, signer.WithID(sm2z.EmptyID()))
	if err != nil {
		return err
	}
	der, err := signer.SignMessage(context.Background(), theirs, strings.NewReader(message))
	if err != nil {
		return err
	}
	raw, err := signer.ToRaw(der)
	if err != nil {
		return err
	}
	text := []byte(base64.StdEncoding.EncodeToString(raw))
	for _, step := range []struct {
		what string
		sig  []byte
		opts *diagnose.Options
	}{
		{"received: " + string(text), text, nil},
		{"decoded from base64", raw, nil},
		{"converted to DER", der, nil},
		{"verified under the empty id", der, &diagnose.Options{ID: sm2z.EmptyID()}},
	} {
		fmt.Fprintf(w, "# %s\n%s\n\n", step.what, diagnose.Signature(theirs.Public(), keyspec.SM2DSA, []byte(message),
			step.sig, step.opts))
	}
	return nil
}
