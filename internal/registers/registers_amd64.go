// SPDX-License-Identifier: Apache-2.0

package registers

// Dump stores Z0 to Z31 and the lower 16 bits of the mask registers K0 to K7.
//
//go:noescape
func Dump(z *[32][8]uint64, k *[8]uint64)

// DumpAVX2 stores Y0 to Y15, on a processor with AVX2.
//
//go:noescape
func DumpAVX2(y *[16][4]uint64)
