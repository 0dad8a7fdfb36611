// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"crypto"
	_ "crypto/sha1"
	_ "crypto/sha256"
	"crypto/sha3"
	_ "crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"math/big"
	"strings"
	"testing"

	"github.com/c2sp/wycheproof"
	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/stretchr/testify/require"
)

// A tally counts what became of the rows of one file. Every row ends in exactly
// one of the first five counts, so their sum is the number of rows in the file.
type tally struct {
	valid    int // the verifier accepts the signature
	invalid  int // the verifier refuses the signature
	foreign  int // a good or bad signature of another hash, mask or salt: refused
	accepted int // a row about a key: package keyspec takes the key
	refused  int // a row whose key package keyspec refuses

	highS  int // of the valid: refused under RequireLowS
	signed int // the signer made the row's signature, byte for byte
}

func (c tally) rows() int { return c.valid + c.invalid + c.foreign + c.accepted + c.refused }

// A runner runs all rows of one file.
type runner func(t *testing.T, f file) tally

// A file is one of Wycheproof's, in the spelling of all the schemas together.
type file struct {
	NumberOfTests int
	TestGroups    []group
}

type group struct {
	Curve        string // of the files on ECDH
	SHA, MGFSHA  string
	MGF          string
	SaltLen      int `json:"sLen"`
	KeySize      int
	PublicKey    struct{ Uncompressed, Modulus, PublicExponent string }
	PublicKeyDer string
	PublicKeyPem string
	PublicKeyAsn string // PKCS #1

	KeyDer, KeyAsn string // the public key of a private one
	PrivateKeyPkcs8,
	PrivateKeyPem string

	Public  json.RawMessage // JSON Web Keys
	Comment string
	Tests   []row
}

type row struct {
	TcID    int `json:"tcId"`
	Comment string
	Result  string
	Flags   []string

	Msg, Sig        string
	JWS             json.RawMessage
	Public, Private json.RawMessage // of the files on ECDH

	Name, OID, N, GX, GY string // of the file on curves
}

// isValid reads the result of a row that leaves no choice.
func (r row) isValid(t *testing.T) bool {
	t.Helper()
	require.Contains(t, []string{"valid", "invalid"}, r.Result, r.Comment)
	return r.Result == "valid"
}

// TestWycheproof runs every row of every file that applies. A file that is in
// neither table below, a row that is not run, and another outcome all fail.
func TestWycheproof(t *testing.T) {
	t.Parallel()
	names, err := fs.Glob(wycheproof.TestVectors, "*.json")
	require.NoError(t, err)
	require.Len(t, names, len(wycheproofFiles)+otherFiles)

	others := map[string]int{}
	for _, name := range names {
		test, applies := wycheproofFiles[name]
		if !applies {
			others[otherSubject(t, name)]++
			continue
		}
		t.Run(strings.TrimSuffix(name, "_test.json"), func(t *testing.T) {
			t.Parallel()
			f := readWycheproof(t, name)
			got := test.run(t, f)
			require.Equal(t, f.NumberOfTests, got.rows(), "rows run")
			require.Equal(t, test.want, got)
		})
	}
	for _, subject := range otherSubjects {
		require.Contains(t, others, subject, "no file is about this any more")
	}
}

func readWycheproof(t *testing.T, name string) (f file) {
	t.Helper()
	data, err := fs.ReadFile(wycheproof.TestVectors, name)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &f))
	return f
}

// otherSubject returns the one subject that a file which does not apply is about.
func otherSubject(t *testing.T, name string) string {
	t.Helper()
	for _, subject := range otherSubjects {
		if strings.HasPrefix(name, subject) {
			return subject
		}
	}
	t.Fatalf("%s is new: run it, or say that it does not apply", name)
	return ""
}

// judge asserts that the outcome of a verification is the expected one, and
// counts it.
func (c *tally) judge(t *testing.T, r row, valid bool, err error) {
	t.Helper()
	if valid {
		require.NoError(t, err, "%d: %s", r.TcID, r.Comment)
		c.valid++
		return
	}
	requireRefusal(t, err, errors.InvalidSignature, "Signature", r)
	c.invalid++
}

func requireRefusal(t *testing.T, err error, code errors.Code, param string, r row) {
	t.Helper()
	var e *errors.Error
	require.ErrorAs(t, err, &e, "%d: %s", r.TcID, r.Comment)
	require.Equal(t, code, e.Code, "%d: %s", r.TcID, r.Comment)
	require.Equal(t, param, e.Param, "%d: %s", r.TcID, r.Comment)
}

func verifier(t *testing.T, pub crypto.PublicKey, alg keyspec.Algorithm, opts ...signer.Option) signer.Verifier {
	t.Helper()
	v, err := signer.NewVerifier(pub, alg, opts...)
	require.NoError(t, err)
	return v
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	require.NoError(t, err)
	return b
}

// number reads hexadecimal digits of any count, an odd one too.
func number(t *testing.T, s string) *big.Int {
	t.Helper()
	n, ok := new(big.Int).SetString(s, 16)
	require.True(t, ok, s)
	return n
}

// digestOf digests a message with a hash of Wycheproof's name. SHAKE has the
// output sizes of RFC 8692.
func digestOf(t *testing.T, hash string, msg []byte) []byte {
	t.Helper()
	switch hash {
	case "SHAKE128":
		return sha3.SumSHAKE128(msg, 32)
	case "SHAKE256":
		return sha3.SumSHAKE256(msg, 64)
	}
	h, ok := map[string]crypto.Hash{
		"SHA-1": crypto.SHA1, "SHA-224": crypto.SHA224, "SHA-256": crypto.SHA256,
		"SHA-384": crypto.SHA384, "SHA-512": crypto.SHA512,
		"SHA-512/224": crypto.SHA512_224, "SHA-512/256": crypto.SHA512_256,
		"SHA3-224": crypto.SHA3_224, "SHA3-256": crypto.SHA3_256,
		"SHA3-384": crypto.SHA3_384, "SHA3-512": crypto.SHA3_512,
	}[hash]
	require.True(t, ok, hash)
	w := h.New()
	w.Write(msg)
	return w.Sum(nil)
}
