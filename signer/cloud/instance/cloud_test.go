// SPDX-License-Identifier: Apache-2.0

package instance_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alibabacloud-go/tea/tea"
	openapi "github.com/aliyun/alibabacloud-dkms-gcs-go-sdk/openapi"
	sdk "github.com/aliyun/alibabacloud-dkms-gcs-go-sdk/sdk"
	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/signer/cloud/instance"
	"github.com/kmsigner/kmsigner/signer/dkms"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/kmsigner/kmsigner/signer/signertest"
)

var background = context.Background()

// newClient is the provider's SDK, pointed at a server.
func newClient(t *testing.T, url string, settings ...func(*openapi.Config)) *sdk.Client {
	t.Helper()
	config := &openapi.Config{
		Protocol: tea.String("http"), Endpoint: tea.String(strings.TrimPrefix(url, "http://")),
		ClientKeyContent: tea.String(string(signertest.ClientKeyFile())), Password: tea.String(signertest.ClientKeyPassword),
	}
	for _, set := range settings {
		set(config)
	}
	client, err := sdk.NewClient(config)
	require.NoError(t, err)
	return client
}

func requireVerifies(t *testing.T, s signer.Signer, digest, sig []byte) {
	t.Helper()
	v, err := signer.NewVerifier(s.Public(), s.Algorithm())
	require.NoError(t, err)
	require.NoError(t, v.VerifyDigest(digest, sig))
}

func TestSigner(t *testing.T) {
	server := signertest.KMS(t)
	client := newClient(t, server.InstanceURL)
	for _, p := range keyspec.Pairs() {
		t.Run(p.String(), func(t *testing.T) {
			s, err := instance.New(background, client, server.KeyID(p.KeySpec), server.KeyVersionID(p.KeySpec),
				p.Algorithm, signer.VerifyAfterSign())
			require.NoError(t, err)
			require.Equal(t, signertest.New(p).Public(), s.Public())
			signertest.TestSigner(t, s)
			digests := make([][]byte, 20)
			for i := range digests {
				digests[i] = make([]byte, 32)
				digests[i][0] = byte(i)
			}
			signatures, err := signer.SignDigests(background, s, digests)
			require.NoError(t, err)
			for i, sig := range signatures {
				requireVerifies(t, s, digests[i], sig)
			}
		})
	}
}

// A signer stays with its version when the key is rotated; a new one does not.
func TestRotation(t *testing.T) {
	server := signertest.KMS(t)
	client := newClient(t, server.InstanceURL)
	find := func(versionID string) signer.Signer {
		s, err := instance.New(background, client, signertest.Alias(keyspec.ECP256), versionID, keyspec.ECDSASHA256)
		require.NoError(t, err)
		return s
	}
	first := server.KeyVersionID(keyspec.ECP256)
	old := find("")
	rotated, err := server.Keyring.Rotate(background, server.KeyID(keyspec.ECP256))
	require.NoError(t, err)
	require.Equal(t, rotated.Public(), find("").Public())
	require.Equal(t, old.Public(), find(first).Public())
	for _, s := range []signer.Signer{old, find(""), find(first), find(rotated.VersionID)} {
		sig, err := s.SignDigest(background, make([]byte, 32))
		require.NoError(t, err)
		requireVerifies(t, s, make([]byte, 32), sig)
	}
}

func TestErrorsOfTheService(t *testing.T) {
	server := signertest.KMS(t)
	client := newClient(t, server.InstanceURL)
	keyID := server.KeyID(keyspec.ECP256)
	s, err := instance.New(background, client, keyID, "", keyspec.ECDSASHA256)
	require.NoError(t, err)
	sign := func() error { _, err := s.SignDigest(background, make([]byte, 32)); return err }

	require.NoError(t, server.Keyring.SetState(background, keyID, keyring.Disabled))
	requireCode(t, sign(), errors.KeyDisabled)
	require.ErrorContains(t, sign(), "the provider answered Rejected.Disabled, request ")
	require.NoError(t, server.Keyring.SetState(background, keyID, keyring.PendingDeletion))
	requireCode(t, sign(), errors.KeyPendingDeletion)
	require.NoError(t, server.Keyring.SetState(background, keyID, keyring.Enabled))
	require.NoError(t, sign())

	const unknown = "00000000-0000-4000-8000-000000000000"
	for _, key := range [][2]string{{unknown, ""}, {keyID, unknown}, {"alias/nobody", ""}} {
		_, err := instance.New(background, client, key[0], key[1], keyspec.ECDSASHA256)
		requireCode(t, err, errors.KeyNotFound)
	}
	_, err = instance.New(background, client, keyID, "", keyspec.SM2DSA)
	requireCode(t, err, errors.InvalidParameter)
}

// A client key that the service does not know, and another one under a known name.
func TestWrongClientKey(t *testing.T) {
	server := signertest.KMS(t)
	mine, err := dkms.NewClientKey([]byte("password"))
	require.NoError(t, err)
	renamed := bytes.Replace(mine.File, []byte(mine.ID), []byte(signertest.ClientKeyID), 1)
	for _, file := range [][]byte{mine.File, renamed} {
		client := newClient(t, server.InstanceURL, func(c *openapi.Config) {
			c.ClientKeyContent, c.Password = tea.String(string(file)), tea.String("password")
		})
		_, err := instance.New(background, client, server.KeyID(keyspec.ECP256), "", keyspec.ECDSASHA256)
		requireCode(t, err, errors.Unauthenticated)
	}
}

// The clock stands still, so that the limiter does not fill up again. One request is
// refused, and not sent again.
func TestThrottling(t *testing.T) {
	now, requests := time.Now(), 0
	server := signertest.KMS(t, frontend.WithClock(func() time.Time { return now }), frontend.WithRate(1, 2),
		frontend.WithObserver(func(context.Context, frontend.Event) { requests++ }))
	client := newClient(t, server.InstanceURL)
	s, err := instance.New(background, client, server.KeyID(keyspec.ECP256), "", keyspec.ECDSASHA256)
	require.NoError(t, err)
	_, err = s.SignDigest(background, make([]byte, 32))
	require.NoError(t, err)
	_, err = s.SignDigest(background, make([]byte, 32))
	requireCode(t, err, errors.Throttled)
	require.Equal(t, 3, requests)
}

// newGate is a signer over a server that hangs after the first request.
func newGate(t *testing.T, settings ...func(*openapi.Config)) (signer.Signer, *httptest.Server) {
	server := signertest.KMS(t)
	first := true
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !first {
			_, _ = io.Copy(io.Discard, r.Body) // only then the server sees that a client is gone
			<-r.Context().Done()
			return
		}
		first = false
		req := r.Clone(r.Context())
		req.RequestURI, req.URL.Scheme, req.URL.Host = "", "http", strings.TrimPrefix(server.InstanceURL, "http://")
		answer, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		defer answer.Body.Close()
		for name, values := range answer.Header {
			w.Header()[name] = values
		}
		w.WriteHeader(answer.StatusCode)
		_, _ = io.Copy(w, answer.Body)
	}))
	t.Cleanup(front.Close)
	client := newClient(t, front.URL, settings...)
	s, err := instance.New(background, client, server.KeyID(keyspec.ECP256), "", keyspec.ECDSASHA256)
	require.NoError(t, err)
	return s, front
}

// A request that hangs ends by its deadline, and without one by the client's timeout.
func TestServerHangs(t *testing.T) {
	s, _ := newGate(t, func(c *openapi.Config) { c.ReadTimeout = tea.Int(1000) })
	ctx, cancel := context.WithTimeout(background, 200*time.Millisecond)
	defer cancel()
	_, err := s.SignDigest(ctx, make([]byte, 32))
	requireCode(t, err, errors.Unavailable)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	_, err = s.Sign(nil, make([]byte, 32), nil)
	requireCode(t, err, errors.Unavailable)
	require.ErrorContains(t, err, "Client.Timeout")
}

func TestServerDies(t *testing.T) {
	s, front := newGate(t)
	front.CloseClientConnections()
	front.Close()
	for range 2 { // on the connection that was there, and on a new one
		_, err := s.SignDigest(background, make([]byte, 32))
		requireCode(t, err, errors.Unavailable)
	}
}

func TestArguments(t *testing.T) {
	server := signertest.KMS(t)
	client := newClient(t, server.InstanceURL)
	var none context.Context
	cancelled, cancel := context.WithCancel(background)
	cancel()
	_, err := instance.New(cancelled, client, "key", "", keyspec.SM2DSA)
	require.Equal(t, context.Canceled, err)
	for param, call := range map[string]func() error{
		"Context": func() error { _, err := instance.New(none, client, "k", "", keyspec.SM2DSA); return err },
		"Client":  func() error { _, err := instance.New(background, nil, "k", "", keyspec.SM2DSA); return err },
		"KeyId":   func() error { _, err := instance.New(background, client, "", "", keyspec.SM2DSA); return err },
		"Deterministic": func() error {
			_, err := instance.New(background, client, server.KeyID(keyspec.ECSM2), "", keyspec.SM2DSA, signer.Deterministic())
			return err
		},
	} {
		err := call()
		requireCode(t, err, errors.InvalidParameter)
		var e *errors.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, param, e.Param)
	}
	_, err = instance.New(background, &sdk.Client{}, "k", "", keyspec.SM2DSA)
	requireCode(t, err, errors.InvalidParameter)
}

// With -race, for data races of the SDK and of this package.
func TestConcurrent(t *testing.T) {
	server := signertest.KMS(t)
	client := newClient(t, server.InstanceURL)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			s, err := instance.New(background, client, signertest.Alias(keyspec.ECP256K), "", keyspec.ECDSASHA256)
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := signer.SignDigests(background, s, [][]byte{make([]byte, 32), make([]byte, 32)}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}
