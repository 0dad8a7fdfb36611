// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"github.com/kmsigner/kmsigner/errors"
)

// A KEK is the key-encryption key of a keyring: the one secret outside of the database.
// It wraps data keys of 32 bytes, one now and one more at each [Keyring.Rewrap]; the data
// keys encrypt and authenticate everything else. [NewKEK] and [PasswordKEK] make one that
// the program holds. For a key in an HSM or a cloud KMS, implement the interface: a keyring
// calls Unwrap once when it is opened and once for each data key that it sees later,
// and Wrap only where a data key is made.
//
// The methods must be safe for concurrent use. An error of theirs comes back as
// Unavailable, with the error as its cause.
type KEK interface {
	// ID names the key, 1 to 255 bytes of printable ASCII, and never changes: an ARN, or
	// what the HSM calls it. It is stored beside what the key has wrapped and appears in
	// errors. Another key has another ID.
	ID() string
	// Wrap encrypts a data key and authenticates the additional data with it, which
	// Unwrap is given again. Where a KMS takes an encryption context of text, its
	// hexadecimal form does.
	Wrap(ctx context.Context, dataKey, additional []byte) (wrapped []byte, err error)
	// Unwrap is the inverse of Wrap.
	Unwrap(ctx context.Context, wrapped, additional []byte) (dataKey []byte, err error)
}

// NewKEK returns the KEK of 32 bytes from a random generator, which wraps with AES-256-GCM
// under a key that HKDF derives from them. Its ID derives from them too, and does not
// tell them. The slice is not kept.
//
// It returns InvalidParameter of "KEK" for another length, and for 32 equal bytes.
func NewKEK(key []byte) (KEK, error) {
	if len(key) != 32 {
		return nil, invalid("KEK", "a key-encryption key has 32 bytes, got "+strconv.Itoa(len(key)))
	}
	equal := true
	for _, b := range key {
		equal = equal && b == key[0]
	}
	if equal {
		return nil, invalid("KEK", "all bytes are equal: it is not from a random generator")
	}
	return localKEK("key:", key)
}

// PasswordKEK returns the KEK that derives from a password: with PBKDF2-HMAC-SHA-256, a
// salt that the database holds and 600,000 iterations, some tenths of a second, once in
// Open. All bytes of the password count: of a password file, do not pass the line break
// at the end. The password is in memory as long as the KEK is.
//
// It returns InvalidParameter of "KEK" for an empty password.
func PasswordKEK(password []byte) (KEK, error) {
	if len(password) == 0 {
		return nil, invalid("KEK", "the password is empty")
	}
	text := string(password)
	return &passwordKEK{derive: func(salt []byte, iterations int) (KEK, error) {
		key, err := pbkdf2.Key(sha256.New, text, salt, iterations, 32)
		if err != nil { // a FIPS mode that allows none of this
			return nil, &errors.Error{Code: errors.Internal, Param: "KEK", Reason: "PBKDF2 is not available", Err: err}
		}
		return localKEK("password:", key)
	}}, nil
}

// iterations are those of PBKDF2, as in a keyring in a folder; maxIterations bounds what
// a changed row can cost.
const (
	iterations    = 600_000
	maxIterations = 50_000_000
)

// A passwordKEK is what Open derives a KEK from: the salt is in the database. The
// password is only in the closure, out of the reach of anything that prints values.
type passwordKEK struct {
	derive func(salt []byte, iterations int) (KEK, error)
}

// ID implements KEK.
func (*passwordKEK) ID() string { return "password" }

// Wrap implements KEK; it cannot be called before Open has derived the key.
func (*passwordKEK) Wrap(context.Context, []byte, []byte) ([]byte, error) { return nil, errNotDerived }

// Unwrap implements KEK; it cannot be called before Open has derived the key.
func (*passwordKEK) Unwrap(context.Context, []byte, []byte) ([]byte, error) {
	return nil, errNotDerived
}

var errNotDerived error = &errors.Error{Code: errors.InvalidParameter, Param: "KEK",
	Reason: "a password becomes a key in Open only, with the salt of the database"}

// A heldKEK is a KEK in memory. The key is only in closures.
type heldKEK struct {
	id           string
	wrap, unwrap func(in, additional []byte) ([]byte, error)
}

// localKEK derives the two uses of a secret of 32 bytes: a name and a key of AES.
func localKEK(prefix string, secret []byte) (KEK, error) {
	name, err := hkdf.Key(sha256.New, secret, nil, "kmsigner postgres KEK id", 8)
	if err != nil {
		return nil, &errors.Error{Code: errors.Internal, Param: "KEK", Reason: "HKDF is not available", Err: err}
	}
	key, err := hkdf.Key(sha256.New, secret, nil, "kmsigner postgres KEK wrap", 32)
	if err != nil {
		return nil, &errors.Error{Code: errors.Internal, Param: "KEK", Reason: "HKDF is not available", Err: err}
	}
	aead, err := newAEAD(key)
	if err != nil {
		return nil, err
	}
	return &heldKEK{
		id:     prefix + hex.EncodeToString(name),
		wrap:   func(in, additional []byte) ([]byte, error) { return aead.Seal(nil, nil, in, additional), nil },
		unwrap: func(in, additional []byte) ([]byte, error) { return aead.Open(nil, nil, in, additional) },
	}, nil
}

// ID implements KEK.
func (k *heldKEK) ID() string { return k.id }

// Wrap implements KEK.
func (k *heldKEK) Wrap(_ context.Context, dataKey, additional []byte) ([]byte, error) {
	return k.wrap(dataKey, additional)
}

// Unwrap implements KEK.
func (k *heldKEK) Unwrap(_ context.Context, wrapped, additional []byte) ([]byte, error) {
	return k.unwrap(wrapped, additional)
}

// newAEAD is AES-256-GCM with a random nonce of 96 bits before what it seals.
func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err == nil {
		var aead cipher.AEAD
		if aead, err = cipher.NewGCMWithRandomNonce(block); err == nil {
			return aead, nil
		}
	}
	return nil, &errors.Error{Code: errors.Internal, Reason: "AES-256-GCM is not available", Err: err}
}
