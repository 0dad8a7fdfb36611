// SPDX-License-Identifier: Apache-2.0

// Package registers reads the vector registers of a processor with AVX-512 or AVX2, for tests
// that look there for what an operation on secrets has left. Only tests import it.
package registers
