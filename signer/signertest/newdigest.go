// SPDX-License-Identifier: Apache-2.0

package signertest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding"
	"encoding/binary"
	"hash"

	"github.com/emmansun/gmsm/sm3"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/sm2z"
)

func checkNewDigest(r *report, x *subject) {
	if x.verifier == nil {
		r.skip("there is no sound public key, see PublicKey")
		return
	}
	h := x.s.NewDigest()
	if h == nil {
		r.fault("NewDigest returns nil")
		return
	}
	if want := x.pair.DigestSize(); h.Size() != want {
		r.fault("NewDigest makes digests of %d bytes, not of %d", h.Size(), want)
		return
	}
	h.Write([]byte("abc"))
	reference, fault := recognise(x, h.Sum(nil))
	switch {
	case fault != "":
		r.fault("NewDigest %s", fault)
		return
	case reference == nil && !isSM3After32Bytes(x.s.NewDigest, h.Sum(nil), len("abc")):
		r.fault("NewDigest is not SM3 of 32 bytes of Z(A) and the message")
		return
	case reference == nil:
		r.note("NewDigest is SM3 after 32 bytes, which are Z(A) under neither the default nor the empty id; whether under the one that was meant is not checked")
		reference = x.s.NewDigest
	}
	digest := func(msg []byte) []byte {
		h := reference()
		h.Write(msg)
		return h.Sum(nil)
	}
	if checkHash(r, x.s.NewDigest, digest); len(r.faults) == 0 {
		x.digest = digest
	}
}

// recognise returns the hash whose digest of "abc" this is, nil if it may be SM2's
// under another id, or what is wrong with it.
func recognise(x *subject, got []byte) (reference func() hash.Hash, fault string) {
	sum := func(newHash func() hash.Hash, data []byte) []byte {
		h := newHash()
		h.Write(data)
		return h.Sum(nil)
	}
	if x.pair.KeySpec == keyspec.ECSM2 {
		pub := x.public.(*ecdsa.PublicKey)
		for _, id := range []sm2z.ID{sm2z.DefaultID(), sm2z.EmptyID()} {
			newHash := func() hash.Hash {
				h, err := sm2z.New(pub, id)
				if err != nil {
					return sm3.New() // not for a checked key
				}
				return h
			}
			if bytes.Equal(got, sum(newHash, []byte("abc"))) {
				return newHash, ""
			}
		}
	} else if bytes.Equal(got, sum(sha256.New, []byte("abc"))) {
		return sha256.New, ""
	}
	abc := sha256.Sum256([]byte("abc"))
	for _, mistake := range []struct {
		text   string
		digest []byte
	}{
		{"is SM3 without Z(A)", sum(sm3.New, []byte("abc"))},
		{"is SHA-256, not SM3 after Z(A)", abc[:]},
		{"is SHA-256 applied twice", sum(sha256.New, abc[:])},
		{"is SHA-512/256", sum(sha512.New512_256, []byte("abc"))},
		{"ignores what is written to it", sum(sha256.New, nil)},
	} {
		if bytes.Equal(got, mistake.digest) {
			return nil, mistake.text
		}
	}
	if x.pair.KeySpec == keyspec.ECSM2 {
		return nil, ""
	}
	return nil, "is not SHA-256"
}

// isSM3After32Bytes reports whether newHash is SM3 of some 32 bytes and then the
// message. The digest of a message of n bytes is the state of SM3 after those 32
// bytes, the message and the padding, so it can be written on from without
// knowing the 32 bytes; newHash must come to the same end.
func isSM3After32Bytes(newHash func() hash.Hash, digest []byte, n int) bool {
	padding := make([]byte, 64-32-n) // GB/T 32905, section 5.2
	padding[0] = 0x80
	binary.BigEndian.PutUint64(padding[len(padding)-8:], uint64(32+n)*8)
	more := []byte("written after the padding")

	// After 64 bytes the state of SM3 is all there is to it. In the encoding of
	// gmsm's hash, as of those of crypto, it follows four bytes of magic.
	h := sm3.New()
	h.Write(make([]byte, 64))
	state, err := h.(encoding.BinaryMarshaler).MarshalBinary()
	if err != nil || copy(state[4:], digest) != 32 || h.(encoding.BinaryUnmarshaler).UnmarshalBinary(state) != nil {
		return false
	}
	h.Write(more)

	got := newHash()
	got.Write([]byte("abc")[:n])
	got.Write(padding)
	got.Write(more)
	return bytes.Equal(h.Sum(nil), got.Sum(nil))
}

// checkHash checks that newHash returns a hash.Hash like any other, whose digests
// are those of want.
func checkHash(r *report, newHash func() hash.Hash, want func([]byte) []byte) {
	text := make([]byte, 1000)
	for i := range text {
		text[i] = byte(i * 7)
	}
	for _, size := range []int{0, 1, 23, 24, 31, 32, 55, 56, 63, 64, 65, 128, 1000} {
		h := newHash()
		buf := bytes.Clone(text[:size])
		for at, step := 0, 1; at < size; step = step*2 + 1 {
			n, err := h.Write(buf[at:min(at+step, size)])
			if at += step; err != nil || n != min(step, size-(at-step)) {
				r.fault("NewDigest: Write of %d bytes returned %d, %v", min(step, size-(at-step)), n, err)
			}
		}
		if !bytes.Equal(buf, text[:size]) {
			r.fault("NewDigest: Write changes its argument")
		}
		clear(buf)
		if !bytes.Equal(h.Sum(nil), want(text[:size])) {
			r.fault("NewDigest: a message of %d bytes written in pieces has another digest than in one", size)
		}
	}

	h, other := newHash(), newHash()
	other.Write([]byte("another hash, used at the same time"))
	h.Write(text[:10])
	if sum := h.Sum([]byte("prefix")); !bytes.Equal(sum, append([]byte("prefix"), want(text[:10])...)) {
		r.fault("NewDigest: Sum does not append the digest to its argument, or two hashes share their state")
	}
	h.Write(text[10:20])
	if !bytes.Equal(h.Sum(nil), want(text[:20])) {
		r.fault("NewDigest: Sum changes the state, what is written after it has another digest")
	}
	h.Reset()
	if !bytes.Equal(h.Sum(nil), want(nil)) {
		r.fault("NewDigest: Reset does not return to the state of a new hash (for SM2: after Z(A))")
	}
}
