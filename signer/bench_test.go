// SPDX-License-Identifier: Apache-2.0

package signer_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"hash"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	decred "github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm3"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/stretchr/testify/require"
)

// beside runs ours and the primitive in turn, so that whatever else the machine
// does hits both, and reports the ratio of the median times, each in ns, and the
// difference of the allocations.
func beside(b *testing.B, ours, primitive func()) {
	ours()
	primitive()
	timed := func(f func()) time.Duration {
		start := time.Now()
		f()
		return time.Since(start)
	}
	var ourTimes, primitiveTimes []time.Duration
	for i := 0; b.Loop(); i++ {
		if i%2 == 0 { // neither always runs in the other's wake
			ourTimes = append(ourTimes, timed(ours))
			primitiveTimes = append(primitiveTimes, timed(primitive))
		} else {
			primitiveTimes = append(primitiveTimes, timed(primitive))
			ourTimes = append(ourTimes, timed(ours))
		}
	}
	median := func(d []time.Duration) float64 {
		slices.Sort(d)
		return float64(d[len(d)/2])
	}
	o, p := median(ourTimes), median(primitiveTimes)
	b.ReportMetric(0, "ns/op") // of both together: it means nothing
	b.ReportMetric(o, "ns/ours")
	b.ReportMetric(p, "ns/primitive")
	b.ReportMetric(o/p, "ratio")
	allocs := testing.AllocsPerRun(20, ours)
	b.ReportMetric(allocs, "allocs")
	b.ReportMetric(allocs-testing.AllocsPerRun(20, primitive), "more-allocs")
}

// BenchmarkSign is SignDigest beside the bare primitive on the same key.
func BenchmarkSign(b *testing.B) {
	digest := sha256.Sum256([]byte("benchmark"))
	for _, p := range keyspec.Pairs() {
		for _, mode := range []string{"hedged", "deterministic"} {
			var opts []signer.Option
			if mode == "deterministic" {
				opts = append(opts, signer.Deterministic())
			}
			s := newSigner(b, p, opts...)
			primitive := primitiveSigner(b, p, mode == "deterministic")
			b.Run(p.String()+"/"+mode, func(b *testing.B) {
				beside(b,
					func() { s.SignDigest(background, digest[:]) },
					func() { primitive(digest[:]) })
			})
		}
	}
}

func primitiveSigner(b *testing.B, p keyspec.Pair, deterministic bool) func(digest []byte) {
	b.Helper()
	random := rand.Reader
	if deterministic {
		random = nil
	}
	switch key := testKey(b, p.KeySpec).(type) {
	case *rsa.PrivateKey:
		if p.Algorithm == keyspec.RSAPKCS1SHA256 {
			return func(digest []byte) { rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest) }
		}
		opts := &rsa.PSSOptions{SaltLength: 32}
		return func(digest []byte) {
			if deterministic {
				rsa.SignPSS(bytes.NewReader(digest), key, crypto.SHA256, digest, opts)
			} else {
				rsa.SignPSS(random, key, crypto.SHA256, digest, opts)
			}
		}
	case *ecdsa.PrivateKey:
		return func(digest []byte) { key.Sign(random, digest, crypto.SHA256) }
	case *secp256k1.PrivateKey:
		return func(digest []byte) { decred.Sign(key, digest).Serialize() } // has no hedged form
	case *sm2.PrivateKey:
		return func(digest []byte) { key.Sign(random, digest, nil) }
	}
	b.Fatal(p)
	return nil
}

// BenchmarkVerify is VerifyDigest beside the bare primitive.
func BenchmarkVerify(b *testing.B) {
	digest := sha256.Sum256([]byte("benchmark"))
	for _, p := range keyspec.Pairs() {
		s := newSigner(b, p)
		v := newVerifier(b, s)
		sig, err := s.SignDigest(background, digest[:])
		require.NoError(b, err)
		b.Run(p.String(), func(b *testing.B) {
			beside(b,
				func() { v.VerifyDigest(digest[:], sig) },
				func() { primitiveVerifies(b, s.Public(), p.Algorithm, digest[:], sig) })
		})
	}
}

// BenchmarkMessage is SignMessage of 16 MiB beside the bare hash.
func BenchmarkMessage(b *testing.B) {
	message := make([]byte, 16<<20)
	for _, p := range []keyspec.Pair{p256Pair, sm2Pair} {
		s := newSigner(b, p)
		newHash := map[keyspec.Pair]func() hash.Hash{p256Pair: sha256.New, sm2Pair: sm3.New}[p]
		b.Run(p.String(), func(b *testing.B) {
			beside(b,
				func() { signer.SignMessage(background, s, bytes.NewReader(message)) },
				func() {
					h := newHash()
					io.Copy(h, bytes.NewReader(message))
					h.Sum(nil)
				})
		})
	}
}

// BenchmarkSignDigests is a batch on all processors beside one signature at a time
// on one of them: the ratio is time to time, 0.5 on two processors would be ideal
// where a batch shares nothing.
func BenchmarkSignDigests(b *testing.B) {
	digests := make([][]byte, 128)
	for i := range digests {
		digest := sha256.Sum256([]byte{byte(i)})
		digests[i] = digest[:]
	}
	for _, p := range keyspec.Pairs() {
		s := newSigner(b, p)
		b.Run(p.String(), func(b *testing.B) {
			beside(b,
				func() { signer.SignDigests(background, s, digests) },
				func() {
					for _, digest := range digests {
						s.SignDigest(background, digest)
					}
				})
		})
	}
}

func BenchmarkNew(b *testing.B) {
	for _, p := range keyspec.Pairs() {
		key := testKey(b, p.KeySpec)
		b.Run(p.String(), func(b *testing.B) {
			for b.Loop() {
				signer.New(key, p.Algorithm)
			}
		})
	}
}

func BenchmarkSelfTest(b *testing.B) {
	for b.Loop() {
		signer.SelfTest()
	}
}
