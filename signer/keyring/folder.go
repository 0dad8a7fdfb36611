package keyring

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"

	"github.com/kmsigner/kmsigner/errors"
)

const (
	manifestName = "manifest.json"
	lockName     = "lock"
	keySuffix    = ".pem"
	tempSuffix   = ".tmp"

	maxManifest = 1 << 30
	maxKeyFile  = 1 << 16
)

// A folder is the durable half of a keyring. All but the encryption of a vault is
// used under the keyring's mutex.
type folder struct {
	path    string // absolute, for messages
	root    *os.Root
	lock    io.Closer
	vault   *vault
	written []byte          // the manifest's covered part, as it is in the folder
	files   map[string]bool // the key files that the manifest names
	broken  bool            // nobody knows which manifest the disk has
	step    func(op, name string) error
}

// openFolder opens the folder, not yet locked.
func openFolder(dir string, step func(op, name string) error) (*folder, error) {
	path, err := pathOf(dir)
	if err != nil {
		return nil, err
	}
	f := &folder{path: path, files: make(map[string]bool), step: step}
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
	if permits(info, 0o002) {
		return nil, invalid("Dir", path+" may be written to by everybody: chmod 700 it")
	}
	if f.root, err = os.OpenRoot(path); err != nil {
		return nil, unavailable(path, "the folder cannot be opened", err)
	}
	return f, nil
}

// acquire locks the folder.
func (f *folder) acquire() (err error) {
	f.lock, err = lockFile(f.root, f.at(lockName))
	if errors.Is(err, errInUse) {
		return &errors.Error{Code: errors.Unavailable, Param: "Dir", Reason: f.path + " is in use by another keyring"}
	}
	if err != nil {
		return unavailable(f.path, "the folder cannot be locked", err)
	}
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

// save makes the folder hold the snapshot: first the key files that are new, then
// the manifest, whose rename is the moment at which the change is done. If it
// fails, the folder still holds what it held.
func (f *folder) save(s *snapshot) error {
	if f.broken {
		return &errors.Error{Code: errors.Unavailable, Param: "Dir",
			Reason: f.path + ": an earlier change could not be made durable: open the folder again"}
	}
	covered := describe(s, f.vault.kdf).covered()
	if bytes.Equal(covered, f.written) {
		return nil // it concerns only keys held elsewhere, or nothing
	}
	var fresh []string
	discard := func() {
		for _, name := range fresh {
			f.remove(name) // if this fails too, the file stays and is ignored
		}
	}
	for _, e := range s.keys {
		for _, v := range e.Versions {
			name := keyFileName(v.KeyID, v.VersionID)
			if e.HeldElsewhere || f.files[name] {
				continue
			}
			fresh = append(fresh, name)
			if _, err := f.replace(name, v.material.file); err != nil {
				discard()
				return err
			}
		}
	}
	done, err := f.replace(manifestName, sealed(covered, f.vault.mac(covered)))
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
	f.written = covered
	for _, name := range fresh {
		f.files[name] = true
	}
	return nil
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
	if err != nil {
		return true, unavailable(f.at(name), "it cannot be made durable", err)
	}
	return true, nil
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
	if f.step == nil {
		return nil
	}
	return f.step(op, name)
}

// read returns the content of a regular file.
func (f *folder) read(name string, most int64) ([]byte, error) {
	info, err := f.root.Lstat(name)
	if err != nil {
		return nil, unavailable(f.at(name), "it cannot be read", err)
	}
	switch {
	case !info.Mode().IsRegular():
		return nil, f.damaged(name, "it is not a regular file")
	case permits(info, 0o007):
		return nil, invalid("Dir", f.at(name)+" is open to everybody: chmod 600 it")
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

func unavailable(path, fact string, err error) error {
	return &errors.Error{Code: errors.Unavailable, Param: "Dir", Reason: path + ": " + fact, Err: err}
}

func keyFileName(keyID, versionID string) string { return keyID + "." + versionID + keySuffix }

// permits reports whether somebody has any of the rights. Windows and WASI have
// other means for that, which do not show in a mode.
func permits(info fs.FileInfo, rights fs.FileMode) bool {
	return runtime.GOOS != "windows" && runtime.GOOS != "wasip1" && info.Mode().Perm()&rights != 0
}

// syncDir makes the names in a folder durable.
func syncDir(root *os.Root) error {
	if runtime.GOOS == "windows" || runtime.GOOS == "plan9" {
		return nil // folders cannot be synced there
	}
	dir, err := root.Open(".")
	if err != nil {
		return err
	}
	defer dir.Close()
	if err := dir.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) { // EINVAL: this file system has no such thing
		return err
	}
	return nil
}
