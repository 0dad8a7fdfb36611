package signer

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"io"
	"strconv"
)

// rsaPSS is RSASSA-PSS, RFC 8017, section 8.1, with SHA-256, MGF1-SHA-256 and a
// salt of 32 bytes, on crypto/rsa or our own kernel.
type rsaPSS struct {
	boundKey
	sha256Digest
	portable bool
}

// pssOptions fixes the salt at 32 bytes both ways: crypto/rsa's default would
// sign with the longest salt that fits and accept any.
var pssOptions = rsa.PSSOptions{SaltLength: sha256.Size, Hash: crypto.SHA256}

func (s rsaPSS) signFuncs(key crypto.PrivateKey, deterministic bool) signFuncs {
	private := key.(*rsa.PrivateKey)
	return signingRSA(private, s.portable, s.encoding(deterministic), func(digest []byte) ([]byte, error) {
		opts := pssOptions
		if !deterministic {
			sig, err := rsa.SignPSS(rand.Reader, private, crypto.SHA256, digest, &opts)
			return sig, primitive(err)
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
// made of public values only, so any language can reproduce and anybody check it;
// RFC 8017, section 9.1, does not need the salt to be secret. The private
// exponent would not do: one RSA key has several.
func derivePSSSalt(fingerprint [sha256.Size]byte, digest []byte) [sha256.Size]byte {
	return sha256.Sum256([]byte("kmsigner RSA-PSS salt v1" + string(fingerprint[:]) + string(digest)))
}

// pssSalt hands out its bytes once.
type pssSalt struct {
	bytes [sha256.Size]byte
	read  int
}

func (s *pssSalt) Read(p []byte) (int, error) {
	n := copy(p, s.bytes[s.read:])
	s.read += n
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (s rsaPSS) verifyFunc(pub crypto.PublicKey) func(digest, sig []byte) error {
	public := pub.(*rsa.PublicKey)
	return func(digest, sig []byte) error {
		opts := pssOptions
		if rsa.VerifyPSS(public, crypto.SHA256, digest, sig, &opts) != nil {
			return misfit(doesNotFit)
		}
		return nil
	}
}

// acceptsOpts accepts PSSSaltLengthAuto too, the zero value, which leaves the salt to the
// signer: here it is 32 bytes as always. go-jose's adapter of a crypto.Signer asks so.
func (rsaPSS) acceptsOpts(opts crypto.SignerOpts) (bool, error) {
	if opts == nil {
		return false, nil
	}
	pss, ok := opts.(*rsa.PSSOptions)
	if !ok {
		return false, invalid("Opts", "the options ask for PKCS #1 v1.5, this signer is RSA_PSS_SHA_256: use *rsa.PSSOptions")
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

func (s rsaPSS) checkForeign(sig []byte) ([]byte, error) { return receiveRSA(s.boundKey, sig) }
