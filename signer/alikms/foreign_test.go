// SPDX-License-Identifier: Apache-2.0

package alikms_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/kmsigner/kmsigner/internal/kmshttp/fronttest"
	"github.com/kmsigner/kmsigner/signer/tencentkms"
	"github.com/stretchr/testify/require"
)

// Clients of other protocols read an error that says so.
func TestHandler_foreign(t *testing.T) {
	ring, _ := fronttest.Keyring(t)
	h := newServer(ring)
	for header, name := range map[string]string{
		"X-Amz-Target: TrentService.Sign": "AWS KMS",
		"Authorization: AWS4-HMAC-SHA256 Credential=a/20261122/r/kms/aws4_request, SignedHeaders=host, Signature=0": "AWS KMS",
		"X-Kms-Apiname: Sign": "the KMS Instance API of Alibaba Cloud",
		"Authorization: TC3-HMAC-SHA256 Credential=a/2026-11-22/kms/tc3_request, SignedHeaders=host, Signature=0": "Tencent Cloud KMS",
	} {
		r := httptest.NewRequest("POST", "/", strings.NewReader("{}"))
		field, value, _ := strings.Cut(header, ": ")
		r.Header.Set(field, value)
		w := fronttest.Do(h, r)
		require.Equal(t, 400, w.Code)
		m := fronttest.JSON(t, w)
		require.Equal(t, "UnsupportedProtocol", m["Code"])
		require.Equal(t, "This protocol is not supported. this address serves Alibaba Cloud KMS; the request is one for "+
			name+", which is not served here.", m["Message"])
	}
}

// An option of the other front end is not ignored.
func TestNewHandler_foreignOption(t *testing.T) {
	ring, _ := fronttest.Keyring(t)
	h := newServer(ring, tencentkms.AllowUnsignedPayload())
	w := fronttest.Do(h, httptest.NewRequest("GET", "/", nil))
	require.Equal(t, "InternalFailure", fronttest.JSON(t, w)["Code"])
	require.Contains(t, h.Log.String(), "AllowUnsignedPayload")
}
