// SPDX-License-Identifier: Apache-2.0

package diagnose_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha3"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm3"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/diagnose"
	"github.com/kmsigner/kmsigner/sm2z"
	"github.com/stretchr/testify/require"
	legacy "golang.org/x/crypto/sha3"
)

// A digestRow is a signature that is encoded well, over another digest than that
// of the message.
type digestRow struct {
	name   string
	msg    string
	digest []byte // what was signed
	want   []diagnose.Code
}

func row(name, msg string, digest []byte, want ...diagnose.Code) digestRow {
	return digestRow{name, msg, digest, want}
}

// digestRows are the causes of RSA and ECDSA.
func digestRows() []digestRow {
	of := sum256
	hexText, b64 := hex.EncodeToString([]byte(diagnosed)), base64.StdEncoding.EncodeToString([]byte(diagnosed))
	b64url := base64.RawURLEncoding.EncodeToString([]byte("\xff\xfe message?"))
	crlf := strings.ReplaceAll(diagnosed, "\n", "\r\n")
	digest := string(sum256(diagnosed))
	return []digestRow{
		row("newline added", diagnosed, of(diagnosed+"\n"), diagnose.TrailingNewline),
		row("CR LF added", diagnosed, of(diagnosed+"\r\n"), diagnose.TrailingNewline),
		row("newline dropped", diagnosed+"\n", of(diagnosed), diagnose.TrailingNewline),
		row("CR LF dropped", diagnosed+"\r\n", of(diagnosed), diagnose.TrailingNewline),
		row("CR LF for LF", diagnosed, of(crlf), diagnose.LineEndings),
		row("LF for CR LF", crlf, of(diagnosed), diagnose.LineEndings),
		row("as hex", diagnosed, of(hexText), diagnose.MessageAsHex),
		row("as HEX", diagnosed, of(strings.ToUpper(hexText)), diagnose.MessageAsHex),
		row("as base64", diagnosed, of(b64), diagnose.MessageAsBase64),
		row("as base64url", "\xff\xfe message?", of(b64url), diagnose.MessageAsBase64),
		row("from hex", hexText, of(diagnosed), diagnose.MessageFromHex),
		row("from base64", b64, of(diagnosed), diagnose.MessageFromBase64),
		row("from base64url", b64url, of("\xff\xfe message?"), diagnose.MessageFromBase64),
		row("twice", diagnosed, of(digest), diagnose.HashedTwice),
		row("digest as hex", diagnosed, of(hex.EncodeToString([]byte(digest))), diagnose.DigestAsHex),
		row("digest as HEX", diagnosed, of(strings.ToUpper(hex.EncodeToString([]byte(digest)))), diagnose.DigestAsHex),
		row("digest as base64", diagnosed, of(base64.StdEncoding.EncodeToString([]byte(digest))), diagnose.DigestAsBase64),
		row("digest as base64url", diagnosed, of(base64.RawURLEncoding.EncodeToString([]byte(digest))),
			diagnose.DigestAsBase64),
		row("digest as a line of hex", diagnosed, of(hex.EncodeToString([]byte(digest))+"\n"), diagnose.DigestAsHex),
		row("digest as sha256sum prints it", diagnosed, of(hex.EncodeToString([]byte(digest))+"  -\n"), diagnose.DigestAsHex),
		row("digest as a line of HEX", diagnosed, of(strings.ToUpper(hex.EncodeToString([]byte(digest)))+"\n"),
			diagnose.DigestAsHex),
		row("digest as a line of base64", diagnosed, of(base64.StdEncoding.EncodeToString([]byte(digest))+"\n"),
			diagnose.DigestAsBase64),
		row("not hashed", digest, []byte(digest), diagnose.NotHashed),
		row("not hashed, from hex", hex.EncodeToString([]byte(digest)), []byte(digest), diagnose.NotHashed,
			diagnose.MessageFromHex),
		row("the empty message twice", "", of(string(sum256(""))), diagnose.HashedTwice),
		row("another message", diagnosed, of("something else"), diagnose.Unexplained),
	}
}

// hashRows are the other hash functions.
func hashRows() []digestRow {
	sha1sum, sum384, sum512 := sha1.Sum([]byte(diagnosed)), sha512.Sum384([]byte(diagnosed)),
		sha512.Sum512([]byte(diagnosed))
	sum3, sumSM3 := sha3.Sum256([]byte(diagnosed)), sm3.Sum([]byte(diagnosed))
	keccak := legacy.NewLegacyKeccak256()
	keccak.Write([]byte(diagnosed))
	crlf := sha512.Sum384([]byte(strings.ReplaceAll(diagnosed, "\n", "\r\n")))
	return []digestRow{
		row("SHA-1", diagnosed, sha1sum[:], diagnose.OtherHash),
		row("SHA-384", diagnosed, sum384[:], diagnose.OtherHash),
		row("SHA-512", diagnosed, sum512[:], diagnose.OtherHash),
		row("SHA3-256", diagnosed, sum3[:], diagnose.OtherHash),
		row("SM3", diagnosed, sumSM3[:], diagnose.OtherHash),
		row("Keccak-256", diagnosed, keccak.Sum(nil), diagnose.OtherHash),
		row("SHA-384 and CR LF", diagnosed, crlf[:], diagnose.OtherHash, diagnose.LineEndings),
	}
}

func TestSignature_ecdsaDigest(t *testing.T) {
	t.Parallel()
	ethereum := legacy.NewLegacyKeccak256()
	fmt.Fprintf(ethereum, "\x19Ethereum Signed Message:\n%d%s", len(diagnosed), diagnosed)
	rows := append(append(digestRows(), hashRows()...),
		row("personal_sign", diagnosed, ethereum.Sum(nil), diagnose.EthereumMessage),
		row("a long message not hashed", diagnosed+diagnosed, []byte(diagnosed+diagnosed), diagnose.NotHashed),
		row("a short message not hashed", "1234", []byte("1234"), diagnose.NotHashed),
	)
	for _, p := range []keyspec.Pair{p256Pair, p256kPair} {
		s := newSigner(t, p)
		for _, tt := range rows {
			t.Run(p.String()+"/"+tt.name, func(t *testing.T) {
				der := primitiveSign(t, testKey(t, p.KeySpec), tt.digest)
				requireDiagnosis(t, diagnose.Signature(s.Public(), p.Algorithm, []byte(tt.msg), der, nil), tt.want...)
				if tt.want[0] == diagnose.Unexplained {
					return
				}
				requireDiagnosis(t, diagnose.Signature(s.Public(), p.Algorithm, []byte(tt.msg), toRaw(t, der), nil),
					append([]diagnose.Code{diagnose.RawNotDER}, tt.want...)...)
			})
		}
	}
}

// The right key and the right message, for a cause that is not known: neither is
// ruled out.
func TestSignature_unexplained(t *testing.T) {
	t.Parallel()
	for _, p := range ecPairs {
		s := newSigner(t, p)
		sig := primitiveSign(t, testKey(t, p.KeySpec), sum256("\ufeff"+diagnosed))
		d := diagnose.Signature(s.Public(), p.Algorithm, []byte(diagnosed), sig, nil)
		requireDiagnosis(t, d, diagnose.Unexplained)
		require.Equal(t, "No known cause explains the signature; it may be of another key or another message.", d.Sentence)
	}
}

// As many causes as are combined.
func TestSignature_fiveCauses(t *testing.T) {
	t.Parallel()
	s := newSigner(t, p256Pair)
	swapped := toRaw(t, primitiveSign(t, testKey(t, keyspec.ECP256), hashed(crypto.SHA384, diagnosed+"\n")))
	swapped = append(swapped[32:], swapped[:32]...)
	text := []byte(hex.EncodeToString(swapped))
	requireDiagnosis(t, diagnose.Signature(s.Public(), keyspec.ECDSASHA256, []byte(diagnosed), text, nil),
		diagnose.HexText, diagnose.RawNotDER, diagnose.Swapped, diagnose.OtherHash, diagnose.TrailingNewline)
}

func sm2ID(t testing.TB, id string) sm2z.ID {
	t.Helper()
	out, err := sm2z.NewID([]byte(id))
	require.NoError(t, err)
	return out
}

func TestSignature_sm2Digest(t *testing.T) {
	t.Parallel()
	key := testKey(t, keyspec.ECSM2).(*sm2.PrivateKey)
	other, err := sm2.GenerateKey(rand.Reader)
	require.NoError(t, err)
	pub := key.Public().(*ecdsa.PublicKey)
	alice, bob := sm2ID(t, "alice@example.com"), sm2ID(t, "bob@example.com")
	// Z(A) by gmsm, which is not ours.
	digest := func(pub *ecdsa.PublicKey, id string, msg []byte) []byte {
		e, err := sm2.CalculateSM2Hash(pub, msg, []byte(id))
		require.NoError(t, err)
		return e
	}
	za, err := sm2.CalculateZA(pub, nil)
	require.NoError(t, err)
	m := []byte(diagnosed)
	e := digest(pub, "", m) // gmsm's default
	empty, err := sm2z.Digest(pub, sm2z.EmptyID(), m)
	require.NoError(t, err)
	sumSM3 := sm3.Sum(m)
	withID, tryIDs := &diagnose.Options{ID: alice}, &diagnose.Options{TryIDs: []sm2z.ID{bob, alice}}
	for _, row := range []struct {
		name   string
		digest []byte
		opts   *diagnose.Options
		want   []diagnose.Code
	}{
		{"right", e, nil, []diagnose.Code{diagnose.Valid}},
		{"right, custom", digest(pub, "alice@example.com", m), withID, []diagnose.Code{diagnose.Valid}},
		{"without Z(A)", sumSM3[:], nil, []diagnose.Code{diagnose.WithoutZA}},
		{"without Z(A), custom", sumSM3[:], withID, []diagnose.Code{diagnose.WithoutZA}},
		{"empty id", empty[:], nil, []diagnose.Code{diagnose.UnderEmptyID}},
		{"empty id for custom", empty[:], withID, []diagnose.Code{diagnose.UnderEmptyID}},
		{"default id for custom", e, withID, []diagnose.Code{diagnose.UnderDefaultID}},
		{"default id for empty", e, &diagnose.Options{ID: sm2z.EmptyID()}, []diagnose.Code{diagnose.UnderDefaultID}},
		{"custom id for default", digest(pub, "alice@example.com", m), tryIDs, []diagnose.Code{diagnose.UnderOtherID}},
		{"custom id for custom", digest(pub, "bob@example.com", m),
			&diagnose.Options{ID: alice, TryIDs: []sm2z.ID{bob, alice}}, []diagnose.Code{diagnose.UnderOtherID}},
		{"custom id, not told", digest(pub, "alice@example.com", m), nil, []diagnose.Code{diagnose.Unexplained}},
		{"default id as hex", digest(pub, hex.EncodeToString([]byte("1234567812345678")), m), nil,
			[]diagnose.Code{diagnose.IDAsHex}},
		{"custom id as HEX", digest(pub, strings.ToUpper(hex.EncodeToString([]byte("alice@example.com"))), m), withID,
			[]diagnose.Code{diagnose.IDAsHex}},
		{"Z(A) of another key", digest(&other.PublicKey, "", m),
			&diagnose.Options{TryKeys: []crypto.PublicKey{&other.PublicKey}}, []diagnose.Code{diagnose.ZAOfOtherKey}},
		{"Z(A) of another key, not told", digest(&other.PublicKey, "", m), nil, []diagnose.Code{diagnose.Unexplained}},
		{"SHA-256", sum256(diagnosed), nil, []diagnose.Code{diagnose.SHA256NotSM3}},
		{"SHA-256 after Z(A)", sum256(string(za) + diagnosed), nil, []diagnose.Code{diagnose.SHA256NotSM3}},
		{"SM3 digest as message", digest(pub, "", sumSM3[:]), nil, []diagnose.Code{diagnose.HashedTwice}},
		{"e as message", digest(pub, "", e), nil, []diagnose.Code{diagnose.HashedTwice}},
		{"SHA-256 digest as message", digest(pub, "", sum256(diagnosed)), nil, []diagnose.Code{diagnose.HashedTwice}},
		{"hex of SM3 digest as message", digest(pub, "", []byte(hex.EncodeToString(sumSM3[:]))), nil,
			[]diagnose.Code{diagnose.DigestAsHex}},
		{"a line of hex of SM3 digest as message", digest(pub, "", []byte(hex.EncodeToString(sumSM3[:])+"\n")), nil,
			[]diagnose.Code{diagnose.DigestAsHex}},
		{"base64 of e as message", digest(pub, "", []byte(base64.StdEncoding.EncodeToString(e))), nil,
			[]diagnose.Code{diagnose.DigestAsBase64}},
		{"newline", digest(pub, "", append(m[:len(m):len(m)], '\n')), nil, []diagnose.Code{diagnose.TrailingNewline}},
		{"message as hex", digest(pub, "", []byte(hex.EncodeToString(m))), nil, []diagnose.Code{diagnose.MessageAsHex}},
		{"not hashed", m[:32], nil, []diagnose.Code{diagnose.NotHashed}},
		{"newline without Z(A)", sumOf(sm3.Sum(append(m[:len(m):len(m)], '\n'))), nil,
			[]diagnose.Code{diagnose.WithoutZA, diagnose.TrailingNewline}},
		{"default id for custom, and twice", digest(pub, "", sumSM3[:]), withID,
			[]diagnose.Code{diagnose.UnderDefaultID, diagnose.HashedTwice}},
	} {
		t.Run(row.name, func(t *testing.T) {
			der := primitiveSign(t, key, row.digest)
			requireDiagnosis(t, diagnose.Signature(pub, keyspec.SM2DSA, m, der, row.opts), row.want...)
			if row.want[0] == diagnose.Valid || row.want[0] == diagnose.Unexplained {
				return
			}
			text := []byte(base64.StdEncoding.EncodeToString(der))
			requireDiagnosis(t, diagnose.Signature(pub, keyspec.SM2DSA, m, text, row.opts),
				append([]diagnose.Code{diagnose.Base64Text}, row.want...)...)
		})
	}
}

func sumOf(sum [32]byte) []byte { return sum[:] }
