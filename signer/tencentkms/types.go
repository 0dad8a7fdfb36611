// SPDX-License-Identifier: Apache-2.0

package tencentkms

// A SignByAsymmetricKeyRequest asks for a signature. All fields but MessageType are
// required.
type SignByAsymmetricKeyRequest struct {
	// Algorithm is one that the key has: see ListAlgorithms.
	Algorithm string
	// Message is the base64 of a message of at most 4,096 bytes or, if MessageType
	// says so, of a digest of 32 bytes.
	Message string
	// KeyId is the id of a key.
	KeyId string
	// MessageType is "RAW" or "DIGEST"; "" is RAW.
	MessageType string
}

// A SignByAsymmetricKeyResponse is a signature.
type SignByAsymmetricKeyResponse struct {
	// Signature is the base64 of the signature: 256 bytes for RSA, the DER of
	// SEQUENCE { r, s } for the others.
	Signature string
	// RequestId is set by the handler.
	RequestId string
}

// A VerifyByAsymmetricKeyRequest asks whether a signature is one of a message. All
// fields but MessageType are required.
type VerifyByAsymmetricKeyRequest struct {
	KeyId string
	// SignatureValue is the base64 of the signature.
	SignatureValue string
	// Message, Algorithm and MessageType are as in SignByAsymmetricKeyRequest.
	Message     string
	Algorithm   string
	MessageType string
}

// A VerifyByAsymmetricKeyResponse is the result of a verification.
type VerifyByAsymmetricKeyResponse struct {
	SignatureValid bool
	// RequestId is set by the handler.
	RequestId string
}

// A GetPublicKeyRequest asks for the public key of a key.
type GetPublicKeyRequest struct {
	KeyId string
}

// A GetPublicKeyResponse is a public key.
type GetPublicKeyResponse struct {
	KeyId string
	// PublicKey is the base64 of the DER of the SubjectPublicKeyInfo, PublicKeyPem
	// its PEM, with a line feed at the end.
	PublicKey    string
	PublicKeyPem string
	// RequestId is set by the handler.
	RequestId string
}

// A ListAlgorithmsRequest asks which algorithms there are. It has no fields.
type ListAlgorithmsRequest struct{}

// A ListAlgorithmsResponse lists them. Only the last list has entries here.
type ListAlgorithmsResponse struct {
	SymmetricAlgorithms            []AlgorithmInfo
	AsymmetricAlgorithms           []AlgorithmInfo
	AsymmetricSignVerifyAlgorithms []AlgorithmInfo
	// RequestId is set by the handler.
	RequestId string
}

// An AlgorithmInfo is an algorithm with the kind of key that has it.
type AlgorithmInfo struct {
	KeyUsage  string
	Algorithm string
}
