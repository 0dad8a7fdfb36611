// SPDX-License-Identifier: Apache-2.0

//go:build boringcrypto

package signer

import "crypto/boring"

// boringCrypto reports whether crypto/rsa is BoringCrypto's, which chooses every PSS salt
// and panics if it is given a reader to take it from.
func boringCrypto() bool { return boring.Enabled() }
