// SPDX-License-Identifier: Apache-2.0

package main

import (
	stdecdsa "crypto/ecdsa"
	"crypto/rsa"

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/tink-crypto/tink-go/v2/insecuresecretdataaccess"
	"github.com/tink-crypto/tink-go/v2/key"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/secretdata"
	"github.com/tink-crypto/tink-go/v2/signature"
	"github.com/tink-crypto/tink-go/v2/signature/ecdsa"
	"github.com/tink-crypto/tink-go/v2/signature/rsassapkcs1"
	"github.com/tink-crypto/tink-go/v2/signature/rsassapss"
)

// tink is a keyset of one key without a prefix, as its users have it.
func tink(k key.Key) (entrant, error) {
	manager := keyset.NewManager()
	id, err := manager.AddKey(k)
	if err != nil {
		return entrant{}, err
	}
	if err := manager.SetPrimary(id); err != nil {
		return entrant{}, err
	}
	private, err := manager.Handle()
	if err != nil {
		return entrant{}, err
	}
	public, err := private.Public()
	if err != nil {
		return entrant{}, err
	}
	s, err := signature.NewSigner(private)
	if err != nil {
		return entrant{}, err
	}
	v, err := signature.NewVerifier(public)
	if err != nil {
		return entrant{}, err
	}
	return entrant{
		name:   "tink-go",
		sign:   func(i int) ([]byte, error) { return s.Sign(messageInputs[i]) },
		verify: func(i int, sig []byte) error { return v.Verify(sig, messageInputs[i]) },
	}, nil
}

func secret(b []byte) secretdata.Bytes {
	return secretdata.NewBytesFromData(b, insecuresecretdataaccess.Token{})
}

func tinkP256(k *stdecdsa.PrivateKey) (entrant, error) {
	parameters, err := ecdsa.NewParameters(ecdsa.NistP256, ecdsa.SHA256, ecdsa.DER, ecdsa.VariantNoPrefix)
	if err != nil {
		return entrant{}, err
	}
	scalar, err := k.Bytes()
	if err != nil {
		return entrant{}, err
	}
	private, err := ecdsa.NewPrivateKey(secret(scalar), 0, parameters)
	if err != nil {
		return entrant{}, err
	}
	return tink(private)
}

func tinkRSA(p keyspec.Pair, k *rsa.PrivateKey) (entrant, error) {
	modulus := k.N.Bytes()
	primeP, primeQ, d := secret(k.Primes[0].Bytes()), secret(k.Primes[1].Bytes()), secret(k.D.Bytes())
	if p.Algorithm == keyspec.RSAPKCS1SHA256 {
		parameters, err := rsassapkcs1.NewParameters(k.N.BitLen(), rsassapkcs1.SHA256, k.E, rsassapkcs1.VariantNoPrefix)
		if err != nil {
			return entrant{}, err
		}
		public, err := rsassapkcs1.NewPublicKey(modulus, 0, parameters)
		if err != nil {
			return entrant{}, err
		}
		private, err := rsassapkcs1.NewPrivateKey(public, rsassapkcs1.PrivateKeyValues{P: primeP, Q: primeQ, D: d})
		if err != nil {
			return entrant{}, err
		}
		return tink(private)
	}
	parameters, err := rsassapss.NewParameters(rsassapss.ParametersValues{
		ModulusSizeBits: k.N.BitLen(),
		SigHashType:     rsassapss.SHA256,
		MGF1HashType:    rsassapss.SHA256,
		PublicExponent:  k.E,
		SaltLengthBytes: 32,
	}, rsassapss.VariantNoPrefix)
	if err != nil {
		return entrant{}, err
	}
	public, err := rsassapss.NewPublicKey(modulus, 0, parameters)
	if err != nil {
		return entrant{}, err
	}
	private, err := rsassapss.NewPrivateKey(public, rsassapss.PrivateKeyValues{P: primeP, Q: primeQ, D: d})
	if err != nil {
		return entrant{}, err
	}
	return tink(private)
}
