// SPDX-License-Identifier: Apache-2.0

// Package keyring holds signing keys under ids, versions, aliases and states, as
// a key management service does, in memory or in a folder.
//
// A front end needs only a [Store]: its one method finds a [Version] by its name, and
// the Version makes the signer. Key management over the wire needs a [Manager].
// A [Keyring] is both. For keys in a database or an HSM, write a Store, with the help
// of [ParseName], [ParseVersion] and [NewCache].
//
//	k, err := keyring.Open("/var/lib/keys", password) // or keyring.New(); Create once, before that
//	defer k.Close()
//	v, err := k.Create(ctx, keyspec.ECP256)
//	err = k.SetAlias(ctx, "alias/invoices", v.KeyID)
//
//	v, err = k.Lookup(ctx, "alias/invoices", "") // the primary version
//	s, err := v.Signer(keyspec.ECDSASHA256)
//	sig, err := s.SignDigest(ctx, digest)
//
// # Names
//
// Key ids and version ids are random UUIDs (RFC 9562, version 4) in lower case, or
// of the caller's choice: [Keyring.CreateAs] and [Keyring.ImportAs]. A key may have
// aliases, "alias/NAME" with a NAME of 1 to 255 letters, digits, '_', '-' and '/';
// "alias/acs…" is reserved. The methods of a Keyring that take a key id also take an
// alias or the key ARN "acs:kms:REGION:ACCOUNT:key/ID", whose region and account are
// ignored. Results have the concrete ids.
//
// # Versions and states
//
// A key has one KeySpec and one or more versions, each with key material of its
// own. [Keyring.Rotate] adds one, which becomes the primary version; the older ones
// stay. The state belongs to the key:
//
//	Enabled          Version.Signer works
//	Disabled         it returns KeyDisabled
//	PendingDeletion  it returns KeyPendingDeletion; only Purge deletes keys
//	PendingImport    it returns KeyPendingImport; for testing clients and front ends
//
// Any state may follow any other. Only an Enabled key can be rotated. Lookup,
// Verifier and Public work in every state.
//
// # Errors
//
// Errors are [*errors.Error], context errors aside. What every change (Create,
// CreateWith, CreateAs, Import, ImportAs, ImportSigner, Rotate, SetAlias,
// CreateAlias, DeleteAlias, SetState, ScheduleDeletion, SetDescription, Purge,
// ChangePassword, RemoveOrphans) can return beside what its own comment lists:
//
//   - InvalidParameter of "Keyring" for a nil *Keyring and of "Context" for a nil
//     context; Unavailable of "Keyring" after Close; AccessDenied of "Keyring" after
//     OpenReadOnly;
//   - the context's error if that is done before the change is written, and then
//     nothing has changed; a change that is being written is not interrupted;
//   - Unavailable of "Dir" if the folder cannot be written, or if its manifest is
//     not the one that this Keyring wrote or read last: another program has changed
//     it. Nothing has changed then either, with one exception: if the file system
//     fails to make the finished manifest durable, it is unknown which of the two
//     survives a loss of power. Lookups then keep returning what they returned before
//     the change, and further changes return Unavailable until the keyring has been
//     closed and opened again;
//   - Internal if a key cannot be encrypted, or in a folder of the first version of
//     the format not be decrypted.
//
// # The folder
//
//	manifest.json   what there is, under a seal: HMAC-SHA-256 with a key of the password
//	UUID.pem        one version: encrypted PKCS #8, which OpenSSL reads
//	lock            empty; locked while a Keyring has the folder open for changes
//	reserve         room for a manifest, see below
//	*.tmp           a change that was interrupted; Open removes what it knows
//
// docs/keyring-format.md describes the bytes, for programs in other languages, and
// has the commands that open a key file with OpenSSL. The folder is made with mode
// 0700 and its files with 0600. A folder that is writable by all users, or a file that
// is accessible to all, is an error; the permissions of the group are the operator's
// choice.
//
// The password is the only secret of the operator. Guessing it costs 600,000
// iterations of PBKDF2, and so does [Open], once, however many keys there are: the
// seal covers the key files. Each key file has a passphrase of its own with 256 bits of
// entropy, so that decrypting it takes no such time, and a client cannot keep the
// processors busy with requests for many keys.
//
// Folders that were made before there were such passphrases are read. Their key
// files take a PBKDF2 each at the first Signer, one at a time; the next change,
// unless it is one of SetState or ScheduleDeletion, encrypts them anew and takes
// some tenths of a second for each.
//
// To copy a folder, close it first. To use it without changing it, [OpenReadOnly].
//
// # Durability
//
// A change is written to a new file in the same folder, synced, and renamed over
// the old one; then the folder is synced. Key files come before the manifest, and
// the rename of the manifest is the moment at which a change happens: a process
// killed at any time leaves the folder as it was before or as it is after the
// change, and once a method has returned without an error, as it is after. The same
// holds for a loss of power as far as the file system and the disk keep what they
// have confirmed to be synced. Key files that no manifest names are ignored, and
// removed only by [Keyring.RemoveOrphans].
//
// On a full disk SetState and ScheduleDeletion still work, on file systems that
// write in place (ext4, XFS, tmpfs, NTFS; not Btrfs and ZFS): the reserve keeps the
// room that a manifest needs.
//
// The folder is not copied to a second disk. If an old copy of the whole folder is put
// back, that is not detected (a disabled key would be enabled again). On Windows, Plan
// 9 and file systems that cannot sync a folder, it is not certain that a rename
// survives a loss of power.
//
// One Keyring at a time has a folder open for changes, held by flock on Linux, macOS
// and the BSDs and by an unshared file on Windows, and released by the system when
// the process ends. On other systems (AIX, Plan 9, Solaris, js, wasip1), on network
// file systems without locks, and if the lock file is removed, two writers are
// possible. Each change therefore compares the manifest with the one that was read
// or written last, and returns Unavailable if they differ; between the comparison and
// the rename that follows it a change of the other writer can still be lost.
//
// # Concurrency
//
// A Keyring and its Versions are safe for concurrent use. Lookups read an
// immutable snapshot and take no lock. Changes are serialised, and each writes the
// whole manifest, some 640 bytes for a key of EC_P256: at 10,000 keys a change takes
// some 25 ms of processor time beside what the disk takes for 6 MB, and Open 0.7 s.
// A keyring is made for some ten thousand keys; for more, write a Store.
// The package starts no goroutine.
//
// # Secrets
//
// Private keys and the keys that derive from the password are held in memory as long
// as the Keyring or a Version of it is, are not wiped, and appear in no error and
// under no verb of fmt. The password itself is held only for a folder of the first
// version of the format.
//
// # What it is not for
//
// It is not an HSM: the keys are in the memory of the process. A key that must not be
// there stays in its HSM, and [Keyring.ImportSigner] adds it. The package neither
// restricts the use of a key nor records it.
//
// [*errors.Error]: https://pkg.go.dev/github.com/kmsigner/kmsigner/errors#Error
package keyring
