// SPDX-License-Identifier: Apache-2.0

package diagnose

// A Code names a verdict or a cause. Its value is its own name. The
// codes are part of the compatibility promise; later releases may add some.
type Code string

// The verdicts: what is known without naming a cause.
const (
	// Valid: the verifier accepts the signature.
	Valid Code = "Valid"
	// BadKey: the public key is nil, not sound, or of no key spec.
	BadKey Code = "BadKey"
	// BadAlgorithm: the key cannot sign with this algorithm.
	BadAlgorithm Code = "BadAlgorithm"
	// BadOption: an option does not apply, or holds a key that is not sound.
	BadOption Code = "BadOption"
	// Malformed: the bytes are no signature of this kind of key in any known
	// encoding.
	Malformed Code = "Malformed"
	// OtherMessage: this RSA key signed another message. RSA shows that without
	// knowing the message; ECDSA and SM2 do not.
	OtherMessage Code = "OtherMessage"
	// Unexplained: no known cause fits.
	Unexplained Code = "Unexplained"
)

// The cause in the key.
const (
	// OtherKey: another of the given keys made the signature, see Options.TryKeys.
	OtherKey Code = "OtherKey"
)

// The causes in the signature's encoding. Of those of its text, one may be named
// twice: base64 of base64.
const (
	// HexText: the signature is text in hexadecimal digits.
	HexText Code = "HexText"
	// Base64Text: the signature is text in base64, RFC 4648, section 4 or 5.
	Base64Text Code = "Base64Text"
	// URLEscapes: the escapes of a URL are left in its text, such as %2B for a plus
	// sign.
	URLEscapes Code = "URLEscapes"
	// URLBlanks: blanks stand where its base64 has plus signs, as the decoder of a URL's
	// query or a form makes of them.
	URLBlanks Code = "URLBlanks"
	// Wrapped: it is inside an ASN.1 BIT STRING or OCTET STRING, or the byte that counts
	// the unused bits of a BIT STRING stands before it.
	Wrapped Code = "Wrapped"
	// RawNotDER: it is r‖s where DER was meant.
	RawNotDER Code = "RawNotDER"
	// DERNotRaw: it is DER where r‖s was meant, see Options.ExpectRaw.
	DERNotRaw Code = "DERNotRaw"
	// LeadingZeros: r, s or an RSA signature does not have its fixed length: leading
	// zeros were dropped or added, as by an encoder of big integers.
	LeadingZeros Code = "LeadingZeros"
	// RecoveryID: r‖s comes with the recovery id of Ethereum behind it or of
	// Bitcoin's compact form before it, 65 bytes.
	RecoveryID Code = "RecoveryID"
	// TokenBlob: it is the structure of SKF tokens (GM/T 0016) and SDF cards (GM/T 0018):
	// r and s in 64 bytes each, 128 bytes.
	TokenBlob Code = "TokenBlob"
	// NonMinimalInteger: a DER INTEGER begins with a superfluous zero (X.690,
	// section 8.3.2).
	NonMinimalInteger Code = "NonMinimalInteger"
	// NegativeInteger: a DER INTEGER lacks the zero before a high first bit, which
	// makes it negative (X.690, section 8.3.3).
	NegativeInteger Code = "NegativeInteger"
	// NonMinimalLength: a length is BER, in more bytes than DER allows or
	// indefinite (X.690, section 10.1).
	NonMinimalLength Code = "NonMinimalLength"
	// TrailingBytes: bytes follow s or the SEQUENCE, such as Bitcoin's sighash type.
	TrailingBytes Code = "TrailingBytes"
	// Swapped: s stands before r.
	Swapped Code = "Swapped"
	// LittleEndian: r and s, or the RSA signature, have their bytes in reverse.
	LittleEndian Code = "LittleEndian"
	// HighS: s is over n/2 and the verifier requires a low one, see Options.RequireLowS.
	HighS Code = "HighS"
)

// The causes in the message.
const (
	// TrailingNewline: the signed message has a newline at its end that the given
	// one lacks, or the reverse.
	TrailingNewline Code = "TrailingNewline"
	// LineEndings: one has CR LF where the other has LF.
	LineEndings Code = "LineEndings"
	// MessageAsHex: the message was signed as its text in hexadecimal digits.
	MessageAsHex Code = "MessageAsHex"
	// MessageAsBase64: the message was signed as its text in base64.
	MessageAsBase64 Code = "MessageAsBase64"
	// MessageFromHex: the given message is hexadecimal text, and what it stands
	// for was signed.
	MessageFromHex Code = "MessageFromHex"
	// MessageFromBase64: the given message is base64, and what it stands for was
	// signed.
	MessageFromBase64 Code = "MessageFromBase64"
)

// The causes in the digest.
const (
	// HashedTwice: a digest was given where the message belongs.
	HashedTwice Code = "HashedTwice"
	// DigestAsHex: the hexadecimal text of a digest was given where the message
	// belongs.
	DigestAsHex Code = "DigestAsHex"
	// DigestAsBase64: the base64 text of a digest was given where the message
	// belongs.
	DigestAsBase64 Code = "DigestAsBase64"
	// NotHashed: the message was given where the digest belongs.
	NotHashed Code = "NotHashed"
	// OtherHash: another hash function than the pair's, such as SHA-1, SHA-384,
	// SHA-512 or Keccak-256.
	OtherHash Code = "OtherHash"
	// EthereumMessage: the message was signed with the prefix of personal_sign
	// (ERC-191, version 0x45) and Keccak-256.
	EthereumMessage Code = "EthereumMessage"
)

// The causes in SM2's digest.
const (
	// WithoutZA: the digest is SM3(M), not SM3(Z(A) || M).
	WithoutZA Code = "WithoutZA"
	// UnderEmptyID: Z(A) was made with the empty id.
	UnderEmptyID Code = "UnderEmptyID"
	// UnderDefaultID: Z(A) was made with the default id.
	UnderDefaultID Code = "UnderDefaultID"
	// UnderOtherID: Z(A) was made with another of the given ids, see Options.TryIDs.
	UnderOtherID Code = "UnderOtherID"
	// IDAsHex: Z(A) was made with the hexadecimal text of an id.
	IDAsHex Code = "IDAsHex"
	// ZAOfOtherKey: Z(A) was made with another public key, see Options.TryKeys.
	ZAOfOtherKey Code = "ZAOfOtherKey"
	// ZASignedIntegers: Z(A) was made of signed big integers, which have a sign byte
	// before a first bit of one.
	ZASignedIntegers Code = "ZASignedIntegers"
	// ZAWithoutKey: Z(A) was made without the public key.
	ZAWithoutKey Code = "ZAWithoutKey"
	// ZAPointPrefix: the byte 04 of an uncompressed point entered Z(A).
	ZAPointPrefix Code = "ZAPointPrefix"
	// ZALeadingZeros: leading zeros of the public key's coordinates were cut off before
	// Z(A), in bytes or in hexadecimal digits.
	ZALeadingZeros Code = "ZALeadingZeros"
	// ZAIDLength: ENTL, the length of the id in Z(A), is missing, in bytes instead of
	// bits, or little-endian.
	ZAIDLength Code = "ZAIDLength"
	// ZAAsHex: the hexadecimal text of Z(A) was hashed in place of its bytes.
	ZAAsHex Code = "ZAAsHex"
	// SHA256NotSM3: the digest was made with SHA-256.
	SHA256NotSM3 Code = "SHA256NotSM3"
)

// The causes in RSA's padding.
const (
	// PSSNotPKCS1: it is RSASSA-PSS where RSASSA-PKCS1-v1_5 was meant.
	PSSNotPKCS1 Code = "PSSNotPKCS1"
	// PKCS1NotPSS: it is RSASSA-PKCS1-v1_5 where RSASSA-PSS was meant.
	PKCS1NotPSS Code = "PKCS1NotPSS"
	// PSSSaltLength: the PSS salt is not 32 bytes long.
	PSSSaltLength Code = "PSSSaltLength"
	// PSSMGF1Hash: MGF1 of PSS runs on another hash than SHA-256.
	PSSMGF1Hash Code = "PSSMGF1Hash"
	// PSSHash: PSS runs on another hash than the one that made the digest.
	PSSHash Code = "PSSHash"
	// NoDigestInfo: PKCS #1 padding stands around the bare digest, without the
	// DigestInfo that names the hash (RFC 8017, section 9.2).
	NoDigestInfo Code = "NoDigestInfo"
	// WrongDigestInfo: the DigestInfo names another hash than the one that made the
	// digest, or is not in the form of RFC 8017, section 9.2.
	WrongDigestInfo Code = "WrongDigestInfo"
	// NoPadding: the digest was signed without any padding.
	NoPadding Code = "NoPadding"
)
