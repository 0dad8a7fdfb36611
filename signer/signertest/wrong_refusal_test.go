// SPDX-License-Identifier: Apache-2.0

package signertest

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"io"

	"github.com/emmansun/gmsm/sm2"
	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
)

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
func opts(
	p keyspec.Pair, how func(s signer.Signer, digest []byte, opts crypto.SignerOpts) ([]byte, error),
) func() signer.Signer {
	return bend(p, func(b *bent) {
		b.sign = func(rand io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
			if opts == nil || len(digest) != 32 {
				return b.Signer.Sign(rand, digest, opts)
			}
			return how(b.Signer, digest, opts)
		}
	})
}

// hashes hashes what has a certain length, as if it were the message.
func hashes(these func(size int) bool) func(signer.Signer, []byte) ([]byte, error) {
	return func(s signer.Signer, digest []byte) ([]byte, error) {
		if these(len(digest)) {
			sum := sha256.Sum256(digest)
			digest = sum[:]
		}
		return s.SignDigest(background, digest)
	}
}

var wrongRefusals = []wrongSigner{
	{name: "panic on nil digest", check: "DigestLength", says: "SignDigest of nil: SignDigest panicked",
		make: refuses(p256, func(s signer.Signer, d []byte) ([]byte, error) {
			if d == nil {
				_ = d[0]
			}
			return s.SignDigest(background, d)
		})},
	{name: "panic on a short digest", check: "DigestLength", says: "panicked",
		make: refuses(p256, func(s signer.Signer, d []byte) ([]byte, error) {
			return s.SignDigest(background, d[:32:32])
		})},
	{name: "short digests are signed", check: "DigestLength", says: "SignDigest of 31 bytes: it is not refused",
		make: refuses(p256, func(s signer.Signer, d []byte) ([]byte, error) {
			if len(d) > 32 {
				return s.SignDigest(background, d)
			}
			return s.SignDigest(background, append(make([]byte, 32-len(d)), d...))
		})},
	{name: "long digests are cut", check: "DigestLength", says: "SignDigest of 64 bytes: it is not refused",
		make: refuses(p256k, func(s signer.Signer, d []byte) ([]byte, error) {
			return s.SignDigest(background, d[:min(32, len(d))])
		})},
	{name: "40 bytes are hashed", check: "DigestLength", says: "SignDigest of 40 bytes: it is not refused",
		make: refuses(p256, hashes(func(size int) bool { return size == 40 }))},
	{name: "more than 64 bytes are hashed", check: "DigestLength", says: "SignDigest of 65 bytes: it is not refused",
		make: refuses(p256, hashes(func(size int) bool { return size > 64 }))},
	{name: "nil means zeros", check: "DigestLength", says: "SignDigest of nil: it is not refused",
		make: refuses(gm, func(s signer.Signer, d []byte) ([]byte, error) {
			if d == nil {
				d = make([]byte, 32)
			}
			return s.SignDigest(background, d)
		})},
	{name: "wrong code", check: "DigestLength", says: "has the code Internal",
		make: refuses(p256, func(signer.Signer, []byte) ([]byte, error) {
			return nil, &errors.Error{Code: errors.Internal, Param: "Digest", Reason: "it is not 32 bytes"}
		})},
	{name: "wrong parameter", check: "DigestLength", says: `names the parameter "Message"`,
		make: refuses(p256, func(signer.Signer, []byte) ([]byte, error) {
			return nil, &errors.Error{Code: errors.InvalidParameter, Param: "Message", Reason: "it is not 32 bytes"}
		})},
	{name: "no reason", check: "DigestLength", says: "gives no reason",
		make: refuses(p256, func(signer.Signer, []byte) ([]byte, error) {
			return nil, &errors.Error{Code: errors.InvalidParameter, Param: "Digest"}
		})},
	{name: "error without a code", check: "DigestLength", says: "no *errors.Error",
		make: refuses(p256, func(signer.Signer, []byte) ([]byte, error) {
			return nil, errors.New("not 32 bytes")
		})},
	{name: "signature with the error", check: "DigestLength", says: "together with the error",
		make: refuses(p256, func(s signer.Signer, d []byte) ([]byte, error) {
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

	{name: "opts ignored", check: "Opts", says: "crypto.SHA384: it is not refused",
		make: opts(p256, func(s signer.Signer, d []byte, _ crypto.SignerOpts) ([]byte, error) {
			return s.Sign(nil, d, nil)
		})},
	{name: "fitting opts refused", check: "Opts", says: "Sign with crypto.SHA256: ",
		make: opts(p256, func(s signer.Signer, d []byte, o crypto.SignerOpts) ([]byte, error) {
			return s.Sign(nil, d, crypto.SHA512)
		})},
	{name: "PSS options for PKCS #1", check: "Opts", says: "PSS options with SHA-256: it is not refused",
		make: opts(pkcs1, func(s signer.Signer, d []byte, o crypto.SignerOpts) ([]byte, error) {
			if p, ok := o.(*rsa.PSSOptions); ok && p != nil {
				o = p.Hash
			}
			return s.Sign(nil, d, o)
		})},
	{name: "any salt", check: "Opts", says: "a salt of 20 bytes: it is not refused",
		make: opts(pss, func(s signer.Signer, d []byte, o crypto.SignerOpts) ([]byte, error) {
			if p, ok := o.(*rsa.PSSOptions); ok && p != nil {
				o = &rsa.PSSOptions{Hash: p.Hash, SaltLength: 32}
			}
			return s.Sign(nil, d, o)
		})},
	{name: "the longest salt for PSSSaltLengthAuto", check: "Opts",
		says: "PSSSaltLengthAuto: the salt has 222 bytes; want 32",
		make: opts(pss, func(s signer.Signer, d []byte, o crypto.SignerOpts) ([]byte, error) {
			if p, ok := o.(*rsa.PSSOptions); ok && p != nil && p.SaltLength == rsa.PSSSaltLengthAuto && p.Hash == crypto.SHA256 {
				return rsa.SignPSS(rand.Reader, Key(s.KeySpec()).(*rsa.PrivateKey), p.Hash, d, &rsa.PSSOptions{SaltLength: 222})
			}
			return s.Sign(nil, d, o)
		})},
	{name: "PSSSaltLengthAuto refused", check: "Opts", says: "PSSSaltLengthAuto: ",
		make: opts(pss, func(s signer.Signer, d []byte, o crypto.SignerOpts) ([]byte, error) {
			if p, ok := o.(*rsa.PSSOptions); ok && p != nil && p.SaltLength == rsa.PSSSaltLengthAuto {
				return nil, &errors.Error{Code: errors.InvalidParameter, Param: "Opts", Reason: "the salt"}
			}
			return s.Sign(nil, d, o)
		})},
	{name: "panic on a nil pointer as opts", check: "Opts", says: "nil *rsa.PSSOptions: Sign panicked",
		make: opts(p256, func(s signer.Signer, d []byte, o crypto.SignerOpts) ([]byte, error) {
			_ = o.HashFunc()
			return s.Sign(nil, d, o)
		})},
	{name: "wrong parameter for opts", check: "Opts", says: `want "Opts"`,
		make: opts(p256, func(s signer.Signer, d []byte, o crypto.SignerOpts) ([]byte, error) {
			sig, err := s.Sign(nil, d, o)
			if err != nil {
				return nil, &errors.Error{Code: errors.InvalidParameter, Param: "Algorithm", Reason: "another hash"}
			}
			return sig, nil
		})},
	{name: "gmsm's options misunderstood", check: "Opts", says: "gmsm's options",
		make: opts(gm, func(s signer.Signer, d []byte, o crypto.SignerOpts) ([]byte, error) {
			if _, ok := o.(*sm2.SM2SignerOption); ok {
				o = nil
			}
			return s.Sign(nil, d, o)
		})},
}
