// SPDX-License-Identifier: Apache-2.0

package signer

import (
	"context"
	"crypto"
	"crypto/fips140"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"math/big"
	"os"
	"os/exec"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/kmsigner/kmsigner/internal/rsaadx"
	"github.com/kmsigner/kmsigner/internal/rsaifma"
	"github.com/kmsigner/kmsigner/internal/testkeys"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/stretchr/testify/require"
)

// slowKernel is the kernel by math/big: it shows on any machine what the signer makes
// of one. It withholds what wrong says.
type slowKernel struct {
	key   *rsa.PrivateKey
	wrong func(message []byte) bool
}

func (k slowKernel) Sign(message []byte) []byte {
	if k.wrong(message) {
		return nil
	}
	return privateOperation(k.key, new(big.Int).SetBytes(message))
}

// privateOperation is m^d mod n by RFC 8017, section 5.1.2, step 2b.
func privateOperation(key *rsa.PrivateKey, m *big.Int) []byte {
	p := key.Precomputed
	m1, m2 := new(big.Int).Exp(m, p.Dp, key.Primes[0]), new(big.Int).Exp(m, p.Dq, key.Primes[1])
	m1.Sub(m1, m2).Mul(m1, p.Qinv).Mod(m1, key.Primes[0]).Mul(m1, key.Primes[1]).Add(m1, m2)
	return m1.FillBytes(make([]byte, key.Size()))
}

func (k slowKernel) Lanes() bool { return true }

func (k slowKernel) SignBatch(messages, signatures [][]byte) {
	for i, message := range messages {
		signatures[i] = k.Sign(message)
	}
}

var rsaSpecs = []keyspec.KeySpec{keyspec.RSA2048, keyspec.RSA3072}

func rsaKey(t testing.TB, spec keyspec.KeySpec) *rsa.PrivateKey {
	key, err := testkeys.Key(spec)
	require.NoError(t, err)
	return key.(*rsa.PrivateKey)
}

// TestEncodings: what we hand to a kernel is what crypto/rsa signs, recovered from its
// signatures by the public key.
func TestEncodings(t *testing.T) {
	for _, spec := range rsaSpecs {
		key := rsaKey(t, spec)
		encoded := func(sig []byte) []byte {
			m := new(big.Int).SetBytes(sig)
			return m.Exp(m, big.NewInt(int64(key.E)), key.N).FillBytes(make([]byte, key.Size()))
		}
		for i := range 20 {
			digest, salt := sha256.Sum256([]byte{byte(i)}), sha256.Sum256([]byte{byte(i), 1})
			sig, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:])
			require.NoError(t, err)
			require.Equal(t, encoded(sig), encodePKCS1(digest[:], key.Size()))
			opts := pssOptions
			sig, err = rsa.SignPSS(&pssSalt{bytes: salt}, key, crypto.SHA256, digest[:], &opts)
			require.NoError(t, err)
			require.Equal(t, encoded(sig), encodePSS(digest[:], &salt, key.Size()))
		}
	}
}

// withKernel returns a signer like s that signs with the kernel.
func withKernel(t *testing.T, spec keyspec.KeySpec, alg keyspec.Algorithm, wrong func([]byte) bool, opts ...Option) (onKernel, onRSA *signer) {
	key := rsaKey(t, spec)
	made, err := New(key, alg, append(opts, Portable())...)
	require.NoError(t, err)
	onRSA = made.(*signer)
	deterministic := len(opts) > 0
	var encode func([]byte) []byte
	if scheme, ok := onRSA.scheme.(rsaPSS); ok {
		encode = scheme.encoding(deterministic)
	} else {
		encode = onRSA.scheme.(rsaPKCS1).encode
	}
	copied := *onRSA
	copied.sign = signKernel(slowKernel{key, wrong}, latchOf(onRSA.scheme), encode, onRSA.sign.one)
	return &copied, onRSA
}

func TestKernelSignsTheSame(t *testing.T) {
	never := func([]byte) bool { return false }
	for _, spec := range rsaSpecs {
		for _, alg := range []keyspec.Algorithm{keyspec.RSAPSSSHA256, keyspec.RSAPKCS1SHA256} {
			onKernel, onRSA := withKernel(t, spec, alg, never, Deterministic())
			digests := make([][]byte, 11)
			for i := range digests {
				digest := sha256.Sum256([]byte{byte(i)})
				digests[i] = digest[:]
			}
			want, err := SignDigests(context.Background(), onRSA, digests)
			require.NoError(t, err)
			got, err := SignDigests(context.Background(), onKernel, digests)
			require.NoError(t, err)
			require.Equal(t, want, got)
			one, err := onKernel.SignDigest(context.Background(), digests[3])
			require.NoError(t, err)
			require.Equal(t, want[3], one)

			// Hedged, it verifies, and PSS has a new salt each time.
			onKernel, _ = withKernel(t, spec, alg, never)
			got, err = SignDigests(context.Background(), onKernel, slices.Repeat(digests[:1], 3))
			require.NoError(t, err)
			v, err := NewVerifier(onKernel.Public(), alg)
			require.NoError(t, err)
			for _, sig := range got {
				require.NoError(t, v.VerifyDigest(digests[0], sig))
			}
			require.Equal(t, alg == keyspec.RSAPKCS1SHA256, string(got[0]) == string(got[1]))
		}
	}
}

// TestKernelFallsBack: what the kernel withholds, crypto/rsa signs, and all that follows:
// the kernel is not asked again.
func TestKernelFallsBack(t *testing.T) {
	ctx, digest := context.Background(), sha256.Sum256(nil)
	calls := 0
	third := func([]byte) bool { calls++; return calls == 3 }
	onKernel, onRSA := withKernel(t, keyspec.RSA2048, keyspec.RSAPSSSHA256, third, Deterministic())
	want, err := onRSA.SignDigest(ctx, digest[:])
	require.NoError(t, err)
	before := Withheld()
	for range 5 {
		got, err := onKernel.SignDigest(ctx, digest[:])
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	require.Equal(t, 3, calls)
	require.Equal(t, before+1, Withheld())

	onKernel, _ = withKernel(t, keyspec.RSA2048, keyspec.RSAPSSSHA256, third, Deterministic())
	for range 2 {
		calls = 0
		signatures := make([][]byte, 5)
		require.NoError(t, onKernel.sign.batch(slices.Repeat([][]byte{digest[:]}, 5), signatures))
		for _, got := range signatures {
			require.Equal(t, want, got)
		}
	}
	require.Zero(t, calls, "the second batch is crypto/rsa's")
	require.Equal(t, before+2, Withheld())

	broken := errors.New("crypto/rsa fails too")
	always := func([]byte) bool { return true }
	failing := signKernel(slowKernel{wrong: always}, new(kernelLatch), func([]byte) []byte { return nil },
		func([]byte) ([]byte, error) { return nil, broken })
	require.ErrorIs(t, failing.batch([][]byte{digest[:]}, make([][]byte, 1)), broken)
	_, err = failing.one(digest[:])
	require.ErrorIs(t, err, broken)
}

// TestPortableLeavesTheKernel: signatures do not tell which code made or verified them, but
// what runs does.
func TestPortableLeavesTheKernel(t *testing.T) {
	accelerated, lanes := kernelHere(t)
	digest := sha256.Sum256(nil)
	for _, pair := range keyspec.Pairs()[:4] { // RSA
		path := func(opts ...Option) (sign, verify string) {
			s, err := New(rsaKey(t, pair.KeySpec), pair.Algorithm, opts...)
			require.NoError(t, err)
			v, err := NewVerifier(s.Public(), pair.Algorithm, opts...)
			require.NoError(t, err)
			before := Withheld()
			signatures, err := SignDigests(context.Background(), s, slices.Repeat([][]byte{digest[:]}, 7))
			require.NoError(t, err)
			for _, sig := range signatures {
				require.NoError(t, v.VerifyDigest(digest[:], sig))
			}
			require.Equal(t, before, Withheld())
			sign, verify = nameOf(s.(*signer).sign.one), nameOf(v.(*verifier).verify.one)
			require.Equal(t, len(opts) == 0 && lanes, s.(*signer).sign.batch != nil)
			return sign, verify
		}
		sign, verify := path(Portable())
		require.NotContains(t, sign, "signKernel")
		require.NotContains(t, verify, "verifyKernel")
		sign, verify = path()
		require.Equal(t, accelerated, strings.Contains(sign, "signKernel"))
		own := newRSAPublic(&rsaKey(t, pair.KeySpec).PublicKey) != nil
		require.Equal(t, own, strings.Contains(verify, "verifyKernel"))
		if accelerated {
			require.True(t, own)
		}
	}
}

// TestWithoutIFMA runs tests of the kernel on a processor that is said to have no AVX-512: there
// it multiplies with MULX.
func TestWithoutIFMA(t *testing.T) {
	if here, lanes := kernelHere(t); !lanes || !rsaadx.Supported() {
		t.Skipf("SKIPPED: the tests of this process run without IFMA, or without a kernel: %t", here)
	}
	self, err := os.Executable()
	require.NoError(t, err)
	command := exec.Command(self, "-test.v", "-test.short",
		"-test.run=^(TestSelfTest|TestPortableLeavesTheKernel|TestKernelAllocates|TestDeterministicPSSSalt)$")
	command.Env = append(os.Environ(), "GODEBUG=cpu.avx512ifma=off,cpu.avx512f=off")
	output, err := command.CombinedOutput()
	require.NoError(t, err, "%s", output)
	for _, name := range []string{"TestSelfTest", "TestPortableLeavesTheKernel"} {
		require.Contains(t, string(output), "--- PASS: "+name, "%s", output)
	}
	require.Contains(t, string(output), "no kernel with lanes for RSA")
}

func nameOf(function any) string {
	return runtime.FuncForPC(reflect.ValueOf(function).Pointer()).Name()
}

// kernelHere reports whether New signs RSA with a kernel on this machine, and with lanes.
func kernelHere(t *testing.T) (here, lanes bool) {
	lanes = rsaifma.Supported() && !fips140.Enabled()
	here = lanes || rsaadx.Supported() && !fips140.Enabled()
	if !lanes {
		require.Empty(t, os.Getenv("KMSIGNER_IFMA"), "KMSIGNER_IFMA is set, and there is no kernel")
		t.Log("SKIPPED in part: this machine has no kernel with lanes for RSA")
	}
	return here, lanes
}
