// SPDX-License-Identifier: Apache-2.0

package signertest

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"log/slog"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/emmansun/gmsm/sm2"
	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/testkeys"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
)

// tells is a Signer that has something to say.
type tells struct {
	bent
	text string
}

func (s *tells) String() string { return s.text }

func telling(p keyspec.Pair, text func() string) func() signer.Signer {
	return func() signer.Signer { return &tells{bent{Signer: right(p)}, text()} }
}

// logs tells the log only.
type logs struct{ bent }

func (*logs) LogValue() slog.Value {
	return slog.StringValue("d=" + hex.EncodeToString(scalar(keyspec.ECP256K)))
}

// inTheOpen is a Signer with its key in an exported field.
type inTheOpen struct {
	bent
	Key crypto.PrivateKey
}

// scalar is the private scalar of a curve's Key.
func scalar(k keyspec.KeySpec) []byte {
	switch key := Key(k).(type) {
	case *ecdsa.PrivateKey:
		return key.D.FillBytes(make([]byte, 32))
	case *sm2.PrivateKey:
		return key.D.FillBytes(make([]byte, 32))
	case *secp256k1.PrivateKey:
		return key.Serialize()
	}
	return nil
}

var wrongPrints = []wrongSigner{
	{name: "scalar printed in hexadecimal", check: "Secrets",
		says: "what %v prints holds the private key, in hexadecimal",
		make: telling(p256, func() string { return hex.EncodeToString(scalar(keyspec.ECP256)) })},
	{name: "scalar printed as bytes", check: "Secrets", says: "as a list",
		make: telling(gm, func() string { return fmt.Sprint(scalar(keyspec.ECSM2)) })},
	{name: "key printed as PEM", check: "Secrets", says: "as PEM",
		make: telling(pss, func() string { return string(testkeys.PEM(keyspec.RSA2048)) })},
	{name: "prime printed", check: "Secrets", says: "in decimal",
		make: telling(pkcs1, func() string { return Key(keyspec.RSA2048).(*rsa.PrivateKey).Primes[1].String() })},
	{name: "key in an exported field", check: "Secrets", says: "its JSON holds the private key",
		make: func() signer.Signer {
			return &inTheOpen{bent{Signer: right(p256)}, Key(keyspec.ECP256)}
		}},
	{name: "scalar logged", check: "Secrets", says: "log/slog", make: func() signer.Signer {
		return &logs{bent{Signer: right(p256k)}}
	}},
	{name: "scalar in an error", check: "Secrets", says: "the text of an error holds the private key",
		make: refuses(p256k, func(signer.Signer, []byte) ([]byte, error) {
			return nil, &errors.Error{Code: errors.InvalidParameter, Param: "Digest",
				Reason: fmt.Sprintf("not for %v", Key(keyspec.ECP256K).(*secp256k1.PrivateKey).Key)}
		})},
	{name: "digest in an error", check: "Secrets", says: "holds the digest, in hexadecimal", make: quotes("%x")},
	{name: "digest in an error as bytes", check: "Secrets", says: "holds the digest, as a list", make: quotes("%d")},
	{name: "digest in an error as it is", check: "Secrets", says: "holds the digest, as it is", make: quotes("%s")},
	{name: "digest in an error in base64", check: "Secrets", says: "holds the digest, in base64",
		make: refuses(p256, func(_ signer.Signer, d []byte) ([]byte, error) {
			return nil, &errors.Error{Code: errors.InvalidParameter, Param: "Digest",
				Reason: base64.StdEncoding.EncodeToString(d) + " has no 32 bytes"}
		})},
	{name: "digest in a context's error", check: "Secrets", says: "holds the digest, in hexadecimal",
		make: contexts(func(ctx context.Context, s signer.Signer, d []byte) ([]byte, error) {
			sig, err := s.SignDigest(ctx, d)
			return sig, signing(d, err)
		})},
	{name: "digest in an error about opts", check: "Secrets", says: "holds the digest, in hexadecimal",
		make: opts(p256, func(s signer.Signer, d []byte, o crypto.SignerOpts) ([]byte, error) {
			sig, err := s.Sign(nil, d, o)
			return sig, signing(d, err)
		})},
	{name: "digest in an error of SignMessage", check: "Secrets", says: "holds the digest, in hexadecimal",
		make: messageSigner(p256, func(s signer.Signer, msg []byte, o crypto.SignerOpts) ([]byte, error) {
			sig, err := rightly(s, msg, o)
			d := sha256.Sum256(msg)
			return sig, signing(d[:], err)
		})},
	{name: "digest in an error, and cleared", check: "Secrets", says: "holds the digest, in hexadecimal",
		make: refuses(p256, func(s signer.Signer, d []byte) ([]byte, error) {
			_, err := s.SignDigest(background, d)
			err = signing(d, err)
			clear(d)
			return nil, err
		})},
}

// signing tells an error of which digest it is.
func signing(digest []byte, err error) error {
	if err != nil {
		err = fmt.Errorf("signing %x: %w", digest, err)
	}
	return err
}

// quotes quotes what it refuses.
func quotes(verb string) func() signer.Signer {
	return refuses(p256, func(_ signer.Signer, d []byte) ([]byte, error) {
		return nil, &errors.Error{Code: errors.InvalidParameter, Param: "Digest",
			Reason: fmt.Sprintf("it has no 32 bytes: "+verb, d)}
	})
}
