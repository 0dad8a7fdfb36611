// Package interop has, for each library that docs/interop.md names, the shortest code
// that makes it sign with a signer.Signer. The tests check each result with an
// implementation that had no part in it: OpenSSL, OpenSSH, Node.js, or the library's own
// verification. The Markdown shows these functions.
package interop
