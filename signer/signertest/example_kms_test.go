// SPDX-License-Identifier: Apache-2.0

package signertest_test

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/kmsigner/kmsigner/signer/signertest"
	"github.com/stretchr/testify/require"
)

// callAlibaba stands for your application with its SDK: it signs a request with the
// RPC signature 1.0 and sends it.
func callAlibaba(t *testing.T, kms *signertest.KMSServer, secret string, parameters map[string]string) map[string]any {
	t.Helper()
	query := url.Values{}
	for name, value := range parameters {
		query.Set(name, value)
	}
	query.Set("Version", "2016-01-20")
	query.Set("AccessKeyId", signertest.AccessKeyID)
	query.Set("SignatureMethod", "HMAC-SHA1")
	query.Set("SignatureVersion", "1.0")
	query.Set("SignatureNonce", rand.Text())
	query.Set("Timestamp", time.Now().UTC().Format("2006-01-02T15:04:05Z"))
	escape := func(s string) string {
		return strings.NewReplacer("+", "%20", "*", "%2A", "%7E", "~").Replace(url.QueryEscape(s))
	}
	mac := hmac.New(sha1.New, []byte(secret+"&"))
	mac.Write([]byte("GET&%2F&" + escape(strings.ReplaceAll(query.Encode(), "+", "%20"))))
	query.Set("Signature", base64.StdEncoding.EncodeToString(mac.Sum(nil)))

	answer, err := http.Get(kms.AlibabaURL + "/?" + query.Encode())
	require.NoError(t, err)
	defer answer.Body.Close()
	var body map[string]any
	require.NoError(t, json.NewDecoder(answer.Body).Decode(&body))
	return body
}

// A whole test of an application against a KMS in the same process: what it gets
// signed verifies, and a disabled key and a wrong secret are answered as the cloud
// answers them.
func TestKMS(t *testing.T) {
	kms := signertest.KMS(t)
	digest := sha256.Sum256([]byte("a message"))
	request := map[string]string{
		"Action":       "AsymmetricSign",
		"KeyId":        signertest.Alias(keyspec.ECP256),
		"KeyVersionId": kms.KeyVersionID(keyspec.ECP256),
		"Algorithm":    "ECDSA_SHA_256",
		"Digest":       base64.StdEncoding.EncodeToString(digest[:]),
	}
	answer := callAlibaba(t, kms, signertest.AccessKeySecret, request)
	require.Equal(t, kms.KeyID(keyspec.ECP256), answer["KeyId"])
	sig, err := base64.StdEncoding.DecodeString(answer["Value"].(string))
	require.NoError(t, err)

	key := signertest.New(keyspec.Pair{KeySpec: keyspec.ECP256, Algorithm: keyspec.ECDSASHA256})
	v, err := signer.NewVerifier(key.Public(), keyspec.ECDSASHA256)
	require.NoError(t, err)
	require.NoError(t, v.VerifyDigest(digest[:], sig))

	require.NoError(t, kms.Keyring.SetState(t.Context(), kms.KeyID(keyspec.ECP256), keyring.Disabled))
	require.Equal(t, "Rejected.Disabled", callAlibaba(t, kms, signertest.AccessKeySecret, request)["Code"])
	require.Equal(t, "SignatureDoesNotMatch", callAlibaba(t, kms, "wrong", request)["Code"])
}
