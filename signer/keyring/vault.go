package keyring

import (
	"bytes"
	"crypto"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
)

// iterations is what keyspec.MarshalEncryptedPrivateKey has too: guessing the
// password costs the same on the manifest as on a key file.
const iterations = 600_000

// A vault is what the password can do. The password and the key derived from it
// are only in closures, out of the reach of anything that prints values.
type vault struct {
	kdf     manifestKDF
	mac     func(covered []byte) []byte
	encrypt func(key crypto.PrivateKey) ([]byte, error)
	decrypt func(file []byte) (crypto.PrivateKey, error)
}

func newKDF(iterations int) manifestKDF {
	salt := make([]byte, saltSize)
	rand.Read(salt)
	return manifestKDF{Name: kdfName, Iterations: iterations, Salt: hex.EncodeToString(salt)}
}

// newVault derives the key of the manifest's MAC. The kdf has been checked.
func newVault(password []byte, kdf manifestKDF, encrypt encryption) (*vault, error) {
	password = bytes.Clone(password)
	salt, err := hex.DecodeString(kdf.Salt)
	if err != nil {
		return nil, err
	}
	key, err := pbkdf2.Key(sha256.New, string(password), salt, kdf.Iterations, sha256.Size)
	if err != nil { // a FIPS mode that allows none of this
		return nil, &errors.Error{Code: errors.Internal, Param: "Password", Reason: "PBKDF2 is not available", Err: err}
	}
	return &vault{
		kdf: kdf,
		mac: func(covered []byte) []byte {
			h := hmac.New(sha256.New, key)
			h.Write(covered)
			return h.Sum(nil)
		},
		encrypt: func(key crypto.PrivateKey) ([]byte, error) { return encrypt(key, password) },
		decrypt: func(file []byte) (crypto.PrivateKey, error) { return keyspec.ParsePrivateKey(file, password) },
	}, nil
}

// encryption is the shape of keyspec.MarshalEncryptedPrivateKey.
type encryption func(key crypto.PrivateKey, password []byte) ([]byte, error)
