// SPDX-License-Identifier: Apache-2.0

package keyring

import "context"

// A Store finds keys by the names that requests carry. It is the one interface
// that a front end needs; [*Keyring] implements it. For keys in a database or an HSM,
// write your own: [ParseName] parses keyID, a [Cache] keeps what a query returns,
// and signertest.TestStore tests it.
type Store interface {
	// Lookup returns one version of one key as it is at this moment.
	//
	// keyID is the id of a key or "alias/NAME". versionID is the id of a version of
	// that key, or "" for its primary version, the one that the latest rotation made.
	// The result carries the concrete ids, whatever name it was found by, and is
	// found in every state: whether a disabled key may do something is for the
	// caller and for [Version.Signer].
	//
	// It returns KeyNotFound, AliasNotFound and KeyVersionNotFound for what does
	// not exist; InvalidParameter of "KeyId" or "KeyVersionId" for a malformed id or
	// alias, with a reason that the front ends show to the client; Throttled and
	// Unavailable if the store cannot answer at present; and the context's error if
	// that is done. It is safe for concurrent use.
	//
	// It must not return nil without an error; nor a Version that is not made by
	// [NewVersion], [ParseVersion] or another Store, lacks an id, or has a State that is
	// none of the four; nor other errors than these and those of [State.Err]. The front
	// ends take each of these as a failure of the store: Internal.
	Lookup(ctx context.Context, keyID, versionID string) (*Version, error)
}
