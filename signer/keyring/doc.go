// Package keyring holds signing keys under ids, versions, aliases and states.
package keyring
