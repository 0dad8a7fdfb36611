// SPDX-License-Identifier: Apache-2.0

//go:build !race

package signertest

const raceEnabled = false
