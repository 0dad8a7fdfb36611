// SPDX-License-Identifier: Apache-2.0

package alibaba_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	kms "github.com/alibabacloud-go/kms-20160120/v3/client"
	"github.com/alibabacloud-go/tea/dara"
	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/signer/cloud/alibaba"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/kmsigner/kmsigner/signer/signertest"
)

var background = context.Background()

// newClient is the provider's SDK, pointed at a server.
func newClient(t *testing.T, url, secret string, settings ...func(*openapi.Config)) *kms.Client {
	t.Helper()
	config := &openapi.Config{
		AccessKeyId: dara.String(signertest.AccessKeyID), AccessKeySecret: dara.String(secret),
		Endpoint: dara.String(strings.TrimPrefix(url, "http://")), Protocol: dara.String("HTTP"),
	}
	for _, set := range settings {
		set(config)
	}
	client, err := kms.NewClient(config)
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
	client := newClient(t, server.AlibabaURL, signertest.AccessKeySecret)
	for _, p := range keyspec.Pairs() {
		t.Run(p.String(), func(t *testing.T) {
			s, err := alibaba.New(background, client, server.KeyID(p.KeySpec), server.KeyVersionID(p.KeySpec),
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

// All the signature schemes of the SDK are served with the context.
func TestSchemes(t *testing.T) {
	server := signertest.KMS(t)
	for _, algorithm := range []string{"", "v2", "ACS3-HMAC-SM3"} {
		client := newClient(t, server.AlibabaURL, signertest.AccessKeySecret, func(c *openapi.Config) {
			if algorithm != "" {
				c.SignatureAlgorithm = &algorithm
			}
		})
		s, err := alibaba.New(background, client, signertest.Alias(keyspec.ECSM2), "", keyspec.SM2DSA)
		require.NoError(t, err, algorithm)
		sig, err := signer.SignMessage(background, s, strings.NewReader("message"))
		require.NoError(t, err, algorithm)
		v, err := signer.NewVerifier(s.Public(), keyspec.SM2DSA)
		require.NoError(t, err)
		require.NoError(t, signer.VerifyMessage(v, strings.NewReader("message"), sig))
	}
}

// A signer stays with its version when the key is rotated; a new one does not.
func TestRotation(t *testing.T) {
	server := signertest.KMS(t)
	client := newClient(t, server.AlibabaURL, signertest.AccessKeySecret)
	alias := signertest.Alias(keyspec.ECP256)
	old, err := alibaba.Find(background, client, alias, "")
	require.NoError(t, err)
	require.Equal(t, server.KeyID(keyspec.ECP256), old.KeyID())
	require.Equal(t, server.KeyVersionID(keyspec.ECP256), old.VersionID())
	s, err := old.Signer(keyspec.ECDSASHA256)
	require.NoError(t, err)

	rotated, err := server.Keyring.Rotate(background, server.KeyID(keyspec.ECP256))
	require.NoError(t, err)
	sig, err := s.SignDigest(background, make([]byte, 32))
	require.NoError(t, err)
	requireVerifies(t, s, make([]byte, 32), sig)
	require.Equal(t, old.Public(), s.Public())

	latest, err := alibaba.Find(background, client, alias, "")
	require.NoError(t, err)
	require.Equal(t, rotated.VersionID, latest.VersionID())
	require.Equal(t, rotated.Public(), latest.Public())
	again, err := alibaba.Find(background, client, alias, old.VersionID())
	require.NoError(t, err)
	require.Equal(t, old.Public(), again.Public())
}

func TestErrorsOfTheService(t *testing.T) {
	server := signertest.KMS(t)
	client := newClient(t, server.AlibabaURL, signertest.AccessKeySecret)
	keyID := server.KeyID(keyspec.ECP256)
	s, err := alibaba.New(background, client, keyID, "", keyspec.ECDSASHA256)
	require.NoError(t, err)
	sign := func() error { _, err := s.SignDigest(background, make([]byte, 32)); return err }

	require.NoError(t, server.Keyring.SetState(background, keyID, keyring.Disabled))
	requireCode(t, sign(), errors.KeyDisabled)
	require.ErrorContains(t, sign(), "the provider answered Rejected.Disabled, request ")
	require.NoError(t, server.Keyring.SetState(background, keyID, keyring.PendingDeletion))
	requireCode(t, sign(), errors.KeyPendingDeletion)
	require.NoError(t, server.Keyring.SetState(background, keyID, keyring.Enabled))
	require.NoError(t, sign())

	for _, tt := range []struct {
		secret, keyID, versionID string
		code                     errors.Code
	}{
		{"another secret", keyID, "", errors.Unauthenticated},
		{signertest.AccessKeySecret, "00000000-0000-4000-8000-000000000000", "", errors.KeyNotFound},
		{signertest.AccessKeySecret, keyID, "00000000-0000-4000-8000-000000000000", errors.KeyVersionNotFound},
		{signertest.AccessKeySecret, "alias/nobody", "", errors.AliasNotFound},
		{signertest.AccessKeySecret, "no key id", "", errors.InvalidParameter},
	} {
		_, err := alibaba.Find(background, newClient(t, server.AlibabaURL, tt.secret), tt.keyID, tt.versionID)
		requireCode(t, err, tt.code)
	}
	_, err = alibaba.New(background, client, keyID, "", keyspec.SM2DSA)
	requireCode(t, err, errors.InvalidParameter)
}

// The clock stands still, so that the limiter does not fill up again.
func TestThrottling(t *testing.T) {
	now := time.Now()
	server := signertest.KMS(t, frontend.WithClock(func() time.Time { return now }), frontend.WithRate(1, 3))
	client := newClient(t, server.AlibabaURL, signertest.AccessKeySecret)
	keyID, versionID := server.KeyID(keyspec.ECP256), server.KeyVersionID(keyspec.ECP256)
	s, err := alibaba.New(background, client, keyID, versionID, keyspec.ECDSASHA256)
	require.NoError(t, err)
	for range 2 {
		_, err := s.SignDigest(background, make([]byte, 32))
		require.NoError(t, err)
	}
	_, err = s.SignDigest(background, make([]byte, 32))
	requireCode(t, err, errors.Throttled)
}

func TestPolicy(t *testing.T) {
	nothing := func(context.Context, string, string, string) error { return errors.AccessDenied }
	server := signertest.KMS(t, frontend.WithAuthorize(nothing))
	client := newClient(t, server.AlibabaURL, signertest.AccessKeySecret)
	_, err := alibaba.Find(background, client, server.KeyID(keyspec.ECP256), "")
	requireCode(t, err, errors.AccessDenied)
}

// A gate lets requests through until it is told to keep them.
type gate struct {
	http.Handler
	mu      sync.Mutex
	shut    bool
	arrived chan struct{}
	gone    chan struct{}
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	shut := g.shut
	g.mu.Unlock()
	if !shut {
		g.Handler.ServeHTTP(w, r)
		return
	}
	g.arrived <- struct{}{}
	<-r.Context().Done() // the client went away
	g.gone <- struct{}{}
}

// newGate is a server that can hang in front of a KMS, and a signer over it.
func newGate(t *testing.T, settings ...func(*openapi.Config)) (*gate, signer.Signer, *httptest.Server) {
	server := signertest.KMS(t)
	g := &gate{arrived: make(chan struct{}, 1), gone: make(chan struct{}, 1)}
	g.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { forward(server.AlibabaURL, w, r) })
	front := httptest.NewServer(g)
	t.Cleanup(front.Close)
	client := newClient(t, front.URL, signertest.AccessKeySecret, settings...)
	s, err := alibaba.New(background, client, server.KeyID(keyspec.ECP256), "", keyspec.ECDSASHA256)
	require.NoError(t, err)
	return g, s, front
}

func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut = true
}

// A request that hangs ends with its context, and the connection with it.
func TestServerHangs(t *testing.T) {
	g, s, _ := newGate(t)
	g.close()
	ctx, cancel := context.WithCancel(background)
	go func() { <-g.arrived; cancel() }()
	_, err := s.SignDigest(ctx, make([]byte, 32))
	requireCode(t, err, errors.Unavailable)
	require.ErrorIs(t, err, context.Canceled)
	<-g.gone

	ctx, cancel = context.WithTimeout(background, 200*time.Millisecond)
	defer cancel()
	_, err = s.SignDigest(ctx, make([]byte, 32))
	requireCode(t, err, errors.Unavailable)
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

// The client's ReadTimeout ends a request that has no deadline.
func TestReadTimeout(t *testing.T) {
	g, s, _ := newGate(t, func(c *openapi.Config) { c.ReadTimeout = dara.Int(2000) })
	g.close()
	_, err := s.Sign(nil, make([]byte, 32), nil)
	requireCode(t, err, errors.Unavailable)
	require.ErrorContains(t, err, "Client.Timeout")
}

func TestServerDies(t *testing.T) {
	_, s, front := newGate(t)
	front.CloseClientConnections()
	front.Close()
	_, err := s.SignDigest(background, make([]byte, 32))
	requireCode(t, err, errors.Unavailable) // on the connection that was there
	_, err = s.SignDigest(background, make([]byte, 32))
	requireCode(t, err, errors.Unavailable)
	var refused *net.OpError
	require.ErrorAs(t, err, &refused)
	require.NotContains(t, err.Error(), "Digest", "the URL is not in it")
}

func TestArguments(t *testing.T) {
	server := signertest.KMS(t)
	client := newClient(t, server.AlibabaURL, signertest.AccessKeySecret)
	var none context.Context
	requireParam := func(err error, param string) {
		t.Helper()
		requireCode(t, err, errors.InvalidParameter)
		var e *errors.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, param, e.Param)
	}
	_, err := alibaba.Find(none, client, "key", "")
	requireParam(err, "Context")
	_, err = alibaba.Find(background, nil, "key", "")
	requireParam(err, "Client")
	_, err = alibaba.Find(background, client, "", "")
	requireParam(err, "KeyId")
	cancelled, cancel := context.WithCancel(background)
	cancel()
	_, err = alibaba.Find(cancelled, client, "key", "")
	require.Equal(t, context.Canceled, err)
	_, err = alibaba.Find(background, &kms.Client{}, "key", "")
	require.Error(t, err)
	_, err = alibaba.New(background, client, server.KeyID(keyspec.ECP256), "", keyspec.ECDSASHA256, signer.Deterministic())
	requireParam(err, "Deterministic")
	for _, v := range []*alibaba.Version{nil, {}} {
		require.Empty(t, v.KeyID()+v.VersionID())
		require.Nil(t, v.Public())
		_, err = v.Signer(keyspec.ECDSASHA256)
		requireParam(err, "Version")
	}
}

// With -race, for data races of the SDK and of this package.
func TestConcurrent(t *testing.T) {
	server := signertest.KMS(t)
	client := newClient(t, server.AlibabaURL, signertest.AccessKeySecret)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			s, err := alibaba.New(background, client, signertest.Alias(keyspec.ECP256K), "", keyspec.ECDSASHA256)
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
