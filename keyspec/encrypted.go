// SPDX-License-Identifier: Apache-2.0

package keyspec

import (
	"crypto"
	"crypto/rand"
	"crypto/x509/pkix"
	encasn1 "encoding/asn1"
	"encoding/pem"
	"fmt"

	"github.com/emmansun/gmsm/pkcs"
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/keys"
)

// What MarshalEncryptedPrivateKey writes.
const (
	saltSize   = 16
	iterations = 600_000
)

// MarshalEncryptedPrivateKey writes a private key of any accepted Go type as
// encrypted PKCS #8 (RFC 5958, section 3) in PEM, which OpenSSL 3.0 reads: PBES2
// (RFC 8018, section 6.2) with PBKDF2-HMAC-SHA-256, a random salt of 16 bytes and
// 600,000 iterations, and AES-256-CBC. The number of iterations is the one that
// the OWASP Password Storage Cheat Sheet of 2023 asks for; writing such a key and
// reading it each take some tenths of a second for that reason.
//
// CBC does not authenticate: an attacker who can write to the file can damage the
// key. Parsing notices that only if the damaged key fails a check.
//
// The key is checked in full first. MarshalEncryptedPrivateKey returns InvalidParameter
// of "Key" for the keys for which [Of] does, and of "Password" for an empty password.
func MarshalEncryptedPrivateKey(key crypto.PrivateKey, password []byte) ([]byte, error) {
	checked, err := keys.Private(key)
	if err != nil {
		return nil, err
	}
	if len(password) == 0 {
		return nil, invalid("Password", "the password is empty")
	}
	pbes2 := pkcs.NewPBESEncrypter(pkcs.AES256CBC, pkcs.NewPBKDF2Opts(pkcs.SHA256, saltSize, iterations))
	alg, ciphertext, err := pbes2.Encrypt(rand.Reader, password, keys.MarshalPKCS8(checked))
	if err != nil {
		return nil, internal("the key could not be encrypted", err)
	}
	der, err := encasn1.Marshal(struct {
		Algorithm pkix.AlgorithmIdentifier
		Data      []byte
	}{*alg, ciphertext})
	if err != nil {
		return nil, internal("the encrypted key could not be encoded", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: der}), nil
}

// parseEncrypted reads an EncryptedPrivateKeyInfo (RFC 5958, section 3).
func parseEncrypted(body cryptobyte.String, password []byte) (crypto.PrivateKey, error) {
	box, err := readEncrypted(body)
	if err != nil {
		return nil, err
	}
	if len(password) == 0 {
		return nil, invalid("Password", "the key is encrypted and there is no password")
	}
	plain, err := box.decrypt(password)
	if err != nil {
		return nil, err
	}
	// The padding of CBC fits a wrong password once in 256 times. Only a whole PKCS
	// #8 structure proves that the password was the right one.
	body, err = sequence(plain)
	if err != nil {
		return nil, wrongPassword()
	}
	info, ok := readPKCS8(body)
	if !ok {
		return nil, wrongPassword()
	}
	return info.privateKey()
}

// An encrypted is an EncryptedPrivateKeyInfo whose parameters are known and
// within bounds.
type encrypted struct {
	params     pkcs.PBES2Params
	ciphertext cryptobyte.String
}

func readEncrypted(body cryptobyte.String) (*encrypted, error) {
	var alg algorithmIdentifier
	box := new(encrypted)
	if !readAlgorithm(&body, &alg) || !body.ReadASN1(&box.ciphertext, asn1.OCTET_STRING) || !body.Empty() {
		return nil, invalid("Key", "the encrypted PKCS #8 key is malformed")
	}
	if !alg.oid.Equal(oidPBES2) && !alg.oid.Equal(oidSMPBES) {
		return nil, refuseEncryption(alg.oid)
	}
	var kdf, cipher algorithmIdentifier
	params := alg.params
	var pair cryptobyte.String
	if !params.ReadASN1(&pair, asn1.SEQUENCE) || !params.Empty() ||
		!readAlgorithm(&pair, &kdf) || !readAlgorithm(&pair, &cipher) || !pair.Empty() {
		return nil, malformed("PBES2")
	}
	keySize, err := cipherKeySize(cipher)
	if err != nil {
		return nil, err
	}
	if err := checkKDF(kdf, keySize); err != nil {
		return nil, err
	}
	// gmsm's CBC panics on a ciphertext that is not whole blocks.
	if n := len(box.ciphertext); n == 0 || n%blockSize != 0 {
		return nil, invalid("Key", "the encrypted key is not whole blocks of the cipher: it is truncated")
	}
	if rest, err := encasn1.Unmarshal(alg.params, &box.params); err != nil || len(rest) > 0 {
		return nil, malformed("PBES2")
	}
	derivation := &box.params.KeyDerivationFunc
	derivation.Parameters.FullBytes = renamePRF(derivation.Parameters.FullBytes)
	return box, nil
}

func (box *encrypted) decrypt(password []byte) ([]byte, error) {
	plain, _, err := box.params.Decrypt(password, box.ciphertext)
	if err != nil {
		return nil, wrongPassword()
	}
	return plain, nil
}

func wrongPassword() error {
	return invalid("Password", "the password does not open the key")
}

func malformed(what string) error {
	return invalid("Key", "the parameters of "+what+" are malformed")
}

func refuseEncryption(o oid) error {
	name, ok := otherEncryption[o.String()]
	if !ok {
		name = "OID " + quote(o.String())
	}
	return invalid("Key", fmt.Sprintf(`the key is encrypted with %s, which is not read; "openssl pkcs8 -topk8" converts it`, name))
}

func internal(reason string, cause error) error {
	return &errors.Error{Code: errors.Internal, Reason: reason, Err: cause}
}
