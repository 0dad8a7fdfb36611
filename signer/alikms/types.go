// SPDX-License-Identifier: Apache-2.0

package alikms

// An AsymmetricSignRequest asks for a signature of a digest. All fields but DryRun
// are required.
type AsymmetricSignRequest struct {
	// KeyId is the id of a key, "alias/NAME", or a key ARN.
	KeyId string
	// KeyVersionId is the id of a version of that key.
	KeyVersionId string
	// Algorithm is one that the key's spec has: see the package documentation.
	Algorithm string
	// Digest is the base64 of 32 bytes: SHA-256 of the message, or SM3(Z(A) || M)
	// for SM2DSA.
	Digest string
	// DryRun asks only whether the call would succeed.
	DryRun bool
}

// An AsymmetricSignResponse is a signature.
type AsymmetricSignResponse struct {
	// KeyId and KeyVersionId are the concrete ids, whatever the request had.
	KeyId        string
	KeyVersionId string
	// Value is the base64 of the signature: as many bytes as the modulus has for
	// RSA, the DER of SEQUENCE { r, s } for the others.
	Value string
	// RequestId is set by the handler.
	RequestId string
}

// An AsymmetricVerifyRequest asks whether a signature is one of a digest. All
// fields but DryRun are required; they are as in AsymmetricSignRequest.
type AsymmetricVerifyRequest struct {
	KeyId        string
	KeyVersionId string
	Algorithm    string
	Digest       string
	// Value is the base64 of the signature.
	Value  string
	DryRun bool
}

// An AsymmetricVerifyResponse is the result of a verification.
type AsymmetricVerifyResponse struct {
	KeyId        string
	KeyVersionId string
	Value        bool
	// RequestId is set by the handler.
	RequestId string
}

// A GetPublicKeyRequest asks for the public key of a version. KeyId and
// KeyVersionId are required.
type GetPublicKeyRequest struct {
	KeyId        string
	KeyVersionId string
	DryRun       bool
}

// A GetPublicKeyResponse is a public key.
type GetPublicKeyResponse struct {
	KeyId        string
	KeyVersionId string
	// PublicKey is the PEM of the SubjectPublicKeyInfo, with a line feed at the end.
	PublicKey string
	// RequestId is set by the handler.
	RequestId string
}
