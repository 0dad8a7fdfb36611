//go:build !purego

package signer_test

const purego = false
