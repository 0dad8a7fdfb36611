// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/emmansun/gmsm/sm2"
	"github.com/kmsigner/kmsigner/internal/testkeys"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/sm2z"
	"github.com/stretchr/testify/require"
)

// A testKey is a private key in the forms that the drivers take.
type testKey struct {
	name    string
	private crypto.PrivateKey
	public  crypto.PublicKey
	forms   request // pkcs8, spki; scalar, point; or n, e, d
}

var corpus struct {
	sync.Mutex
	keys map[keyspec.KeySpec][]testKey
}

// keysOf returns the keys to exchange signatures with, the same for all peers:
// the fixed one, a fresh one, and at the edges of what the spec allows.
func keysOf(t *testing.T, spec keyspec.KeySpec) []testKey {
	t.Helper()
	corpus.Lock()
	defer corpus.Unlock()
	if corpus.keys == nil {
		corpus.keys = map[keyspec.KeySpec][]testKey{}
	}
	if corpus.keys[spec] == nil {
		corpus.keys[spec] = makeKeys(t, spec)
	}
	return corpus.keys[spec]
}

func makeKeys(t *testing.T, spec keyspec.KeySpec) []testKey {
	t.Helper()
	fixed, err := testkeys.Key(spec)
	require.NoError(t, err)
	fresh, err := keyspec.GenerateKey(spec)
	require.NoError(t, err)
	keys := []testKey{newTestKey(t, "fixed", fixed), newTestKey(t, "fresh", fresh)}
	n := orderOf(spec)
	if n == nil {
		return append(keys, newTestKey(t, "exponent 3", smallExponent(t, spec)))
	}
	largest := new(big.Int).Sub(n, big.NewInt(1))
	if spec == keyspec.ECSM2 {
		largest.Sub(n, big.NewInt(2)) // d+1 must have an inverse
	}
	for _, scalar := range []struct {
		name string
		d    *big.Int
	}{
		{"1", big.NewInt(1)},
		{"2", big.NewInt(2)},
		{"2^128", new(big.Int).Lsh(big.NewInt(1), 128)},
		{"half of n", new(big.Int).Rsh(n, 1)},
		{"largest", largest},
		{"second largest", new(big.Int).Sub(largest, big.NewInt(1))},
	} {
		key, err := keyspec.ParsePrivateKey(pkcs8(t, oidOf[curveOf[spec]], scalar.d.FillBytes(make([]byte, 32))), nil)
		require.NoError(t, err)
		keys = append(keys, newTestKey(t, scalar.name, key))
	}
	return keys
}

var curveOf = map[keyspec.KeySpec]string{
	keyspec.ECP256: "secp256r1", keyspec.ECP256K: "secp256k1", keyspec.ECSM2: "sm2",
}

// orderOf returns the order of the spec's group, or nil for RSA.
func orderOf(spec keyspec.KeySpec) *big.Int {
	return map[keyspec.KeySpec]*big.Int{
		keyspec.ECP256:  elliptic.P256().Params().N,
		keyspec.ECP256K: secp256k1.Params().N,
		keyspec.ECSM2:   sm2.P256().Params().N,
	}[spec]
}

// smallExponent is a key of Wycheproof with the public exponent 3.
func smallExponent(t *testing.T, spec keyspec.KeySpec) crypto.PrivateKey {
	t.Helper()
	f := readWycheproof(t, map[keyspec.KeySpec]string{
		keyspec.RSA2048: "rsa_pkcs1_2048_sig_gen_test.json",
		keyspec.RSA3072: "rsa_pkcs1_3072_sig_gen_test.json",
	}[spec])
	for _, g := range f.TestGroups {
		key, err := keyspec.ParsePrivateKey(unhex(t, g.PrivateKeyPkcs8), nil)
		require.NoError(t, err)
		if key.(*rsa.PrivateKey).E == 3 {
			return key
		}
	}
	t.Fatal("no key has the public exponent 3")
	return nil
}

func newTestKey(t *testing.T, name string, private crypto.PrivateKey) testKey {
	t.Helper()
	k := testKey{name: name, private: private, public: publicOf(t, private)}
	pkcs8, err := keyspec.MarshalPrivateKey(private)
	require.NoError(t, err)
	der, spki := unPEM(t, pkcs8), spkiOf(t, k.public)
	k.forms = request{"pkcs8": hex.EncodeToString(der), "spki": hex.EncodeToString(spki)}
	if key, ok := private.(*rsa.PrivateKey); ok {
		k.forms["n"] = hex.EncodeToString(key.N.Bytes())
		k.forms["e"] = fmt.Sprintf("%06x", key.E)
		k.forms["d"] = hex.EncodeToString(key.D.Bytes())
		return k
	}
	k.forms["scalar"] = hex.EncodeToString(scalarIn(t, der))
	k.forms["point"] = hex.EncodeToString(spki[len(spki)-65:])
	return k
}

// digestsFor returns digests: of messages, and at the edges of 256 bits and of
// the group order.
func digestsFor(spec keyspec.KeySpec) [][]byte {
	numbers := []*big.Int{big.NewInt(0), big.NewInt(1),
		new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 256), big.NewInt(1))}
	messages := 4
	if n := orderOf(spec); n != nil {
		for offset := int64(-1); offset <= 1; offset++ {
			numbers = append(numbers, new(big.Int).Add(n, big.NewInt(offset)))
		}
		numbers = append(numbers, new(big.Int).Lsh(big.NewInt(1), 255), new(big.Int).Rsh(n, 1))
		messages = 12
	}
	var digests [][]byte
	for _, n := range numbers {
		digests = append(digests, n.FillBytes(make([]byte, 32)))
	}
	for i := range messages {
		digest := sha256.Sum256(fmt.Appendf(nil, "kmsigner conformance %d", i))
		digests = append(digests, digest[:])
	}
	return digests
}

// An sm2Input is a message, and the id that it is signed under.
type sm2Input struct{ id, message string }

var sm2Inputs = []sm2Input{
	{"1234567812345678", ""},
	{"1234567812345678", "message digest"},
	{"", ""},
	{"", "message digest"},
	{"a", strings.Repeat("0123456789abcdef", 64)},
	{"ALICE123@YAHOO.COM", "message digest"},
	{strings.Repeat("long id ", 32), strings.Repeat("m", 23)}, // with Z(A), one block of SM3
	{strings.Repeat("long id ", 31), strings.Repeat("m", 24)}, // and two
}

func (in sm2Input) digest(t *testing.T, key testKey) []byte {
	t.Helper()
	id := sm2z.EmptyID()
	if in.id != "" {
		var err error
		id, err = sm2z.NewID([]byte(in.id))
		require.NoError(t, err)
	}
	digest, err := sm2z.Digest(key.public.(*ecdsa.PublicKey), id, []byte(in.message))
	require.NoError(t, err)
	return digest[:]
}
