// SPDX-License-Identifier: Apache-2.0

//go:build valgrind && linux

#include "textflag.h"

// func clientRequest(args *[6]uintptr) uintptr
TEXT ·clientRequest(SB), NOSPLIT, $0-16
	MOVQ args+0(FP), AX
	XORL DX, DX
	ROLQ $3, DI
	ROLQ $13, DI
	ROLQ $61, DI
	ROLQ $51, DI
	XCHGQ BX, BX
	MOVQ DX, ret+8(FP)
	RET
