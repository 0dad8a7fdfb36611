// SPDX-License-Identifier: Apache-2.0

package dkms

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
)

// schema has the messages of the API, for the implementation of Protocol Buffers that
// the package does without.
var schema = func() protoreflect.MessageDescriptors {
	const text, data, flag, number = descriptorpb.FieldDescriptorProto_TYPE_STRING,
		descriptorpb.FieldDescriptorProto_TYPE_BYTES,
		descriptorpb.FieldDescriptorProto_TYPE_BOOL, descriptorpb.FieldDescriptorProto_TYPE_INT32
	type field struct {
		name string
		kind descriptorpb.FieldDescriptorProto_Type
	}
	message := func(name string, fields ...field) *descriptorpb.DescriptorProto {
		m := &descriptorpb.DescriptorProto{Name: &name}
		for i, f := range fields {
			m.Field = append(m.Field, &descriptorpb.FieldDescriptorProto{
				Name: proto.String(f.name), Number: proto.Int32(int32(i + 1)), Type: f.kind.Enum(),
				Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum(), JsonName: proto.String(f.name),
			})
		}
		return m
	}
	file, err := protodesc.NewFile(&descriptorpb.FileDescriptorProto{
		Name: proto.String("instance.proto"), Syntax: proto.String("proto3"),
		MessageType: []*descriptorpb.DescriptorProto{
			message("SignRequest", field{"KeyId", text}, field{"Digest", data}, field{"Algorithm", text},
				field{"Message", data}, field{"MessageType", text}),
			message("SignResponse", field{"KeyId", text}, field{"Signature", data}, field{"RequestId", text},
				field{"Algorithm", text}, field{"MessageType", text}),
			message("VerifyRequest", field{"KeyId", text}, field{"Digest", data}, field{"Signature", data},
				field{"Algorithm", text}, field{"Message", data}, field{"MessageType", text}),
			message("VerifyResponse", field{"KeyId", text}, field{"Value", flag}, field{"RequestId", text},
				field{"Algorithm", text}, field{"MessageType", text}),
			message("GetPublicKeyRequest", field{"KeyId", text}),
			message("GetPublicKeyResponse", field{"KeyId", text}, field{"PublicKey", text}, field{"RequestId", text}),
			message("Error", field{"StatusCode", number}, field{"ErrorCode", text}, field{"ErrorMessage", text},
				field{"RequestId", text}),
		},
	}, nil)
	if err != nil {
		panic(err)
	}
	return file.Messages()
}()

func newMessage(name string) *dynamicpb.Message {
	return dynamicpb.NewMessage(schema.ByName(protoreflect.Name(name)))
}

// fields are the values of a message that are not zero.
func fields(m *dynamicpb.Message) map[string]any {
	values := map[string]any{}
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		values[string(f.Name())] = v.Interface()
		return true
	})
	return values
}

// present keeps the values that are not zero.
func present(values map[string]any) map[string]any {
	for name, v := range values {
		switch v := v.(type) {
		case string:
			if v == "" {
				delete(values, name)
			}
		case []byte:
			if len(v) == 0 {
				delete(values, name)
			}
		}
	}
	return values
}

// Requests are read as google.golang.org/protobuf reads them, but for a known field of
// another wire type: that skips it as an unknown one, here it is an error.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(nil))
	f.Add([]byte("\n\x05key-1\"\x0bhello world"))
	f.Fuzz(func(t *testing.T, b []byte) {
		before := bytes.Clone(b)
		for name, decode := range map[string]func() (map[string]any, error){
			"SignRequest": func() (map[string]any, error) {
				r, err := decodeSign(b)
				return map[string]any{"KeyId": r.KeyId, "Digest": r.Digest, "Algorithm": r.Algorithm, "Message": r.Message,
					"MessageType": r.MessageType}, err
			},
			"VerifyRequest": func() (map[string]any, error) {
				r, err := decodeVerify(b)
				return map[string]any{
					"KeyId": r.KeyId, "Digest": r.Digest, "Signature": r.Signature, "Algorithm": r.Algorithm, "Message": r.Message,
					"MessageType": r.MessageType,
				}, err
			},
			"GetPublicKeyRequest": func() (map[string]any, error) {
				r, err := decodeGetPublicKey(b)
				return map[string]any{"KeyId": r.KeyId}, err
			},
		} {
			theirs := newMessage(name)
			theirErr := proto.Unmarshal(b, theirs)
			ours, err := decode()
			switch {
			case err == nil:
				require.NoError(t, theirErr, name)
				require.Equal(t, fields(theirs), present(ours), name)
			case theirErr == nil:
				require.True(t, hasKnown(theirs), "%s: %x", name, b)
			}
		}
		require.True(t, bytes.Equal(before, b))
	})
}

// hasKnown reports whether what a message has not understood has the number of one of
// its fields.
func hasKnown(m *dynamicpb.Message) bool {
	for b := m.GetUnknown(); len(b) > 0; {
		number, _, n := protowire.ConsumeField(b)
		if n < 0 {
			return false
		}
		if m.Descriptor().Fields().ByNumber(number) != nil {
			return true
		}
		b = b[n:]
	}
	return false
}

// Answers are read by google.golang.org/protobuf with nothing left over, and are the
// bytes that it writes.
func TestEncode(t *testing.T) {
	for name, tt := range map[string]struct {
		encoded []byte
		want    map[string]any
	}{
		"SignResponse": {
			SignResponse{KeyId: "k", KeyVersionId: "v", Signature: []byte{0, 0xff}, RequestId: "r", Algorithm: "a",
				MessageType: "m"}.encode(),
			map[string]any{"KeyId": "k", "Signature": []byte{0, 0xff}, "RequestId": "r", "Algorithm": "a", "MessageType": "m"},
		},
		"VerifyResponse": {
			VerifyResponse{KeyId: "k", KeyVersionId: "v", Value: true, RequestId: "r", Algorithm: "a",
				MessageType: "m"}.encode(),
			map[string]any{"KeyId": "k", "Value": true, "RequestId": "r", "Algorithm": "a", "MessageType": "m"},
		},
		"GetPublicKeyResponse": {
			GetPublicKeyResponse{KeyId: "k", KeyVersionId: "v", PublicKey: "p", RequestId: "r"}.encode(),
			map[string]any{"KeyId": "k", "PublicKey": "p", "RequestId": "r"},
		},
		"Error": {
			encodeError(404, "c", "m", "r"),
			map[string]any{"StatusCode": int32(404), "ErrorCode": "c", "ErrorMessage": "m", "RequestId": "r"},
		},
	} {
		m := newMessage(name)
		require.NoError(t, proto.Unmarshal(tt.encoded, m))
		require.Empty(t, m.GetUnknown())
		require.Equal(t, tt.want, fields(m), name)
		again, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
		require.NoError(t, err)
		require.Equal(t, again, tt.encoded, name)
	}
	require.Empty(t, SignResponse{}.encode())
	require.Empty(t, VerifyResponse{}.encode())
	require.Empty(t, GetPublicKeyResponse{}.encode())
	require.Empty(t, encodeError(0, "", "", ""))
}
