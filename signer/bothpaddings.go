// SPDX-License-Identifier: Apache-2.0

package signer

import (
	"crypto"
	"crypto/rsa"
	"fmt"
	"io"

	"github.com/kmsigner/kmsigner/internal/keys"
	"github.com/kmsigner/kmsigner/internal/nilness"
	"github.com/kmsigner/kmsigner/keyspec"
)

// BothPaddings returns a [crypto.Signer] of an RSA key that signs with the padding that
// the [crypto.SignerOpts] of each call ask for, as *rsa.PrivateKey does and as
// crypto/x509, crypto/tls, SSH and CMS want: RSA_PSS_SHA_256 for *rsa.PSSOptions,
// RSA_PKCS1_SHA_256 for any other. A [Signer] has one of the two. The arguments are the
// two Signers of one key.
//
// The hash is SHA-256 and the salt has 32 bytes, as always: other options are
// InvalidParameter of "Opts", and so are nil options, which do not choose a padding. The
// result is also a [crypto.MessageSigner].
//
// BothPaddings returns InvalidParameter: of "Signer" for a nil Signer and for two that
// are not the two of one key.
func BothPaddings(pss, pkcs1 Signer) (crypto.Signer, error) {
	if nilness.Is(pss) || nilness.Is(pkcs1) {
		return nil, invalid("Signer", "a signer is nil")
	}
	for _, s := range []struct {
		Signer
		want keyspec.Algorithm
	}{{pss, keyspec.RSAPSSSHA256}, {pkcs1, keyspec.RSAPKCS1SHA256}} {
		if got := s.Algorithm(); got != s.want {
			return nil, invalid("Signer", "a signer of "+string(s.want)+" is wanted, this is one of "+string(got))
		}
	}
	public, err := keys.PublicOfSigner(pss)
	if err != nil {
		return nil, err
	}
	other, err := keys.PublicOfSigner(pkcs1)
	if err != nil {
		return nil, err
	}
	if key, ok := public.(*rsa.PublicKey); !ok || !key.Equal(other) {
		return nil, invalid("Signer", "the two signers are not of one RSA key")
	}
	return &bothPaddings{pss, pkcs1}, nil
}

type bothPaddings struct{ pss, pkcs1 Signer }

func (b *bothPaddings) Public() crypto.PublicKey { return b.pss.Public() }

// choose returns the Signer that opts ask for. It checks them too: crypto.SignMessage, which
// does what a Signer without SignMessage does not, panics on some that do not fit.
func (b *bothPaddings) choose(opts crypto.SignerOpts) (s Signer, err error) {
	if opts == nil {
		return nil, invalid("Opts", "the options are nil; they choose the padding: *rsa.PSSOptions or crypto.SHA256")
	}
	if _, ok := opts.(*rsa.PSSOptions); ok {
		_, err = rsaPSS{}.acceptsOpts(opts)
		return b.pss, err
	}
	return b.pkcs1, checkSHA256(opts)
}

// Sign implements [crypto.Signer].
func (b *bothPaddings) Sign(rand io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	s, err := b.choose(opts)
	if err != nil {
		return nil, err
	}
	return s.Sign(rand, digest, opts)
}

// SignMessage implements [crypto.MessageSigner].
func (b *bothPaddings) SignMessage(rand io.Reader, msg []byte, opts crypto.SignerOpts) ([]byte, error) {
	s, err := b.choose(opts)
	if err != nil {
		return nil, err
	}
	return crypto.SignMessage(s, rand, msg, opts)
}

// Format prints the two Signers under every verb and flag, %#v included.
func (b *bothPaddings) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "%v and %v", b.pss, b.pkcs1) }
