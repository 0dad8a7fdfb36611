// SPDX-License-Identifier: Apache-2.0

package keyring

import (
	"crypto/rand"
	"fmt"
	"strconv"
	"strings"

	"github.com/kmsigner/kmsigner/errors"
)

const (
	aliasPrefix    = "alias/"
	reservedPrefix = "alias/acs"
	arnPrefix      = "acs:"

	maxID        = 64
	maxAliasName = 255
)

// A Name is what a request calls a key by: an id or an alias. Exactly one of them is
// set in what ParseName returns.
type Name struct {
	// ID is the id of a key.
	ID string
	// Alias begins with "alias/".
	Alias string
}

// String returns the id or the alias.
func (n Name) String() string { return n.ID + n.Alias }

// ParseName parses the keyID of [Store], for Stores of your own: what begins with
// "alias/" is an alias, anything else an id. It does not look up the key.
//
// It returns InvalidParameter of "KeyId", with a reason that may be shown to a
// client, for an id that is not 1 to 64 letters, digits, '-' and '_', and for an
// alias whose NAME is not 1 to 255 letters, digits, '_', '-' and '/'. A key ARN of
// Alibaba Cloud is no name: package alikms resolves it.
func ParseName(s string) (Name, error) {
	if strings.HasPrefix(s, aliasPrefix) {
		if err := checkAlias("KeyId", s); err != nil {
			return Name{}, err
		}
		return Name{Alias: s}, nil
	}
	if err := CheckID("KeyId", s); err != nil {
		return Name{}, err
	}
	return Name{ID: s}, nil
}

// NewID returns a random UUID (RFC 9562, section 5.4: version 4) in lower case: the id
// of a new key or version.
func NewID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// isUUID reports whether s has the form of what NewID returns.
func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if s[i] != '-' {
				return false
			}
		} else if !('0' <= s[i] && s[i] <= '9' || 'a' <= s[i] && s[i] <= 'f') {
			return false
		}
	}
	return true
}

// CheckID returns InvalidParameter of param, "KeyId" or "KeyVersionId", for what is not
// 1 to 64 letters, digits, '-' and '_'. Ids are not only UUIDs: the providers have
// others ("key-…"). It is for Managers of your own.
func CheckID(param, id string) error {
	if id == "" {
		return invalid(param, "it is empty")
	}
	if len(id) > maxID {
		return invalid(param, "an id is at most "+strconv.Itoa(maxID)+" bytes, got "+strconv.Itoa(len(id)))
	}
	if !consistsOf(id, "-_") {
		return invalid(param, "an id is made of letters, digits, '-' and '_', not "+quote(id))
	}
	return nil
}

// checkAlias refuses what is not "alias/NAME" with a NAME of 1 to 255 letters,
// digits, '_', '-' and '/'.
func checkAlias(param, alias string) error {
	name, ok := strings.CutPrefix(alias, aliasPrefix)
	switch {
	case !ok:
		return invalid(param, `an alias begins with "alias/"`)
	case name == "" || len(name) > maxAliasName:
		return invalid(param, "an alias has 1 to "+strconv.Itoa(maxAliasName)+" bytes after \"alias/\", got "+strconv.Itoa(len(name)))
	case !consistsOf(name, "_-/"):
		return invalid(param, "an alias is made of letters, digits, '_', '-' and '/', not "+quote(alias))
	}
	return nil
}

// CheckNewAlias returns InvalidParameter of "Alias" for what [Keyring.SetAlias] rejects:
// another form than "alias/NAME", with a NAME of 1 to 255 letters, digits, '_', '-' and
// '/', and "alias/acs…", which the provider keeps for itself. It is for Managers of your
// own.
func CheckNewAlias(alias string) error {
	if err := checkAlias("Alias", alias); err != nil {
		return err
	}
	if strings.HasPrefix(alias, reservedPrefix) {
		return invalid("Alias", "aliases that begin with \""+reservedPrefix+"\" are reserved")
	}
	return nil
}

// idOfARN returns the ID of "acs:kms:REGION:ACCOUNT:key/ID".
func idOfARN(arn string) (string, error) {
	parts := strings.Split(arn, ":")
	if len(parts) != 5 || parts[0] != "acs" || parts[1] != "kms" ||
		parts[2] == "" || !consistsOf(parts[2], "-_") || parts[3] == "" || !consistsOf(parts[3], "-_") {
		return "", invalid("KeyId", "a key ARN is acs:kms:REGION:ACCOUNT:key/ID")
	}
	id, ok := strings.CutPrefix(parts[4], "key/")
	if !ok {
		return "", invalid("KeyId", "a key ARN is acs:kms:REGION:ACCOUNT:key/ID")
	}
	return id, CheckID("KeyId", id)
}

// consistsOf reports whether s is made of ASCII letters, digits and the others.
func consistsOf(s, others string) bool {
	for i := range len(s) {
		c := s[i]
		if !('0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || strings.IndexByte(others, c) >= 0) {
			return false
		}
	}
	return true
}

// quote shows the text of a caller in an error: printable, and never a page of it.
func quote(s string) string {
	const most = 40
	if len(s) > most {
		return strconv.Quote(s[:most]) + "…"
	}
	return strconv.Quote(s)
}

func invalid(param, reason string) error {
	return &errors.Error{Code: errors.InvalidParameter, Param: param, Reason: reason}
}
