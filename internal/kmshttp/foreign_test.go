// SPDX-License-Identifier: Apache-2.0

package kmshttp

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestForeign(t *testing.T) {
	for _, tt := range []struct {
		spoken        Protocol
		header, query string
	}{
		{AWSKMS, "X-Amz-Target: TrentService.Sign", ""},
		{AWSKMS, "Authorization: AWS4-HMAC-SHA256 Credential=a/20261122/r/kms/aws4_request, SignedHeaders=host, Signature=0",
			""},
		{AWSKMS, "Authorization: AWS4-ECDSA-P256-SHA256 Credential=a", ""},
		{AWSKMS, "", "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a"},
		{InstanceKMS, "X-Kms-Apiname: Sign", ""},
		{InstanceKMS, "Content-Type: application/x-protobuf", ""},
		{AlibabaKMS, "Authorization: ACS3-HMAC-SHA256 Credential=a", ""},
		{AlibabaKMS, "", "AccessKeyId=a&SignatureNonce=1"},
		{TencentKMS, "Authorization: TC3-HMAC-SHA256 Credential=a", ""},
		{"", "Authorization: Bearer a", ""},
		{"", "", "Nonce=1&SecretId=a"},
		{"", "Content-Type: application/json", ""},
		// What load balancers and content networks add.
		{"", "X-Amzn-Trace-Id: Root=1-67891233-abcdef012345678912345678", ""},
		{"", "X-Amz-Cf-Id: a", ""},
	} {
		h := http.Header{}
		if name, value, ok := strings.Cut(tt.header, ": "); ok {
			h.Set(name, value)
		}
		for _, served := range []Protocol{AlibabaKMS, TencentKMS, InstanceKMS} {
			err := Foreign(served, h, tt.query)
			if tt.spoken == "" || tt.spoken == served {
				require.NoError(t, err, tt)
				continue
			}
			require.ErrorIs(t, err, Unserved)
			require.Equal(t, "this address serves "+string(served)+"; the request is one for "+string(tt.spoken)+", which is not served here", Detail(err))
		}
	}
	// What is served wins over a mark that something on the way has left.
	require.NoError(t, Foreign(TencentKMS, http.Header{"Authorization": {"TC3-HMAC-SHA256 "}, "X-Amz-Target": {"a"}}, ""))
}

// It is checked before the rest of the request is read, which may be over the limits.
func TestHandler_foreign(t *testing.T) {
	h, _ := run(done)
	r := httptest.NewRequest("PUT", "/x", strings.NewReader(strings.Repeat("a", 3<<20)))
	r.Header.Set("X-Kms-Apiname", "Sign")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	require.Equal(t, 400, w.Code)
	require.Contains(t, w.Body.String(), string(Unserved))
}
