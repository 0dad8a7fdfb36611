package signer

import (
	"crypto"
	"crypto/rand"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
	"github.com/kmsigner/kmsigner/keyspec"
)

// p256k is ECDSA, FIPS 186-5, section 6, on secp256k1 with SHA-256 and a low s,
// on decred's arithmetic.
type p256k struct {
	sha256Digest
	onlySHA256
	lowS bool
}

func (p256k) signing(key crypto.PrivateKey, deterministic bool) func([]byte) ([]byte, error) {
	private := key.(*secp256k1.PrivateKey)
	return func(digest []byte) ([]byte, error) {
		if deterministic {
			return signP256K(private, digest, nil), nil
		}
		var entropy [32]byte
		if _, err := rand.Read(entropy[:]); err != nil {
			return nil, primitive(err)
		}
		return signP256K(private, digest, entropy[:]), nil
	}
}

// signP256K is FIPS 186-5, section 6.4.1, with the nonce of RFC 6979; entropy, if
// any, is the additional data of its section 3.6.
func signP256K(key *secp256k1.PrivateKey, digest, entropy []byte) []byte {
	// RFC 6979, section 3.2, d: the digest enters the nonce reduced mod n.
	// decred's own ecdsa.Sign leaves that out.
	var e secp256k1.ModNScalar
	e.SetByteSlice(digest)
	h1, x := e.Bytes(), key.Key.Bytes()
	defer clear(x[:])
	for iteration := uint32(0); ; iteration++ {
		k := secp256k1.NonceRFC6979(x[:], h1[:], entropy, nil, iteration)
		var point secp256k1.JacobianPoint
		secp256k1.ScalarBaseMultNonConst(k, &point)
		point.ToAffine()
		var r, s, kInverse secp256k1.ModNScalar
		r.SetBytes(point.X.Bytes())
		kInverse.InverseValNonConst(k)
		s.Mul2(&key.Key, &r).Add(&e).Mul(&kInverse)
		k.Zero()
		kInverse.Zero()
		if r.IsZero() || s.IsZero() {
			continue
		}
		return ecdsa.NewSignature(&r, &s).Serialize() // DER, low s
	}
}

func (p p256k) verifying(pub crypto.PublicKey) func(digest, sig []byte) error {
	public := pub.(*secp256k1.PublicKey)
	return func(digest, sig []byte) error {
		raw, err := parseECDSA(keyspec.ECP256K, sig, p.lowS)
		if err != nil {
			return err
		}
		var r, s secp256k1.ModNScalar
		r.SetByteSlice(raw[:32])
		s.SetByteSlice(raw[32:])
		if !ecdsa.NewSignature(&r, &s).Verify(digest, public) {
			return misfit(doesNotFit)
		}
		return nil
	}
}

// receive also brings s down: not every owner of a key knows this pair's promise.
func (p256k) receive(sig []byte) ([]byte, error) {
	if _, err := receiveDER(sig); err != nil {
		return nil, err
	}
	low, err := NormalizeS(keyspec.ECP256K, sig)
	if err != nil {
		return nil, internal("the key's crypto.Signer returned what is no signature", err)
	}
	return low, nil
}
