// SPDX-License-Identifier: Apache-2.0

package signertest

import "bytes"

func checkBuffers(r *report, x *subject) {
	if x.unusable(r) {
		return
	}
	first, second := ordinaryDigest(500), ordinaryDigest(501) // of this check alone

	// The digest stands in the middle of something larger.
	larger := append(bytes.Repeat([]byte{0xd1}, 16), first...)
	larger = append(larger, bytes.Repeat([]byte{0xd2}, 200)...)
	before := bytes.Clone(larger)
	digest := larger[16:48]
	one, err := x.signDigest(background, digest)
	if !x.fits(r, "a digest in the middle of a buffer", first, one, err) {
		return
	}
	kept := bytes.Clone(one)
	switch {
	case !bytes.Equal(digest, first):
		r.fault("SignDigest writes to the digest")
	case !bytes.Equal(larger, before):
		r.fault("SignDigest writes behind the digest, into the capacity of its slice")
	}

	// The same slice with another content.
	copy(digest, second)
	two, err := x.signDigest(background, digest)
	if err == nil && x.verifies(first, two) {
		r.fault("SignDigest keeps the digest's slice: after a change of its content the signature is of the old one")
	} else if !x.fits(r, "another digest in the same slice", second, two, err) {
		return
	}
	clear(digest)
	if !bytes.Equal(one, kept) {
		r.fault("a signature changes when the next one is made: both are in one buffer")
		return
	}

	// What is behind a signature, up to its capacity, is where an append writes.
	if writesBehind(one, two) || writesBehind(two, one) {
		r.fault("the capacity of a signature reaches into another: an append to one damages the other")
		return
	}

	// The signature belongs to the caller.
	clear(two)
	clear(one)
	for range 2 {
		again, err := x.signDigest(background, second)
		if err == nil && len(again) > 0 && len(bytes.Trim(again, "\x00")) == 0 {
			r.fault("SignDigest returns a signature that it keeps: the caller overwrote it")
			return
		}
		x.fits(r, "a digest signed before, whose signature the caller has overwritten", second, again, err)
		clear(again)
	}

	if !x.signs {
		return
	}
	digest = bytes.Clone(first)
	sig, err := x.sign(nil, digest, nil)
	x.fits(r, "Sign", first, sig, err)
	if !bytes.Equal(digest, first) {
		r.fault("Sign writes to the digest")
	}
}

// writesBehind reports whether a write behind sig, as far as its capacity reaches,
// changes another signature. It restores both.
func writesBehind(sig, other []byte) bool {
	before := bytes.Clone(other)
	behind := sig[len(sig):cap(sig)]
	invert(behind)
	defer invert(behind)
	return !bytes.Equal(other, before)
}

func invert(b []byte) {
	for i := range b {
		b[i] = ^b[i]
	}
}
