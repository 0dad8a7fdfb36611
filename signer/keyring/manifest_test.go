// SPDX-License-Identifier: Apache-2.0

package keyring

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/internal/keys"
	"github.com/kmsigner/kmsigner/keyspec"
)

const sampleManifest = `{
  "format": "kmsigner keyring",
  "version": 2,
  "kdf": {"name": "PBKDF2-HMAC-SHA-256", "iterations": 600000, "salt": "000102030405060708090a0b0c0d0e0f"},
  "file_keys": ["00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff0011223344556677"],
  "keys": [
    {"id": "key-a", "spec": "EC_P256", "state": "PendingDeletion", "created": "2026-01-02T15:04:05Z", "deletion_date": "2026-02-02T00:00:00Z", "description": "the \"first\",\nkept für später", "primary": "v2", "aliases": ["alias/a", "alias/b"], "versions": [{"id": "v1", "created": "2026-01-02T15:04:05Z", "file": "7ba7b810-9dad-41d1-80b4-00c04fd430c8.pem", "file_key": 1, "file_sha256": "0000000000000000000000000000000000000000000000000000000000000000", "public_key": "AAAA"}, {"id": "v2", "created": "2026-01-02T15:04:06Z", "file": "8ba7b810-9dad-41d1-80b4-00c04fd430c8.pem", "file_key": 1, "file_sha256": "1111111111111111111111111111111111111111111111111111111111111111", "public_key": "AAAA"}]},
    {"id": "6ba7b810-9dad-41d1-80b4-00c04fd430c8", "spec": "EC_SM2", "state": "Disabled", "created": "2026-01-02T15:04:05Z", "deletion_date": "", "description": "", "primary": "7ba7b810-9dad-41d1-80b4-00c04fd430c8", "aliases": [], "versions": [{"id": "7ba7b810-9dad-41d1-80b4-00c04fd430c8", "created": "2026-01-02T15:04:05Z", "file": "6ba7b810-9dad-41d1-80b4-00c04fd430c8.7ba7b810-9dad-41d1-80b4-00c04fd430c8.pem", "file_key": 0, "file_sha256": "0000000000000000000000000000000000000000000000000000000000000000", "public_key": "AAAA"}]}
  ],
`

// coveredOf writes a manifest that may be wrong.
func coveredOf(m manifest) []byte {
	var lines [][]byte
	for _, k := range m.Keys {
		lines = append(lines, k.line())
	}
	covered := cover(head(&vault{kdf: m.KDF, fileKeys: m.FileKeys}), lines)
	return bytes.Replace(covered, []byte(`"version": 2`), fmt.Appendf(nil, `"version": %d`, m.Version), 1)
}

func TestParseManifest(t *testing.T) {
	m, lines, fact := parseManifest([]byte(sampleManifest))
	require.Empty(t, fact)
	require.Len(t, lines, 2)
	require.Equal(t, sampleManifest, string(coveredOf(m)))
	require.Equal(t, "the \"first\",\nkept für später", m.Keys[0].Description)
}

func TestParseManifest_invalid(t *testing.T) {
	const (
		idA   = `"id": "key-a"`
		idB   = `"id": "6ba7b810-9dad-41d1-80b4-00c04fd430c8"`
		v1    = `{"id": "v1", "created": "2026-01-02T15:04:05Z", "file": "7ba7b810-9dad-41d1-80b4-00c04fd430c8.pem", "file_key": 1, "file_sha256": "0000000000000000000000000000000000000000000000000000000000000000", "public_key": "AAAA"}, `
		fileA = `"file": "7ba7b810-9dad-41d1-80b4-00c04fd430c8.pem", "file_key": 1`
		fileB = `"file": "6ba7b810-9dad-41d1-80b4-00c04fd430c8.7ba7b810-9dad-41d1-80b4-00c04fd430c8.pem", "file_key": 0`
		zeros = `"file_sha256": "0000000000000000000000000000000000000000000000000000000000000000"`
		form  = "not in the form"
	)
	for _, c := range []struct{ old, new, fact string }{
		{sampleManifest, "", "no manifest"},
		{sampleManifest, "[],\n", "no manifest"},
		{sampleManifest, "null,\n", "no manifest"},
		{sampleManifest, "{,\n", "no manifest"},
		{"kmsigner keyring", "another keyring", "no manifest"},
		{`"version": 2`, `"version": 0`, "version is 0"},
		{`"version": 2`, `"version": 3`, "version is 3"},
		{`"version": 2`, `"version": 1`, "no UUID"},
		{`"version": 2`, `"version": "2"`, "no manifest"},
		{`"iterations": 600000`, `"iterations": 999`, "key derivation"},
		{`"iterations": 600000`, `"iterations": -1`, "key derivation"},
		{`"iterations": 600000`, `"iterations": 10000001`, "key derivation"},
		{`"iterations": 600000`, `"iterations": 1e99`, "no manifest"},
		{"SHA-256", "SHA-1", "key derivation"},
		{`0b0c0d0e0f"`, `0b0c0d0e"`, "key derivation"},
		{`0b0c0d0e0f"`, `0b0c0d0e0F"`, "key derivation"},
		{`0b0c0d0e0f"`, `0b0c0d0e0g"`, "key derivation"},
		{`["0011`, `["0g11`, "file keys are not valid"},
		{`["0011`, `["11`, "file keys are not valid"},
		{`["00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff0011223344556677"]`, `[]`, "no file keys"},
		{idA, `"id": ""`, "id is not valid"},
		{idA, `"id": "../../etc/passwd"`, "id is not valid"},
		{idA, `"id": "` + strings.Repeat("a", 65) + `"`, "id is not valid"},
		{idA, `"id": "alias/a"`, "id is not valid"},
		{idA, idB, "is there twice"},
		{"EC_P256", "EC_P384", "spec is unknown"},
		{"PendingDeletion", "pendingDeletion", "state is unknown"},
		{"PendingDeletion", "Enabled", "deletion date"},
		{"2026-02-02T00:00:00Z", "2026-02-30T00:00:00Z", "deletion date"},
		{`"deletion_date": ""`, `"deletion_date": "2026-02-02T00:00:00Z"`, "deletion date"},
		{"für", "f\xffr", form},
		{"für", `f\u0000r`, "description is not valid"},
		{"für", `f\u001br`, "description is not valid"},
		{"für", strings.Repeat("a", maxDescription), "description is not valid"},
		{"für", `f\u00fcr`, form},
		{`"created": "2026-01-02T15:04:05Z", "deletion`, `"created": "2026-01-02 15:04:05", "deletion`, "time is not valid"},
		{`"created": "2026-01-02T15:04:06Z"`, `"created": "2026-02-30T15:04:05Z"`, "time of version"},
		{`"primary": "v2"`, `"primary": "v1"`, "primary version"},
		{`"primary": "v2"`, `"primary": "v3"`, "primary version"},
		{`"alias/a", "alias/b"`, `"alias/b", "alias/a"`, "not a sorted list"},
		{`"alias/a", "alias/b"`, `"alias/b", "alias/b"`, "is there twice"},
		{"alias/a", "alias/a b", "not valid"},
		{"alias/a", "alias/acs", "not valid"},
		{"alias/a", "a", "not valid"},
		{`"aliases": []`, `"aliases": ["alias/a"]`, "is there twice"},
		{`"aliases": []`, `"aliases": null`, "not a sorted list"},
		{`"aliases": []`, `"aliases": [ ]`, form},
		{v1, v1 + v1, "is there twice"},
		{`"id": "v1"`, `"id": ""`, "id of version"},
		{`"id": "v1"`, `"id": "v 1"`, "id of version"},
		{`"file_key": 1`, `"file_key": 2`, "file of version"},
		{`"file_key": 1`, `"file_key": -1`, "file of version"},
		{`"file_key": 1`, `"file_key": 0`, "file of version"},
		{`"file_key": 0`, `"file_key": 1`, "file of version"},
		{fileA, `"file": "../7ba7b810-9dad-41d1-80b4-00c04fd430c8.pem", "file_key": 1`, "file of version"},
		{fileA, `"file": "manifest.json", "file_key": 1`, "file of version"},
		{fileA, `"file": "8ba7b810-9dad-41d1-80b4-00c04fd430c8.pem", "file_key": 1`, "is there twice"},
		{fileB, `"file": "7ba7b810-9dad-41d1-80b4-00c04fd430c8.7ba7b810-9dad-41d1-80b4-00c04fd430c8.pem", "file_key": 0`,
			"file of version"},
		{sampleManifest[strings.Index(sampleManifest, "[\n"):], "null,\n", "no list of keys"},
		{zeros, `"file_sha256": "00"`, "checksum"},
		{zeros, strings.Replace(zeros, "0000\"", "000G\"", 1), "checksum"},
		{idA, `"id": "\u006bey-a"`, form},
		{idA, idB + ", " + idA, form},
		{`"spec"`, `"Spec"`, form},
		{`"spec"`, `"specs"`, "spec is unknown"},
		{`"version": 2,`, `"version": 2, "more": 2,`, form},
		{"  \"keys\"", "\t\"keys\"", form},
		{"\n", "\r\n", form},
	} {
		t.Run(fmt.Sprintf("%.30q/%.30q", c.old, c.new), func(t *testing.T) {
			require.Contains(t, sampleManifest, c.old)
			text := strings.Replace(sampleManifest, c.old, c.new, 1)
			_, _, fact := parseManifest([]byte(text))
			require.Contains(t, fact, c.fact)
			require.Less(t, len(fact), 200)
		})
	}
}

func TestUnseal(t *testing.T) {
	mac := make([]byte, 32)
	file := sealed([]byte(sampleManifest), mac)
	require.True(t, strings.HasSuffix(string(file), "\"\n}\n"))
	covered, got, fact := unseal(file)
	require.Empty(t, fact)
	require.Equal(t, sampleManifest, string(covered))
	require.Equal(t, mac, got)
	for i := range file {
		for _, bit := range []byte{1, 0x20, 0x80} {
			file[i] ^= bit
			_, _, fact := unseal(file)
			require.NotEmpty(t, fact, "byte %d", i)
			file[i] ^= bit
		}
		_, _, fact = unseal(file[:i])
		require.NotEmpty(t, fact, "first %d bytes", i)
		_, _, fact = unseal(file[i+1:])
		require.NotEmpty(t, fact, "without first %d bytes", i+1)
	}
}

// FuzzManifest feeds the parser twice: what the fuzzer made, and the same under a
// good seal, so that it gets past the checksum. What the parser takes, it would
// have written itself, and what it takes of the first version can be written.
func FuzzManifest(f *testing.F) {
	for _, sample := range []string{sampleManifest, sampleManifest1} {
		f.Add([]byte(sample))
		f.Add([]byte(sample[:strings.Index(sample, `"keys"`)] + "\"keys\": [],\n"))
		f.Add(sealed([]byte(sample), make([]byte, 32)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, file := range [][]byte{data, sealed(data, make([]byte, 32))} {
			covered, mac, fact := unseal(file)
			if fact != "" {
				continue
			}
			require.Equal(t, file, sealed(covered, mac))
			m, lines, fact := parseManifest(covered)
			if fact != "" {
				continue
			}
			if m.Version == 1 {
				m.Version, m.FileKeys = 2, []string{strings.Repeat("00", wrappedSize)}
				covered = coveredOf(m)
				again, _, fact := parseManifest(covered)
				require.Empty(t, fact)
				require.Equal(t, m, again)
			}
			require.Len(t, lines, len(m.Keys))
			require.Equal(t, string(covered), string(coveredOf(m)))
			for _, k := range m.Keys {
				for _, v := range k.Versions {
					require.True(t, isKeyFile(v.File))
					pub, spki, fact := v.public(k.Spec)
					require.Equal(t, pub == nil, fact != "")
					if fact == "" {
						require.Equal(t, spki, keys.MarshalSPKI(pub))
						require.Equal(t, k.Spec, keyspec.KeySpec(keys.KindOf(pub)))
					}
				}
			}
		}
	})
}
