// SPDX-License-Identifier: Apache-2.0

package keyring

import (
	"os"

	"github.com/kmsigner/kmsigner/errors"
)

// The reserve is a file that keeps as much room on the disk as a manifest needs,
// so that a key can be disabled when the disk is full: the manifest is then
// written over it, which takes no new blocks on file systems that write in place,
// and renamed. The blocks of the old manifest become free, for another reserve.

// fillReserve makes the reserve large enough for the present manifest and some
// growth. Without room for it there is none.
func (f *folder) fillReserve() {
	need := int64(len(f.file))
	info, err := f.root.Lstat(reserveName)
	if err == nil && (!info.Mode().IsRegular() || info.Size() >= need+need/8) {
		return
	}
	file, err := f.root.OpenFile(reserveName, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return
	}
	_, err = file.Write(make([]byte, need+need/4+1<<12))
	if err == nil {
		err = file.Sync()
	}
	file.Close()
	if err != nil { // a part of it would only waste what little room there is
		_ = f.root.Remove(reserveName)
	}
}

// useReserve writes data over the reserve, down to the disk.
func (f *folder) useReserve(data []byte) error {
	if err := f.before("use", reserveName); err != nil {
		return err
	}
	if info, err := f.root.Lstat(reserveName); err != nil || !info.Mode().IsRegular() {
		return errors.New("there is no reserve")
	}
	file, err := f.root.OpenFile(reserveName, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = file.WriteAt(data, 0)
	if err == nil {
		err = file.Truncate(int64(len(data)))
	}
	if err == nil {
		err = file.Sync()
	}
	if e := file.Close(); err == nil {
		err = e
	}
	return err
}
