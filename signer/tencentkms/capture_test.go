// SPDX-License-Identifier: Apache-2.0

package tencentkms_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/kmsigner/kmsigner/internal/kmshttp/fronttest"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/kmsigner/kmsigner/signer/tencentkms"
	"github.com/stretchr/testify/require"
)

// A request of each signature, as captured from the SDK: the rest is in internal/vectors.
var captured = []fronttest.Capture{
	{ // TC3-HMAC-SHA256
		Method: "POST", RequestURI: "/", Host: "127.0.0.1:18075",
		Header: map[string][]string{
			"Authorization":  {"TC3-HMAC-SHA256 Credential=testak/2026-11-22/kms/tc3_request, SignedHeaders=content-type;host, Signature=e7f4c5327179d3604cc33c60550ddafb99c3bf1aa0b37494bd3465b80d8a9744"},
			"Content-Type":   {"application/json"},
			"X-Tc-Action":    {"SignByAsymmetricKey"},
			"X-Tc-Region":    {"ap-guangzhou"},
			"X-Tc-Timestamp": {"1795348099"},
			"X-Tc-Version":   {"2019-01-18"},
		},
		Body: `{"Algorithm":"SM2DSA","Message":"dGVzdAo=","KeyId":"5c438b18-05be-40ad-b6c2-3be6752c0000","MessageType":"RAW"}`,
	},
	{ // HmacSHA256
		Method: "POST", RequestURI: "/", Host: "127.0.0.1:18071",
		Header: map[string][]string{"Content-Type": {"application/x-www-form-urlencoded"}},
		Body:   "Action=SignByAsymmetricKey&Algorithm=SM2DSA&KeyId=5c438b18-05be-40ad-b6c2-3be6752c0000&Language=zh-CN&Message=ZOyIygCyaOW6GjVnihtTFtIS9PNmskdyMlNKiuyjfzw%3D&MessageType=DIGEST&Nonce=4318597156853203085&Region=ap-guangzhou&RequestClient=SDK_GO_1.0.563&SecretId=testak&Signature=mVI965yVyvqC%2BvuuU0i45s%2F%2FTz%2FcSNwuTxXi7u2CRFc%3D&SignatureMethod=HmacSHA256&Timestamp=1795347633&Version=2019-01-18",
	},
}

// The requests of the provider's SDK verify: they get as far as the key, which is
// not there. With another secret, out of the window, or, where there is a nonce,
// for the second time, they do not get that far.
func TestCaptures(t *testing.T) {
	t.Run("here", func(t *testing.T) { testCaptures(t, captured) })
	t.Run("published", func(t *testing.T) {
		var mine []fronttest.Capture
		for _, c := range fronttest.Captures(t) {
			if c.Tencent() {
				mine = append(mine, c)
			}
		}
		require.Len(t, mine, 4)
		testCaptures(t, mine)
	})
}

func testCaptures(t *testing.T, all []fronttest.Capture) {
	for _, c := range all {
		stamp := c.Header1("X-TC-Timestamp")
		if stamp == "" {
			stamp = c.Param("Timestamp")
		}
		seconds, err := strconv.ParseInt(stamp, 10, 64)
		require.NoError(t, err)
		now := time.Unix(seconds, 0)
		h := tencentkms.NewHandler(&tencentkms.Service{Store: keyring.New()},
			frontend.StaticKeys(map[string]string{fronttest.AccessKey: fronttest.Secret}),
			frontend.WithClock(func() time.Time { return now }))
		other := tencentkms.NewHandler(&tencentkms.Service{Store: keyring.New()},
			frontend.StaticKeys(map[string]string{fronttest.AccessKey: "testsk2"}),
			frontend.WithClock(func() time.Time { return now }))

		require.Equal(t, "AuthFailure.SignatureFailure", code(t, fronttest.Do(other, c.Request())))
		now = time.Unix(seconds+301, 0)
		require.Equal(t, "AuthFailure.SignatureExpire", code(t, fronttest.Do(h, c.Request())))
		now = time.Unix(seconds-301, 0)
		require.Equal(t, "AuthFailure.SignatureExpire", code(t, fronttest.Do(h, c.Request())))
		now = time.Unix(seconds+300, 0)
		require.Equal(t, "ResourceUnavailable.CmkNotFound", code(t, fronttest.Do(h, c.Request())))
		again := "AuthFailure" // the nonce
		if c.Header1("Authorization") != "" {
			again = "ResourceUnavailable.CmkNotFound" // TC3 has none
		}
		require.Equal(t, again, code(t, fronttest.Do(h, c.Request())))
	}
}
