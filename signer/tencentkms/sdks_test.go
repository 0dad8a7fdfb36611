// SPDX-License-Identifier: Apache-2.0

package tencentkms_test

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/kmsigner/kmsigner/internal/kmshttp/fronttest"
	"github.com/kmsigner/kmsigner/internal/testrun"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/stretchr/testify/require"
)

// What the provider's SDKs put into the scope, and what they sign as the host. The
// rest binds a request to its host as before.
func TestSDKs_scope(t *testing.T) {
	ring, _ := fronttest.Keyring(t)
	h := newServer(ring)
	const bad, wrong = "AuthFailure.InvalidAuthorization", "AuthFailure.SignatureFailure"
	for _, tt := range []struct{ host, service, signed, want string }{
		{"127.0.0.1:8082", "kms", "127.0.0.1:8082", "OK"}, // Go, Python
		{"127.0.0.1:8082", "127", "127.0.0.1:8082", "OK"}, // Java, PHP, .NET, Ruby, C++
		{"127.0.0.1:8082", "127", "127.0.0.1", "OK"},      // Node.js
		{"localhost:8082", "localhost:8082", "localhost:8082", "OK"},
		{"localhost:8082", "localhost:8082", "localhost", "OK"},
		{"localhost:8082", "localhost", "localhost", "OK"},
		{"localhost", "localhost", "localhost", "OK"},
		{"signing.example:8082", "signing", "signing.example:8082", "OK"},
		{"signing.example:8082", "signing", "signing.example", "OK"},
		{"signing.example:8082", "kms", "signing.example", "OK"},
		{"signing.example", "signing", "signing.example", "OK"},
		{"kms.ap-guangzhou.example:80", "kms", "kms.ap-guangzhou.example", "OK"},
		{"[::1]:8082", "kms", "[::1]:8082", "OK"},
		{"[::1]:8082", "[::1]:8082", "[::1]", "OK"},
		{"[::1]", "[::1]", "[::1]", "OK"},

		// Another service than that of this host, and none.
		{"127.0.0.1:8082", "cvm", "127.0.0.1:8082", bad},
		{"127.0.0.1:8082", "127.0", "127.0.0.1:8082", bad},
		{"127.0.0.1:8082", "127.0.0.1", "127.0.0.1:8082", bad},
		{"127.0.0.1:8082", "0", "127.0.0.1:8082", bad},
		{"127.0.0.1:8082", "", "127.0.0.1:8082", bad},
		{"127.0.0.1:8082", "KMS", "127.0.0.1:8082", bad},
		{"127.0.0.1:8082", "signing", "signing.example", bad},
		{"localhost:8082", "localhost:8083", "localhost:8082", bad},
		{"localhost:8082", "localhost:", "localhost:8082", bad},
		{"localhost:8082", "8082", "localhost:8082", bad},
		{"signing.example:8082", "example", "signing.example:8082", bad},
		{"signing.example:8082", "signing.example", "signing.example:8082", bad},
		{"signing.example:8082", "signing/kms", "signing.example:8082", bad},
		{".example", "", ".example", bad},
		{"[::1]:8082", "[", "[::1]:8082", bad},
		// A request for another service of the provider.
		{"cvm.tencentcloudapi.com", "cvm", "cvm.tencentcloudapi.com", bad},
		{"cvm.tencentcloudapi.com:443", "cvm", "cvm.tencentcloudapi.com", bad},
		{"cvm.ap-guangzhou.TencentCloudAPI.com", "cvm", "cvm.ap-guangzhou.TencentCloudAPI.com", bad},
		{"cvm.intl.tencentcloudapi.com", "cvm", "cvm.intl.tencentcloudapi.com", bad},
		{"kms.ap-guangzhou.tencentcloudapi.com", "kms", "kms.ap-guangzhou.tencentcloudapi.com", "OK"},
		// Another host, another port, a port that is not sent.
		{"127.0.0.1:8082", "kms", "127.0.0.1:8083", wrong},
		{"127.0.0.1:8082", "kms", "127.0.0.2", wrong},
		{"127.0.0.1:8082", "127", "127.0.0.2:8082", wrong},
		{"127.0.0.1:8082", "127", "127", wrong},
		{"127.0.0.1:8082", "127", "127.0.0.1:", wrong},
		{"127.0.0.1", "127", "127.0.0.1:8082", wrong},
		{"127.0.0.1", "kms", "127.0.0.1:80", wrong},
		{"signing.example:8082", "signing", "signing", wrong},
		{"signing.example:8082", "signing", "example", wrong},
		{"signing.example:8082", "signing", "", wrong},
		{"signing.example.", "signing", "signing.example", wrong},
		{"kms.example:8082", "kms", "kms.example.evil", wrong},
		{"[::1]:8082", "kms", "[::1]:8083", wrong},
		{"[::1]", "kms", "[:", wrong},
		{"[::1]", "kms", "[:", wrong},
		{"signing.example:8082x", "kms", "signing.example", wrong},
	} {
		for _, method := range []string{"GET", "POST"} {
			r := tc3(method, "ListAlgorithms", params{})
			payload := map[string]string{"GET": hexSum(""), "POST": hexSum("{}")}[method]
			r.Host = tt.host
			w := fronttest.Do(h, tc3SignAs(r, tt.service, tt.signed, payload, "content-type", "host"))
			require.Equal(t, tt.want, code(t, w), "%+v: %s", tt, w.Body)
		}
	}
	// The service is signed, whichever it is: one cannot be put for the other.
	for _, swap := range [][2]string{{"/127/", "/kms/"}, {"/kms/", "/127/"}} {
		r := tc3("POST", "ListAlgorithms", params{})
		r.Host = "127.0.0.1:8082"
		tc3SignAs(r, strings.Trim(swap[0], "/"), r.Host, hexSum("{}"), "content-type", "host")
		r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), swap[0], swap[1], 1))
		require.Equal(t, wrong, code(t, fronttest.Do(h, r)))
	}
}

// The SDK for .NET sends two spaces after the name of the algorithm, and signs a
// charset that it sends, too, also for a GET.
func TestSDKs_dotnet(t *testing.T) {
	ring, _ := fronttest.Keyring(t)
	h := newServer(ring)
	for method, contentType := range map[string]string{"GET": form, "POST": "application/json"} {
		r := tc3(method, "ListAlgorithms", params{})
		r.Header.Set("Content-Type", contentType+"; charset=utf-8")
		tc3SignAs(r, "kms", r.Host, map[string]string{"GET": hexSum(""), "POST": hexSum("{}")}[method], "content-type",
			"host")
		r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), " ", "  ", 1))
		require.Equal(t, "OK", code(t, fronttest.Do(h, r)), method)
	}
}

// A day of an SDK that draws its nonce from 65,536, as the one for Node.js does: up
// to a hundred requests in the same second. Each honest one is served, and none a
// second time. KMSIGNER_LONG makes it 50 bursts instead of 10,
// KMSIGNER_NIGHTLY 864.
func TestSDKs_nonces(t *testing.T) {
	bursts := 10
	switch {
	case testrun.Nightly():
		bursts = 864
	case testrun.Long():
		bursts = 50
	}
	ring, versions := fronttest.Keyring(t, keyspec.ECSM2)
	key := versions[keyspec.ECSM2]
	clock := now
	h := newServer(ring, frontend.WithClock(func() time.Time { return clock }))
	rng := rand.New(rand.NewPCG(1, 9))
	sign := func(i int) params {
		p := signParams(key, "SM2DSA").with("Message", base64.StdEncoding.EncodeToString(fmt.Append(nil, "message ", i)))
		method := []string{"HmacSHA1", "HmacSHA256"}[i%2]
		return oldSign("POST", old("POST", "SignByAsymmetricKey", p).with("SignatureMethod", method,
			"Nonce", strconv.Itoa(rng.IntN(1<<16)), "Timestamp", strconv.FormatInt(clock.Unix(), 10)))
	}
	var earlier []params
	for i := range bursts * 100 {
		if i%100 == 0 {
			clock = now.Add(24 * time.Hour / time.Duration(bursts) * time.Duration(i/100))
			earlier = earlier[:0]
		}
		p := sign(i)
		require.Equal(t, "OK", code(t, fronttest.Do(h, post(p))), "request %d", i)
		earlier = append(earlier, p)
		if i%100 == 99 {
			for _, wait := range []time.Duration{0, 4 * time.Minute, 59 * time.Second, time.Second, time.Second} {
				clock = clock.Add(wait) // in the end a second after the window
				for range 5 {
					again := post(earlier[rng.IntN(len(earlier))])
					require.Contains(t, []string{"AuthFailure", "AuthFailure.SignatureExpire"}, code(t, fronttest.Do(h, again)))
				}
			}
		}
	}
	// Within its second a nonce is new with other content, and used with the same.
	p := old("POST", "ListAlgorithms", nil).with("Nonce", "1", "Timestamp", strconv.FormatInt(clock.Unix(), 10))
	require.Equal(t, "OK", code(t, fronttest.Do(h, post(oldSign("POST", p)))))
	require.Equal(t, "AuthFailure", code(t, fronttest.Do(h, post(oldSign("POST", p)))))
	require.Equal(t, "OK", code(t, fronttest.Do(h, post(oldSign("POST", p.with("Region", "ap-beijing"))))))
}

// A request without credentials is told so, whatever else it lacks.
func TestHandler_noCredentials(t *testing.T) {
	ring, _ := fronttest.Keyring(t)
	h := newServer(ring)
	for _, tt := range []struct{ method, query, contentType, body string }{
		{"GET", "", "", ""},
		{"GET", "Action=ListAlgorithms&Version=2019-01-18", "", ""},
		{"POST", "", "", ""},
		{"POST", "", "application/json", "{}"},
		{"POST", "", "application/json; charset=utf-8", `{"KeyId":"a"}`},
		{"POST", "", "text/plain", "x"},
		{"POST", "", form, "Action=ListAlgorithms&Version=2019-01-18"},
		{"POST", "Action=ListAlgorithms", "application/json", "{}"},
	} {
		r, err := http.NewRequest(tt.method, "http://"+host+"/?"+tt.query, strings.NewReader(tt.body))
		require.NoError(t, err)
		if tt.contentType != "" {
			r.Header.Set("Content-Type", tt.contentType)
		}
		w := fronttest.Do(h, r)
		require.Equal(t, "AuthFailure", code(t, w), "%+v: %s", tt, w.Body)
		require.Contains(t, w.Body.String(), "neither an Authorization header nor a Signature")
	}
}

// Clients of other protocols read an error, in the form that each of them has.
func TestHandler_foreign(t *testing.T) {
	ring, _ := fronttest.Keyring(t)
	h := newServer(ring)
	aws := post(nil)
	aws.Header.Set("Content-Type", "application/x-amz-json-1.1")
	aws.Header.Set("X-Amz-Target", "TrentService.Sign")
	instance := post(nil)
	instance.Header.Set("Content-Type", "application/x-protobuf")
	instance.Header.Set("X-Kms-Apiname", "Sign")
	rpc := params{"AccessKeyId": "a", "SignatureNonce": "1", "Signature": "AAAA", "Action": "AsymmetricSign"}
	for name, r := range map[string]*http.Request{
		"AWS KMS": aws, "the KMS Instance API of Alibaba Cloud": instance, "Alibaba Cloud KMS": get(rpc),
		"Alibaba Cloud KMS,": post(rpc),
	} {
		w := fronttest.Do(h, r)
		require.Equal(t, 400, w.Code, name)
		m := fronttest.JSON(t, w)
		sentence := "The protocol is not supported. this address serves Tencent Cloud KMS; the request is one for " +
			strings.TrimSuffix(name, ",") + ", which is not served here."
		require.Equal(t, []any{"UnsupportedProtocol", "UnsupportedProtocol", sentence},
			[]any{m["__type"], m["Code"], m["Message"]})
		inside := m["Response"].(map[string]any)
		require.Equal(t, map[string]any{"Code": "UnsupportedProtocol", "Message": sentence}, inside["Error"])
		require.Equal(t, m["RequestId"], inside["RequestId"])
		require.Len(t, m["RequestId"], 36)
	}
}
