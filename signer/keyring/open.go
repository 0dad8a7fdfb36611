package keyring

import (
	"crypto"
	"crypto/hmac"
	"io/fs"
	"strings"
	"time"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/keys"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
)

// Open opens the keyring in a folder that [Create] made. It never makes one: a
// folder without a manifest may be a wrong path, or a volume that is not mounted,
// and a program that then made new keys would sign with other keys than before.
//
// Open reads the whole folder and proves it: that the password is right, that the
// manifest is what a holder of the password wrote, and that every key file is,
// byte by byte, the one that the manifest names. This takes one PBKDF2, some
// tenths of a second, whatever the number of keys. Key files are decrypted when
// they are first needed. The password is copied, and kept in memory.
//
// Close releases the folder. Until then, another Open of it is refused, in this
// program and in others.
//
// It returns, always naming the folder or the file, and never having written:
//
//   - InvalidParameter of "Dir" for an empty name, a folder that does not exist or
//     holds no manifest, something that is not a folder, a folder that everybody
//     may write to, and a file that is open to everybody;
//   - InvalidParameter of "Password" for an empty password and for a wrong one;
//   - Unavailable of "Dir" for a folder that is in use, and for any other error of
//     the operating system;
//   - Internal of "Dir" for a manifest that is damaged or of a later version of
//     this format, and for a key file that is missing, damaged, swapped, or
//     another one than the manifest says.
func Open(dir string, password []byte) (*Keyring, error) {
	return open(dir, password, settings{encrypt: keyspec.MarshalEncryptedPrivateKey})
}

// Create makes an empty keyring in a folder, protected by the password, and opens
// it. The folder is made if it does not exist, with mode 0700; its parent must
// exist. The password is copied, and kept in memory.
//
// It refuses a folder that holds a keyring already, with InvalidParameter of
// "Dir"; so it does with a folder that has .pem files, which may be those of a
// keyring whose manifest is lost. Otherwise it returns what Open returns.
func Create(dir string, password []byte) (*Keyring, error) {
	return create(dir, password, settings{iterations: iterations, encrypt: keyspec.MarshalEncryptedPrivateKey})
}

// settings are what tests have otherwise: cheaper, or failing.
type settings struct {
	iterations int // of a new folder
	encrypt    encryption
	step       func(op, name string) error
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
func use(dir string, password []byte, set settings, start func(*folder, []byte, settings) (*snapshot, error)) (*Keyring, error) {
	if len(password) == 0 {
		return nil, invalid("Password", "it is empty")
	}
	f, err := openFolder(dir, set.step)
	if err != nil {
		return nil, err
	}
	s, err := start(f, password, set)
	if err != nil {
		f.close()
		return nil, err
	}
	k := &Keyring{folder: f}
	k.now.Store(s)
	return k, nil
}

// init makes the folder an empty keyring.
func (f *folder) init(password []byte, set settings) (_ *snapshot, err error) {
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
	if f.vault, err = newVault(password, newKDF(set.iterations), set.encrypt); err != nil {
		return nil, err
	}
	s := new(snapshot)
	return s, f.save(s)
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
// alone: they belong to no acknowledged change, or to a manifest that somebody
// may put back.
func (f *folder) load(password []byte, set settings) (*snapshot, error) {
	if _, err := f.root.Lstat(manifestName); errors.Is(err, fs.ErrNotExist) { // before there is a lock file
		return nil, noKeyring(f.path, "holds no keyring, it has no "+manifestName, err)
	}
	if err := f.acquire(); err != nil {
		return nil, err
	}
	there, err := f.names()
	if err != nil {
		return nil, err
	}
	text, err := f.read(manifestName, maxManifest)
	if err != nil {
		return nil, err
	}
	covered, mac, fact := unseal(text)
	if fact != "" {
		return nil, f.damaged(manifestName, fact)
	}
	m, fact := parseManifest(covered)
	if fact != "" {
		return nil, f.damaged(manifestName, fact)
	}
	if f.vault, err = newVault(password, m.KDF, set.encrypt); err != nil {
		return nil, err
	}
	if !hmac.Equal(mac, f.vault.mac(covered)) {
		return nil, invalid("Password", "it is not the password of "+f.path+
			", or somebody without the password has changed "+manifestName)
	}
	var all []Key
	for _, k := range m.Keys {
		key, err := f.readKey(k)
		if err != nil {
			return nil, err
		}
		all = append(all, key)
	}
	f.written = covered
	for name := range f.files {
		delete(there, name)
	}
	for name := range there {
		if strings.HasSuffix(name, tempSuffix) && isOurs(strings.TrimSuffix(name, tempSuffix)) {
			f.remove(name) // of a change that was interrupted
		}
	}
	return new(snapshot).with(all...), nil
}

// isOurs tells names that this package gives from others.
func isOurs(name string) bool {
	id, version, _ := strings.Cut(strings.TrimSuffix(name, keySuffix), ".")
	return name == manifestName || keyFileName(id, version) == name && isUUID(id) && isUUID(version)
}

func (f *folder) readKey(k manifestKey) (Key, error) {
	key := Key{KeyID: k.ID, KeySpec: k.Spec, State: k.State, Created: parsedTime(k.Created), Primary: k.Primary, Aliases: k.Aliases}
	for _, v := range k.Versions {
		m, err := f.readVersion(k, v)
		if err != nil {
			return Key{}, err
		}
		key.Versions = append(key.Versions, &Version{
			KeyID: k.ID, VersionID: v.ID, KeySpec: k.Spec, State: k.State, Created: parsedTime(v.Created), material: m,
		})
	}
	return key, nil
}

func (f *folder) readVersion(k manifestKey, v manifestVersion) (*material, error) {
	public, fact := v.public(k.Spec)
	if fact != "" {
		return nil, f.damaged(manifestName, "key "+quote(k.ID)+", version "+quote(v.ID)+": "+fact)
	}
	name := keyFileName(k.ID, v.ID)
	file, err := f.read(name, maxKeyFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, f.damaged(name, "the key file is missing")
	}
	if err != nil {
		return nil, err
	}
	if hexSHA256(file) != v.FileSHA256 {
		return nil, f.damaged(name, "it is damaged or another file than the manifest says")
	}
	f.files[name] = true
	vault := f.vault
	key := &once[crypto.PrivateKey]{make: func() (crypto.PrivateKey, error) {
		key, err := vault.decrypt(file)
		if err != nil {
			// Not wrapped: the cause is an InvalidParameter, and this is nobody's parameter.
			return nil, f.damaged(name, "the password of the folder does not open it")
		}
		if hexSHA256(keys.MarshalSPKI(keys.PublicOf(key))) != v.PublicKeySHA256 {
			return nil, f.damaged(name, "it holds another key than the manifest says")
		}
		return key, nil
	}}
	m := newMaterial(public, func(alg keyspec.Algorithm, opts ...signer.Option) (signer.Signer, error) {
		key, err := key.get()
		if err != nil {
			return nil, err
		}
		return signer.New(keys.AsChecked(key), alg, opts...)
	})
	m.file = file
	return m, nil
}

// parsedTime reads a time that manifest.check has read before.
func parsedTime(s string) time.Time {
	t, _ := time.Parse(timeLayout, s)
	return t
}
