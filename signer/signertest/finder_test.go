// SPDX-License-Identifier: Apache-2.0

package signertest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/emmansun/gmsm/sm2"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/stretchr/testify/require"
)

// secretNumbers are the numbers of a private key, each of which gives it away.
func secretNumbers(key crypto.PrivateKey) map[string]*big.Int {
	switch k := key.(type) {
	case *rsa.PrivateKey:
		return map[string]*big.Int{"d": k.D, "p": k.Primes[0], "q": k.Primes[1], "dP": k.Precomputed.Dp,
			"dQ": k.Precomputed.Dq}
	case *ecdsa.PrivateKey:
		return map[string]*big.Int{"d": k.D}
	case *sm2.PrivateKey:
		return map[string]*big.Int{"d": k.D}
	case *secp256k1.PrivateKey:
		return map[string]*big.Int{"d": new(big.Int).SetBytes(k.Serialize())}
	}
	return nil
}

// searchedSpecs are all key specs but RSA_3072, which is RSA_2048 in slow.
var searchedSpecs = []keyspec.KeySpec{keyspec.RSA2048, keyspec.ECP256, keyspec.ECP256K, keyspec.ECSM2}

func publicOf(k keyspec.KeySpec) crypto.PublicKey {
	return New(keyspec.Pair{KeySpec: k, Algorithm: k.Algorithms()[0]}).Public()
}

func TestFinderFinds(t *testing.T) {
	for _, k := range searchedSpecs {
		pub := publicOf(k)
		for name, v := range secretNumbers(Key(k)) {
			b := v.Bytes()
			asJSON, err := json.Marshal(map[string]any{"a": b, "b": 1})
			require.NoError(t, err)
			for text, form := range map[string]string{
				fmt.Sprintf("%x", b):                            inHex,
				fmt.Sprintf("%#X", b):                           inHex,
				v.String():                                      inDecimal,
				"&{" + v.String() + " 65537}":                   inDecimal,
				base64.StdEncoding.EncodeToString(b):            inBase64,
				base64.RawURLEncoding.EncodeToString(b):         inBase64,
				wrapLines(base64.StdEncoding.EncodeToString(b)): inBase64,
				string(asJSON):                                  inBase64,
				fmt.Sprint(b):                                   inList,
				fmt.Sprintf("%#v", b):                           inList,
				fmt.Sprintf("{[]byte: %d, 7}", b):               inList,
				fmt.Sprintf("%#v", *v):                          inList,
				fmt.Sprintf("%v", v.Bits()):                     inList,
				fmt.Sprintf("%v", halves(v)):                    inList,
			} {
				require.Equal(t, form, newFinder(pub).find(text), "%s: %s in %.100s", k, name, text)
			}
			if k == keyspec.RSA2048 && name != "p" && name != "q" {
				continue // an exponent is found only where it is alone
			}
			for text, form := range map[string]string{
				"d8:" + hex.EncodeToString(b) + "a":                      inHex,
				"f" + hex.EncodeToString(b):                              inHex,
				"key=xyz" + base64.RawStdEncoding.EncodeToString(b):      inBase64,
				"7 9 " + strings.Trim(fmt.Sprint(b), "[]") + " 1 18 200": inList,
			} {
				require.Equal(t, form, newFinder(pub).find(text), "%s: %s in %.100s", k, name, text)
			}
		}
		pem, err := keyspec.MarshalPrivateKey(Key(k))
		require.NoError(t, err)
		require.Equal(t, inPEM, newFinder(pub).find(string(pem)))
		body := strings.Join(strings.Split(string(pem), "\n")[1:], "\n")
		require.Equal(t, inBase64, newFinder(pub).find(strings.Split(body, "-----")[0]), "%s: the body of PEM", k)
		require.Equal(t, inHex, newFinder(pub).find(hex.EncodeToString(der(pem))), "%s: DER", k)
		for _, verb := range []string{"%v", "%+v", "%#v"} {
			// A pointer to a key is an address to fmt where it is not at the top.
			require.NotEmpty(t, newFinder(pub).find(fmt.Sprintf(verb, Key(k))), "%s: %s", k, verb)
		}
	}
}

// halves are the words of v on a machine of 32 bits.
func halves(v *big.Int) (out []uint32) {
	for _, b := range new(big.Int).Set(v).Bits() {
		out = append(out, uint32(b), uint32(uint64(b)>>32))
	}
	return out
}

func wrapLines(s string) string {
	var out []string
	for len(s) > 64 {
		out, s = append(out, s[:64]), s[64:]
	}
	return strings.Join(append(out, s), "\r\n")
}

// What is public, or another's, is no secret.
func TestFinderFindsNothing(t *testing.T) {
	for _, k := range searchedSpecs {
		pub := publicOf(k)
		pem, err := keyspec.MarshalPublicKey(pub)
		require.NoError(t, err)
		p := keyspec.Pair{KeySpec: k, Algorithm: k.Algorithms()[0]}
		sig, err := New(p).SignDigest(background, make([]byte, 32))
		require.NoError(t, err)
		other := secretNumbers(Key(keyspec.ECP256))["d"]
		if k == keyspec.ECP256 {
			other = secretNumbers(Key(keyspec.ECSM2))["d"]
		}
		for _, text := range []string{
			"",
			string(pem),
			hex.EncodeToString(der(pem)),
			fmt.Sprintf("%v", pub),
			fmt.Sprintf("%+v", pub),
			fmt.Sprintf("%#v", pub),
			fmt.Sprint(signer.Signer(New(p))),
			fmt.Sprintf("%x %d %s", sig, sig, base64.StdEncoding.EncodeToString(sig)),
			fmt.Sprintf("%x %d %v", other.Bytes(), other.Bytes(), other),
			strings.Repeat("0", 1000),
			strings.Repeat("1", 700),
			strings.Repeat("f", 600),
			strings.Repeat("0, ", 600),
			strings.Repeat("99999999999999999999 ", 600),
			strings.Repeat("0x1 0xffffffffffffffff ", 60),
			"0800 0800 08 0x 0x, 0xg",
		} {
			require.Empty(t, newFinder(pub).find(text), "%s: %.100s", k, text)
		}
	}
}

// A Signer that prints without end does not keep the suite busy without end.
func TestFinderEnds(t *testing.T) {
	f := newFinder(publicOf(keyspec.ECP256))
	text := strings.Repeat("0", searched) + hex.EncodeToString(scalar(keyspec.ECP256))
	require.Empty(t, f.find(text), "behind what is searched")
	for i := range tried + 1 {
		f.seen[fmt.Sprint(i)] = true
	}
	require.Empty(t, f.find(hex.EncodeToString(scalar(keyspec.ECP256))))
}

func FuzzFinder(f *testing.F) {
	f.Add("d8:" + strings.Repeat("0f", 40))
	f.Add(strings.Repeat("1 ", 40))
	f.Add("[1 2 3 4 99999999999999999999999 4 5 6 7]")
	f.Add(strings.Repeat("aA+/-_", 20))
	f.Add("-----BEGIN PRIVATE KEY-----")
	pub := publicOf(keyspec.ECP256)
	f.Fuzz(func(t *testing.T, text string) {
		if form := newFinder(pub).find(text); form != "" && form != inPEM {
			t.Errorf("it has guessed the key: %s", form)
		}
	})
}
