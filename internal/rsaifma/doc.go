// SPDX-License-Identifier: Apache-2.0

// Package rsaifma is Montgomery's arithmetic for the moduli of RSA_2048 and RSA_3072 and their
// primes, on amd64 processors with AVX-512 IFMA. Package rsakey signs with it. See _asm for how it
// computes.
//
// Numbers are digits of 52 bits, least significant first: 20 for a prime of 1024 bits, 30 for one of
// 1536, and twice as many for a modulus. The functions of this package take one number, or one for
// each prime, with its digits across the lanes of the registers: a product takes the least time. Those
// of [Lanes] take eight numbers, one a lane: eight products take the least time.
//
// Neither a branch nor an address depends on the values of digits, and no instruction takes a time
// that does, given that multiplications do not. The functions leave digits in the vector registers,
// which [ClearRegisters] empties.
package rsaifma
