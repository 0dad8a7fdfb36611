// SPDX-License-Identifier: Apache-2.0

package signertest

import (
	"bytes"
	"context"
	"crypto"
	"encoding/json"
	"encoding/pem"
	"flag"
	"math/big"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/sm2z"
	"github.com/stretchr/testify/require"
)

// To rewrite golden.json:
//
//	go test ./signer/signertest -run TestGoldenIsWhatTheSignersSign -update
var update = flag.Bool("update", false, "rewrite golden.json")

// numbered are the numbers i for which the signature of "kmsigner i" has a
// property that few have. A search found them once; TestGoldenProperties checks.
var numbered = map[keyspec.Pair]map[string]int{
	{KeySpec: keyspec.RSA2048, Algorithm: keyspec.RSAPSSSHA256}:   {"signature begins with a zero byte": 80},
	{KeySpec: keyspec.RSA2048, Algorithm: keyspec.RSAPKCS1SHA256}: {"signature begins with a zero byte": 90},
	{KeySpec: keyspec.RSA3072, Algorithm: keyspec.RSAPSSSHA256}:   {"signature begins with a zero byte": 339},
	{KeySpec: keyspec.RSA3072, Algorithm: keyspec.RSAPKCS1SHA256}: {"signature begins with a zero byte": 77},
	{KeySpec: keyspec.ECP256, Algorithm: keyspec.ECDSASHA256}: {
		"r begins with a zero byte": 1296, "s begins with a zero byte": 156, "r begins with two zero bytes": 158649,
		"r and s with the top bit": 0, "r and s without the top bit": 3,
	},
	{KeySpec: keyspec.ECP256K, Algorithm: keyspec.ECDSASHA256}: {
		"r begins with a zero byte": 367, "s begins with a zero byte": 255, "r begins with two zero bytes": 33731,
		"r and s without the top bit": 0,
	},
	{KeySpec: keyspec.ECSM2, Algorithm: keyspec.SM2DSA}: {
		"r begins with a zero byte": 822, "s begins with a zero byte": 307, "r begins with two zero bytes": 29904,
		"r and s with the top bit": 3, "r and s without the top bit": 1,
	},
}

// generate makes the contents of golden.json anew.
func generate(t *testing.T) []byte {
	t.Helper()
	file := goldenFile{
		Schema:  "golden.schema.json",
		Warning: "TESTING ONLY: the private keys in this file are published and protect nothing.",
		Version: 1,
	}
	for _, p := range keyspec.Pairs() {
		private, err := keyspec.MarshalPrivateKey(Key(p.KeySpec))
		require.NoError(t, err)
		public, err := keyspec.MarshalPublicKey(New(p).Public())
		require.NoError(t, err)
		file.Groups = append(file.Groups, goldenGroup{p.KeySpec, p.Algorithm, der(private), der(public), rows(t, p)})
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetIndent("", " ")
	require.NoError(t, enc.Encode(file))
	return out.Bytes()
}

func der(data []byte) hexBytes {
	block, _ := pem.Decode(data)
	return block.Bytes
}

func rows(t *testing.T, p keyspec.Pair) (rows []goldenRow) {
	add := func(name string, id *sm2z.ID, message, digest []byte) {
		row := goldenRow{Name: name}
		var opts []signer.Option
		if id != nil {
			b := hexBytes(id.Bytes())
			row.UserID, opts = &b, []signer.Option{signer.WithID(*id)}
		}
		s := New(p, opts...)
		if digest == nil {
			m := hexBytes(message)
			row.Message = &m
			h := s.NewDigest()
			h.Write(message)
			digest = h.Sum(nil)
		}
		sig, err := s.SignDigest(context.Background(), digest)
		require.NoError(t, err)
		row.Digest, row.Signature = digest, sig
		if order(p.KeySpec) != nil {
			raw, err := signer.ToRaw(sig)
			require.NoError(t, err)
			r := hexBytes(raw)
			row.Raw = &r
		}
		rows = append(rows, row)
	}

	long := make([]byte, 1000)
	for i := range long {
		long[i] = byte(i % 251)
	}
	for _, m := range []struct {
		name string
		data []byte
	}{{"empty message", nil}, {"abc", []byte("abc")}, {"1000 bytes", long}} {
		if p.KeySpec != keyspec.ECSM2 {
			add(m.name, nil, m.data, nil)
			continue
		}
		for _, id := range []struct {
			name string
			id   sm2z.ID
		}{{"default id", sm2z.DefaultID()}, {"empty id", sm2z.EmptyID()},
			{"custom id", userID([]byte("alice@example.com"))}} {
			add(m.name+", "+id.name, &id.id, m.data, nil)
		}
	}
	for _, name := range slices.Sorted(mapKeys(numbered[p])) {
		var id *sm2z.ID
		if p.KeySpec == keyspec.ECSM2 {
			id = new(sm2z.ID)
		}
		add(name, id, []byte("kmsigner "+strconv.Itoa(numbered[p][name])), nil)
	}
	for _, d := range edgeDigests(p) {
		add(d.name, nil, nil, d.bytes)
	}
	return rows
}

func mapKeys[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func TestGoldenIsWhatTheSignersSign(t *testing.T) {
	want := generate(t)
	if *update {
		require.NoError(t, os.WriteFile("golden.json", want, 0o644))
		t.Skip("golden.json is rewritten; it is embedded from the next build on")
	}
	require.Equal(t, string(want), string(goldenJSON),
		"to rewrite it: go test ./signer/signertest -run TestGoldenIsWhatTheSignersSign -update")
}

// What Golden returns, row by row, through the public interface alone.
func TestGolden(t *testing.T) {
	rows := map[keyspec.Pair]int{}
	names := map[string]bool{}
	parsed := map[string]crypto.PrivateKey{}
	signers := map[string]signer.Signer{} // by pair, id and key
	for _, v := range Golden() {
		what := v.Pair.String() + ": " + v.Name
		require.False(t, names[what], "two rows %s", what)
		names[what] = true
		rows[v.Pair]++

		if parsed[string(v.PrivateKey)] == nil { // a prime test for each row is too much
			key, err := keyspec.ParsePrivateKey(v.PrivateKey, nil)
			require.NoError(t, err, what)
			parsed[string(v.PrivateKey)] = key
		}
		var opts []signer.Option
		if v.Pair.KeySpec == keyspec.ECSM2 && v.FromMessage {
			opts = []signer.Option{signer.WithID(v.ID)}
		}
		name := v.Pair.String() + string(v.PrivateKey)
		s := signers[name]
		if s == nil || opts != nil {
			made, err := signer.New(parsed[string(v.PrivateKey)], v.Pair.Algorithm, append(opts, signer.Deterministic())...)
			require.NoError(t, err, what)
			s = made
		}
		if opts == nil {
			signers[name] = s
		}
		pub, err := keyspec.ParsePublicKey(v.PublicKey)
		require.NoError(t, err, what)
		require.Equal(t, s.Public(), pub, what)
		verifier, err := signer.NewVerifier(pub, v.Pair.Algorithm, opts...)
		require.NoError(t, err, what)

		require.Len(t, v.Digest, 32, what)
		require.NoError(t, verifier.VerifyDigest(v.Digest, v.Signature), what)
		if v.FromMessage {
			got, err := signer.SignMessage(context.Background(), s, bytes.NewReader(v.Message))
			require.NoError(t, err, what)
			require.Equal(t, v.Signature, got, what)
			require.NoError(t, signer.VerifyMessage(verifier, bytes.NewReader(v.Message), v.Signature), what)
		} else {
			require.Empty(t, v.Message, what)
		}
		if v.Raw == nil {
			require.Nil(t, order(v.Pair.KeySpec), what)
			continue
		}
		raw, err := signer.ToRaw(v.Signature)
		require.NoError(t, err, what)
		require.Equal(t, raw, v.Raw, what)
	}
	counts := []int{}
	for _, p := range keyspec.Pairs() {
		counts = append(counts, rows[p])
	}
	require.Equal(t, []int{7, 7, 7, 7, 14, 13, 20}, counts, "rows by pair")
}

// The rows that are there for a property have it.
func TestGoldenProperties(t *testing.T) {
	seen := 0
	for _, v := range Golden() {
		var has bool
		switch v.Name {
		case "signature begins with a zero byte":
			has = v.Signature[0] == 0
		case "r begins with a zero byte":
			has = v.Raw[0] == 0 && v.Signature[3] == 31 // and the INTEGER needs no other
		case "s begins with a zero byte":
			has = v.Raw[32] == 0
		case "r begins with two zero bytes":
			has = v.Raw[0] == 0 && v.Raw[1] == 0
		case "r and s with the top bit":
			has = len(v.Signature) == 72
		case "r and s without the top bit":
			has = len(v.Signature) == 70
		case "digest n-1", "digest n", "digest n+1":
			d := new(big.Int).SetBytes(v.Digest)
			offset := map[string]int64{"digest n-1": -1, "digest n": 0, "digest n+1": 1}[v.Name]
			has = d.Sub(d, order(v.Pair.KeySpec)).Cmp(big.NewInt(offset)) == 0
		default:
			continue
		}
		require.True(t, has, "%s: %s", v.Pair, v.Name)
		seen++
	}
	require.Equal(t, 4+5+4+5+3*3, seen)
}

// Golden's slices belong to the caller, also those that rows have in common.
func TestGoldenIsACopy(t *testing.T) {
	for _, v := range Golden() {
		for _, b := range [][]byte{v.PrivateKey, v.PublicKey, v.Message, v.Digest, v.Signature, v.Raw} {
			clear(b)
		}
		require.Equal(t, strings.Repeat("\x00", len(v.PublicKey)), string(v.PublicKey))
	}
	sound := map[string]bool{}
	for _, v := range Golden() {
		if !sound[string(v.PrivateKey)] {
			_, err := keyspec.ParsePrivateKey(v.PrivateKey, nil)
			require.NoError(t, err)
			sound[string(v.PrivateKey)] = true
		}
	}
	first, second := Golden()[:2], Golden()[:2]
	clear(first[0].PrivateKey)
	require.Equal(t, second[1].PrivateKey, first[1].PrivateKey)
}

func TestKey(t *testing.T) {
	for _, k := range keyspec.All() {
		got, err := keyspec.Of(Key(k))
		require.NoError(t, err)
		require.Equal(t, k, got)
		require.Equal(t, Key(k), Key(k))
		require.NotSame(t, Key(k), Key(k), "a new copy at each call")
	}
	for _, k := range []keyspec.KeySpec{"", "EC_P384", "rsa_2048"} {
		require.Equal(t, crypto.PrivateKey(nil), Key(k))
	}
}
