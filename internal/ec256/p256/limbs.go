// SPDX-License-Identifier: Apache-2.0

package p256

import "encoding/binary"

// Limbs and bytes, and the masks that take the place of branches.

// setBytes sets z to the big-endian b. It reports whether b is below p.
func (z *fieldElement) setBytes(b *[32]byte) bool {
	x := limbsOf(b)
	z.setLimbs(&x)
	return z.limbs() == x
}

// bytes returns x in big-endian order.
func (x *fieldElement) bytes() [32]byte {
	z := x.limbs()
	return bytesOf(&z)
}

// limbsOf returns the limbs of the big-endian b.
func limbsOf(b *[32]byte) [4]uint64 {
	return [4]uint64{
		binary.BigEndian.Uint64(b[24:]),
		binary.BigEndian.Uint64(b[16:]),
		binary.BigEndian.Uint64(b[8:]),
		binary.BigEndian.Uint64(b[:]),
	}
}

// bytesOf returns the big-endian bytes of x.
func bytesOf(x *[4]uint64) (b [32]byte) {
	for i, limb := range x {
		binary.BigEndian.PutUint64(b[24-8*i:], limb)
	}
	return b
}

// maskZero returns all ones if x is 0, and 0 if not.
func maskZero(x uint64) uint64 {
	// x | -x has its top bit set exactly if x is not 0.
	return (x|-x)>>63 - 1
}

// selectFrom sets z to x if mask is all ones, and to y if it is 0.
func (z *fieldElement) selectFrom(mask uint64, x, y *fieldElement) {
	for i := range z {
		z[i] = x[i]&mask | y[i]&^mask
	}
}
