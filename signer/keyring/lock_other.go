// SPDX-License-Identifier: Apache-2.0

//go:build !(darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd || windows)

package keyring

import (
	"io"
	"os"

	"github.com/kmsigner/kmsigner/errors"
)

var errInUse = errors.New("in use")

// lockFile only makes the file: this system has no lock that ends with its
// process. The package documentation says so.
func lockFile(root *os.Root, _ string) (io.Closer, error) {
	return root.OpenFile(lockName, os.O_RDWR|os.O_CREATE, 0o600)
}
