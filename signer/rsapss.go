// SPDX-License-Identifier: Apache-2.0

package signer

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"io"
	"strconv"
)

// rsaPSS is RSASSA-PSS, RFC 8017, section 8.1, with SHA-256, MGF1-SHA-256 and a
// salt of 32 bytes, on crypto/rsa or our own kernel.
type rsaPSS struct{ rsaScheme }

// pssOptions fixes the salt at 32 bytes both ways: crypto/rsa's default would
// sign with the longest salt that fits and accept any.
var pssOptions = rsa.PSSOptions{SaltLength: sha256.Size, Hash: crypto.SHA256}

func (s rsaPSS) signFuncs(key crypto.PrivateKey, deterministic bool) signFuncs {
	private := key.(*rsa.PrivateKey)
	return s.signFuncsOf(private, s.encoding(deterministic), func(digest []byte) ([]byte, error) {
		opts := pssOptions
		if !deterministic {
			sig, err := rsa.SignPSS(rand.Reader, private, crypto.SHA256, digest, &opts)
			return sig, primitive(err)
		}
		if boringCrypto() {
			return nil, internal("BoringCrypto chooses the PSS salt: in this build RSA_PSS_SHA_256 cannot be deterministic", nil)
		}
		salt := pssSalt{bytes: derivePSSSalt(s.fingerprint, digest)}
		sig, err := rsa.SignPSS(&salt, private, crypto.SHA256, digest, &opts)
		if err == nil && salt.read != len(salt.bytes) {
			// A Go release that stops reading the salt from its reader must not
			// turn a deterministic signer into a random one unnoticed.
			return nil, internal("crypto/rsa did not take the derived salt", nil)
		}
		return sig, primitive(err)
	})
}

// encoding returns the function that encodes a digest for our own kernel.
func (s rsaPSS) encoding(deterministic bool) func(digest []byte) []byte {
	return func(digest []byte) []byte {
		var salt [sha256.Size]byte
		if deterministic {
			salt = derivePSSSalt(s.fingerprint, digest)
		} else {
			rand.Read(salt[:]) // never fails
		}
		return encodePSS(digest, &salt, s.pair.MaxSignatureSize())
	}
}

// derivePSSSalt is the salt rule of Deterministic: SHA-256 of the label, the
// SHA-256 of the public key's DER SubjectPublicKeyInfo, and the digest. It is
// made of public values only, so that programs in other languages can reproduce and
// check it; RFC 8017, section 9.1, does not need the salt to be secret. The private
// exponent would not do: one RSA key has several.
func derivePSSSalt(fingerprint [sha256.Size]byte, digest []byte) [sha256.Size]byte {
	return sha256.Sum256([]byte("kmsigner RSA-PSS salt v1" + string(fingerprint[:]) + string(digest)))
}

// pssSalt hands out its bytes once.
type pssSalt struct {
	bytes [sha256.Size]byte
	read  int
}

// Read implements io.Reader.
func (s *pssSalt) Read(p []byte) (int, error) {
	n := copy(p, s.bytes[s.read:])
	s.read += n
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (s rsaPSS) verifyFuncs(pub crypto.PublicKey) verifyFuncs {
	public := pub.(*rsa.PublicKey)
	return s.verifyFuncsOf(public, fitsPSS, func(digest, sig []byte) error {
		opts := pssOptions
		return rsa.VerifyPSS(public, crypto.SHA256, digest, sig, &opts)
	})
}

// acceptsOpts accepts PSSSaltLengthAuto too, the zero value, which leaves the salt to the
// signer: here it is 32 bytes as always. go-jose's adapter of a crypto.Signer asks so.
func (rsaPSS) acceptsOpts(opts crypto.SignerOpts) (bool, error) {
	if opts == nil {
		return false, nil
	}
	pss, ok := opts.(*rsa.PSSOptions)
	if !ok {
		return false, wantsPKCS1()
	}
	if pss == nil {
		return false, invalid("Opts", "the options are a nil pointer")
	}
	switch pss.SaltLength {
	case rsa.PSSSaltLengthEqualsHash, rsa.PSSSaltLengthAuto, sha256.Size:
		return false, checkSHA256(pss)
	}
	return false, invalid("Opts", "the salt is 32 bytes (rsa.PSSSaltLengthEqualsHash), the options ask for a SaltLength of "+strconv.Itoa(pss.SaltLength))
}

func (rsaPSS) signerOpts() crypto.SignerOpts {
	opts := pssOptions
	return &opts
}

// encodePSS is EMSA-PSS-ENCODE of RFC 8017, section 9.1.1, with SHA-256, MGF1-SHA-256 and
// a salt of 32 bytes, for a modulus of size bytes whose top bit is set: (00 .. 00 01
// salt, masked) H BC, with its own top bit clear.
func encodePSS(digest []byte, salt *[sha256.Size]byte, size int) []byte {
	em := make([]byte, size)
	h := hashPSS(digest, salt[:])
	db := em[:size-sha256.Size-1]
	db[len(db)-sha256.Size-1] = 1
	copy(db[len(db)-sha256.Size:], salt[:])
	maskMGF1(db, &h)
	db[0] &= 0x7f
	copy(em[len(db):], h[:])
	em[size-1] = 0xbc
	return em
}

// fitsPSS is EMSA-PSS-VERIFY of RFC 8017, section 9.1.2, the counterpart of encodePSS. It
// writes to em.
func fitsPSS(em, digest []byte) bool {
	db := em[:len(em)-sha256.Size-1]
	h := [sha256.Size]byte(em[len(db):])
	if em[len(em)-1] != 0xbc || db[0]&0x80 != 0 { // steps 4 and 6
		return false
	}
	maskMGF1(db, &h)
	db[0] &= 0x7f
	padding, salt := db[:len(db)-sha256.Size], db[len(db)-sha256.Size:]
	for _, b := range padding[:len(padding)-1] { // step 10
		if b != 0 {
			return false
		}
	}
	return padding[len(padding)-1] == 1 && hashPSS(digest, salt) == h
}

// hashPSS is H: the hash of eight zeros, the digest and the salt.
func hashPSS(digest, salt []byte) [sha256.Size]byte {
	var block [8 + 2*sha256.Size]byte
	copy(block[8:], digest)
	copy(block[8+sha256.Size:], salt)
	return sha256.Sum256(block[:])
}

// maskMGF1 adds MGF1-SHA-256 of the seed, RFC 8017, appendix B.2.1, to data.
func maskMGF1(data []byte, seed *[sha256.Size]byte) {
	var block [sha256.Size + 4]byte // the counter stays below 256
	copy(block[:], seed[:])
	for counter := 0; len(data) > 0; counter++ {
		block[len(block)-1] = byte(counter)
		mask := sha256.Sum256(block[:])
		data = data[subtle.XORBytes(data, data, mask[:]):]
	}
}
