// SPDX-License-Identifier: Apache-2.0

package keyring

import (
	"crypto"
	"crypto/rand"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"strings"

	"github.com/emmansun/gmsm/pkcs"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/keys"
)

const (
	keySuffix  = ".pem"
	maxKeyFile = 1 << 16

	// fileIterations is small because the passphrase of a key file has 256 bits of
	// entropy: there is nothing to guess that iterations would make slower. It is
	// what NIST SP 800-132 asks for at least.
	fileIterations = 1000
)

// newFileName names a key file. No name that a caller chose becomes a file name.
func newFileName() string { return NewID() + keySuffix }

// oldFileName is the name that the first version of the format gave.
func oldFileName(keyID, versionID string) string { return keyID + "." + versionID + keySuffix }

// isKeyFile tells the names of key files, new and old, from others.
func isKeyFile(file string) bool {
	name, ok := strings.CutSuffix(file, keySuffix)
	id, version, old := strings.Cut(name, ".")
	return ok && isUUID(id) && (!old || isUUID(version))
}

// encryptKeyFile writes a key that package keys returned as encrypted PKCS #8 in
// PEM, as keyspec.MarshalEncryptedPrivateKey does, but with few iterations.
func encryptKeyFile(key crypto.PrivateKey, passphrase []byte) ([]byte, error) {
	pbes2 := pkcs.NewPBESEncrypter(pkcs.AES256CBC, pkcs.NewPBKDF2Opts(pkcs.SHA256, saltSize, fileIterations))
	alg, box, err := pbes2.Encrypt(rand.Reader, passphrase, keys.MarshalPKCS8(key))
	if err != nil {
		return nil, &errors.Error{Code: errors.Internal, Reason: "the key could not be encrypted", Err: err}
	}
	der, err := asn1.Marshal(struct {
		Algorithm pkix.AlgorithmIdentifier
		Data      []byte
	}{*alg, box})
	if err != nil {
		return nil, &errors.Error{Code: errors.Internal, Reason: "the encrypted key could not be encoded", Err: err}
	}
	return pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: der}), nil
}
