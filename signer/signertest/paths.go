// SPDX-License-Identifier: Apache-2.0

package signertest

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"io"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/signer"
)

// messages are signed on every way that begins with a message.
var messages = []struct {
	name string
	data []byte
}{
	{"an empty message", nil},
	{"a short message", []byte("message")},
	{"a message of 100,000 bytes", bytes.Repeat([]byte("kmsigner, "), 10_000)},
}

func checkMessage(r *report, x *subject) {
	if x.unusable(r) {
		return
	}
	if x.digest == nil {
		r.skip("the digest is not right, see NewDigest")
		return
	}
	for _, m := range messages {
		sig, err := signer.SignMessage(background, x.s, bytes.NewReader(m.data))
		x.fits(r, "signer.SignMessage of "+m.name, x.digest(m.data), sig, err)
	}
}

// noReader is a source of randomness that has none.
type noReader struct{}

func (noReader) Read([]byte) (int, error) { return 0, errors.New("the reader must not be needed") }

func checkSign(r *report, x *subject) {
	if x.unusable(r) {
		return
	}
	for i, rd := range []struct {
		name   string
		reader io.Reader
	}{
		{"a nil reader", nil},
		{"crypto/rand.Reader", rand.Reader},
		{"a reader that fails", noReader{}},
	} {
		sig, err := x.sign(rd.reader, ordinaryDigest(i), nil)
		x.fits(r, "Sign with nil opts and "+rd.name, ordinaryDigest(i), sig, err)
	}
	x.signs = len(r.faults) == 0
}

func checkMessageSigner(r *report, x *subject) {
	s, ok := x.s.(crypto.MessageSigner)
	if !ok {
		r.skip("it is no crypto.MessageSigner")
		return
	}
	if x.unusable(r) {
		return
	}
	if x.digest == nil {
		r.skip("the digest is not right, see NewDigest")
		return
	}
	for _, m := range messages {
		msg := bytes.Clone(m.data)
		sig, err := x.signMessage(s, nil, msg, nil)
		what := "SignMessage of " + m.name
		digest := x.digest(m.data)
		if err == nil && x.verifies(x.digest(digest), sig) {
			r.fault("%s: the message is hashed twice", what)
		} else {
			x.fits(r, what, digest, sig, err)
		}
		if !bytes.Equal(msg, m.data) {
			r.fault("%s: it writes to the message", what)
		}
	}
	msg := ordinaryDigest(4) // as long as a digest, and a message
	sig, err := x.signMessage(s, noReader{}, msg, fittingOpts(x.pair)[0].opts)
	if err == nil && x.verifies(msg, sig) {
		r.fault("SignMessage of 32 bytes: the message is signed as if it were the digest")
	} else {
		x.fits(r, "SignMessage of 32 bytes with fitting opts and a reader that fails", x.digest(msg), sig, err)
	}
	for _, o := range otherOpts(x.pair) {
		sig, err := x.signMessage(s, nil, []byte("message"), o.opts)
		refused(r, "SignMessage with "+o.name, "Opts", sig, err)
	}
}
