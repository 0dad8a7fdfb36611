// SPDX-License-Identifier: Apache-2.0

package keyring

import (
	"context"
)

// ChangePassword protects the folder with another password, which is copied. The
// old password or the new one opens the folder, never both and never none, whenever
// the process or the machine stops.
//
// The private keys are not encrypted anew: their files have passphrases of their
// own, which the manifest keeps under the password. The old password with a copy of
// the folder from before the change still opens the keys of that copy; it does not open
// keys that are made after the change. In a folder of the first version of the format
// the key files are encrypted with the password itself; there they are all encrypted
// anew, which takes some tenths of a second each.
//
// Back up the folder after the change: an old backup needs the old password.
//
// It returns InvalidParameter of "Password" for an empty password, of "Keyring" for
// a keyring in memory, and what all changes return (see the package documentation).
func (k *Keyring) ChangePassword(ctx context.Context, password []byte) error {
	if _, err := k.changeable(ctx); err != nil {
		return err
	}
	if len(password) == 0 {
		return invalid("Password", "it is empty")
	}
	if k.folder == nil {
		return invalid("Keyring", "a keyring in memory has no password")
	}
	kdf := k.folder.settings.kdf()
	root, err := rootOf(password, kdf)
	if err != nil {
		return err
	}
	replaced, err := k.renewOldFiles(ctx, nil)
	if err != nil {
		return err
	}
	same := func(s *snapshot) (*snapshot, error) { return s, nil }
	return k.apply(ctx, same, replaced, func(v *vault) (*vault, error) { return v.renewed(kdf, root) }, false)
}

// renewOldFiles encrypts the keys anew whose files are of the first version of the
// format, outside of the order of changes. It does nothing if edit, if there is
// one, fails or changes nothing.
func (k *Keyring) renewOldFiles(ctx context.Context,
	edit func(*snapshot) (*snapshot, error)) (map[*material]*material, error) {
	if k.folder == nil {
		return nil, nil
	}
	s, err := k.snapshot(ctx)
	if err != nil {
		return nil, err
	}
	var old []*material
	for _, e := range s.keys {
		for _, v := range e.Versions {
			if v.material.private != nil && v.material.file.fileKey == 0 {
				old = append(old, v.material)
			}
		}
	}
	if len(old) == 0 {
		return nil, nil
	}
	if edit != nil {
		if next, err := edit(s); err != nil || next == s {
			return nil, err
		}
	}
	replaced := make(map[*material]*material)
	for _, m := range old {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		key, err := m.private()
		if err != nil {
			return nil, err
		}
		next := *m // with the signers and verifiers that are made already
		if next.file, err = k.folder.vault.Load().seal(key, k.folder.settings.encrypt); err != nil {
			return nil, err
		}
		replaced[m] = &next
	}
	return replaced, nil
}

// withMaterials returns the snapshot with other materials in the place of some.
func (s *snapshot) withMaterials(replaced map[*material]*material) *snapshot {
	if len(replaced) == 0 {
		return s
	}
	var changed []Key
	for _, e := range s.keys {
		for _, v := range e.Versions {
			if replaced[v.material] != nil {
				changed = append(changed, e.withMaterial(replaced))
				break
			}
		}
	}
	return s.with(changed...)
}
