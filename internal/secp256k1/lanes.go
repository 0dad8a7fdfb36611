// SPDX-License-Identifier: Apache-2.0

package secp256k1

import (
	"sync"

	"github.com/kmsigner/kmsigner/internal/ecifma"
	"github.com/kmsigner/kmsigner/internal/rfc6979"
)

// Multiplication of the generator by several secret scalars at once, where the processor has
// eight lanes of AVX-512 IFMA: comb.go by package ecifma.

// lanes computes eight points at once, or is nil on a machine that cannot.
var lanes = ecifma.Secp256k1()

// In the lanes an element x is x 2^260 modulo p.
var (
	lanesOne = fieldElement{fieldFold << 4}
	// 2^130 and 2^-130: see setInLanes.
	lanesRoot        = fieldElement{0, 0, 4, 0}
	lanesRootInverse = fieldElement{0xffffffff90d37558, 0x3fffffffffffffff, 0x760e024774894d4c, 0x6f2c88ffb7092816}
)

// lanesTable is comb() for the lanes, 64 KiB more.
var lanesTable = sync.OnceValue(newLanesTable)

func newLanesTable() *ecifma.Table {
	table, small := ecifma.NewTable(), comb()
	for i := range small.blocks {
		for j := range combEntries {
			x, y := small.blocks[i].x[j].toLanes(), small.blocks[i].y[j].toLanes()
			table.Set(i, j, ecifma.X, (*[4]uint64)(&x))
			table.Set(i, j, ecifma.Y, (*[4]uint64)(&y))
		}
	}
	return table
}

// toLanes returns the representation of x in the lanes.
func (x *fieldElement) toLanes() fieldElement {
	var z fieldElement
	z.mul(x, &lanesOne)
	return z.canonical()
}

var lanesPoints = sync.Pool{New: func() any { return ecifma.NewPoints() }}

// setPoints sets the points to the multiples k G, as setGeneratorMultiple does with each and
// the blinds of random, in lanes where that is faster.
func (k *PrivateKey) setPoints(ws []work, random []byte) {
	blind := func(i int) fieldElement { return blindOf((*[32]byte)(random[i*32:])) }
	done := 0
	if lanes != nil && !k.latch.Failed() {
		for len(ws)-done >= ecifma.WorthLanes {
			n := min(ecifma.Lanes, len(ws)-done)
			setInLanes(lanes, ws[done:done+n], func(i int) fieldElement { return blind(done + i) })
			done += n
		}
	}
	for i := done; i < len(ws); i++ {
		z := blind(i)
		ws[i].inLanes = false
		ws[i].point.setGeneratorMultiple(&ws[i].k, &z)
	}
}

// setInLanes is setGeneratorMultiple for up to eight.
//
// Numbers come to the lanes, and back, as they are, which divides the elements by 2^260, or
// multiplies them by it. With Y and ZZZ divided by 2^390, or multiplied by that, the point
// is the same, with the denominators of z / 2^130, or z 2^130: a factor of 2^130 is missing.
func setInLanes(kernel *ecifma.Kernel, ws []work, blind func(i int) fieldElement) {
	p := lanesPoints.Get().(*ecifma.Points)
	top := comb().top
	top.y.negate(&top.y)
	for lane := range ws {
		k, z := &ws[lane].k, blind(lane)
		var v scalar
		v.negateIf(k[0]&1-1, k)
		p.SetScalar(lane, &[4]uint64{v[0]>>1 | v[1]<<63, v[1]>>1 | v[2]<<63, v[2]>>1 | v[3]<<63, v[3] >> 1})
		v = scalar{}

		var begin extendedPoint
		begin.setAffine(&top, &z)
		begin.y.mul(&begin.y, &lanesRootInverse)
		begin.zzz.mul(&begin.zzz, &lanesRootInverse)
		for which, x := range [...]*fieldElement{&begin.x, &begin.y, &begin.zz, &begin.zzz} {
			p.Set(lane, which, (*[4]uint64)(x))
		}
	}
	kernel.AddDigits(p, lanesTable())
	for lane := range ws {
		w := &ws[lane]
		w.point.fromLanes(p, lane)
		var y fieldElement
		y.negate(&w.point.y)
		w.point.y.selectFrom(w.k[0]&1-1, &y, &w.point.y)
		if w.point.zz.isZero() != 0 { // the one scalar that the lanes have no sum for
			z := blind(lane)
			w.point.setGeneratorMultiple(&w.k, &z)
			continue
		}
		w.inLanes = true
	}
	p.Wipe()
	lanesPoints.Put(p)
}

// fromLanes sets p to a point of the lanes.
func (p *extendedPoint) fromLanes(points *ecifma.Points, lane int) {
	for which, x := range [...]*fieldElement{&p.x, &p.y, &p.zz, &p.zzz} {
		low, high := points.Coordinate(lane, which)
		x.setWide(&low, high)
	}
	p.y.mul(&p.y, &lanesRoot)
	p.zzz.mul(&p.zzz, &lanesRoot)
}

// setWide sets z to low + 2^256 high, where high is small.
func (z *fieldElement) setWide(low *[4]uint64, high uint64) {
	z.add((*fieldElement)(low), &fieldElement{high * fieldFold})
}

// LanesFailed reports whether the lanes have computed wrongly for this key, which does not use
// them any more then.
func (k *PrivateKey) LanesFailed() bool { return k.latch.Failed() }

// signAgain signs without lanes what was wrong with them. If it fits now, the lanes were at
// fault, and this key does not use them again.
func (k *PrivateKey) signAgain(ws []work, nonces *rfc6979.Generator) {
	w := &ws[0]
	w.digest.setBytes(w.digestBytes)
	w.setNonce(k, nonces, 0)
	k.signWithNonces(ws)
	k.retry(ws, nonces)
	if w.faulty == 0 {
		k.latch.Fail()
	}
}
