package keyring

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const sampleManifest = `{
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
          "public_key_sha256": "0000000000000000000000000000000000000000000000000000000000000000"
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
          "public_key_sha256": "0000000000000000000000000000000000000000000000000000000000000000"
        }
      ]
    }
  ],
`

func TestParseManifest(t *testing.T) {
	m, fact := parseManifest([]byte(sampleManifest))
	require.Empty(t, fact)
	require.Equal(t, sampleManifest, string(m.covered()))
}

func TestParseManifest_invalid(t *testing.T) {
	const (
		id2      = `"id": "8ba7b810-9dad-41d1-80b4-00c04fd430c8"`
		id1      = `"id": "6ba7b810-9dad-41d1-80b4-00c04fd430c8"`
		version1 = `        {
          "id": "7ba7b810-9dad-41d1-80b4-00c04fd430c8",
          "created": "2026-01-02T15:04:05Z",
          "file_sha256": "0000000000000000000000000000000000000000000000000000000000000000",
          "public_key": "AAAA",
          "public_key_sha256": "0000000000000000000000000000000000000000000000000000000000000000"
        }`
		zeros = `"file_sha256": "0000000000000000000000000000000000000000000000000000000000000000"`
		form  = "not in the form"
	)
	for _, c := range []struct{ old, new, fact string }{
		{sampleManifest, "", "no manifest"},
		{sampleManifest, "[],\n", "no manifest"},
		{sampleManifest, "null,\n", "no manifest"},
		{sampleManifest, "{,\n", "no manifest"},
		{"kmsigner keyring", "another keyring", "no manifest"},
		{`"version": 1`, `"version": 0`, "version is 0"},
		{`"version": 1`, `"version": 2`, "version is 2"},
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
		{sampleManifest[strings.Index(sampleManifest, `[`):], "null,\n", "no list of keys"},
		{zeros, `"file_sha256": "00"`, "checksum"},
		{zeros, strings.Replace(zeros, "0000\"", "000G\"", 1), "checksum"},
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
			require.Contains(t, sampleManifest, c.old)
			text := strings.Replace(sampleManifest, c.old, c.new, 1)
			_, fact := parseManifest([]byte(text))
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
// have written itself.
func FuzzManifest(f *testing.F) {
	f.Add([]byte(sampleManifest))
	f.Add([]byte(strings.Split(sampleManifest, "{\n      \"id\"")[0]))
	f.Add(sealed([]byte(sampleManifest), make([]byte, 32)))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, file := range [][]byte{data, sealed(data, make([]byte, 32))} {
			covered, mac, fact := unseal(file)
			if fact != "" {
				continue
			}
			require.Equal(t, file, sealed(covered, mac))
			m, fact := parseManifest(covered)
			if fact != "" {
				continue
			}
			require.Equal(t, string(covered), string(m.covered()))
			for _, k := range m.Keys {
				for _, v := range k.Versions {
					require.True(t, isOurs(keyFileName(k.ID, v.ID)))
					pub, fact := v.public(k.Spec)
					require.Equal(t, pub == nil, fact != "")
				}
			}
		}
	})
}
