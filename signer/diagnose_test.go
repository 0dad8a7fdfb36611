package signer_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	decred "github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm3"
	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/sm2z"
	"github.com/stretchr/testify/require"
	legacy "golang.org/x/crypto/sha3"
)

const diagnosed = "pay 100 to alice\nand 200 to bob, today"

var ecPairs = []keyspec.Pair{p256Pair, p256kPair, sm2Pair}

// primitiveSign signs with the code below us, which takes any digest.
func primitiveSign(t testing.TB, key crypto.PrivateKey, digest []byte) []byte {
	t.Helper()
	var sig []byte
	var err error
	switch key := key.(type) {
	case *ecdsa.PrivateKey:
		sig, err = ecdsa.SignASN1(rand.Reader, key, digest)
	case *secp256k1.PrivateKey:
		sig = decred.Sign(key, digest).Serialize()
	case *sm2.PrivateKey:
		sig, err = sm2.SignASN1(rand.Reader, key, digest, nil)
	default:
		t.Fatalf("no primitive for %T", key)
	}
	require.NoError(t, err)
	return sig
}

func sum256(b string) []byte {
	h := sha256.Sum256([]byte(b))
	return h[:]
}

// properDigest is what the pair signs of a message.
func properDigest(s signer.Signer, msg string) []byte {
	h := s.NewDigest()
	h.Write([]byte(msg))
	return h.Sum(nil)
}

// requireDiagnosis checks the codes, that there is something to read and to do,
// and that the verifier agrees.
func requireDiagnosis(t testing.TB, d signer.Diagnosis, want ...signer.DiagnosisCode) {
	t.Helper()
	require.Equal(t, want, d.Codes(), d)
	require.Equal(t, want[0], d.Code)
	require.NotEmpty(t, d.Sentence)
	require.Equal(t, want[0] == signer.Valid, d.Fix == "", d)
	for _, code := range want {
		require.Contains(t, d.String(), string(code))
	}
	require.Contains(t, d.String(), d.Sentence)
	require.Contains(t, d.String(), d.Fix)
}

// A transform spoils a good signature's encoding.
type transform func(t testing.TB, der []byte) []byte

func toRaw(t testing.TB, der []byte) []byte {
	t.Helper()
	raw, err := signer.ToRaw(der)
	require.NoError(t, err)
	return raw
}

func numbers(t testing.TB, der []byte) (r, s *big.Int) {
	raw := toRaw(t, der)
	return new(big.Int).SetBytes(raw[:32]), new(big.Int).SetBytes(raw[32:])
}

// element is a BER element with the length in one byte.
func element(tag byte, contents ...[]byte) []byte {
	body := slices.Concat(contents...)
	return append([]byte{tag, byte(len(body))}, body...)
}

// encodings are what happens to the signature after it was made well.
var encodings = []struct {
	name  string
	spoil transform
	opts  []signer.Option
	want  []signer.DiagnosisCode
}{
	{"as it is", func(_ testing.TB, der []byte) []byte { return der }, nil, []signer.DiagnosisCode{signer.Valid}},
	{"raw, as expected", toRaw, []signer.Option{signer.ExpectRaw()}, []signer.DiagnosisCode{signer.Valid}},
	{"raw", toRaw, nil, []signer.DiagnosisCode{signer.RawNotDER}},
	{"DER for raw", func(_ testing.TB, der []byte) []byte { return der }, []signer.Option{signer.ExpectRaw()}, []signer.DiagnosisCode{signer.DERNotRaw}},
	{"hex", func(_ testing.TB, der []byte) []byte { return []byte(hex.EncodeToString(der)) }, nil, []signer.DiagnosisCode{signer.HexText}},
	{"hex with colons", func(_ testing.TB, der []byte) []byte {
		return []byte(strings.TrimSuffix(strings.ToUpper(strings.ReplaceAll(fmt.Sprintf("% x", der), " ", ":")), ":") + "\n")
	}, nil, []signer.DiagnosisCode{signer.HexText}},
	{"hex of raw with 0x", func(t testing.TB, der []byte) []byte { return fmt.Appendf(nil, "0x%X", toRaw(t, der)) }, nil,
		[]signer.DiagnosisCode{signer.HexText, signer.RawNotDER}},
	{"base64", func(_ testing.TB, der []byte) []byte { return []byte(base64.StdEncoding.EncodeToString(der)) }, nil, []signer.DiagnosisCode{signer.Base64Text}},
	{"base64 in lines", func(_ testing.TB, der []byte) []byte {
		text := base64.StdEncoding.EncodeToString(der)
		return []byte(text[:64] + "\r\n" + text[64:] + "\r\n")
	}, nil, []signer.DiagnosisCode{signer.Base64Text}},
	{"base64url of raw, as in JWS", func(t testing.TB, der []byte) []byte {
		return []byte(base64.RawURLEncoding.EncodeToString(toRaw(t, der)))
	}, nil, []signer.DiagnosisCode{signer.Base64Text, signer.RawNotDER}},
	{"swapped raw", func(t testing.TB, der []byte) []byte {
		raw := toRaw(t, der)
		return append(raw[32:], raw[:32]...)
	}, nil, []signer.DiagnosisCode{signer.RawNotDER, signer.Swapped}},
	{"swapped DER", func(t testing.TB, der []byte) []byte {
		r, s := numbers(t, der)
		return reference(t, s, r)
	}, nil, []signer.DiagnosisCode{signer.Swapped}},
	{"little-endian raw", func(t testing.TB, der []byte) []byte {
		raw := toRaw(t, der)
		slices.Reverse(raw[:32])
		slices.Reverse(raw[32:])
		return raw
	}, nil, []signer.DiagnosisCode{signer.RawNotDER, signer.LittleEndian}},
	{"little-endian DER", func(t testing.TB, der []byte) []byte {
		raw := toRaw(t, der)
		slices.Reverse(raw[:32])
		slices.Reverse(raw[32:])
		return mustDER(t, raw)
	}, nil, []signer.DiagnosisCode{signer.LittleEndian}},
	{"superfluous zeros", func(t testing.TB, der []byte) []byte {
		raw := toRaw(t, der)
		return element(0x30, element(2, []byte{0, 0}, raw[:32]), element(2, []byte{0, 0}, raw[32:]))
	}, nil, []signer.DiagnosisCode{signer.NonMinimalInteger}},
	{"length in two bytes", func(_ testing.TB, der []byte) []byte {
		return append([]byte{0x30, 0x81, der[1]}, der[2:]...)
	}, nil, []signer.DiagnosisCode{signer.NonMinimalLength}},
	{"indefinite length", func(_ testing.TB, der []byte) []byte {
		return slices.Concat([]byte{0x30, 0x80}, der[2:], []byte{0, 0})
	}, nil, []signer.DiagnosisCode{signer.NonMinimalLength}},
	{"a byte behind", func(_ testing.TB, der []byte) []byte { return append(bytes.Clone(der), 1) }, nil, []signer.DiagnosisCode{signer.TrailingBytes}},
	{"a byte behind s", func(_ testing.TB, der []byte) []byte {
		return append([]byte{0x30, der[1] + 1}, append(bytes.Clone(der[2:]), 1)...)
	}, nil, []signer.DiagnosisCode{signer.TrailingBytes}},
	{"Ethereum's v", func(t testing.TB, der []byte) []byte { return append(toRaw(t, der), 27) }, nil, []signer.DiagnosisCode{signer.RecoveryID}},
	{"Bitcoin's compact form", func(t testing.TB, der []byte) []byte { return append([]byte{31}, toRaw(t, der)...) }, nil, []signer.DiagnosisCode{signer.RecoveryID}},
	{"raw with a zero before s", func(t testing.TB, der []byte) []byte {
		raw := toRaw(t, der)
		return slices.Concat(raw[:32], []byte{0}, raw[32:])
	}, nil, []signer.DiagnosisCode{signer.LeadingZeros}},
	{"raw with zeros before both", func(t testing.TB, der []byte) []byte {
		raw := toRaw(t, der)
		return slices.Concat([]byte{0}, raw[:32], []byte{0}, raw[32:])
	}, nil, []signer.DiagnosisCode{signer.LeadingZeros}},
	{"cut", func(_ testing.TB, der []byte) []byte { return der[:len(der)-1] }, nil, []signer.DiagnosisCode{signer.Malformed}},
	{"empty", func(testing.TB, []byte) []byte { return nil }, nil, []signer.DiagnosisCode{signer.Malformed}},
	{"zeros", func(testing.TB, []byte) []byte { return make([]byte, 64) }, nil, []signer.DiagnosisCode{signer.Malformed}},
	{"not below n", func(testing.TB, []byte) []byte { return bytes.Repeat([]byte{0xff}, 64) }, nil, []signer.DiagnosisCode{signer.Malformed}},
	{"a number of 48 bytes", func(t testing.TB, der []byte) []byte {
		r, s := numbers(t, der)
		return reference(t, new(big.Int).Lsh(r, 128), s)
	}, nil, []signer.DiagnosisCode{signer.Malformed}},
}

func TestDiagnose_encoding(t *testing.T) {
	t.Parallel()
	for _, p := range ecPairs {
		s := newSigner(t, p)
		for _, tt := range encodings {
			t.Run(p.String()+"/"+tt.name, func(t *testing.T) {
				good := primitiveSign(t, testKey(t, p.KeySpec), properDigest(s, diagnosed))
				sig := tt.spoil(t, good)
				before := bytes.Clone(sig)
				d := signer.Diagnose(s.Public(), p.Algorithm, []byte(diagnosed), sig, tt.opts...)
				requireDiagnosis(t, d, tt.want...)
				require.Equal(t, before, sig, "the signature is not written to")
				require.Equal(t, d, signer.Diagnose(s.Public(), p.Algorithm, []byte(diagnosed), sig, tt.opts...), "diagnoses are comparable")
			})
		}
	}
}

// signatureWith signs until r or s has the property.
func signatureWith(t testing.TB, key crypto.PrivateKey, digest []byte, property func(raw []byte) bool) []byte {
	t.Helper()
	for range 20_000 {
		var der []byte
		if k, ok := key.(*secp256k1.PrivateKey); ok {
			s, err := signer.New(k, keyspec.ECDSASHA256) // hedged, decred's is not
			require.NoError(t, err)
			der, err = s.SignDigest(background, digest)
			require.NoError(t, err)
		} else {
			der = primitiveSign(t, key, digest)
		}
		if property(toRaw(t, der)) {
			return der
		}
	}
	t.Fatal("no such signature")
	return nil
}

// What big-integer encoders do to one signature in 256, for r, for s, for both.
func TestDiagnose_leadingZeros(t *testing.T) {
	t.Parallel()
	s := newSigner(t, p256Pair)
	digest := properDigest(s, diagnosed)
	for _, at := range []int{0, 32} { // r, s
		der := signatureWith(t, testKey(t, keyspec.ECP256), digest, func(raw []byte) bool { return raw[at] == 0 && raw[at+1] != 0 })
		raw := toRaw(t, der)
		short := slices.Delete(bytes.Clone(raw), at, at+1)
		require.Len(t, short, 63)
		requireDiagnosis(t, signer.Diagnose(s.Public(), keyspec.ECDSASHA256, []byte(diagnosed), short), signer.LeadingZeros)
		requireDiagnosis(t, signer.Diagnose(s.Public(), keyspec.ECDSASHA256, []byte(diagnosed), short, signer.ExpectRaw()), signer.LeadingZeros)
	}
}

func TestDiagnose_negative(t *testing.T) {
	t.Parallel()
	for _, p := range ecPairs {
		s := newSigner(t, p)
		der := signatureWith(t, testKey(t, p.KeySpec), properDigest(s, diagnosed), func(raw []byte) bool { return raw[0] >= 0x80 && raw[32] > 0 })
		raw := toRaw(t, der)
		negative := element(0x30, element(2, raw[:32]), element(2, raw[32:]))
		requireDiagnosis(t, signer.Diagnose(s.Public(), p.Algorithm, []byte(diagnosed), negative), signer.NegativeInteger)
	}
}

func TestDiagnose_highS(t *testing.T) {
	t.Parallel()
	for _, p := range []keyspec.Pair{p256Pair, p256kPair} {
		s := newSigner(t, p)
		n := new(big.Int).SetBytes(orderOf(p))
		low, err := signer.NormalizeS(p.KeySpec, primitiveSign(t, testKey(t, p.KeySpec), properDigest(s, diagnosed)))
		require.NoError(t, err)
		r, num := numbers(t, low)
		high := reference(t, r, n.Sub(n, num))
		diagnose := func(sig []byte, opts ...signer.Option) signer.Diagnosis {
			return signer.Diagnose(s.Public(), p.Algorithm, []byte(diagnosed), sig, opts...)
		}
		d := diagnose(high)
		requireDiagnosis(t, d, signer.Valid)
		require.Equal(t, p == p256kPair, strings.Contains(d.Sentence, "RequireLowS"), "a note where low s is the custom")
		requireDiagnosis(t, diagnose(high, signer.RequireLowS()), signer.HighS)
		requireDiagnosis(t, diagnose(toRaw(t, high), signer.RequireLowS()), signer.RawNotDER, signer.HighS)
		requireDiagnosis(t, diagnose(toRaw(t, high), signer.RequireLowS(), signer.ExpectRaw()), signer.HighS)
		requireDiagnosis(t, diagnose(low, signer.RequireLowS()), signer.Valid)
		requireDiagnosis(t, diagnose([]byte(hex.EncodeToString(toRaw(t, high))), signer.RequireLowS()), signer.HexText, signer.RawNotDER, signer.HighS)
	}
}

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

func TestDiagnose_otherKey(t *testing.T) {
	t.Parallel()
	keys := map[keyspec.KeySpec]crypto.PrivateKey{}
	var publics []crypto.PublicKey
	for _, k := range keyspec.All() {
		key, err := keyspec.GenerateKey(k)
		require.NoError(t, err)
		keys[k] = key
		s, err := signer.New(key, k.Algorithms()[0])
		require.NoError(t, err)
		publics = append(publics, s.Public())
	}
	forPairs(t, func(t *testing.T, p keyspec.Pair) {
		own := newSigner(t, p)
		try := signer.TryKeys(append([]crypto.PublicKey{own.Public()}, publics...)...)
		// Whatever the spec of the other key, its signature is recognised.
		for _, other := range keyspec.Pairs() {
			s, err := signer.New(keys[other.KeySpec], other.Algorithm)
			require.NoError(t, err)
			sig, err := signer.SignMessage(background, s, strings.NewReader(diagnosed))
			require.NoError(t, err)
			d := signer.Diagnose(own.Public(), p.Algorithm, []byte(diagnosed), sig, try)
			switch {
			case p.Algorithm == other.Algorithm || !other.KeySpec.Supports(p.Algorithm):
				requireDiagnosis(t, d, signer.OtherKey)
				require.Contains(t, d.Sentence, s.(fmt.Stringer).String())
			case p.Algorithm == keyspec.RSAPSSSHA256:
				requireDiagnosis(t, d, signer.OtherKey, signer.PKCS1NotPSS)
			default:
				requireDiagnosis(t, d, signer.OtherKey, signer.PSSNotPKCS1)
			}

			d = signer.Diagnose(own.Public(), p.Algorithm, []byte(diagnosed), sig)
			require.Contains(t, []signer.DiagnosisCode{signer.Unexplained, signer.Malformed}, d.Code, "%s by %s", p, other)
		}
		// Another key, and another mistake with it.
		s, err := signer.New(keys[p.KeySpec], p.Algorithm)
		require.NoError(t, err)
		sig, err := signer.SignMessage(background, s, strings.NewReader(diagnosed+"\n"))
		require.NoError(t, err)
		requireDiagnosis(t, signer.Diagnose(own.Public(), p.Algorithm, []byte(diagnosed), sig, try), signer.OtherKey, signer.TrailingNewline)
	})
	// The verifier's key entered Z(A), another key signed.
	own := newSigner(t, sm2Pair)
	sig := primitiveSign(t, keys[keyspec.ECSM2], properDigest(own, diagnosed))
	requireDiagnosis(t, signer.Diagnose(own.Public(), keyspec.SM2DSA, []byte(diagnosed), sig, signer.TryKeys(publics...)), signer.OtherKey, signer.ZAOfOtherKey)
}

func TestDiagnose_unusable(t *testing.T) {
	t.Parallel()
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	require.NoError(t, err)
	for _, key := range []crypto.PublicKey{nil, (*ecdsa.PublicKey)(nil), &rsa.PublicKey{}, "key", &p384.PublicKey, testKey(t, keyspec.ECP256)} {
		requireDiagnosis(t, signer.Diagnose(key, keyspec.ECDSASHA256, nil, nil), signer.BadKey)
	}
	ec, sm, rsaKey := newSigner(t, p256Pair).Public(), newSigner(t, sm2Pair).Public(), newSigner(t, pssPair).Public()
	for _, alg := range []keyspec.Algorithm{"", "ECDSA", keyspec.SM2DSA, keyspec.RSAPSSSHA256} {
		requireDiagnosis(t, signer.Diagnose(ec, alg, nil, nil), signer.BadAlgorithm)
	}
	for name, tt := range map[string]struct {
		pub  crypto.PublicKey
		alg  keyspec.Algorithm
		opts []signer.Option
	}{
		"Option":          {ec, keyspec.ECDSASHA256, []signer.Option{nil}},
		"Deterministic":   {ec, keyspec.ECDSASHA256, []signer.Option{signer.Deterministic()}},
		"VerifyAfterSign": {ec, keyspec.ECDSASHA256, []signer.Option{signer.VerifyAfterSign()}},
		"WithID":          {ec, keyspec.ECDSASHA256, []signer.Option{signer.WithID(sm2z.EmptyID())}},
		"RequireLowS":     {sm, keyspec.SM2DSA, []signer.Option{signer.RequireLowS()}},
		"TryIDs":          {ec, keyspec.ECDSASHA256, []signer.Option{signer.TryIDs(sm2z.EmptyID())}},
		"TryIDs cannot":   {rsaKey, keyspec.RSAPSSSHA256, []signer.Option{signer.TryIDs()}},
		"TryKeys":         {ec, keyspec.ECDSASHA256, []signer.Option{signer.TryKeys(ec, nil)}},
		"ExpectRaw":       {rsaKey, keyspec.RSAPSSSHA256, []signer.Option{signer.ExpectRaw()}},
	} {
		d := signer.Diagnose(tt.pub, tt.alg, nil, nil, tt.opts...)
		requireDiagnosis(t, d, signer.BadOption)
		require.Contains(t, d.Sentence, name)
	}
	requireDiagnosis(t, signer.Diagnose(ec, keyspec.ECDSASHA256, nil, nil, signer.TryKeys(), signer.Portable()), signer.Malformed)
	requireDiagnosis(t, signer.Diagnose(sm, keyspec.SM2DSA, nil, nil, signer.TryIDs()), signer.Malformed)

	var zero signer.Diagnosis
	require.Equal(t, "no diagnosis", zero.String())
	require.Empty(t, zero.Codes())
}

// A message that is too large for all pairs of mistakes is still read in single ones.
func TestDiagnose_largeMessage(t *testing.T) {
	t.Parallel()
	s := newSigner(t, p256Pair)
	msg := strings.Repeat("line\n", 600_000)
	sig := primitiveSign(t, testKey(t, keyspec.ECP256), sum256(strings.ReplaceAll(msg, "\n", "\r\n")))
	requireDiagnosis(t, signer.Diagnose(s.Public(), keyspec.ECDSASHA256, []byte(msg), toRaw(t, sig)), signer.RawNotDER, signer.LineEndings)
	pair := sha512.Sum512([]byte(strings.ReplaceAll(msg, "\n", "\r\n")))
	sig = primitiveSign(t, testKey(t, keyspec.ECP256), pair[:])
	d := signer.Diagnose(s.Public(), keyspec.ECDSASHA256, []byte(msg), sig)
	requireDiagnosis(t, d, signer.Unexplained)
	require.Contains(t, d.Sentence, "Not all was tried: the search stopped after hashing 64 MiB")
}

// A search that is cut short says so.
func TestDiagnose_bounded(t *testing.T) {
	t.Parallel()
	s := newSigner(t, sm2Pair)
	var ids []sm2z.ID
	for i := range 500 {
		ids = append(ids, sm2ID(t, fmt.Sprint("id ", i)))
	}
	sig := primitiveSign(t, testKey(t, keyspec.ECSM2), sum256("something else"))
	d := signer.Diagnose(s.Public(), keyspec.SM2DSA, []byte(diagnosed), sig, signer.TryIDs(ids...))
	requireDiagnosis(t, d, signer.Unexplained)
	require.Contains(t, d.Sentence, "stopped after 2000")
	last, err := sm2z.Digest(s.Public().(*ecdsa.PublicKey), ids[len(ids)-1], []byte(diagnosed))
	require.NoError(t, err)
	sig = primitiveSign(t, testKey(t, keyspec.ECSM2), last[:])
	requireDiagnosis(t, signer.Diagnose(s.Public(), keyspec.SM2DSA, []byte(diagnosed), sig, signer.TryIDs(ids...)), signer.UnderOtherID)
}

// Whatever comes in, a Diagnosis comes out, and it is Valid where the verifier
// says so and nowhere else.
func FuzzDiagnose(f *testing.F) {
	type subject struct {
		signer   signer.Signer
		verifier signer.Verifier
		opts     []signer.Option
	}
	var subjects []subject
	for _, p := range keyspec.Pairs() {
		s := newSigner(f, p, signer.Deterministic())
		subjects = append(subjects, subject{s, newVerifier(f, s), nil})
		if p.Algorithm == keyspec.ECDSASHA256 {
			subjects = append(subjects, subject{s, newVerifier(f, s, signer.RequireLowS()), []signer.Option{signer.RequireLowS()}})
		}
		i := len(subjects) - 1
		for _, msg := range []string{"", diagnosed, "616263"} {
			sig, err := signer.SignMessage(background, s, strings.NewReader(msg))
			require.NoError(f, err)
			f.Add(uint8(i), []byte(msg), sig)
			f.Add(uint8(i), []byte(msg+"\n"), []byte(hex.EncodeToString(sig)))
			if raw, err := signer.ToRaw(sig); err == nil {
				f.Add(uint8(i), []byte(msg), raw)
			}
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, msg, sig []byte) {
		s := subjects[int(which)%len(subjects)]
		beforeMsg, beforeSig := bytes.Clone(msg), bytes.Clone(sig)
		d := signer.Diagnose(s.signer.Public(), s.signer.Algorithm(), msg, sig, s.opts...)
		err := signer.VerifyMessage(s.verifier, bytes.NewReader(msg), sig)
		require.Equal(t, err == nil, d.Code == signer.Valid, d)
		require.True(t, err == nil || errors.Is(err, errors.InvalidSignature))
		require.Equal(t, d.Code != signer.Valid, d.Fix != "", d)
		require.Equal(t, d.Code, d.Codes()[0])
		require.NotEmpty(t, d.Sentence)
		require.Equal(t, beforeMsg, msg)
		require.Equal(t, beforeSig, sig)
	})
}
