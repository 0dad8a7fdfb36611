//go:build purego

package diagnose_test

const purego = true
