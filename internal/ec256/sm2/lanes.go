// Code generated from p256/lanes.go by internal/ec256; DO NOT EDIT.

// SPDX-License-Identifier: Apache-2.0

package sm2

import (
	"math/bits"
	"sync"

	"github.com/kmsigner/kmsigner/internal/ecifma"
)

// Multiplication of the generator by several secret scalars at once, where the processor has
// eight lanes of AVX-512 IFMA: comb.go by package ecifma.

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

// toLanes returns the representation of x in the lanes: x 2^260, not x 2^256.
func (x *fieldElement) toLanes() fieldElement {
	z := *x
	for range 4 {
		z.add(&z, &z)
	}
	return z
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

		// Coordinates are divided by 16 if they are taken as what they are in the lanes. With
		// a quarter of that Y and ZZZ, the point is the same, and its denominators are those
		// of z / 4.
		var begin extendedPoint
		begin.setAffine(&top, &z)
		for _, x := range [...]*fieldElement{&begin.y, &begin.zzz} {
			x.half(x)
			x.half(x)
		}
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

// fromLanes sets p to a point of the lanes. Its coordinates are as they are there, 16 times
// too much here. With Y four times as much, the point is the same, and its denominators are
// those of four times the z.
func (p *extendedPoint) fromLanes(points *ecifma.Points, lane int) {
	for which, x := range [...]*fieldElement{&p.x, &p.y, &p.zz, &p.zzz} {
		low, high := points.Coordinate(lane, which)
		x.setWide(&low, high)
	}
	for _, x := range [...]*fieldElement{&p.y, &p.zzz} {
		x.add(x, x)
		x.add(x, x)
	}
}

// setWide sets z to low + 2^256 high, which is below 4 p.
func (z *fieldElement) setWide(low *[4]uint64, high uint64) {
	*z = *low
	for range 3 {
		r0, b := bits.Sub64(z[0], p0, 0)
		r1, b := bits.Sub64(z[1], p1, b)
		r2, b := bits.Sub64(z[2], p2, b)
		r3, b := bits.Sub64(z[3], p3, b)
		rest, b := bits.Sub64(high, 0, b)
		keep := -b
		z[0] = z[0]&keep | r0&^keep
		z[1] = z[1]&keep | r1&^keep
		z[2] = z[2]&keep | r2&^keep
		z[3] = z[3]&keep | r3&^keep
		high = high&keep | rest&^keep
	}
}

// LanesFailed reports whether the lanes have computed wrongly for this key, which does not use
// them any more then.
func (k *PrivateKey) LanesFailed() bool { return k.latch.Failed() }

// signAgain signs without lanes what was wrong with them. If it fits now, the lanes were at
// fault, and this key does not use them again. The digest is not taken anew: if its two copies
// differ, memory is at fault, and which of the two is right is not known.
func (k *PrivateKey) signAgain(ws []work, nonces *workspace) (faulty uint64) {
	w := &ws[0]
	w.setNonce(k, nonces, 0)
	k.signWithNonces(ws)
	k.retry(ws, nonces)
	if faulty = w.check(k); faulty == 0 {
		k.latch.Fail()
	}
	return faulty
}
