// SPDX-License-Identifier: Apache-2.0

package keyspec

import (
	"fmt"
	"math"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// The bounds on what a file may ask for, so that opening a hostile one costs seconds
// and not days. They are far above what tools write: OpenSSL 3.0 writes 2048
// iterations, its scrypt takes 16 MiB.
const (
	maxIterations = 10_000_000
	maxSalt       = 1024      // bytes
	maxMemory     = 256 << 20 // bytes, 128·r·(N + p + 2) of scrypt (RFC 7914, section 6, and its scratch)
	maxWork       = 1 << 30   // bytes, 128·N·r·p of scrypt
)

// blockSize is the block size of AES and of SM4, in bytes.
const blockSize = 16

var (
	oidPBES2        = oid{1, 2, 840, 113549, 1, 5, 13}     // RFC 8018
	oidPBKDF2       = oid{1, 2, 840, 113549, 1, 5, 12}     // RFC 8018
	oidScrypt       = oid{1, 3, 6, 1, 4, 1, 11591, 4, 11}  // RFC 7914
	oidSMPBES       = oid{1, 2, 156, 10197, 6, 4, 1, 5, 2} // GM/T 0091
	oidHMACSM3      = oid{1, 2, 156, 10197, 1, 401, 2}
	oidOtherHMACSM3 = oid{1, 2, 156, 10197, 1, 401, 3, 1}
	oidSMKDF        = oid{1, 2, 156, 10197, 6, 4, 1, 5, 1} // GM/T 0091: PBKDF2 with HMAC-SM3
)

// cipherKeySizes has the ciphers that are read, all in CBC mode. The OID of SM4
// without a mode stands for CBC if it comes with an IV.
var cipherKeySizes = map[string]int64{
	"2.16.840.1.101.3.4.1.2":  16, // AES-128-CBC
	"2.16.840.1.101.3.4.1.22": 24, // AES-192-CBC
	"2.16.840.1.101.3.4.1.42": 32, // AES-256-CBC
	"1.2.156.10197.1.104.2":   16, // SM4-CBC
	"1.2.156.10197.1.104":     16, // SM4
}

// prfs has the HMACs of PBKDF2 that are read.
var prfs = map[string]bool{
	"1.2.840.113549.2.7":     true, // HMAC-SHA-1
	"1.2.840.113549.2.8":     true, // HMAC-SHA-224
	"1.2.840.113549.2.9":     true, // HMAC-SHA-256
	"1.2.840.113549.2.10":    true, // HMAC-SHA-384
	"1.2.840.113549.2.11":    true, // HMAC-SHA-512
	"1.2.840.113549.2.12":    true, // HMAC-SHA-512/224
	"1.2.840.113549.2.13":    true, // HMAC-SHA-512/256
	"1.2.156.10197.1.401.2":  true, // HMAC-SM3
	oidOtherHMACSM3.String(): true, // HMAC-SM3, as OpenSSL 3.2 and later and Tongsuo write it
}

// otherEncryption names the encryptions of PKCS #8 that are not read.
var otherEncryption = map[string]string{
	"1.2.840.113549.1.5.1":    "PBES1 (MD2, DES)",
	"1.2.840.113549.1.5.3":    "PBES1 (MD5, DES)",
	"1.2.840.113549.1.5.4":    "PBES1 (MD2, RC2)",
	"1.2.840.113549.1.5.6":    "PBES1 (MD5, RC2)",
	"1.2.840.113549.1.5.10":   "PBES1 (SHA-1, DES)",
	"1.2.840.113549.1.5.11":   "PBES1 (SHA-1, RC2)",
	"1.2.840.113549.1.12.1.1": "PKCS #12 PBE (RC4)",
	"1.2.840.113549.1.12.1.2": "PKCS #12 PBE (RC4)",
	"1.2.840.113549.1.12.1.3": "PKCS #12 PBE (3DES)",
	"1.2.840.113549.1.12.1.4": "PKCS #12 PBE (3DES)",
	"1.2.840.113549.1.12.1.5": "PKCS #12 PBE (RC2)",
	"1.2.840.113549.1.12.1.6": "PKCS #12 PBE (RC2)",
	"1.3.14.3.2.7":            "DES",
	"1.2.840.113549.3.7":      "3DES",
	"1.2.840.113549.3.2":      "RC2",
	"2.16.840.1.101.3.4.1.6":  "AES-128-GCM",
	"2.16.840.1.101.3.4.1.26": "AES-192-GCM",
	"2.16.840.1.101.3.4.1.46": "AES-256-GCM",
	"1.2.156.10197.1.104.1":   "SM4-ECB",
	"1.2.156.10197.1.104.8":   "SM4-GCM",
}

// cipherKeySize checks the encryption scheme of PBES2 and returns how many bytes
// its key has. gmsm's CBC panics on an IV of another size than a block.
func cipherKeySize(alg algorithmIdentifier) (int64, error) {
	size, ok := cipherKeySizes[alg.oid.String()]
	if !ok {
		return 0, refuseEncryption(alg.oid)
	}
	var iv cryptobyte.String
	if !alg.params.ReadASN1(&iv, asn1.OCTET_STRING) || !alg.params.Empty() || len(iv) != blockSize {
		return 0, malformed("the cipher")
	}
	return size, nil
}

// checkKDF checks the key derivation of PBES2 against the bounds.
func checkKDF(alg algorithmIdentifier, keySize int64) error {
	var params cryptobyte.String
	if !alg.params.ReadASN1(&params, asn1.SEQUENCE) || !alg.params.Empty() {
		return malformed("the key derivation")
	}
	var salt cryptobyte.String
	if !params.ReadASN1(&salt, asn1.OCTET_STRING) {
		return malformed("the key derivation")
	}
	if len(salt) == 0 || len(salt) > maxSalt {
		return invalid("Key", fmt.Sprintf("the salt of the key derivation has %d bytes, not 1 to %d", len(salt), maxSalt))
	}
	switch {
	case alg.oid.Equal(oidPBKDF2), alg.oid.Equal(oidSMKDF):
		return checkPBKDF2(params, keySize)
	case alg.oid.Equal(oidScrypt):
		return checkScrypt(params, keySize)
	}
	return refuseEncryption(alg.oid)
}

// checkPBKDF2 reads PBKDF2-params (RFC 8018, appendix A.2) from behind the salt.
func checkPBKDF2(params cryptobyte.String, keySize int64) error {
	count, ok := readInt64(&params)
	if !ok || !readKeyLength(&params, keySize) {
		return malformed("PBKDF2")
	}
	if !params.Empty() {
		var prf algorithmIdentifier
		if !readAlgorithm(&params, &prf) || !params.Empty() || len(prf.params) > 0 && !isNull(prf.params) {
			return malformed("PBKDF2")
		}
		if !prfs[prf.oid.String()] {
			return refuseEncryption(prf.oid)
		}
	}
	if count < 1 || count > maxIterations {
		return invalid("Key", fmt.Sprintf("PBKDF2 asks for %d iterations, not 1 to %d", count, maxIterations))
	}
	return nil
}

// renamePRF gives HMAC-SM3 the one of its two object identifiers that gmsm knows, in
// PBKDF2-params that checkPBKDF2 has seen.
func renamePRF(params []byte) []byte {
	in := cryptobyte.String(params)
	var body cryptobyte.String
	if !in.ReadASN1(&body, asn1.SEQUENCE) {
		return params
	}
	var b cryptobyte.Builder
	renamed := false
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		for !body.Empty() {
			var element cryptobyte.String
			var tag asn1.Tag
			if !body.ReadAnyASN1Element(&element, &tag) {
				return
			}
			var prf algorithmIdentifier
			if rest := element; readAlgorithm(&rest, &prf) && prf.oid.Equal(oidOtherHMACSM3) {
				renamed = true
				b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
					b.AddASN1ObjectIdentifier(oidHMACSM3)
					b.AddASN1NULL()
				})
			} else {
				b.AddBytes(element)
			}
		}
	})
	if !renamed {
		return params
	}
	return b.BytesOrPanic()
}

// checkScrypt reads scrypt-params (RFC 7914, section 7.1) from behind the salt.
func checkScrypt(params cryptobyte.String, keySize int64) error {
	n, okN := readInt64(&params)
	r, okR := readInt64(&params)
	p, okP := readInt64(&params)
	if !okN || !okR || !okP || !readKeyLength(&params, keySize) || !params.Empty() {
		return malformed("scrypt")
	}
	if n < 2 || n&(n-1) != 0 || r < 1 || p < 1 {
		return malformed("scrypt")
	}
	// Divisions, and the largest first, keep sum and products from overflowing.
	if blocks := maxMemory / 128 / r; max(n, p) > blocks || n+p+2 > blocks || p > maxWork/128/n/r {
		return invalid("Key", fmt.Sprintf("scrypt asks for N = %d, r = %d, p = %d: too much memory or time", n, r, p))
	}
	return nil
}

// readKeyLength reads the optional length of the derived key, which can only be
// the one that the cipher takes.
func readKeyLength(params *cryptobyte.String, keySize int64) bool {
	if !params.PeekASN1Tag(asn1.INTEGER) {
		return true
	}
	n, ok := readInt64(params)
	return ok && n == keySize
}

// readInt64 reads an INTEGER and brings one that does not fit to the largest or
// smallest that does, both of which are out of bounds.
func readInt64(in *cryptobyte.String) (int64, bool) {
	var n big.Int
	if !in.ReadASN1Integer(&n) {
		return 0, false
	}
	switch {
	case n.IsInt64():
		return n.Int64(), true
	case n.Sign() < 0:
		return math.MinInt64, true
	}
	return math.MaxInt64, true
}
