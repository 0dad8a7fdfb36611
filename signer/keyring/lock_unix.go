// SPDX-License-Identifier: Apache-2.0

//go:build darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd

package keyring

import (
	"io"
	"os"
	"syscall"

	"github.com/kmsigner/kmsigner/errors"
)

var errInUse = errors.New("in use")

// lockFile takes an exclusive flock on the lock file, without waiting. The system
// lets go of it when the process ends, however it ends. The file is never removed:
// two processes could then each hold a lock of this name.
func lockFile(root *os.Root, _ string) (io.Closer, error) {
	file, err := root.OpenFile(lockName, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err != syscall.EINTR {
			break
		}
	}
	if err == nil {
		return file, nil
	}
	file.Close()
	if err == syscall.EWOULDBLOCK {
		return nil, errInUse
	}
	return nil, err
}
