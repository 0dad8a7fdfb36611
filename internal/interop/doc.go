// SPDX-License-Identifier: Apache-2.0

// Package interop has, for each library that docs/interop.md names, the shortest code
// that makes it sign with a signer.Signer. The tests check each result: with OpenSSL,
// OpenSSH, Node.js or the standard library where these know its form, otherwise with the
// library's own verification. The document shows these functions.
package interop
