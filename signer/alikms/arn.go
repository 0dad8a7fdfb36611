// SPDX-License-Identifier: Apache-2.0

package alikms

import (
	"strings"

	"github.com/kmsigner/kmsigner/internal/kmshttp"
)

// resolveARN returns the ID of a key ARN, "acs:kms:REGION:ACCOUNT:key/ID", and
// every other name as it is. Region and account are not compared with anything.
func resolveARN(keyID string) (string, error) {
	rest, ok := strings.CutPrefix(keyID, "acs:")
	if !ok {
		return keyID, nil
	}
	parts := strings.SplitN(rest, ":", 5)
	if len(parts) == 4 && parts[0] == "kms" && isWord(parts[1]) && isWord(parts[2]) {
		// An alias is no ID, though it would be found.
		if id, ok := strings.CutPrefix(parts[3], "key/"); ok && isWord(id) {
			return id, nil
		}
	}
	return "", kmshttp.Invalid("KeyId", "a key ARN is acs:kms:REGION:ACCOUNT:key/ID")
}

// isWord reports whether s is made of letters, digits, '-' and '_', one at least.
func isWord(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !('0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '-' || c == '_') {
			return false
		}
	}
	return s != ""
}
