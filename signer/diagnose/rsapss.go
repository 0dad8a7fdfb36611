// SPDX-License-Identifier: Apache-2.0

package diagnose

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"io"
	"slices"
	"strconv"

	"github.com/kmsigner/kmsigner/keyspec"
)

// pssPaddings takes EM apart as EMSA-PSS, RFC 8017, section 9.1.2, with every pair
// of hash functions, and with the salt that is in it.
func pssPaddings(em []byte, alg keyspec.Algorithm) []padding {
	if em[len(em)-1] != 0xbc || em[0]&0x80 != 0 {
		return nil
	}
	var all []padding
	hashes := append([]hashFunction{hashSHA256}, otherHashes[:]...)
	for _, hash := range hashes {
		size := hash.make().Size()
		masked, h := em[:len(em)-size-1], em[len(em)-size-1:len(em)-1]
		for _, mgf := range hashes {
			db := mgf1(mgf, h, len(masked))
			if db == nil {
				continue
			}
			subtle.XORBytes(db, db, masked)
			db[0] &= 0x7f // emBits is one less than the bits of the modulus
			salt := bytes.TrimLeft(db, "\x00")
			if len(salt) == 0 || salt[0] != 1 {
				continue
			}
			zeros := len(db) - len(salt)
			salt = salt[1:]
			all = append(all, padding{
				holds: func(digest []byte) bool {
					return bytes.Equal(h, sum(hash.make(), make([]byte, 8), func(w io.Writer) { w.Write(digest); w.Write(salt) }))
				},
				certain:   zeros >= 8,
				likely:    zeros == 0 && hash.name == mgf.name,
				hash:      hash.name,
				causes:    pssCauses(hash.name, mgf.name, len(salt), size, alg),
				wrongHash: PSSHash,
			})
		}
	}
	return all
}

func pssCauses(hash, mgf string, salt, hashSize int, alg keyspec.Algorithm) []cause {
	salts := "a salt of " + strconv.Itoa(salt) + " bytes"
	if alg != keyspec.RSAPSSSHA256 {
		return []cause{{PSSNotPKCS1,
			"The signature is PSS with " + hash + ", MGF1 on " + mgf + " and " + salts + ", not PKCS #1 v1.5.",
			"Sign with PKCS #1 v1.5, or verify with RSA_PSS_SHA_256."}}
	}
	var all []cause
	// A signer that follows another hash function in all has one cause.
	if mgf != hashSHA256.name && mgf != hash {
		all = append(all, cause{PSSMGF1Hash,
			"MGF1 runs on " + mgf + ", not on SHA-256.",
			"Set the hash of MGF1 to SHA-256: rsa_mgf1_md:sha256 in OpenSSL, MGF1ParameterSpec.SHA256 in Java."})
	}
	if salt != sha256.Size && salt != hashSize {
		all = append(all, cause{PSSSaltLength,
			"The PSS signature has " + salts + ", not of 32.",
			"Sign with a salt of 32 bytes: rsa.PSSSaltLengthEqualsHash in Go, rsa_pss_saltlen:digest in OpenSSL."})
	}
	return all
}

// mgf1 is MGF1 of RFC 8017, appendix B.2.1, and nil where the process may not use
// the hash function.
func mgf1(h hashFunction, seed []byte, size int) []byte {
	var mask []byte
	for counter := uint32(0); len(mask) < size; counter++ {
		block := sum(h.make(), binary.BigEndian.AppendUint32(slices.Clip(seed), counter), func(io.Writer) {})
		if block == nil {
			return nil
		}
		mask = append(mask, block...)
	}
	return mask[:size]
}
