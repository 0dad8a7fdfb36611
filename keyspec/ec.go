// SPDX-License-Identifier: Apache-2.0

package keyspec

import (
	"bytes"
	"crypto"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"github.com/kmsigner/kmsigner/internal/keys"
)

var (
	tagParameters = asn1.Tag(0).ContextSpecific().Constructed()
	tagPublicKey  = asn1.Tag(1).ContextSpecific().Constructed()
)

// parseSEC1 reads an ECPrivateKey (RFC 5915, section 3). The curve that the
// surroundings of the key name, or "", and the one that the key names must not
// contradict each other; one of them must be there.
func parseSEC1(body cryptobyte.String, outer keys.Kind) (crypto.PrivateKey, error) {
	var version int
	var scalar, params, public cryptobyte.String
	var hasParams, hasPublic bool
	if !body.ReadASN1Integer(&version) ||
		!body.ReadASN1(&scalar, asn1.OCTET_STRING) ||
		!body.ReadOptionalASN1(&params, &hasParams, tagParameters) ||
		!body.ReadOptionalASN1(&public, &hasPublic, tagPublicKey) ||
		!body.Empty() {
		return nil, invalid("Key", "the SEC 1 private key is malformed")
	}
	if version != 1 {
		return nil, invalid("Key", fmt.Sprintf("the SEC 1 private key has version %d, not 1", version))
	}

	curve := outer
	if hasParams {
		var err error
		if curve, err = namedCurve(params); err != nil {
			return nil, err
		}
		if outer != "" && outer != curve {
			return nil, invalid("Key", "the key names two curves, "+outer.Curve()+" and "+curve.Curve())
		}
	}
	if curve == "" {
		return nil, invalid("Key", "the key does not name its curve")
	}
	if len(scalar) == 33 && scalar[0] == 0 {
		scalar = scalar[1:] // a writer of signed integers; OpenSSL and crypto/x509 read it too
	}
	if len(scalar) < 32 {
		// RFC 5915 pads to the size of the order. OpenSSL and Bouncy Castle before
		// 2015 did not, one key in 256.
		return nil, invalid("Key", fmt.Sprintf(
			`the scalar has %d bytes, not the 32 of RFC 5915; "openssl pkey" pads it`, len(scalar)))
	}
	key, err := keys.NewPrivate(curve, scalar)
	if err != nil {
		return nil, err
	}
	if hasPublic {
		var point []byte
		if !public.ReadASN1BitStringAsBytes(&point) || !public.Empty() {
			return nil, invalid("Key", "the public key in the private key is malformed")
		}
		if err := checkPoint(key, point); err != nil {
			return nil, err
		}
	}
	return key, nil
}

// checkPoint compares the public key that a file adds to a private key.
func checkPoint(key crypto.PrivateKey, point []byte) error {
	public, err := keys.NewPublic(keys.KindOf(key), point)
	if err != nil {
		return err
	}
	if !bytes.Equal(keys.Point(public), keys.Point(keys.PublicOf(key))) {
		return invalid("Key", "the public key is not that of the scalar")
	}
	return nil
}
