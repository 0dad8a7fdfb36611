// SPDX-License-Identifier: Apache-2.0

// Package sm2 is SM2's digital signature (GB/T 32918.2-2016, the same as GM/T 0003.2-2012) on
// the curve sm2p256v1 (GB/T 32918.5-2017): signing in constant time, and fast verification, in Go.
//
// Most of its files are copies of those of package p256, which internal/ec256 writes.
//
// Deterministic signatures are those of gmsm, RustCrypto and libgcrypt, bit for bit: the
// nonce is that of RFC 6979's construction with HMAC-SM3, and a digest of n or more, n being
// the order of the group, is reduced before the nonce is derived from it. Hedged nonces are made
// with one HMAC-SHA-256.
//
// # Constant time
//
// No branch, no memory address and no operation of variable time depends on the private key
// or on a nonce, in [NewPrivateKey], [PrivateKey.Sign] and [PrivateKey.SignBatch]. The
// formulas for points have no exceptional case that a secret could lead to (comb.go), tables
// are read as a whole, and inversion takes a fixed number of steps (package modinv). Four
// exceptions tell nothing of value: whether a private key is in range; whether a nonce was
// rejected and the next one taken, about once in 2^32 signatures; whether the lanes (below) have no
// sum for a nonce, for two of all nonces; and whether a signature is none or wrong. internal/consttime
// looks for others in the compiled code, and with valgrind.
//
// The Go code runs everywhere. On amd64 processors with BMI2 and AVX2 the products in the field, the
// operations on points and the reading of tables are in assembly, by package ecmulx.
//
// On amd64 processors with AVX-512 IFMA the points are computed by package ecifma, in assembly:
// eight at a time in a batch, or one spread over eight lanes. With AVX-512, the nonces of a batch
// are derived sixteen at a time by packages rfc6979 and hash16.
//
// This rests on 64-bit addition with carry, and multiplication to 128 bits, being so.
// [math/bits] promises it for Add64, Sub64 and Mul64. Where the compiler has no instruction
// for them, as on 32-bit processors, they are made of shifts, masks and 32-bit
// multiplications without a branch; there, it rests on the multiplication of the processor,
// which on some small ones ends early for small factors. It also rests on the compiler, which
// might turn a mask into a branch: none of the current ones for amd64 does.
//
// The coordinates that a signature computes with are multiplied by fresh random numbers
// (comb.go), so that their power, radiation and faults differ from signature to signature.
// The nonce, its digits and the scalars are not blinded.
//
// Verification takes variable time. All that it works on is public. With lanes, a single
// verification takes all eight (publiclanes.go), and a batch eight at a time.
//
// # Faults
//
// A signature is checked before it is returned, for a thirtieth of its time: check.go says what that
// finds.
//
// A signature that is wrong with the lanes is made again without them. If that fits, the lanes
// were wrong, and the key does not use them again: see [PrivateKey.LanesFailed]. Nor do lanes
// alone say that a signature is wrong: see [PublicKey.LanesFailed].
//
// # Secrets in memory
//
// The nonce and what it leads to are zeroed before a signature is returned. The stack is
// not: registers that were spilled there, and earlier copies of a stack that has grown, stay
// until they are overwritten.
//
// # Start-up
//
// The first private key makes a table of 58 KiB, in some 0.35 ms, and the first verification
// one of 32 KiB, in some 0.2 ms. With lanes, the first private key makes another one of 61 KiB, in
// some 0.4 ms, and the first batch one of 70 KiB.
//
// A public key makes tables of 4 KiB for its second verification, in 0.05 ms. Where there are
// lanes, it makes one of 52 KiB for the twelfth, in 0.2 ms, which is what the verifications until
// then would have saved with it; and the first key to do so one of 256 KiB for all, in 1.1 ms.
//
// # Reading order
//
// curve.go has the numbers of the curve; field.go, scalar.go and scalarmul.go are those that it is
// made of, in limbs.go's limbs; point.go and tangent.go are the curve, and assembly.go names the
// assembly for all of these. comb.go, sign.go and check.go make signatures, with nonces.go in batches,
// and lanes.go and lanesform.go where there are lanes; multiply.go and verify.go verify them, with
// publiclanes.go and verifybatch.go in lanes; and scheme.go is what makes it SM2.
package sm2
