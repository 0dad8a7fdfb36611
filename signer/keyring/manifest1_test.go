// SPDX-License-Identifier: Apache-2.0

package keyring

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const sampleManifest1 = `{
  "format": "kmsigner keyring",
  "version": 1,
  "kdf": {
    "name": "PBKDF2-HMAC-SHA-256",
    "iterations": 600000,
    "salt": "000102030405060708090a0b0c0d0e0f"
  },
  "keys": [
    {
      "id": "6ba7b810-9dad-41d1-80b4-00c04fd430c8",
      "spec": "EC_P256",
      "state": "Enabled",
      "created": "2026-01-02T15:04:05Z",
      "primary": "7ba7b810-9dad-41d1-80b4-00c04fd430c8",
      "aliases": [
        "alias/a",
        "alias/b"
      ],
      "versions": [
        {
          "id": "7ba7b810-9dad-41d1-80b4-00c04fd430c8",
          "created": "2026-01-02T15:04:05Z",
          "file_sha256": "0000000000000000000000000000000000000000000000000000000000000000",
          "public_key": "AAAA",
          "public_key_sha256": "709e80c88487a2411e1ee4dfb9f22a861492d20c4765150c0c794abd70f8147c"
        }
      ]
    },
    {
      "id": "8ba7b810-9dad-41d1-80b4-00c04fd430c8",
      "spec": "EC_SM2",
      "state": "Disabled",
      "created": "2026-01-02T15:04:05Z",
      "primary": "7ba7b810-9dad-41d1-80b4-00c04fd430c8",
      "aliases": [],
      "versions": [
        {
          "id": "7ba7b810-9dad-41d1-80b4-00c04fd430c8",
          "created": "2026-01-02T15:04:05Z",
          "file_sha256": "0000000000000000000000000000000000000000000000000000000000000000",
          "public_key": "AAAA",
          "public_key_sha256": "709e80c88487a2411e1ee4dfb9f22a861492d20c4765150c0c794abd70f8147c"
        }
      ]
    }
  ],
`

func TestParseManifest1(t *testing.T) {
	m, lines, fact := parseManifest([]byte(sampleManifest1))
	require.Empty(t, fact)
	require.Len(t, lines, 2)
	require.Equal(t, "6ba7b810-9dad-41d1-80b4-00c04fd430c8.7ba7b810-9dad-41d1-80b4-00c04fd430c8.pem",
		m.Keys[0].Versions[0].File)
	require.Zero(t, m.Keys[0].Versions[0].FileKey)
}

func TestParseManifest1_invalid(t *testing.T) {
	const (
		id2      = `"id": "8ba7b810-9dad-41d1-80b4-00c04fd430c8"`
		id1      = `"id": "6ba7b810-9dad-41d1-80b4-00c04fd430c8"`
		version1 = `        {
          "id": "7ba7b810-9dad-41d1-80b4-00c04fd430c8",
          "created": "2026-01-02T15:04:05Z",
          "file_sha256": "0000000000000000000000000000000000000000000000000000000000000000",
          "public_key": "AAAA",
          "public_key_sha256": "709e80c88487a2411e1ee4dfb9f22a861492d20c4765150c0c794abd70f8147c"
        }`
		zeros = `"file_sha256": "0000000000000000000000000000000000000000000000000000000000000000"`
		form  = "not in the form"
	)
	for _, c := range []struct{ old, new, fact string }{
		{sampleManifest1, "", "no manifest"},
		{sampleManifest1, "[],\n", "no manifest"},
		{sampleManifest1, "null,\n", "no manifest"},
		{sampleManifest1, "{,\n", "no manifest"},
		{"kmsigner keyring", "another keyring", "no manifest"},
		{`"version": 1`, `"version": 0`, "version is 0"},
		{`"version": 1`, `"version": "1"`, "no manifest"},
		{`"iterations": 600000`, `"iterations": 999`, "key derivation"},
		{`"iterations": 600000`, `"iterations": -1`, "key derivation"},
		{`"iterations": 600000`, `"iterations": 10000001`, "key derivation"},
		{`"iterations": 600000`, `"iterations": 1e99`, "no manifest"},
		{`"iterations": 600000`, `"iterations": 6e5`, "no manifest"},
		{"SHA-256", "SHA-1", "key derivation"},
		{`0b0c0d0e0f"`, `0b0c0d0e"`, "key derivation"},
		{`0b0c0d0e0f"`, `0b0c0d0e0F"`, "key derivation"},
		{`0b0c0d0e0f"`, `0b0c0d0e0g"`, "key derivation"},
		{id1, `"id": "6BA7B810-9dad-41d1-80b4-00c04fd430c8"`, "no UUID"},
		{id1, `"id": "../../etc/passwd"`, "no UUID"},
		{id1, `"id": "6ba7b810-9dad-41d1-80b4-00c04fd430c"`, "no UUID"},
		{id1, `"id": "6ba7b810+9dad-41d1-80b4-00c04fd430c8"`, "no UUID"},
		{id1, id2, "is there twice"},
		{"EC_P256", "EC_P384", "spec is unknown"},
		{"Enabled", "enabled", "state is unknown"},
		{`"created": "2026-01-02T15:04:05Z",
      "primary"`, `"created": "2026-01-02 15:04:05",
      "primary"`, "time is not valid"},
		{`"created": "2026-01-02T15:04:05Z",
          "file`, `"created": "2026-02-30T15:04:05Z",
          "file`, "time of version"},
		{`"primary": "7`, `"primary": "8`, "primary version"},
		{"\"alias/a\",\n        \"alias/b\"", "\"alias/b\",\n        \"alias/a\"", "not a sorted list"},
		{"\"alias/a\",\n        \"alias/b\"", "\"alias/b\",\n        \"alias/b\"", "is there twice"},
		{"alias/a", "alias/a b", "not valid"},
		{"alias/a", "alias/acs", "not valid"},
		{"alias/a", "a", "not valid"},
		{`"aliases": []`, `"aliases": ["alias/a"]`, "is there twice"},
		{`"aliases": []`, `"aliases": null`, "not a sorted list"},
		{`"aliases": []`, `"aliases": [ ]`, form},
		{version1, version1 + ",\n" + version1, "is there twice"},
		{version1, "", "primary version"},
		{sampleManifest1[strings.Index(sampleManifest1, `[`):], "null,\n", "no list of keys"},
		{zeros, `"file_sha256": "00"`, "checksum"},
		{zeros, strings.Replace(zeros, "0000\"", "000G\"", 1), "checksum"},
		{`"public_key": "AAAA"`, `"public_key": "AAAB"`, "does not fit its fingerprint"},
		{`"id": "7`, `"id": "7\u0000`, "no UUID"},
		{id1, `"id": "\u0036ba7b810-9dad-41d1-80b4-00c04fd430c8"`, form},
		{id1, id2 + ",\n      " + id1, form},
		{`"spec"`, `"Spec"`, form},
		{`"spec"`, `"specs"`, "spec is unknown"},
		{`"version": 1,`, `"version": 1, "more": 2,`, form},
		{"  \"keys\"", "\t\"keys\"", form},
		{"\n", "\r\n", form},
	} {
		t.Run(fmt.Sprintf("%.30q/%.30q", c.old, c.new), func(t *testing.T) {
			require.Contains(t, sampleManifest1, c.old)
			text := strings.Replace(sampleManifest1, c.old, c.new, 1)
			_, _, fact := parseManifest([]byte(text))
			require.Contains(t, fact, c.fact)
			require.Less(t, len(fact), 200)
		})
	}
}
