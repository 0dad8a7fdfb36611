// SPDX-License-Identifier: Apache-2.0

package signertest

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/kmsigner/kmsigner/internal/nilness"
	"github.com/kmsigner/kmsigner/signer"
)

// TestSigner runs the conformance suite: everything that a [signer.Signer]
// promises and that can be seen from outside, each promise a subtest of its own
// whose failure names the fault. Run it on a Signer of your own, whether it signs
// in memory, in an HSM or in a cloud:
//
//	func TestMySigner(t *testing.T) { signertest.TestSigner(t, mySigner(t)) }
//
// The subtests are
//
//	Pair           KeySpec and Algorithm are one of the seven pairs
//	PublicKey      Public is a sound key of KeySpec, in the type that package keyspec lists
//	NewDigest      SHA-256, or SM3 after Z(A), as a well-behaved hash.Hash
//	SignDigest     signatures verify with Public, for digests at the edges too
//	Sign           crypto.Signer's method signs the same, and needs no reader
//	Buffers        the digest is neither kept nor written to, the signature is the caller's
//	Encoding       strict DER, or as many octets as the modulus has
//	LowS           s is at most n/2 (EC_P256K)
//	Salt           the salt is 32 bytes (RSA_PSS_SHA_256)
//	Nonces         no two digests are signed with one nonce (the elliptic curves)
//	DigestLength   nil, and every length to 72 and some to 4096 but 32, is InvalidParameter of "Digest"
//	Message        signer.SignMessage makes signatures that verify
//	Opts           fitting opts are accepted, rsa.PSSSaltLengthAuto among them (with a salt of 32
//	               bytes), others are InvalidParameter of "Opts"
//	MessageSigner  crypto.MessageSigner's method, if there is one, agrees
//	Certificate    crypto/x509 makes a certificate with it that verifies (RSA and EC_P256)
//	Context        nil, cancelled, expired and expiring contexts
//	Concurrency    signatures that are made simultaneously are correct
//	Secrets        nothing that prints or fails holds the private key, errors no digest
//
// Signatures are checked with [signer.NewVerifier], not with s. Where a fault
// would fail several subtests, only the first of them fails and the others, which
// could only repeat it, are skipped; run the suite again after the repair.
//
// The suite makes fewer than 120 signatures, needs no network of its own, and
// assumes nothing about time, about whether signatures are deterministic, or
// about where the key is. It signs digests of fixed texts and meaningless
// numbers. For EC_SM2 the user id is recognised if it is the default or the empty
// one; under another id NewDigest is proven to be SM3 over 32 bytes and the
// message, but that those are the Z(A) of the id that was meant cannot be known.
// Concurrency sees most data races by their effects and all of its own provoking
// under go test -race.
//
// Secrets searches the errors that the other subtests provoke for the digest of
// the call. It searches every printed form for numbers (hexadecimal, decimal, base64,
// lists of bytes and words) and tries each as the private key of Public, so that
// it works for a key that the test does not know.
//
// TestSigner fails t at once if s is nil. It is not for use from several
// goroutines at once with one t.
func TestSigner(t *testing.T, s signer.Signer) {
	t.Helper()
	if nilness.Is(s) {
		t.Fatal("the Signer is nil")
	}
	x := newSubject(s)
	for _, c := range suite {
		t.Run(c.name, func(t *testing.T) {
			r := x.run(c)
			for _, note := range r.notes {
				t.Log(note)
			}
			for _, fault := range r.faults {
				t.Error(fault)
			}
			if len(r.faults) == 0 && r.skipped != "" {
				t.Skip(r.skipped)
			}
		})
	}
}

// A check is one subtest of the suite.
type check struct {
	name string
	run  func(*report, *subject)
}

// The checks that other checks run first.
var (
	buffersCheck       = check{"Buffers", checkBuffers}
	digestLengthCheck  = check{"DigestLength", checkDigestLength}
	optsCheck          = check{"Opts", checkOpts}
	messageSignerCheck = check{"MessageSigner", checkMessageSigner}
	contextCheck       = check{"Context", checkContext}
)

// foundations are the checks whose findings the others need. They run first,
// whichever subtest is asked for.
var foundations = []check{
	{"Pair", checkPair},
	{"PublicKey", checkPublicKey},
	{"NewDigest", checkNewDigest},
	{"SignDigest", checkSignDigest},
	{"Sign", checkSign},
	buffersCheck,
}

var suite = append(foundations[:len(foundations):len(foundations)], []check{
	{"Encoding", checkEncoding},
	{"LowS", checkLowS},
	{"Salt", checkSalt},
	{"Nonces", checkNonces},
	digestLengthCheck,
	{"Message", checkMessage},
	optsCheck,
	messageSignerCheck,
	{"Certificate", checkCertificate},
	contextCheck,
	{"Concurrency", checkConcurrency},
	{"Secrets", checkSecrets},
}...)

// report is what a check found. Its methods are safe for concurrent use.
type report struct {
	mu      sync.Mutex
	faults  []string
	notes   []string
	skipped string
}

// fault records that the Signer is wrong, once per text.
func (r *report) fault(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if text := fmt.Sprintf(format, args...); !slices.Contains(r.faults, text) {
		r.faults = append(r.faults, text)
	}
}

func (r *report) note(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.notes = append(r.notes, fmt.Sprintf(format, args...))
}

func (r *report) skip(reason string) { r.skipped = reason }

// run returns what a check finds, and runs it if it has not run yet.
func (x *subject) run(c check) *report {
	if r, done := x.reports[c.name]; done {
		return r
	}
	r := &report{}
	x.reports[c.name] = r // before the foundations, of which it may be one
	for _, f := range foundations {
		if f.name == c.name {
			break
		}
		x.run(f)
	}
	func() {
		defer func() {
			if v := recover(); v != nil {
				r.fault("a method panicked: %v", v)
			}
		}()
		c.run(r, x)
	}()
	return r
}
