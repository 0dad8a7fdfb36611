package signer_test

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
	"github.com/kmsigner/kmsigner/signer"
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
	want   []signer.DiagnosisCode
}

func row(name, msg string, digest []byte, want ...signer.DiagnosisCode) digestRow {
	return digestRow{name, msg, digest, want}
}

// digestRows are the mistakes of RSA and ECDSA.
func digestRows() []digestRow {
	of := sum256
	hexText, b64 := hex.EncodeToString([]byte(diagnosed)), base64.StdEncoding.EncodeToString([]byte(diagnosed))
	b64url := base64.RawURLEncoding.EncodeToString([]byte("\xff\xfe message?"))
	crlf := strings.ReplaceAll(diagnosed, "\n", "\r\n")
	digest := string(sum256(diagnosed))
	return []digestRow{
		row("newline added", diagnosed, of(diagnosed+"\n"), signer.TrailingNewline),
		row("CR LF added", diagnosed, of(diagnosed+"\r\n"), signer.TrailingNewline),
		row("newline dropped", diagnosed+"\n", of(diagnosed), signer.TrailingNewline),
		row("CR LF dropped", diagnosed+"\r\n", of(diagnosed), signer.TrailingNewline),
		row("CR LF for LF", diagnosed, of(crlf), signer.LineEndings),
		row("LF for CR LF", crlf, of(diagnosed), signer.LineEndings),
		row("as hex", diagnosed, of(hexText), signer.MessageAsHex),
		row("as HEX", diagnosed, of(strings.ToUpper(hexText)), signer.MessageAsHex),
		row("as base64", diagnosed, of(b64), signer.MessageAsBase64),
		row("as base64url", "\xff\xfe message?", of(b64url), signer.MessageAsBase64),
		row("from hex", hexText, of(diagnosed), signer.MessageFromHex),
		row("from base64", b64, of(diagnosed), signer.MessageFromBase64),
		row("from base64url", b64url, of("\xff\xfe message?"), signer.MessageFromBase64),
		row("twice", diagnosed, of(digest), signer.HashedTwice),
		row("digest as hex", diagnosed, of(hex.EncodeToString([]byte(digest))), signer.DigestAsHex),
		row("digest as HEX", diagnosed, of(strings.ToUpper(hex.EncodeToString([]byte(digest)))), signer.DigestAsHex),
		row("digest as base64", diagnosed, of(base64.StdEncoding.EncodeToString([]byte(digest))), signer.DigestAsBase64),
		row("digest as base64url", diagnosed, of(base64.RawURLEncoding.EncodeToString([]byte(digest))), signer.DigestAsBase64),
		row("digest as a line of hex", diagnosed, of(hex.EncodeToString([]byte(digest))+"\n"), signer.DigestAsHex),
		row("digest as sha256sum prints it", diagnosed, of(hex.EncodeToString([]byte(digest))+"  -\n"), signer.DigestAsHex),
		row("digest as a line of HEX", diagnosed, of(strings.ToUpper(hex.EncodeToString([]byte(digest)))+"\n"), signer.DigestAsHex),
		row("digest as a line of base64", diagnosed, of(base64.StdEncoding.EncodeToString([]byte(digest))+"\n"), signer.DigestAsBase64),
		row("not hashed", digest, []byte(digest), signer.NotHashed),
		row("not hashed, from hex", hex.EncodeToString([]byte(digest)), []byte(digest), signer.NotHashed, signer.MessageFromHex),
		row("the empty message twice", "", of(string(sum256(""))), signer.HashedTwice),
		row("another message", diagnosed, of("something else"), signer.Unexplained),
	}
}

// hashRows are the other hash functions.
func hashRows() []digestRow {
	sha1sum, sum384, sum512 := sha1.Sum([]byte(diagnosed)), sha512.Sum384([]byte(diagnosed)), sha512.Sum512([]byte(diagnosed))
	sum3, sumSM3 := sha3.Sum256([]byte(diagnosed)), sm3.Sum([]byte(diagnosed))
	keccak := legacy.NewLegacyKeccak256()
	keccak.Write([]byte(diagnosed))
	crlf := sha512.Sum384([]byte(strings.ReplaceAll(diagnosed, "\n", "\r\n")))
	return []digestRow{
		row("SHA-1", diagnosed, sha1sum[:], signer.OtherHash),
		row("SHA-384", diagnosed, sum384[:], signer.OtherHash),
		row("SHA-512", diagnosed, sum512[:], signer.OtherHash),
		row("SHA3-256", diagnosed, sum3[:], signer.OtherHash),
		row("SM3", diagnosed, sumSM3[:], signer.OtherHash),
		row("Keccak-256", diagnosed, keccak.Sum(nil), signer.OtherHash),
		row("SHA-384 and CR LF", diagnosed, crlf[:], signer.OtherHash, signer.LineEndings),
	}
}

func TestDiagnose_ecdsaDigest(t *testing.T) {
	t.Parallel()
	ethereum := legacy.NewLegacyKeccak256()
	fmt.Fprintf(ethereum, "\x19Ethereum Signed Message:\n%d%s", len(diagnosed), diagnosed)
	rows := append(append(digestRows(), hashRows()...),
		row("personal_sign", diagnosed, ethereum.Sum(nil), signer.EthereumMessage),
		row("a long message not hashed", diagnosed+diagnosed, []byte(diagnosed+diagnosed), signer.NotHashed),
		row("a short message not hashed", "1234", []byte("1234"), signer.NotHashed),
	)
	for _, p := range []keyspec.Pair{p256Pair, p256kPair} {
		s := newSigner(t, p)
		for _, tt := range rows {
			t.Run(p.String()+"/"+tt.name, func(t *testing.T) {
				der := primitiveSign(t, testKey(t, p.KeySpec), tt.digest)
				requireDiagnosis(t, signer.Diagnose(s.Public(), p.Algorithm, []byte(tt.msg), der), tt.want...)
				if tt.want[0] == signer.Unexplained {
					return
				}
				requireDiagnosis(t, signer.Diagnose(s.Public(), p.Algorithm, []byte(tt.msg), toRaw(t, der)),
					append([]signer.DiagnosisCode{signer.RawNotDER}, tt.want...)...)
			})
		}
	}
}

// The right key and the right message, by a mistake that is not known: neither is
// ruled out.
func TestDiagnose_unexplained(t *testing.T) {
	t.Parallel()
	for _, p := range ecPairs {
		s := newSigner(t, p)
		sig := primitiveSign(t, testKey(t, p.KeySpec), sum256("\ufeff"+diagnosed))
		d := signer.Diagnose(s.Public(), p.Algorithm, []byte(diagnosed), sig)
		requireDiagnosis(t, d, signer.Unexplained)
		require.Equal(t, "No known mistake explains the signature; it may be of another key or another message.", d.Sentence)
	}
}

// As many mistakes as are combined.
func TestDiagnose_fiveMistakes(t *testing.T) {
	t.Parallel()
	s := newSigner(t, p256Pair)
	swapped := toRaw(t, primitiveSign(t, testKey(t, keyspec.ECP256), hashed(crypto.SHA384, diagnosed+"\n")))
	swapped = append(swapped[32:], swapped[:32]...)
	text := []byte(hex.EncodeToString(swapped))
	requireDiagnosis(t, signer.Diagnose(s.Public(), keyspec.ECDSASHA256, []byte(diagnosed), text),
		signer.HexText, signer.RawNotDER, signer.Swapped, signer.OtherHash, signer.TrailingNewline)
}

func sm2ID(t testing.TB, id string) sm2z.ID {
	t.Helper()
	out, err := sm2z.NewID([]byte(id))
	require.NoError(t, err)
	return out
}

func TestDiagnose_sm2Digest(t *testing.T) {
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
	withID, tryIDs := signer.WithID(alice), signer.TryIDs(bob, alice)
	for _, row := range []struct {
		name   string
		digest []byte
		opts   []signer.Option
		want   []signer.DiagnosisCode
	}{
		{"right", e, nil, []signer.DiagnosisCode{signer.Valid}},
		{"right, custom", digest(pub, "alice@example.com", m), []signer.Option{withID}, []signer.DiagnosisCode{signer.Valid}},
		{"without Z(A)", sumSM3[:], nil, []signer.DiagnosisCode{signer.WithoutZA}},
		{"without Z(A), custom", sumSM3[:], []signer.Option{withID}, []signer.DiagnosisCode{signer.WithoutZA}},
		{"empty id", empty[:], nil, []signer.DiagnosisCode{signer.UnderEmptyID}},
		{"empty id for custom", empty[:], []signer.Option{withID}, []signer.DiagnosisCode{signer.UnderEmptyID}},
		{"default id for custom", e, []signer.Option{withID}, []signer.DiagnosisCode{signer.UnderDefaultID}},
		{"default id for empty", e, []signer.Option{signer.WithID(sm2z.EmptyID())}, []signer.DiagnosisCode{signer.UnderDefaultID}},
		{"custom id for default", digest(pub, "alice@example.com", m), []signer.Option{tryIDs}, []signer.DiagnosisCode{signer.UnderOtherID}},
		{"custom id for custom", digest(pub, "bob@example.com", m), []signer.Option{withID, tryIDs}, []signer.DiagnosisCode{signer.UnderOtherID}},
		{"custom id, not told", digest(pub, "alice@example.com", m), nil, []signer.DiagnosisCode{signer.Unexplained}},
		{"default id as hex", digest(pub, hex.EncodeToString([]byte("1234567812345678")), m), nil, []signer.DiagnosisCode{signer.IDAsHex}},
		{"custom id as HEX", digest(pub, strings.ToUpper(hex.EncodeToString([]byte("alice@example.com"))), m), []signer.Option{withID}, []signer.DiagnosisCode{signer.IDAsHex}},
		{"Z(A) of another key", digest(&other.PublicKey, "", m), []signer.Option{signer.TryKeys(&other.PublicKey)}, []signer.DiagnosisCode{signer.ZAOfOtherKey}},
		{"Z(A) of another key, not told", digest(&other.PublicKey, "", m), nil, []signer.DiagnosisCode{signer.Unexplained}},
		{"SHA-256", sum256(diagnosed), nil, []signer.DiagnosisCode{signer.SHA256NotSM3}},
		{"SHA-256 after Z(A)", sum256(string(za) + diagnosed), nil, []signer.DiagnosisCode{signer.SHA256NotSM3}},
		{"SM3 digest as message", digest(pub, "", sumSM3[:]), nil, []signer.DiagnosisCode{signer.HashedTwice}},
		{"e as message", digest(pub, "", e), nil, []signer.DiagnosisCode{signer.HashedTwice}},
		{"SHA-256 digest as message", digest(pub, "", sum256(diagnosed)), nil, []signer.DiagnosisCode{signer.HashedTwice}},
		{"hex of SM3 digest as message", digest(pub, "", []byte(hex.EncodeToString(sumSM3[:]))), nil, []signer.DiagnosisCode{signer.DigestAsHex}},
		{"a line of hex of SM3 digest as message", digest(pub, "", []byte(hex.EncodeToString(sumSM3[:])+"\n")), nil, []signer.DiagnosisCode{signer.DigestAsHex}},
		{"base64 of e as message", digest(pub, "", []byte(base64.StdEncoding.EncodeToString(e))), nil, []signer.DiagnosisCode{signer.DigestAsBase64}},
		{"newline", digest(pub, "", append(m[:len(m):len(m)], '\n')), nil, []signer.DiagnosisCode{signer.TrailingNewline}},
		{"message as hex", digest(pub, "", []byte(hex.EncodeToString(m))), nil, []signer.DiagnosisCode{signer.MessageAsHex}},
		{"not hashed", m[:32], nil, []signer.DiagnosisCode{signer.NotHashed}},
		{"newline without Z(A)", sumOf(sm3.Sum(append(m[:len(m):len(m)], '\n'))), nil, []signer.DiagnosisCode{signer.WithoutZA, signer.TrailingNewline}},
		{"default id for custom, and twice", digest(pub, "", sumSM3[:]), []signer.Option{withID}, []signer.DiagnosisCode{signer.UnderDefaultID, signer.HashedTwice}},
	} {
		t.Run(row.name, func(t *testing.T) {
			der := primitiveSign(t, key, row.digest)
			requireDiagnosis(t, signer.Diagnose(pub, keyspec.SM2DSA, m, der, row.opts...), row.want...)
			if row.want[0] == signer.Valid || row.want[0] == signer.Unexplained {
				return
			}
			text := []byte(base64.StdEncoding.EncodeToString(der))
			requireDiagnosis(t, signer.Diagnose(pub, keyspec.SM2DSA, m, text, row.opts...),
				append([]signer.DiagnosisCode{signer.Base64Text}, row.want...)...)
		})
	}
}

func sumOf(sum [32]byte) []byte { return sum[:] }
