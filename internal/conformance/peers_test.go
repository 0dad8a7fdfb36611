// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"math/big"
	"slices"
	"testing"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/stretchr/testify/require"
)

// A peer is another implementation.
type peer struct {
	name  string
	start driver
	raw   bool // its signatures on curves are r‖s
	lowS  bool // it refuses a high s
	// reduce hands it digests reduced mod n where it signs deterministically: it
	// leaves out bits2octets of RFC 6979, section 2.3.4.
	reduce bool
	every  int // it is slow, and gets one input in so many, others of each key
	specs  []keyspec.KeySpec
	does   map[keyspec.Algorithm]ability
	files  files
	checks int // how many answers are checked
}

// An ability is what a peer can do with an algorithm beside verifying.
type ability struct {
	random        bool // sign with a nonce or salt of its own choice
	deterministic bool // sign as our Deterministic does, byte for byte
	messages      bool // digest messages with Z(A)
}

var (
	rsaPSS   = keyspec.RSAPSSSHA256
	rsaPKCS  = keyspec.RSAPKCS1SHA256
	ecdsa256 = keyspec.ECDSASHA256
	sm2dsa   = keyspec.SM2DSA
)

var peers = []peer{
	{
		name: "OpenSSL", start: compiled("openssl.c", "openssl/evp.h", "-lcrypto"), specs: keyspec.All(),
		does: map[keyspec.Algorithm]ability{
			rsaPSS: {random: true}, rsaPKCS: {deterministic: true}, ecdsa256: {random: true},
			sm2dsa: {random: true, messages: true},
		},
		files:  files{specs: keyspec.All(), encrypted: true},
		checks: 3629,
	},
	{
		name: "libgcrypt", start: compiled("gcrypt.c", "gcrypt.h", "-lgcrypt"), raw: true, every: 2, specs: keyspec.All(),
		does: map[keyspec.Algorithm]ability{
			rsaPSS: {random: true, deterministic: true}, rsaPKCS: {deterministic: true},
			ecdsa256: {random: true, deterministic: true}, sm2dsa: {random: true, deterministic: true},
		},
		checks: 1844,
	},
	{
		name: "Botan", start: compiled("botan.c", "botan/ffi.h", "-I/usr/include/botan-2", "-lbotan-2"), reduce: true,
		specs: keyspec.All(),
		does: map[keyspec.Algorithm]ability{
			rsaPSS: {random: true}, rsaPKCS: {deterministic: true}, ecdsa256: {deterministic: true},
			sm2dsa: {random: true, messages: true},
		},
		// An SM2 key of Botan 2 has an algorithm of its own: see TestBotanSM2Files.
		files: files{
			specs:     []keyspec.KeySpec{keyspec.RSA2048, keyspec.RSA3072, keyspec.ECP256, keyspec.ECP256K},
			encrypted: true, shortScalars: true,
		},
		checks: 3602,
	},
	{
		name: "BouncyCastle", start: inJava("BouncyCastle.java", "/usr/share/java/bcprov.jar"), every: 2,
		specs: keyspec.All(),
		does: map[keyspec.Algorithm]ability{
			rsaPSS: {random: true, deterministic: true}, rsaPKCS: {deterministic: true},
			ecdsa256: {random: true, deterministic: true}, sm2dsa: {random: true, messages: true},
		},
		files:  files{specs: keyspec.All()},
		checks: 2027,
	},
	{
		name: "libsecp256k1", start: compiled("secp256k1.c", "secp256k1.h", "-lsecp256k1"), lowS: true, reduce: true,
		specs:  []keyspec.KeySpec{keyspec.ECP256K},
		does:   map[keyspec.Algorithm]ability{ecdsa256: {random: true, deterministic: true}},
		checks: 1128,
	},
	{
		name: "noble-curves", start: inNode("peer.js"), raw: true, every: 4,
		specs:  []keyspec.KeySpec{keyspec.ECP256, keyspec.ECP256K},
		does:   map[keyspec.Algorithm]ability{ecdsa256: {random: true, deterministic: true}},
		checks: 576,
	},
	{
		name: "sm-crypto", start: inNode("peer.js"), every: 13,
		specs:  []keyspec.KeySpec{keyspec.ECSM2},
		does:   map[keyspec.Algorithm]ability{sm2dsa: {random: true, messages: true}},
		checks: 94,
	},
}

func (p peer) pairs() []keyspec.Pair {
	var pairs []keyspec.Pair
	for _, pair := range keyspec.Pairs() {
		if slices.Contains(p.specs, pair.KeySpec) {
			pairs = append(pairs, pair)
		}
	}
	return pairs
}

// TestEveryPairHasPeers: OpenSSL and at least two implementations that do not
// stand on it.
func TestEveryPairHasPeers(t *testing.T) {
	for _, pair := range keyspec.Pairs() {
		var names []string
		for _, p := range peers {
			if slices.Contains(p.pairs(), pair) {
				names = append(names, p.name)
			}
		}
		require.Contains(t, names, "OpenSSL", pair)
		require.GreaterOrEqual(t, len(names), 3, pair)
	}
}

// TestPeers exchanges signatures of all pairs and keys with every peer.
func TestPeers(t *testing.T) {
	t.Parallel()
	for _, p := range peers {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			process := start(t, p.start)
			checks := 0
			ask := func(t *testing.T, questions []question) {
				process.ask(t, questions)
				checks += len(questions)
			}
			for _, pair := range p.pairs() {
				t.Run(pair.String(), func(t *testing.T) {
					for i, key := range keysOf(t, pair.KeySpec) {
						t.Run(key.name, func(t *testing.T) {
							ask(t, p.aboutSignatures(t, pair, key, i))
						})
					}
				})
			}
			for _, spec := range p.files.specs {
				t.Run(string(spec), func(t *testing.T) { p.files.exchange(t, spec, ask) })
			}
			require.Equal(t, p.checks, checks, "answers checked")
		})
	}
}

// An exchange is one input that both sides sign and verify.
type exchange struct {
	peer                  peer
	pair                  keyspec.Pair
	key                   testKey
	hedged, deterministic signer.Signer
	verifier              signer.Verifier
	digest                []byte
	input                 request // the digest, or the message and the id
}

// aboutSignatures makes the questions about one key, the nth.
func (p peer) aboutSignatures(t *testing.T, pair keyspec.Pair, key testKey, nth int) (questions []question) {
	hedged, err := signer.New(key.private, pair.Algorithm)
	require.NoError(t, err)
	deterministic, err := signer.New(key.private, pair.Algorithm, signer.Deterministic())
	require.NoError(t, err)
	verifier, err := signer.NewVerifier(key.public, pair.Algorithm)
	require.NoError(t, err)
	ability := p.does[pair.Algorithm]
	add := func(digest []byte, input request) {
		nth++
		if p.every > 0 && nth%p.every != 0 {
			return
		}
		x := exchange{p, pair, key, hedged, deterministic, verifier, digest, input}
		questions = append(questions, x.theyVerify(t)...)
		questions = append(questions, x.theySign(ability)...)
	}
	if key.forms["point"] != "" && p.files.specs == nil {
		x := exchange{peer: p, pair: pair, key: key}
		questions = append(questions, question{x.request("public", nil), func(t *testing.T, a answer) {
			require.Equal(t, answer{OK: key.forms["point"]}, a)
		}})
	}
	for _, digest := range digestsFor(pair.KeySpec) {
		add(digest, request{"digest": hex.EncodeToString(digest)})
	}
	if ability.messages {
		for _, in := range sm2Inputs {
			add(in.digest(t, key), request{
				"message": hex.EncodeToString([]byte(in.message)), "id": hex.EncodeToString([]byte(in.id)),
			})
		}
	}
	return questions
}

// request makes a request of the key's forms, the input and more.
func (x exchange) request(op string, more request) request {
	r := request{"op": op, "pair": x.pair.String()}
	maps.Copy(r, x.key.forms)
	maps.Copy(r, x.input)
	maps.Copy(r, more)
	return r
}

// theyVerify hands the peer our signatures, hedged and deterministic, and what
// must not pass for one.
func (x exchange) theyVerify(t *testing.T) (questions []question) {
	hedged, deterministic := x.sign(t, x.hedged), x.sign(t, x.deterministic)
	verify := func(what string, sig []byte, input request, want bool) {
		r := x.request("verify", input)
		r["sig"] = hex.EncodeToString(x.toPeer(t, sig))
		questions = append(questions, question{r, func(t *testing.T, a answer) {
			require.Equal(t, answer{OK: map[bool]string{true: "true", false: "false"}[want]}, a, what)
		}})
	}
	verify("hedged", hedged, nil, true)
	verify("deterministic", deterministic, nil, true)
	verify("damaged", damage(hedged), nil, false)
	if message, ok := x.input["message"]; ok {
		verify("of another message", hedged, request{"message": message + "00"}, false)
		verify("under another id", hedged, request{"id": x.input["id"] + "78"}, false)
	} else {
		other := bytes.Clone(x.digest)
		other[31] ^= 1
		verify("of another digest", hedged, request{"digest": hex.EncodeToString(other)}, false)
	}
	if x.pair.Algorithm == ecdsa256 {
		verify("with n-s", x.flipS(t, hedged), nil, !x.peer.lowS || !x.isLowS(t, hedged))
	}
	return questions
}

// theySign has the peer sign, and verifies or compares what comes back.
func (x exchange) theySign(a ability) (questions []question) {
	if a.random {
		questions = append(questions, question{x.request("sign", request{"mode": "random"}), func(t *testing.T, a answer) {
			sig := x.fromPeer(t, a)
			require.NoError(t, x.verifier.VerifyDigest(x.digest, sig))
			other := sha256.Sum256(x.digest)
			require.ErrorIs(t, x.verifier.VerifyDigest(other[:], sig), errors.InvalidSignature)
		}})
	}
	if a.deterministic {
		more := request{"mode": "deterministic"}
		if x.pair.Algorithm == rsaPSS {
			more["salt"] = hex.EncodeToString(x.salt())
		}
		if x.peer.reduce && x.isCurve() {
			e := new(big.Int).SetBytes(x.digest)
			more["digest"] = hex.EncodeToString(e.Mod(e, orderOf(x.pair.KeySpec)).FillBytes(make([]byte, 32)))
		}
		questions = append(questions, question{x.request("sign", more), func(t *testing.T, a answer) {
			sig := x.fromPeer(t, a)
			if x.pair.KeySpec == keyspec.ECP256K {
				var err error
				sig, err = signer.NormalizeS(x.pair.KeySpec, sig) // our promise, not RFC 6979's
				require.NoError(t, err)
			}
			require.Equal(t, x.sign(t, x.deterministic), sig)
		}})
	}
	return questions
}

func (x exchange) sign(t *testing.T, s signer.Signer) []byte {
	t.Helper()
	sig, err := s.SignDigest(context.Background(), x.digest)
	require.NoError(t, err)
	return sig
}

// salt is the rule that the documentation of Deterministic gives for PSS,
// computed apart from the package under test.
func (x exchange) salt() []byte {
	spki, _ := hex.DecodeString(x.key.forms["spki"])
	fingerprint := sha256.Sum256(spki)
	salt := sha256.Sum256(slices.Concat([]byte("kmsigner RSA-PSS salt v1"), fingerprint[:], x.digest))
	return salt[:]
}

func (x exchange) isCurve() bool { return orderOf(x.pair.KeySpec) != nil }

// toPeer turns our signature into the peer's form, fromPeer its into ours.
func (x exchange) toPeer(t *testing.T, sig []byte) []byte {
	t.Helper()
	if !x.peer.raw || !x.isCurve() {
		return sig
	}
	raw, err := signer.ToRaw(sig)
	require.NoError(t, err)
	return raw
}

func (x exchange) fromPeer(t *testing.T, a answer) []byte {
	t.Helper()
	require.Empty(t, a.Error)
	sig := unhex(t, a.OK)
	if !x.peer.raw || !x.isCurve() {
		return sig
	}
	der, err := signer.ToDER(sig)
	require.NoError(t, err)
	return der
}

// damage changes the last bit of a signature: of s, or of the RSA octets.
func damage(sig []byte) []byte {
	sig = bytes.Clone(sig)
	sig[len(sig)-1] ^= 1
	return sig
}

// flipS replaces s by n-s.
func (x exchange) flipS(t *testing.T, sig []byte) []byte {
	t.Helper()
	raw, err := signer.ToRaw(sig)
	require.NoError(t, err)
	s := new(big.Int).SetBytes(raw[32:])
	s.Sub(orderOf(x.pair.KeySpec), s).FillBytes(raw[32:])
	der, err := signer.ToDER(raw)
	require.NoError(t, err)
	return der
}

func (x exchange) isLowS(t *testing.T, sig []byte) bool {
	return !hasHighS(t, x.pair.KeySpec, sig)
}
