// SPDX-License-Identifier: Apache-2.0

package secp256k1

import "github.com/kmsigner/kmsigner/internal/ecmulx"

// assembly says whether products and points are computed by package ecmulx. It does not change but in
// tests; the code of this package, which is used without it, is its model.
var assembly = ecmulx.Supported()

func mulAssembly(z, x, y *fieldElement) { ecmulx.MulSecp256k1(&z[0], &x[0], &y[0]) }

func sqrAssembly(z, x *fieldElement) { ecmulx.SqrSecp256k1(&z[0], &x[0]) }

func addAssembly(p *extendedPoint, q *affinePoint) { ecmulx.AddSecp256k1(&p.x[0], &q.x[0]) }

func doubleAssembly(p, q *jacobianPoint) { ecmulx.DoubleSecp256k1(&p.x[0], &q.x[0]) }

func differencesAssembly(h, r *fieldElement, p *jacobianPoint, q *affinePoint) {
	ecmulx.DifferencesSecp256k1(&h[0], &r[0], &p.x[0], &q.x[0])
}

func chordAssembly(p *jacobianPoint, h, r *fieldElement) {
	ecmulx.ChordSecp256k1(&p.x[0], &h[0], &r[0])
}
