// SPDX-License-Identifier: Apache-2.0

package tencentkms

import (
	"github.com/kmsigner/kmsigner/internal/kmshttp"
	"github.com/kmsigner/kmsigner/keyspec"
)

// usages are the provider's names of what a key is for, with the key spec of each. The
// provider has none for the last two, whose names are of its kind: keys of them are
// listed and have public keys, and no algorithm.
var usages = []struct {
	name string
	spec keyspec.KeySpec
}{
	{"ASYMMETRIC_SIGN_VERIFY_SM2", keyspec.ECSM2},
	{"ASYMMETRIC_SIGN_VERIFY_ECC", keyspec.ECP256},
	{"ASYMMETRIC_SIGN_VERIFY_RSA_2048", keyspec.RSA2048},
	{"ASYMMETRIC_SIGN_VERIFY_RSA_3072", keyspec.RSA3072},
	{"ASYMMETRIC_SIGN_VERIFY_ECC_P256K", keyspec.ECP256K},
}

func usageOf(spec keyspec.KeySpec) string {
	for _, u := range usages {
		if u.spec == spec {
			return u.name
		}
	}
	return ""
}

// specOf returns the key spec of a usage that CreateKey takes.
func specOf(usage string) (keyspec.KeySpec, error) {
	if usage == "" {
		return "", kmshttp.Missing("KeyUsage")
	}
	for _, a := range algorithms {
		if a.usage == usage {
			return a.pair.KeySpec, nil
		}
	}
	return "", kmshttp.Invalid("KeyUsage", "keys here sign: it is one of ASYMMETRIC_SIGN_VERIFY_SM2, _ECC and _RSA_2048")
}
