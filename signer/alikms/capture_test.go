// SPDX-License-Identifier: Apache-2.0

package alikms_test

import (
	"testing"
	"time"

	"github.com/kmsigner/kmsigner/internal/kmshttp/fronttest"
	"github.com/kmsigner/kmsigner/signer/alikms"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/stretchr/testify/require"
)

// A request of each SDK, as captured: the rest is in internal/vectors.
var captured = []fronttest.Capture{
	{ // alibaba-cloud-sdk-go, RPC signature 1.0
		Method:     "POST",
		RequestURI: "/?AccessKeyId=testak&Action=AsymmetricSign&Algorithm=RSA_PSS_SHA_256&Digest=ZOyIygCyaOW6GjVnihtTFtIS9PNmskdyMlNKiuyjfzw%3D&DryRun=true&Format=JSON&KeyId=5c438b18-05be-40ad-b6c2-3be6752c0000&KeyVersionId=2ab1a983-7072-4bbc-a582-584b5bd80000&RegionId=cn-hangzhou&Signature=us0tZFFwKa%2BjDzflFm98mMWnSo8%3D&SignatureMethod=HMAC-SHA1&SignatureNonce=0bdde7b9bcfd94b17b904ddedc74b43f&SignatureType=&SignatureVersion=1.0&Timestamp=2026-11-22T11%3A48%3A19Z&Version=2016-01-20",
		Host:       "127.0.0.1:18075",
		Header: map[string][]string{"Content-Type": {"application/x-www-form-urlencoded"},
			"X-Acs-Action": {"AsymmetricSign"}},
	},
	{ // alibabacloud-go/kms-20160120, ACS3-HMAC-SHA256
		Method:     "POST",
		RequestURI: "/?Algorithm=RSA_PSS_SHA_256&Digest=ZOyIygCyaOW6GjVnihtTFtIS9PNmskdyMlNKiuyjfzw%3D&DryRun=true&KeyId=5c438b18-05be-40ad-b6c2-3be6752c0000&KeyVersionId=2ab1a983-7072-4bbc-a582-584b5bd80000",
		Host:       "127.0.0.1:18075",
		Header: map[string][]string{
			"Authorization":         {"ACS3-HMAC-SHA256 Credential=testak,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,Signature=8a5688ef98574f1b4ab6aee4e2ef4dcf49155830c3c242b0a3e3d4f6f76da6a2"},
			"X-Acs-Action":          {"AsymmetricSign"},
			"X-Acs-Content-Sha256":  {"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
			"X-Acs-Date":            {"2026-11-22T11:48:19Z"},
			"X-Acs-Signature-Nonce": {"b0b9df28dc9b2cf1742ed1bcfe9f0d1b"},
			"X-Acs-Version":         {"2016-01-20"},
		},
	},
}

// The requests of the provider's SDKs verify: they get as far as the key, which is
// not there. With another secret, a minute too late, or for the second time, they
// do not get that far.
func TestCaptures(t *testing.T) {
	t.Run("here", func(t *testing.T) { testCaptures(t, captured) })
	t.Run("published", func(t *testing.T) {
		var mine []fronttest.Capture
		for _, c := range fronttest.Captures(t) {
			if !c.Tencent() {
				mine = append(mine, c)
			}
		}
		require.Len(t, mine, 3)
		testCaptures(t, mine)
	})
}

func testCaptures(t *testing.T, all []fronttest.Capture) {
	for _, c := range all {
		stamp := c.Header1("X-Acs-Date")
		if stamp == "" {
			stamp = c.Param("Timestamp")
		}
		signed, err := time.Parse("2006-01-02T15:04:05Z", stamp)
		require.NoError(t, err)
		now := signed
		h := alikms.NewHandler(&alikms.Service{Store: keyring.New()},
			frontend.StaticKeys(map[string]string{fronttest.AccessKey: fronttest.Secret}),
			frontend.WithClock(func() time.Time { return now }))
		other := alikms.NewHandler(&alikms.Service{Store: keyring.New()},
			frontend.StaticKeys(map[string]string{fronttest.AccessKey: "testsk2"}),
			frontend.WithClock(func() time.Time { return now }))

		require.Equal(t, "SignatureDoesNotMatch", code(t, fronttest.Do(other, c.Request())))
		now = signed.Add(15*time.Minute + time.Second)
		require.Equal(t, "InvalidTimeStamp.Expired", code(t, fronttest.Do(h, c.Request())))
		now = signed.Add(-15*time.Minute - time.Second)
		require.Equal(t, "InvalidTimeStamp.Expired", code(t, fronttest.Do(h, c.Request())))
		now = signed.Add(15 * time.Minute)
		require.Equal(t, "Forbidden.KeyNotFound", code(t, fronttest.Do(h, c.Request())))
		require.Equal(t, "SignatureNonceUsed", code(t, fronttest.Do(h, c.Request())))
	}
}
