// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kmsigner/kmsigner/internal/testkeys"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/sm2z"
	"github.com/stretchr/testify/require"
)

func TestDemonstration(t *testing.T) {
	var out, errs bytes.Buffer
	require.Equal(t, exitValid, run(nil, &out, &errs))
	require.Empty(t, errs.String())
	steps := strings.Split(strings.TrimSpace(out.String()), "\n\n")
	require.Len(t, steps, 4)
	for i, want := range []string{"Base64Text, RawNotDER, UnderEmptyID: ", "RawNotDER, UnderEmptyID: ", "UnderEmptyID: ", "Valid: "} {
		_, diagnosis, _ := strings.Cut(steps[i], "\n")
		require.True(t, strings.HasPrefix(diagnosis, want), steps[i])
	}
}

// folder writes a public key per spec, the message, and signatures of it.
func folder(t *testing.T) func(name string) string {
	t.Helper()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	write := func(name string, data []byte) { require.NoError(t, os.WriteFile(at(name), data, 0o600)) }
	write("message", []byte("hello"))
	write("empty", nil)
	for _, p := range keyspec.Pairs() {
		key, err := testkeys.Key(p.KeySpec)
		require.NoError(t, err)
		var opts []signer.Option
		if p.KeySpec == keyspec.ECSM2 {
			bob, err := sm2z.NewID([]byte("bob"))
			require.NoError(t, err)
			opts = append(opts, signer.WithID(bob))
		}
		s, err := signer.New(key, p.Algorithm, opts...)
		require.NoError(t, err)
		pub, err := keyspec.MarshalPublicKey(s.Public())
		require.NoError(t, err)
		write(string(p.KeySpec), pub)
		sig, err := signer.SignMessage(context.Background(), s, strings.NewReader("hello"))
		require.NoError(t, err)
		write(string(p.KeySpec+"-")+string(p.Algorithm), sig)
		if raw, err := signer.ToRaw(sig); err == nil {
			write(string(p.KeySpec+"-raw"), raw)
		}
	}
	return at
}

func TestRun(t *testing.T) {
	at := folder(t)
	p256, sm2 := []string{"-pub", at("EC_P256")}, []string{"-pub", at("EC_SM2"), "-sig", at("EC_SM2-SM2DSA")}
	for _, tt := range []struct {
		name string
		args []string
		exit int
		want string // the beginning of what is printed
	}{
		{"valid", append(p256, "-sig", at("EC_P256-ECDSA_SHA_256"), at("message")), exitValid, "Valid: "},
		{"valid, algorithm given", append(p256, "-alg", "ECDSA_SHA_256", "-sig", at("EC_P256-ECDSA_SHA_256"), at("message")), exitValid, "Valid: "},
		{"raw", append(p256, "-sig", at("EC_P256-raw"), at("message")), exitInvalid, "RawNotDER: "},
		{"raw as expected", append(p256, "-raw", "-sig", at("EC_P256-raw"), at("message")), exitValid, "Valid: "},
		{"low s", []string{"-low-s", "-pub", at("EC_P256K"), "-sig", at("EC_P256K-ECDSA_SHA_256"), at("message")}, exitValid, "Valid: "},
		{"other key", append(p256, "-other", at("EC_P256K"), "-sig", at("EC_P256K-ECDSA_SHA_256"), at("message")), exitInvalid, "OtherKey: "},
		{"id unknown", append(sm2, at("message")), exitInvalid, "Unexplained: "},
		{"id to try", append(sm2, "-id", "alice", "-id", "bob", at("message")), exitInvalid, "UnderOtherID: "},
		{"right id", append(sm2, "-under", "bob", at("message")), exitValid, "Valid: "},
		{"empty id", append(sm2, "-under", "", "-id", "bob", at("message")), exitInvalid, "UnderOtherID: "},
		{"RSA", []string{"-pub", at("RSA_2048"), "-alg", "RSA_PSS_SHA_256", "-sig", at("RSA_2048-RSA_PKCS1_SHA_256"), at("message")}, exitInvalid, "PKCS1NotPSS: "},
		{"an empty signature", append(p256, "-sig", at("empty"), at("message")), exitInvalid, "Malformed: "},
		{"RSA without algorithm", []string{"-pub", at("RSA_2048"), "-sig", at("RSA_2048-RSA_PKCS1_SHA_256"), at("message")}, exitUsage, ""},
		{"wrong algorithm", append(p256, "-alg", "SM2DSA", "-sig", at("EC_P256-raw"), at("message")), exitUsage, "BadAlgorithm: "},
		{"option that does not apply", append(p256, "-id", "bob", "-sig", at("EC_P256-raw"), at("message")), exitUsage, "BadOption: "},
		{"no algorithm of ours", append(p256, "-alg", "X", "-sig", at("EC_P256-raw"), at("message")), exitUsage, ""},
		{"no message", append(p256, "-sig", at("EC_P256-raw")), exitUsage, ""},
		{"no such message", append(p256, "-sig", at("EC_P256-raw"), at("none")), exitUsage, ""},
		{"no such signature", append(p256, "-sig", at("none"), at("message")), exitUsage, ""},
		{"no such key", []string{"-pub", at("none"), "-sig", at("EC_P256-raw"), at("message")}, exitUsage, ""},
		{"no key", []string{"-pub", at("message"), "-sig", at("EC_P256-raw"), at("message")}, exitUsage, ""},
		{"no other key", append(p256, "-other", at("message"), "-sig", at("EC_P256-raw"), at("message")), exitUsage, ""},
		{"long id", append(sm2, "-id", strings.Repeat("x", 8192), at("message")), exitUsage, ""},
		{"help", []string{"-h"}, exitValid, "usage: diagnose "},
		{"raw switched off", append(p256, "-raw=false", "-sig", at("EC_P256-ECDSA_SHA_256"), at("message")), exitValid, "Valid: "},
		{"raw switched on", append(p256, "-raw=true", "-sig", at("EC_P256-ECDSA_SHA_256"), at("message")), exitInvalid, "DERNotRaw: "},
		{"low s switched off", append(sm2, "-low-s=false", "-under", "bob", at("message")), exitValid, "Valid: "},
		{"low s for SM2", append(sm2, "-low-s", at("message")), exitUsage, "BadOption: "},
		{"raw neither on nor off", append(p256, "-raw=x", at("message")), exitUsage, ""},
		{"no such option", []string{"-x"}, exitUsage, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out, errs bytes.Buffer
			require.Equal(t, tt.exit, run(tt.args, &out, &errs), "%s%s", &out, &errs)
			require.True(t, strings.HasPrefix(out.String(), tt.want), out.String())
			require.Equal(t, tt.want == "", out.Len() == 0)
			require.Equal(t, tt.want == "", errs.Len() > 0, "either a diagnosis or an error")
			if tt.want == "" {
				require.Regexp(t, `\Adiagnose: .+\n\z`, errs.String(), "one line")
			}
		})
	}
}
