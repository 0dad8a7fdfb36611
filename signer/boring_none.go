// SPDX-License-Identifier: Apache-2.0

//go:build !boringcrypto

package signer

func boringCrypto() bool { return false }
