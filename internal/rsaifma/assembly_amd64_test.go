// SPDX-License-Identifier: Apache-2.0

//go:build !purego && !boringcrypto

package rsaifma_test

import "github.com/kmsigner/kmsigner/internal/rsaifma"

var assembly = map[string]*kernel{
	"assembly 2048": {20, rsaifma.Multiply20x2, rsaifma.Select20x2, rsaifma.Multiply40, rsaifma.Lanes20},
	"assembly 3072": {30, rsaifma.Multiply30x2, rsaifma.Select30x2, rsaifma.Multiply60, rsaifma.Lanes30},
}
