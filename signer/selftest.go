// SPDX-License-Identifier: Apache-2.0

package signer

import (
	"bytes"
	"context"
	"crypto"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"sync"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/testkeys"
	"github.com/kmsigner/kmsigner/keyspec"
)

// knownAnswers are the SHA-256 of the deterministic signatures, by pair in the
// order of [keyspec.Pairs], of the digest SHA-256("kmsigner self-test") with the
// published TESTING keys. OpenSSL verifies the signatures.
var knownAnswers = [...]string{
	"f8839128d315b094ec2b7b114ea622fbfc2ca08b7970bb45cf6f59e0ca29baa6",
	"bf5c505efe0304fb87edd4eb6a034e4d94aa8e520b6b48f9d575e8fd2c83e005",
	"6c858fd89fec0cd37277701f018c8d931bfbd9517f5ed5cc454c886346a581f0",
	"1d94b6a0279bdcfa148f40b17a1da6564600545edd1a1130e1905220dc1c03db",
	"4ea36c09418453d012d7b947c95ebce457d34bfb5ad09f03929d6f0d437d9cf7",
	"2912aa1ca928de76cfa9192b1fcde19a3d6ad17cdad8e7a22f71f255f6a07b18",
	"909f225fcad6bb82ef55181d98816daa7db10fdebc51298d9aec491ff5ca27ba",
}

// The row of gmsm's issue 560: a valid signature that gmsm v0.41.1 to v0.44.0
// rejected on amd64 with BMI2 and ADX, where random tests found nothing. The
// digest is 32 zero bytes.
const (
	gmsm560Key = "3059301306072a8648ce3d020106082a811ccf5501822d03420004" +
		"ef4de57af00ae424c00c4caadff7193f804a19dd73a7e2954db9d0d15ab4cbba" +
		"67728c3f4572878b7a674735da9fde1682fe2d9e0799c4a5cde57e3d473039a2"
	gmsm560Signature = "3046022100be0ea64e1ec06f0d247093f3ccbbadcfb6260224272f86ddb78326e7cd6c7560" +
		"022100e9f6ab2fcc48a2cef94838e66b5c7e21fd8e4de25990dd98ca5243f4966f2853"
)

// SelfTest signs and verifies known answers with all seven pairs and verifies the
// published row that broken SM2 arithmetic gets wrong. Where a pair has code of its own for
// batches, it signs and verifies a batch, too. It takes some 25
// milliseconds of processor time, nearly all of it RSA, on all processors. It needs
// no key and touches none of yours; call it at start-up where a regulation or an
// operator asks for it. An error has the code Internal and names every pair
// that this machine computes wrongly, also where the standard library has corrected it
// (see [Withheld]), or that this build cannot compute: see docs/signing.md on Go's
// FIPS 140-only mode and BoringCrypto.
func SelfTest() error {
	return selfTest(knownAnswers[:], gmsm560Signature)
}

func selfTest(answers []string, gmsm560 string) error {
	specs := keyspec.All()
	errs := make([]error, len(specs)+1)
	var all sync.WaitGroup
	for i, spec := range specs {
		all.Go(func() { errs[i] = recovered(func() error { return selfTestSpec(spec, answers) }) })
	}
	errs[len(specs)] = recovered(func() error { return selfTestGmsm560(gmsm560) })
	all.Wait()
	return errors.Join(errs...)
}

// selfTestSpec tests the pairs of one key spec, on one key.
func selfTestSpec(spec keyspec.KeySpec, answers []string) error {
	key, err := testkeys.Key(spec)
	if err != nil {
		return internal("self-test of "+string(spec)+": key", err)
	}
	pairs := keyspec.Pairs()
	errs := make([]error, len(pairs))
	var all sync.WaitGroup
	for i, pair := range pairs {
		if pair.KeySpec == spec {
			all.Go(func() { errs[i] = recovered(func() error { return selfTestPair(pair, key, answers[i]) }) })
		}
	}
	all.Wait()
	return errors.Join(errs...)
}

// recovered makes an error of a panic: in a goroutine it would end the program.
func recovered(test func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = internal("self-test: panic: "+fmt.Sprint(v), nil)
		}
	}()
	return test()
}

func selfTestPair(pair keyspec.Pair, key crypto.PrivateKey, want string) error {
	s, err := newInMemory(key, pair.Algorithm, []Option{Deterministic()}) // parsing has checked it
	if err != nil {
		return selfTestError(pair, "signer", err)
	}
	v, err := NewVerifier(s.Public(), pair.Algorithm)
	if err != nil {
		return selfTestError(pair, "verifier", err)
	}
	return selfTestSigner(pair, s.(*signer), v.(*verifier), want)
}

func selfTestError(pair keyspec.Pair, what string, cause error) error {
	return internal("self-test of "+pair.String()+": "+what, cause)
}

// selfTestBatch is the number of digests in a batch: as many as our RSA arithmetic signs at
// once.
const selfTestBatch = 8

// selfTestVerifications is the number of signatures in a batch: two groups of eight, and enough for
// a table of the key, so that from then on a single verification takes eight lanes, too.
const selfTestVerifications = 16

// selfTestSigner tests one signer, one digest at a time and in a batch, and one verifier.
func selfTestSigner(pair keyspec.Pair, s *signer, v *verifier, want string) error {
	fail := func(what string, cause error) error { return selfTestError(pair, what, cause) }
	digest := sha256.Sum256([]byte("kmsigner self-test"))
	sig, err := s.SignDigest(context.Background(), digest[:])
	if err != nil {
		return fail("signing", err)
	}
	if got := sha256.Sum256(sig); hex.EncodeToString(got[:]) != want {
		return fail("the signature is not the known one", nil)
	}
	if err := v.VerifyDigest(digest[:], sig); err != nil {
		return fail("the signature does not verify", err)
	}
	if s.sign.batch != nil {
		signatures := make([][]byte, selfTestBatch)
		if err := s.sign.batch(slices.Repeat([][]byte{digest[:]}, selfTestBatch), signatures); err != nil {
			return fail("signing a batch", err)
		}
		for _, got := range signatures {
			if !bytes.Equal(got, sig) {
				return fail("a signature of a batch is not the known one", nil)
			}
		}
	}
	wrong := digest
	wrong[0] ^= 1
	if err := v.VerifyDigest(wrong[:], sig); !errors.Is(err, errors.InvalidSignature) {
		return fail("a wrong digest is not refused", err)
	}
	if v.verify.batch != nil {
		digests := slices.Repeat([][]byte{digest[:]}, selfTestVerifications)
		digests[selfTestVerifications/2] = wrong[:]
		results := make([]error, len(digests))
		v.verify.batch(digests, slices.Repeat([][]byte{sig}, len(digests)), results)
		for i, err := range append(results, v.VerifyDigest(digest[:], sig)) {
			switch {
			case i == selfTestVerifications/2 && !errors.Is(err, errors.InvalidSignature):
				return fail("a wrong digest in a batch is not refused", err)
			case i != selfTestVerifications/2 && err != nil:
				return fail("a signature in a batch, or after it, does not verify", err)
			}
		}
	}
	// crypto/rsa hides it by signing and verifying instead.
	for _, scheme := range []scheme{s.scheme, v.scheme} {
		if own, ok := scheme.(interface{ kernelFailed() bool }); ok && own.kernelFailed() {
			return fail("our own arithmetic computes wrongly, and crypto/rsa has taken its place", nil)
		}
	}
	if s.sign.lanesFailed != nil && s.sign.lanesFailed() {
		return fail("our own arithmetic computes wrongly in lanes, and signs without them instead", nil)
	}
	if v.verify.lanesFailed != nil && v.verify.lanesFailed() {
		return fail("our own arithmetic computes wrongly in lanes, and verifies without them instead", nil)
	}
	return nil
}

func selfTestGmsm560(signature string) error {
	fail := func(what string, cause error) error {
		return internal("self-test of EC_SM2/SM2DSA, gmsm's issue 560: "+what, cause)
	}
	spki, _ := hex.DecodeString(gmsm560Key)
	sig, _ := hex.DecodeString(signature)
	pub, err := keyspec.ParsePublicKey(spki)
	if err != nil {
		return fail("key", err)
	}
	v, err := NewVerifier(pub, keyspec.SM2DSA)
	if err != nil {
		return fail("verifier", err)
	}
	if err := v.VerifyDigest(make([]byte, v.NewDigest().Size()), sig); err != nil {
		return fail("a valid signature is refused", err)
	}
	return nil
}
