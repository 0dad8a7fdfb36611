// SPDX-License-Identifier: Apache-2.0

//go:build !purego

package signer

const purego = false
