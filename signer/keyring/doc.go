// Package keyring holds signing keys under ids, versions, aliases and states, as
// a key management service does, in memory or in a folder.
//
// A front end needs only [Store], one method: a name comes in, a [Version] comes
// out, and the Version makes the signer.
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
// Key ids and version ids are random UUIDs (RFC 9562, version 4) in lower case. A
// key may have aliases, "alias/NAME" with a NAME of 1 to 255 letters, digits, '_',
// '-' and '/'; "alias/acs…" is reserved. Wherever a key id is asked for, an alias
// or the key ARN "acs:kms:REGION:ACCOUNT:key/ID" does as well; its region and
// account are not looked at. Answers carry the concrete ids.
//
// # Versions and states
//
// A key has one KeySpec and one or more versions, each with key material of its
// own. [Keyring.Rotate] adds one, which becomes the primary version; the older ones
// stay for good. The state belongs to the key:
//
//	Enabled          Version.Signer works
//	Disabled         it returns KeyDisabled
//	PendingDeletion  it returns KeyPendingDeletion; nothing is ever deleted
//	PendingImport    it returns KeyPendingImport; for testing clients and front ends
//
// Any state may follow any other. Only an Enabled key can be rotated. Lookup,
// Verifier and Public work in every state.
//
// # Errors
//
// Errors are [*errors.Error], context errors aside. What every change (Create,
// Import, ImportSigner, Rotate, SetAlias, DeleteAlias, SetState) can return beside
// what its own comment lists:
//
//   - InvalidParameter of "Keyring" for a nil *Keyring and of "Context" for a nil
//     context; Unavailable of "Keyring" after Close;
//   - the context's error if that is done before the change is written, and then
//     nothing has changed; a change that is being written is not interrupted;
//   - Unavailable of "Dir" if the folder cannot be written. Nothing has changed
//     then either, with one exception: if the file system fails to make the
//     finished manifest durable, nobody knows which one a loss of power would
//     leave. The keyring then keeps answering lookups as before the change, and
//     refuses further changes until it has been closed and opened again.
//
// # The folder
//
//	lock                    empty; locked while a Keyring has the folder open
//	manifest.json           what there is, see below
//	KEYID.VERSIONID.pem     one version: encrypted PKCS #8, as keyspec.MarshalEncryptedPrivateKey writes it
//	*.tmp                   a change that was interrupted; Open removes what it knows
//
// The folder is made with mode 0700 and its files with 0600. A folder that
// everybody may write to, and files that everybody may read, are refused; what the
// group may do is left to the operator. OpenSSL reads the key files:
//
//	openssl pkey -in KEYID.VERSIONID.pem -noout -text_pub
//
// manifest.json is UTF-8, indented by two spaces, and ends with its seal:
//
//	{
//	  "format": "kmsigner keyring",
//	  "version": 1,
//	  "kdf": {
//	    "name": "PBKDF2-HMAC-SHA-256",
//	    "iterations": 600000,
//	    "salt": "HEX, 16 bytes"
//	  },
//	  "keys": [
//	    {
//	      "id": "UUID",
//	      "spec": "EC_P256",
//	      "state": "Enabled",
//	      "created": "2026-01-02T15:04:05Z",
//	      "primary": "UUID, the id of a version below",
//	      "aliases": [
//	        "alias/NAME, sorted"
//	      ],
//	      "versions": [
//	        {
//	          "id": "UUID",
//	          "created": "2026-01-02T15:04:05Z",
//	          "file_sha256": "HEX, of the bytes of the key file",
//	          "public_key": "BASE64 of the DER of the SubjectPublicKeyInfo",
//	          "public_key_sha256": "HEX, of that DER"
//	        }
//	      ]
//	    }
//	  ],
//	  "hmac_sha256": "HEX",
//	  "sha256": "HEX"
//	}
//
// Keys and versions stand in the order in which they were made; empty lists are [].
// Each of the two values of the seal is of everything before its own line, the line
// break before it included. The first, HMAC-SHA-256 under the 32 bytes that the kdf
// makes of the password and the salt, finds changes by anybody who does not have
// the password. The second finds damage without it. A reader in another language
// checks both, and the checksum of each key file. This package
// also refuses a manifest that is not byte for byte what it would write itself.
//
// Since the seal vouches for the key files, Open proves the whole folder with one
// PBKDF2, however many keys there are. The price is paid later: the first Signer of
// each version decrypts its file and takes a PBKDF2 of its own. A program that
// wants that behind it when it starts serving calls Signer for every version that
// [Keyring.List] shows, on as many goroutines as it has processors.
//
// To copy a folder, close it first. Its password cannot be changed.
//
// # Durability
//
// A change is written to a new file in the same folder, synced, and renamed over
// the old one; then the folder is synced. Key files come before the manifest, and
// the rename of the manifest is the moment at which a change happens: a process
// killed at any time leaves the folder as it was before or as it is after the
// change, and once a method has returned without an error, as it is after. The same
// holds for a loss of power as far as the file system and the disk keep what they
// have confirmed to be synced. Key files that no manifest names are ignored and
// never deleted.
//
// What this does not give: a copy on a second disk; the detection of an old state
// of the whole folder that somebody puts back (a disabled key would be enabled
// again); and on Windows, Plan 9 and file systems that cannot sync a folder, the
// certainty that a rename survives a loss of power.
//
// One Keyring at a time has a folder open, held by flock on Linux, macOS and the
// BSDs and by an unshared file on Windows, and released by the system when the
// process ends. On other systems (AIX, Plan 9, Solaris, js, wasip1) and on network
// file systems without locks, this is up to the operator: two writers at once
// lose each other's changes there.
//
// # Concurrency
//
// A Keyring and its Versions are safe for concurrent use. Lookups read an
// immutable snapshot and take no lock. Changes are serialised, each copies the
// index and writes the whole manifest: a keyring is made for some thousand keys.
// The package starts no goroutine.
//
// # Secrets
//
// Private keys and the password are held in memory as long as the Keyring or a
// Version of it is, are not wiped, and appear in no error and under no verb of fmt.
//
// # What it is not for
//
// It is not an HSM: whoever can read the memory of the process has the keys. Keys
// that must not be there stay with their owner and come in by
// [Keyring.ImportSigner]. It says nothing about who may use a key, and keeps no
// record of who did.
//
// [*errors.Error]: https://pkg.go.dev/github.com/kmsigner/kmsigner/errors#Error
package keyring
