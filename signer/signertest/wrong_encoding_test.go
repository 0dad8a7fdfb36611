// SPDX-License-Identifier: Apache-2.0

package signertest

import (
	"context"

	"github.com/kmsigner/kmsigner/signer"
)

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
	{name: "bytes after the SEQUENCE", check: "Encoding", says: "follow the SEQUENCE",
		make: changes(p256k, func(sig []byte) []byte { return append(sig, 0) })},
	{name: "bytes inside the SEQUENCE", check: "Encoding", says: "follow the two INTEGERs",
		make: changes(p256k, func(sig []byte) []byte {
			sig = append(sig, 5, 0)
			sig[1] += 2
			return sig
		})},
	{name: "length in the long form", check: "Encoding", says: "long form", make: changes(gm, func(sig []byte) []byte {
		return append([]byte{sig[0], 0x81}, sig[1:]...)
	})},
	{name: "zero byte before an RSA signature", check: "Encoding", says: "257 bytes; want 256",
		make: bend(pkcs1, func(b *bent) {
			b.signDigest = func(ctx context.Context, digest []byte) ([]byte, error) {
				sig, err := b.Signer.SignDigest(ctx, digest)
				if err != nil {
					return nil, err
				}
				return append([]byte{0}, sig...), nil
			}
		})},
}
