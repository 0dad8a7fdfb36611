// SPDX-License-Identifier: Apache-2.0

package signer

import (
	"math/big"
	"strconv"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/ecsig"
	"github.com/kmsigner/kmsigner/keyspec"
)

// ToRaw converts a signature of EC_P256, EC_P256K or EC_SM2 from DER to r‖s: 64
// bytes, two big-endian integers of 32, the form of JOSE (RFC 7518, section 3.4),
// COSE (RFC 9053, section 2.1) and IEEE P1363. It returns InvalidParameter of
// "Signature" for anything but strict DER of two integers in [1, 2^256-1]. It
// does not know the curve: whether r and s are below n is for the verifier.
func ToRaw(der []byte) ([]byte, error) {
	x, err := ecsig.Parse(der)
	if err != nil {
		return nil, invalid("Signature", err.Error())
	}
	return x[:], nil
}

// ToDER converts a signature of EC_P256, EC_P256K or EC_SM2 from r‖s to DER, the
// reverse of [ToRaw]. It returns InvalidParameter of "Signature" for another
// length than 64 and for an r or s of zero.
func ToDER(raw []byte) ([]byte, error) {
	if len(raw) != ecsig.Size {
		return nil, invalid("Signature", "r‖s is "+strconv.Itoa(ecsig.Size)+" bytes, got "+strconv.Itoa(len(raw)))
	}
	x := ecsig.Signature(raw)
	if x.HasZero() {
		return nil, invalid("Signature", "r or s is zero")
	}
	return x.DER(), nil
}

// NormalizeS returns the low-S form of an ECDSA signature in DER: s is replaced
// by n-s if it is over n/2. Both verify; Bitcoin (BIP 146) and Ethereum (EIP-2)
// accept only this one. The input is not written to. It returns InvalidParameter:
// of "KeySpec" for any but EC_P256 and EC_P256K (n-s does not verify in SM2), of
// "Signature" for what is not strict DER of r and s in [1, n-1].
func NormalizeS(k keyspec.KeySpec, der []byte) ([]byte, error) {
	if k != keyspec.ECP256 && k != keyspec.ECP256K {
		return nil, invalid("KeySpec", "low-S is a notion of ECDSA: EC_P256 and EC_P256K")
	}
	x, err := parseECDSA(k, der, false)
	if err != nil {
		reason := err.(*errors.Error).Reason
		return nil, invalid("Signature", reason)
	}
	if x.HasHighS(k) {
		n := new(big.Int).SetBytes([]byte(ecsig.Order(k)))
		n.Sub(n, new(big.Int).SetBytes(x.S())).FillBytes(x.S())
	}
	return x.DER(), nil
}

// parseECDSA returns r and s of a strict DER signature with r and s in [1, n-1]. With
// lowS an s over n/2 is an error too. It returns InvalidSignature.
func parseECDSA(k keyspec.KeySpec, der []byte, lowS bool) (*ecsig.Signature, error) {
	x, err := ecsig.Parse(der)
	switch {
	case err != nil:
		return nil, misfit(err.Error())
	case !x.BelowOrder(k):
		return nil, misfit("r or s is not below the order of the curve")
	case lowS && x.HasHighS(k):
		return nil, misfit("s is over n/2, and a low s is required")
	}
	return x, nil
}

// receiveDER takes a signature that is strict DER.
func receiveDER(sig []byte) ([]byte, error) {
	if _, err := ecsig.Parse(sig); err != nil {
		return nil, internal("the key's owner returned "+strconv.Itoa(len(sig))+" bytes that are no DER signature", err)
	}
	return sig, nil
}
