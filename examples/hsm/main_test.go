// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"crypto"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/pem"
	"errors"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/ThalesGroup/crypto11"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/kms"
	"github.com/kmsigner/kmsigner/internal/testrun"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/signer/alikms"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/kmsigner/kmsigner/signer/signertest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var message = []byte("what is signed")

// newContext opens a new token.
func newContext(t *testing.T) (token *crypto11.Context, reopen func() *crypto11.Context) {
	t.Helper()
	module, pin, err := newToken(t.TempDir())
	if errors.Is(err, errNoSoftHSM) {
		testrun.Missing(t, "%v", err)
	}
	require.NoError(t, err)
	reopen = func() *crypto11.Context {
		token, err := crypto11.Configure(&crypto11.Config{Path: module, TokenLabel: "kmsigner", Pin: pin})
		require.NoError(t, err)
		return token
	}
	return reopen(), reopen
}

// makeKeys makes a key of each kind in the token.
func makeKeys(t *testing.T, token *crypto11.Context) map[keyspec.KeySpec]crypto11.Signer {
	t.Helper()
	rsaKey, err := token.GenerateRSAKeyPair([]byte("rsa"), 2048)
	require.NoError(t, err)
	ecKey, err := token.GenerateECDSAKeyPair([]byte("ec"), elliptic.P256())
	require.NoError(t, err)
	return map[keyspec.KeySpec]crypto11.Signer{keyspec.RSA2048: rsaKey, keyspec.ECP256: ecKey}
}

// What a person sees.
func TestRun(t *testing.T) {
	if _, _, err := newToken(t.TempDir()); errors.Is(err, errNoSoftHSM) {
		testrun.Missing(t, "%v", err)
	}
	var out bytes.Buffer
	run(&out, t.TempDir())
	for _, want := range []string{"EC_P256/ECDSA_SHA_256 SHA256:", "RSA_2048/RSA_PSS_SHA_256\n", "RSA_2048/RSA_PKCS1_SHA_256\n"} {
		require.Contains(t, out.String(), want)
	}
	require.Equal(t, 6, strings.Count(out.String(), "\n"))
}

// Keys in the token through signer.FromCrypto: the same suite as any other Signer,
// the standard library with the exact salt, and OpenSSL.
func TestSignersInToken(t *testing.T) {
	token, _ := newContext(t)
	defer token.Close()
	for spec, key := range makeKeys(t, token) {
		for attribute, want := range map[crypto11.AttributeType]byte{
			crypto11.CkaSensitive: 1, crypto11.CkaAlwaysSensitive: 1, crypto11.CkaNeverExtractable: 1, crypto11.CkaLocal: 1,
			crypto11.CkaExtractable: 0,
		} {
			a, err := token.GetAttribute(key, attribute)
			require.NoError(t, err)
			require.Equal(t, []byte{want}, a.Value, "%s %v", spec, attribute)
		}
		for _, algorithm := range spec.Algorithms() {
			t.Run(string(spec)+"/"+string(algorithm), func(t *testing.T) {
				for _, options := range [][]signer.Option{nil, {signer.VerifyAfterSign()}} {
					s, err := signer.FromCrypto(key, algorithm, options...)
					require.NoError(t, err)
					signertest.TestSigner(t, s)
					sig, err := signer.SignMessage(t.Context(), s, bytes.NewReader(message))
					require.NoError(t, err)
					if algorithm == keyspec.RSAPSSSHA256 {
						h := s.NewDigest()
						h.Write(message)
						opts := &rsa.PSSOptions{SaltLength: 32, Hash: crypto.SHA256}
						require.NoError(t, rsa.VerifyPSS(s.Public().(*rsa.PublicKey), crypto.SHA256, h.Sum(nil), sig, opts))
					}
					requireOpenSSL(t, s, sig)
				}
				_, err := signer.FromCrypto(key, algorithm, signer.Deterministic())
				require.Error(t, err, "the token draws its own nonces")
			})
		}
	}
}

func requireOpenSSL(t *testing.T, s signer.Signer, sig []byte) {
	t.Helper()
	t.Run("OpenSSL", func(t *testing.T) {
		testrun.Program(t, "openssl")
		pub, err := keyspec.MarshalPublicKey(s.Public())
		require.NoError(t, err)
		dir := t.TempDir()
		for name, data := range map[string][]byte{"pub": pub, "sig": sig, "message": message} {
			require.NoError(t, os.WriteFile(filepath.Join(dir, name), data, 0o600))
		}
		args := []string{"dgst", "-sha256", "-verify", "pub", "-signature", "sig"}
		if s.Algorithm() == keyspec.RSAPSSSHA256 {
			args = append(args, "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32")
		}
		cmd := exec.Command("openssl", append(args, "message")...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
		require.Equal(t, "Verified OK\n", string(out))
	})
}

// serve puts the keys behind Alibaba's API and returns its HOST:PORT.
func serve(t *testing.T, keys map[keyspec.KeySpec]crypto11.Signer) (host string, versions []*keyring.Version) {
	t.Helper()
	ring := keyring.New()
	for spec, key := range keys {
		v, err := ring.ImportSigner(t.Context(), key)
		require.NoError(t, err)
		require.Equal(t, spec, v.KeySpec)
		require.NoError(t, ring.SetAlias(t.Context(), "alias/"+string(spec), v.KeyID))
		versions = append(versions, v)
	}
	accessKeys := frontend.StaticKeys(map[string]string{"id": "secret"})
	server := httptest.NewServer(alikms.NewHandler(&alikms.Service{Store: ring}, accessKeys))
	t.Cleanup(server.Close)
	return server.Listener.Addr().String(), versions
}

// The whole chain, by many clients at once: SDK, front end, keyring, PKCS #11.
func TestThroughSDK(t *testing.T) {
	token, _ := newContext(t)
	defer token.Close()
	host, versions := serve(t, makeKeys(t, token))
	var all sync.WaitGroup
	for _, v := range versions {
		for _, algorithm := range v.KeySpec.Algorithms() {
			verifier, err := v.Verifier(algorithm)
			require.NoError(t, err)
			h := verifier.NewDigest()
			h.Write(message)
			digest := h.Sum(nil)
			for range 8 {
				all.Go(func() {
					for _, name := range []string{v.KeyID, "alias/" + string(v.KeySpec)} {
						sig, err := sign(host, name, v.VersionID, algorithm, digest)
						if assert.NoError(t, err) {
							assert.NoError(t, verifier.VerifyDigest(digest, sig))
						}
					}
				})
			}
		}
		client, err := kms.NewClientWithAccessKey("cn-hangzhou", "id", "secret")
		require.NoError(t, err)
		r := kms.CreateGetPublicKeyRequest()
		r.Scheme, r.Domain, r.KeyId, r.KeyVersionId = "http", host, v.KeyID, v.VersionID
		public, err := client.GetPublicKey(r)
		require.NoError(t, err)
		block, rest := pem.Decode([]byte(public.PublicKey))
		require.NotNil(t, block)
		require.Empty(t, rest)
		pub, err := keyspec.ParsePublicKey(block.Bytes)
		require.NoError(t, err)
		require.Equal(t, v.Public(), pub)
	}
	all.Wait()
}

// The keys are the token's: another program with the token finds them again, and
// without the token nothing signs, which clients see as a service that is
// away for the moment.
func TestTokenHoldsKeys(t *testing.T) {
	token, reopen := newContext(t)
	made := makeKeys(t, token)
	host, versions := serve(t, made)
	require.NoError(t, token.Close())
	for _, v := range versions {
		_, err := sign(host, v.KeyID, v.VersionID, v.KeySpec.Algorithms()[0], make([]byte, 32))
		require.ErrorContains(t, err, "ServiceUnavailableTemporary")
	}

	token = reopen()
	defer token.Close()
	found := map[keyspec.KeySpec]crypto11.Signer{}
	for spec, id := range map[keyspec.KeySpec]string{keyspec.RSA2048: "rsa", keyspec.ECP256: "ec"} {
		key, err := token.FindKeyPair([]byte(id), nil)
		require.NoError(t, err)
		require.Equal(t, made[spec].Public(), key.Public())
		found[spec] = key
	}
	host, versions = serve(t, found)
	for _, v := range versions {
		sig, err := sign(host, v.KeyID, v.VersionID, v.KeySpec.Algorithms()[0], make([]byte, 32))
		require.NoError(t, err)
		verifier, err := v.Verifier(v.KeySpec.Algorithms()[0])
		require.NoError(t, err)
		require.NoError(t, verifier.VerifyDigest(make([]byte, 32), sig))
	}
}
