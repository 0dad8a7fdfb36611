// SPDX-License-Identifier: Apache-2.0

package signer

import "crypto"

// Most callers of Sign with options that do not fit are other libraries. The errors name
// what their users set there.

func wantsPSS() error {
	return invalid("Opts", "the options ask for RSA-PSS, which this signer is not: take one of RSA_PSS_SHA_256, "+
		"or BothPaddings for crypto/tls, where TLS 1.3 has no other padding")
}

func wantsPKCS1() error {
	return invalid("Opts", "the options ask for PKCS #1 v1.5, this signer is RSA_PSS_SHA_256: use *rsa.PSSOptions "+
		"(in crypto/x509, SignatureAlgorithm: SHA256WithRSAPSS; in crypto/tls, SupportedSignatureAlgorithms: PSSWithSHA256), or BothPaddings")
}

func wantsHash(h crypto.Hash) error {
	return invalid("Opts", "the options ask for "+h.String()+", this signer's hash is SHA-256: set it where the options come from "+
		"(SignatureAlgorithm in crypto/x509, SupportedSignatureAlgorithms in crypto/tls, "+
		"ssh.NewSignerWithAlgorithms with rsa-sha2-256 in x/crypto/ssh)")
}
