// SPDX-License-Identifier: Apache-2.0

package signer

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"math/big"
	"slices"
	"testing"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/testrun"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/stretchr/testify/require"
)

// rsaVerdicts is what verifies one RSA pair in different arithmetic.
type rsaVerdicts struct {
	key       *rsa.PrivateKey
	own       []rsaPublic // math/big and, where there is one, the kernel
	fits      func(message, digest []byte) bool
	encode    func(digest []byte) []byte
	cryptoRSA func(digest, sig []byte) error
}

func rsaVerdictsOf(t testing.TB, pair keyspec.Pair) rsaVerdicts {
	key := rsaKey(t, pair.KeySpec)
	v := rsaVerdicts{key: key, own: []rsaPublic{slowPublic{&key.PublicKey}}}
	if public := newRSAPublic(&key.PublicKey); public != nil {
		v.own = append(v.own, public)
	}
	if pair.Algorithm == keyspec.RSAPKCS1SHA256 {
		v.fits = fitsPKCS1
		v.encode = func(digest []byte) []byte { return encodePKCS1(digest, key.Size()) }
		v.cryptoRSA = func(digest, sig []byte) error {
			return rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, digest, sig)
		}
		return v
	}
	v.fits = fitsPSS
	v.encode = func(digest []byte) []byte {
		var salt [32]byte
		rand.Read(salt[:])
		return encodePSS(digest, &salt, key.Size())
	}
	v.cryptoRSA = func(digest, sig []byte) error {
		opts := pssOptions
		return rsa.VerifyPSS(&key.PublicKey, crypto.SHA256, digest, sig, &opts)
	}
	return v
}

// slowPublic is the public operation written out.
type slowPublic struct{ key *rsa.PublicKey }

func (k slowPublic) Recover(message, signature []byte) bool {
	s := new(big.Int).SetBytes(signature)
	if len(signature) != k.key.Size() || s.Cmp(k.key.N) >= 0 {
		return false
	}
	s.Exp(s, big.NewInt(int64(k.key.E)), k.key.N).FillBytes(message)
	return true
}

// agree requires that our arithmetic alone says of a signature what crypto/rsa says, and
// returns it.
func (v rsaVerdicts) agree(t testing.TB, digest, sig []byte, what string) (valid bool) {
	t.Helper()
	valid = v.cryptoRSA(digest, sig) == nil
	for _, public := range v.own {
		message := make([]byte, v.key.Size())
		got := public.Recover(message, sig) && v.fits(message, digest)
		if got != valid {
			t.Fatalf("%T on %s: %v, crypto/rsa says %v\ndigest %x\nsignature %x", public, what, got, valid, digest, sig)
		}
		if batch, ok := public.(rsaPublicBatch); ok {
			messages := [][]byte{nil, nil, nil, nil, nil}
			for i := range messages {
				messages[i] = make([]byte, v.key.Size())
			}
			recovered := batch.RecoverBatch(messages, slices.Repeat([][]byte{sig}, len(messages)))
			for i, message := range messages {
				if got := recovered[i] && v.fits(message, digest); got != valid {
					t.Fatalf("%T in a batch on %s: %v, crypto/rsa says %v\ndigest %x\nsignature %x", public, what, got, valid, digest, sig)
				}
			}
		}
	}
	return valid
}

// raw signs an encoded message as it is, or returns nil if it is not below the modulus.
func (v rsaVerdicts) raw(em []byte) []byte {
	m := new(big.Int).SetBytes(em)
	if m.Cmp(v.key.N) >= 0 {
		return nil
	}
	return privateOperation(v.key, m)
}

// TestVerifyMutants changes valid encoded messages bit by bit and in every way in which
// verifiers have been too lenient, and signs them with the private key.
func TestVerifyMutants(t *testing.T) {
	digest := sha256.Sum256([]byte("a message"))
	for _, pair := range keyspec.Pairs()[:4] { // RSA
		t.Run(pair.String(), func(t *testing.T) {
			v := rsaVerdictsOf(t, pair)
			size := v.key.Size()
			em := v.encode(digest[:])
			require.True(t, v.agree(t, digest[:], v.raw(em), "a good one"))
			step := 1
			if !testrun.Long() {
				step = 23
			}
			for i := 0; i < size; i += step {
				mutant := bytes.Clone(em)
				mutant[i] ^= 1 << (i % 8)
				sig := v.raw(mutant)
				require.False(t, sig != nil && v.agree(t, digest[:], sig, "a flipped bit"), "byte %d", i)
			}
			mutants := pkcs1Mutants(digest[:], size)
			if pair.Algorithm == keyspec.RSAPSSSHA256 {
				mutants = pssMutants(digest[:], size)
			}
			for name, mutant := range mutants {
				sig := v.raw(mutant)
				require.NotNil(t, sig, name)
				require.False(t, v.agree(t, digest[:], sig, name), name)
			}

			good := v.raw(em)
			n := v.key.N.FillBytes(make([]byte, size))
			plusN := new(big.Int).Add(new(big.Int).SetBytes(good), v.key.N)
			for name, sig := range map[string][]byte{
				"none": nil, "short": good[1:],
				"leading zero": append([]byte{0}, good...), "trailing zero": append(bytes.Clone(good), 0),
				"0": make([]byte, size), "n": n, "s + n": plusN.Bytes(), "ones": bytes.Repeat([]byte{0xff}, size),
				"n - s": new(big.Int).Sub(v.key.N, new(big.Int).SetBytes(good)).FillBytes(make([]byte, size)),
			} {
				require.False(t, v.agree(t, digest[:], sig, name), name)
			}
		})
	}
}

// pkcs1Mutants are wrong encodings of RSASSA-PKCS1-v1_5.
func pkcs1Mutants(digest []byte, size int) map[string][]byte {
	build := func(head, info []byte) []byte { // 00 head FF .. FF 00 info digest
		tail := append(append([]byte{0}, info...), digest...)
		em := append([]byte{0}, head...)
		for len(em) < size-len(tail) {
			em = append(em, 0xff)
		}
		return append(em, tail...)
	}
	info := []byte(sha256Info)
	noNull := []byte("\x30\x2f\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x04\x20")
	longLength := []byte("\x30\x81\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20")
	sha512Info := []byte("\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x20")
	shortPadding := make([]byte, size) // 00 01 FF.. 00 DigestInfo garbage: Bleichenbacher's of 2006
	copy(shortPadding, build([]byte{1}, info)[size-len(info)-len(digest)-1-8-2:])
	shortPadding[0], shortPadding[1] = 0, 1
	return map[string][]byte{
		"block type 2": build([]byte{2}, info), "block type 0": build([]byte{0}, info),
		"no NULL": build([]byte{1}, noNull), "BER length": build([]byte{1}, longLength),
		"another hash": build([]byte{1}, sha512Info), "no DigestInfo": build([]byte{1}, nil),
		"short padding, garbage behind": shortPadding,
		"a byte in the padding":         build([]byte{1, 0xfe}, info),
		"padding ends early":            build([]byte{1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0}, info),
		"0":                             make([]byte, size),
		"1":                             append(make([]byte, size-1), 1),
	}
}

// pssMutants are wrong encodings of RSASSA-PSS, and good ones with other parameters.
func pssMutants(digest []byte, size int) map[string][]byte {
	salt := sha256.Sum256([]byte("salt"))
	// build masks a DB of the right length around the hash of a salt.
	build := func(salt []byte, db func(db []byte)) []byte {
		h := hashPSSAnySalt(digest, salt)
		em := make([]byte, size)
		plain := em[:size-33]
		plain[len(plain)-len(salt)-1] = 1
		copy(plain[len(plain)-len(salt):], salt)
		db(plain)
		maskMGF1(plain, &h)
		plain[0] &= 0x7f
		copy(em[len(plain):], h[:])
		em[size-1] = 0xbc
		return em
	}
	same := func([]byte) {}
	mutants := map[string][]byte{
		"no salt": build(nil, same), "salt of 20": build(salt[:20], same), "salt of 31": build(salt[:31], same),
		"salt of 33":               build(append(salt[:], 1), same),
		"longest salt":             build(bytes.Repeat([]byte{7}, size-34), same),
		"padding not zero":         build(salt[:], func(db []byte) { db[1] = 1 }),
		"first bit of the padding": build(salt[:], func(db []byte) { db[0] |= 0x40 }),
		"last of the padding":      build(salt[:], func(db []byte) { db[len(db)-34] = 1 }),
		"separator 0":              build(salt[:], func(db []byte) { db[len(db)-33] = 0 }),
		"separator 2":              build(salt[:], func(db []byte) { db[len(db)-33] = 2 }),
		"separator 81":             build(salt[:], func(db []byte) { db[len(db)-33] = 0x81 }),
		"1":                        append(make([]byte, size-1), 1),
	}
	for _, trailer := range []byte{0, 0xcc, 0xbd, 0x3c} {
		em := encodePSS(digest, &salt, size)
		em[size-1] = trailer
		mutants["trailer "+string(trailer)] = em
	}
	return mutants
}

func hashPSSAnySalt(digest, salt []byte) [32]byte {
	return sha256.Sum256(append(append(make([]byte, 8), digest...), salt...))
}

// TestVerifyKernelInDoubt: crypto/rsa decides what our arithmetic does not accept, and all
// that follows where our arithmetic was wrong.
func TestVerifyKernelInDoubt(t *testing.T) {
	pair := keyspec.Pair{KeySpec: keyspec.RSA2048, Algorithm: keyspec.RSAPKCS1SHA256}
	v := rsaVerdictsOf(t, pair)
	digest, other := sha256.Sum256(nil), sha256.Sum256([]byte{1})
	sig := v.raw(v.encode(digest[:]))
	latch, asked := new(kernelLatch), 0
	flipped := recoverFunc(func(message, signature []byte) bool {
		asked++
		ok := slowPublic{&v.key.PublicKey}.Recover(message, signature)
		if asked == 3 {
			message[100] ^= 4
		}
		return ok
	})
	verify := verifyKernel(flipped, v.key.Size(), latch, v.fits, v.cryptoRSA).one
	before := Withheld()
	require.NoError(t, verify(digest[:], sig))
	require.ErrorIs(t, verify(other[:], sig), errors.InvalidSignature)
	require.False(t, latch.wrong.Load())
	require.Equal(t, before, Withheld())

	require.NoError(t, verify(digest[:], sig), "a valid signature, which our arithmetic has refused")
	require.True(t, latch.wrong.Load())
	require.Equal(t, before+1, Withheld())

	require.NoError(t, verify(digest[:], sig))
	require.ErrorIs(t, verify(other[:], sig), errors.InvalidSignature)
	require.Equal(t, 3, asked, "it is not asked again")
	require.Equal(t, before+1, Withheld())
}

// TestVerifyKernelInDoubt_batch is TestVerifyKernelInDoubt for batches.
func TestVerifyKernelInDoubt_batch(t *testing.T) {
	pair := keyspec.Pair{KeySpec: keyspec.RSA2048, Algorithm: keyspec.RSAPSSSHA256}
	v := rsaVerdictsOf(t, pair)
	digest, other := sha256.Sum256(nil), sha256.Sum256([]byte{1})
	sig := v.raw(v.encode(digest[:]))
	latch, asked := new(kernelLatch), 0
	public := slowBatch{slowPublic{&v.key.PublicKey}, func(messages [][]byte) {
		asked++
		if asked == 2 {
			messages[1][100] ^= 4
		}
	}}
	verify := verifyKernel(public, v.key.Size(), latch, v.fits, v.cryptoRSA).batch
	before := Withheld()
	for round := range 3 {
		results := slices.Repeat([]error{errors.Internal}, 4)
		verify([][]byte{digest[:], digest[:], other[:], digest[:]}, [][]byte{sig, sig, sig, nil}, results)
		require.NoError(t, results[0])
		require.NoError(t, results[1])
		require.ErrorIs(t, results[2], errors.InvalidSignature)
		require.ErrorIs(t, results[3], errors.InvalidSignature)
		require.Equal(t, round > 0, latch.wrong.Load())
	}
	require.Equal(t, 2, asked, "it is not asked again")
	require.Equal(t, before+1, Withheld())
}

// slowBatch is slowPublic for batches, with a function that may change the messages.
type slowBatch struct {
	slowPublic
	change func(messages [][]byte)
}

func (k slowBatch) Lanes() bool { return true }

func (k slowBatch) RecoverBatch(messages, signatures [][]byte) (recovered []bool) {
	for i, sig := range signatures {
		recovered = append(recovered, k.Recover(messages[i], sig))
	}
	k.change(messages)
	return recovered
}

type recoverFunc func(message, signature []byte) bool

func (f recoverFunc) Recover(message, signature []byte) bool { return f(message, signature) }

// FuzzVerifyRSA compares our verdict with crypto/rsa's on any signature and, with the
// private key, on any encoded message.
func FuzzVerifyRSA(f *testing.F) {
	var all []rsaVerdicts
	for _, pair := range keyspec.Pairs()[:4] { // RSA
		all = append(all, rsaVerdictsOf(f, pair))
	}
	digest := sha256.Sum256([]byte("a message"))
	for i, v := range all {
		em := v.encode(digest[:])
		f.Add(uint8(i), digest[:], v.raw(em))
		f.Add(uint8(i|4), digest[:], em)
	}
	f.Fuzz(func(t *testing.T, which uint8, digest, input []byte) {
		v, h := all[which%4], sha256.Sum256(digest)
		if len(digest) == 32 {
			h = [32]byte(digest)
		}
		if which&4 != 0 {
			em := make([]byte, v.key.Size())
			copy(em, input)
			if input = v.raw(em); input == nil {
				return
			}
		}
		v.agree(t, h[:], input, "fuzzed input")
	})
}
