// SPDX-License-Identifier: Apache-2.0

package tencentkms

import (
	"github.com/kmsigner/kmsigner/internal/kmshttp"
	"github.com/kmsigner/kmsigner/keyspec"
)

// algorithms are the provider's names, in the order of ListAlgorithms.
var algorithms = []struct {
	usage, name string
	pair        keyspec.Pair
}{
	{"ASYMMETRIC_SIGN_VERIFY_SM2", "SM2DSA", keyspec.Pair{KeySpec: keyspec.ECSM2, Algorithm: keyspec.SM2DSA}},
	{"ASYMMETRIC_SIGN_VERIFY_ECC", "ECC_P256_R1", keyspec.Pair{KeySpec: keyspec.ECP256, Algorithm: keyspec.ECDSASHA256}},
	{"ASYMMETRIC_SIGN_VERIFY_RSA_2048", "RSA_PSS_SHA_256",
		keyspec.Pair{KeySpec: keyspec.RSA2048, Algorithm: keyspec.RSAPSSSHA256}},
	{"ASYMMETRIC_SIGN_VERIFY_RSA_2048", "RSA_PKCS1_SHA_256",
		keyspec.Pair{KeySpec: keyspec.RSA2048, Algorithm: keyspec.RSAPKCS1SHA256}},
}

// parseAlgorithm finds the pair that a name stands for. The name decides the key
// spec too: ECC_P256_R1 is not for secp256k1.
func parseAlgorithm(name string) (keyspec.Pair, error) {
	if name == "" {
		return keyspec.Pair{}, kmshttp.Missing("Algorithm")
	}
	for _, a := range algorithms {
		if a.name == name {
			return a.pair, nil
		}
	}
	return keyspec.Pair{}, kmshttp.Invalid("Algorithm", "it is none that ListAlgorithms lists")
}

// fits refuses a key that is not of the algorithm's spec.
func fits(p keyspec.Pair, k keyspec.KeySpec) error {
	if p.KeySpec != k {
		return kmshttp.Invalid("Algorithm", "the key does not have it")
	}
	return nil
}

func listAlgorithms() ListAlgorithmsResponse {
	// Empty lists, not null, which SDKs in other languages stumble over.
	resp := ListAlgorithmsResponse{SymmetricAlgorithms: []AlgorithmInfo{}, AsymmetricAlgorithms: []AlgorithmInfo{}}
	for _, a := range algorithms {
		resp.AsymmetricSignVerifyAlgorithms = append(resp.AsymmetricSignVerifyAlgorithms, AlgorithmInfo{a.usage, a.name})
	}
	return resp
}
