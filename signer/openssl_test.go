// SPDX-License-Identifier: Apache-2.0

package signer_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/testkeys"
	"github.com/kmsigner/kmsigner/internal/testrun"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/sm2z"
	"github.com/stretchr/testify/require"
)

// openSSL is a folder with a message, and the openssl command, run in it.
type openSSL struct {
	dir     string
	message []byte
}

func newOpenSSL(t *testing.T) openSSL {
	t.Helper()
	testrun.Program(t, "openssl")
	// Longer than one chunk of SignMessage, and no multiple of any block size.
	o := openSSL{t.TempDir(), bytes.Repeat([]byte("message for OpenSSL\n"), 5_001)}
	o.write(t, "message", o.message)
	return o
}

func (o openSSL) write(t *testing.T, name string, data []byte) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(o.dir, name), data, 0o600))
}

func (o openSSL) read(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(o.dir, name))
	require.NoError(t, err)
	return data
}

func (o openSSL) run(args ...string) (string, error) {
	cmd := exec.Command("openssl", args...)
	cmd.Dir = o.dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// sign makes the file "theirs", OpenSSL's signature of the message with key.pem.
func (o openSSL) sign(t *testing.T, options []string) []byte {
	t.Helper()
	out, err := o.run(append(append([]string{"dgst"}, options...), "-sign", "key.pem", "-out", "theirs", "message")...)
	require.NoError(t, err, out)
	return o.read(t, "theirs")
}

// verify reports whether OpenSSL accepts a signature of the message with pub.pem.
func (o openSSL) verify(t *testing.T, options []string, sig []byte) bool {
	t.Helper()
	o.write(t, "ours", sig)
	out, err := o.run(append(append([]string{"dgst"}, options...), "-verify", "pub.pem", "-signature", "ours",
		"message")...)
	if err == nil {
		require.Contains(t, out, "Verified OK")
		return true
	}
	// A command line that OpenSSL does not understand must not pass for a refusal.
	require.Contains(t, out, "Verification failure")
	return false
}

func openSSLID(t *testing.T, id string) sm2z.ID {
	t.Helper()
	custom, err := sm2z.NewID([]byte(id))
	require.NoError(t, err)
	return custom
}

// TestOpenSSL lets OpenSSL verify what each pair signs, and the other way round.
func TestOpenSSL(t *testing.T) {
	t.Parallel()
	sha256 := []string{"-sha256"}
	pss := []string{"-sha256", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"}
	cases := map[keyspec.Algorithm][]struct {
		name    string
		options []string
		id      []signer.Option
	}{
		keyspec.RSAPSSSHA256:   {{"salt 32", pss, nil}},
		keyspec.RSAPKCS1SHA256: {{"PKCS #1", sha256, nil}},
		keyspec.ECDSASHA256:    {{"ECDSA", sha256, nil}},
		keyspec.SM2DSA: {
			{"default id", []string{"-sm3", "-sigopt", "distid:1234567812345678"}, nil},
			{"custom id", []string{"-sm3", "-sigopt", "distid:alice@example.com"},
				[]signer.Option{signer.WithID(openSSLID(t, "alice@example.com"))}},
			// What OpenSSL before 4.0 takes without distid.
			{"no id", []string{"-sm3", "-sigopt", "distid:"}, []signer.Option{signer.WithID(sm2z.EmptyID())}},
		},
	}
	for _, p := range keyspec.Pairs() {
		require.NotEmpty(t, cases[p.Algorithm], p)
		for _, tt := range cases[p.Algorithm] {
			t.Run(p.String()+"/"+tt.name, func(t *testing.T) {
				t.Parallel()
				o := newOpenSSL(t)
				o.write(t, "key.pem", testkeys.PEM(p.KeySpec))
				for mode, opts := range map[string][]signer.Option{
					"hedged":        tt.id,
					"deterministic": append([]signer.Option{signer.Deterministic()}, tt.id...),
				} {
					s := newSigner(t, p, opts...)
					pub, err := keyspec.MarshalPublicKey(s.Public())
					require.NoError(t, err, mode)
					o.write(t, "pub.pem", pub)
					sig, err := signer.SignMessage(background, s, bytes.NewReader(o.message))
					require.NoError(t, err, mode)
					require.True(t, o.verify(t, tt.options, sig), mode)
					sig[len(sig)-1] ^= 1
					require.False(t, o.verify(t, tt.options, sig), mode)
				}

				v := newVerifier(t, newSigner(t, p), tt.id...)
				theirs := o.sign(t, tt.options)
				require.NoError(t, signer.VerifyMessage(v, bytes.NewReader(o.message), theirs))
				theirs[len(theirs)-1] ^= 1
				requireCode(t, signer.VerifyMessage(v, bytes.NewReader(o.message), theirs), errors.InvalidSignature, "Signature")
			})
		}
	}
}

// TestOpenSSLPublicKey compares the SPKI that we write with the one that OpenSSL
// derives from the private key, and reads OpenSSL's.
func TestOpenSSLPublicKey(t *testing.T) {
	t.Parallel()
	for _, k := range keyspec.All() {
		t.Run(string(k), func(t *testing.T) {
			t.Parallel()
			o := newOpenSSL(t)
			o.write(t, "key.pem", testkeys.PEM(k))
			out, err := o.run("pkey", "-in", "key.pem", "-pubout", "-out", "pub.pem")
			require.NoError(t, err, out)
			theirs := o.read(t, "pub.pem")
			s := newSigner(t, keyspec.Pair{KeySpec: k, Algorithm: k.Algorithms()[0]})
			ours, err := keyspec.MarshalPublicKey(s.Public())
			require.NoError(t, err)
			require.Equal(t, string(theirs), string(ours))
			parsed, err := keyspec.ParsePublicKey(theirs)
			require.NoError(t, err)
			require.Equal(t, s.Public(), parsed)
		})
	}
}

// TestOpenSSLUserIDs shows that a signature holds under its own id alone, on both
// sides.
func TestOpenSSLUserIDs(t *testing.T) {
	t.Parallel()
	o := newOpenSSL(t)
	o.write(t, "key.pem", testkeys.PEM(keyspec.ECSM2))
	pair := keyspec.Pair{KeySpec: keyspec.ECSM2, Algorithm: keyspec.SM2DSA}
	ids := []struct {
		options []string
		id      sm2z.ID
	}{
		{[]string{"-sm3", "-sigopt", "distid:1234567812345678"}, sm2z.DefaultID()},
		{[]string{"-sm3", "-sigopt", "distid:alice@example.com"}, openSSLID(t, "alice@example.com")},
		{[]string{"-sm3", "-sigopt", "distid:"}, sm2z.EmptyID()},
	}
	for i, signs := range ids {
		s := newSigner(t, pair, signer.WithID(signs.id))
		pub, err := keyspec.MarshalPublicKey(s.Public())
		require.NoError(t, err)
		o.write(t, "pub.pem", pub)
		ours, err := signer.SignMessage(background, s, bytes.NewReader(o.message))
		require.NoError(t, err)
		theirs := o.sign(t, signs.options)
		for j, verifies := range ids {
			require.Equal(t, i == j, o.verify(t, verifies.options, ours), "%v verified as %v", signs.id, verifies.id)
			v := newVerifier(t, s, signer.WithID(verifies.id))
			err := signer.VerifyMessage(v, bytes.NewReader(o.message), theirs)
			if i == j {
				require.NoError(t, err)
			} else {
				requireCode(t, err, errors.InvalidSignature, "Signature")
			}
		}
	}
}

// TestOpenSSLOtherSalts shows that OpenSSL's default salt, the longest that fits,
// and an empty one are refused.
func TestOpenSSLOtherSalts(t *testing.T) {
	t.Parallel()
	for _, salt := range []string{"max", "0", "20", "31", "33"} {
		t.Run(salt, func(t *testing.T) {
			t.Parallel()
			o := newOpenSSL(t)
			o.write(t, "key.pem", testkeys.PEM(keyspec.RSA2048))
			theirs := o.sign(t, []string{"-sha256", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:" + salt})
			v := newVerifier(t, newSigner(t, keyspec.Pair{KeySpec: keyspec.RSA2048, Algorithm: keyspec.RSAPSSSHA256}))
			requireCode(t, signer.VerifyMessage(v, bytes.NewReader(o.message), theirs), errors.InvalidSignature, "Signature")
		})
	}
}
