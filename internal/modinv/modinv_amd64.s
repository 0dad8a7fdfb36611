// SPDX-License-Identifier: Apache-2.0

//go:build !purego && !boringcrypto

#include "textflag.h"

// modinv.go says what these functions compute. None has a jump, and no address depends on a number.

// MULADD adds the signed product of x and y to hi:lo.
#define MULADD(x, y, lo, hi) \
	MOVQ x, AX; \
	IMULQ y; \
	ADDQ AX, lo; \
	ADCQ DX, hi

// SHIFT62 divides hi:lo by 2^62.
#define SHIFT62(lo, hi) \
	SHRQ $62, hi, lo; \
	SARQ $62, hi

// STORE62 stores the remainder of that. R14 is 2^62 - 1.
#define STORE62(lo, to) \
	MOVQ lo, AX; \
	ANDQ R14, AX; \
	MOVQ AX, to

// ROWS adds the products of both rows of the matrix at R8 with a limb of either number to CX:BX and
// R13:R12.
#define ROWS(a, b) \
	MULADD(a, 0(R8), BX, CX); \
	MULADD(b, 8(R8), BX, CX); \
	MULADD(a, 16(R8), R12, R13); \
	MULADD(b, 24(R8), R12, R13)

// MODULUS adds the products of R10 and R11 with a limb of the modulus.
#define MODULUS(m) \
	MULADD(m, R10, BX, CX); \
	MULADD(m, R11, R12, R13)

// NEXT stores a limb of both results.
#define NEXT(a, b) \
	STORE62(BX, a); \
	STORE62(R12, b); \
	SHIFT62(BX, CX); \
	SHIFT62(R12, R13)

// func applyProducts(t *matrix, x, y *limbs62)
TEXT ·applyProducts(SB), NOSPLIT, $0-24
	MOVQ t+0(FP), R8
	MOVQ x+8(FP), SI
	MOVQ y+16(FP), DI
	MOVQ $0x3fffffffffffffff, R14
	XORL BX, BX
	XORL CX, CX
	XORL R12, R12
	XORL R13, R13
	ROWS(0(SI), 0(DI))
	SHIFT62(BX, CX)
	SHIFT62(R12, R13)
	ROWS(8(SI), 8(DI))
	NEXT(0(SI), 0(DI))
	ROWS(16(SI), 16(DI))
	NEXT(8(SI), 8(DI))
	ROWS(24(SI), 24(DI))
	NEXT(16(SI), 16(DI))
	ROWS(32(SI), 32(DI))
	NEXT(24(SI), 24(DI))
	MOVQ BX, 32(SI)
	MOVQ R12, 32(DI)
	RET

// func applyModuloProducts(t *matrix, x, y *limbs62, m *Modulus)
TEXT ·applyModuloProducts(SB), NOSPLIT, $0-32
	MOVQ t+0(FP), R8
	MOVQ x+8(FP), SI
	MOVQ y+16(FP), DI
	MOVQ m+24(FP), R9
	MOVQ $0x3fffffffffffffff, R14
	// R10 and R11 are a and b.
	MOVQ 32(SI), AX
	SARQ $63, AX
	MOVQ 32(DI), DX
	SARQ $63, DX
	MOVQ 0(R8), R10
	ANDQ AX, R10
	MOVQ 8(R8), BX
	ANDQ DX, BX
	ADDQ BX, R10
	ANDQ 16(R8), AX
	ANDQ 24(R8), DX
	ADDQ DX, AX
	MOVQ AX, R11
	XORL BX, BX
	XORL CX, CX
	XORL R12, R12
	XORL R13, R13
	ROWS(0(SI), 0(DI))
	MOVQ 40(R9), AX
	IMULQ BX, AX
	ADDQ R10, AX
	ANDQ R14, AX
	SUBQ AX, R10
	MOVQ 40(R9), AX
	IMULQ R12, AX
	ADDQ R11, AX
	ANDQ R14, AX
	SUBQ AX, R11
	MODULUS(0(R9))
	SHIFT62(BX, CX)
	SHIFT62(R12, R13)
	ROWS(8(SI), 8(DI))
	MODULUS(8(R9))
	NEXT(0(SI), 0(DI))
	ROWS(16(SI), 16(DI))
	MODULUS(16(R9))
	NEXT(8(SI), 8(DI))
	ROWS(24(SI), 24(DI))
	MODULUS(24(R9))
	NEXT(16(SI), 16(DI))
	ROWS(32(SI), 32(DI))
	MODULUS(32(R9))
	NEXT(24(SI), 24(DI))
	MOVQ BX, 32(SI)
	MOVQ R12, 32(DI)
	RET

// The rows of 1, times 2^30 and 2^29, in the second and fourth lane: uv = u + 2^32 v for u = 1 and
// v = 0, and then qr = q + 2^32 r for q = 0 and r = 1.
DATA rows30<>+0(SB)/8, $0
DATA rows30<>+8(SB)/8, $0x0000000040000000
DATA rows30<>+16(SB)/8, $0
DATA rows30<>+24(SB)/8, $0x0000000040000000
DATA rows30<>+32(SB)/8, $0
DATA rows30<>+40(SB)/8, $0x4000000000000000
DATA rows30<>+48(SB)/8, $0
DATA rows30<>+56(SB)/8, $0x4000000000000000
GLOBL rows30<>(SB), RODATA|NOPTR, $64
DATA rows29<>+0(SB)/8, $0
DATA rows29<>+8(SB)/8, $0x0000000020000000
DATA rows29<>+16(SB)/8, $0
DATA rows29<>+24(SB)/8, $0x0000000020000000
DATA rows29<>+32(SB)/8, $0
DATA rows29<>+40(SB)/8, $0x2000000000000000
DATA rows29<>+48(SB)/8, $0
DATA rows29<>+56(SB)/8, $0x2000000000000000
GLOBL rows29<>(SB), RODATA|NOPTR, $64

// STEP is a divstep of two inversions, which have two lanes each. The first is of Y0 = f, Y1 = g,
// the second of Y0 = uv, Y1 = qr. In both, Y2 is all ones if delta > 0, Y3 if g is odd, and Y4 is
// zeta. The rows begin with a factor of 2^30 or 2^29, and qr is halved like g: uv is not doubled.
// Y15 is -1.
//
// Y5 is f or -f, Y6 says whether g takes the place of f, and Y7 is the sum before it is halved,
// whose second bit is the lowest of the next g.
#define STEP \
	VPXORQ Y2, Y0, Y5; \
	VPSUBQ Y2, Y5, Y5; \
	VPANDQ Y3, Y2, Y6; \
	VPANDQ Y3, Y5, Y5; \
	VPADDQ Y5, Y1, Y7; \
	VPTERNLOGQ $0xd8, Y6, Y1, Y0; \
	VPXORQ Y6, Y4, Y4; \
	VPADDQ Y15, Y4, Y4; \
	VPSRAQ $63, Y4, Y2; \
	VPSHUFD $0x44, Y7, Y3; \
	VPSLLQ $62, Y3, Y3; \
	VPSRAQ $63, Y3, Y3; \
	VPSRAQ $1, Y7, Y1

#define STEPS5 STEP; STEP; STEP; STEP; STEP

// func divsteps59(s *steps)
TEXT ·divsteps59(SB), NOSPLIT, $0-8
	MOVQ s+0(FP), AX
	VPCMPEQD Y15, Y15, Y15
	VPBROADCASTQ 0(AX), Y0
	VPBROADCASTQ 16(AX), Y5
	VPBLENDD $0xf0, Y5, Y0, Y0
	VPBLENDD $0xcc, rows30<>+0(SB), Y0, Y0
	VPBROADCASTQ 8(AX), Y1
	VPBROADCASTQ 24(AX), Y5
	VPBLENDD $0xf0, Y5, Y1, Y1
	VPSLLQ $63, Y1, Y3
	VPSRAQ $63, Y3, Y3
	VPBLENDD $0xcc, rows30<>+32(SB), Y1, Y1
	VMOVDQU 32(AX), Y4
	VPSRAQ $63, Y4, Y2
	STEPS5
	STEPS5
	STEPS5
	STEPS5
	STEPS5
	STEPS5
	VMOVDQU Y0, 64(AX)
	VMOVDQU Y1, 96(AX)
	VPBLENDD $0xcc, rows29<>+0(SB), Y0, Y0
	VPBLENDD $0xcc, rows29<>+32(SB), Y1, Y1
	STEPS5
	STEPS5
	STEPS5
	STEPS5
	STEPS5
	STEP
	STEP
	STEP
	STEP
	VMOVDQU Y0, 128(AX)
	VMOVDQU Y1, 160(AX)
	VMOVDQU Y4, 32(AX)
	VZEROUPPER
	RET

// func clearRegisters()
TEXT ·clearRegisters(SB), NOSPLIT, $0-0
	VZEROALL
	RET
