// SPDX-License-Identifier: Apache-2.0

package signer

// Purego says whether this is a build with the tag purego.
const Purego = purego

// Modes are the settings, but for an id, that options make of a signer.
type Modes struct{ deterministic, verifyAfter, portable bool }

// ModesOf lets tests of other packages share the signers that the same options make.
func ModesOf(opts []Option) Modes {
	var c config
	for _, o := range opts {
		o(&c)
	}
	return Modes{c.deterministic, c.verifyAfter, c.portable}
}
