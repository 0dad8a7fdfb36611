// Package secp256k1 is ECDSA on the curve secp256k1 (SEC 2, version 2, section
// 2.4.1): signing in constant time, and verification.
package secp256k1
