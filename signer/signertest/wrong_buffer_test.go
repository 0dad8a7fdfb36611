// SPDX-License-Identifier: Apache-2.0

package signertest

import (
	"bytes"
	"context"
	"crypto"
	"io"

	"github.com/kmsigner/kmsigner/signer"
)

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
	{name: "one arena for all results", check: "Buffers", says: "an append to one damages the other",
		make: func() signer.Signer {
			arena := make([]byte, 0, 1<<16)
			return changes(p256, func(sig []byte) []byte {
				start := len(arena)
				arena = append(arena, sig...)
				return arena[start:]
			})()
		}},
	{name: "one arena for all results, from its end", check: "Buffers", says: "an append to one damages the other",
		make: func() signer.Signer {
			arena := make([]byte, 1<<16)
			start := len(arena)
			return changes(p256, func(sig []byte) []byte {
				start -= len(sig)
				copy(arena[start:], sig)
				return arena[start : start+len(sig)]
			})()
		}},
	{name: "digest written to", check: "Buffers", says: "SignDigest writes to the digest", make: bend(p256, func(b *bent) {
		b.signDigest = func(ctx context.Context, d []byte) ([]byte, error) {
			sig, err := b.Signer.SignDigest(ctx, d)
			clear(d)
			return sig, err
		}
	})},
	{name: "capacity written to", check: "Buffers", says: "writes behind the digest",
		make: bends(p256, func(s signer.Signer, d []byte) ([]byte, error) {
			_ = append(d, "a suffix"...)
			return s.SignDigest(background, d)
		})},
	{name: "Sign writes to the digest", check: "Buffers", says: "Sign writes to the digest",
		make: bend(p256, func(b *bent) {
			b.sign = func(rand io.Reader, d []byte, o crypto.SignerOpts) ([]byte, error) {
				sig, err := b.Signer.Sign(rand, d, o)
				clear(d)
				return sig, err
			}
		})},
}
