// SPDX-License-Identifier: Apache-2.0

package dkms_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/kmshttp/fronttest"
	"github.com/kmsigner/kmsigner/internal/testrun"
	"github.com/kmsigner/kmsigner/internal/vectors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/dkms"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/stretchr/testify/require"
	"software.sslmate.com/src/go-pkcs12"
)

// openKey reads a client key file as the SDKs do.
func openKey(t *testing.T, file []byte, password string) (id string, key *rsa.PrivateKey, p12 []byte) {
	t.Helper()
	var f struct {
		KeyId          string
		PrivateKeyData []byte
	}
	d := json.NewDecoder(bytes.NewReader(file))
	d.DisallowUnknownFields()
	require.NoError(t, d.Decode(&f))
	k, _, err := pkcs12.Decode(f.PrivateKeyData, password)
	require.NoError(t, err)
	return f.KeyId, k.(*rsa.PrivateKey), f.PrivateKeyData
}

// A new key is a client: its file signs, and its certificate tells the server.
func TestNewClientKey(t *testing.T) {
	const password = "correct horse, Pferd, 马"
	k, err := dkms.NewClientKey([]byte(password))
	require.NoError(t, err)
	require.Regexp(t, `^KAAP\.[0-9a-f]{32}$`, k.ID)
	id, key, p12 := openKey(t, k.File, password)
	require.Equal(t, k.ID, id)
	require.Equal(t, 2048, key.N.BitLen())
	require.Equal(t, &key.PublicKey, k.PublicKey)
	block, rest := pem.Decode(k.Certificate)
	require.Empty(t, rest)
	certificate, err := x509.ParseCertificate(block.Bytes)
	require.NoError(t, err)
	require.Equal(t, k.PublicKey, certificate.PublicKey)
	require.Equal(t, k.ID, certificate.Subject.CommonName)
	require.NoError(t, certificate.CheckSignature(certificate.SignatureAlgorithm, certificate.RawTBSCertificate,
		certificate.Signature))
	other, err := dkms.NewClientKey([]byte(password))
	require.NoError(t, err)
	require.NotEqual(t, k.ID, other.ID)

	ring, versions := fronttest.Keyring(t, keyspec.ECSM2)
	h := fronttest.NewServer(func(opts ...frontend.Option) handler {
		return dkms.NewHandler(&dkms.Service{Store: ring},
			dkms.StaticClientKeys(map[string]*rsa.PublicKey{k.ID: k.PublicKey}), opts...)
	})
	r := request("GetPublicKey", pb(1, versions[keyspec.ECSM2].KeyID), set("x-kms-acccesskeyid", k.ID))
	require.Equal(t, "401 SignatureNotMatch: Signature is not matched.", do(t, h, r))
	r = request("GetPublicKey", pb(1, versions[keyspec.ECSM2].KeyID), set("x-kms-acccesskeyid", k.ID))
	require.Equal(t, "OK", do(t, h, sign(r, key)))

	for _, password := range [][]byte{nil, {}, []byte("\xff"), []byte("smile 😀")} {
		k, err := dkms.NewClientKey(password)
		var e *errors.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, []any{errors.InvalidParameter, "Password"}, []any{e.Code, e.Param})
		require.Empty(t, k.File)
	}

	t.Run("OpenSSL", func(t *testing.T) {
		testrun.Program(t, "openssl")
		k, err := dkms.NewClientKey([]byte("plain"))
		require.NoError(t, err)
		_, key, p12 = openKey(t, k.File, "plain")
		path := filepath.Join(t.TempDir(), "key.p12")
		require.NoError(t, os.WriteFile(path, p12, 0o600))
		out, err := exec.Command("openssl", "pkcs12", "-legacy", "-in", path, "-passin", "pass:plain", "-nodes",
			"-info").CombinedOutput()
		require.NoError(t, err, "%s", out)
		require.Contains(t, string(out), "pbeWithSHA1And3-KeyTripleDES-CBC")
		require.Contains(t, string(out), "MAC: sha1")
		var private, public *pem.Block
		for b, rest := pem.Decode(out); b != nil; b, rest = pem.Decode(rest) {
			switch b.Type {
			case "PRIVATE KEY":
				private = b
			case "CERTIFICATE":
				public = b
			}
		}
		parsed, err := x509.ParsePKCS8PrivateKey(private.Bytes)
		require.NoError(t, err)
		require.True(t, key.Equal(parsed))
		require.Equal(t, k.Certificate, pem.EncodeToMemory(public))
		out, err = exec.Command("openssl", "pkcs12", "-legacy", "-in", path, "-passin", "pass:other",
			"-nodes").CombinedOutput()
		require.Error(t, err, "%s", out)
	})
}

// The file that the provider's description has made is one of the same kind.
func TestPublishedClientKey(t *testing.T) {
	id, key, _ := openKey(t, vectors.Read(t, "captures/instance-client-key.json"), "testpassword")
	all, certificate := captures(t)
	require.Equal(t, all[0].request().Header.Get("x-kms-acccesskeyid"), id)
	require.Equal(t, certificate, &key.PublicKey)
}

// Nothing prints the file.
func TestClientKey_isSecret(t *testing.T) {
	k, err := dkms.NewClientKey([]byte("password"))
	require.NoError(t, err)
	var out bytes.Buffer
	type holder struct {
		K  dkms.ClientKey
		P  *dkms.ClientKey
		In []any
	}
	held := holder{k, &k, []any{k, &k}}
	for _, v := range []any{k, &k, held, &held, []dkms.ClientKey{k}, map[string]dkms.ClientKey{"k": k}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%b", "%U", "%t"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		slog.New(slog.NewTextHandler(&out, nil)).Info("k", "k", v)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("k", "k", v)
		data, err := json.Marshal(v)
		require.NoError(t, err)
		require.Contains(t, string(data), k.ID)
		out.Write(data)
	}
	require.Contains(t, out.String(), k.ID)
	var file struct{ PrivateKeyData string }
	require.NoError(t, json.Unmarshal(k.File, &file))
	raw, err := base64.StdEncoding.DecodeString(file.PrivateKeyData)
	require.NoError(t, err)
	inner := k.File[30:60]
	for name, secret := range map[string]string{
		"the name": "PrivateKeyData", "base64": file.PrivateKeyData[100:140],
		"again": base64.StdEncoding.EncodeToString(k.File)[40:80],
		"hex":   fmt.Sprintf("%x", inner), "HEX": fmt.Sprintf("%X", inner), "the rest": string(inner),
		"bytes": strings.Trim(fmt.Sprint(inner), "[]"), "Go": strings.Trim(strings.TrimPrefix(fmt.Sprintf("%#v", inner),
			"[]byte"), "{}"),
		"quoted": fmt.Sprintf("%q", inner), "the PKCS #12": fmt.Sprintf("%x", raw[20:40]),
	} {
		require.NotContains(t, out.String(), secret, name)
	}
	require.NotRegexp(t, regexp.MustCompile(`(\d+ ){200}`), out.String())
	require.Equal(t, "client key "+k.ID, k.String())
}

// A key that is too short, or none, is an unknown client; what a ClientKeys says
// otherwise has its code.
func TestClientKeys(t *testing.T) {
	ring, versions := fronttest.Keyring(t, keyspec.ECSM2)
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	body := pb(1, versions[keyspec.ECSM2].KeyID)
	const unknown = `404 Unauthorized: The AccessKey ID "` + clientID + `" does not exist in our records.`
	for name, tt := range map[string]struct {
		key  *rsa.PublicKey
		err  error
		want string
	}{
		"the key":      {&clientKey().PublicKey, nil, "OK"},
		"none":         {nil, nil, unknown},
		"empty":        {&rsa.PublicKey{}, nil, unknown},
		"short":        {&short.PublicKey, nil, unknown},
		"unknown":      {nil, errors.Unauthenticated, unknown},
		"key and code": {&clientKey().PublicKey, errors.Unauthenticated, unknown},
		"switched off": {nil, errors.AccessDenied, unknown},
		"no exponent":  {&rsa.PublicKey{N: clientKey().N}, nil, "401 SignatureNotMatch: Signature is not matched."},
		"exponent 1":   {&rsa.PublicKey{N: clientKey().N, E: 1}, nil, "401 SignatureNotMatch: Signature is not matched."},
		"away": {nil, errors.New("the database is away"),
			"503 ServiceUnavailableTemporary: Service Unavailable Temporary."},
		"too slow": {nil, context.DeadlineExceeded, "503 ServiceUnavailableTemporary: Service Unavailable Temporary."},
	} {
		asked := ""
		h := fronttest.NewServer(func(opts ...frontend.Option) handler {
			return dkms.NewHandler(&dkms.Service{Store: ring}, func(_ context.Context, id string) (*rsa.PublicKey, error) {
				asked = id
				return tt.key, tt.err
			}, opts...)
		})
		r := request("GetPublicKey", body)
		if name == "short" {
			sign(r, short)
		}
		require.Equal(t, tt.want, do(t, h, r), name)
		require.Equal(t, clientID, asked)
	}
	keys := map[string]*rsa.PublicKey{clientID: &clientKey().PublicKey}
	static := dkms.StaticClientKeys(keys)
	delete(keys, clientID)
	key, err := static(ctx, clientID)
	require.NoError(t, err)
	require.Equal(t, &clientKey().PublicKey, key, "it is a copy")
}
