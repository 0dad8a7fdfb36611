// SPDX-License-Identifier: Apache-2.0

package signertest

import (
	"crypto"
	"crypto/sha256"
	"crypto/sha512"
	"hash"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
)

// changing is a Signer that is another as long as a signature is being made.
func changing(how func(b *bent, busy func() bool)) func() signer.Signer {
	return bend(p256, func(b *bent) {
		var at atomic.Int64
		b.core = func(d []byte) ([]byte, error) {
			at.Add(1)
			defer at.Add(-1)
			time.Sleep(time.Millisecond)
			return b.Signer.SignDigest(background, d)
		}
		how(b, func() bool { return at.Load() > 0 })
	})
}

var wrongConcurrency = []wrongSigner{
	{name: "key spec that changes at work", check: "Concurrency", says: "the pair changes",
		make: changing(func(b *bent, busy func() bool) {
			b.keySpec = func() keyspec.KeySpec {
				if busy() {
					return ""
				}
				return keyspec.ECP256
			}
		})},
	{name: "public key that changes at work", check: "Concurrency", says: "Public changes",
		make: changing(func(b *bent, busy func() bool) {
			b.public = func() crypto.PublicKey {
				if busy() {
					return nil
				}
				return b.Signer.Public()
			}
		})},
	{name: "digests that change at work", check: "Concurrency", says: "digests that are made at the same time",
		make: changing(func(b *bent, busy func() bool) {
			b.newDigest = func() hash.Hash {
				if busy() {
					return sha512.New512_256()
				}
				return sha256.New()
			}
		})},
	{name: "panic of NewDigest at work", check: "Concurrency", says: "panicked while others ran",
		make: changing(func(b *bent, busy func() bool) {
			b.newDigest = func() hash.Hash {
				if busy() {
					panic("busy")
				}
				return sha256.New()
			}
		})},
	{name: "data race", check: "Concurrency", says: "wrong: there is state that they share", races: true,
		make: func() signer.Signer {
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
