package signertest

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"log/slog"
	"math/big"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm3"
	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/testkeys"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/sm2z"
)

// wrongSigner is a Signer with one fault, the subtest that must fail, and a part
// of what it must say.
type wrongSigner struct {
	name  string
	check string
	says  string
	make  func() signer.Signer
	races bool // only in a process of its own under the race detector
}

var wrongSigners = slices.Concat(
	wrongIdentities, wrongDigests, wrongSignatures, wrongEncodings,
	wrongRefusals, wrongPaths, wrongBuffers, wrongContexts, wrongConcurrency, wrongPrints,
)

func bend(p keyspec.Pair, how func(b *bent)) func() signer.Signer {
	return func() signer.Signer {
		b := &bent{Signer: right(p)}
		how(b)
		return b
	}
}

func publishes(p keyspec.Pair, public func(right crypto.PublicKey) crypto.PublicKey) func() signer.Signer {
	return bend(p, func(b *bent) {
		b.public = func() crypto.PublicKey { return public(b.Signer.Public()) }
	})
}

var wrongIdentities = []wrongSigner{
	{name: "no pair", check: "Pair", says: "are no pair", make: bend(p256, func(b *bent) {
		b.keySpec = func() keyspec.KeySpec { return keyspec.RSA2048 }
	})},
	{name: "unknown key spec", check: "Pair", says: "are no pair", make: bend(p256, func(b *bent) {
		b.keySpec = func() keyspec.KeySpec { return "P-256" }
	})},
	{name: "pair that changes", check: "Pair", says: "change", make: bend(p256, func(b *bent) {
		b.keySpec = func() keyspec.KeySpec {
			b.keySpec = nil
			return keyspec.ECP256K
		}
	})},
	{name: "wrong key spec", check: "PublicKey", says: "Public is a key of EC_P256, KeySpec says EC_P256K", make: bend(p256, func(b *bent) {
		b.keySpec = func() keyspec.KeySpec { return keyspec.ECP256K }
	})},
	{name: "no public key", check: "PublicKey", says: "not sound", make: publishes(p256, func(crypto.PublicKey) crypto.PublicKey { return nil })},
	{name: "public key off the curve", check: "PublicKey", says: "not sound", make: publishes(p256, func(crypto.PublicKey) crypto.PublicKey {
		return &ecdsa.PublicKey{Curve: elliptic.P256(), X: big.NewInt(1), Y: big.NewInt(1)}
	})},
	{name: "private key in the place of the public one", check: "PublicKey", says: "private key", make: publishes(p256, func(crypto.PublicKey) crypto.PublicKey {
		return Key(keyspec.ECP256)
	})},
	{name: "public key by value", check: "PublicKey", says: "not sound", make: publishes(pss, func(pub crypto.PublicKey) crypto.PublicKey {
		return *pub.(*rsa.PublicKey)
	})},
	{name: "public key of another type", check: "PublicKey", says: "package keyspec lists *secp256k1.PublicKey", make: publishes(p256k, func(pub crypto.PublicKey) crypto.PublicKey {
		return pub.(*secp256k1.PublicKey).ToECDSA()
	})},
	{name: "public key that changes", check: "PublicKey", says: "changes from call to call", make: bend(p256, func(b *bent) {
		b.public = func() crypto.PublicKey {
			b.public = nil
			return otherKey(p256).Public()
		}
	})},
	{name: "public key of another pair", check: "SignDigest", says: "another key's", make: publishes(p256, func(crypto.PublicKey) crypto.PublicKey {
		return otherKey(p256).Public()
	})},
}

// otherKey is a signer on another key than Key.
var otherKeys sync.Map

func otherKey(p keyspec.Pair) signer.Signer {
	if s, ok := otherKeys.Load(p); ok {
		return s.(signer.Signer)
	}
	key, _ := keyspec.GenerateKey(p.KeySpec)
	s, _ := signer.New(key, p.Algorithm)
	got, _ := otherKeys.LoadOrStore(p, s)
	return got.(signer.Signer)
}

func digests(p keyspec.Pair, newDigest func(right func() hash.Hash) hash.Hash) func() signer.Signer {
	return bend(p, func(b *bent) {
		b.newDigest = func() hash.Hash { return newDigest(b.Signer.NewDigest) }
	})
}

// bentHash is a hash.Hash with another end or another beginning.
type bentHash struct {
	hash.Hash
	sum   func(b []byte) []byte
	reset func()
	limit int // of what Write takes in, or 0
	size  int
}

func (h *bentHash) Sum(b []byte) []byte {
	if h.sum != nil {
		return h.sum(b)
	}
	return h.Hash.Sum(b)
}

func (h *bentHash) Reset() {
	if h.reset != nil {
		h.reset()
		return
	}
	h.Hash.Reset()
}

func (h *bentHash) Write(p []byte) (int, error) {
	if h.limit == 0 {
		return h.Hash.Write(p)
	}
	take := min(len(p), h.limit-h.size)
	h.size += take
	h.Hash.Write(p[:take])
	return len(p), nil
}

var wrongDigests = []wrongSigner{
	{name: "no hash", check: "NewDigest", says: "nil", make: digests(p256, func(func() hash.Hash) hash.Hash { return nil })},
	{name: "nil pointer as hash", check: "NewDigest", says: "panicked", make: digests(p256, func(func() hash.Hash) hash.Hash { return (*bentHash)(nil) })},
	{name: "SM3 without Z(A)", check: "NewDigest", says: "is SM3 without Z(A)", make: digests(gm, func(func() hash.Hash) hash.Hash { return sm3.New() })},
	{name: "SHA-256 for SM2", check: "NewDigest", says: "SHA-256, not SM3", make: digests(gm, func(func() hash.Hash) hash.Hash { return sha256.New() })},
	{name: "SM3 after too little", check: "NewDigest", says: "is not SM3 of 32 bytes", make: digests(gm, func(func() hash.Hash) hash.Hash {
		h := sm3.New()
		h.Write(make([]byte, 16))
		return h
	})},
	{name: "SM3 of Z(A) hashed again", check: "NewDigest", says: "is not SM3 of 32 bytes", make: digests(gm, func(right func() hash.Hash) hash.Hash {
		h := right()
		return &bentHash{Hash: h, sum: func(b []byte) []byte {
			again := sm3.Sum(h.Sum(nil))
			return append(b, again[:]...)
		}}
	})},
	{name: "Reset loses Z(A)", check: "NewDigest", says: "Reset does not return", make: digests(gm, func(right func() hash.Hash) hash.Hash {
		b := &bentHash{Hash: right()}
		b.reset = func() { b.Hash = sm3.New() }
		return b
	})},
	{name: "SHA-384", check: "NewDigest", says: "48 bytes", make: digests(p256, func(func() hash.Hash) hash.Hash { return sha512.New384() })},
	{name: "SHA-512/256", check: "NewDigest", says: "SHA-512/256", make: digests(p256k, func(func() hash.Hash) hash.Hash { return sha512.New512_256() })},
	{name: "SHA-256 twice", check: "NewDigest", says: "applied twice", make: digests(p256k, func(func() hash.Hash) hash.Hash {
		h := sha256.New()
		return &bentHash{Hash: h, sum: func(b []byte) []byte {
			again := sha256.Sum256(h.Sum(nil))
			return append(b, again[:]...)
		}}
	})},
	{name: "digest of nothing", check: "NewDigest", says: "ignores what is written", make: digests(p256, func(func() hash.Hash) hash.Hash {
		return &bentHash{Hash: sha256.New(), sum: sha256.New().Sum}
	})},
	{name: "unknown hash", check: "NewDigest", says: "is not SHA-256", make: digests(pkcs1, func(func() hash.Hash) hash.Hash {
		h := sha256.New()
		h.Write([]byte("salt"))
		return h
	})},
	{name: "one hash for all", check: "NewDigest", says: "another digest than in one", make: func() signer.Signer {
		h := sha256.New()
		return digests(p256, func(func() hash.Hash) hash.Hash { return h })()
	}},
	{name: "Sum ends the hash", check: "NewDigest", says: "Sum changes the state", make: digests(p256, func(right func() hash.Hash) hash.Hash {
		h := right()
		return &bentHash{Hash: h, sum: func(b []byte) []byte {
			defer h.Reset()
			return h.Sum(b)
		}}
	})},
	{name: "Sum forgets its argument", check: "NewDigest", says: "Sum does not append", make: digests(p256, func(right func() hash.Hash) hash.Hash {
		h := right()
		return &bentHash{Hash: h, sum: func([]byte) []byte { return h.Sum(nil) }}
	})},
	{name: "messages cut off at 4096 bytes", check: "Message", says: "100,000 bytes", make: digests(p256, func(right func() hash.Hash) hash.Hash {
		return &bentHash{Hash: right(), limit: 4096}
	})},
}

var wrongSignatures = []wrongSigner{
	{name: "double hash", check: "SignDigest", says: "hashed again, with SHA-256", make: signsInstead(p256, func(d []byte) []byte {
		again := sha256.Sum256(d)
		return again[:]
	})},
	{name: "double hash, RSA", check: "SignDigest", says: "hashed again, with SHA-256", make: signsInstead(pss, func(d []byte) []byte {
		again := sha256.Sum256(d)
		return again[:]
	})},
	{name: "double hash, SM2", check: "SignDigest", says: "hashed again, with SM3", make: signsInstead(gm, func(d []byte) []byte {
		again := sm3.Sum(d)
		return again[:]
	})},
	{name: "digest hashed as text", check: "SignDigest", says: "as hexadecimal text", make: signsInstead(p256k, func(d []byte) []byte {
		again := sha256.Sum256([]byte(hex.EncodeToString(d)))
		return again[:]
	})},
	{name: "digest taken as the message of SM2", check: "SignDigest", says: "as the message after Z(A)", make: signsInstead(gm, func(d []byte) []byte {
		e, _ := sm2z.Digest(right(gm).Public().(*ecdsa.PublicKey), sm2z.DefaultID(), d)
		return e[:]
	})},
	{name: "digest truncated", check: "SignDigest", says: "truncated", make: signsInstead(p256k, func(d []byte) []byte {
		return append(make([]byte, 12), d[:20]...)
	})},
	{name: "digest filled up with zeros", check: "SignDigest", says: "truncated and filled up", make: signsInstead(pkcs1, func(d []byte) []byte {
		clear(d[16:])
		return d
	})},
	{name: "digest reversed", check: "SignDigest", says: "reversed", make: signsInstead(p256, func(d []byte) []byte {
		slices.Reverse(d)
		return d
	})},
	{name: "zeros signed", check: "SignDigest", says: "a digest of zeros", make: signsInstead(p256, func([]byte) []byte { return make([]byte, 32) })},
	{name: "another key's signature", check: "SignDigest", says: "another key's", make: bends(p256k, func(_ signer.Signer, d []byte) ([]byte, error) {
		return otherKey(p256k).SignDigest(background, d)
	})},
	{name: "another key's signature, RSA", check: "SignDigest", says: "does not verify with Public", make: bends(pss, func(_ signer.Signer, d []byte) ([]byte, error) {
		return otherKey(pss).SignDigest(background, d)
	})},
	{name: "r and s swapped", check: "SignDigest", says: "swapped", make: changes(p256, func(sig []byte) []byte {
		r, s := numbers(sig)
		return encode(minimal(s), minimal(r))
	})},
	{name: "r and s little-endian", check: "SignDigest", says: "little-endian", make: changes(p256, func(sig []byte) []byte {
		r, s := numbers(sig)
		return encode(minimal(reversed(r)), minimal(reversed(s)))
	})},
	{name: "n-s in SM2", check: "SignDigest", says: "for ECDSA only", make: changes(gm, func(sig []byte) []byte {
		r, s := numbers(sig)
		return encode(minimal(r), minimal(s.Sub(order(keyspec.ECSM2), s)))
	})},
	{name: "no encoding at all", check: "SignDigest", says: "neither DER nor r‖s", make: changes(p256, func(sig []byte) []byte { return []byte(hex.EncodeToString(sig)) })},
	{name: "PKCS #1 for PSS", check: "SignDigest", says: "one of RSA_PKCS1_SHA_256", make: bends(pss, func(_ signer.Signer, d []byte) ([]byte, error) {
		return right(pkcs1).SignDigest(background, d)
	})},
	{name: "PSS for PKCS #1", check: "SignDigest", says: "one of RSA_PSS_SHA_256", make: bends(pkcs1, func(_ signer.Signer, d []byte) ([]byte, error) {
		return right(pss).SignDigest(background, d)
	})},
	{name: "PKCS #1 without DigestInfo", check: "SignDigest", says: "lacks the DigestInfo", make: bends(pkcs1, func(_ signer.Signer, d []byte) ([]byte, error) {
		return rsa.SignPKCS1v15(nil, Key(pkcs1.KeySpec).(*rsa.PrivateKey), 0, d)
	})},
	{name: "number over the modulus", check: "SignDigest", says: "not below the modulus", make: changes(pkcs1, func(sig []byte) []byte { return append(sig, 0) })},
	{name: "neither signature nor error", check: "SignDigest", says: "neither a signature nor an error", make: changes(p256, func([]byte) []byte { return nil })},
	{name: "always an error", check: "SignDigest", says: "Unavailable", make: func() signer.Signer { return Failing(right(p256), nil) }},
	{name: "always a panic", check: "SignDigest", says: "SignDigest panicked: no driver", make: changes(p256, func([]byte) []byte { panic("no driver") })},
	{name: "a digest of zeros is an error", check: "SignDigest", says: "digest of zero bytes", make: bends(p256, func(s signer.Signer, d []byte) ([]byte, error) {
		if bytes.Equal(d, make([]byte, 32)) {
			return nil, &errors.Error{Code: errors.InvalidParameter, Param: "Digest", Reason: "it is zero"}
		}
		return s.SignDigest(background, d)
	})},
	{name: "digests over the order are not reduced right", check: "SignDigest", says: "digest n+1", make: signsInstead(gm, func(d []byte) []byte {
		if n := order(keyspec.ECSM2); new(big.Int).SetBytes(d).Cmp(n) > 0 {
			clear(d)
		}
		return d
	})},

	{name: "high s", check: "LowS", says: "over n/2", make: changes(p256k, highS)},
	{name: "s as it comes", check: "LowS", says: "over n/2", make: func() signer.Signer {
		var count atomic.Int64
		return changes(p256k, func(sig []byte) []byte {
			if count.Add(1)%2 == 0 {
				return highS(sig)
			}
			return sig
		})()
	}},
	{name: "salt of 20 bytes", check: "Salt", says: "20 bytes", make: salted(20)},
	{name: "longest salt", check: "Salt", says: "222 bytes", make: salted(222)},
	{name: "one nonce for all", check: "Nonces", says: "one nonce", make: bends(p256k, func(_ signer.Signer, d []byte) ([]byte, error) {
		return fixedNonce(p256k, d), nil
	})},
	{name: "one nonce for all, SM2", check: "Nonces", says: "one nonce", make: bends(gm, func(_ signer.Signer, d []byte) ([]byte, error) {
		return fixedNonce(gm, d), nil
	})},
}

func highS(sig []byte) []byte {
	r, s := numbers(sig)
	return encode(minimal(r), minimal(s.Sub(order(keyspec.ECP256K), s)))
}

// fixedNonce signs with a nonce that is always the same.
func fixedNonce(p keyspec.Pair, digest []byte) []byte {
	k := big.NewInt(0x10001)
	n, e := order(p.KeySpec), new(big.Int).SetBytes(digest)
	var r, s *big.Int
	if key, ok := Key(p.KeySpec).(*sm2.PrivateKey); ok {
		x, _ := key.ScalarBaseMult(k.Bytes())
		r = new(big.Int).Add(e, x)
		r.Mod(r, n)
		s = new(big.Int).Mul(r, key.D)
		s.Sub(k, s).Mul(s, new(big.Int).ModInverse(new(big.Int).Add(key.D, big.NewInt(1)), n)).Mod(s, n)
		return encode(minimal(r), minimal(s))
	}
	key := Key(p.KeySpec).(*secp256k1.PrivateKey)
	//lint:ignore SA1019 the nonce is a test's
	x, _ := secp256k1.S256().ScalarBaseMult(k.Bytes())
	r = new(big.Int).Mod(x, n)
	s = new(big.Int).Mul(r, new(big.Int).SetBytes(key.Serialize()))
	s.Add(s, e).Mul(s, new(big.Int).ModInverse(k, n)).Mod(s, n)
	if s.Cmp(new(big.Int).Rsh(n, 1)) > 0 {
		s.Sub(n, s)
	}
	return encode(minimal(r), minimal(s))
}

var wrongEncodings = []wrongSigner{
	{name: "raw", check: "Encoding", says: "r‖s of 64 bytes", make: changes(p256k, func(sig []byte) []byte {
		raw, _ := signer.ToRaw(sig)
		return raw
	})},
	{name: "non-minimal DER", check: "Encoding", says: "superfluous zero", make: changes(gm, func(sig []byte) []byte {
		r, s := numbers(sig)
		return encode(padded(r), padded(s))
	})},
	{name: "negative INTEGER", check: "Encoding", says: "negative", make: changes(p256k, func(sig []byte) []byte {
		r, s := numbers(sig)
		return encode(r.Bytes(), s.Bytes())
	})},
	{name: "bytes after the SEQUENCE", check: "Encoding", says: "follow the SEQUENCE", make: changes(p256k, func(sig []byte) []byte { return append(sig, 0) })},
	{name: "bytes inside the SEQUENCE", check: "Encoding", says: "follow the two INTEGERs", make: changes(p256k, func(sig []byte) []byte {
		sig = append(sig, 5, 0)
		sig[1] += 2
		return sig
	})},
	{name: "length in the long form", check: "Encoding", says: "long form", make: changes(gm, func(sig []byte) []byte {
		return append([]byte{sig[0], 0x81}, sig[1:]...)
	})},
	{name: "zero byte before an RSA signature", check: "Encoding", says: "257 bytes; want 256", make: bend(pkcs1, func(b *bent) {
		b.signDigest = func(ctx context.Context, digest []byte) ([]byte, error) {
			sig, err := b.Signer.SignDigest(ctx, digest)
			if err != nil {
				return nil, err
			}
			return append([]byte{0}, sig...), nil
		}
	})},
}

// refuses bends what SignDigest does with what is no digest.
func refuses(p keyspec.Pair, how func(s signer.Signer, digest []byte) ([]byte, error)) func() signer.Signer {
	return bend(p, func(b *bent) {
		b.signDigest = func(ctx context.Context, digest []byte) ([]byte, error) {
			if ctx == nil || ctx.Err() != nil || len(digest) == 32 {
				return b.Signer.SignDigest(ctx, digest)
			}
			return how(b.Signer, digest)
		}
	})
}

// opts bends what Sign does with opts that are not nil.
func opts(p keyspec.Pair, how func(s signer.Signer, digest []byte, opts crypto.SignerOpts) ([]byte, error)) func() signer.Signer {
	return bend(p, func(b *bent) {
		b.sign = func(rand io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
			if opts == nil || len(digest) != 32 {
				return b.Signer.Sign(rand, digest, opts)
			}
			return how(b.Signer, digest, opts)
		}
	})
}

var wrongRefusals = []wrongSigner{
	{name: "panic on nil digest", check: "DigestLength", says: "SignDigest of nil: SignDigest panicked", make: refuses(p256, func(s signer.Signer, d []byte) ([]byte, error) {
		if d == nil {
			_ = d[0]
		}
		return s.SignDigest(background, d)
	})},
	{name: "panic on a short digest", check: "DigestLength", says: "panicked", make: refuses(p256, func(s signer.Signer, d []byte) ([]byte, error) {
		return s.SignDigest(background, d[:32:32])
	})},
	{name: "short digests are signed", check: "DigestLength", says: "SignDigest of 31 bytes: it is not refused", make: refuses(p256, func(s signer.Signer, d []byte) ([]byte, error) {
		if len(d) > 32 {
			return s.SignDigest(background, d)
		}
		return s.SignDigest(background, append(make([]byte, 32-len(d)), d...))
	})},
	{name: "long digests are cut", check: "DigestLength", says: "SignDigest of 64 bytes: it is not refused", make: refuses(p256k, func(s signer.Signer, d []byte) ([]byte, error) {
		return s.SignDigest(background, d[:min(32, len(d))])
	})},
	{name: "nil means zeros", check: "DigestLength", says: "SignDigest of nil: it is not refused", make: refuses(gm, func(s signer.Signer, d []byte) ([]byte, error) {
		if d == nil {
			d = make([]byte, 32)
		}
		return s.SignDigest(background, d)
	})},
	{name: "wrong code", check: "DigestLength", says: "has the code Internal", make: refuses(p256, func(signer.Signer, []byte) ([]byte, error) {
		return nil, &errors.Error{Code: errors.Internal, Param: "Digest", Reason: "it is not 32 bytes"}
	})},
	{name: "wrong parameter", check: "DigestLength", says: `names the parameter "Message"`, make: refuses(p256, func(signer.Signer, []byte) ([]byte, error) {
		return nil, &errors.Error{Code: errors.InvalidParameter, Param: "Message", Reason: "it is not 32 bytes"}
	})},
	{name: "no reason", check: "DigestLength", says: "gives no reason", make: refuses(p256, func(signer.Signer, []byte) ([]byte, error) {
		return nil, &errors.Error{Code: errors.InvalidParameter, Param: "Digest"}
	})},
	{name: "error without a code", check: "DigestLength", says: "no *errors.Error", make: refuses(p256, func(signer.Signer, []byte) ([]byte, error) {
		return nil, errors.New("not 32 bytes")
	})},
	{name: "signature with the error", check: "DigestLength", says: "together with the error", make: refuses(p256, func(s signer.Signer, d []byte) ([]byte, error) {
		_, err := s.SignDigest(background, d)
		return []byte{0x30}, err
	})},
	{name: "Sign takes any digest", check: "DigestLength", says: "Sign of 20 bytes", make: bend(p256, func(b *bent) {
		b.sign = func(rand io.Reader, d []byte, opts crypto.SignerOpts) ([]byte, error) {
			if len(d) < 32 {
				d = append(make([]byte, 32-len(d)), d...)
			}
			return b.Signer.Sign(rand, d, opts)
		}
	})},

	{name: "opts ignored", check: "Opts", says: "crypto.SHA384: it is not refused", make: opts(p256, func(s signer.Signer, d []byte, _ crypto.SignerOpts) ([]byte, error) {
		return s.Sign(nil, d, nil)
	})},
	{name: "fitting opts refused", check: "Opts", says: "Sign with crypto.SHA256: ", make: opts(p256, func(s signer.Signer, d []byte, o crypto.SignerOpts) ([]byte, error) {
		return s.Sign(nil, d, crypto.SHA512)
	})},
	{name: "PSS options for PKCS #1", check: "Opts", says: "PSS options with SHA-256: it is not refused", make: opts(pkcs1, func(s signer.Signer, d []byte, o crypto.SignerOpts) ([]byte, error) {
		if p, ok := o.(*rsa.PSSOptions); ok && p != nil {
			o = p.Hash
		}
		return s.Sign(nil, d, o)
	})},
	{name: "any salt", check: "Opts", says: "longest salt: it is not refused", make: opts(pss, func(s signer.Signer, d []byte, o crypto.SignerOpts) ([]byte, error) {
		if p, ok := o.(*rsa.PSSOptions); ok && p != nil {
			o = &rsa.PSSOptions{Hash: p.Hash, SaltLength: 32}
		}
		return s.Sign(nil, d, o)
	})},
	{name: "panic on a nil pointer as opts", check: "Opts", says: "nil *rsa.PSSOptions: Sign panicked", make: opts(p256, func(s signer.Signer, d []byte, o crypto.SignerOpts) ([]byte, error) {
		_ = o.HashFunc()
		return s.Sign(nil, d, o)
	})},
	{name: "wrong parameter for opts", check: "Opts", says: `want "Opts"`, make: opts(p256, func(s signer.Signer, d []byte, o crypto.SignerOpts) ([]byte, error) {
		sig, err := s.Sign(nil, d, o)
		if err != nil {
			return nil, &errors.Error{Code: errors.InvalidParameter, Param: "Algorithm", Reason: "another hash"}
		}
		return sig, nil
	})},
	{name: "gmsm's options misunderstood", check: "Opts", says: "gmsm's options", make: opts(gm, func(s signer.Signer, d []byte, o crypto.SignerOpts) ([]byte, error) {
		if _, ok := o.(*sm2.SM2SignerOption); ok {
			o = nil
		}
		return s.Sign(nil, d, o)
	})},
}

// signs bends Sign for nil opts.
func signs(p keyspec.Pair, how func(s signer.Signer, rand io.Reader, digest []byte) ([]byte, error)) func() signer.Signer {
	return bend(p, func(b *bent) {
		b.sign = func(rand io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
			if opts != nil {
				return b.Signer.Sign(rand, digest, opts)
			}
			return how(b.Signer, rand, digest)
		}
	})
}

func messageSigner(p keyspec.Pair, message func(s signer.Signer, msg []byte, opts crypto.SignerOpts) ([]byte, error)) func() signer.Signer {
	return func() signer.Signer {
		s := right(p)
		return &bentMessage{bent{Signer: s}, func(msg []byte, opts crypto.SignerOpts) ([]byte, error) { return message(s, msg, opts) }}
	}
}

// rightly is the right SignMessage.
func rightly(s signer.Signer, msg []byte, opts crypto.SignerOpts) ([]byte, error) {
	return s.(crypto.MessageSigner).SignMessage(nil, msg, opts)
}

var wrongPaths = []wrongSigner{
	{name: "nil opts refused", check: "Sign", says: "nil opts", make: signs(p256, func(s signer.Signer, _ io.Reader, d []byte) ([]byte, error) {
		return nil, &errors.Error{Code: errors.InvalidParameter, Param: "Opts", Reason: "they are nil"}
	})},
	{name: "panic on nil opts", check: "Sign", says: "Sign panicked", make: signs(p256, func(signer.Signer, io.Reader, []byte) ([]byte, error) {
		var opts crypto.SignerOpts
		return nil, errors.New(opts.HashFunc().String())
	})},
	{name: "reader needed", check: "Sign", says: "a reader that fails: ", make: signs(p256, func(s signer.Signer, rand io.Reader, d []byte) ([]byte, error) {
		if rand != nil {
			if _, err := io.ReadFull(rand, make([]byte, 32)); err != nil {
				return nil, err
			}
		}
		return s.SignDigest(background, d)
	})},
	{name: "panic on a nil reader", check: "Sign", says: "a nil reader: Sign panicked", make: signs(p256, func(s signer.Signer, rand io.Reader, d []byte) ([]byte, error) {
		rand.Read(nil)
		return s.SignDigest(background, d)
	})},
	{name: "Sign hashes", check: "Sign", says: "hashed again", make: signs(p256k, func(s signer.Signer, _ io.Reader, d []byte) ([]byte, error) {
		again := sha256.Sum256(d)
		return s.SignDigest(background, again[:])
	})},
	{name: "reader needed with opts", check: "Certificate", says: "the reader must not be needed", make: bend(p256, func(b *bent) {
		b.sign = func(rand io.Reader, d []byte, o crypto.SignerOpts) ([]byte, error) {
			if rand != nil && o != nil {
				if _, err := io.ReadFull(rand, make([]byte, 32)); err != nil {
					return nil, err
				}
			}
			return b.Signer.Sign(rand, d, o)
		}
	})},

	{name: "message taken as the digest", check: "MessageSigner", says: "as if it were the digest", make: messageSigner(p256k, func(s signer.Signer, msg []byte, o crypto.SignerOpts) ([]byte, error) {
		if len(msg) == 32 {
			return s.Sign(nil, msg, o)
		}
		return rightly(s, msg, o)
	})},
	{name: "message hashed twice", check: "MessageSigner", says: "hashed twice", make: messageSigner(gm, func(s signer.Signer, msg []byte, o crypto.SignerOpts) ([]byte, error) {
		h := s.NewDigest()
		h.Write(msg)
		return rightly(s, h.Sum(nil), o)
	})},
	{name: "empty message refused", check: "MessageSigner", says: "an empty message", make: messageSigner(p256k, func(s signer.Signer, msg []byte, o crypto.SignerOpts) ([]byte, error) {
		if len(msg) == 0 {
			return nil, errors.New("empty")
		}
		return rightly(s, msg, o)
	})},
	{name: "message written to", check: "MessageSigner", says: "writes to the message", make: messageSigner(p256k, func(s signer.Signer, msg []byte, o crypto.SignerOpts) ([]byte, error) {
		defer clear(msg)
		return rightly(s, msg, o)
	})},
	{name: "opts of SignMessage ignored", check: "MessageSigner", says: "SignMessage with crypto.SHA384: it is not refused", make: messageSigner(p256k, func(s signer.Signer, msg []byte, _ crypto.SignerOpts) ([]byte, error) {
		return rightly(s, msg, nil)
	})},
	{name: "panic in SignMessage", check: "MessageSigner", says: "SignMessage panicked", make: messageSigner(p256k, func(s signer.Signer, msg []byte, o crypto.SignerOpts) ([]byte, error) {
		_ = msg[0]
		return rightly(s, msg, o)
	})},
}

var wrongBuffers = []wrongSigner{
	{name: "kept digest", check: "Buffers", says: "keeps the digest's slice", make: func() signer.Signer {
		// Remembers by slice what it has signed.
		var last, sig []byte
		return bends(p256, func(s signer.Signer, d []byte) ([]byte, error) {
			if last != nil && &last[0] == &d[0] {
				return bytes.Clone(sig), nil
			}
			var err error
			last = d
			sig, err = s.SignDigest(background, d)
			return bytes.Clone(sig), err
		})()
	}},
	{name: "kept result", check: "Buffers", says: "both are in one buffer", make: func() signer.Signer {
		buf := make([]byte, 0, 80)
		return changes(p256, func(sig []byte) []byte { return append(buf, sig...) })()
	}},
	{name: "cached result", check: "Buffers", says: "the caller overwrote it", make: func() signer.Signer {
		cache := map[string][]byte{}
		return bends(p256, func(s signer.Signer, d []byte) ([]byte, error) {
			sig, ok := cache[string(d)]
			if !ok {
				sig, _ = s.SignDigest(background, d)
				cache[string(d)] = sig
			}
			return sig, nil
		})()
	}},
	{name: "digest written to", check: "Buffers", says: "SignDigest writes to the digest", make: bend(p256, func(b *bent) {
		b.signDigest = func(ctx context.Context, d []byte) ([]byte, error) {
			sig, err := b.Signer.SignDigest(ctx, d)
			clear(d)
			return sig, err
		}
	})},
	{name: "capacity written to", check: "Buffers", says: "writes behind the digest", make: bends(p256, func(s signer.Signer, d []byte) ([]byte, error) {
		_ = append(d, "a suffix"...)
		return s.SignDigest(background, d)
	})},
	{name: "Sign writes to the digest", check: "Buffers", says: "Sign writes to the digest", make: bend(p256, func(b *bent) {
		b.sign = func(rand io.Reader, d []byte, o crypto.SignerOpts) ([]byte, error) {
			sig, err := b.Signer.Sign(rand, d, o)
			clear(d)
			return sig, err
		}
	})},
}

// contexts bends what SignDigest does with a digest that is one.
func contexts(how func(ctx context.Context, s signer.Signer, digest []byte) ([]byte, error)) func() signer.Signer {
	return bend(p256, func(b *bent) {
		b.signDigest = func(ctx context.Context, digest []byte) ([]byte, error) {
			if len(digest) != 32 {
				return b.Signer.SignDigest(ctx, digest)
			}
			return how(ctx, b.Signer, digest)
		}
	})
}

var wrongContexts = []wrongSigner{
	{name: "panic on a nil context", check: "Context", says: "a nil context: SignDigest panicked", make: contexts(func(ctx context.Context, s signer.Signer, d []byte) ([]byte, error) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		return s.SignDigest(ctx, d)
	})},
	{name: "nil context taken", check: "Context", says: "a nil context: it is not refused", make: contexts(func(ctx context.Context, s signer.Signer, d []byte) ([]byte, error) {
		if ctx == nil {
			ctx = background
		}
		return s.SignDigest(ctx, d)
	})},
	{name: "swallowed context", check: "Context", says: "a cancelled context: it signs all the same", make: contexts(func(ctx context.Context, s signer.Signer, d []byte) ([]byte, error) {
		if ctx != nil {
			ctx = background
		}
		return s.SignDigest(ctx, d)
	})},
	{name: "deadlines ignored", check: "Context", says: "an expired context: it signs all the same", make: contexts(func(ctx context.Context, s signer.Signer, d []byte) ([]byte, error) {
		if ctx != nil && ctx.Err() == context.DeadlineExceeded {
			ctx = background
		}
		return s.SignDigest(ctx, d)
	})},
	{name: "context error replaced", check: "Context", says: "a cancelled context: the error is not", make: contexts(func(ctx context.Context, s signer.Signer, d []byte) ([]byte, error) {
		sig, err := s.SignDigest(ctx, d)
		if ctx != nil && err != nil {
			return nil, &errors.Error{Code: errors.Unavailable, Reason: err.Error()}
		}
		return sig, err
	})},
	{name: "cause returned for the error", check: "Context", says: "cancelled with a cause: the error is not", make: contexts(func(ctx context.Context, s signer.Signer, d []byte) ([]byte, error) {
		if ctx != nil && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return s.SignDigest(ctx, d)
	})},
	{name: "signature with a context error", check: "Context", says: "together with the error", make: contexts(func(ctx context.Context, s signer.Signer, d []byte) ([]byte, error) {
		if ctx == nil {
			return s.SignDigest(ctx, d)
		}
		sig, _ := s.SignDigest(background, d)
		return sig, ctx.Err()
	})},
	{name: "dead after a cancelled context", check: "Context", says: "after one that was cancelled", make: func() signer.Signer {
		dead := false
		return contexts(func(ctx context.Context, s signer.Signer, d []byte) ([]byte, error) {
			if ctx != nil && ctx.Err() != nil {
				dead = true
			} else if dead {
				// Until somebody connects again, which the suite does not.
				ctx2, cancel := context.WithTimeout(background, time.Second)
				defer cancel()
				if ctx.Done() != nil {
					return nil, &errors.Error{Code: errors.Unavailable, Reason: "the session is closed"}
				}
				return s.SignDigest(ctx2, d)
			}
			return s.SignDigest(ctx, d)
		})()
	}},
	{name: "half a signature when time is up", check: "Context", says: "a context that ends during the call", make: contexts(func(ctx context.Context, s signer.Signer, d []byte) ([]byte, error) {
		sig, err := s.SignDigest(ctx, d)
		if err != nil || ctx.Done() == nil {
			return sig, err
		}
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) > time.Minute {
			return sig, nil
		}
		<-ctx.Done()
		return sig[:len(sig)/2], nil
	})},
}

var wrongConcurrency = []wrongSigner{
	{name: "data race", check: "Concurrency", says: "wrong: there is state that they share", races: true, make: func() signer.Signer {
		scratch := make([]byte, 32)
		return bends(p256, func(s signer.Signer, d []byte) ([]byte, error) {
			copy(scratch, d)
			runtime.Gosched() // to the next goroutine, which writes its own digest
			return s.SignDigest(background, scratch)
		})()
	}},
	{name: "one at a time or not at all", check: "Concurrency", says: "Throttled", make: func() signer.Signer {
		var busy sync.Mutex
		return bends(p256, func(s signer.Signer, d []byte) ([]byte, error) {
			if !busy.TryLock() {
				return nil, &errors.Error{Code: errors.Throttled, Reason: "one at a time"}
			}
			defer busy.Unlock()
			time.Sleep(time.Millisecond)
			return s.SignDigest(background, d)
		})()
	}},
	{name: "panic when two sign", check: "Concurrency", says: "panicked: busy", make: func() signer.Signer {
		var busy sync.Mutex
		return bends(p256, func(s signer.Signer, d []byte) ([]byte, error) {
			if !busy.TryLock() {
				panic("busy")
			}
			defer busy.Unlock()
			time.Sleep(time.Millisecond)
			return s.SignDigest(background, d)
		})()
	}},
}

// tells is a Signer that has something to say.
type tells struct {
	bent
	text string
}

func (s *tells) String() string { return s.text }

func telling(p keyspec.Pair, text func() string) func() signer.Signer {
	return func() signer.Signer { return &tells{bent{Signer: right(p)}, text()} }
}

// logs tells the log only.
type logs struct{ bent }

func (*logs) LogValue() slog.Value {
	return slog.StringValue("d=" + hex.EncodeToString(scalar(keyspec.ECP256K)))
}

// inTheOpen is a Signer with its key in an exported field.
type inTheOpen struct {
	bent
	Key crypto.PrivateKey
}

// scalar is the private scalar of a curve's Key.
func scalar(k keyspec.KeySpec) []byte {
	switch key := Key(k).(type) {
	case *ecdsa.PrivateKey:
		return key.D.FillBytes(make([]byte, 32))
	case *sm2.PrivateKey:
		return key.D.FillBytes(make([]byte, 32))
	case *secp256k1.PrivateKey:
		return key.Serialize()
	}
	return nil
}

var wrongPrints = []wrongSigner{
	{name: "scalar printed in hexadecimal", check: "Secrets", says: "what %v prints holds the private key, in hexadecimal", make: telling(p256, func() string { return hex.EncodeToString(scalar(keyspec.ECP256)) })},
	{name: "scalar printed as bytes", check: "Secrets", says: "as a list", make: telling(gm, func() string { return fmt.Sprint(scalar(keyspec.ECSM2)) })},
	{name: "key printed as PEM", check: "Secrets", says: "as PEM", make: telling(pss, func() string { return string(testkeys.PEM(keyspec.RSA2048)) })},
	{name: "prime printed", check: "Secrets", says: "in decimal", make: telling(pkcs1, func() string { return Key(keyspec.RSA2048).(*rsa.PrivateKey).Primes[1].String() })},
	{name: "key in an exported field", check: "Secrets", says: "its JSON holds the private key", make: func() signer.Signer {
		return &inTheOpen{bent{Signer: right(p256)}, Key(keyspec.ECP256)}
	}},
	{name: "scalar logged", check: "Secrets", says: "log/slog", make: func() signer.Signer {
		return &logs{bent{Signer: right(p256k)}}
	}},
	{name: "scalar in an error", check: "Secrets", says: "the text of an error holds the private key", make: refuses(p256k, func(signer.Signer, []byte) ([]byte, error) {
		return nil, &errors.Error{Code: errors.InvalidParameter, Param: "Digest", Reason: fmt.Sprintf("not for %v", Key(keyspec.ECP256K).(*secp256k1.PrivateKey).Key)}
	})},
	{name: "digest in an error", check: "Secrets", says: "the text of an error holds the digest", make: refuses(p256, func(_ signer.Signer, d []byte) ([]byte, error) {
		return nil, &errors.Error{Code: errors.InvalidParameter, Param: "Digest", Reason: fmt.Sprintf("%x is too short or too long", d)}
	})},
}
