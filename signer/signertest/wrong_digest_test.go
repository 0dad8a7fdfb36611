// SPDX-License-Identifier: Apache-2.0

package signertest

import (
	"crypto/sha256"
	"crypto/sha512"
	"hash"

	"github.com/emmansun/gmsm/sm3"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
)

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
	{name: "no hash", check: "NewDigest", says: "nil",
		make: digests(p256, func(func() hash.Hash) hash.Hash { return nil })},
	{name: "nil pointer as hash", check: "NewDigest", says: "panicked",
		make: digests(p256, func(func() hash.Hash) hash.Hash { return (*bentHash)(nil) })},
	{name: "SM3 without Z(A)", check: "NewDigest", says: "is SM3 without Z(A)",
		make: digests(gm, func(func() hash.Hash) hash.Hash { return sm3.New() })},
	{name: "SHA-256 for SM2", check: "NewDigest", says: "SHA-256, not SM3",
		make: digests(gm, func(func() hash.Hash) hash.Hash { return sha256.New() })},
	{name: "SM3 after too little", check: "NewDigest", says: "is not SM3 of 32 bytes",
		make: digests(gm, func(func() hash.Hash) hash.Hash {
			h := sm3.New()
			h.Write(make([]byte, 16))
			return h
		})},
	{name: "SM3 of Z(A) hashed again", check: "NewDigest", says: "is not SM3 of 32 bytes",
		make: digests(gm, func(right func() hash.Hash) hash.Hash {
			h := right()
			return &bentHash{Hash: h, sum: func(b []byte) []byte {
				again := sm3.Sum(h.Sum(nil))
				return append(b, again[:]...)
			}}
		})},
	{name: "Reset loses Z(A)", check: "NewDigest", says: "Reset does not return",
		make: digests(gm, func(right func() hash.Hash) hash.Hash {
			b := &bentHash{Hash: right()}
			b.reset = func() { b.Hash = sm3.New() }
			return b
		})},
	{name: "SHA-384", check: "NewDigest", says: "48 bytes",
		make: digests(p256, func(func() hash.Hash) hash.Hash { return sha512.New384() })},
	{name: "SHA-512/256", check: "NewDigest", says: "SHA-512/256",
		make: digests(p256k, func(func() hash.Hash) hash.Hash { return sha512.New512_256() })},
	{name: "SHA-256 twice", check: "NewDigest", says: "applied twice",
		make: digests(p256k, func(func() hash.Hash) hash.Hash {
			h := sha256.New()
			return &bentHash{Hash: h, sum: func(b []byte) []byte {
				again := sha256.Sum256(h.Sum(nil))
				return append(b, again[:]...)
			}}
		})},
	{name: "digest of nothing", check: "NewDigest", says: "ignores what is written",
		make: digests(p256, func(func() hash.Hash) hash.Hash {
			return &bentHash{Hash: sha256.New(), sum: sha256.New().Sum}
		})},
	{name: "unknown hash", check: "NewDigest", says: "is not SHA-256",
		make: digests(pkcs1, func(func() hash.Hash) hash.Hash {
			h := sha256.New()
			h.Write([]byte("salt"))
			return h
		})},
	{name: "one hash for all", check: "NewDigest", says: "another digest than in one", make: func() signer.Signer {
		h := sha256.New()
		return digests(p256, func(func() hash.Hash) hash.Hash { return h })()
	}},
	{name: "Sum ends the hash", check: "NewDigest", says: "Sum changes the state",
		make: digests(p256, func(right func() hash.Hash) hash.Hash {
			h := right()
			return &bentHash{Hash: h, sum: func(b []byte) []byte {
				defer h.Reset()
				return h.Sum(b)
			}}
		})},
	{name: "Sum forgets its argument", check: "NewDigest", says: "Sum does not append",
		make: digests(p256, func(right func() hash.Hash) hash.Hash {
			h := right()
			return &bentHash{Hash: h, sum: func([]byte) []byte { return h.Sum(nil) }}
		})},
	{name: "messages cut off at 4096 bytes", check: "Message", says: "100,000 bytes",
		make: digests(p256, func(right func() hash.Hash) hash.Hash {
			return &bentHash{Hash: right(), limit: 4096}
		})},
}
