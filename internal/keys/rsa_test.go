// SPDX-License-Identifier: Apache-2.0

package keys_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math"
	"math/big"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/internal/keys"
	"github.com/kmsigner/kmsigner/internal/testkeys"
)

// rsaKey returns a fresh copy of the TESTING key of this size.
func rsaKey(t testing.TB, bits string) *rsa.PrivateKey {
	data, err := os.ReadFile("../../keyspec/testdata/RSA_" + bits + "_TESTING.pkcs8.pem")
	require.NoError(t, err)
	block, _ := pem.Decode(data)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	require.NoError(t, err)
	return key.(*rsa.PrivateKey)
}

func rsa2048(t testing.TB) *rsa.PrivateKey { return rsaKey(t, "2048") }

func TestRSAIsCanonical(t *testing.T) {
	for _, bits := range []string{"2048", "3072"} {
		in := rsaKey(t, bits)
		want := *in
		in.Precomputed = rsa.PrecomputedValues{Dp: big.NewInt(1)} // neither used nor trusted
		got, err := keys.Private(in)
		require.NoError(t, err)
		key := got.(*rsa.PrivateKey)
		require.True(t, key.Equal(&want))
		require.Equal(t, want.Precomputed.Dp, key.Precomputed.Dp)
		require.Equal(t, want.Precomputed.Dq, key.Precomputed.Dq)
		require.Equal(t, want.Precomputed.Qinv, key.Precomputed.Qinv)
		require.NoError(t, key.Validate())
		require.Equal(t, big.NewInt(1), in.Precomputed.Dp)
		require.Nil(t, in.Precomputed.Dq)

		pub, err := keys.Public(&in.PublicKey)
		require.NoError(t, err)
		require.Equal(t, &in.PublicKey, pub)
		require.Equal(t, keys.Kind("RSA_"+bits), keys.KindOf(got))
		require.Equal(t, keys.Kind("RSA_"+bits), keys.KindOf(pub))
		require.Nil(t, keys.Scalar(got))
		require.Nil(t, keys.Point(pub))
	}
}

// d is modulo λ(n) in some files and modulo φ(n) in others. Both are right.
func TestRSAPrivateExponentModuloPhi(t *testing.T) {
	key := rsa2048(t)
	one := big.NewInt(1)
	phi := new(big.Int).Mul(new(big.Int).Sub(key.Primes[0], one), new(big.Int).Sub(key.Primes[1], one))
	key.D.ModInverse(big.NewInt(int64(key.E)), phi)
	got, err := keys.Private(key)
	require.NoError(t, err)
	require.Equal(t, key.D, got.(*rsa.PrivateKey).D)

	lambda := new(big.Int).Div(phi, new(big.Int).GCD(nil, nil,
		new(big.Int).Sub(key.Primes[0], one), new(big.Int).Sub(key.Primes[1], one)))
	key.D.ModInverse(big.NewInt(int64(key.E)), lambda)
	got, err = keys.Private(key)
	require.NoError(t, err)
	require.Equal(t, key.D, got.(*rsa.PrivateKey).D)
}

func TestRSAPublicRefusals(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*rsa.PublicKey)
		reason string
	}{
		{"no modulus", func(k *rsa.PublicKey) { k.N = nil }, "the RSA key has no modulus"},
		{"zero modulus", func(k *rsa.PublicKey) { k.N = new(big.Int) }, "the RSA modulus has 0 bits, not 2048 or 3072"},
		{"negative modulus", func(k *rsa.PublicKey) { k.N = new(big.Int).Neg(k.N) }, "the RSA modulus is negative"},
		{"2047 bits", func(k *rsa.PublicKey) { k.N = new(big.Int).Rsh(k.N, 1) },
			"the RSA modulus has 2047 bits, not 2048 or 3072"},
		{"2049 bits", func(k *rsa.PublicKey) { k.N = new(big.Int).Lsh(k.N, 1) },
			"the RSA modulus has 2049 bits, not 2048 or 3072"},
		{"1024 bits", func(k *rsa.PublicKey) { k.N = new(big.Int).Rsh(k.N, 1024) },
			"the RSA modulus has 1024 bits, not 2048 or 3072"},
		{"4096 bits", func(k *rsa.PublicKey) { k.N = new(big.Int).Lsh(k.N, 2048) },
			"the RSA modulus has 4096 bits, not 2048 or 3072"},
		{"modulus divisible by 3", func(k *rsa.PublicKey) {
			k.N = new(big.Int).Sub(k.N, new(big.Int).Mod(k.N, big.NewInt(6)))
			k.N.Add(k.N, big.NewInt(3))
		}, "the RSA modulus has a factor below 752"},
		{"even modulus", func(k *rsa.PublicKey) { k.N = new(big.Int).Add(k.N, big.NewInt(1)) }, "the RSA modulus is even"},
		{"no exponent", func(k *rsa.PublicKey) { k.E = 0 }, "the RSA public exponent is 0, below 3"},
		{"exponent 1", func(k *rsa.PublicKey) { k.E = 1 }, "the RSA public exponent is 1, below 3"},
		{"exponent 2", func(k *rsa.PublicKey) { k.E = 2 }, "the RSA public exponent is 2, below 3"},
		{"negative exponent", func(k *rsa.PublicKey) { k.E = -65537 }, "the RSA public exponent is -65537, below 3"},
		{"even exponent", func(k *rsa.PublicKey) { k.E = 65536 }, "the RSA public exponent is 65536, an even number"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			key := rsa2048(t)
			tt.change(&key.PublicKey)
			got, err := keys.Public(&key.PublicKey)
			refused(t, got, err, tt.reason)
			gotPrivate, err := keys.Private(key)
			refused(t, gotPrivate, err, tt.reason)
		})
	}
	if strconv.IntSize == 64 {
		key := rsa2048(t)
		e := int64(math.MaxInt32) + 2
		key.E = int(e)
		got, err := keys.Public(&key.PublicKey)
		refused(t, got, err, "the RSA public exponent is above 2^31-1")
	}
	for _, e := range []int{3, 17, 65537, math.MaxInt32} {
		key := rsa2048(t)
		key.E = e
		_, err := keys.Public(&key.PublicKey)
		require.NoError(t, err, "%d", e)
	}
}

func TestRSAPrivateRefusals(t *testing.T) {
	one := big.NewInt(1)
	sizes := func(p, q int) string {
		return fmt.Sprintf("the RSA factors have %d and %d bits, not at least 512 each and 2048 together", p, q)
	}
	const (
		factor   = "an RSA factor is missing or below 1"
		exponent = "the RSA private exponent is missing, below 1 or above the modulus"
		product  = "the RSA factors do not multiply to the modulus"
		inverse  = "the RSA private exponent is not the inverse of the public one"
	)
	for _, tt := range []struct {
		name   string
		change func(*rsa.PrivateKey)
		reason string
	}{
		{"no factors", func(k *rsa.PrivateKey) { k.Primes = nil }, "the RSA key has 0 prime factors, not 2"},
		{"one factor", func(k *rsa.PrivateKey) { k.Primes = k.Primes[:1] }, "the RSA key has 1 prime factors, not 2"},
		{"three factors", func(k *rsa.PrivateKey) { k.Primes = append(k.Primes, one) },
			"the RSA key has 3 prime factors, not 2"},
		{"nil factor", func(k *rsa.PrivateKey) { k.Primes[1] = nil }, factor},
		{"zero factor", func(k *rsa.PrivateKey) { k.Primes[0] = new(big.Int) }, factor},
		{"factor 1", func(k *rsa.PrivateKey) { k.Primes[0], k.Primes[1] = one, k.N }, sizes(1, 2048)},
		{"negative factors", func(k *rsa.PrivateKey) { k.Primes[0].Neg(k.Primes[0]); k.Primes[1].Neg(k.Primes[1]) }, factor},
		{"huge factor", func(k *rsa.PrivateKey) { k.Primes[0] = new(big.Int).Lsh(one, 1<<20) }, sizes(1<<20+1, 1024)},
		{"wrong factor", func(k *rsa.PrivateKey) { k.Primes[0].Add(k.Primes[0], big.NewInt(2)) }, product},
		{"factor 2", func(k *rsa.PrivateKey) { k.Primes[0] = big.NewInt(2) }, sizes(2, 1024)},
		{"equal factors", func(k *rsa.PrivateKey) { k.Primes[1] = k.Primes[0] }, product},
		{"both the modulus", func(k *rsa.PrivateKey) { k.Primes[0], k.Primes[1] = k.N, k.N }, sizes(2048, 2048)},
		{"factors of another key", func(k *rsa.PrivateKey) { k.Primes = rsaKey(t, "3072").Primes }, product},
		{"no d", func(k *rsa.PrivateKey) { k.D = nil }, exponent},
		{"d is 0", func(k *rsa.PrivateKey) { k.D = new(big.Int) }, exponent},
		{"d is negative", func(k *rsa.PrivateKey) { k.D.Neg(k.D) }, exponent},
		{"d is huge", func(k *rsa.PrivateKey) { k.D.Lsh(k.D, 1<<20) }, exponent},
		{"d is n", func(k *rsa.PrivateKey) { k.D = k.N }, "the RSA private exponent is not below the modulus"},
		{"d is 1", func(k *rsa.PrivateKey) { k.D = one }, inverse},
		{"wrong d", func(k *rsa.PrivateKey) { k.D.Add(k.D, big.NewInt(2)) }, inverse},
		{"d of another e", func(k *rsa.PrivateKey) { k.E = 17 }, inverse},
	} {
		t.Run(tt.name, func(t *testing.T) {
			key := rsa2048(t)
			tt.change(key)
			got, err := keys.Private(key)
			refused(t, got, err, tt.reason)
			key.Precomputed = rsa.PrecomputedValues{}
			got, err = keys.Private(key)
			refused(t, got, err, tt.reason)
		})
	}
}

// Composite factors and factors of other sizes, which crypto/rsa lets pass.
func TestRSAUnsoundFactors(t *testing.T) {
	reasons := map[string]string{
		"a factor of 3 bits":           "the RSA modulus has a factor below 752",
		"factors of 500 and 1548 bits": "the RSA factors have 500 and 1548 bits, not at least 512 each and 2048 together",
		"a Carmichael number":          "an RSA factor is not prime",
		"the square of a prime":        "an RSA factor is not prime",
	}
	unsound := testkeys.UnsoundRSA()
	require.Len(t, unsound, len(reasons))
	for name, key := range unsound {
		require.Contains(t, reasons, name)
		require.Equal(t, 2048, key.N.BitLen())
		require.NoError(t, key.Validate(), "crypto/rsa's own check of %s", name)
		got, err := keys.Private(key)
		refused(t, got, err, reasons[name])
	}
	// Nothing in the public key tells, but for the small factor.
	for name, key := range unsound {
		got, err := keys.Public(&key.PublicKey)
		if name == "a factor of 3 bits" {
			refused(t, got, err, reasons[name])
		} else {
			require.NoError(t, err)
		}
	}
	// crypto/rsa signs with a Carmichael number, and the signature is right: only a
	// test for primes finds it.
	key := unsound["a Carmichael number"]
	digest := sha256.Sum256(nil)
	sig, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:])
	require.NoError(t, err)
	require.NoError(t, rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, digest[:], sig))
}

// The smallest factors, the last prime below 752 and the first above.
func TestRSASmallFactors(t *testing.T) {
	n := new(big.Int).Set(rsa2048(t).N)
	for _, tt := range []struct {
		factor int64
		small  bool
	}{{3, true}, {5, true}, {7, true}, {743, true}, {751, true}, {757, false}, {761, false}} {
		// The multiple of the factor next above n, odd, and free of the other primes.
		f := big.NewInt(tt.factor)
		for m := new(big.Int).Div(n, f); ; m.Add(m, big.NewInt(1)) {
			candidate := new(big.Int).Mul(m, f)
			if candidate.Bit(0) == 0 || candidate.Cmp(n) < 0 || hasOtherSmallFactor(m) {
				continue
			}
			got, err := keys.Public(&rsa.PublicKey{N: candidate, E: 65537})
			if tt.small {
				refused(t, got, err, "the RSA modulus has a factor below 752")
			} else {
				require.NoError(t, err, "%d", tt.factor)
			}
			break
		}
	}
}

func hasOtherSmallFactor(m *big.Int) bool {
	for p := int64(3); p < 752; p += 2 {
		if new(big.Int).Mod(m, big.NewInt(p)).Sign() == 0 {
			return true
		}
	}
	return false
}

// withFactors makes a key of any two factors, or nil where e has no inverse.
func withFactors(p, q *big.Int) *rsa.PrivateKey {
	one := big.NewInt(1)
	order := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
	d := new(big.Int).ModInverse(big.NewInt(65537), order)
	if d == nil {
		return nil
	}
	return &rsa.PrivateKey{
		PublicKey: rsa.PublicKey{N: new(big.Int).Mul(p, q), E: 65537},
		D:         d,
		Primes:    []*big.Int{p, q},
	}
}

func TestRSACloseFactors(t *testing.T) {
	p := new(big.Int).Set(rsa2048(t).Primes[0])
	q := new(big.Int).Set(p)
	for {
		q.Add(q, big.NewInt(2))
		if q.ProbablyPrime(1) {
			if key := withFactors(p, q); key != nil && key.N.BitLen() == 2048 {
				got, err := keys.Private(key)
				require.ErrorContains(t, err, "the RSA key is not valid: crypto/rsa: |p - q| too small")
				require.Nil(t, got)
				return
			}
		}
	}
}

func BenchmarkPrivateRSA(b *testing.B) {
	for _, bits := range []string{"2048", "3072"} {
		key := rsaKey(b, bits)
		b.Run(bits, func(b *testing.B) {
			for b.Loop() {
				if _, err := keys.Private(key); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
