// SPDX-License-Identifier: Apache-2.0

//go:build !purego

package diagnose_test

const purego = false
