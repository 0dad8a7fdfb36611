// SPDX-License-Identifier: Apache-2.0

// Package ecmulx is arithmetic of the curves P-256, SM2 and secp256k1 in assembly, for amd64
// processors with BMI2, whose MULX multiplies without a flag, and AVX2: products in the field, and
// whole operations on points. It computes what the Go code of the packages p256, sm2 and secp256k1
// does, bit for bit. They use it where [Supported] says so; that code is its model.
//
// Its functions take the first limb of each operand: a field element is four 64-bit limbs, the
// least significant first, and a point is its coordinates, one after the other. The elements of
// P-256 and SM2 are in Montgomery's form, and below p except where a function says otherwise. Those of
// secp256k1 are any numbers of 256 bits.
//
// # Constant time
//
// There are no branches, all addresses are known beforehand, and [Select] reads all of its table. No
// instruction takes a time that depends on its operands, given that MULX does not.
//
// The vector registers are zero when a function returns. The general registers and the stack frame
// keep what was computed last, as those of compiled code do, until other code overwrites them.
package ecmulx
