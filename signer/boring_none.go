//go:build !boringcrypto

package signer

func boringCrypto() bool { return false }
