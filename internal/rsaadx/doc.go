// SPDX-License-Identifier: Apache-2.0

// Package rsaadx is Montgomery's arithmetic for the moduli of RSA and their primes, on amd64
// processors that have BMI2 and ADX but not AVX-512 IFMA: MULX, ADCX and ADOX. Package rsakey
// signs with it. See _asm for how it computes.
//
// Numbers are words of 64 bits, least significant first, at most 48 of them. Neither a branch
// nor an address depends on their values, and what they take of the processor is the same for
// all values: MULX, ADCX and ADOX are on Intel's list of instructions whose time does not depend
// on data. The functions leave none of their numbers on the stack or in general registers;
// [ClearRegisters] empties the vector registers.
package rsaadx
