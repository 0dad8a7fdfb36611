// SPDX-License-Identifier: Apache-2.0

package signertest

import (
	"bytes"
	"context"
	"crypto"
	"fmt"
	"io"
	"sync"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
)

// subject is the Signer under test and what the foundations have found out
// about it.
type subject struct {
	s       signer.Signer
	reports map[string]*report // by check

	pair     keyspec.Pair        // of checkPair; the zero Pair if it is not valid
	public   crypto.PublicKey    // of checkPublicKey, checked; nil if it is not sound
	spki     []byte              // of checkPublicKey
	verifier signer.Verifier     // of checkPublicKey; nil if it is not sound
	digest   func([]byte) []byte // of checkNewDigest; nil if that found a fault
	made     []signed            // of checkSignDigest: those that verify
	sound    bool                // of checkSignDigest: the signature of an ordinary digest verifies
	signs    bool                // of checkSign: nil opts and every reader will do

	mu       sync.Mutex
	failures []failure // all errors that the methods returned
}

// failure is an error and the digest that the call was about, which may be of any
// length.
type failure struct {
	digest []byte
	err    error
}

// signed is a digest and its signature, as the Signer returned it.
type signed struct {
	name              string
	digest, signature []byte
}

func newSubject(s signer.Signer) *subject {
	return &subject{s: s, reports: map[string]*report{}}
}

// background is the context of every signature that is not about contexts.
var background = context.Background()

// signDigest calls SignDigest and turns a panic into an error.
func (x *subject) signDigest(ctx context.Context, digest []byte) (sig []byte, err error) {
	defer x.done("SignDigest", bytes.Clone(digest), &err)
	return x.s.SignDigest(ctx, digest)
}

// sign calls Sign and turns a panic into an error.
func (x *subject) sign(rand io.Reader, digest []byte, opts crypto.SignerOpts) (sig []byte, err error) {
	defer x.done("Sign", bytes.Clone(digest), &err)
	return x.s.Sign(rand, digest, opts)
}

// signMessage calls the SignMessage of [crypto.MessageSigner] and turns a panic
// into an error. It needs x.digest.
func (x *subject) signMessage(
	s crypto.MessageSigner, rand io.Reader, msg []byte, opts crypto.SignerOpts,
) (sig []byte, err error) {
	defer x.done("SignMessage", x.digest(msg), &err)
	return s.SignMessage(rand, msg, opts)
}

// done ends a call about a digest, of which it has a copy. It is deferred itself,
// for recover to work.
func (x *subject) done(method string, digest []byte, err *error) {
	if v := recover(); v != nil {
		*err = &panicked{method, v}
	}
	if *err != nil {
		x.mu.Lock()
		defer x.mu.Unlock()
		x.failures = append(x.failures, failure{digest, *err})
	}
}

// panicked is the error of a method that panicked.
type panicked struct {
	method string
	value  any
}

func (p *panicked) Error() string { return fmt.Sprintf("%s panicked: %v", p.method, p.value) }

// fits reports a fault unless a call that should sign the digest returned a
// signature of it.
func (x *subject) fits(r *report, what string, digest, sig []byte, err error) bool {
	switch {
	case err != nil:
		r.fault("%s: %v", what, err)
	case len(sig) == 0:
		r.fault("%s: there is neither a signature nor an error", what)
	case !x.verifies(digest, sig):
		r.fault("%s: %s", what, x.mistake(digest, sig))
	default:
		return true
	}
	return false
}

// refused reports a fault unless a call that should refuse one of its arguments
// returned InvalidParameter of this parameter, and nothing else.
func refused(r *report, what, param string, sig []byte, err error) {
	var typed *errors.Error
	var p *panicked
	switch {
	case errors.As(err, &p):
		r.fault("%s: %v; want InvalidParameter of %q", what, err, param)
	case err == nil:
		r.fault("%s: it is not refused; want InvalidParameter of %q", what, param)
	case !errors.As(err, &typed):
		r.fault("%s: the error is no *errors.Error: %v; want InvalidParameter of %q", what, err, param)
	case !errors.Is(err, errors.InvalidParameter):
		r.fault("%s: the error has the code %s; want InvalidParameter of %q", what, errors.CodeOf(err), param)
	case typed.Param != param:
		r.fault("%s: the error names the parameter %q; want %q", what, typed.Param, param)
	case typed.Reason == "" && typed.Err == nil:
		r.fault("%s: the error gives no reason", what)
	}
	if err != nil && len(sig) > 0 {
		r.fault("%s: a signature is returned together with the error", what)
	}
}

// unusable skips a check that needs signatures that verify, and says why.
func (x *subject) unusable(r *report) bool {
	if !x.sound {
		r.skip("the signatures do not verify, see SignDigest")
	}
	return !x.sound
}
