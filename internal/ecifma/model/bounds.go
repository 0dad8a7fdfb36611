// SPDX-License-Identifier: Apache-2.0

package model

import "math/big"

// Bounds returns the numbers that the coordinates X, Y, ZZ and ZZZ may be at most, before an
// addition and after it: the generator derives them.
func Bounds() [4]*big.Int {
	bound := func(x int64, shift uint) *big.Int { return new(big.Int).Lsh(big.NewInt(x), shift) }
	return [4]*big.Int{bound(17, 252), bound(49, 252), bound(3, 255), bound(3, 255)}
}
