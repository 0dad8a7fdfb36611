// SPDX-License-Identifier: Apache-2.0

//go:build !amd64 || purego || boringcrypto

package modinv

const vectors = false

// divsteps59 and clearRegisters are not called without vectors.

func divsteps59(*steps) {}
func clearRegisters()   {}

func (t *matrix) apply(f, g *limbs62) { t.applyPortable(f, g) }

func (t *matrix) applyModulo(d, e *limbs62, m *Modulus) { t.applyModuloPortable(d, e, m) }
