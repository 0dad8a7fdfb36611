// SPDX-License-Identifier: Apache-2.0

package signertest

import (
	"crypto"
	"crypto/sha256"
	"io"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
)

// signs bends Sign for nil opts.
func signs(
	p keyspec.Pair, how func(s signer.Signer, rand io.Reader, digest []byte) ([]byte, error),
) func() signer.Signer {
	return bend(p, func(b *bent) {
		b.sign = func(rand io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
			if opts != nil {
				return b.Signer.Sign(rand, digest, opts)
			}
			return how(b.Signer, rand, digest)
		}
	})
}

func messageSigner(
	p keyspec.Pair, message func(s signer.Signer, msg []byte, opts crypto.SignerOpts) ([]byte, error),
) func() signer.Signer {
	return func() signer.Signer {
		s := right(p)
		return &bentMessage{bent{Signer: s}, func(msg []byte, opts crypto.SignerOpts) ([]byte, error) {
			return message(s, msg, opts)
		}}
	}
}

// rightly is the right SignMessage.
func rightly(s signer.Signer, msg []byte, opts crypto.SignerOpts) ([]byte, error) {
	return s.(crypto.MessageSigner).SignMessage(nil, msg, opts)
}

var wrongPaths = []wrongSigner{
	{name: "nil opts refused", check: "Sign", says: "nil opts",
		make: signs(p256, func(s signer.Signer, _ io.Reader, d []byte) ([]byte, error) {
			return nil, &errors.Error{Code: errors.InvalidParameter, Param: "Opts", Reason: "they are nil"}
		})},
	{name: "panic on nil opts", check: "Sign", says: "Sign panicked",
		make: signs(p256, func(signer.Signer, io.Reader, []byte) ([]byte, error) {
			var opts crypto.SignerOpts
			return nil, errors.New(opts.HashFunc().String())
		})},
	{name: "reader needed", check: "Sign", says: "a reader that fails: ",
		make: signs(p256, func(s signer.Signer, rand io.Reader, d []byte) ([]byte, error) {
			if rand != nil {
				if _, err := io.ReadFull(rand, make([]byte, 32)); err != nil {
					return nil, err
				}
			}
			return s.SignDigest(background, d)
		})},
	{name: "panic on a nil reader", check: "Sign", says: "a nil reader: Sign panicked",
		make: signs(p256, func(s signer.Signer, rand io.Reader, d []byte) ([]byte, error) {
			rand.Read(nil)
			return s.SignDigest(background, d)
		})},
	{name: "Sign hashes", check: "Sign", says: "hashed again",
		make: signs(p256k, func(s signer.Signer, _ io.Reader, d []byte) ([]byte, error) {
			again := sha256.Sum256(d)
			return s.SignDigest(background, again[:])
		})},
	{name: "reader needed with opts", check: "Certificate", says: "the reader must not be needed",
		make: bend(p256, func(b *bent) {
			b.sign = func(rand io.Reader, d []byte, o crypto.SignerOpts) ([]byte, error) {
				if rand != nil && o != nil {
					if _, err := io.ReadFull(rand, make([]byte, 32)); err != nil {
						return nil, err
					}
				}
				return b.Signer.Sign(rand, d, o)
			}
		})},

	{name: "message taken as the digest", check: "MessageSigner", says: "as if it were the digest",
		make: messageSigner(p256k, func(s signer.Signer, msg []byte, o crypto.SignerOpts) ([]byte, error) {
			if len(msg) == 32 {
				return s.Sign(nil, msg, o)
			}
			return rightly(s, msg, o)
		})},
	{name: "message hashed twice", check: "MessageSigner", says: "hashed twice",
		make: messageSigner(gm, func(s signer.Signer, msg []byte, o crypto.SignerOpts) ([]byte, error) {
			h := s.NewDigest()
			h.Write(msg)
			return rightly(s, h.Sum(nil), o)
		})},
	{name: "empty message refused", check: "MessageSigner", says: "an empty message",
		make: messageSigner(p256k, func(s signer.Signer, msg []byte, o crypto.SignerOpts) ([]byte, error) {
			if len(msg) == 0 {
				return nil, errors.New("empty")
			}
			return rightly(s, msg, o)
		})},
	{name: "message written to", check: "MessageSigner", says: "writes to the message",
		make: messageSigner(p256k, func(s signer.Signer, msg []byte, o crypto.SignerOpts) ([]byte, error) {
			defer clear(msg)
			return rightly(s, msg, o)
		})},
	{name: "opts of SignMessage ignored", check: "MessageSigner",
		says: "SignMessage with crypto.SHA384: it is not refused",
		make: messageSigner(p256k, func(s signer.Signer, msg []byte, _ crypto.SignerOpts) ([]byte, error) {
			return rightly(s, msg, nil)
		})},
	{name: "panic in SignMessage", check: "MessageSigner", says: "SignMessage panicked",
		make: messageSigner(p256k, func(s signer.Signer, msg []byte, o crypto.SignerOpts) ([]byte, error) {
			_ = msg[0]
			return rightly(s, msg, o)
		})},
}
