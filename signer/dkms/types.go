// SPDX-License-Identifier: Apache-2.0

package dkms

// The message types.
const (
	// Raw is of a message that the service hashes: with SHA-256, for SM2DSA as
	// SM3(Z(A) || M) with the default user id. It is the default.
	Raw = "RAW"
	// Digest is of a digest that is signed as it is.
	Digest = "DIGEST"
)

// A SignRequest asks for a signature. KeyId and Message are required.
type SignRequest struct {
	// KeyId is the id of a key or "alias/NAME".
	KeyId string
	// KeyVersionId is a version of that key; the primary one if it is empty. On the
	// wire it is the header x-kms-migrationkeyversionid.
	KeyVersionId string
	// Algorithm is one that the key has. If it is empty, the key's only one counts,
	// and RSA_PSS_SHA_256 for RSA.
	Algorithm string
	// Message is a message, or with MessageType DIGEST its digest of 32 bytes.
	Message []byte
	// MessageType is RAW, DIGEST, or empty for RAW.
	MessageType string
	// Digest is what older clients send: a digest of 32 bytes, in place of Message and
	// MessageType.
	Digest []byte
}

// A SignResponse is a signature.
type SignResponse struct {
	// KeyId and KeyVersionId are the concrete ids, whatever the request had.
	KeyId, KeyVersionId string
	// Signature is as long as the modulus for RSA, and the DER of SEQUENCE { r, s }
	// for the others.
	Signature []byte
	// Algorithm and MessageType are those that were used.
	Algorithm, MessageType string
	// RequestId is set by the handler.
	RequestId string
}

// A VerifyRequest asks whether a signature is one of a message. KeyId, Message and
// Signature are required; the fields are those of SignRequest.
type VerifyRequest struct {
	KeyId, KeyVersionId string
	Algorithm           string
	Message             []byte
	MessageType         string
	Digest              []byte
	Signature           []byte
}

// A VerifyResponse is the result.
type VerifyResponse struct {
	KeyId, KeyVersionId string
	// Value is whether the signature verifies.
	Value                  bool
	Algorithm, MessageType string
	// RequestId is set by the handler.
	RequestId string
}

// A GetPublicKeyRequest asks for a public key. KeyId is required.
type GetPublicKeyRequest struct {
	KeyId, KeyVersionId string
}

// A GetPublicKeyResponse is a public key.
type GetPublicKeyResponse struct {
	KeyId, KeyVersionId string
	// PublicKey is the PEM of the SubjectPublicKeyInfo, with a line feed at the end.
	PublicKey string
	// RequestId is set by the handler.
	RequestId string
}
