// SPDX-License-Identifier: Apache-2.0

package keyspec_test

import (
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
)

// refused requires InvalidParameter of this parameter, with this reason.
func refused(t *testing.T, err error, param, reason string) {
	t.Helper()
	var e *errors.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, errors.InvalidParameter, e.Code)
	require.Equal(t, param, e.Param)
	require.Equal(t, reason, e.Reason)
}

func TestAll(t *testing.T) {
	want := []keyspec.KeySpec{"RSA_2048", "RSA_3072", "EC_P256", "EC_P256K", "EC_SM2"}
	require.Equal(t, want, keyspec.All())
	for _, k := range keyspec.All() {
		require.True(t, k.Valid())
		parsed, err := keyspec.Parse(string(k))
		require.NoError(t, err)
		require.Equal(t, k, parsed)
	}
	keyspec.All()[0] = "changed"
	require.Equal(t, want, keyspec.All(), "the slice is the caller's")
}

func TestParseRefuses(t *testing.T) {
	for _, s := range []string{"", "rsa_2048", "RSA_2048 ", " RSA_2048", "RSA_4096", "EC_P384", "RSA_2048\x00",
		"RSA_PSS_SHA_256"} {
		k, err := keyspec.Parse(s)
		require.Empty(t, k)
		require.ErrorContains(t, err, "KeySpec: no key spec is named ")
		require.False(t, keyspec.KeySpec(s).Valid())
		require.Nil(t, keyspec.KeySpec(s).Algorithms())
		require.False(t, keyspec.KeySpec(s).Supports(keyspec.ECDSASHA256))
	}
	_, err := keyspec.Parse("EC_P384")
	refused(t, err, "KeySpec", `no key spec is named "EC_P384"; there are RSA_2048, RSA_3072, EC_P256, EC_P256K and EC_SM2`)
}

func TestParseAlgorithm(t *testing.T) {
	for _, s := range []string{"RSA_PSS_SHA_256", "RSA_PKCS1_SHA_256", "ECDSA_SHA_256", "SM2DSA"} {
		a, err := keyspec.ParseAlgorithm(s)
		require.NoError(t, err)
		require.Equal(t, keyspec.Algorithm(s), a)
	}
	for _, s := range []string{"", "sm2dsa", "ECDSA", "ECDSA_SHA_384", "EC_SM2", "SM2DSA\n"} {
		a, err := keyspec.ParseAlgorithm(s)
		require.Empty(t, a)
		require.ErrorContains(t, err, "Algorithm: no algorithm is named ")
	}
	_, err := keyspec.ParseAlgorithm("SM2")
	refused(t, err, "Algorithm", `no algorithm is named "SM2"; there are RSA_PSS_SHA_256, RSA_PKCS1_SHA_256, ECDSA_SHA_256 and SM2DSA`)
}

// What comes from outside stands in an error in short and printable.
func TestHostileNameIsQuoted(t *testing.T) {
	for _, s := range []string{
		strings.Repeat("A", 1<<20), "\x1b[2J\x00\n", strings.Repeat("\x00", 1000), "\u202edlrow", strings.Repeat("é", 100),
		"\xff\xfe",
	} {
		_, err := keyspec.Parse(s)
		text := err.Error()
		require.Less(t, len(text), 300)
		for _, r := range text {
			require.True(t, unicode.IsPrint(r), "%q", r)
		}
		_, err = keyspec.ParseAlgorithm(s)
		require.Less(t, len(err.Error()), 300)
	}
	_, err := keyspec.Parse(strings.Repeat("A", 41))
	refused(t, err, "KeySpec", `no key spec is named "`+strings.Repeat("A",
		40)+`"…; there are RSA_2048, RSA_3072, EC_P256, EC_P256K and EC_SM2`)
}

func TestPairs(t *testing.T) {
	var names []string
	for _, p := range keyspec.Pairs() {
		names = append(names, p.String())
		require.NoError(t, p.Validate())
		require.True(t, p.KeySpec.Supports(p.Algorithm))
		require.Contains(t, p.KeySpec.Algorithms(), p.Algorithm)
		require.Equal(t, 32, p.DigestSize())
	}
	require.Equal(t, []string{
		"RSA_2048/RSA_PSS_SHA_256", "RSA_2048/RSA_PKCS1_SHA_256",
		"RSA_3072/RSA_PSS_SHA_256", "RSA_3072/RSA_PKCS1_SHA_256",
		"EC_P256/ECDSA_SHA_256", "EC_P256K/ECDSA_SHA_256", "EC_SM2/SM2DSA",
	}, names)
	keyspec.Pairs()[0] = keyspec.Pair{}
	require.NoError(t, keyspec.Pairs()[0].Validate(), "the slice is the caller's")

	require.Equal(t, []keyspec.Algorithm{"RSA_PSS_SHA_256", "RSA_PKCS1_SHA_256"}, keyspec.RSA3072.Algorithms())
	keyspec.RSA3072.Algorithms()[0] = "changed"
	require.True(t, keyspec.RSA3072.Supports(keyspec.RSAPSSSHA256))
}

func TestPairSizes(t *testing.T) {
	sizes := map[keyspec.KeySpec]int{"RSA_2048": 256, "RSA_3072": 384, "EC_P256": 72, "EC_P256K": 72, "EC_SM2": 72}
	for _, p := range keyspec.Pairs() {
		require.Equal(t, sizes[p.KeySpec], p.MaxSignatureSize(), p)
	}
}

func TestPairValidateRefuses(t *testing.T) {
	for _, tt := range []struct {
		pair   keyspec.Pair
		param  string
		reason string
	}{
		{keyspec.Pair{}, "KeySpec", `no key spec is named ""; there are RSA_2048, RSA_3072, EC_P256, EC_P256K and EC_SM2`},
		{keyspec.Pair{KeySpec: "EC_P384", Algorithm: "none"}, "KeySpec",
			`no key spec is named "EC_P384"; there are RSA_2048, RSA_3072, EC_P256, EC_P256K and EC_SM2`},
		{keyspec.Pair{KeySpec: "EC_P256"}, "Algorithm",
			`no algorithm is named ""; there are RSA_PSS_SHA_256, RSA_PKCS1_SHA_256, ECDSA_SHA_256 and SM2DSA`},
		{keyspec.Pair{KeySpec: "EC_P256", Algorithm: "SM2DSA"}, "Algorithm",
			"EC_P256 signs with ECDSA_SHA_256, not with SM2DSA"},
		{keyspec.Pair{KeySpec: "EC_SM2", Algorithm: "ECDSA_SHA_256"}, "Algorithm",
			"EC_SM2 signs with SM2DSA, not with ECDSA_SHA_256"},
		{keyspec.Pair{KeySpec: "RSA_2048", Algorithm: "SM2DSA"}, "Algorithm",
			"RSA_2048 signs with RSA_PSS_SHA_256 or RSA_PKCS1_SHA_256, not with SM2DSA"},
	} {
		refused(t, tt.pair.Validate(), tt.param, tt.reason)
		require.Zero(t, tt.pair.DigestSize())
		require.Zero(t, tt.pair.MaxSignatureSize())
	}
	// Every combination that is not among the seven is refused.
	valid := 0
	for _, k := range keyspec.All() {
		for _, a := range []keyspec.Algorithm{keyspec.RSAPSSSHA256, keyspec.RSAPKCS1SHA256, keyspec.ECDSASHA256,
			keyspec.SM2DSA} {
			if (keyspec.Pair{KeySpec: k, Algorithm: a}).Validate() == nil {
				valid++
			}
		}
	}
	require.Equal(t, 7, valid)
}
