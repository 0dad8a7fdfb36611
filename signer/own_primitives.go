// SPDX-License-Identifier: Apache-2.0

//go:build purego || boringcrypto

package signer

const primitivesOnly = true
