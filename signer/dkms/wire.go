// SPDX-License-Identifier: Apache-2.0

package dkms

import (
	"unicode/utf8"

	"github.com/kmsigner/kmsigner/internal/kmshttp"
	"google.golang.org/protobuf/encoding/protowire"
)

// A field is where the value of a protobuf field goes: a string or bytes. The API's
// requests have no others.
type field struct {
	number protowire.Number
	text   *string
	bytes  *[]byte
}

// decode reads a message of the wire format of Protocol Buffers
// (protobuf.dev/programming-guides/encoding). Unknown fields are skipped, groups
// among them; of a field that is given more than once, the last one counts. What is
// not a message, a known field of another wire type, and text that is not UTF-8 are
// InvalidParameter. The values of bytes fields are slices of b.
func decode(b []byte, fields ...field) error {
	for len(b) > 0 {
		number, wireType, n := protowire.ConsumeTag(b)
		if n < 0 || number > protowire.MaxValidNumber {
			return malformed
		}
		b = b[n:]
		f := find(fields, number)
		if f == nil {
			if n = protowire.ConsumeFieldValue(number, wireType, b); n < 0 {
				return malformed
			}
			b = b[n:]
			continue
		}
		if wireType != protowire.BytesType {
			return malformed
		}
		value, n := protowire.ConsumeBytes(b)
		if n < 0 || f.text != nil && !utf8.Valid(value) {
			return malformed
		}
		b = b[n:]
		if f.text != nil {
			*f.text = string(value)
		} else {
			*f.bytes = value
		}
	}
	return nil
}

var malformed = kmshttp.Invalid("", "the body is not the protobuf message of this operation")

func find(fields []field, number protowire.Number) *field {
	for i := range fields {
		if fields[i].number == number {
			return &fields[i]
		}
	}
	return nil
}

func decodeSign(b []byte) (r SignRequest, err error) {
	return r, decode(b, field{1, &r.KeyId, nil}, field{2, nil, &r.Digest}, field{3, &r.Algorithm, nil},
		field{4, nil, &r.Message}, field{5, &r.MessageType, nil})
}

func decodeVerify(b []byte) (r VerifyRequest, err error) {
	return r, decode(b, field{1, &r.KeyId, nil}, field{2, nil, &r.Digest}, field{3, nil, &r.Signature},
		field{4, &r.Algorithm, nil}, field{5, nil, &r.Message}, field{6, &r.MessageType, nil})
}

func decodeGetPublicKey(b []byte) (r GetPublicKeyRequest, err error) {
	return r, decode(b, field{1, &r.KeyId, nil})
}

// The messages of answers. A value that is zero is not written, as proto3 has it.

func (r SignResponse) encode() []byte {
	b := appendText(nil, 1, r.KeyId)
	b = appendText(b, 2, string(r.Signature))
	b = appendText(b, 3, r.RequestId)
	b = appendText(b, 4, r.Algorithm)
	return appendText(b, 5, r.MessageType)
}

func (r VerifyResponse) encode() []byte {
	b := appendText(nil, 1, r.KeyId)
	b = appendNumber(b, 2, protowire.EncodeBool(r.Value))
	b = appendText(b, 3, r.RequestId)
	b = appendText(b, 4, r.Algorithm)
	return appendText(b, 5, r.MessageType)
}

func (r GetPublicKeyResponse) encode() []byte {
	b := appendText(nil, 1, r.KeyId)
	b = appendText(b, 2, r.PublicKey)
	return appendText(b, 3, r.RequestId)
}

func encodeError(status int, code, message, requestID string) []byte {
	b := appendNumber(nil, 1, uint64(status))
	b = appendText(b, 2, code)
	b = appendText(b, 3, message)
	return appendText(b, 4, requestID)
}

func appendText(b []byte, number protowire.Number, value string) []byte {
	if value == "" {
		return b
	}
	return protowire.AppendString(protowire.AppendTag(b, number, protowire.BytesType), value)
}

func appendNumber(b []byte, number protowire.Number, value uint64) []byte {
	if value == 0 {
		return b
	}
	return protowire.AppendVarint(protowire.AppendTag(b, number, protowire.VarintType), value)
}
