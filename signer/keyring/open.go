// SPDX-License-Identifier: Apache-2.0

package keyring

import (
	"bytes"
	"crypto"
	"crypto/hmac"
	"crypto/sha256"
	"io/fs"
	"strings"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/keys"
	"github.com/kmsigner/kmsigner/keyspec"
)

// Open opens the keyring in a folder that [Create] made. It never makes one: a
// folder without a manifest may be a wrong path, or a volume that is not mounted,
// and a program that then made new keys would sign with other keys than before.
//
// Open reads the whole folder and verifies that the password is right, that the
// manifest was written with the password, and that every key file is, byte by byte, the
// one that the manifest names. This takes one PBKDF2, some tenths of a second, whatever
// the number of keys. Key files are decrypted when they are first needed, in less than
// a millisecond each for EC keys and some milliseconds for RSA keys. The password is
// not kept. All its bytes count: of a password file, do not pass the line break at the
// end.
//
// A folder of the first version of the format is read too, and becomes one of the
// present version at the next change; see the package documentation. Until then,
// the password is kept in memory.
//
// Close releases the folder. Until then, another Open of it returns Unavailable, in
// this program and in others.
//
// It returns, always naming the folder or the file, and never having changed what
// the folder holds:
//
//   - InvalidParameter of "Dir" for an empty name, a folder that does not exist or
//     holds no manifest, something that is not a folder, a folder that is writable
//     by all users, and a file that is accessible to all users, a link, or not a
//     regular file;
//   - InvalidParameter of "Password" for an empty password and for a wrong one;
//   - Unavailable of "Dir" for a folder that is in use, and for any other error of
//     the operating system;
//   - Internal of "Dir" for a manifest that is damaged or of a later version of
//     this format, and for a key file that is missing, damaged, swapped, or
//     another one than the manifest says.
func Open(dir string, password []byte) (*Keyring, error) {
	return open(dir, password, settings{})
}

// OpenReadOnly opens the keyring in a folder to use its keys and not to change
// them. It needs no right to write, writes nothing and takes no lock, so that any
// number of programs on any number of machines can have the folder open, from a
// read-only mount too, and beside the one that has it open for changes. What the
// keyring holds is what the folder held when it was opened: to see later changes,
// open it again.
//
// It also reads a folder of links, the form in which Kubernetes mounts a Secret, and
// does not check the folder's own mode.
//
// All changes return AccessDenied of "Keyring", ImportSigner included. OpenReadOnly
// returns what Open returns, except the error for a folder that is in use.
func OpenReadOnly(dir string, password []byte) (*Keyring, error) {
	return openReadOnly(dir, password, settings{})
}

func openReadOnly(dir string, password []byte, set settings) (*Keyring, error) {
	set.readOnly = true
	const attempts = 5 // a folder does not change five times in the time that it takes to read it
	for i := 1; ; i++ {
		k, err := open(dir, password, set)
		if !errors.Is(err, errChanged) || i == attempts {
			return k, err
		}
	}
}

// Create makes an empty keyring in a folder, protected by the password, and opens
// it. The folder is made if it does not exist, with mode 0700; its parent must
// exist. The password is not kept.
//
// It returns InvalidParameter of "Dir" for a folder that holds a keyring already, and
// for one that has .pem files, which may be those of a keyring whose manifest is lost.
// Otherwise it returns what Open returns.
func Create(dir string, password []byte) (*Keyring, error) {
	return create(dir, password, settings{})
}

// settings are what tests have otherwise: cheaper, or failing; zero is the default.
type settings struct {
	iterations int        // for a new password; 0: iterations
	encrypt    encryption // nil: encryptKeyFile
	step       func(op, name string) error
	readOnly   bool
}

func (s settings) kdf() manifestKDF {
	if s.iterations != 0 {
		return newKDF(s.iterations)
	}
	return newKDF(iterations)
}

func open(dir string, password []byte, set settings) (*Keyring, error) {
	return use(dir, password, set, (*folder).load)
}

func create(dir string, password []byte, set settings) (*Keyring, error) {
	if len(password) == 0 {
		return nil, invalid("Password", "it is empty")
	}
	if err := makeDir(dir); err != nil {
		return nil, err
	}
	return use(dir, password, set, (*folder).init)
}

// use opens the folder, and takes its content from load or init, which lock it.
func use(dir string, password []byte, set settings, start func(*folder, []byte) (*snapshot, error)) (*Keyring, error) {
	if len(password) == 0 {
		return nil, invalid("Password", "it is empty")
	}
	if set.encrypt == nil {
		set.encrypt = encryptKeyFile
	}
	f, err := openFolder(dir, set)
	if err != nil {
		return nil, err
	}
	s, err := start(f, password)
	if err != nil {
		f.close()
		return nil, err
	}
	k := &Keyring{folder: f}
	k.now.Store(s)
	return k, nil
}

// init makes the folder an empty keyring.
func (f *folder) init(password []byte) (*snapshot, error) {
	if err := f.acquire(); err != nil {
		return nil, err
	}
	there, err := f.names()
	if err != nil {
		return nil, err
	}
	if there[manifestName] {
		return nil, invalid("Dir", f.path+" holds a keyring already: open it")
	}
	for name := range there {
		if strings.HasSuffix(name, keySuffix) {
			return nil, invalid("Dir", f.at(manifestName)+" is missing, although the folder has "+keySuffix+
				" files: restore it, or take another folder")
		}
	}
	kdf := f.settings.kdf()
	root, err := rootOf(password, kdf)
	if err != nil {
		return nil, err
	}
	v, err := newVault(kdf, root)
	if err != nil {
		return nil, err
	}
	s := new(snapshot)
	return s, f.save(s, v, false)
}

// names lists the folder.
func (f *folder) names() (map[string]bool, error) {
	names, err := fs.ReadDir(f.root.FS(), ".")
	if err != nil {
		return nil, unavailable(f.path, "the folder cannot be read", err)
	}
	there := make(map[string]bool)
	for _, n := range names {
		there[n.Name()] = true
	}
	return there, nil
}

// load reads the manifest, then the key files that it names. Others are left
// alone: they belong to no acknowledged change, or to a manifest that may be put
// back.
func (f *folder) load(password []byte) (*snapshot, error) {
	if _, err := f.root.Lstat(manifestName); errors.Is(err, fs.ErrNotExist) { // before there is a lock file
		return nil, f.noManifest(err)
	}
	if !f.settings.readOnly {
		if err := f.acquire(); err != nil {
			return nil, err
		}
	}
	text, err := f.read(manifestName, maxManifest)
	if err != nil {
		return nil, err
	}
	covered, mac, fact := unseal(text)
	if fact != "" {
		return nil, f.damaged(manifestName, fact)
	}
	m, lines, fact := parseManifest(covered)
	if fact != "" {
		return nil, f.damaged(manifestName, fact)
	}
	root, err := rootOf(password, m.KDF)
	if err != nil {
		return nil, err
	}
	h := hmac.New(sha256.New, root)
	h.Write(covered)
	if !hmac.Equal(mac, h.Sum(nil)) {
		reason := "it is not the password of " + f.path + ", or " + manifestName + " was changed without the password"
		if bytes.HasSuffix(password, []byte("\n")) {
			reason += "; it ends in a line break: if it was read from a file, remove that"
		}
		return nil, invalid("Password", reason)
	}
	v, err := m.vault(root)
	if err != nil {
		return nil, f.damaged(manifestName, "its file keys are not those of the password")
	}
	f.vault.Store(v)
	s, err := f.readKeys(m, lines, bytes.Clone(password))
	if err != nil {
		return nil, f.changedMeanwhile(text, err)
	}
	f.file, f.covered = text, cover(head(v), lines)
	if !f.settings.readOnly {
		return s, f.tidy()
	}
	return s, nil
}

// noManifest tells a keyring that has lost its manifest from a folder that is none.
func (f *folder) noManifest(err error) error {
	there, e := f.names()
	if e != nil {
		return e
	}
	for name := range there {
		if isKeyFile(name) {
			return invalid("Dir", f.at(manifestName)+" is missing, although the folder has key files: restore it")
		}
	}
	return noKeyring(f.path, "holds no keyring, it has no "+manifestName, err)
}

// vault returns the vault of a manifest that its root has proven.
func (m manifest) vault(root []byte) (*vault, error) {
	if m.Version == 1 {
		return newVault(m.KDF, root) // the file key is written at the next change
	}
	return openVault(m.KDF, root, m.FileKeys)
}

// errChanged marks what a reader without a lock may see while another program
// changes the folder.
var errChanged = errors.New("the folder was changed while it was read")

// changedMeanwhile marks the error of a reader that has no lock, if the manifest
// is not the one any more that it read.
func (f *folder) changedMeanwhile(text []byte, err error) error {
	if f.settings.readOnly {
		if again, e := f.read(manifestName, maxManifest); e != nil || !bytes.Equal(again, text) {
			return unavailable(f.path, "it cannot be read", errChanged)
		}
	}
	return err
}

// tidy removes what interrupted changes have left half-written, and makes the
// reserve.
func (f *folder) tidy() error {
	there, err := f.names()
	if err != nil {
		return err
	}
	for name := range there {
		if ours, ok := strings.CutSuffix(name, tempSuffix); ok && (ours == manifestName || isKeyFile(ours)) {
			f.remove(name)
		}
	}
	f.fillReserve()
	return nil
}

func (f *folder) readKeys(m manifest, lines [][]byte, password []byte) (*snapshot, error) {
	entries := make([]*entry, len(m.Keys))
	for i, k := range m.Keys {
		key := Key{
			KeyID: k.ID, KeySpec: k.Spec, State: k.State, Created: parsedTime(k.Created),
			DeletionDate: parsedTime(k.DeletionDate), Description: k.Description, Primary: k.Primary, Aliases: k.Aliases,
		}
		for _, v := range k.Versions {
			m, err := f.readVersion(k, v, password)
			if err != nil {
				return nil, err
			}
			key.Versions = append(key.Versions, &Version{
				KeyID: k.ID, VersionID: v.ID, KeySpec: k.Spec, State: k.State, Created: parsedTime(v.Created), material: m,
			})
		}
		entries[i] = newEntry(key)
		entries[i].line = lines[i]
	}
	return snapshotOf(entries), nil
}

func (f *folder) readVersion(k manifestKey, v manifestVersion, password []byte) (*material, error) {
	public, spki, fact := v.public(k.Spec)
	if fact != "" {
		return nil, f.damaged(manifestName, "key "+quote(k.ID)+", version "+quote(v.ID)+": "+fact)
	}
	data, err := f.read(v.File, maxKeyFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, f.damaged(v.File, "the key file is missing")
	}
	if err != nil {
		return nil, err
	}
	if hexSHA256(data) != v.FileSHA256 {
		return nil, f.damaged(v.File, "it is damaged or another file than the manifest says")
	}
	f.files[v.File] = true
	file := keyFile{name: v.File, data: data, fileKey: v.FileKey}
	if file.fileKey != 0 {
		password = nil // not kept where it is not needed
	}
	m := deferred(public, func() (crypto.PrivateKey, error) { return f.decrypt(file, spki, password) })
	m.file = file
	return m, nil
}

// decrypt opens a key file and proves that it holds the key that the manifest says.
func (f *folder) decrypt(file keyFile, spki, password []byte) (key crypto.PrivateKey, err error) {
	if file.fileKey == 0 {
		// A PBKDF2 with the iterations of a password. One at a time: a client that asks
		// for many keys must not keep all processors busy.
		f.slow.Lock()
		defer f.slow.Unlock()
		key, err = keyspec.ParsePrivateKey(file.data, password)
	} else {
		key, err = f.vault.Load().unseal(file)
	}
	if err != nil {
		// Not wrapped: the cause is an InvalidParameter, and this is no parameter of the caller's.
		return nil, f.damaged(file.name, "the password of the folder does not open it")
	}
	if !bytes.Equal(keys.MarshalSPKI(keys.PublicOf(key)), spki) {
		return nil, f.damaged(file.name, "it holds another key than the manifest says")
	}
	return key, nil
}
