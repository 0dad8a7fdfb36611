// SPDX-License-Identifier: Apache-2.0

//go:build !purego && !boringcrypto

package modinv

import "golang.org/x/sys/cpu"

// vectors says whether there is divsteps59.
var vectors = cpu.X86.HasAVX512F && cpu.X86.HasAVX512VL

// applyProducts is applyPortable.
//
//go:noescape
func applyProducts(t *matrix, x, y *limbs62)

// applyModuloProducts is applyModuloPortable.
//
//go:noescape
func applyModuloProducts(t *matrix, x, y *limbs62, m *Modulus)

// divsteps59 does 30 divsteps, and 29 more, for two inversions at once, with AVX-512VL. It leaves secrets
// in registers.
//
//go:noescape
func divsteps59(s *steps)

// clearRegisters zeroes the registers that divsteps59 uses.
func clearRegisters()

func (t *matrix) apply(f, g *limbs62) { applyProducts(t, f, g) }

func (t *matrix) applyModulo(d, e *limbs62, m *Modulus) { applyModuloProducts(t, d, e, m) }
