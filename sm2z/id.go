// SPDX-License-Identifier: Apache-2.0

package sm2z

import (
	"encoding/hex"
	"strconv"
	"unicode"
	"unicode/utf8"

	"github.com/kmsigner/kmsigner/errors"
)

const (
	defaultID = "1234567812345678"
	maxIDSize = 1<<16/8 - 1 // ENTL counts bits in 16 bits
)

// An ID is the user id of an SM2 signer, GB/T 32918.2's ID(A). IDs are
// comparable with ==; the zero value is the default id.
type ID struct {
	kind  idKind
	value string
}

type idKind uint8

const (
	isDefault idKind = iota // the zero ID
	isEmpty
	isCustom
)

// DefaultID returns the id "1234567812345678", the zero value of ID.
func DefaultID() ID { return ID{} }

// EmptyID returns the id of no bytes, ENTL = 0. Sign with it only for a side that
// verifies so, such as OpenSSL before 4.0 without distid.
func EmptyID() ID { return ID{kind: isEmpty} }

// NewID returns the id that consists of these bytes, 1 to 8,191 of them. It
// returns InvalidParameter of "ID" for none ([EmptyID] and [DefaultID] say which
// of the two is meant) and for more. NewID of the default id's bytes equals
// [DefaultID]. The slice is not kept.
func NewID(id []byte) (ID, error) {
	switch {
	case len(id) == 0:
		return ID{}, invalid("ID", "no bytes: EmptyID is the id of no bytes, DefaultID the usual one")
	case len(id) > maxIDSize:
		return ID{}, invalid("ID", "an id has at most "+strconv.Itoa(maxIDSize)+" bytes, got "+strconv.Itoa(len(id)))
	case string(id) == defaultID:
		return ID{}, nil
	}
	return ID{isCustom, string(id)}, nil
}

// Bytes returns the bytes that enter Z(A): 16 for the default id, none for the
// empty one. The slice is the caller's.
func (id ID) Bytes() []byte { return []byte(id.bytes()) }

func (id ID) bytes() string {
	if id.kind == isDefault {
		return defaultID
	}
	return id.value
}

// String names the id for people: default, empty, the quoted text, or
// hexadecimal digits if it is not text.
func (id ID) String() string {
	switch {
	case id.kind == isDefault:
		return "default " + strconv.Quote(defaultID)
	case id.kind == isEmpty:
		return "empty"
	case isText(id.value):
		return strconv.Quote(id.value)
	default:
		return "0x" + hex.EncodeToString([]byte(id.value))
	}
}

func isText(s string) bool {
	for _, r := range s {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}

func invalid(param, reason string) error {
	return &errors.Error{Code: errors.InvalidParameter, Param: param, Reason: reason}
}
