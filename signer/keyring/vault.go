// SPDX-License-Identifier: Apache-2.0

package keyring

import (
	"crypto"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
)

// iterations is what keyspec.MarshalEncryptedPrivateKey has too, the number that
// the OWASP Password Storage Cheat Sheet of 2023 asks for.
const iterations = 600_000

// The info strings of HKDF, part of the format.
const (
	wrapInfo = "kmsigner keyring file keys"
	fileInfo = "kmsigner keyring file " // and the name of the file
)

// A vault is what the password of a folder can do. The keys that derive from it
// are only in closures, out of the reach of anything that prints values. A vault
// never changes: another password makes another one.
type vault struct {
	kdf      manifestKDF
	fileKeys []string // wrapped, as the manifest shows them
	mac      func(covered []byte) []byte
	// passphrase is that of a key file, by the number of its file key, from 1.
	passphrase func(fileKey int, file string) []byte
	// renewed is the same vault under another root, with one more file key.
	renewed func(kdf manifestKDF, root []byte) (*vault, error)
}

func newKDF(iterations int) manifestKDF {
	salt := make([]byte, saltSize)
	rand.Read(salt)
	return manifestKDF{Name: kdfName, Iterations: iterations, Salt: hex.EncodeToString(salt)}
}

// rootOf derives the root key of a folder from its password: the key of the
// manifest's MAC, and what wraps the file keys. The kdf has been checked.
func rootOf(password []byte, kdf manifestKDF) ([]byte, error) {
	salt, err := hex.DecodeString(kdf.Salt)
	if err != nil {
		return nil, err
	}
	root, err := pbkdf2.Key(sha256.New, string(password), salt, kdf.Iterations, sha256.Size)
	if err != nil { // a FIPS mode that allows none of this
		return nil, &errors.Error{Code: errors.Internal, Param: "Password", Reason: "PBKDF2 is not available", Err: err}
	}
	return root, nil
}

// newVault makes the vault of a new folder, with its first file key.
func newVault(kdf manifestKDF, root []byte) (*vault, error) {
	return vaultOf(kdf, root, [][]byte{newFileKey()})
}

func newFileKey() []byte {
	key := make([]byte, sha256.Size)
	rand.Read(key)
	return key
}

// vaultOf makes a vault with these file keys.
func vaultOf(kdf manifestKDF, root []byte, fileKeys [][]byte) (*vault, error) {
	v := &vault{
		kdf: kdf,
		mac: func(covered []byte) []byte {
			h := hmac.New(sha256.New, root)
			h.Write(covered)
			return h.Sum(nil)
		},
		passphrase: func(fileKey int, file string) []byte {
			key, _ := hkdf.Key(sha256.New, fileKeys[fileKey-1], nil, fileInfo+file, sha256.Size) // 32 bytes: it cannot fail
			return []byte(hex.EncodeToString(key))
		},
		renewed: func(kdf manifestKDF, root []byte) (*vault, error) {
			return vaultOf(kdf, root, append(slices.Clone(fileKeys), newFileKey()))
		},
	}
	kek, err := wrappingKey(root)
	if err != nil {
		return nil, err
	}
	for _, key := range fileKeys {
		wrapped, err := wrapKey(kek, key)
		if err != nil {
			return nil, err
		}
		v.fileKeys = append(v.fileKeys, hex.EncodeToString(wrapped))
	}
	return v, nil
}

// openVault unwraps the file keys of a manifest.
func openVault(kdf manifestKDF, root []byte, wrapped []string) (*vault, error) {
	kek, err := wrappingKey(root)
	if err != nil {
		return nil, err
	}
	var fileKeys [][]byte
	for _, text := range wrapped {
		data, err := hex.DecodeString(text)
		if err != nil {
			return nil, err
		}
		key, err := unwrapKey(kek, data)
		if err != nil {
			return nil, err
		}
		fileKeys = append(fileKeys, key)
	}
	return vaultOf(kdf, root, fileKeys)
}

func wrappingKey(root []byte) ([]byte, error) {
	return hkdf.Key(sha256.New, root, nil, wrapInfo, sha256.Size)
}

// seal encrypts a key into a new file, with the newest file key.
func (v *vault) seal(key crypto.PrivateKey, encrypt encryption) (keyFile, error) {
	f := keyFile{name: newFileName(), fileKey: len(v.fileKeys)}
	var err error
	f.data, err = encrypt(key, v.passphrase(f.fileKey, f.name))
	return f, err
}

// unseal decrypts a key file that seal made.
func (v *vault) unseal(f keyFile) (crypto.PrivateKey, error) {
	return keyspec.ParsePrivateKey(f.data, v.passphrase(f.fileKey, f.name))
}

// A keyFile is the file of one version.
type keyFile struct {
	name    string
	data    []byte
	fileKey int // from 1; 0: the password itself opens it, as in the first version of the format
}

// encryption is the shape of encryptKeyFile.
type encryption func(key crypto.PrivateKey, passphrase []byte) ([]byte, error)
