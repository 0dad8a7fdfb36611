// SPDX-License-Identifier: Apache-2.0

package keyring

import (
	"bytes"
	stderrors "errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/kmsigner/kmsigner/errors"
)

const (
	manifestName = "manifest.json"
	lockName     = "lock"
	reserveName  = "reserve"
	tempSuffix   = ".tmp"

	maxManifest = 1 << 30
)

// A folder is the durable half of a keyring. The half that writes is in this file,
// the half that reads in open.go. All but vault and settings are used under the
// keyring's mutex.
type folder struct {
	path     string // absolute, for messages
	root     *os.Root
	lock     io.Closer // nil: read-only
	settings settings
	vault    atomic.Pointer[vault]
	file     []byte          // the manifest as it was read or written last
	covered  []byte          // the part of it that the seal covers, in the present version of the format
	files    map[string]bool // the key files that the manifest names
	broken   bool            // it is unknown which manifest the disk has
	slow     sync.Mutex      // held while a key file of the first version of the format is decrypted
}

// openFolder opens the folder, not yet locked.
func openFolder(dir string, set settings) (*folder, error) {
	path, err := pathOf(dir)
	if err != nil {
		return nil, err
	}
	f := &folder{path: path, settings: set, files: make(map[string]bool)}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, noKeyring(path, "does not exist", err)
	}
	if err != nil {
		return nil, unavailable(path, "the folder cannot be opened", err)
	}
	if !info.IsDir() {
		return nil, invalid("Dir", path+" is not a folder")
	}
	if !set.readOnly && permits(info, 0o002) {
		return nil, invalid("Dir", path+" is writable by all users: chmod 700 it")
	}
	if f.root, err = os.OpenRoot(path); err != nil {
		return nil, unavailable(path, "the folder cannot be opened", err)
	}
	return f, nil
}

// acquire locks the folder. A link in the place of the lock file could lead two
// keyrings to different locks.
func (f *folder) acquire() error {
	info, err := f.root.Lstat(lockName)
	switch {
	case err == nil && !info.Mode().IsRegular():
		return f.noRegularFile(lockName, info)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return unavailable(f.path, "the folder cannot be locked", err)
	}
	lock, err := lockFile(f.root, f.at(lockName))
	if errors.Is(err, errInUse) {
		return &errors.Error{Code: errors.Unavailable, Param: "Dir", Reason: f.path + " is in use by another keyring"}
	}
	if err != nil {
		return unavailable(f.path, "the folder cannot be locked", err)
	}
	f.lock = lock
	return nil
}

// makeDir makes the last element of dir, durably, if it is not there.
func makeDir(dir string) error {
	path, err := pathOf(dir)
	if err != nil {
		return err
	}
	if err = os.Mkdir(path, 0o700); errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err == nil {
		var parent *os.Root
		if parent, err = os.OpenRoot(filepath.Dir(path)); err == nil {
			err = syncDir(parent)
			parent.Close()
		}
	}
	if err != nil {
		return unavailable(path, "the folder cannot be made", err)
	}
	return nil
}

func pathOf(dir string) (string, error) {
	if dir == "" {
		return "", invalid("Dir", "it is empty")
	}
	path, err := filepath.Abs(dir)
	if err != nil {
		return "", unavailable(dir, "its place in the file system is not known", err)
	}
	return path, nil
}

func noKeyring(path, fact string, err error) error {
	return &errors.Error{Code: errors.InvalidParameter, Param: "Dir", Err: err, Reason: path + " " + fact +
		": check the path and whether its volume is mounted; only Create makes a keyring"}
}

// close releases the folder; a second time it does nothing.
func (f *folder) close() error {
	if f.root == nil {
		return nil
	}
	err := f.root.Close()
	f.root = nil
	if f.lock != nil {
		if e := f.lock.Close(); err == nil {
			err = e
		}
	}
	if err != nil {
		return unavailable(f.path, "the folder cannot be released", err)
	}
	return nil
}

// save makes the folder hold the snapshot under this vault: first the key files
// that are new, then the manifest, whose rename is the moment at which the change
// is done; then the key files that it does not name any more go. If it fails, the
// folder still holds what it held. An urgent change may use the reserve.
func (f *folder) save(s *snapshot, v *vault, urgent bool) error {
	if f.broken {
		return &errors.Error{Code: errors.Unavailable, Param: "Dir",
			Reason: f.path + ": an earlier change could not be made durable: open the folder again"}
	}
	covered := cover(head(v), s.lines())
	if bytes.Equal(covered, f.covered) {
		return nil // it concerns only keys held elsewhere, or nothing
	}
	var fresh []string
	discard := func() {
		for _, name := range fresh {
			f.remove(name) // if this fails too, the file stays and is ignored
		}
	}
	files := make(map[string]bool, len(f.files)+1)
	for _, e := range s.keys {
		if e.HeldElsewhere {
			continue
		}
		for _, v := range e.Versions {
			file := v.material.file
			files[file.name] = true
			if f.files[file.name] {
				continue
			}
			fresh = append(fresh, file.name)
			if _, err := f.replace(file.name, file.data); err != nil {
				discard()
				return err
			}
		}
	}
	text := sealed(covered, v.mac(covered))
	temp := manifestName + tempSuffix
	if err := f.write(temp, text); err != nil {
		f.remove(temp)
		if !urgent || f.useReserve(text) != nil {
			discard()
			return unavailable(f.at(manifestName), "it cannot be written", err)
		}
		temp = reserveName
	}
	done, err := f.rename(temp, manifestName)
	if err != nil && !done {
		discard()
		return err
	}
	if err != nil {
		// The new manifest is in place and may or may not survive a loss of power.
		// Its key files must stay, and nothing may be built on either of the two.
		f.broken = true
		return err
	}
	for name := range f.files {
		if !files[name] {
			f.remove(name)
		}
	}
	f.file, f.covered, f.files = text, text[:len(covered)], files
	f.vault.Store(v)
	f.fillReserve()
	return nil
}

// lines are the keys in the manifest. Keys held elsewhere are not in it.
func (s *snapshot) lines() [][]byte {
	lines := make([][]byte, 0, len(s.keys))
	for _, e := range s.keys {
		if e.HeldElsewhere {
			continue
		}
		if e.line == nil {
			e.line = describe(e.Key).line()
		}
		lines = append(lines, e.line)
	}
	return lines
}

// replace puts data under a name so that the name has either the old or the new
// content whenever the process or the machine stops. It reports whether the name
// has the new content already, which is possible with an error too.
func (f *folder) replace(name string, data []byte) (done bool, err error) {
	temp := name + tempSuffix
	if err := f.write(temp, data); err != nil {
		f.remove(temp)
		return false, unavailable(f.at(name), "it cannot be written", err)
	}
	return f.rename(temp, name)
}

// rename is the second half of replace.
func (f *folder) rename(temp, name string) (done bool, err error) {
	if name == manifestName {
		if err := f.stillOurs(); err != nil {
			f.remove(temp)
			return false, err
		}
	}
	if err = f.before("rename", name); err == nil {
		err = f.root.Rename(temp, name)
	}
	if err != nil {
		f.remove(temp)
		return false, unavailable(f.at(name), "it cannot be put in place", err)
	}
	if err = f.before("sync folder", name); err == nil {
		err = syncDir(f.root)
	}
	if err != nil && !cannotSync(err) {
		return true, unavailable(f.at(name), "it cannot be made durable", err)
	}
	return true, nil
}

// stillOurs compares the manifest in the folder with the one that was read or
// written last: a second writer, whom a removed lock file or a file system without
// locks has let in, must not lose its changes without a word.
func (f *folder) stillOurs() error {
	data, err := f.read(manifestName, maxManifest)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		data = nil
	case err != nil:
		return unavailable(f.at(manifestName), "it cannot be compared with what was written last", err)
	}
	if !bytes.Equal(data, f.file) {
		return &errors.Error{Code: errors.Unavailable, Param: "Dir",
			Reason: f.at(manifestName) + " was changed or removed by another program: close the keyring and open it again"}
	}
	return nil
}

// write makes a new file, down to the disk.
func (f *folder) write(name string, data []byte) error {
	f.remove(name) // left over if an earlier attempt could not tidy up
	if err := f.before("create", name); err != nil {
		return err
	}
	file, err := f.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err = f.before("write", name); err == nil {
		_, err = file.Write(data)
	}
	if err == nil {
		if err = f.before("sync", name); err == nil {
			err = file.Sync()
		}
	}
	if e := file.Close(); err == nil {
		err = e
	}
	return err
}

func (f *folder) remove(name string) {
	if f.before("remove", name) == nil {
		_ = f.root.Remove(name)
	}
}

// before lets a test fail at any step that changes the folder.
func (f *folder) before(op, name string) error {
	if f.settings.step == nil {
		return nil
	}
	return f.settings.step(op, name)
}

// orphans are the key files that the manifest does not name, sorted: those of an
// interrupted change.
func (f *folder) orphans() ([]string, error) {
	there, err := f.names()
	if err != nil {
		return nil, err
	}
	var orphans []string
	for name := range there {
		if isKeyFile(name) && !f.files[name] {
			orphans = append(orphans, name)
		}
	}
	slices.Sort(orphans)
	return orphans, nil
}

// removeAll removes files, durably.
func (f *folder) removeAll(names []string) error {
	for _, name := range names {
		err := f.before("remove", name)
		if err == nil {
			err = f.root.Remove(name)
		}
		if err != nil {
			return unavailable(f.at(name), "it cannot be removed", err)
		}
	}
	if err := syncDir(f.root); err != nil {
		return unavailable(f.path, "the removal of files cannot be made durable", err)
	}
	return nil
}

// read returns the content of a regular file.
func (f *folder) read(name string, most int64) ([]byte, error) {
	stat := f.root.Lstat
	if f.settings.readOnly {
		stat = f.root.Stat // a Secret of Kubernetes is a folder of links
	}
	info, err := stat(name)
	if err != nil {
		return nil, unavailable(f.at(name), "it cannot be read", err)
	}
	switch {
	case !info.Mode().IsRegular():
		return nil, f.noRegularFile(name, info)
	case permits(info, 0o007):
		return nil, invalid("Dir", f.at(name)+" is accessible to all users: chmod 600 it, "+
			"or in a volume of Kubernetes set its defaultMode to 0400")
	case info.Size() > most:
		return nil, f.damaged(name, "it is too large")
	}
	data, err := f.root.ReadFile(name)
	if err != nil {
		return nil, unavailable(f.at(name), "it cannot be read", err)
	}
	return data, nil
}

func (f *folder) at(name string) string { return filepath.Join(f.path, name) }

func (f *folder) damaged(name, fact string) error {
	return &errors.Error{Code: errors.Internal, Param: "Dir", Reason: f.at(name) + ": " + fact}
}

// noRegularFile refuses what is no file of its own.
func (f *folder) noRegularFile(name string, info fs.FileInfo) error {
	if info.Mode()&fs.ModeSymlink != 0 {
		return invalid("Dir", f.at(name)+" is a link, as in a volume that Kubernetes makes of a Secret: "+
			"use OpenReadOnly, or copy the files to a folder of their own")
	}
	return invalid("Dir", f.at(name)+" is not a regular file")
}

func unavailable(path, fact string, err error) error {
	return &errors.Error{Code: errors.Unavailable, Param: "Dir", Reason: path + ": " + fact, Err: err}
}

// permits reports whether the mode has any of the rights. Windows and WASI have
// other means for that, which do not show in a mode.
func permits(info fs.FileInfo, rights fs.FileMode) bool {
	return runtime.GOOS != "windows" && runtime.GOOS != "wasip1" && info.Mode().Perm()&rights != 0
}

// syncDir makes the names in a folder durable, where the system can.
func syncDir(root *os.Root) error {
	if runtime.GOOS == "windows" || runtime.GOOS == "plan9" {
		return nil // folders cannot be synced there
	}
	dir, err := root.Open(".")
	if err != nil {
		return err
	}
	defer dir.Close()
	if err := dir.Sync(); err != nil && !cannotSync(err) {
		return err
	}
	return nil
}

// cannotSync tells a file system that has no way to sync a folder (EINVAL,
// EOPNOTSUPP, ENOSYS) from one that failed to do it.
func cannotSync(err error) bool {
	return errors.Is(err, syscall.EINVAL) || errors.Is(err, stderrors.ErrUnsupported)
}
