// SPDX-License-Identifier: Apache-2.0

package sdktest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/kmsigner/kmsigner/signer/signertest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// forgetful lets a nonce in for a second time, so that one recorded request is
// enough for a benchmark.
type forgetful struct{ frontend.NonceCache }

func (forgetful) Use(context.Context, string, string, time.Duration) (bool, error) { return true, nil }

// BenchmarkLoopback is how many signatures a second the front ends make, over HTTP
// on the loopback interface, and how many the signer alone. It keeps eight requests
// under way for each processor, recorded from the SDKs and sent by a plain
// net/http client. Client and server share the processors.
func BenchmarkLoopback(b *testing.B) {
	kms := signertest.KMS(b, frontend.WithRate(math.Inf(1), 1), frontend.WithNonces(forgetful{}))
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}}
	defer client.CloseIdleConnections()
	tencentNames := map[keyspec.Pair]string{}
	for name, p := range tencentPairs {
		tencentNames[p] = name
	}
	perSecond := func(b *testing.B, work func() error) {
		b.SetParallelism(8)
		b.ResetTimer()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if err := work(); err != nil {
					b.Error(err)
					return
				}
			}
		})
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "signatures/s")
	}
	overHTTP := func(url string, wire dial, action string, p params) func(*testing.B) {
		return func(b *testing.B) {
			rec := &recorder{}
			_, err := wire(b, hostOf(url), signertest.AccessKeyID, signertest.AccessKeySecret, "", rec)(action, p)
			require.NoError(b, err)
			perSecond(b, func() error { return rec.send(client) })
		}
	}
	for _, p := range keyspec.Pairs() {
		v, err := kms.Keyring.Lookup(b.Context(), kms.KeyID(p.KeySpec), "")
		require.NoError(b, err)
		digest := make([]byte, 32)
		b.Run(p.String()+" signer", func(b *testing.B) {
			s, err := v.Signer(p.Algorithm)
			require.NoError(b, err)
			perSecond(b, func() error { _, err := s.SignDigest(context.Background(), digest); return err })
		})
		sign := params{"KeyId": v.KeyID, "KeyVersionId": v.VersionID, "Algorithm": string(p.Algorithm), "Digest": b64(digest)}
		b.Run(p.String()+" Alibaba RPC", overHTTP(kms.AlibabaURL, alibabaWires["older POST JSON"], "AsymmetricSign", sign))
		b.Run(p.String()+" Alibaba ACS3", overHTTP(kms.AlibabaURL, alibabaWires["newer ACS3 SHA256"], "AsymmetricSign", sign))
		if name, ok := tencentNames[p]; ok {
			sign := params{"KeyId": v.KeyID, "Algorithm": name, "Message": b64(digest), "MessageType": "DIGEST"}
			b.Run(p.String()+" Tencent TC3", overHTTP(kms.TencentURL, tencentWires["TC3 POST"], "SignByAsymmetricKey", sign))
		}
	}
}

// send sends the latest request again and reads the answer to its end.
func (r *recorder) send(client *http.Client) error {
	resp, err := client.Do(r.again(context.Background()))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && (resp.StatusCode != http.StatusOK || bytes.Contains(body, []byte(`"Error":`))) {
		err = fmt.Errorf("%s: %s", resp.Status, body)
	}
	return err
}

// Many goroutines of many clients at once, and every signature fits.
func TestManyClientsAtOnce(t *testing.T) {
	kms := signertest.KMS(t, frontend.WithRate(math.Inf(1), 1))
	var all sync.WaitGroup
	for range 4 {
		alibaba, _ := kmsClients(t, kms)
		for _, do := range alibaba {
			all.Go(func() {
				for i, p := range keyspec.Pairs() {
					base := params{
						"KeyId": kms.KeyID(p.KeySpec), "KeyVersionId": kms.KeyVersionID(p.KeySpec),
						"Algorithm": string(p.Algorithm), "Digest": b64(append(make([]byte, 31), byte(i))),
					}
					a, err := do("AsymmetricSign", base)
					if !assert.NoError(t, err) {
						return
					}
					a, err = do("AsymmetricVerify", base.with(params{"Value": a["Value"]}))
					assert.NoError(t, err)
					assert.Equal(t, "true", a["Value"], p)
				}
			})
		}
	}
	all.Wait()
}
