// SPDX-License-Identifier: Apache-2.0

package signertest

import (
	"fmt"
	"math/big"

	"github.com/kmsigner/kmsigner/internal/ecsig"
)

// parseLeniently returns r and s of what was meant as a signature, and what keeps it
// from being strict DER: "" if it is. If no r and s can be made out, they are nil.
func parseLeniently(sig []byte) (r, s *big.Int, fault string) {
	x, deviations, ok := ecsig.ParseLoose(sig)
	switch {
	case ok:
		fault = fromDER(&x, deviations)
	case len(sig) == ecsig.Size:
		x, fault = ecsig.Signature(sig), "it is r‖s of 64 bytes; signer.ToDER converts it"
	default:
		return nil, nil, fmt.Sprintf("its %d bytes are neither DER nor r‖s", len(sig))
	}
	return new(big.Int).SetBytes(x.R()), new(big.Int).SetBytes(x.S()), fault
}

// fromDER names one deviation from strict DER, or returns "".
func fromDER(x *ecsig.Signature, d ecsig.Deviations) string {
	switch {
	case d.Behind:
		return "bytes follow the SEQUENCE"
	case d.Inside:
		return "bytes follow the two INTEGERs"
	case d.Length:
		return "a length is in the long form"
	case d.Negative:
		return "an INTEGER is negative: a number whose top bit is set needs a zero byte before it"
	case d.Padded:
		return "an INTEGER begins with a superfluous zero byte"
	case x.HasZero():
		return "an INTEGER is zero"
	}
	return ""
}
