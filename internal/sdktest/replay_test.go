// SPDX-License-Identifier: Apache-2.0

package sdktest

import (
	"bytes"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/stretchr/testify/require"
)

// change replaces text in all of a request: its query, its headers, its body.
func change(pattern, replacement string) func(*http.Request) {
	re := regexp.MustCompile(pattern)
	return func(r *http.Request) {
		r.URL.RawQuery = re.ReplaceAllString(r.URL.RawQuery, replacement)
		for name, values := range r.Header {
			line := re.ReplaceAllString(name+": "+values[0], replacement)
			delete(r.Header, name)
			if name, value, ok := strings.Cut(line, ": "); ok {
				r.Header[name] = []string{value}
			}
		}
		body, _ := io.ReadAll(r.Body)
		body = re.ReplaceAll(body, []byte(replacement))
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	}
}

// A request of each SDK, recorded and sent a second time.
func TestReplay(t *testing.T) {
	k := program.keys[keyspec.ECP256]
	for name, wire := range alibabaWires {
		t.Run(name, func(t *testing.T) {
			do, rec := alibaba(t, wire)
			p := params{"KeyId": k.Alias, "KeyVersionId": k.VersionID, "Algorithm": "ECDSA_SHA_256",
				"Digest": b64(make([]byte, 32))}
			_, err := do("AsymmetricSign", p)
			require.NoError(t, err)
			status, body := rec.replay(t, program.alibaba, nil)
			require.Equal(t, 400, status)
			require.Contains(t, body, "SignatureNonceUsed")
			require.Contains(t, body, "Specified signature nonce was used already.")
		})
	}
	for name, wire := range tencentWires {
		t.Run(name, func(t *testing.T) {
			do, rec := tencentOf(t, wire)
			_, err := do("SignByAsymmetricKey", params{"KeyId": k.KeyID, "Algorithm": "ECC_P256_R1", "Message": "AA=="})
			require.NoError(t, err)
			_, body := rec.replay(t, program.tencent, nil)
			if strings.Contains(name, "TC3") {
				// TC3 has no nonce.
				require.Contains(t, body, `"Signature":`)
			} else {
				require.Contains(t, body, `"Code":"AuthFailure"`)
			}
		})
	}
}

// A request of each SDK, recorded, and sent to servers on which it is sixteen or
// six minutes later, and just in time.
func TestExpiredTimeStamp(t *testing.T) {
	recorded := time.Now()
	ring := keyring.New()
	keys := frontend.StaticKeys(map[string]string{accessKey: secret})
	at := func(later time.Duration) server {
		return serverOf(t, ring, keys, frontend.WithClock(func() time.Time { return recorded.Add(later) }))
	}
	now, after4, after6, after14, after16 := at(0), at(4*time.Minute), at(6*time.Minute), at(14*time.Minute),
		at(16*time.Minute)
	const keyID = "00000000-0000-4000-8000-000000000000"
	for name, wire := range alibabaWires {
		rec := &recorder{}
		_, err := wire(t, now.alibaba, accessKey, secret, "", rec)("GetPublicKey",
			params{"KeyId": keyID, "KeyVersionId": keyID})
		requireAlibaba(t, err, 404, "Forbidden.KeyNotFound", "")
		_, body := rec.replay(t, after14.alibaba, nil)
		require.Contains(t, body, "Forbidden.KeyNotFound", name)
		status, body := rec.replay(t, after16.alibaba, nil)
		require.Equal(t, 400, status)
		require.Contains(t, body, "InvalidTimeStamp.Expired", name)
	}
	for name, wire := range tencentWires {
		rec := &recorder{}
		_, err := wire(t, now.tencent, accessKey, secret, "", rec)("GetPublicKey", params{"KeyId": keyID})
		requireTencent(t, err, "ResourceUnavailable.CmkNotFound", "")
		_, body := rec.replay(t, after4.tencent, nil)
		require.Contains(t, body, "ResourceUnavailable.CmkNotFound", name)
		_, body = rec.replay(t, after6.tencent, nil)
		require.Contains(t, body, "AuthFailure.SignatureExpire", name)
	}
}

// A request of each scheme, recorded and changed on the way.
func TestChangedOnTheWay(t *testing.T) {
	k := program.keys[keyspec.ECP256]
	wires := map[string]dial{}
	for _, all := range []map[string]dial{alibabaWires, tencentWires} {
		for name, wire := range all {
			wires[name] = wire
		}
	}
	for name, tt := range map[string]struct {
		wires                []string
		pattern, replacement string
		code                 string
	}{
		"another digest": {[]string{"older POST JSON", "older form", "newer ACS3 SHA256", "newer ACS3 SM3"},
			`Digest=AAAA`, `Digest=BAAA`, "SignatureDoesNotMatch"},
		"another action": {[]string{"newer ACS3 SHA256"},
			`^X-Acs-Action: AsymmetricSign|^x-acs-action: AsymmetricSign`, `x-acs-action: GetPublicKey`,
			"SignatureDoesNotMatch"},
		"another parameter": {[]string{"older GET JSON", "newer ACS3 GET"}, `Digest=`, `Extra=1&Digest=`,
			"SignatureDoesNotMatch"},
		"a parameter twice": {[]string{"older GET JSON", "newer ACS3 GET"}, `Digest=`, `Digest=AA%3D%3D&Digest=`,
			"InvalidParameter"},
		"time, no time": {[]string{"older POST JSON", "older form"}, `Timestamp=20`, `Timestamp=x20`,
			"InvalidTimeStamp.Format"},
		"date, no date": {[]string{"newer ACS3 SHA256"}, `^(?i:x-acs-date): .*`, `X-Acs-Date: today`,
			"InvalidTimeStamp.Format"},
		"no signature": {[]string{"older POST JSON", "older form"}, `&Signature=[^&]*`, ``, "MissingParameter"},
		"no nonce": {[]string{"older POST JSON", "newer RPC HMAC-SHA1"}, `&SignatureNonce=[^&]*`, ``,
			"MissingParameter"},
		"another method": {[]string{"older POST JSON"}, `HMAC-SHA1`, `HMAC-MD5`, "InvalidSignatureMethod"},
		"another version": {[]string{"older POST JSON"}, `SignatureVersion=1.0`, `SignatureVersion=2.0`,
			"IncompleteSignature"},
		"another scheme": {[]string{"newer ACS3 SHA256"}, `ACS3-HMAC-SHA256`, `ACS3-HMAC-MD5`,
			"InvalidSignatureMethod"},
		"host not signed": {[]string{"newer ACS3 SHA256"}, `SignedHeaders=host;`, `SignedHeaders=`,
			"IncompleteSignature"},
		"half a header":          {[]string{"newer ACS3 SHA256"}, `,Signature=.*`, ``, "IncompleteSignature"},
		"half a header, Tencent": {[]string{"TC3 POST", "TC3 GET"}, `, Signature=.*`, ``, "AuthFailure.InvalidAuthorization"},
		"another message": {[]string{"TC3 POST"}, `"Message":"AAAA`, `"Message":"BAAA`,
			"AuthFailure.SignatureFailure"},
		"another message, query": {[]string{"TC3 GET", "HmacSHA1 GET", "HmacSHA1 POST", "HmacSHA256 POST"}, `Message=AAAA`,
			`Message=BAAA`, "AuthFailure.SignatureFailure"},
		"action, TC3": {[]string{"TC3 POST", "TC3 GET"}, `^(?i:x-tc-action): .*`, `X-Tc-Action: GetPublicKey`,
			"InvalidParameter"},
		"action, older": {[]string{"HmacSHA1 POST", "HmacSHA256 GET"}, `Action=SignByAsymmetricKey`,
			`Action=GetPublicKey`, "AuthFailure.SignatureFailure"},
		"another day": {[]string{"TC3 POST"}, `Credential=([^/]*)/20`, `Credential=$1/19`,
			"AuthFailure.InvalidAuthorization"},
		"timestamp, TC3": {[]string{"TC3 POST"}, `^(?i:x-tc-timestamp): .*`, `X-Tc-Timestamp: now`,
			"AuthFailure.InvalidAuthorization"},
	} {
		for _, wireName := range tt.wires {
			t.Run(name+"/"+wireName, func(t *testing.T) {
				wire, ok := wires[wireName]
				require.True(t, ok)
				digest := b64(make([]byte, 32))
				var rec *recorder
				var do call
				var err error
				address := program.alibaba
				if _, isTencent := tencentWires[wireName]; isTencent {
					address = program.tencent
					do, rec = tencentOf(t, wire)
					_, err = do("SignByAsymmetricKey", params{"KeyId": k.KeyID, "Algorithm": "ECC_P256_R1", "Message": digest,
						"MessageType": "DIGEST"})
				} else {
					do, rec = alibaba(t, wire)
					_, err = do("AsymmetricSign", params{"KeyId": k.KeyID, "KeyVersionId": k.VersionID, "Algorithm": "ECDSA_SHA_256",
						"Digest": digest})
				}
				require.NoError(t, err)
				_, body := rec.replay(t, address, change(tt.pattern, tt.replacement))
				require.Regexp(t, `<Code>`+tt.code+`</Code>|"Code":"`+tt.code+`"`, body)
			})
		}
	}
}
