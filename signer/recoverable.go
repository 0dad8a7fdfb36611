// SPDX-License-Identifier: Apache-2.0

package signer

import (
	"crypto"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"

	"github.com/kmsigner/kmsigner/internal/keys"
	"github.com/kmsigner/kmsigner/keyspec"
)

// Recoverable returns the form r‖s‖v, 65 bytes, of a signature of EC_P256K: the one of
// Ethereum, from which the public key can be computed (SEC 1, section 4.1.6). v is 0 or
// 1; an Ethereum transaction or personal_sign adds its own constant to it. s is made low
// (EIP-2). pub is the public key, digest the 32 bytes that were signed, for Ethereum a
// Keccak-256, and der what [Signer] returned. Nothing is kept or written to.
//
// It returns InvalidParameter: of "Key" for a public key that package keyspec rejects or
// that is of another spec, of "Digest" for another length. It returns InvalidSignature
// for what is no signature of the digest by the key, and for one whose r stands for an x
// at or above the order, which v of 0 or 1 cannot encode and which no known digest has.
func Recoverable(pub crypto.PublicKey, digest, der []byte) ([]byte, error) {
	checked, err := keys.Public(pub)
	if err != nil {
		return nil, err
	}
	key, ok := checked.(*secp256k1.PublicKey)
	if !ok {
		return nil, invalid("Key", "the key is one of "+string(keys.KindOf(checked))+", only one of EC_P256K can be recovered")
	}
	id := boundKey{pair: keyspec.Pair{KeySpec: keyspec.ECP256K, Algorithm: keyspec.ECDSASHA256}}
	if err := id.checkDigest(digest); err != nil {
		return nil, err
	}
	if _, err := parseECDSA(keyspec.ECP256K, der, false); err != nil {
		return nil, err
	}
	low, err := NormalizeS(keyspec.ECP256K, der)
	if err != nil {
		return nil, err
	}
	raw, err := ToRaw(low)
	if err != nil {
		return nil, err
	}
	for v := range byte(2) {
		// decred has Bitcoin's form: 27 + v, r, s.
		got, _, err := ecdsa.RecoverCompact(append([]byte{27 + v}, raw...), digest)
		if err == nil && got.IsEqual(key) {
			return append(raw, v), nil
		}
	}
	return nil, misfit(doesNotFit)
}
