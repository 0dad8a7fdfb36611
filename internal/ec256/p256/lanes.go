// SPDX-License-Identifier: Apache-2.0

package p256

import (
	"sync"

	"github.com/kmsigner/kmsigner/internal/ecifma"
)

// Multiplication of the generator by secret scalars where the processor has eight lanes of
// AVX-512 IFMA, by package ecifma: several scalars at once, each in a lane (comb.go), or one in all
// of them, with another comb (spread.go there).

// lanesTable is comb() for the lanes, 70 KiB more.
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

// spreadTable is the table for one scalar, 61 KiB, which the first private key makes.
var spreadTable = sync.OnceValue(newSpreadTable)

func newSpreadTable() *ecifma.SpreadTable {
	// 2^i G.
	powers := make([]jacobianPoint, 257)
	powers[0].setAffine(&generator)
	for i := range powers[1:] {
		powers[i+1].double(&powers[i])
	}
	affine := toAffine(powers)

	table := ecifma.NewSpreadTable()
	for i, window := range ecifma.Windows {
		var points, twice []affinePoint
		for lane := range ecifma.Lanes {
			place := 256/ecifma.Lanes*lane + window.Place
			points, twice = append(points, affine[place]), append(twice, affine[place+1])
		}
		count := window.Entries()
		for j, p := range oddMultiples(points, twice, count) {
			x, y := p.x.toLanes(), p.y.toLanes()
			table.Set(j/count, i, j%count, ecifma.X, (*[4]uint64)(&x))
			table.Set(j/count, i, j%count, ecifma.Y, (*[4]uint64)(&y))
		}
	}
	return table
}

var (
	lanesPoints = sync.Pool{New: func() any { return ecifma.NewPoints() }}
	lanesSpread = sync.Pool{New: func() any { return ecifma.NewSpread() }}
)

// kernel returns what computes in the lanes with this key, or nil if nothing does.
func (k *PrivateKey) kernel() *ecifma.Kernel {
	if k.latch.Failed() {
		return nil
	}
	return lanes
}

// setPoints sets the points to the multiples k G, as setGeneratorMultiple does with each and
// the blinds of random, in the lanes of the kernel if there is one.
func setPoints(ws []work, random []byte, kernel *ecifma.Kernel) {
	blind := func(i int) fieldElement { return blindOf((*[32]byte)(random[i*32:])) }
	done := 0
	for kernel != nil && len(ws)-done >= ecifma.WorthLanes {
		n := min(ecifma.Lanes, len(ws)-done)
		setInLanes(kernel, ws[done:done+n], func(i int) fieldElement { return blind(done + i) })
		done += n
	}
	for i := done; i < len(ws); i++ {
		z := blind(i)
		if kernel != nil {
			ws[i].setSpread(kernel, spreadTable(), &z)
		} else {
			ws[i].inLanes = false
			ws[i].multiplier = ws[i].point.setGeneratorMultiple(&ws[i].k, &z)
		}
	}
}

// setSpread is setGeneratorMultiple for one scalar in all lanes.
func (w *work) setSpread(kernel *ecifma.Kernel, table *ecifma.SpreadTable, z *fieldElement) {
	s := lanesSpread.Get().(*ecifma.Spread)
	even := w.k[0]&1 - 1
	v := oddHalf(even, &w.k)
	s.SetScalar(&v)
	v = [4]uint64{}

	var zz, zzz fieldElement
	zz.sqr(z)
	zzz.mul(&zz, z)
	zzz.divideByRoot()
	zz, zzz = zz.canonical(), zzz.canonical()
	s.SetBlind(ecifma.ZZ, (*[4]uint64)(&zz))
	s.SetBlind(ecifma.ZZZ, (*[4]uint64)(&zzz))
	kernel.Multiply(s, table)
	w.fromLanes(s.Coordinate, s.Multiplier(), z)
	s.Wipe()
	lanesSpread.Put(s)
}

// oddHalf returns v >> 1 for v = k, or n - k if even is all ones.
func oddHalf(even uint64, k *scalar) (w [4]uint64) {
	var v scalar
	v.negateIf(even, k)
	w = [4]uint64{v[0]>>1 | v[1]<<63, v[1]>>1 | v[2]<<63, v[2]>>1 | v[3]<<63, v[3] >> 1}
	v = scalar{}
	return w
}

// setInLanes is setGeneratorMultiple for up to eight.
func setInLanes(kernel *ecifma.Kernel, ws []work, blind func(i int) fieldElement) {
	p := lanesPoints.Get().(*ecifma.Points)
	top := comb().top
	top.y.negate(&top.y)
	for lane := range ws {
		k, z := &ws[lane].k, blind(lane)
		v := oddHalf(k[0]&1-1, k)
		p.SetScalar(lane, &v)
		v = [4]uint64{}

		var begin extendedPoint
		begin.setAffine(&top, &z)
		begin.y.divideByRoot()
		begin.zzz.divideByRoot()
		for which, x := range [...]*fieldElement{&begin.x, &begin.y, &begin.zz, &begin.zzz} {
			p.Set(lane, which, (*[4]uint64)(x))
		}
	}
	kernel.AddDigits(p, lanesTable())
	for lane := range ws {
		z := blind(lane)
		coordinate := func(which int) ([4]uint64, uint64) { return p.Coordinate(lane, which) }
		ws[lane].fromLanes(coordinate, p.Multiplier(lane), &z)
	}
	p.Wipe()
	lanesPoints.Put(p)
}

// fromLanes sets the point to one that the lanes have computed, or its negative if k is even. The one
// point that they have no sum for is computed without them.
func (w *work) fromLanes(coordinate func(which int) (low [4]uint64, high uint64), multiplier uint64, z *fieldElement) {
	p := &w.point
	for which, x := range [...]*fieldElement{&p.x, &p.y, &p.zz, &p.zzz} {
		low, high := coordinate(which)
		x.setWide(&low, high)
	}
	p.y.multiplyByRoot()
	p.zzz.multiplyByRoot()
	var y fieldElement
	y.negate(&p.y)
	even := w.k[0]&1 - 1
	p.y.selectFrom(even, &y, &p.y)
	y = fieldElement{}
	w.multiplier = (multiplier ^ even) - even
	w.inLanes = p.zz.isZero() == 0
	if !w.inLanes {
		w.multiplier = p.setGeneratorMultiple(&w.k, z)
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
	k.signWithNonces(ws, nil)
	k.retry(ws, nonces, nil)
	if faulty = w.check(k); faulty == 0 {
		k.latch.Fail()
	}
	return faulty
}
