// SPDX-License-Identifier: Apache-2.0

package signertest_test

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"hash"
	"io"
	"testing"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/signer/signertest"
)

// Vault is some service that keeps secp256k1 keys and signs with them. It answers
// with r‖s, as many do.
type Vault interface {
	Sign(ctx context.Context, keyID string, digest []byte) (rs []byte, err error)
}

// VaultSigner is your own Signer, over a key that the Vault keeps.
type VaultSigner struct {
	Vault     Vault
	KeyID     string
	PublicKey crypto.PublicKey
}

func (s *VaultSigner) Public() crypto.PublicKey     { return s.PublicKey }
func (s *VaultSigner) KeySpec() keyspec.KeySpec     { return keyspec.ECP256K }
func (s *VaultSigner) Algorithm() keyspec.Algorithm { return keyspec.ECDSASHA256 }
func (s *VaultSigner) NewDigest() hash.Hash         { return sha256.New() }

func refuse(param, reason string) error {
	return &errors.Error{Code: errors.InvalidParameter, Param: param, Reason: reason}
}

// SignDigest implements [signer.Signer].
func (s *VaultSigner) SignDigest(ctx context.Context, digest []byte) ([]byte, error) {
	if ctx == nil {
		return nil, refuse("Context", "the context is nil")
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(digest) != 32 {
		return nil, refuse("Digest", "a digest is 32 bytes")
	}
	rs, err := s.Vault.Sign(ctx, s.KeyID, digest)
	if err != nil {
		return nil, &errors.Error{Code: errors.Unavailable, Reason: "the vault does not sign", Err: err}
	}
	sig, err := signer.ToDER(rs)
	if err != nil {
		return nil, &errors.Error{Code: errors.Internal, Reason: "the vault's answer is no signature", Err: err}
	}
	return signer.NormalizeS(keyspec.ECP256K, sig)
}

// Sign implements [crypto.Signer].
func (s *VaultSigner) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if _, isPSS := opts.(*rsa.PSSOptions); isPSS || opts != nil && opts.HashFunc() != crypto.SHA256 {
		return nil, refuse("Opts", "this signer is ECDSA with SHA-256")
	}
	return s.SignDigest(context.Background(), digest)
}

// The test of the VaultSigner. What it is run on need not be the real thing: here
// it is a fake vault.
func TestVaultSigner(t *testing.T) {
	fake := fakeVault{signertest.New(keyspec.Pair{KeySpec: keyspec.ECP256K, Algorithm: keyspec.ECDSASHA256})}
	signertest.TestSigner(t, &VaultSigner{Vault: fake, KeyID: "alias/receipts", PublicKey: fake.key.Public()})
}

type fakeVault struct{ key signer.Signer }

func (v fakeVault) Sign(ctx context.Context, _ string, digest []byte) ([]byte, error) {
	sig, err := v.key.SignDigest(ctx, digest)
	if err != nil {
		return nil, err
	}
	return signer.ToRaw(sig)
}
