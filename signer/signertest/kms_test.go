// SPDX-License-Identifier: Apache-2.0

package signertest_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/kmsigner/kmsigner/signer/signertest"
	"github.com/stretchr/testify/require"
)

func TestKMSHasTheFixedKeys(t *testing.T) {
	kms := signertest.KMS(t)
	for _, spec := range keyspec.All() {
		v, err := kms.Keyring.Lookup(t.Context(), signertest.Alias(spec), kms.KeyVersionID(spec))
		require.NoError(t, err)
		require.Equal(t, kms.KeyID(spec), v.KeyID)
		require.Equal(t, spec, v.KeySpec)
		want := signertest.New(keyspec.Pair{KeySpec: spec, Algorithm: spec.Algorithms()[0]}).Public()
		require.Equal(t, want, v.Public())
	}
	require.Equal(t, "alias/rsa-2048", signertest.Alias(keyspec.RSA2048))
	require.Empty(t, signertest.Alias("EC_P384"))
	require.Empty(t, kms.KeyID("EC_P384")+kms.KeyVersionID(""))
	var none *signertest.KMSServer
	require.Empty(t, none.KeyID(keyspec.ECP256)+none.KeyVersionID(keyspec.ECP256))
}

// Requests without the access key are refused by every front end, and options reach all.
func TestKMSIsClosed(t *testing.T) {
	denied := 0
	deny := frontend.WithAuthorize(func(_ context.Context, _, _, _ string) error { denied++; return errors.AccessDenied })
	kms := signertest.KMS(t, deny)
	for _, url := range []string{kms.AlibabaURL, kms.TencentURL, kms.InstanceURL} {
		require.True(t, strings.HasPrefix(url, "http://127.0.0.1:"), url)
		answer, err := http.Get(url + "/?Action=GetPublicKey&Version=2016-01-20&KeyId=" + kms.KeyID(keyspec.ECP256))
		require.NoError(t, err)
		answer.Body.Close()
		if url == kms.InstanceURL {
			require.Equal(t, http.StatusBadRequest, answer.StatusCode)
		}
	}
	require.Zero(t, denied, "not even asked")
	request := map[string]string{"Action": "GetPublicKey", "KeyId": kms.KeyID(keyspec.ECP256),
		"KeyVersionId": kms.KeyVersionID(keyspec.ECP256)}
	require.Equal(t, "Forbidden.NoPermission", callAlibaba(t, kms, signertest.AccessKeySecret, request)["Code"])
	require.Equal(t, 1, denied)
}

// The clock stands still, so that no limiter fills up again.
func TestKMSHasNoRate(t *testing.T) {
	now := time.Now()
	clock := frontend.WithClock(func() time.Time { return now })
	request := func(kms *signertest.KMSServer) any {
		return callAlibaba(t, kms, signertest.AccessKeySecret, map[string]string{
			"Action": "GetPublicKey", "KeyId": kms.KeyID(keyspec.ECP256),
			"KeyVersionId": kms.KeyVersionID(keyspec.ECP256)})["Code"]
	}
	kms := signertest.KMS(t, clock)
	for range 500 {
		require.Nil(t, request(kms))
	}
	kms = signertest.KMS(t, clock, frontend.WithRate(1, 2))
	require.Nil(t, request(kms))
	require.Nil(t, request(kms))
	require.Equal(t, "Throttling.User", request(kms))
}
