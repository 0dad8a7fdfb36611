// SPDX-License-Identifier: Apache-2.0

package sm2

import "github.com/kmsigner/kmsigner/internal/ecmulx"

// assembly says whether products and points are computed by package ecmulx. It does not change but in
// tests; the code of this package, which is used without it, is its model.
var assembly = ecmulx.Supported()

func mulAssembly(z, x, y *fieldElement) { ecmulx.MulSM2(&z[0], &x[0], &y[0]) }

func sqrAssembly(z, x *fieldElement) { ecmulx.SqrSM2(&z[0], &x[0]) }

func addAssembly(p *extendedPoint, q *affinePoint) { ecmulx.AddSM2(&p.x[0], &q.x[0]) }

func doubleAssembly(p, q *jacobianPoint) { ecmulx.DoubleSM2(&p.x[0], &q.x[0]) }

func differencesAssembly(h, r *fieldElement, p *jacobianPoint, q *affinePoint) {
	ecmulx.DifferencesSM2(&h[0], &r[0], &p.x[0], &q.x[0])
}

func chordAssembly(p *jacobianPoint, h, r *fieldElement) { ecmulx.ChordSM2(&p.x[0], &h[0], &r[0]) }
