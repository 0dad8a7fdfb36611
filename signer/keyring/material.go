// SPDX-License-Identifier: Apache-2.0

package keyring

import (
	"crypto"

	"github.com/kmsigner/kmsigner/internal/keys"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
)

// material is the key of one version, shared by everything that was ever looked
// up of it. It never changes. The private key is only in closures, out of the
// reach of anything that prints values by reflection.
type material struct {
	spec   keyspec.KeySpec
	public crypto.PublicKey
	spki   []byte  // DER
	file   keyFile // empty for a key that has none

	newSigner newSigner
	private   func() (crypto.PrivateKey, error) // of a key in a file, or nil
	signers   map[keyspec.Algorithm]*lazy[signer.Signer]
	verifiers map[keyspec.Algorithm]*lazy[signer.Verifier]
}

// newSigner makes a signer of a key that it alone knows.
type newSigner func(alg keyspec.Algorithm, opts ...signer.Option) (signer.Signer, error)

// newMaterial is the part that all keys share. The public key is one that
// keys.Public returned.
func newMaterial(public crypto.PublicKey, sign newSigner) *material {
	spec := keyspec.KeySpec(keys.KindOf(public))
	m := &material{
		spec:      spec,
		public:    public,
		spki:      keys.MarshalSPKI(public),
		newSigner: sign,
		signers:   make(map[keyspec.Algorithm]*lazy[signer.Signer]),
		verifiers: make(map[keyspec.Algorithm]*lazy[signer.Verifier]),
	}
	for _, alg := range spec.Algorithms() {
		m.signers[alg] = &lazy[signer.Signer]{make: func() (signer.Signer, error) { return m.newSigner(alg) }}
		m.verifiers[alg] = &lazy[signer.Verifier]{make: func() (signer.Verifier, error) {
			return signer.NewVerifier(public, alg)
		}}
	}
	return m
}

// materialOf is the material of a key in memory or held elsewhere.
func materialOf(key crypto.PrivateKey) (*material, error) {
	private, err := keys.Private(key)
	if err == nil {
		return inMemory(private), nil
	}
	if owner, ok := key.(crypto.Signer); ok {
		return elsewhere(owner)
	}
	return nil, err
}

// inMemory is the material of a private key that keys.Private returned.
func inMemory(key crypto.PrivateKey) *material {
	return newMaterial(keys.PublicOf(key), func(alg keyspec.Algorithm, opts ...signer.Option) (signer.Signer, error) {
		return signer.New(keys.Checked{Key: key}, alg, opts...)
	})
}

// elsewhere is the material of a key that only its owner has.
func elsewhere(key crypto.Signer) (*material, error) {
	key, public, err := keys.Signer(key)
	if err != nil {
		return nil, err
	}
	var held crypto.Signer = heldKey{key, public}
	if s, ok := key.(signer.Signer); ok {
		held = heldSigner{s, public}
	}
	return newMaterial(public, func(alg keyspec.Algorithm, opts ...signer.Option) (signer.Signer, error) {
		return signer.FromCrypto(held, alg, opts...)
	}), nil
}

// A heldKey is a key held elsewhere with the public key that it showed when it was
// imported. Its owner is not asked again: an answer that fails, or another one,
// would not change which key this version is.
type heldKey struct {
	crypto.Signer
	public crypto.PublicKey
}

// Public implements crypto.Signer.
func (h heldKey) Public() crypto.PublicKey { return h.public }

// A heldSigner is a heldKey that signs with a context.
type heldSigner struct {
	signer.Signer
	public crypto.PublicKey
}

// Public implements crypto.Signer.
func (h heldSigner) Public() crypto.PublicKey { return h.public }

func (m *material) signer(alg keyspec.Algorithm, opts []signer.Option) (signer.Signer, error) {
	shared, ok := m.signers[alg]
	if !ok {
		return nil, m.pair(alg).Validate()
	}
	if len(opts) == 0 {
		return shared.get()
	}
	return m.newSigner(alg, opts...)
}

func (m *material) verifier(alg keyspec.Algorithm, opts []signer.Option) (signer.Verifier, error) {
	shared, ok := m.verifiers[alg]
	if !ok {
		return nil, m.pair(alg).Validate()
	}
	if len(opts) == 0 {
		return shared.get()
	}
	return signer.NewVerifier(m.public, alg, opts...)
}

func (m *material) pair(alg keyspec.Algorithm) keyspec.Pair {
	return keyspec.Pair{KeySpec: m.spec, Algorithm: alg}
}
