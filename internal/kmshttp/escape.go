package kmshttp

import "slices"

const upperHex = "0123456789ABCDEF"

// unreserved reports whether RFC 3986, section 2.3, leaves the byte as it is.
func unreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_' || c == '.' || c == '~'
}

// AppendEscaped appends s in the only percent-encoding that is ever signed:
// RFC 3986's unreserved characters as they are, every other byte as %XX in upper
// case.
func AppendEscaped(dst []byte, s string) []byte {
	dst = slices.Grow(dst, len(s))
	for i := 0; i < len(s); i++ {
		if c := s[i]; unreserved(c) {
			dst = append(dst, c)
		} else {
			dst = append(dst, '%', upperHex[c>>4], upperHex[c&15])
		}
	}
	return dst
}
