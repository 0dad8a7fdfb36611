// SPDX-License-Identifier: Apache-2.0

package keyring

import (
	"io"
	"os"
	"syscall"

	"github.com/kmsigner/kmsigner/errors"
)

var errInUse = errors.New("in use")

// errSharingViolation is ERROR_SHARING_VIOLATION of winerror.h.
const errSharingViolation syscall.Errno = 32

// lockFile opens the lock file without sharing it. The system closes it when the
// process ends, however it ends.
func lockFile(_ *os.Root, path string) (io.Closer, error) {
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return nil, err
	}
	const shared = 0
	h, err := syscall.CreateFile(name, syscall.GENERIC_READ|syscall.GENERIC_WRITE, shared, nil,
		syscall.OPEN_ALWAYS, syscall.FILE_ATTRIBUTE_NORMAL, 0)
	if err == errSharingViolation {
		return nil, errInUse
	}
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(h), path), nil
}
