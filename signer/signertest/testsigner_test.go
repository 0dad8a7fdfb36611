// SPDX-License-Identifier: Apache-2.0

package signertest

import (
	"context"
	"crypto"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/kmsigner/kmsigner/internal/testrun"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/sm2z"
	"github.com/stretchr/testify/require"
)

var (
	pss   = keyspec.Pair{KeySpec: keyspec.RSA2048, Algorithm: keyspec.RSAPSSSHA256}
	pkcs1 = keyspec.Pair{KeySpec: keyspec.RSA2048, Algorithm: keyspec.RSAPKCS1SHA256}
	p256  = keyspec.Pair{KeySpec: keyspec.ECP256, Algorithm: keyspec.ECDSASHA256}
	p256k = keyspec.Pair{KeySpec: keyspec.ECP256K, Algorithm: keyspec.ECDSASHA256}
	gm    = keyspec.Pair{KeySpec: keyspec.ECSM2, Algorithm: keyspec.SM2DSA}
)

// Every right signer passes: all seven pairs, of New and of FromCrypto, hedged and
// deterministic, under every kind of user id, and behind the wrappers of this
// package.
func TestRightSignersPass(t *testing.T) {
	for _, p := range keyspec.Pairs() {
		ids := map[string][]signer.Option{"": nil}
		if p.KeySpec == keyspec.ECSM2 {
			ids = map[string][]signer.Option{
				"default id": nil,
				"empty id":   {signer.WithID(sm2z.EmptyID())},
				"custom id":  {signer.WithID(userID([]byte("alice@example.com")))},
			}
		}
		for id, opts := range ids {
			hedged, err := signer.New(Key(p.KeySpec), p.Algorithm, opts...)
			require.NoError(t, err)
			foreign, err := signer.FromCrypto(native(p.KeySpec), p.Algorithm, opts...)
			require.NoError(t, err)
			// RSA_3072 is slow, and has nothing that RSA_2048 has not.
			signers := map[string]signer.Signer{"hedged": hedged}
			if p.KeySpec != keyspec.RSA3072 || testrun.Long() {
				signers["deterministic"] = New(p, opts...)
				signers["foreign"] = foreign
				signers["by hand"] = &byHand{hedged}
			}
			if p.KeySpec != keyspec.RSA3072 {
				signers["checked"] = New(p, append(opts, signer.VerifyAfterSign())...)
				signers["slow"] = Slow(hedged, 1)
			}
			for name, s := range signers {
				t.Run(p.String()+"/"+name+" "+id, func(t *testing.T) {
					t.Parallel()
					TestSigner(t, s)
				})
			}
		}
	}
}

// native is the key itself as a crypto.Signer, as its own package makes one.
func native(k keyspec.KeySpec) crypto.Signer {
	key := Key(k)
	if k, ok := key.(*secp256k1.PrivateKey); ok {
		return k.ToECDSA()
	}
	return key.(crypto.Signer)
}

// byHand is a user's Signer: not a crypto.MessageSigner, and it wraps its context
// errors.
type byHand struct{ signer.Signer }

func (s *byHand) SignDigest(ctx context.Context, digest []byte) ([]byte, error) {
	sig, err := s.Signer.SignDigest(ctx, digest)
	if err != nil && ctx != nil && ctx.Err() != nil {
		return nil, &wrapped{err}
	}
	return sig, err
}

type wrapped struct{ error }

func (w *wrapped) Unwrap() error { return w.error }

// A signature in a cloud costs money and time: the documented bound holds.
func TestSuiteMakesFewSignatures(t *testing.T) {
	for _, p := range keyspec.Pairs() {
		c := &counting{Signer: New(p)}
		x := newSubject(c)
		for _, check := range suite {
			require.Empty(t, x.run(check).faults)
		}
		require.Less(t, c.calls.Load(), int64(120), p.String())
		require.Greater(t, c.calls.Load(), int64(40), p.String())
	}
}

// counting counts the signatures that it makes.
type counting struct {
	signer.Signer
	calls atomic.Int64
}

func (c *counting) count(sig []byte, err error) ([]byte, error) {
	if err == nil {
		c.calls.Add(1)
	}
	return sig, err
}

func (c *counting) SignDigest(ctx context.Context, digest []byte) ([]byte, error) {
	return c.count(c.Signer.SignDigest(ctx, digest))
}

func (c *counting) Sign(rand io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return c.count(c.Signer.Sign(rand, digest, opts))
}

func (c *counting) SignMessage(rand io.Reader, msg []byte, opts crypto.SignerOpts) ([]byte, error) {
	return c.count(c.Signer.(crypto.MessageSigner).SignMessage(rand, msg, opts))
}

// Each wrong signer fails one subtest, that of its fault, and no other: with KMSIGNER_LONG each
// of them, else one of three, of which another third is meant at every run.
func TestWrongSignersFail(t *testing.T) {
	require.GreaterOrEqual(t, len(wrongSigners), 25)
	names := map[string]bool{}
	third := rand.IntN(3)
	for i, w := range wrongSigners {
		others := testrun.Long() || i%3 == third
		require.False(t, names[w.name], w.name)
		names[w.name] = true
		t.Run(w.name, func(t *testing.T) {
			if w.races && raceEnabled {
				t.Skip("the race detector would fail this process, see TestTestSignerFailsItsTest")
			}
			t.Parallel()
			x := newSubject(w.make())
			var failed []string
			for _, c := range suite {
				if c.name != w.check && !others {
					continue
				}
				r := x.run(c)
				if len(r.faults) == 0 {
					continue
				}
				failed = append(failed, c.name)
				if c.name == w.check {
					require.Contains(t, strings.Join(r.faults, "\n"), w.says)
				} else {
					t.Log(c.name, r.faults)
				}
			}
			require.Equal(t, []string{w.check}, failed, "the subtests that fail")
		})
	}
}

// DigestLength sees a signer that takes one wrong length, whichever it is; one that
// takes them all is told so in a few lines, and has made few signatures.
func TestEveryDigestLengthIsTried(t *testing.T) {
	for _, size := range append(intsTo(72), 96, 128, 256, 4096) {
		if size == 32 {
			continue
		}
		s := refuses(p256, hashes(func(n int) bool { return n == size }))()
		require.Contains(t, strings.Join(newSubject(s).run(digestLengthCheck).faults, "\n"),
			fmt.Sprintf("SignDigest of %d bytes: it is not refused", size))
	}
	c := &counting{Signer: refuses(p256, hashes(func(n int) bool { return n != 32 }))()}
	r := newSubject(c).run(digestLengthCheck)
	require.Len(t, r.faults, enoughFaults)
	require.NotEmpty(t, r.notes)
	require.Less(t, c.calls.Load(), int64(60))
}

func intsTo(last int) (out []int) {
	for i := range last + 1 {
		out = append(out, i)
	}
	return out
}

// Every subtest of the suite has a wrong signer that fails it.
func TestEveryCheckCanFail(t *testing.T) {
	caught := map[string]bool{}
	for _, w := range wrongSigners {
		caught[w.check] = true
	}
	for _, c := range suite {
		require.True(t, caught[c.name], c.name)
	}
}

// A subtest that runs alone, as with go test -run, finds what it finds in the
// whole suite: with KMSIGNER_LONG for every wrong signer, else for one of each check.
func TestChecksRunAlone(t *testing.T) {
	all, done := testrun.Long(), map[string]bool{}
	for _, w := range wrongSigners {
		if w.races || done[w.check] && !all {
			continue
		}
		done[w.check] = true
		for _, c := range suite {
			if c.name == w.check {
				require.NotEmpty(t, newSubject(w.make()).run(c).faults, w.name)
			}
		}
	}
}

// TestSigner passes its findings on to testing.T, which takes a process that is
// allowed to fail. Under -race, data races are among the findings.
func TestTestSignerFailsItsTest(t *testing.T) {
	const env = "KMSIGNER_TEST_WRONG_SIGNER"
	switch name := os.Getenv(env); name {
	case "":
	case "nil":
		TestSigner(t, nil)
		return
	case "typed nil":
		TestSigner(t, (*byHand)(nil))
		return
	case "right":
		TestSigner(t, New(p256))
		return
	case "data race without effect":
		TestSigner(t, newTally())
		return
	default:
		for _, w := range wrongSigners {
			if w.name == name {
				TestSigner(t, w.make())
			}
		}
		return
	}
	exe, err := os.Executable()
	require.NoError(t, err)
	children := map[string]string{
		"right":                    "",
		"nil":                      "the Signer is nil",
		"typed nil":                "the Signer is nil",
		"data race without effect": "",
	}
	if raceEnabled {
		children["data race without effect"] = "race detected during execution of test"
	}
	for _, w := range wrongSigners {
		if w.races || w.name == "high s" || w.name == "panic on nil digest" {
			children[w.name] = "--- FAIL: TestTestSignerFailsItsTest/" + w.check
		}
	}
	for name, says := range children {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command(exe, "-test.run=^TestTestSignerFailsItsTest$", "-test.v")
			cmd.Env = append(os.Environ(), env+"="+name)
			out, err := cmd.CombinedOutput()
			if says == "" {
				require.NoError(t, err, "%s", out)
				require.Contains(t, string(out), "--- PASS: TestTestSignerFailsItsTest/Secrets")
				return
			}
			require.Error(t, err, "%s", out)
			require.Contains(t, string(out), says)
		})
	}
}

// tally counts its signatures without a lock: nothing shows but to the race
// detector.
type tally struct {
	bent
	count *int
}

func newTally() *tally {
	s := &tally{bent{Signer: New(p256)}, new(int)}
	s.core = func(digest []byte) ([]byte, error) {
		*s.count++
		return s.Signer.SignDigest(background, digest)
	}
	return s
}
