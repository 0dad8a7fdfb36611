// SPDX-License-Identifier: Apache-2.0

package keyring

import (
	"crypto/aes"
	"crypto/subtle"
	"encoding/binary"

	"github.com/kmsigner/kmsigner/errors"
)

// wrapIV is the initial value of RFC 3394, section 2.2.3.1.
const wrapIV = 0xA6A6A6A6A6A6A6A6

// wrapKey encrypts a key under another one: AES Key Wrap (RFC 3394, section
// 2.2.1). The key is a multiple of 8 bytes, at least 16.
func wrapKey(kek, key []byte) ([]byte, error) {
	block, err := aes.NewCipher(kek)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 8+len(key))
	copy(out[8:], key)
	n := len(key) / 8
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], wrapIV)
	for j := range 6 {
		for i := 1; i <= n; i++ {
			copy(b[8:], out[8*i:8*i+8])
			block.Encrypt(b[:], b[:])
			binary.BigEndian.PutUint64(b[:8], binary.BigEndian.Uint64(b[:8])^uint64(n*j+i))
			copy(out[8*i:], b[8:])
		}
	}
	copy(out, b[:8])
	return out, nil
}

// unwrapKey is the inverse (section 2.2.2). It fails if the key was not wrapped
// under this kek.
func unwrapKey(kek, wrapped []byte) ([]byte, error) {
	block, err := aes.NewCipher(kek)
	if err != nil {
		return nil, err
	}
	if len(wrapped) < 24 || len(wrapped)%8 != 0 {
		return nil, errors.New("a wrapped key has another length")
	}
	out := append([]byte{}, wrapped[8:]...)
	n := len(out) / 8
	var b [16]byte
	copy(b[:8], wrapped)
	for j := 5; j >= 0; j-- {
		for i := n; i >= 1; i-- {
			binary.BigEndian.PutUint64(b[:8], binary.BigEndian.Uint64(b[:8])^uint64(n*j+i))
			copy(b[8:], out[8*i-8:8*i])
			block.Decrypt(b[:], b[:])
			copy(out[8*i-8:], b[8:])
		}
	}
	var iv [8]byte
	binary.BigEndian.PutUint64(iv[:], wrapIV)
	if subtle.ConstantTimeCompare(b[:8], iv[:]) != 1 {
		return nil, errors.New("the key was not wrapped under this one")
	}
	return out, nil
}
