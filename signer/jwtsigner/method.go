// SPDX-License-Identifier: Apache-2.0

package jwtsigner

import (
	"context"
	"fmt"
	"reflect"
	"strings"

	"github.com/golang-jwt/jwt/v5"
	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
)

// A Method is a jwt.SigningMethod of one of the four algorithms. Its value is the alg
// header of its tokens.
type Method string

// The four methods.
const (
	ES256  Method = "ES256"
	ES256K Method = "ES256K"
	RS256  Method = "RS256"
	PS256  Method = "PS256"
)

var _ jwt.SigningMethod = ES256

// methodOf is the table of pairs.
func methodOf(k keyspec.KeySpec, a keyspec.Algorithm) (Method, error) {
	p := keyspec.Pair{KeySpec: k, Algorithm: a}
	if p.Validate() == nil {
		switch {
		case a == keyspec.RSAPSSSHA256:
			return PS256, nil
		case a == keyspec.RSAPKCS1SHA256:
			return RS256, nil
		case k == keyspec.ECP256:
			return ES256, nil
		case k == keyspec.ECP256K:
			return ES256K, nil
		}
	}
	return "", &errors.Error{Code: errors.InvalidParameter, Param: "Algorithm",
		Reason: fmt.Sprintf("JOSE has no algorithm for the pair %v", p)}
}

// A bound key is a Signer or a Verifier.
type bound interface {
	KeySpec() keyspec.KeySpec
	Algorithm() keyspec.Algorithm
}

// MethodOf returns the method of a signer.Signer or a signer.Verifier. It returns
// InvalidParameter: of "Key" for nil, of "Algorithm" for the pair of SM2, which JOSE does
// not have.
func MethodOf(key interface {
	KeySpec() keyspec.KeySpec
	Algorithm() keyspec.Algorithm
}) (Method, error) {
	if isNil(key) {
		return "", keyError("the key is nil", nil)
	}
	return methodOf(key.KeySpec(), key.Algorithm())
}

// RegisterES256K makes ES256K known to the parser of golang-jwt, in the whole process:
// its registry is global. Call it once, when the program starts. The other methods are
// not registered, so that golang-jwt's own remain as they are.
func RegisterES256K() {
	jwt.RegisterSigningMethod(string(ES256K), func() jwt.SigningMethod { return ES256K })
}

// Alg returns the value of the alg header.
func (m Method) Alg() string { return string(m) }

// Sign signs the text of a token. The key is a signer.Signer of this method's pair, or
// what WithContext makes of one; SignedString of jwt.Token passes it on.
//
// It returns InvalidParameter: of "Method" for a Method that is none of the four; of "Key",
// wrapping jwt.ErrInvalidKeyType, for nil, for a key of another type, such as an
// *ecdsa.PrivateKey (signer.New makes a Signer of it), and for a Signer of another pair;
// of "Context" for a nil context in WithContext. Otherwise it returns the errors of
// signer.SignMessage, and Internal for a signature that is not in the form that signer.Signer
// documents.
func (m Method) Sign(text string, key any) ([]byte, error) {
	ctx := context.Background()
	if c, ok := key.(ContextSigner); ok {
		if c.ctx == nil {
			return nil, &errors.Error{Code: errors.InvalidParameter, Param: "Context", Reason: "the context is nil"}
		}
		ctx, key = c.ctx, c.s
	}
	s, ok := key.(signer.Signer)
	if !ok || isNil(s) {
		return nil, keyError(fmt.Sprintf("%s signs with a signer.Signer, this is %s: signer.New makes one of a private key",
			m, describe(key)), jwt.ErrInvalidKeyType)
	}
	if err := m.fits(s); err != nil {
		return nil, err
	}
	sig, err := signer.SignMessage(ctx, s, strings.NewReader(text))
	if err != nil {
		return nil, err
	}
	return m.fromDER(sig)
}

// Verify verifies the signature of a token. The key is a signer.Verifier of this method's
// pair; Keyfunc returns it to the parser.
//
// It returns InvalidSignature for everything that is not a signature of the text by the
// key: DER in place of r‖s, too. It returns InvalidParameter: of "Method" for a Method
// that is none of the four; of "Key", wrapping jwt.ErrInvalidKeyType, for nil, for a key of
// another type, such as an *ecdsa.PublicKey (signer.NewVerifier makes a Verifier of it), and
// for a Verifier of another pair.
func (m Method) Verify(text string, sig []byte, key any) error {
	v, ok := key.(signer.Verifier)
	if !ok || isNil(v) {
		return keyError(fmt.Sprintf("%s verifies with a signer.Verifier, this is %s: "+
			"signer.NewVerifier makes one of a public key", m, describe(key)), jwt.ErrInvalidKeyType)
	}
	if err := m.fits(v); err != nil {
		return err
	}
	if m.isECDSA() {
		der, err := signer.ToDER(sig)
		if err != nil {
			return &errors.Error{Code: errors.InvalidSignature, Param: "Signature",
				Reason: "a signature of " + string(m) + " is r‖s of 64 bytes, this is not", Err: err}
		}
		sig = der
	}
	return signer.VerifyMessage(v, strings.NewReader(text), sig)
}

func (m Method) isECDSA() bool { return m == ES256 || m == ES256K }

// fits checks that a key is of this method's pair.
func (m Method) fits(key bound) error {
	switch m {
	case ES256, ES256K, RS256, PS256:
	default:
		return &errors.Error{Code: errors.InvalidParameter, Param: "Method",
			Reason: fmt.Sprintf("%q is none of ES256, ES256K, RS256, PS256", string(m))}
	}
	if of, err := methodOf(key.KeySpec(), key.Algorithm()); err != nil || of != m {
		reason := fmt.Sprintf("a key of the pair %v does not fit %s",
			keyspec.Pair{KeySpec: key.KeySpec(), Algorithm: key.Algorithm()}, m)
		if err == nil {
			reason += ", it is one of " + string(of)
		}
		return keyError(reason, jwt.ErrInvalidKeyType)
	}
	return nil
}

// fromDER converts a signature to the form of the token. A Signer of another library
// may return a high s.
func (m Method) fromDER(sig []byte) ([]byte, error) {
	if !m.isECDSA() {
		return sig, nil
	}
	var err error
	if m == ES256K {
		sig, err = signer.NormalizeS(keyspec.ECP256K, sig)
	}
	if err == nil {
		sig, err = signer.ToRaw(sig)
	}
	if err != nil {
		return nil, &errors.Error{Code: errors.Internal, Param: "Signature",
			Reason: "the Signer returned a signature that is not DER of r and s", Err: err}
	}
	return sig, nil
}

// A ContextSigner is a Signer and the context in which it signs one token. It is a key
// for SignedString.
type ContextSigner struct {
	ctx context.Context
	s   signer.Signer
}

// WithContext returns a key for SignedString that signs with s under ctx:
// jwt.SigningMethod has no context of its own. A nil ctx and a nil s are errors of
// [Method.Sign].
func WithContext(ctx context.Context, s signer.Signer) ContextSigner { return ContextSigner{ctx, s} }

func keyError(reason string, cause error) error {
	return &errors.Error{Code: errors.InvalidParameter, Param: "Key", Reason: reason, Err: cause}
}

// describe names the type of a key, never its value.
func describe(key any) string {
	if isNil(key) {
		return "nil"
	}
	return fmt.Sprintf("%T", key)
}

func isNil(v any) bool {
	if v == nil {
		return true
	}
	r := reflect.ValueOf(v)
	return r.Kind() == reflect.Pointer && r.IsNil()
}
