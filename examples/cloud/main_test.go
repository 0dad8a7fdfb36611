// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/kmsigner/kmsigner/signer/signertest"
)

// program runs the program with the access key of signertest.KMS, and no other one of
// the machine's.
func program(t *testing.T, args ...string) (string, error) {
	t.Helper()
	for name, value := range map[string]string{
		"ALIBABA_CLOUD_ACCESS_KEY_ID": signertest.AccessKeyID, "ALIBABA_CLOUD_ACCESS_KEY_SECRET": signertest.AccessKeySecret,
		"ALIBABA_CLOUD_SECURITY_TOKEN": "",
		"TENCENTCLOUD_SECRET_ID":       signertest.AccessKeyID, "TENCENTCLOUD_SECRET_KEY": signertest.AccessKeySecret,
	} {
		t.Setenv(name, value)
	}
	var out bytes.Buffer
	err := run(context.Background(), args, &out)
	return out.String(), err
}

func write(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	return file
}

// The keys of a KMS are those of signertest in each place: what is printed is of that
// pair, and the signature verifies.
func requireSigns(t *testing.T, p keyspec.Pair, message string, args ...string) {
	t.Helper()
	out, err := program(t, append([]string{"-alg", string(p.Algorithm)}, args...)...)
	require.NoError(t, err)
	s := signertest.New(p)
	m := regexp.MustCompile(`^key        (.*)\nsignature  (.*)\nverified   with the public key\n$`).FindStringSubmatch(out)
	require.NotNil(t, m, out)
	require.Equal(t, s.(interface{ String() string }).String(), m[1])
	sig, err := base64.StdEncoding.DecodeString(m[2])
	require.NoError(t, err)
	v, err := signer.NewVerifier(s.Public(), p.Algorithm)
	require.NoError(t, err)
	require.NoError(t, signer.VerifyMessage(v, strings.NewReader(message), sig))
}

// arguments returns those for each place that has the keys of signertest.
func arguments(t *testing.T, server *signertest.KMSServer) map[string][]string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "keys")
	ring, err := keyring.Create(dir, []byte("password"))
	require.NoError(t, err)
	for _, spec := range keyspec.All() {
		v, err := ring.Import(t.Context(), signertest.Key(spec))
		require.NoError(t, err)
		require.NoError(t, ring.SetAlias(t.Context(), signertest.Alias(spec), v.KeyID))
	}
	require.NoError(t, ring.Close())
	return map[string][]string{
		"fixed":   {},
		"folder":  {"-keys", "folder", "-dir", dir, "-password-file", write(t, "password\n")},
		"alibaba": {"-keys", "alibaba", "-endpoint", server.AlibabaURL},
		"instance": {"-keys", "instance", "-endpoint", server.InstanceURL,
			"-client-key", write(t, string(signertest.ClientKeyFile())),
			"-password-file", write(t, signertest.ClientKeyPassword)},
		"tencent": {"-keys", "tencent", "-endpoint", server.TencentURL, "-region", "ap-guangzhou"},
	}
}

func TestEveryPlace(t *testing.T) {
	server := signertest.KMS(t)
	places, file := arguments(t, server), write(t, "from a file")
	for _, p := range keyspec.Pairs() {
		t.Run(p.String(), func(t *testing.T) {
			for place, args := range places {
				key := signertest.Alias(p.KeySpec)
				switch place {
				case "fixed":
					key = string(p.KeySpec)
				case "tencent":
					key = server.KeyID(p.KeySpec)
					if p.KeySpec == keyspec.RSA3072 || p.KeySpec == keyspec.ECP256K {
						_, err := program(t, append(args, "-key", key, "-alg", string(p.Algorithm))...)
						require.EqualError(t, err, "kmsigner: InvalidParameter: Algorithm: Tencent Cloud KMS has no "+p.String())
						continue
					}
				}
				requireSigns(t, p, "from the command line", append(args, "-key", key, "-text", "from the command line")...)
				requireSigns(t, p, "from a file", append(args, "-key", key, file)...)
			}
		})
	}
	requireSigns(t, keyspec.Pair{KeySpec: keyspec.ECP256, Algorithm: keyspec.ECDSASHA256}, "what is signed")
}

// A version of a key that has been rotated.
func TestVersion(t *testing.T) {
	server := signertest.KMS(t)
	_, err := server.Keyring.Rotate(t.Context(), server.KeyID(keyspec.ECSM2))
	require.NoError(t, err)
	for _, args := range [][]string{arguments(t, server)["alibaba"], arguments(t, server)["instance"]} {
		requireSigns(t, keyspec.Pair{KeySpec: keyspec.ECSM2, Algorithm: keyspec.SM2DSA}, "what is signed",
			append(args, "-key", signertest.Alias(keyspec.ECSM2), "-version", server.KeyVersionID(keyspec.ECSM2))...)
	}
}

func TestKeysThatDoNotSign(t *testing.T) {
	server := signertest.KMS(t)
	places := arguments(t, server)
	const unknown = "00000000-0000-4000-8000-000000000000"
	require.NoError(t, server.Keyring.SetState(t.Context(), server.KeyID(keyspec.ECP256), keyring.Disabled))
	ring, err := keyring.Open(places["folder"][3], []byte("password"))
	require.NoError(t, err)
	require.NoError(t, ring.SetState(t.Context(), signertest.Alias(keyspec.ECP256), keyring.Disabled))
	require.NoError(t, ring.Close())
	for _, tt := range []struct{ place, key, text string }{
		{"folder", unknown, "KeyNotFound: KeyId: "},
		{"folder", signertest.Alias(keyspec.ECP256), "KeyDisabled: KeyId: "},
		{"alibaba", unknown, "KeyNotFound: the provider answered Forbidden.KeyNotFound, request "},
		{"alibaba", server.KeyID(keyspec.ECP256), "KeyDisabled: the provider answered Rejected.Disabled, request "},
		{"instance", unknown, "KeyNotFound: the provider answered Forbidden.KeyNotFound, request "},
		{"instance", server.KeyID(keyspec.ECP256), "KeyDisabled: the provider answered Rejected.Disabled, request "},
		{"tencent", unknown, "KeyNotFound: the provider answered ResourceUnavailable.CmkNotFound, request "},
		{"tencent", server.KeyID(keyspec.ECP256),
			"KeyDisabled: the provider answered ResourceUnavailable.CmkStateNotSupport, request "},
	} {
		_, err := program(t, append(places[tt.place], "-key", tt.key)...)
		require.ErrorContains(t, err, "kmsigner: "+tt.text, tt.place)
		t.Log(err)
	}
}

func TestMistakes(t *testing.T) {
	server := signertest.KMS(t)
	places := arguments(t, server)
	for _, tt := range []struct {
		args []string
		text string
	}{
		{[]string{"-keys", "cloud"}, "-keys cloud: it has to be fixed, folder, alibaba, instance or tencent"},
		{[]string{"-keys", "folder"}, "-keys folder needs -key"},
		{[]string{"-keys", "folder", "-key", "k"}, "-password-file is missing"},
		{[]string{"-keys", "alibaba", "-key", "k"}, "-keys alibaba needs -region or -endpoint"},
		{[]string{"-keys", "instance", "-key", "k"}, "-keys instance needs -endpoint and -client-key"},
		{[]string{"-keys", "tencent", "-key", "k"}, "-keys tencent needs -region"},
		{[]string{"-keys", "tencent", "-key", "k", "-version", "v"}, "-keys tencent has no versions: omit -version"},
		{[]string{"-key", "EC_P384"}, "kmsigner: InvalidParameter: KeySpec: "},
		{[]string{"-alg", "SM2DSA"}, "Algorithm: EC_P256 signs with ECDSA_SHA_256, not with SM2DSA"},
		{[]string{"-alg", "SM2"}, `kmsigner: InvalidParameter: Algorithm: no algorithm is named "SM2"`},
		{[]string{"a", "b"}, "one FILE at a time, got 2"},
		{[]string{"no such file"}, "open no such file: "},
		{append(places["folder"], "-key", "k", "-password-file", write(t, "another")), "InvalidParameter: Password: "},
		{append(places["folder"], "-key", "k", "-dir", t.TempDir()), "kmsigner: InvalidParameter: Dir: "},
		{append(places["alibaba"], "-key", "k", "-endpoint", "http://127.0.0.1:1"),
			"kmsigner: Unavailable: the service does not answer: "},
		{append(places["instance"], "-key", "k", "-password-file", write(t, "another")), "the client key: pkcs12: "},
	} {
		_, err := program(t, tt.args...)
		require.ErrorContains(t, err, tt.text, "%v", tt.args)
		require.NotContains(t, err.Error(), "\n")
	}
	out, err := program(t, "-h")
	require.NoError(t, err)
	require.Contains(t, out, "usage: cloud [options] [FILE]\n")
}

func TestNoCredentials(t *testing.T) {
	server := signertest.KMS(t)
	for place, names := range map[string][2]string{
		"alibaba": {"ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"},
		"tencent": {"TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY"},
	} {
		args := append(arguments(t, server)[place], "-key", "k")
		t.Setenv(names[0], "")
		t.Setenv(names[1], "")
		err := run(t.Context(), args, &bytes.Buffer{})
		require.EqualError(t, err, "set "+names[0]+" and "+names[1]+" in the environment")
		t.Setenv(names[0], signertest.AccessKeyID)
		t.Setenv(names[1], "not the secret")
		require.ErrorContains(t, run(t.Context(), args, &bytes.Buffer{}), "kmsigner: Unauthenticated: the provider answered ")
	}
}
