package dkms

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/kmsigner/kmsigner/internal/vectors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/stretchr/testify/require"
)

// Requests that the provider's two SDKs sent are authenticated, at the time that they
// bear, and understood.
func TestCaptures(t *testing.T) {
	block, _ := pem.Decode(vectors.Read(t, "captures/instance-client-cert.pem"))
	certificate, err := x509.ParseCertificate(block.Bytes)
	require.NoError(t, err)
	ring := keyring.New()
	v, err := ring.Create(context.Background(), keyspec.ECP256)
	require.NoError(t, err)
	require.NoError(t, ring.SetAlias(context.Background(), "alias/a", v.KeyID))

	rows := 0
	for line := range bytes.Lines(vectors.Read(t, "captures/instance.jsonl")) {
		rows++
		var c struct {
			Method     string
			RequestURI string `json:"request_uri"`
			Header     [][2]string
			Body       []byte `json:"body_base64"`
		}
		require.NoError(t, json.Unmarshal(line, &c))
		r := httptest.NewRequest(c.Method, c.RequestURI, bytes.NewReader(c.Body))
		for _, h := range c.Header {
			r.Header.Add(h[0], h[1])
		}
		date, err := http.ParseTime(r.Header.Get("date"))
		require.NoError(t, err)
		id := r.Header.Get("x-kms-acccesskeyid")
		h := NewHandler(&Service{Store: ring}, StaticClientKeys(map[string]*rsa.PublicKey{id: certificate.PublicKey.(*rsa.PublicKey)}),
			frontend.WithClock(func() time.Time { return date }))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		t.Log(r.Header.Get("x-kms-apiname"), w.Code, base64.StdEncoding.EncodeToString(w.Body.Bytes()), w.Body)
	}
	require.Equal(t, 8, rows)
}
