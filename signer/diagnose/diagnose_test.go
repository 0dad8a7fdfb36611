// SPDX-License-Identifier: Apache-2.0

package diagnose_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	decred "github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
	"github.com/emmansun/gmsm/sm2"
	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/testkeys"
	"github.com/kmsigner/kmsigner/internal/testrun"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/signer/diagnose"
	"github.com/kmsigner/kmsigner/sm2z"
	"github.com/stretchr/testify/require"
)

const diagnosed = "pay 100 to alice\nand 200 to bob, today"

var (
	pssPair   = keyspec.Pair{KeySpec: keyspec.RSA2048, Algorithm: keyspec.RSAPSSSHA256}
	pkcs1Pair = keyspec.Pair{KeySpec: keyspec.RSA2048, Algorithm: keyspec.RSAPKCS1SHA256}
	p256Pair  = keyspec.Pair{KeySpec: keyspec.ECP256, Algorithm: keyspec.ECDSASHA256}
	p256kPair = keyspec.Pair{KeySpec: keyspec.ECP256K, Algorithm: keyspec.ECDSASHA256}
	sm2Pair   = keyspec.Pair{KeySpec: keyspec.ECSM2, Algorithm: keyspec.SM2DSA}

	ecPairs = []keyspec.Pair{p256Pair, p256kPair, sm2Pair}

	background = context.Background()
)

func testKey(t testing.TB, k keyspec.KeySpec) crypto.PrivateKey {
	t.Helper()
	key, err := testkeys.Key(k)
	require.NoError(t, err)
	return key
}

// plainSigners are the signers without options, by pair: the prime test of an RSA key takes
// as long as a test that uses it.
var plainSigners sync.Map

func newSigner(t testing.TB, p keyspec.Pair, opts ...signer.Option) signer.Signer {
	t.Helper()
	if len(opts) == 0 {
		made, _ := plainSigners.LoadOrStore(p, sync.OnceValues(func() (signer.Signer, error) {
			return signer.New(testKey(t, p.KeySpec), p.Algorithm)
		}))
		s, err := made.(func() (signer.Signer, error))()
		require.NoError(t, err)
		return s
	}
	s, err := signer.New(testKey(t, p.KeySpec), p.Algorithm, opts...)
	require.NoError(t, err)
	return s
}

func newVerifier(t testing.TB, s signer.Signer, opts ...signer.Option) signer.Verifier {
	t.Helper()
	v, err := signer.NewVerifier(s.Public(), s.Algorithm(), opts...)
	require.NoError(t, err)
	return v
}

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
func requireDiagnosis(t testing.TB, d diagnose.Diagnosis, want ...diagnose.Code) {
	t.Helper()
	require.Equal(t, want, d.Codes(), d)
	require.Equal(t, want[0], d.Code)
	require.NotEmpty(t, d.Sentence)
	require.Equal(t, want[0] == diagnose.Valid, d.Fix == "", d)
	for _, code := range want {
		require.Contains(t, d.String(), string(code))
	}
	require.Contains(t, d.String(), d.Sentence)
	require.Contains(t, d.String(), d.Fix)
}

func TestSignature_otherKey(t *testing.T) {
	t.Parallel()
	keys := map[keyspec.KeySpec]crypto.PrivateKey{}
	others := map[keyspec.Pair]signer.Signer{}
	var publics []crypto.PublicKey
	for _, k := range keyspec.All() {
		if k == keyspec.RSA3072 && !testrun.Long() {
			continue // it takes long, and is to others what RSA_2048 is
		}
		key, err := keyspec.GenerateKey(k)
		require.NoError(t, err)
		keys[k] = key
		for _, alg := range k.Algorithms() {
			s, err := signer.New(key, alg)
			require.NoError(t, err)
			others[keyspec.Pair{KeySpec: k, Algorithm: alg}] = s
		}
		publics = append(publics, others[keyspec.Pair{KeySpec: k, Algorithm: k.Algorithms()[0]}].Public())
	}
	for _, p := range keyspec.Pairs() {
		own := newSigner(t, p)
		try := &diagnose.Options{TryKeys: append([]crypto.PublicKey{own.Public()}, publics...)}
		// Whatever the spec of the other key, its signature is recognised.
		for other, s := range others {
			sig, err := signer.SignMessage(background, s, strings.NewReader(diagnosed))
			require.NoError(t, err)
			d := diagnose.Signature(own.Public(), p.Algorithm, []byte(diagnosed), sig, try)
			switch {
			case p.Algorithm == other.Algorithm || !other.KeySpec.Supports(p.Algorithm):
				requireDiagnosis(t, d, diagnose.OtherKey)
				require.Contains(t, d.Sentence, s.(fmt.Stringer).String())
			case p.Algorithm == keyspec.RSAPSSSHA256:
				requireDiagnosis(t, d, diagnose.OtherKey, diagnose.PKCS1NotPSS)
			default:
				requireDiagnosis(t, d, diagnose.OtherKey, diagnose.PSSNotPKCS1)
			}

			d = diagnose.Signature(own.Public(), p.Algorithm, []byte(diagnosed), sig, nil)
			require.Contains(t, []diagnose.Code{diagnose.Unexplained, diagnose.Malformed}, d.Code, "%s by %s", p, other)
		}
		// Another key, and another cause with it.
		s := others[p]
		if s == nil {
			continue
		}
		sig, err := signer.SignMessage(background, s, strings.NewReader(diagnosed+"\n"))
		require.NoError(t, err)
		requireDiagnosis(t, diagnose.Signature(own.Public(), p.Algorithm, []byte(diagnosed), sig, try), diagnose.OtherKey,
			diagnose.TrailingNewline)
	}
	// The verifier's key entered Z(A), another key signed.
	own := newSigner(t, sm2Pair)
	sig := primitiveSign(t, keys[keyspec.ECSM2], properDigest(own, diagnosed))
	requireDiagnosis(t, diagnose.Signature(own.Public(), keyspec.SM2DSA, []byte(diagnosed), sig,
		&diagnose.Options{TryKeys: publics}), diagnose.OtherKey, diagnose.ZAOfOtherKey)
}

func TestSignature_unusable(t *testing.T) {
	t.Parallel()
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	require.NoError(t, err)
	for _, key := range []crypto.PublicKey{nil, (*ecdsa.PublicKey)(nil), &rsa.PublicKey{}, "key", &p384.PublicKey,
		testKey(t, keyspec.ECP256)} {
		requireDiagnosis(t, diagnose.Signature(key, keyspec.ECDSASHA256, nil, nil, nil), diagnose.BadKey)
	}
	ec, sm, rsaKey := newSigner(t, p256Pair).Public(), newSigner(t, sm2Pair).Public(), newSigner(t, pssPair).Public()
	for _, alg := range []keyspec.Algorithm{"", "ECDSA", keyspec.SM2DSA, keyspec.RSAPSSSHA256} {
		requireDiagnosis(t, diagnose.Signature(ec, alg, nil, nil, nil), diagnose.BadAlgorithm)
	}
	for name, tt := range map[string]struct {
		pub  crypto.PublicKey
		alg  keyspec.Algorithm
		opts diagnose.Options
	}{
		"ID":            {ec, keyspec.ECDSASHA256, diagnose.Options{ID: sm2z.EmptyID()}},
		"RequireLowS":   {sm, keyspec.SM2DSA, diagnose.Options{RequireLowS: true}},
		"TryIDs":        {ec, keyspec.ECDSASHA256, diagnose.Options{TryIDs: []sm2z.ID{sm2z.EmptyID()}}},
		"TryIDs cannot": {rsaKey, keyspec.RSAPSSSHA256, diagnose.Options{TryIDs: []sm2z.ID{{}}}},
		"TryKeys":       {ec, keyspec.ECDSASHA256, diagnose.Options{TryKeys: []crypto.PublicKey{ec, nil}}},
		"ExpectRaw":     {rsaKey, keyspec.RSAPSSSHA256, diagnose.Options{ExpectRaw: true}},
	} {
		d := diagnose.Signature(tt.pub, tt.alg, nil, nil, &tt.opts)
		requireDiagnosis(t, d, diagnose.BadOption)
		require.Contains(t, d.Sentence, name)
	}
	requireDiagnosis(t, diagnose.Signature(ec, keyspec.ECDSASHA256, nil, nil,
		&diagnose.Options{TryKeys: []crypto.PublicKey{}}), diagnose.Malformed)
	requireDiagnosis(t, diagnose.Signature(sm, keyspec.SM2DSA, nil, nil, &diagnose.Options{ID: sm2z.DefaultID()}),
		diagnose.Malformed)

	var zero diagnose.Diagnosis
	require.Equal(t, "no diagnosis", zero.String())
	require.Empty(t, zero.Codes())
}

// For a message that is too large for all pairs of causes, single causes are still tried.
func TestSignature_largeMessage(t *testing.T) {
	t.Parallel()
	s := newSigner(t, p256Pair)
	msg := strings.Repeat("line\n", 600_000)
	sig := primitiveSign(t, testKey(t, keyspec.ECP256), sum256(strings.ReplaceAll(msg, "\n", "\r\n")))
	requireDiagnosis(t, diagnose.Signature(s.Public(), keyspec.ECDSASHA256, []byte(msg), toRaw(t, sig), nil),
		diagnose.RawNotDER, diagnose.LineEndings)
	pair := sha512.Sum512([]byte(strings.ReplaceAll(msg, "\n", "\r\n")))
	sig = primitiveSign(t, testKey(t, keyspec.ECP256), pair[:])
	d := diagnose.Signature(s.Public(), keyspec.ECDSASHA256, []byte(msg), sig, nil)
	requireDiagnosis(t, d, diagnose.Unexplained)
	require.Contains(t, d.Sentence, "Not all was tried: the search stopped after hashing 64 MiB")
}

// A search that is cut short says so.
func TestSignature_bounded(t *testing.T) {
	t.Parallel()
	s := newSigner(t, sm2Pair)
	var ids []sm2z.ID
	for i := range 500 {
		ids = append(ids, sm2ID(t, fmt.Sprint("id ", i)))
	}
	sig := primitiveSign(t, testKey(t, keyspec.ECSM2), sum256("something else"))
	d := diagnose.Signature(s.Public(), keyspec.SM2DSA, []byte(diagnosed), sig, &diagnose.Options{TryIDs: ids})
	requireDiagnosis(t, d, diagnose.Unexplained)
	require.Contains(t, d.Sentence, "stopped after 2000")
	last, err := sm2z.Digest(s.Public().(*ecdsa.PublicKey), ids[len(ids)-1], []byte(diagnosed))
	require.NoError(t, err)
	sig = primitiveSign(t, testKey(t, keyspec.ECSM2), last[:])
	requireDiagnosis(t, diagnose.Signature(s.Public(), keyspec.SM2DSA, []byte(diagnosed), sig,
		&diagnose.Options{TryIDs: ids}), diagnose.UnderOtherID)
}

// Every input has a Diagnosis, and it is Valid exactly where the verifier accepts.
func FuzzSignature(f *testing.F) {
	type subject struct {
		signer   signer.Signer
		verifier signer.Verifier
		opts     *diagnose.Options
	}
	var subjects []subject
	for _, p := range keyspec.Pairs() {
		s := newSigner(f, p, signer.Deterministic())
		subjects = append(subjects, subject{s, newVerifier(f, s), nil})
		if p.Algorithm == keyspec.ECDSASHA256 {
			subjects = append(subjects, subject{s, newVerifier(f, s, signer.RequireLowS()),
				&diagnose.Options{RequireLowS: true}})
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
		d := diagnose.Signature(s.signer.Public(), s.signer.Algorithm(), msg, sig, s.opts)
		err := signer.VerifyMessage(s.verifier, bytes.NewReader(msg), sig)
		require.Equal(t, err == nil, d.Code == diagnose.Valid, d)
		require.True(t, err == nil || errors.Is(err, errors.InvalidSignature))
		require.Equal(t, d.Code != diagnose.Valid, d.Fix != "", d)
		require.Equal(t, d.Code, d.Codes()[0])
		require.NotEmpty(t, d.Sentence)
		require.Equal(t, beforeMsg, msg)
		require.Equal(t, beforeSig, sig)
	})
}
