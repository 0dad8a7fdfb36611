// SPDX-License-Identifier: Apache-2.0

package signertest

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"io"
	"math/big"

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// bent is a right Signer of which each wrong one bends one thing. What is nil is
// right.
type bent struct {
	signer.Signer

	core       func(digest []byte) ([]byte, error) // signs what both SignDigest and Sign accept
	signDigest func(ctx context.Context, digest []byte) ([]byte, error)
	sign       func(rand io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error)
	newDigest  func() hash.Hash
	public     func() crypto.PublicKey
	keySpec    func() keyspec.KeySpec
}

func (b *bent) SignDigest(ctx context.Context, digest []byte) ([]byte, error) {
	switch {
	case b.signDigest != nil:
		return b.signDigest(ctx, digest)
	case b.core == nil || ctx == nil || ctx.Err() != nil || len(digest) != 32:
		return b.Signer.SignDigest(ctx, digest)
	}
	return b.core(digest)
}

func (b *bent) Sign(rand io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if b.sign != nil {
		return b.sign(rand, digest, opts)
	}
	sig, err := b.Signer.Sign(rand, digest, opts)
	if _, isHash := opts.(crypto.Hash); b.core == nil || err != nil || opts != nil && !isHash {
		return sig, err
	}
	return b.core(digest)
}

func (b *bent) NewDigest() hash.Hash {
	if b.newDigest != nil {
		return b.newDigest()
	}
	return b.Signer.NewDigest()
}

func (b *bent) Public() crypto.PublicKey {
	if b.public != nil {
		return b.public()
	}
	return b.Signer.Public()
}

func (b *bent) KeySpec() keyspec.KeySpec {
	if b.keySpec != nil {
		return b.keySpec()
	}
	return b.Signer.KeySpec()
}

// bentMessage is a bent crypto.MessageSigner.
type bentMessage struct {
	bent
	message func(msg []byte, opts crypto.SignerOpts) ([]byte, error)
}

func (b *bentMessage) SignMessage(_ io.Reader, msg []byte, opts crypto.SignerOpts) ([]byte, error) {
	return b.message(msg, opts)
}

// signsInstead bends what is signed: digests become others before they are signed.
func signsInstead(p keyspec.Pair, other func(digest []byte) []byte) func() signer.Signer {
	return bends(p, func(s signer.Signer, digest []byte) ([]byte, error) {
		return s.SignDigest(background, other(bytes.Clone(digest)))
	})
}

// changes bends a right signature.
func changes(p keyspec.Pair, change func(sig []byte) []byte) func() signer.Signer {
	return bends(p, func(s signer.Signer, digest []byte) ([]byte, error) {
		sig, err := s.SignDigest(background, digest)
		if err != nil {
			return nil, err
		}
		return change(sig), nil
	})
}

// bends bends the signing of a digest. The right signer that it has is hedged.
func bends(p keyspec.Pair, core func(s signer.Signer, digest []byte) ([]byte, error)) func() signer.Signer {
	return func() signer.Signer {
		s := right(p)
		return &bent{Signer: s, core: func(digest []byte) ([]byte, error) { return core(s, digest) }}
	}
}

// right is a hedged signer on the pair's key.
func right(p keyspec.Pair) signer.Signer {
	s, err := signer.New(Key(p.KeySpec), p.Algorithm)
	if err != nil {
		return nil
	}
	return s
}

// numbers are r and s of a right signature.
func numbers(sig []byte) (r, s *big.Int) {
	raw, err := signer.ToRaw(sig)
	if err != nil {
		return nil, nil
	}
	return new(big.Int).SetBytes(raw[:32]), new(big.Int).SetBytes(raw[32:])
}

// encode is DER of two INTEGERs with these contents, whatever they are.
func encode(r, s []byte) []byte {
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		for _, v := range [][]byte{r, s} {
			b.AddASN1(asn1.INTEGER, func(b *cryptobyte.Builder) { b.AddBytes(v) })
		}
	})
	return b.BytesOrPanic()
}

// minimal is the content of the INTEGER v.
func minimal(v *big.Int) []byte {
	b := v.Bytes()
	if b[0] >= 0x80 {
		b = append([]byte{0}, b...)
	}
	return b
}

// padded is v as 33 bytes, which is minimal only if the top bit is set.
func padded(v *big.Int) []byte { return v.FillBytes(make([]byte, 33)) }

// salted signs with PSS and a salt of this length.
func salted(size int) func() signer.Signer {
	return bends(pss, func(_ signer.Signer, digest []byte) ([]byte, error) {
		key := Key(pss.KeySpec).(*rsa.PrivateKey)
		return rsa.SignPSS(rand.Reader, key, crypto.SHA256, digest, &rsa.PSSOptions{SaltLength: size})
	})
}

// saltless signs with PSS and no salt, which crypto/rsa does not: EMSA-PSS of RFC
// 8017, section 9.1.1, written out.
func saltless(s signer.Signer, digest []byte) ([]byte, error) {
	key := Key(s.KeySpec()).(*rsa.PrivateKey)
	h := sha256.Sum256(append(make([]byte, 8), digest...))
	em := make([]byte, key.Size())
	db := em[:len(em)-33]
	db[len(db)-1] = 1
	for i := range db {
		mask := sha256.Sum256(binary.BigEndian.AppendUint32(bytes.Clone(h[:]), uint32(i/32)))
		db[i] ^= mask[i%32]
	}
	db[0] &= 0x7f
	copy(em[len(db):], h[:])
	em[len(em)-1] = 0xbc
	m, p := new(big.Int).SetBytes(em), key.Precomputed // section 5.1.2, step 2b
	m1, m2 := new(big.Int).Exp(m, p.Dp, key.Primes[0]), new(big.Int).Exp(m, p.Dq, key.Primes[1])
	m1.Sub(m1, m2).Mul(m1, p.Qinv).Mod(m1, key.Primes[0]).Mul(m1, key.Primes[1]).Add(m1, m2)
	return m1.FillBytes(make([]byte, key.Size())), nil
}
