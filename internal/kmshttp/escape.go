// SPDX-License-Identifier: Apache-2.0

package kmshttp

import "slices"

const upperHex = "0123456789ABCDEF"

// isUnreserved has the bytes that RFC 3986, section 2.3, leaves as they are.
var isUnreserved = func() (t [256]bool) {
	for _, c := range []byte("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~") {
		t[c] = true
	}
	return t
}()

func unreserved(c byte) bool { return isUnreserved[c] }

// AppendEscaped appends s in the only percent-encoding that is ever signed:
// RFC 3986's unreserved characters as they are, every other byte as %XX in upper
// case.
func AppendEscaped(dst []byte, s string) []byte {
	dst = slices.Grow(dst, len(s))
	plain := 0 // the start of what is not appended yet
	for i := 0; i < len(s); i++ {
		if c := s[i]; !unreserved(c) {
			dst = append(append(dst, s[plain:i]...), '%', upperHex[c>>4], upperHex[c&15])
			plain = i + 1
		}
	}
	return append(dst, s[plain:]...)
}
