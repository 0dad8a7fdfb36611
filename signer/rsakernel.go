// SPDX-License-Identifier: Apache-2.0

package signer

import (
	"crypto/rsa"
	"slices"
	"strconv"
	"sync/atomic"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/ecifma"
	"github.com/kmsigner/kmsigner/internal/rsakey"
)

// An rsaKernel is the RSA private operation, RSASP1 of RFC 8017, section 5.2.1, in
// arithmetic of our own: *rsakey.Key. It checks its results with the public key and
// has no signature where that fails. Without lanes SignBatch signs one by one.
type rsaKernel interface {
	Sign(message []byte) []byte
	SignBatch(messages, signatures [][]byte)
	Lanes() bool
}

// An rsaPublic is the RSA public operation, RSAVP1 of RFC 8017, section 5.2.2, where it is
// faster than crypto/rsa's. It returns false, and leaves message as it is, if the
// signature is not as long as the modulus or not below it.
type rsaPublic interface {
	Recover(message, signature []byte) bool
}

// An rsaPublicBatch is an rsaPublic with Recover for several signatures: with lanes for less than
// one by one.
type rsaPublicBatch interface {
	RecoverBatch(messages, signatures [][]byte) (recovered []bool)
	Lanes() bool
}

// rsaScheme is what both RSA schemes share.
type rsaScheme struct {
	boundKey
	sha256Digest
	portable bool
	latch    *kernelLatch
}

func newRSAScheme(id boundKey, c config) rsaScheme {
	return rsaScheme{boundKey: id, portable: c.portable, latch: new(kernelLatch)}
}

// A kernelLatch remembers that the kernel of one signer or verifier has computed wrongly.
// It is not asked again: crypto/rsa does all that follows.
type kernelLatch struct{ wrong atomic.Bool }

func (l *kernelLatch) set() {
	l.wrong.Store(true)
	withheld.Add(1)
}

var withheld atomic.Uint64

// Withheld returns how many results of this package's own RSA arithmetic, and of the eight
// lanes of the curves, this process has found to be wrong. None of
// them was returned: crypto/rsa, or code without lanes, computed them again, and computes
// everything for that Signer or Verifier from then on. It is zero on a machine that computes
// rightly. Export it as a metric, and take a machine where it is not zero out of service:
// its processor or its memory is at fault.
func Withheld() uint64 { return withheld.Load() + ecifma.Withheld() }

// signFuncsOf signs with the kernel that suits the machine and the key, if there is one, and
// otherwise with crypto/rsa. encode makes the encoded message of a digest.
func (s rsaScheme) signFuncsOf(
	key *rsa.PrivateKey, encode func(digest []byte) []byte, cryptoRSA func(digest []byte) ([]byte, error),
) signFuncs {
	if !s.portable {
		if kernel := rsakey.New(key); kernel != nil {
			return signKernel(kernel, s.latch, encode, cryptoRSA)
		}
	}
	return signFuncs{one: cryptoRSA}
}

// signKernel signs with the kernel, and with crypto/rsa what the kernel gets wrong and all
// that follows.
func signKernel(
	kernel rsaKernel, latch *kernelLatch,
	encode func(digest []byte) []byte, cryptoRSA func(digest []byte) ([]byte, error),
) signFuncs {
	funcs := signFuncs{
		one: func(digest []byte) ([]byte, error) {
			if !latch.wrong.Load() {
				if sig := kernel.Sign(encode(digest)); sig != nil {
					return sig, nil
				}
				latch.set()
			}
			return cryptoRSA(digest)
		},
	}
	if kernel.Lanes() {
		funcs.batch = func(digests, signatures [][]byte) (err error) {
			asked := !latch.wrong.Load()
			if asked {
				messages := make([][]byte, len(digests))
				for i, digest := range digests {
					messages[i] = encode(digest)
				}
				kernel.SignBatch(messages, signatures)
			}
			for i, sig := range signatures {
				if asked && sig != nil {
					continue
				}
				if asked {
					latch.set()
				}
				if signatures[i], err = cryptoRSA(digests[i]); err != nil {
					return err
				}
			}
			return nil
		}
	}
	return funcs
}

// verifyFuncsOf verifies with the public operation that is fastest for the machine and the
// key. fits reports whether a message is an encoding of the digest, and may write to it.
func (s rsaScheme) verifyFuncsOf(
	pub *rsa.PublicKey, fits func(message, digest []byte) bool, cryptoRSA func(digest, sig []byte) error,
) verifyFuncs {
	if !s.portable {
		if public := newRSAPublic(pub); public != nil {
			return verifyKernel(public, pub.Size(), s.latch, fits, cryptoRSA)
		}
	}
	return verifyFuncs{one: func(digest, sig []byte) error { return verdict(cryptoRSA(digest, sig)) }}
}

// verdict is crypto/rsa's error of a verification as one of this library. An error but
// ErrVerification says nothing of the signature: in the FIPS 140-only mode it is about the key.
func verdict(err error) error {
	if errors.Is(err, rsa.ErrVerification) {
		return misfit(doesNotFit)
	}
	return primitive(err)
}

// verifyKernel accepts a signature if the public operation recovers an encoding of the digest.
// In doubt crypto/rsa decides: it alone says that a signature is invalid.
func verifyKernel(
	public rsaPublic, size int, latch *kernelLatch,
	fits func(message, digest []byte) bool, cryptoRSA func(digest, sig []byte) error,
) verifyFuncs {
	decide := func(digest, sig []byte, asked bool) error {
		if err := verdict(cryptoRSA(digest, sig)); err != nil {
			return err
		}
		if asked { // the signature is valid, the kernel did not find it so
			latch.set()
		}
		return nil
	}
	funcs := verifyFuncs{one: func(digest, sig []byte) error {
		asked := !latch.wrong.Load()
		if asked {
			message := make([]byte, size)
			if public.Recover(message, sig) && fits(message, digest) {
				return nil
			}
		}
		return decide(digest, sig, asked)
	}}
	if batch, ok := public.(rsaPublicBatch); ok && batch.Lanes() {
		funcs.batch = func(digests, sigs [][]byte, results []error) {
			asked := !latch.wrong.Load()
			var messages [][]byte
			var recovered []bool
			if asked {
				messages = slices.Collect(slices.Chunk(make([]byte, size*len(sigs)), size))
				recovered = batch.RecoverBatch(messages, sigs)
			}
			for i, sig := range sigs {
				if asked && recovered[i] && fits(messages[i], digests[i]) {
					results[i] = nil
				} else {
					results[i] = decide(digests[i], sig, asked)
				}
			}
		}
	}
	return funcs
}

// kernelFailed reports whether own arithmetic of the signer or verifier has computed wrongly.
func (s rsaScheme) kernelFailed() bool { return s.latch.wrong.Load() }

// checkForeign takes a signature that is as long as the modulus.
func (s rsaScheme) checkForeign(sig []byte) ([]byte, error) {
	if want := s.pair.MaxSignatureSize(); len(sig) != want {
		return nil, internal("the key's owner returned "+strconv.Itoa(len(sig))+" bytes, a signature has "+strconv.Itoa(want), nil)
	}
	return sig, nil
}
