package signer

import (
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"

	"github.com/kmsigner/kmsigner/internal/rsaifma"
)

// An rsaKernel is the RSA private operation, RSASP1 of RFC 8017, section 5.2.1, in
// arithmetic of our own: *rsaifma.Key. It checks its results with the public key and
// has no signature where that fails.
type rsaKernel interface {
	Sign(message []byte) []byte
	SignBatch(messages, signatures [][]byte)
}

// signingRSA signs with the kernel that suits the machine and the key, if there is
// one, and otherwise with crypto/rsa. encode makes the encoded message of a digest.
func signingRSA(key *rsa.PrivateKey, portable bool, encode func(digest []byte) []byte, cryptoRSA func(digest []byte) ([]byte, error)) signFuncs {
	if !portable {
		if kernel := rsaifma.New(key); kernel != nil {
			return signingKernel(kernel, encode, cryptoRSA)
		}
	}
	return signFuncs{one: cryptoRSA}
}

// signingKernel signs with the kernel, and with crypto/rsa what the kernel gets wrong.
func signingKernel(kernel rsaKernel, encode func(digest []byte) []byte, cryptoRSA func(digest []byte) ([]byte, error)) signFuncs {
	return signFuncs{
		one: func(digest []byte) ([]byte, error) {
			if sig := kernel.Sign(encode(digest)); sig != nil {
				return sig, nil
			}
			return cryptoRSA(digest)
		},
		batch: func(digests, signatures [][]byte) (err error) {
			messages := make([][]byte, len(digests))
			for i, digest := range digests {
				messages[i] = encode(digest)
			}
			kernel.SignBatch(messages, signatures)
			for i, sig := range signatures {
				if sig == nil {
					if signatures[i], err = cryptoRSA(digests[i]); err != nil {
						return err
					}
				}
			}
			return nil
		},
	}
}

// sha256Info is the DER of a DigestInfo of SHA-256 up to the digest, RFC 8017,
// section 9.2, note 1.
const sha256Info = "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"

// encodePKCS1 is EMSA-PKCS1-v1_5 of RFC 8017, section 9.2, for a modulus of so many
// bytes: 00 01 FF .. FF 00 DigestInfo.
func encodePKCS1(digest []byte, size int) []byte {
	em := make([]byte, size)
	tail := em[size-len(sha256Info)-sha256.Size:]
	copy(tail, sha256Info)
	copy(tail[len(sha256Info):], digest)
	em[1] = 1
	for i := 2; i < size-len(tail)-1; i++ {
		em[i] = 0xff
	}
	return em
}

// encodePSS is EMSA-PSS of RFC 8017, section 9.1.1, with SHA-256, MGF1-SHA-256 and a
// salt of 32 bytes, for a modulus of so many bytes whose top bit is set: (00 .. 00 01
// salt, masked) H BC, with its own top bit clear.
func encodePSS(digest []byte, salt *[sha256.Size]byte, size int) []byte {
	var block [8 + 2*sha256.Size]byte
	copy(block[8:], digest)
	copy(block[8+sha256.Size:], salt[:])
	h := sha256.Sum256(block[:])

	em := make([]byte, size)
	db := em[:size-sha256.Size-1]
	db[len(db)-sha256.Size-1] = 1
	copy(db[len(db)-sha256.Size:], salt[:])
	maskMGF1(db, &h)
	db[0] &= 0x7f
	copy(em[len(db):], h[:])
	em[size-1] = 0xbc
	return em
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
