// SPDX-License-Identifier: Apache-2.0

package kmshttp

import (
	"encoding/hex"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var digits = strings.Repeat("0aF9", 16)

func TestParseAuthorization(t *testing.T) {
	want := Authorization{Algorithm: "X", Credential: "id/a=b", SignedHeaders: []string{"host", "x-a"}}
	want.Signature, _ = hex.DecodeString(digits)
	for _, s := range []string{
		"X Credential=id/a=b,SignedHeaders=host;x-a,Signature=" + digits,
		"X Credential=id/a=b, SignedHeaders=host;x-a, Signature=" + digits,
		"X Signature=" + digits + ",SignedHeaders=host;x-a,Credential=id/a=b",
	} {
		got, err := ParseAuthorization(s)
		require.NoError(t, err, s)
		require.Equal(t, want, got)
	}
}

func TestParseAuthorization_invalid(t *testing.T) {
	many := make([]string, maxSignedHeaders+1)
	for i := range many {
		many[i] = strings.Repeat("a", i+1)
	}
	for _, s := range []string{
		"", "X", " Credential=a,SignedHeaders=b,Signature=" + digits, "X ",
		"X Credential=a,SignedHeaders=b",
		"X Credential=a,Signature=" + digits,
		"X SignedHeaders=b,Signature=" + digits,
		"X Credential=,SignedHeaders=b,Signature=" + digits,
		"X Credential=a,SignedHeaders=,Signature=" + digits,
		"X Credential=a,SignedHeaders=b,Signature=",
		"X Credential=a,Credential=a,SignedHeaders=b,Signature=" + digits,
		"X Credential=a,SignedHeaders=b,Signature=" + digits + ",Signature=" + digits,
		"X Credential=a,SignedHeaders=b,Signature=" + digits + ",",
		"X Credential=a,SignedHeaders=b,Signature=" + digits + ",Other=1",
		"X credential=a,SignedHeaders=b,Signature=" + digits,
		"X Credential=a,  SignedHeaders=b,Signature=" + digits,
		"X Credential=a,SignedHeaders=b,Signature=" + digits[:62],
		"X Credential=a,SignedHeaders=b,Signature=" + digits + "00",
		"X Credential=a,SignedHeaders=b,Signature=" + digits[:63] + "g",
		"X Credential=a,SignedHeaders=Host,Signature=" + digits,
		"X Credential=a,SignedHeaders=host;host,Signature=" + digits,
		"X Credential=a,SignedHeaders=host;,Signature=" + digits,
		"X Credential=a,SignedHeaders=ho:st,Signature=" + digits,
		"X Credential=a,SignedHeaders=" + strings.Join(many, ";") + ",Signature=" + digits,
	} {
		_, err := ParseAuthorization(s)
		require.ErrorIs(t, err, MalformedAuthorization, s)
	}
}

func TestSigned(t *testing.T) {
	r := &Request{Host: "h:1", Header: http.Header{"X-A": {"v"}, "X-B": {"1", "2"}, "Host": {"other"}}}
	for name, want := range map[string]string{"host": "h:1", "x-a": "v"} {
		got, err := r.Signed(name)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	for _, name := range []string{"x-b", "x-c"} {
		_, err := r.Signed(name)
		require.ErrorIs(t, err, MalformedAuthorization)
	}
}

// What is accepted can be put together again.
func FuzzParseAuthorization(f *testing.F) {
	f.Add("TC3-HMAC-SHA256 Credential=testak/2026-11-22/kms/tc3_request, SignedHeaders=content-type;host, Signature=" +
		digits)
	f.Add("ACS3-HMAC-SHA256 Credential=testak,SignedHeaders=host,Signature=" + digits)
	f.Fuzz(func(t *testing.T, s string) {
		a, err := ParseAuthorization(s)
		if err != nil {
			require.ErrorIs(t, err, MalformedAuthorization)
			return
		}
		for _, part := range []string{"Credential=" + a.Credential, "SignedHeaders=" + strings.Join(a.SignedHeaders, ";"),
			"Signature="} {
			require.Contains(t, s, part)
		}
		require.Contains(t, strings.ToLower(s), hex.EncodeToString(a.Signature))
		require.True(t, strings.HasPrefix(s, a.Algorithm+" "))
	})
}
