// SPDX-License-Identifier: Apache-2.0

package keyspec_test

import (
	"crypto/elliptic"
	"crypto/rsa"
	encasn1 "encoding/asn1"
	"math/big"
	"testing"

	"github.com/emmansun/gmsm/sm2"
	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/internal/keys"
	"github.com/kmsigner/kmsigner/keyspec"
)

// tlv writes an element; its parts are put one behind the other.
func tlv(tag byte, parts ...[]byte) []byte {
	var body []byte
	for _, p := range parts {
		body = append(body, p...)
	}
	switch n := len(body); {
	case n < 0x80:
		return append([]byte{tag, byte(n)}, body...)
	case n < 0x100:
		return append([]byte{tag, 0x81, byte(n)}, body...)
	default:
		return append([]byte{tag, 0x82, byte(n >> 8), byte(n)}, body...)
	}
}

func seq(parts ...[]byte) []byte    { return tlv(0x30, parts...) }
func octets(parts ...[]byte) []byte { return tlv(0x04, parts...) }
func bits(content []byte) []byte    { return tlv(0x03, []byte{0}, content) }

func integer(t testing.TB, n any) []byte {
	if i, ok := n.(int); ok {
		n = big.NewInt(int64(i))
	}
	out, err := encasn1.Marshal(n)
	require.NoError(t, err)
	return out
}

func oid(t testing.TB, arcs ...int) []byte {
	out, err := encasn1.Marshal(encasn1.ObjectIdentifier(arcs))
	require.NoError(t, err)
	return out
}

var null = []byte{5, 0}

// A curveDER has what the DER of a TESTING key is made of.
type curveDER struct {
	spec             keyspec.KeySpec
	kind             keys.Kind
	named            []byte // the OID of the curve
	algorithm        []byte // the AlgorithmIdentifier
	scalar           []byte
	full, compressed []byte
}

func curveDERs(t testing.TB) []curveDER {
	var out []curveDER
	for _, c := range []struct {
		spec keyspec.KeySpec
		oid  []byte
	}{
		{keyspec.ECP256, oid(t, 1, 2, 840, 10045, 3, 1, 7)},
		{keyspec.ECP256K, oid(t, 1, 3, 132, 0, 10)},
		{keyspec.ECSM2, oid(t, 1, 2, 156, 10197, 1, 301)},
	} {
		scalar, full := keys.Scalar(testKey(t, c.spec)), keys.Point(publicOf(testKey(t, c.spec)))
		out = append(out, curveDER{
			spec: c.spec, kind: keys.Kind(c.spec), named: c.oid, algorithm: seq(oid(t, 1, 2, 840, 10045, 2, 1), c.oid),
			scalar: scalar,
			full:   full, compressed: append([]byte{2 + full[64]&1}, full[1:33]...),
		})
	}
	return out
}

func TestECFormsThatAreRead(t *testing.T) {
	one := integer(t, 1)
	for _, c := range curveDERs(t) {
		inner := seq(one, octets(c.scalar), tlv(0xa1, bits(c.full)))
		attributes := tlv(0xa0, seq(oid(t, 1, 2, 3), tlv(0x31, null)))
		for name, der := range map[string][]byte{
			"PKCS #8": seq(integer(t, 0), c.algorithm, octets(inner)),
			"with inner parameters": seq(integer(t, 0), c.algorithm,
				octets(seq(one, octets(c.scalar), tlv(0xa0, c.named), tlv(0xa1, bits(c.full))))),
			"without the public key": seq(integer(t, 0), c.algorithm, octets(seq(one, octets(c.scalar)))),
			"with a compressed public key": seq(integer(t, 0), c.algorithm,
				octets(seq(one, octets(c.scalar), tlv(0xa1, bits(c.compressed))))),
			"a zero byte before the scalar": seq(integer(t, 0), c.algorithm,
				octets(seq(one, octets([]byte{0}, c.scalar), tlv(0xa1, bits(c.full))))),
			"with attributes":               seq(integer(t, 0), c.algorithm, octets(inner), attributes),
			"with empty attributes":         seq(integer(t, 0), c.algorithm, octets(inner), tlv(0xa0)),
			"version 1":                     seq(one, c.algorithm, octets(inner)),
			"version 1 with public key":     seq(one, c.algorithm, octets(inner), tlv(0x81, []byte{0}, c.full)),
			"version 1 with compressed key": seq(one, c.algorithm, octets(inner), tlv(0x81, []byte{0}, c.compressed)),
			"version 1 with both":           seq(one, c.algorithm, octets(inner), attributes, tlv(0x81, []byte{0}, c.full)),
			"SEC 1":                         seq(one, octets(c.scalar), tlv(0xa0, c.named), tlv(0xa1, bits(c.full))),
			"SEC 1 without the public key":  seq(one, octets(c.scalar), tlv(0xa0, c.named)),
			"SEC 1, public key compressed":  seq(one, octets(c.scalar), tlv(0xa0, c.named), tlv(0xa1, bits(c.compressed))),
		} {
			key, err := keyspec.ParsePrivateKey(der, nil)
			require.NoError(t, err, "%s: %s", c.spec, name)
			sameKey(t, testKey(t, c.spec), key)
		}
		for _, point := range [][]byte{c.full, c.compressed} {
			key, err := keyspec.ParsePublicKey(seq(c.algorithm, bits(point)))
			require.NoError(t, err)
			sameKey(t, publicOf(testKey(t, c.spec)), key)
		}

		// SEC 1 without parameters takes the curve from the block before it.
		bare := toPEM("EC PRIVATE KEY", seq(one, octets(c.scalar)))
		key, err := keyspec.ParsePrivateKey(append(toPEM("EC PARAMETERS", c.named), bare...), nil)
		require.NoError(t, err)
		sameKey(t, testKey(t, c.spec), key)
		key, err = keyspec.ParsePrivateKey(bare, nil)
		refused(t, err, "Key", "the key does not name its curve")
		require.Nil(t, key)
	}
}

func TestSM2AsTheAlgorithm(t *testing.T) {
	c := curveDERs(t)[2]
	require.Equal(t, keyspec.ECSM2, c.spec)
	for _, tt := range []struct {
		name      string
		algorithm []byte
		reason    string
	}{
		{"with the curve", seq(c.named, c.named), ""},
		{"without parameters", seq(c.named), ""},
		{"with another curve", seq(c.named, oid(t, 1, 2, 840, 10045, 3, 1, 7)), "the key is an SM2 key on curve P-256"},
		{"with P-384", seq(c.named, oid(t, 1, 3, 132, 0, 34)), "the key is on curve P-384"},
		{"with NULL", seq(c.named, null), "the key does not name its curve"},
		{"with explicit parameters", seq(c.named, seq()), "the curve is given by explicit parameters, not by its name"},
	} {
		key, err := keyspec.ParsePrivateKey(seq(integer(t, 0), tt.algorithm, octets(seq(integer(t, 1), octets(c.scalar)))),
			nil)
		public, errPublic := keyspec.ParsePublicKey(seq(tt.algorithm, bits(c.full)))
		if tt.reason == "" {
			require.NoError(t, err, tt.name)
			require.NoError(t, errPublic, tt.name)
			sameKey(t, testKey(t, c.spec), key)
			sameKey(t, publicOf(key), public)
			continue
		}
		refused(t, err, "Key", tt.reason)
		refused(t, errPublic, "Key", tt.reason)
	}
}

func TestECFormsThatAreRefused(t *testing.T) {
	zero, one, two := integer(t, 0), integer(t, 1), integer(t, 2)
	all := curveDERs(t)
	for i, c := range all {
		other := all[(i+1)%len(all)]
		algorithm := c.algorithm
		n := map[keyspec.KeySpec]*big.Int{
			keyspec.ECP256: elliptic.P256().Params().N, keyspec.ECP256K: s256N(t), keyspec.ECSM2: sm2.P256().Params().N,
		}[c.spec]
		sum := func(d int64) []byte { return new(big.Int).Add(n, big.NewInt(d)).FillBytes(make([]byte, 32)) }
		outside := "the scalar is outside [1, n-1]"
		if c.spec == keyspec.ECSM2 {
			outside = "the scalar is outside [1, n-2]"
		}
		sec1 := func(parts ...[]byte) []byte { return seq(zero, algorithm, octets(seq(parts...))) }
		const (
			malformedSEC1  = "the SEC 1 private key is malformed"
			malformedPKCS8 = "the PKCS #8 private key is malformed"
			malformedInner = "the public key in the private key is malformed"
			malformedOuter = "the public key in the PKCS #8 key is malformed"
			noCurve        = "the key does not name its curve"
			notThat        = "the public key is not that of the scalar"
			noPoint        = "the public key is no point in the compressed or uncompressed form"
		)
		inner := octets(seq(one, octets(c.scalar)))
		negated := new(big.Int).Sub(map[keyspec.KeySpec]*big.Int{
			keyspec.ECP256: elliptic.P256().Params().P, keyspec.ECP256K: s256P(t), keyspec.ECSM2: sm2.P256().Params().P,
		}[c.spec], new(big.Int).SetBytes(c.full[33:])).FillBytes(append([]byte{}, c.full[1:33]...))
		negated = append(append([]byte{4}, c.full[1:33]...), negated...)
		offCurve := append([]byte{}, c.full...)
		offCurve[64] ^= 1
		for _, tt := range []struct {
			name   string
			der    []byte
			reason string
		}{
			{"scalar 0", sec1(one, octets(make([]byte, 32))), outside},
			{"scalar n", sec1(one, octets(sum(0))), outside},
			{"scalar n+1", sec1(one, octets(sum(1))), outside},
			{"scalar 2^256-1", sec1(one, octets(new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 256), big.NewInt(1)).Bytes())),
				outside},
			{"scalar of 31 bytes", sec1(one, octets(c.scalar[1:])),
				`the scalar has 31 bytes, not the 32 of RFC 5915; "openssl pkey" pads it`},
			{"empty scalar", sec1(one, octets()), `the scalar has 0 bytes, not the 32 of RFC 5915; "openssl pkey" pads it`},
			{"scalar of 33 bytes", sec1(one, octets([]byte{1}, c.scalar)), "the scalar has 33 bytes, not 32"},
			{"scalar of 33 bytes, zero", sec1(one, octets(make([]byte, 33))), outside},
			{"scalar of 34 bytes", sec1(one, octets([]byte{0, 0}, c.scalar)), "the scalar has 34 bytes, not 32"},
			{"SEC 1 version 0", sec1(zero, octets(c.scalar)), "the SEC 1 private key has version 0, not 1"},
			{"SEC 1 version 2", sec1(two, octets(c.scalar)), "the SEC 1 private key has version 2, not 1"},
			{"SEC 1 without version", sec1(octets(c.scalar)), malformedSEC1},
			{"SEC 1 with more", sec1(one, octets(c.scalar), null), malformedSEC1},
			{"SEC 1 in the wrong order", sec1(one, octets(c.scalar), tlv(0xa1, bits(c.full)), tlv(0xa0, c.named)),
				malformedSEC1},
			{"SEC 1 followed", seq(zero, algorithm, octets(seq(one, octets(c.scalar)), null)),
				"2 bytes follow the DER of the key"},
			{"no SEC 1", seq(zero, algorithm, octets([]byte("key"))), "the key is not DER"},
			{"PKCS #1 inside", seq(zero, algorithm, octets(seq(zero, zero, zero))), malformedSEC1},

			{"another curve inside", sec1(one, octets(c.scalar), tlv(0xa0, other.named)), "the key names two curves, " +
				c.kind.Curve() + " and " + other.kind.Curve()},
			{"P-384 inside", sec1(one, octets(c.scalar), tlv(0xa0, oid(t, 1, 3, 132, 0, 34))), "the key is on curve P-384"},
			{"two curves inside", sec1(one, octets(c.scalar), tlv(0xa0, c.named, c.named)), noCurve},
			{"NULL inside", sec1(one, octets(c.scalar), tlv(0xa0, null)), noCurve},
			{"nothing inside", sec1(one, octets(c.scalar), tlv(0xa0)), noCurve},
			{"explicit curve inside", sec1(one, octets(c.scalar), tlv(0xa0, seq(one))),
				"the curve is given by explicit parameters, not by its name"},

			{"public key of another scalar", sec1(one, octets(c.scalar), tlv(0xa1, bits(negated))), notThat},
			{"public key off the curve", sec1(one, octets(c.scalar), tlv(0xa1, bits(offCurve))),
				"the public key is not a point of " + c.kind.Curve()},
			{"public key of another curve", sec1(one, octets(c.scalar), tlv(0xa1, bits(other.full))),
				"the public key is not a point of " + c.kind.Curve()},
			{"public key at infinity", sec1(one, octets(c.scalar), tlv(0xa1, bits([]byte{0}))),
				"the public key is the point at infinity"},
			{"hybrid public key", sec1(one, octets(c.scalar), tlv(0xa1, bits(append([]byte{6 + c.full[64]&1}, c.full[1:]...)))),
				"the public key is a point in the hybrid form"},
			{"short public key", sec1(one, octets(c.scalar), tlv(0xa1, bits(c.full[:64]))), noPoint},
			{"empty public key", sec1(one, octets(c.scalar), tlv(0xa1, bits(nil))), noPoint},
			{"public key with unused bits", sec1(one, octets(c.scalar), tlv(0xa1, tlv(0x03, []byte{1}, c.full))),
				malformedInner},
			{"public key followed", sec1(one, octets(c.scalar), tlv(0xa1, bits(c.full), null)), malformedInner},
			{"public key no BIT STRING", sec1(one, octets(c.scalar), tlv(0xa1, octets(c.full))), malformedInner},

			{"PKCS #8 version 2", seq(two, algorithm, inner), "the PKCS #8 key has version 2, not 0 or 1"},
			{"PKCS #8 version -1", seq(integer(t, -1), algorithm, inner), "the PKCS #8 key has version -1, not 0 or 1"},
			{"PKCS #8 huge version", seq(integer(t, new(big.Int).Lsh(big.NewInt(1), 80)), algorithm, inner), malformedPKCS8},
			{"PKCS #8 with more", seq(zero, algorithm, inner, null), malformedPKCS8},
			{"attributes twice", seq(zero, algorithm, inner, tlv(0xa0), tlv(0xa0)), malformedPKCS8},
			{"public key in version 0", seq(zero, algorithm, inner, tlv(0x81, []byte{0}, c.full)),
				"the PKCS #8 key of version 0 holds a public key"},
			{"outer public key of another scalar", seq(one, algorithm, inner, tlv(0x81, []byte{0}, negated)), notThat},
			{"outer public key with unused bits", seq(one, algorithm, inner, tlv(0x81, []byte{1}, c.full)), malformedOuter},
			{"outer public key empty", seq(one, algorithm, inner, tlv(0x81)), malformedOuter},
			{"outer public key at infinity", seq(one, algorithm, inner, tlv(0x81, []byte{0, 0})),
				"the public key is the point at infinity"},

			{"no curve", seq(zero, seq(oid(t, 1, 2, 840, 10045, 2, 1)), inner), noCurve},
			{"NULL for the curve", seq(zero, seq(oid(t, 1, 2, 840, 10045, 2, 1), null), inner), noCurve},
			{"curve followed", seq(zero, seq(oid(t, 1, 2, 840, 10045, 2, 1), c.named, null), inner), malformedPKCS8},
			{"unknown curve", seq(zero, seq(oid(t, 1, 2, 840, 10045, 2, 1), oid(t, 1, 2, 3, 4)), inner),
				`the key is on curve OID "1.2.3.4"`},
			{"unknown algorithm", seq(zero, seq(oid(t, 1, 2, 3, 4), c.named), inner),
				`the algorithm of the key is OID "1.2.3.4", which no key spec names`},
			{"RSA with a curve", seq(zero, seq(oid(t, 1, 2, 840, 113549, 1, 1, 1), c.named), inner),
				"the parameters of rsaEncryption are not NULL"},
			{"RSA with SEC 1", seq(zero, seq(oid(t, 1, 2, 840, 113549, 1, 1, 1), null), inner),
				"the RSA private key has version 1, not 0"},
			{"empty algorithm", seq(zero, seq(), inner), malformedPKCS8},
		} {
			if tt.name == "RSA with SEC 1" {
				tt.reason = "the RSA key has more than two prime factors" // SEC 1's version 1
			}
			key, err := keyspec.ParsePrivateKey(tt.der, nil)
			t.Run(string(c.spec)+" "+tt.name, func(t *testing.T) {
				refused(t, err, "Key", tt.reason)
				require.Nil(t, key)
			})
		}
		for _, tt := range []struct {
			name   string
			der    []byte
			reason string
		}{
			{"off the curve", seq(algorithm, bits(offCurve)), "the public key is not a point of " + c.kind.Curve()},
			{"infinity", seq(algorithm, bits([]byte{0})), "the public key is the point at infinity"},
			{"hybrid", seq(algorithm, bits(append([]byte{6 + c.full[64]&1}, c.full[1:]...))),
				"the public key is a point in the hybrid form"},
			{"wrong hybrid", seq(algorithm, bits(append([]byte{7 - c.full[64]&1}, c.full[1:]...))),
				"the public key is a point in the hybrid form"},
			{"empty", seq(algorithm, bits(nil)), noPoint},
			{"no bits at all", seq(algorithm, tlv(0x03)), "the SubjectPublicKeyInfo is malformed"},
			{"unused bits", seq(algorithm, tlv(0x03, []byte{1}, c.full)), "the SubjectPublicKeyInfo is malformed"},
			{"followed", seq(algorithm, bits(c.full), null), "the DER is no public key"},
			{"unknown form", seq(null), "the DER is no public key"},
			{"empty sequence", seq(), "the DER is no public key"},
			{"P-384", seq(seq(oid(t, 1, 2, 840, 10045, 2, 1), oid(t, 1, 3, 132, 0, 34)), bits(c.full)),
				"the key is on curve P-384"},
		} {
			t.Run(string(c.spec)+" public: "+tt.name, func(t *testing.T) {
				key, err := keyspec.ParsePublicKey(tt.der)
				refused(t, err, "Key", tt.reason)
				require.Nil(t, key)
			})
		}
		if c.spec == keyspec.ECSM2 {
			_, err := keyspec.ParsePrivateKey(sec1(one, octets(sum(-1))), nil)
			refused(t, err, "Key", outside)
			_, err = keyspec.ParsePrivateKey(sec1(one, octets(sum(-2))), nil)
			require.NoError(t, err)
		} else {
			_, err := keyspec.ParsePrivateKey(sec1(one, octets(sum(-1))), nil)
			require.NoError(t, err)
		}
	}
	_, err := keyspec.ParsePrivateKey(seq(null), nil)
	refused(t, err, "Key", "the DER is no private key")
}

func s256N(t testing.TB) *big.Int { return s256(t).Params().N }
func s256P(t testing.TB) *big.Int { return s256(t).Params().P }

func s256(t testing.TB) elliptic.Curve {
	key, err := keyspec.ParsePublicKey(read(t, "EC_P256K_TESTING.spki.pem"))
	require.NoError(t, err)
	return toECDSA(key).Curve
}

func TestRSAForms(t *testing.T) {
	k := testKey(t, keyspec.RSA2048).(*rsa.PrivateKey)
	rsaEncryption := oid(t, 1, 2, 840, 113549, 1, 1, 1)
	algorithm := seq(rsaEncryption, null)
	type numbers struct {
		version       int
		n, e, d, p, q *big.Int
		dp, dq, qinv  *big.Int
	}
	good := numbers{0, k.N, big.NewInt(int64(k.E)), k.D, k.Primes[0], k.Primes[1], k.Precomputed.Dp, k.Precomputed.Dq,
		k.Precomputed.Qinv}
	pkcs1 := func(n numbers, more ...[]byte) []byte {
		parts := [][]byte{integer(t, n.version)}
		for _, v := range []*big.Int{n.n, n.e, n.d, n.p, n.q, n.dp, n.dq, n.qinv} {
			parts = append(parts, integer(t, v))
		}
		return seq(append(parts, more...)...)
	}
	public := seq(integer(t, k.N), integer(t, k.E))
	zero, one := integer(t, 0), integer(t, 1)

	for name, der := range map[string][]byte{
		"PKCS #1":         pkcs1(good),
		"PKCS #8":         seq(zero, algorithm, octets(pkcs1(good))),
		"version 1":       seq(one, algorithm, octets(pkcs1(good))),
		"with public key": seq(one, algorithm, octets(pkcs1(good)), tlv(0x81, []byte{0}, public)),
		"with attributes": seq(zero, algorithm, octets(pkcs1(good)), tlv(0xa0)),
		"labelled as PEM": toPEM("PRIVATE KEY", pkcs1(good)),
		"factors exchanged": pkcs1(numbers{0, good.n, good.e, good.d, good.q, good.p, good.dq, good.dp,
			new(big.Int).ModInverse(good.p, good.q)}),
	} {
		key, err := keyspec.ParsePrivateKey(der, nil)
		require.NoError(t, err, name)
		spec, err := keyspec.Of(key)
		require.NoError(t, err)
		require.Equal(t, keyspec.RSA2048, spec)
		if name != "factors exchanged" {
			sameKey(t, k, key)
		}
	}

	two := big.NewInt(2)
	plus := func(v *big.Int) *big.Int { return new(big.Int).Add(v, two) }
	const (
		malformed = "the PKCS #1 private key is malformed"
		crt       = "the CRT values of the RSA key do not fit its factors"
		factor    = "an RSA factor is missing or below 1"
		product   = "the RSA factors do not multiply to the modulus"
		above     = "the RSA public exponent is above 2^31-1"
	)
	change := func(f func(*numbers)) []byte {
		n := good
		f(&n)
		return pkcs1(n)
	}
	for _, tt := range []struct {
		name   string
		der    []byte
		reason string
	}{
		{"more than two primes", change(func(n *numbers) { n.version = 1 }), "the RSA key has more than two prime factors"},
		{"multi-prime", pkcs1(numbers{1, good.n, good.e, good.d, good.p, good.q, good.dp, good.dq, good.qinv},
			seq(seq(one, one, one))), "the RSA key has more than two prime factors"},
		{"version 2", change(func(n *numbers) { n.version = 2 }), "the RSA private key has version 2, not 0"},
		{"even exponent", change(func(n *numbers) { n.e = big.NewInt(65536) }),
			"the RSA public exponent is 65536, an even number"},
		{"exponent 1", change(func(n *numbers) { n.e = big.NewInt(1) }), "the RSA public exponent is 1, below 3"},
		{"exponent 0", change(func(n *numbers) { n.e = new(big.Int) }), "the RSA public exponent is 0, below 3"},
		{"negative exponent", change(func(n *numbers) { n.e = big.NewInt(-3) }), "the RSA public exponent is -3, below 3"},
		{"exponent 2^31+1", change(func(n *numbers) { n.e = big.NewInt(1<<31 + 1) }), above},
		{"exponent 2^64+1", change(func(n *numbers) { n.e = new(big.Int).Add(new(big.Int).Lsh(two, 63), big.NewInt(1)) }),
			above},
		{"another exponent", change(func(n *numbers) { n.e = big.NewInt(17) }),
			"the RSA private exponent is not the inverse of the public one"},
		{"even modulus", change(func(n *numbers) { n.n = new(big.Int).Sub(n.n, big.NewInt(1)) }), "the RSA modulus is even"},
		{"negative modulus", change(func(n *numbers) { n.n = new(big.Int).Neg(n.n) }), "the RSA modulus is negative"},
		{"another modulus", change(func(n *numbers) { n.n = plus(n.n) }), product},
		{"wrong p", change(func(n *numbers) { n.p = plus(n.p) }), product},
		{"wrong q", change(func(n *numbers) { n.q = plus(n.q) }), product},
		{"p = 1", change(func(n *numbers) { n.p, n.q = big.NewInt(1), n.n }),
			"the RSA factors have 1 and 2048 bits, not at least 512 each and 2048 together"},
		{"negative factors", change(func(n *numbers) { n.p, n.q = new(big.Int).Neg(n.p), new(big.Int).Neg(n.q) }), factor},
		{"wrong d", change(func(n *numbers) {
			n.d = plus(n.d)
		}), "the RSA private exponent is not the inverse of the public one"},
		{"d = 0", change(func(n *numbers) {
			n.d = new(big.Int)
		}), "the RSA private exponent is missing, below 1 or above the modulus"},
		{"wrong dp", change(func(n *numbers) { n.dp = plus(n.dp) }), crt},
		{"wrong dq", change(func(n *numbers) { n.dq = plus(n.dq) }), crt},
		{"wrong qinv", change(func(n *numbers) { n.qinv = plus(n.qinv) }), crt},
		{"negative dp", change(func(n *numbers) { n.dp = new(big.Int).Neg(n.dp) }), crt},
		{"dp = 0", change(func(n *numbers) { n.dp = new(big.Int) }), crt},
		{"CRT values exchanged", change(func(n *numbers) { n.dp, n.dq = n.dq, n.dp }), crt},
		{"followed inside", pkcs1(good, null), malformed},
		{"no CRT values", seq(zero, integer(t, good.n), integer(t, good.e), integer(t, good.d), integer(t, good.p),
			integer(t, good.q)), malformed},
		{"no number", seq(zero, one, one, null), malformed},
		{"public key in a private form", seq(zero, integer(t, good.n), integer(t, good.e)), malformed},
		{"NULL absent", seq(zero, seq(rsaEncryption), octets(pkcs1(good))), "the parameters of rsaEncryption are not NULL"},
		{"NULL with content", seq(zero, seq(rsaEncryption, []byte{5, 1, 0}), octets(pkcs1(good))),
			"the parameters of rsaEncryption are not NULL"},
		{"NULL twice", seq(zero, seq(rsaEncryption, null, null), octets(pkcs1(good))),
			"the PKCS #8 private key is malformed"},
		{"followed in PKCS #8", seq(zero, algorithm, octets(pkcs1(good), null)), "2 bytes follow the DER of the key"},
		{"no version", seq(zero, algorithm, octets(seq(null))), malformed},
		{"other public key", seq(one, algorithm, octets(pkcs1(good)),
			tlv(0x81, []byte{0}, seq(integer(t, k.N), integer(t, 3)))), "the public key is not that of the RSA private key"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			key, err := keyspec.ParsePrivateKey(tt.der, nil)
			refused(t, err, "Key", tt.reason)
			require.Nil(t, key)
		})
	}
	for _, tt := range []struct {
		name   string
		der    []byte
		reason string
	}{
		{"NULL absent", seq(seq(rsaEncryption), bits(public)), "the parameters of rsaEncryption are not NULL"},
		{"followed", seq(algorithm, bits(append(public[:len(public):len(public)], 0))), "1 bytes follow the DER of the key"},
		{"followed inside", seq(algorithm, bits(seq(integer(t, k.N), integer(t, k.E), null))),
			"the PKCS #1 public key is malformed"},
		{"a point", seq(algorithm, bits(make([]byte, 65))), "the key is not DER"},
		{"exponent 2^31+1", seq(algorithm, bits(seq(integer(t, k.N), integer(t, big.NewInt(1<<31+1))))), above},
		{"exponent 1", seq(algorithm, bits(seq(integer(t, k.N), one))), "the RSA public exponent is 1, below 3"},
		{"even exponent, bare", seq(integer(t, k.N), integer(t, 4)), "the RSA public exponent is 4, an even number"},
		{"1024 bits, bare", seq(integer(t, k.Primes[0]), integer(t, 3)), "the RSA modulus has 1024 bits, not 2048 or 3072"},
	} {
		t.Run("public: "+tt.name, func(t *testing.T) {
			key, err := keyspec.ParsePublicKey(tt.der)
			refused(t, err, "Key", tt.reason)
			require.Nil(t, key)
		})
	}
}
