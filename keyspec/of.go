package keyspec

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"reflect"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/emmansun/gmsm/sm2"

	"github.com/kmsigner/kmsigner/internal/keys"
)

// Of returns the KeySpec of a private or a public key: one of the Go types of
// the package's table, or any other crypto.Signer, which is asked for its public
// key.
//
// The key is checked in full, as the package documentation describes, so that a
// nil error says that the key is sound, not only what it is. It refuses, with
// InvalidParameter of "Key": nil, typed nil, a type or a curve that no KeySpec
// names, an RSA modulus of another size, and a key that fails a check.
func Of(key any) (KeySpec, error) {
	switch k := key.(type) {
	case *rsa.PublicKey, *ecdsa.PublicKey, *secp256k1.PublicKey:
		return ofPublic(key)
	case *rsa.PrivateKey, *ecdsa.PrivateKey, *secp256k1.PrivateKey, *sm2.PrivateKey,
		// Public of an empty Ed25519 key panics, so it is not asked.
		ed25519.PrivateKey, *ed25519.PrivateKey:
		checked, err := keys.Private(key)
		if err != nil {
			return "", err
		}
		return specOf(keys.PublicOf(checked)), nil
	case crypto.Signer:
		if isNil(k) {
			return "", invalid("Key", "the key is nil")
		}
		return ofPublic(k.Public())
	}
	return ofPublic(key)
}

func ofPublic(key any) (KeySpec, error) {
	checked, err := keys.Public(key)
	if err != nil {
		return "", err
	}
	return specOf(checked), nil
}

// specOf names the spec of a public key that is checked.
func specOf(checked crypto.PublicKey) KeySpec {
	if k, ok := checked.(*rsa.PublicKey); ok {
		if k.N.BitLen() == 2048 {
			return RSA2048
		}
		return RSA3072
	}
	curve, _ := keys.Point(checked)
	return map[keys.Curve]KeySpec{keys.P256: ECP256, keys.P256K: ECP256K, keys.SM2: ECSM2}[curve]
}

func isNil(key any) bool {
	switch v := reflect.ValueOf(key); v.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice, reflect.Func, reflect.Chan:
		return v.IsNil()
	}
	return false
}
