//go:build purego || boringcrypto

package signer

const primitivesOnly = true
