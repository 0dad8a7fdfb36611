package keyring

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/kmsigner/kmsigner/internal/keys"
	"github.com/kmsigner/kmsigner/keyspec"
)

// The form of the manifest is part of the package's promise: doc.go has it.
const (
	manifestFormat = "kmsigner keyring"
	manifestNumber = 1
	kdfName        = "PBKDF2-HMAC-SHA-256"
	timeLayout     = "2006-01-02T15:04:05Z"

	saltSize      = 16
	minIterations = 1000
	maxIterations = 10_000_000 // some seconds: a hostile file cannot ask for more
)

type manifest struct {
	Format  string        `json:"format"`
	Version int           `json:"version"`
	KDF     manifestKDF   `json:"kdf"`
	Keys    []manifestKey `json:"keys"`
}

type manifestKDF struct {
	Name       string `json:"name"`
	Iterations int    `json:"iterations"`
	Salt       string `json:"salt"` // hexadecimal
}

type manifestKey struct {
	ID       string            `json:"id"`
	Spec     keyspec.KeySpec   `json:"spec"`
	State    State             `json:"state"`
	Created  string            `json:"created"`
	Primary  string            `json:"primary"`
	Aliases  []string          `json:"aliases"`
	Versions []manifestVersion `json:"versions"`
}

type manifestVersion struct {
	ID              string `json:"id"`
	Created         string `json:"created"`
	FileSHA256      string `json:"file_sha256"`
	PublicKey       string `json:"public_key"` // base64 of the SPKI's DER
	PublicKeySHA256 string `json:"public_key_sha256"`
}

// describe returns the manifest of a snapshot. Keys held elsewhere are not in it.
func describe(s *snapshot, kdf manifestKDF) manifest {
	m := manifest{Format: manifestFormat, Version: manifestNumber, KDF: kdf, Keys: []manifestKey{}}
	for _, e := range s.keys {
		if e.HeldElsewhere {
			continue
		}
		k := manifestKey{
			ID: e.KeyID, Spec: e.KeySpec, State: e.State, Created: e.Created.Format(timeLayout), Primary: e.Primary,
			Aliases: append([]string{}, e.Aliases...),
		}
		for _, v := range e.Versions {
			k.Versions = append(k.Versions, manifestVersion{
				ID: v.VersionID, Created: v.Created.Format(timeLayout),
				FileSHA256:      hexSHA256(v.material.file),
				PublicKey:       base64.StdEncoding.EncodeToString(v.material.spki),
				PublicKeySHA256: hexSHA256(v.material.spki),
			})
		}
		m.Keys = append(m.Keys, k)
	}
	return m
}

// covered is the manifest up to its seal: what the MAC is of.
func (m manifest) covered() []byte {
	text, _ := json.MarshalIndent(m, "", "  ") // of strings and numbers: it cannot fail
	return append(bytes.TrimSuffix(text, []byte("\n}")), ",\n"...)
}

const (
	macFormat = "  \"hmac_sha256\": \"%x\",\n"
	sumFormat = "  \"sha256\": \"%x\"\n}\n"
	macSize   = len(macFormat) - len("%x") + 2*sha256.Size
	sumSize   = len(sumFormat) - len("%x") + 2*sha256.Size
)

// sealed is the manifest file. Each of the two values of the seal is of everything
// before its own line.
func sealed(covered, mac []byte) []byte {
	file := fmt.Appendf(bytes.Clone(covered), macFormat, mac)
	return fmt.Appendf(file, sumFormat, sha256.Sum256(file))
}

// unseal takes a manifest file apart. It finds every damage, but proves nothing
// against somebody who can compute SHA-256: that is what the MAC is for.
func unseal(file []byte) (covered, mac []byte, fact string) {
	const damaged = "it is damaged, cut off or was changed by hand: its checksum does not fit"
	if len(file) < macSize+sumSize {
		return nil, nil, damaged
	}
	covered, seal := file[:len(file)-macSize-sumSize], file[len(file)-macSize-sumSize:]
	digits := seal[len(`  "hmac_sha256": "`):][:2*sha256.Size]
	mac, err := hex.DecodeString(string(digits))
	if err != nil || !bytes.Equal(sealed(covered, mac), file) {
		return nil, nil, damaged
	}
	return covered, mac, ""
}

// parseManifest reads what unseal returned. It takes only the very bytes that
// this package writes for the same content: no unknown, duplicate, reordered or
// differently spelt member. fact says what is wrong otherwise.
func parseManifest(covered []byte) (m manifest, fact string) {
	text, ok := bytes.CutSuffix(covered, []byte(",\n"))
	if !ok {
		return manifest{}, "it is no manifest"
	}
	text = append(bytes.Clone(text), "\n}"...)
	var head struct {
		Format  string `json:"format"`
		Version int    `json:"version"`
	}
	if err := json.Unmarshal(text, &head); err != nil || head.Format != manifestFormat {
		return manifest{}, "it is no manifest"
	}
	if head.Version != manifestNumber {
		return manifest{}, "its version is " + strconv.Itoa(head.Version) + ", only " + strconv.Itoa(manifestNumber) + " is known here"
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return manifest{}, "it is no manifest"
	}
	if fact := m.check(); fact != "" {
		return manifest{}, fact
	}
	if !bytes.Equal(m.covered(), covered) {
		return manifest{}, "it is not in the form in which this package writes it"
	}
	return m, ""
}

// check returns what is wrong with the content, public keys aside.
func (m manifest) check() string {
	if m.KDF.Name != kdfName || len(m.KDF.Salt) != 2*saltSize || !isHex(m.KDF.Salt) ||
		m.KDF.Iterations < minIterations || m.KDF.Iterations > maxIterations {
		return "the parameters of its key derivation are not valid"
	}
	if m.Keys == nil {
		return "it has no list of keys"
	}
	ids, aliases := make(map[string]bool), make(map[string]bool)
	for _, k := range m.Keys {
		if fact := k.check(); fact != "" {
			return "key " + quote(k.ID) + ": " + fact
		}
		if ids[k.ID] {
			return "key " + quote(k.ID) + " is there twice"
		}
		ids[k.ID] = true
		for _, a := range k.Aliases {
			if aliases[a] {
				return "alias " + quote(a) + " is there twice"
			}
			aliases[a] = true
		}
	}
	return ""
}

func (k manifestKey) check() string {
	switch {
	case !isUUID(k.ID):
		return "the id is no UUID"
	case !k.Spec.Valid():
		return "the key spec is unknown"
	case k.State.check() != nil:
		return "the state is unknown"
	case !isTime(k.Created):
		return "the time is not valid"
	case k.Aliases == nil || !slices.IsSorted(k.Aliases):
		return "the aliases are not a sorted list"
	}
	for _, a := range k.Aliases {
		if checkNewAlias(a) != nil {
			return "alias " + quote(a) + " is not valid"
		}
	}
	ids := make(map[string]bool)
	for _, v := range k.Versions {
		switch {
		case !isUUID(v.ID):
			return "the id of version " + quote(v.ID) + " is no UUID"
		case ids[v.ID]:
			return "version " + quote(v.ID) + " is there twice"
		case !isTime(v.Created):
			return "the time of version " + quote(v.ID) + " is not valid"
		case len(v.FileSHA256) != 64 || !isHex(v.FileSHA256):
			return "the checksum of the file of version " + quote(v.ID) + " is not valid"
		}
		ids[v.ID] = true
	}
	if !ids[k.Primary] {
		return "the primary version is not among the versions"
	}
	return ""
}

// public returns the public key of a version, checked.
func (v manifestVersion) public(spec keyspec.KeySpec) (pub crypto.PublicKey, fact string) {
	der, err := base64.StdEncoding.Strict().DecodeString(v.PublicKey)
	if err != nil || hexSHA256(der) != v.PublicKeySHA256 {
		return nil, "the public key does not fit its fingerprint"
	}
	if pub, err = keyspec.ParsePublicKey(der); err != nil {
		return nil, "the public key is not valid"
	}
	if keyspec.KeySpec(keys.KindOf(pub)) != spec {
		return nil, "the public key is not of the key's spec"
	}
	return pub, ""
}

func isTime(s string) bool {
	t, err := time.Parse(timeLayout, s)
	return err == nil && t.Format(timeLayout) == s
}

func isHex(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && hex.EncodeToString(b) == s
}

func hexSHA256(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
