// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

// A keyRow is a row of kmsigner_keys.
type keyRow struct {
	keyID        string
	number       int64
	spec, state  string
	created      pgtype.Timestamptz
	deletionDate pgtype.Timestamptz
	description  string
	primary      string
	versions     int32
	aliases      []string
	revision     int64
	dataKey      string
	tag          []byte
}

const keyColumns = "k.key_id, k.number, k.key_spec, k.state, k.created, k.deletion_date, k.description, k.primary_version, " +
	"k.versions, k.aliases, k.revision, k.data_key, k.tag"

func (r *keyRow) fields() []any {
	return []any{&r.keyID, &r.number, &r.spec, &r.state, &r.created, &r.deletionDate, &r.description, &r.primary,
		&r.versions, &r.aliases, &r.revision, &r.dataKey, &r.tag}
}

// covered is what the tag of a row authenticates: all of it.
func (r *keyRow) covered(keyringID string) []byte {
	aliases := make([]any, len(r.aliases))
	for i, alias := range r.aliases {
		aliases[i] = alias
	}
	return encode("kmsigner postgres key", keyringID, r.keyID, r.number, r.spec, r.state, instant(r.created),
		instant(r.deletionDate),
		r.description, r.primary, int64(r.versions), encode(aliases...), r.revision, r.dataKey)
}

// instant encodes a time to the microsecond, which is all that the database keeps.
func instant(t pgtype.Timestamptz) string {
	switch {
	case !t.Valid:
		return "none"
	case t.InfinityModifier != pgtype.Finite:
		return t.InfinityModifier.String()
	}
	return t.Time.UTC().Format(time.RFC3339Nano)
}

// moment is a time for the database, in full seconds; a zero time is none.
func moment(t time.Time) pgtype.Timestamptz {
	return pgtype.Timestamptz{Time: t.UTC().Truncate(time.Second), Valid: !t.IsZero()}
}

// seal sets the tag of a row, under a data key.
func (d *dataKeys) seal(r *keyRow, k *dataKey) {
	r.dataKey = k.id
	r.tag = k.mac(r.covered(d.keyringID))
}

// verify checks the tag of a row. Without an error, everything in it was written by a
// program that has the KEK.
func (d *dataKeys) verify(r *keyRow) error {
	k, err := d.get(r.dataKey)
	if err != nil {
		return err
	}
	if !hmac.Equal(r.tag, k.mac(r.covered(d.keyringID))) {
		return tampered(r.keyID, "its row in kmsigner_keys does not have the tag that belongs to it")
	}
	return nil
}

// has reports whether the key has an alias.
func (r *keyRow) has(alias string) bool { return slices.Contains(r.aliases, alias) }

// A versionRow is a row of kmsigner_versions. In an outer join all of it may be NULL.
type versionRow struct {
	versionID *string
	number    *int32
	created   pgtype.Timestamptz
	public    []byte
	dataKey   *string
	sealed    []byte
}

const versionColumns = "v.version_id, v.number, v.created, v.public, v.data_key, v.sealed"

func (v *versionRow) fields() []any {
	return []any{&v.versionID, &v.number, &v.created, &v.public, &v.dataKey, &v.sealed}
}

// newVersionRow encrypts a private key as a version of a key.
func (d *dataKeys) newVersionRow(
	k *dataKey, key *keyRow, versionID string, number int32, created time.Time, m *material,
) *versionRow {
	v := &versionRow{versionID: &versionID, number: &number, created: moment(created), public: m.public, dataKey: &k.id}
	v.sealed = m.seal(k, d.additional(key, v))
	return v
}

// additional is what is authenticated with the key material: everything else in the
// row, and whose version it is.
func (d *dataKeys) additional(key *keyRow, v *versionRow) []byte {
	return encode("kmsigner postgres version", d.keyringID, key.keyID, *v.versionID, key.spec, int64(*v.number),
		instant(v.created),
		v.public, *v.dataKey)
}

// plaintext decrypts the key material of a version, PKCS #8.
func (d *dataKeys) plaintext(key *keyRow, v *versionRow) ([]byte, error) {
	if v.versionID == nil || v.number == nil || v.dataKey == nil { // the database forbids it
		return nil, tampered(key.keyID, "a version of it in kmsigner_versions has a NULL")
	}
	k, err := d.get(*v.dataKey)
	if err != nil {
		return nil, err
	}
	data, err := k.open(v.sealed, d.additional(key, v))
	if err != nil {
		// Not wrapped: the cause says nothing more.
		return nil, tampered(key.keyID, "its version "+quote(*v.versionID)+" in kmsigner_versions is not authentic")
	}
	return data, nil
}

// row is a version for the cache. The rows have been verified.
func (d *dataKeys) row(key *keyRow, v *versionRow) keyring.Row {
	material := sha256.Sum256(v.public)
	return keyring.Row{
		KeyID: key.keyID, VersionID: *v.versionID, State: keyring.State(key.state), Created: v.created.Time.UTC(),
		Material: hex.EncodeToString(material[:]),
	}
}

// version makes a version whose private key is decrypted when it first signs. The
// rows have been verified.
func (d *dataKeys) version(key *keyRow, v *versionRow) (*keyring.Version, error) {
	public, err := keyspec.ParsePublicKey(v.public)
	if err != nil {
		return nil, &errors.Error{Code: errors.Internal, Param: "KeyId",
			Reason: "key " + quote(key.keyID) + ": the public key of version " +
				quote(*v.versionID) + " is not one that this program reads"}
	}
	made, err := keyring.DeferredVersion(key.keyID, *v.versionID, public,
		func() ([]byte, error) { return d.plaintext(key, v) })
	if err != nil {
		return nil, err
	}
	made.State, made.Created = keyring.State(key.state), v.created.Time.UTC()
	return made, nil
}
