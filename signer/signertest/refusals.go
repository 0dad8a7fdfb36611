// SPDX-License-Identifier: Apache-2.0

package signertest

import (
	"context"
	"crypto/sha3"
	"fmt"
	"slices"
	"time"

	"github.com/kmsigner/kmsigner/errors"
)

// refusedSizes are the lengths of what is no digest of this size: first other hashes'
// and those next to it, which are taken most often, then every one to 72 and a few
// beyond.
// A right Signer refuses them where it stands, so that they cost no signature.
func refusedSizes(digestSize int) []int {
	sizes := []int{20, digestSize - 1, digestSize + 1, 2 * digestSize}
	for size := range 73 {
		if size != digestSize && !slices.Contains(sizes, size) {
			sizes = append(sizes, size)
		}
	}
	return append(sizes, 96, 128, 256, 4096)
}

// notADigest returns bytes of one of the refused lengths.
func notADigest(size int) []byte {
	return slices.Clip(sha3.SumSHAKE256([]byte("kmsigner conformance suite, not a digest"), size))
}

// enoughFaults ends checkDigestLength: a Signer that takes every length says so in
// a few lines, and makes a few signatures, not hundreds of either.
const enoughFaults = 8

func checkDigestLength(r *report, x *subject) {
	if x.unusable(r) {
		return
	}
	refuse := func(what string, digest func() []byte) {
		sig, err := x.signDigest(background, digest())
		refused(r, "SignDigest of "+what, "Digest", sig, err)
		if x.signs {
			sig, err = x.sign(nil, digest(), nil)
			refused(r, "Sign of "+what, "Digest", sig, err)
		}
	}
	refuse("nil", func() []byte { return nil })
	for _, size := range refusedSizes(x.pair.DigestSize()) {
		if len(r.faults) >= enoughFaults {
			r.note("more lengths are not tried")
			return
		}
		refuse(fmt.Sprint(size, " bytes"), func() []byte { return notADigest(size) })
	}
}

func checkContext(r *report, x *subject) {
	if x.unusable(r) {
		return
	}
	var none context.Context
	sig, err := x.signDigest(none, ordinaryDigest(0))
	refused(r, "a nil context", "Context", sig, err)

	cancelled, cancel := context.WithCancel(background)
	cancel()
	expired, cancel := context.WithDeadline(background, time.Unix(0, 0))
	defer cancel()
	because, cancelBecause := context.WithCancelCause(background)
	cancelBecause(errors.New("the cause is not the error"))
	for _, c := range []struct {
		name string
		ctx  context.Context
		want error
	}{
		{"a cancelled context", cancelled, context.Canceled},
		{"an expired context", expired, context.DeadlineExceeded},
		{"a context cancelled with a cause", because, context.Canceled},
	} {
		sig, err := x.signDigest(c.ctx, ordinaryDigest(0))
		switch {
		case err == nil:
			r.fault("%s: it signs all the same", c.name)
		case !errors.Is(err, c.want):
			r.fault("%s: the error is not %q: %v", c.name, c.want, err)
		case len(sig) > 0:
			r.fault("%s: a signature is returned together with the error", c.name)
		}
	}

	type key struct{}
	later, cancel := context.WithTimeout(context.WithValue(background, key{}, "value"), time.Hour)
	defer cancel()
	sig, err = x.signDigest(later, ordinaryDigest(0))
	x.fits(r, "a context with a deadline an hour away, after one that was cancelled", ordinaryDigest(0), sig, err)

	// A context that ends while the Signer may be at work: either it made it or it
	// did not, but nothing in between.
	for i := range 4 {
		ctx, cancel := context.WithTimeout(background, time.Duration(i)*50*time.Microsecond)
		sig, err := x.signDigest(ctx, ordinaryDigest(i))
		cancel()
		x.either(r, ordinaryDigest(i), sig, err, context.DeadlineExceeded)

		ctx, cancel = context.WithCancel(background)
		go cancel()
		sig, err = x.signDigest(ctx, ordinaryDigest(i))
		cancel()
		x.either(r, ordinaryDigest(i), sig, err, context.Canceled)
	}
	sig, err = x.signDigest(background, ordinaryDigest(1))
	x.fits(r, "the call after a context that ended during one", ordinaryDigest(1), sig, err)
}

// either reports a fault unless a call whose context ended meanwhile returned a
// signature of the digest or the context's error.
func (x *subject) either(r *report, digest, sig []byte, err, ended error) {
	switch {
	case err == nil:
		x.fits(r, "a context that ends during the call", digest, sig, nil)
	case !errors.Is(err, ended):
		r.fault("a context that ends during the call: the error is not %q: %v", ended, err)
	}
}
