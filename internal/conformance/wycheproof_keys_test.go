// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"bytes"
	"crypto"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"strconv"
	"strings"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/stretchr/testify/require"
)

var (
	oidRSA         = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	oidECPublicKey = asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}
	oidOf          = map[string]asn1.ObjectIdentifier{
		"secp256r1": {1, 2, 840, 10045, 3, 1, 7}, "P-256": {1, 2, 840, 10045, 3, 1, 7},
		"secp256k1": {1, 3, 132, 0, 10}, "P-256K": {1, 3, 132, 0, 10},
		"sm2":       {1, 2, 156, 10197, 1, 301},
		"secp224r1": {1, 3, 132, 0, 33},
		"secp384r1": {1, 3, 132, 0, 34}, "P-384": {1, 3, 132, 0, 34},
		"secp521r1": {1, 3, 132, 0, 35}, "P-521": {1, 3, 132, 0, 35},
	}
)

// ours reports whether a curve, by Wycheproof's name, is one of a key spec.
func ours(curve string) bool {
	return strings.HasSuffix(curve, "256r1") && strings.HasPrefix(curve, "secp") ||
		curve == "secp256k1" || curve == "P-256" || curve == "P-256K"
}

// runForeignCurve asserts that the keys of an ECDSA file on another curve are
// refused.
func runForeignCurve(t *testing.T, f file) (c tally) {
	for _, g := range f.TestGroups {
		for _, form := range [][]byte{unhex(t, g.PublicKeyDer), []byte(g.PublicKeyPem)} {
			_, err := keyspec.ParsePublicKey(form)
			requireRefusal(t, err, errors.InvalidParameter, "Key", row{})
		}
		c.refused += len(g.Tests)
	}
	return c
}

// runSPKI reads the public keys of the ECDH files. What is valid there is
// accepted if the curve is ours, what is invalid is refused. What is left to the
// implementation is accepted in compressed form and refused in every other
// respect: explicit parameters, and encodings that are not DER.
func runSPKI(t *testing.T, f file) (c tally) {
	for _, g := range f.TestGroups {
		for _, r := range g.Tests {
			der := unhex(t, text(t, r.Public))
			c.judgeKey(t, r, der, g.Curve, curveIn(t, der))
		}
	}
	return c
}

// runPEM does the same in PEM, and reads the private keys, which are sound in
// every row, even beside a bad public key.
func runPEM(t *testing.T, f file) (c tally) {
	for _, g := range f.TestGroups {
		for _, r := range g.Tests {
			data := []byte(text(t, r.Public))
			block, _ := pem.Decode(data)
			require.NotNil(t, block)
			c.judgeKey(t, r, data, g.Curve, curveIn(t, block.Bytes))
			key, err := keyspec.ParsePrivateKey([]byte(text(t, r.Private)), nil)
			if !ours(g.Curve) {
				requireRefusal(t, err, errors.InvalidParameter, "Key", r)
				continue
			}
			require.NoError(t, err, r.Comment)
			block, _ = pem.Decode([]byte(text(t, r.Private)))
			written, err := keyspec.MarshalPrivateKey(key)
			require.NoError(t, err)
			require.Equal(t, scalarIn(t, block.Bytes), scalarIn(t, unPEM(t, written)), r.Comment)
		}
	}
	return c
}

// curveIn returns the name of our curve that the head of an SPKI holds, or "".
func curveIn(t *testing.T, der []byte) string {
	t.Helper()
	for _, name := range []string{"secp256r1", "secp256k1"} {
		oid, err := asn1.Marshal(oidOf[name])
		require.NoError(t, err)
		if bytes.Contains(der[:min(32, len(der))], oid) {
			return name
		}
	}
	return ""
}

// runPoints reads the bare points of the ECDH files, each wrapped in an SPKI of
// the file's curve.
func runPoints(t *testing.T, f file) (c tally) {
	for _, g := range f.TestGroups {
		for _, r := range g.Tests {
			c.judgeKey(t, r, spki(t, oidOf[g.Curve], unhex(t, text(t, r.Public))), g.Curve, g.Curve)
		}
	}
	return c
}

// runWebKeys reads the JSON Web Keys of the ECDH files as points of the curve
// that the key names.
func runWebKeys(t *testing.T, f file) (c tally) {
	for _, g := range f.TestGroups {
		for _, r := range g.Tests {
			var key struct{ Crv, X, Y string }
			require.NoError(t, json.Unmarshal(r.Public, &key))
			oid, known := oidOf[key.Crv]
			if !known {
				oid = asn1.ObjectIdentifier{1, 3, 132, 0, 1} // a curve of no key spec
			}
			point := append([]byte{4}, append(unbase64(t, key.X), unbase64(t, key.Y)...)...)
			c.judgeKey(t, r, spki(t, oid, point), g.Curve, key.Crv)
		}
	}
	return c
}

// runCurves reads the generator of each curve as a public key, and for our
// curves the scalars around the group order.
func runCurves(t *testing.T, f file) (c tally) {
	for _, g := range f.TestGroups {
		for _, r := range g.Tests {
			var oid asn1.ObjectIdentifier
			for arc := range strings.SplitSeq(r.OID, ".") {
				n, err := strconv.Atoi(arc)
				require.NoError(t, err)
				oid = append(oid, n)
			}
			order := number(t, r.N)
			size := (order.BitLen() + 7) / 8
			generator := append([]byte{4}, append(
				number(t, r.GX).FillBytes(make([]byte, size)), number(t, r.GY).FillBytes(make([]byte, size))...)...)
			c.judgeKey(t, r, spki(t, oid, generator), r.Name, r.Name)
			if !ours(r.Name) {
				continue
			}
			for offset, sound := range map[int64]bool{-1: true, 0: false, 1: false} {
				d := new(big.Int).Add(order, big.NewInt(offset))
				_, err := keyspec.ParsePrivateKey(pkcs8(t, oid, d.FillBytes(make([]byte, size))), nil)
				require.Equal(t, sound, err == nil, "%s: n%+d", r.Name, offset)
			}
			one, err := keyspec.ParsePrivateKey(pkcs8(t, oid, big.NewInt(1).FillBytes(make([]byte, size))), nil)
			require.NoError(t, err)
			require.Equal(t, spki(t, oid, generator), spkiOf(t, publicOf(t, one)))
		}
	}
	return c
}

// judgeKey asserts whether a public key on a curve is accepted, in a file about
// the same or another curve, and that the accepted key is the one that was meant.
func (c *tally) judgeKey(t *testing.T, r row, data []byte, about, curve string) {
	t.Helper()
	pub, err := keyspec.ParsePublicKey(data)
	sound := r.Result == "valid"
	switch {
	case ours(curve) && len(r.Flags) > 0 && r.Flags[0] == "CompressedPublic":
		require.Equal(t, "acceptable", r.Result)
		require.NoError(t, err)
		c.accepted++
		return
	case curve != about && !strings.Contains(r.Comment, "order 2"):
		sound = true // only wrong for a partner on the file's curve
	}
	if !sound || !ours(curve) {
		requireRefusal(t, err, errors.InvalidParameter, "Key", r)
		c.refused++
		return
	}
	require.NoError(t, err, "%d: %s", r.TcID, r.Comment)
	if data[0] == '-' {
		data = unPEM(t, data)
	}
	require.Equal(t, data, spkiOf(t, pub), "%d: %s", r.TcID, r.Comment)
	c.accepted++
}

// spki wraps a point.
func spki(t *testing.T, curve asn1.ObjectIdentifier, point []byte) []byte {
	t.Helper()
	require.NotEmpty(t, curve)
	type algorithm struct{ Algorithm, Curve asn1.ObjectIdentifier }
	der, err := asn1.Marshal(struct {
		Algorithm algorithm
		Point     asn1.BitString
	}{algorithm{oidECPublicKey, curve}, asn1.BitString{Bytes: point, BitLength: 8 * len(point)}})
	require.NoError(t, err)
	return der
}

// pkcs8 wraps a scalar, without the public key.
func pkcs8(t *testing.T, curve asn1.ObjectIdentifier, scalar []byte) []byte {
	t.Helper()
	type algorithm struct{ Algorithm, Curve asn1.ObjectIdentifier }
	inner, err := asn1.Marshal(struct {
		Version int
		Scalar  []byte
	}{1, scalar})
	require.NoError(t, err)
	der, err := asn1.Marshal(struct {
		Version   int
		Algorithm algorithm
		Key       []byte
	}{0, algorithm{oidECPublicKey, curve}, inner})
	require.NoError(t, err)
	return der
}

// scalarIn returns the scalar of an EC key in PKCS #8, found apart from the
// package under test.
func scalarIn(t *testing.T, der []byte) []byte {
	t.Helper()
	var outer struct {
		Version   int
		Algorithm asn1.RawValue
		Key       []byte
	}
	_, err := asn1.Unmarshal(der, &outer)
	require.NoError(t, err)
	var inner struct {
		Version int
		Scalar  []byte
		Public  asn1.RawValue `asn1:"optional"`
	}
	_, err = asn1.Unmarshal(outer.Key, &inner)
	require.NoError(t, err)
	return inner.Scalar
}

// primesIn counts the primes of an RSA key in PKCS #8, apart from the package
// under test: they follow n, e and d, and precede as many numbers of the CRT.
func primesIn(t *testing.T, der []byte) int {
	t.Helper()
	var outer struct {
		Version   int
		Algorithm asn1.RawValue
		Key       []byte
	}
	_, err := asn1.Unmarshal(der, &outer)
	require.NoError(t, err)
	var inner struct {
		Version          int
		N, E, D          *big.Int
		P, Q, DP, DQ, QI *big.Int
		More             []struct{ R, D, T *big.Int } `asn1:"optional"`
	}
	_, err = asn1.Unmarshal(outer.Key, &inner)
	require.NoError(t, err)
	return 2 + len(inner.More)
}

func spkiOf(t *testing.T, pub crypto.PublicKey) []byte {
	t.Helper()
	data, err := keyspec.MarshalPublicKey(pub)
	require.NoError(t, err)
	return unPEM(t, data)
}

// publicOf returns the public key in keyspec's type.
func publicOf(t *testing.T, key crypto.PrivateKey) crypto.PublicKey {
	t.Helper()
	if k, ok := key.(*secp256k1.PrivateKey); ok {
		return k.PubKey()
	}
	return key.(crypto.Signer).Public()
}

// rsaSPKI writes a public key as it stands, sound or not.
func rsaSPKI(t *testing.T, n, e *big.Int) []byte {
	t.Helper()
	inner, err := asn1.Marshal(struct{ N, E *big.Int }{n, e})
	require.NoError(t, err)
	type algorithm struct {
		Algorithm asn1.ObjectIdentifier
		Null      asn1.RawValue
	}
	der, err := asn1.Marshal(struct {
		Algorithm algorithm
		Key       asn1.BitString
	}{algorithm{oidRSA, asn1.NullRawValue}, asn1.BitString{Bytes: inner, BitLength: 8 * len(inner)}})
	require.NoError(t, err)
	return der
}

func unPEM(t *testing.T, data []byte) []byte {
	t.Helper()
	block, rest := pem.Decode(data)
	require.NotNil(t, block)
	require.Empty(t, rest)
	return block.Bytes
}

func text(t *testing.T, raw json.RawMessage) string {
	t.Helper()
	var s string
	require.NoError(t, json.Unmarshal(raw, &s))
	return s
}

func unbase64(t *testing.T, s string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(s)
	require.NoError(t, err)
	return b
}
