// SPDX-License-Identifier: Apache-2.0

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

// The form of the manifest is part of the package's promise: docs/keyring-format.md
// has it.
const (
	manifestFormat = "kmsigner keyring"
	manifestNumber = 2
	kdfName        = "PBKDF2-HMAC-SHA-256"
	timeLayout     = "2006-01-02T15:04:05Z"

	saltSize      = 16
	wrappedSize   = 8 + sha256.Size
	minIterations = 1000
	maxIterations = 10_000_000 // some seconds: a hostile file cannot ask for more
)

type manifest struct {
	Format   string        `json:"format"`
	Version  int           `json:"version"`
	KDF      manifestKDF   `json:"kdf"`
	FileKeys []string      `json:"file_keys"` // hexadecimal, wrapped
	Keys     []manifestKey `json:"keys"`
}

type manifestKDF struct {
	Name       string `json:"name"`
	Iterations int    `json:"iterations"`
	Salt       string `json:"salt"` // hexadecimal
}

type manifestKey struct {
	ID           string            `json:"id"`
	Spec         keyspec.KeySpec   `json:"spec"`
	State        State             `json:"state"`
	Created      string            `json:"created"`
	DeletionDate string            `json:"deletion_date"` // or ""
	Description  string            `json:"description"`
	Primary      string            `json:"primary"`
	Aliases      []string          `json:"aliases"`
	Versions     []manifestVersion `json:"versions"`
}

type manifestVersion struct {
	ID         string `json:"id"`
	Created    string `json:"created"`
	File       string `json:"file"`
	FileKey    int    `json:"file_key"`
	FileSHA256 string `json:"file_sha256"`
	PublicKey  string `json:"public_key"` // base64 of the SPKI's DER
}

// describe returns a key as the manifest has it.
func describe(k Key) manifestKey {
	m := manifestKey{
		ID: k.KeyID, Spec: k.KeySpec, State: k.State,
		Created: formatTime(k.Created), DeletionDate: formatTime(k.DeletionDate),
		Description: k.Description, Primary: k.Primary, Aliases: k.Aliases,
	}
	for _, v := range k.Versions {
		f := v.material.file
		m.Versions = append(m.Versions, manifestVersion{
			ID: v.VersionID, Created: formatTime(v.Created),
			File: f.name, FileKey: f.fileKey, FileSHA256: hexSHA256(f.data),
			PublicKey: base64.StdEncoding.EncodeToString(v.material.spki),
		})
	}
	return m
}

// The manifest is written by hand: a key is a line, and a line that has not changed
// is not made again. So its bytes do not depend on encoding/json either.

// head is the manifest up to its keys.
func head(v *vault) []byte {
	b := fmt.Appendf(nil, "{\n  \"format\": %q,\n  \"version\": %d,\n", manifestFormat, manifestNumber)
	b = fmt.Appendf(b, "  \"kdf\": {\"name\": %q, \"iterations\": %d, \"salt\": %q},\n",
		v.kdf.Name, v.kdf.Iterations, v.kdf.Salt)
	b = append(b, `  "file_keys": `...)
	return append(appendStrings(b, v.fileKeys), ",\n"...)
}

// cover is the manifest up to its seal: what the MAC is of.
func cover(head []byte, lines [][]byte) []byte {
	size := len(head) + 32
	for _, line := range lines {
		size += len(line) + 6
	}
	b := append(make([]byte, 0, size), head...)
	b = append(b, `  "keys": [`...)
	for i, line := range lines {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(b, "\n    "...), line...)
	}
	if len(lines) > 0 {
		b = append(b, "\n  "...)
	}
	return append(b, "],\n"...)
}

// line is a key in the manifest.
func (k manifestKey) line() []byte {
	b := make([]byte, 0, 256+384*len(k.Versions)+len(k.Description))
	b = appendMember(b, `{"id": `, k.ID)
	b = appendMember(b, `, "spec": `, string(k.Spec))
	b = appendMember(b, `, "state": `, string(k.State))
	b = appendMember(b, `, "created": `, k.Created)
	b = appendMember(b, `, "deletion_date": `, k.DeletionDate)
	b = appendMember(b, `, "description": `, k.Description)
	b = appendMember(b, `, "primary": `, k.Primary)
	b = append(b, `, "aliases": `...)
	b = appendStrings(b, k.Aliases)
	b = append(b, `, "versions": [`...)
	for i, v := range k.Versions {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = appendMember(b, `{"id": `, v.ID)
		b = appendMember(b, `, "created": `, v.Created)
		b = appendMember(b, `, "file": `, v.File)
		b = append(b, `, "file_key": `...)
		b = strconv.AppendInt(b, int64(v.FileKey), 10)
		b = appendMember(b, `, "file_sha256": `, v.FileSHA256)
		b = appendMember(b, `, "public_key": `, v.PublicKey)
		b = append(b, '}')
	}
	return append(b, "]}"...)
}

func appendMember(b []byte, name, value string) []byte {
	return appendString(append(b, name...), value)
}

func appendStrings(b []byte, list []string) []byte {
	b = append(b, '[')
	for i, s := range list {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = appendString(b, s)
	}
	return append(b, ']')
}

// appendString writes a JSON string. Only a description has anything to escape,
// and CheckDescription refuses other control characters.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, `\n`...)
		case '\r':
			b = append(b, `\r`...)
		case '\t':
			b = append(b, `\t`...)
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
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
	file := append(make([]byte, 0, len(covered)+macSize+sumSize), covered...)
	file = fmt.Appendf(file, macFormat, mac)
	return fmt.Appendf(file, sumFormat, sha256.Sum256(file))
}

// unseal takes a manifest file apart. It finds every damage, but proves nothing
// against an attacker, who can compute SHA-256 too: that is what the MAC is for.
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
func parseManifest(covered []byte) (m manifest, lines [][]byte, fact string) {
	text, ok := bytes.CutSuffix(covered, []byte(",\n"))
	if !ok {
		return manifest{}, nil, "it is no manifest"
	}
	text = append(bytes.Clone(text), "\n}"...)
	var form struct {
		Format  string `json:"format"`
		Version int    `json:"version"`
	}
	if err := json.Unmarshal(text, &form); err != nil || form.Format != manifestFormat {
		return manifest{}, nil, "it is no manifest"
	}
	var canonical []byte
	switch form.Version {
	case 1:
		m, canonical, fact = parseManifest1(text)
	case manifestNumber:
		if err := json.Unmarshal(text, &m); err != nil {
			return manifest{}, nil, "it is no manifest"
		}
	default:
		return manifest{}, nil, "its version is " + strconv.Itoa(form.Version) + ", only 1 and " +
			strconv.Itoa(manifestNumber) + " are known here"
	}
	if fact == "" {
		fact = m.check()
	}
	if fact != "" {
		return manifest{}, nil, fact
	}
	for _, k := range m.Keys {
		lines = append(lines, k.line())
	}
	if form.Version == manifestNumber {
		canonical = cover(head(&vault{kdf: m.KDF, fileKeys: m.FileKeys}), lines)
	}
	if !bytes.Equal(canonical, covered) {
		return manifest{}, nil, "it is not in the form in which this package writes it"
	}
	return m, lines, ""
}

// check returns what is wrong with the content, public keys aside.
func (m manifest) check() string {
	if m.KDF.Name != kdfName || len(m.KDF.Salt) != 2*saltSize || !isHex(m.KDF.Salt) ||
		m.KDF.Iterations < minIterations || m.KDF.Iterations > maxIterations {
		return "the parameters of its key derivation are not valid"
	}
	for _, f := range m.FileKeys {
		if len(f) != 2*wrappedSize || !isHex(f) {
			return "its file keys are not valid"
		}
	}
	if m.Version != 1 && len(m.FileKeys) == 0 {
		return "it has no file keys"
	}
	if m.Keys == nil {
		return "it has no list of keys"
	}
	ids, aliases, files := make(map[string]bool), make(map[string]bool), make(map[string]bool)
	for _, k := range m.Keys {
		if fact := k.check(len(m.FileKeys)); fact != "" {
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
		for _, v := range k.Versions {
			if files[v.File] {
				return "file " + quote(v.File) + " is there twice"
			}
			files[v.File] = true
		}
	}
	return ""
}

func (k manifestKey) check(fileKeys int) string {
	switch {
	case CheckID("KeyId", k.ID) != nil:
		return "the id is not valid"
	case !k.Spec.Valid():
		return "the key spec is unknown"
	case k.State.check() != nil:
		return "the state is unknown"
	case !isTime(k.Created):
		return "the time is not valid"
	case k.DeletionDate != "" && (!isTime(k.DeletionDate) || k.State != PendingDeletion):
		return "the deletion date is not valid"
	case CheckDescription(k.Description) != nil:
		return "the description is not valid"
	case k.Aliases == nil || !slices.IsSorted(k.Aliases):
		return "the aliases are not a sorted list"
	}
	for _, a := range k.Aliases {
		if CheckNewAlias(a) != nil {
			return "alias " + quote(a) + " is not valid"
		}
	}
	ids := make(map[string]bool)
	for _, v := range k.Versions {
		switch {
		case CheckID("KeyVersionId", v.ID) != nil:
			return "the id of version " + quote(v.ID) + " is not valid"
		case ids[v.ID]:
			return "version " + quote(v.ID) + " is there twice"
		case !isTime(v.Created):
			return "the time of version " + quote(v.ID) + " is not valid"
		case v.FileKey < 0 || v.FileKey > fileKeys || !isKeyFile(v.File) ||
			(v.FileKey == 0) != (v.File == oldFileName(k.ID, v.ID)):
			return "the file of version " + quote(v.ID) + " is not valid"
		case len(v.FileSHA256) != 64 || !isHex(v.FileSHA256):
			return "the checksum of the file of version " + quote(v.ID) + " is not valid"
		}
		ids[v.ID] = true
	}
	if len(k.Versions) == 0 || k.Primary != k.Versions[len(k.Versions)-1].ID {
		return "the primary version is not the last of the versions"
	}
	return ""
}

// public returns the public key of a version, checked, and its DER.
func (v manifestVersion) public(spec keyspec.KeySpec) (pub crypto.PublicKey, spki []byte, fact string) {
	spki, err := base64.StdEncoding.Strict().DecodeString(v.PublicKey)
	if err == nil {
		pub, err = keyspec.ParsePublicKey(spki)
	}
	if err != nil || base64.StdEncoding.EncodeToString(keys.MarshalSPKI(pub)) != v.PublicKey {
		return nil, nil, "the public key is not valid"
	}
	if keyspec.KeySpec(keys.KindOf(pub)) != spec {
		return nil, nil, "the public key is not of the key's spec"
	}
	return pub, spki, ""
}

// formatTime returns "" for a time that is not set.
func formatTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(timeLayout)
}

func isTime(s string) bool {
	t, err := time.Parse(timeLayout, s)
	return err == nil && t.Format(timeLayout) == s
}

// parsedTime reads a time that manifest.check has read before, or "".
func parsedTime(s string) time.Time {
	t, _ := time.Parse(timeLayout, s)
	return t
}

func isHex(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && hex.EncodeToString(b) == s
}

func hexSHA256(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
