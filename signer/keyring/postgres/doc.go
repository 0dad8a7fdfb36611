// SPDX-License-Identifier: Apache-2.0

// Package postgres holds signing keys in PostgreSQL, for front ends of more than one
// process: its Keyring is a keyring.Manager.
package postgres
