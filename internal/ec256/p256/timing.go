// SPDX-License-Identifier: Apache-2.0

package p256

import "github.com/kmsigner/kmsigner/internal/ecifma"

// BaseMult returns the x coordinate of k G, where k is not 0 modulo n. It is for the timing
// test in internal/bench only.
func BaseMult(k *[32]byte) [32]byte {
	var z scalar
	z.setBytes(k)
	var p extendedPoint
	p.setGeneratorMultiple(&z, &noBlind)
	q := p.affine()
	return q.x.bytes()
}

// BaseMultEight is BaseMult with eight lanes that all multiply by k, where the machine has them.
// It is for the timing test in internal/bench only.
func BaseMultEight(k *[32]byte) [32]byte {
	if lanes == nil {
		return BaseMult(k)
	}
	var ws [ecifma.Lanes]work
	for i := range ws {
		ws[i].k.setBytes(k)
	}
	setInLanes(lanes, ws[:], func(int) fieldElement { return noBlind })
	q := ws[ecifma.Lanes-1].point.affine()
	return q.x.bytes()
}

// BaseMultSpread is BaseMult with all eight lanes for k, where the machine has them. It is for the
// timing test in internal/bench only.
func BaseMultSpread(k *[32]byte) [32]byte {
	if lanes == nil {
		return BaseMult(k)
	}
	var w work
	w.k.setBytes(k)
	w.setSpread(lanes, spreadTable(), &noBlind)
	q := w.point.affine()
	return q.x.bytes()
}
