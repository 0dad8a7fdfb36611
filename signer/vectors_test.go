// SPDX-License-Identifier: Apache-2.0

package signer_test

import (
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"math/big"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/testrun"
	"github.com/kmsigner/kmsigner/internal/vectors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/stretchr/testify/require"
)

// A tally counts what became of the rows of one file. Every row ends in exactly
// one of the first four counts, so their sum is the number of rows in the file.
type tally struct {
	valid      int // our verifier accepts the row
	invalid    int // our verifier returns InvalidSignature
	keyRefused int // our contract refuses the row's key
	foreign    int // another hash, mask or salt than our pairs have: shown to be refused

	highS  int // of the valid: refused under RequireLowS
	signed int // our signer made the row's signature, byte for byte
}

func (c tally) rows() int { return c.valid + c.invalid + c.keyRefused + c.foreign }

// vectorFiles is every file of internal/vectors/published, what runs it, and the tally
// that it must have.
var vectorFiles = []struct {
	name string
	rows int
	run  func(t *testing.T, file string) tally
	want tally
}{
	{"nist-cavp/ecdsa_p256_pkv.json", 12, runNISTKeys, tally{valid: 4, keyRefused: 8}},
	{"nist-cavp/ecdsa_p256_sha256_siggen.json", 15, runNISTECDSA, tally{valid: 15}},
	{"nist-cavp/ecdsa_p256_sha256_sigver.json", 15, runNISTECDSA, tally{valid: 3, invalid: 12}},
	{"nist-cavp/rsa_pkcs1_sha256_siggen.json", 20, runNISTPKCS1, tally{valid: 20, signed: 20}},
	{"nist-cavp/rsa_pkcs1_sha256_sigver.json", 36, runNISTPKCS1, tally{valid: 6, invalid: 30, signed: 6}},
	{"nist-cavp/rsa_pss_sha256_siggen.json", 20, runNISTPSS, tally{valid: 10, foreign: 10}},
	{"nist-cavp/rsa_pss_sha256_sigver.json", 36, runNISTPSS, tally{foreign: 36}},

	{"rfc6979/p256_sha256.json", 13, runRFC6979(keyspec.ECP256), tally{valid: 13, highS: 6, signed: 13}},
	{"rfc6979/secp256k1_sha256.json", 6, runRFC6979(keyspec.ECP256K), tally{valid: 6, highS: 4, signed: 6}},

	{"sm2/sign_fixed_k.json", 2, runSM2FixedK, tally{valid: 2}},
	{"sm2/verify_digest_published.json", 6, runSM2Digests, tally{valid: 4, invalid: 2}},
	{"sm2/verify_published.json", 7, runSM2Messages, tally{valid: 2, invalid: 5}},

	{"wycheproof/testvectors_v1/ecdsa_secp256k1_sha256_bitcoin_test.json", 463, runBitcoin,
		tally{valid: 162, invalid: 301, highS: 2}},
	{"wycheproof/testvectors_v1/ecdsa_secp256k1_sha256_p1363_test.json", 252, runECDSA(keyspec.ECP256K, formP1363),
		tally{valid: 167, invalid: 85, highS: 72}},
	{"wycheproof/testvectors_v1/ecdsa_secp256k1_sha256_test.json", 476, runECDSA(keyspec.ECP256K, formDER),
		tally{valid: 168, invalid: 308, highS: 72}},
	{"wycheproof/testvectors_v1/ecdsa_secp256r1_sha256_p1363_test.json", 262, runECDSA(keyspec.ECP256, formP1363),
		tally{valid: 173, invalid: 89, highS: 70}},
	{"wycheproof/testvectors_v1/ecdsa_secp256r1_sha256_test.json", 484, runECDSA(keyspec.ECP256, formDER),
		tally{valid: 174, invalid: 310, highS: 71}},

	{"wycheproof/testvectors_v1/rsa_pkcs1_2048_sig_gen_test.json", 43, runPKCS1Generate,
		tally{valid: 10, foreign: 33, signed: 10}},
	{"wycheproof/testvectors_v1/rsa_pkcs1_3072_sig_gen_test.json", 26, runPKCS1Generate,
		tally{valid: 9, foreign: 17, signed: 9}},
	{"wycheproof/testvectors_v1/rsa_signature_2048_sha256_test.json", 259, runPKCS1Verify, tally{valid: 9, invalid: 250}},
	{"wycheproof/testvectors_v1/rsa_signature_3072_sha256_test.json", 259, runPKCS1Verify, tally{valid: 8, invalid: 251}},

	{"wycheproof/testvectors_v1/rsa_pss_2048_sha256_mgf1_0_test.json", 103, runPSS, tally{valid: 1, foreign: 102}},
	{"wycheproof/testvectors_v1/rsa_pss_2048_sha256_mgf1_32_params_test.json", 108, runPSS, tally{valid: 63, invalid: 45}},
	{"wycheproof/testvectors_v1/rsa_pss_2048_sha256_mgf1_32_test.json", 108, runPSS, tally{valid: 63, invalid: 45}},
	{"wycheproof/testvectors_v1/rsa_pss_2048_sha256_mgf1sha1_20_test.json", 108, runPSS, tally{foreign: 108}},
	{"wycheproof/testvectors_v1/rsa_pss_3072_sha256_mgf1_32_params_test.json", 108, runPSS, tally{valid: 63, invalid: 45}},
	{"wycheproof/testvectors_v1/rsa_pss_3072_sha256_mgf1_32_test.json", 108, runPSS, tally{valid: 63, invalid: 45}},
	{"wycheproof/testvectors_v1/rsa_pss_misc_test.json", 150, runPSS, tally{valid: 1, foreign: 149}},
}

// TestVectors runs every row of every published file. A file that is not in the
// table, a row that is not run, and another outcome all fail.
func TestVectors(t *testing.T) {
	t.Parallel()
	var listed []string
	for _, f := range vectorFiles {
		listed = append(listed, f.name)
	}
	require.ElementsMatch(t, listed, filesOfVectors(t))
	var rows atomic.Int64
	t.Run("files", func(t *testing.T) {
		for _, f := range vectorFiles {
			t.Run(f.name, func(t *testing.T) {
				t.Parallel()
				require.Equal(t, f.rows, rowsOfVectors(t, f.name), "rows in the file")
				got := f.run(t, f.name)
				require.Equal(t, f.rows, got.rows(), "rows run")
				require.Equal(t, f.want, got)
				rows.Add(int64(got.rows()))
			})
		}
	})
	t.Logf("%d published rows of %d files run", rows.Load(), len(vectorFiles))
}

// filesOfVectors lists the files of vectors, which are those in JSON but for the
// captures of requests.
func filesOfVectors(t *testing.T) []string {
	root := vectors.Path(t, ".")
	var names []string
	require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".json" {
			return err
		}
		name, err := filepath.Rel(root, path)
		name = filepath.ToSlash(name)
		if !strings.HasPrefix(name, "captures/") {
			names = append(names, name)
		}
		return err
	}))
	return names
}

// rowsOfVectors counts the rows of a file without knowing what is in them, so
// that no decoding can lose one unseen.
func rowsOfVectors(t *testing.T, file string) int {
	var f struct {
		Tests         []json.RawMessage
		NumberOfTests int
		TestGroups    []struct{ Tests []json.RawMessage }
	}
	vectors.ReadJSON(t, file, &f)
	n := len(f.Tests)
	for _, g := range f.TestGroups {
		n += len(g.Tests)
	}
	if len(f.TestGroups) > 0 {
		require.Equal(t, f.NumberOfTests, n)
	}
	return n
}

// judge asserts that the outcome of a verification is the expected one, and
// counts it.
func (c *tally) judge(t *testing.T, row string, valid bool, err error) {
	t.Helper()
	if valid {
		require.NoError(t, err, row)
		c.valid++
		return
	}
	requireCode(t, err, errors.InvalidSignature, "Signature", row)
	c.invalid++
}

func vectorVerifier(t *testing.T, pub any, alg keyspec.Algorithm, opts ...signer.Option) signer.Verifier {
	t.Helper()
	v, err := signer.NewVerifier(pub, alg, opts...)
	require.NoError(t, err)
	return everyWay{v, t}
}

// An everyWay requires that a signature has the same result alone, in a batch that has lanes of
// its own where there are some, and then alone with the tables that the batch has made.
type everyWay struct {
	signer.Verifier
	t *testing.T
}

func (v everyWay) VerifyDigest(digest, sig []byte) error {
	v.t.Helper()
	want := v.Verifier.VerifyDigest(digest, sig)
	if !testrun.Long() && len(digest) > 0 && digest[0]&3 != 0 { // one row of four
		return want
	}
	n := 4 // enough for lanes
	if v.KeySpec() != keyspec.RSA2048 && v.KeySpec() != keyspec.RSA3072 {
		n = 16 // and for a table of the key
	}
	results := signer.VerifyDigests(v.Verifier, slices.Repeat([][]byte{digest}, n), slices.Repeat([][]byte{sig}, n))
	for _, got := range append(results, v.Verifier.VerifyDigest(digest, sig)) {
		require.Equal(v.t, want, got)
	}
	return want
}

func vectorSigner(t *testing.T, key any, alg keyspec.Algorithm, opts ...signer.Option) signer.Signer {
	t.Helper()
	s, err := signer.New(key, alg, opts...)
	require.NoError(t, err)
	return s
}

func vectorBytes(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	require.NoError(t, err)
	return b
}

// vectorNumber reads hexadecimal digits of any count, an odd one too.
func vectorNumber(t *testing.T, s string) *big.Int {
	t.Helper()
	n, ok := new(big.Int).SetString(s, 16)
	require.True(t, ok, s)
	return n
}
