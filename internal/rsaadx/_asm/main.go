// SPDX-License-Identifier: Apache-2.0

// Command asm writes the assembly of internal/rsaadx: go generate there runs it.
//
// A number has 8 B words of 64 bits, B blocks of 512 bits. All of it is made of one piece: eight
// words of one factor, times eight words of the other, with the sum in eight registers that move
// up by a word for each word of the second factor. MULX leaves the flags alone, so that the lower
// words of the products carry in CF, by ADCX, and the upper ones in OF, by ADOX: two chains that
// do not wait for each other.
//
// The loops count blocks and squares. There is no other branch, and no address depends on
// anything but these counts.
package main

import (
	. "github.com/mmcloughlin/avo/build"
)

func main() {
	ConstraintExpr("amd64,!purego,!boringcrypto")
	multiply("Multiply")
	square("Square")
	selectEntry("Select16", 16)
	selectEntry("Select24", 24)
	clearRegisters("ClearRegisters")
	Generate()
}

const (
	// block is the length of a block in words and in bytes.
	block      = 8
	blockBytes = 8 * block
	// maxBlocks is the length of the longest number in blocks: 3072 bits.
	maxBlocks = 6
)
