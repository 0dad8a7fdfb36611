// SPDX-License-Identifier: Apache-2.0

package keyring

import (
	"bytes"
	"encoding/base64"
	"encoding/json"

	"github.com/kmsigner/kmsigner/keyspec"
)

// The first version of the format is read, and becomes the present one at the next
// change. Its key files are encrypted with the password itself, each with a PBKDF2
// of its own.

type manifest1 struct {
	Format  string         `json:"format"`
	Version int            `json:"version"`
	KDF     manifestKDF    `json:"kdf"`
	Keys    []manifestKey1 `json:"keys"`
}

type manifestKey1 struct {
	ID       string             `json:"id"`
	Spec     keyspec.KeySpec    `json:"spec"`
	State    State              `json:"state"`
	Created  string             `json:"created"`
	Primary  string             `json:"primary"`
	Aliases  []string           `json:"aliases"`
	Versions []manifestVersion1 `json:"versions"`
}

type manifestVersion1 struct {
	ID              string `json:"id"`
	Created         string `json:"created"`
	FileSHA256      string `json:"file_sha256"`
	PublicKey       string `json:"public_key"`
	PublicKeySHA256 string `json:"public_key_sha256"`
}

// parseManifest1 reads a manifest of the first version. canonical is the form in
// which that was written.
func parseManifest1(text []byte) (m manifest, canonical []byte, fact string) {
	var old manifest1
	if err := json.Unmarshal(text, &old); err != nil {
		return manifest{}, nil, "it is no manifest"
	}
	m = manifest{Format: old.Format, Version: old.Version, KDF: old.KDF}
	if old.Keys != nil {
		m.Keys = []manifestKey{}
	}
	for _, o := range old.Keys {
		k := manifestKey{ID: o.ID, Spec: o.Spec, State: o.State, Created: o.Created, Primary: o.Primary, Aliases: o.Aliases}
		if !isUUID(o.ID) {
			return manifest{}, nil, "key " + quote(o.ID) + ": the id is no UUID"
		}
		for _, v := range o.Versions {
			if !isUUID(v.ID) {
				return manifest{}, nil, "key " + quote(o.ID) + ": the id of version " + quote(v.ID) + " is no UUID"
			}
			der, err := base64.StdEncoding.DecodeString(v.PublicKey)
			if err != nil || hexSHA256(der) != v.PublicKeySHA256 {
				return manifest{}, nil, "key " + quote(o.ID) + ", version " + quote(v.ID) +
					": the public key does not fit its fingerprint"
			}
			k.Versions = append(k.Versions, manifestVersion{
				ID: v.ID, Created: v.Created, File: oldFileName(o.ID, v.ID), FileSHA256: v.FileSHA256, PublicKey: v.PublicKey,
			})
		}
		m.Keys = append(m.Keys, k)
	}
	return m, old.covered(), ""
}

func (m manifest1) covered() []byte {
	text, _ := json.MarshalIndent(m, "", "  ") // of strings and numbers: it cannot fail
	return append(bytes.TrimSuffix(text, []byte("\n}")), ",\n"...)
}
