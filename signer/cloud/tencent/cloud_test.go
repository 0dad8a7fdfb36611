// SPDX-License-Identifier: Apache-2.0

package tencent_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"
	kms "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/kms/v20190118"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/signer/cloud/tencent"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/kmsigner/kmsigner/signer/signertest"
)

var background = context.Background()

// newClient is the provider's SDK, pointed at a server.
func newClient(t *testing.T, url, secret string, settings ...func(*profile.ClientProfile)) *kms.Client {
	t.Helper()
	p := profile.NewClientProfile()
	p.HttpProfile.Scheme, p.HttpProfile.Endpoint = "HTTP", strings.TrimPrefix(url, "http://")
	for _, set := range settings {
		set(p)
	}
	client, err := kms.NewClient(common.NewCredential(signertest.AccessKeyID, secret), "ap-guangzhou", p)
	require.NoError(t, err)
	return client
}

// pairs are those of the provider.
var pairs = []keyspec.Pair{
	{KeySpec: keyspec.RSA2048, Algorithm: keyspec.RSAPSSSHA256},
	{KeySpec: keyspec.RSA2048, Algorithm: keyspec.RSAPKCS1SHA256},
	{KeySpec: keyspec.ECP256, Algorithm: keyspec.ECDSASHA256},
	{KeySpec: keyspec.ECSM2, Algorithm: keyspec.SM2DSA},
}

func requireVerifies(t *testing.T, s signer.Signer, digest, sig []byte) {
	t.Helper()
	v, err := signer.NewVerifier(s.Public(), s.Algorithm())
	require.NoError(t, err)
	require.NoError(t, v.VerifyDigest(digest, sig))
}

func TestSigner(t *testing.T) {
	server := signertest.KMS(t)
	client := newClient(t, server.TencentURL, signertest.AccessKeySecret)
	for _, p := range pairs {
		t.Run(p.String(), func(t *testing.T) {
			s, err := tencent.New(background, client, server.KeyID(p.KeySpec), p.Algorithm, signer.VerifyAfterSign())
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

// All the signature schemes and methods of the SDK.
func TestSchemes(t *testing.T) {
	server := signertest.KMS(t)
	for _, scheme := range []string{"TC3-HMAC-SHA256", "HmacSHA256", "HmacSHA1"} {
		for _, method := range []string{"GET", "POST"} {
			client := newClient(t, server.TencentURL, signertest.AccessKeySecret, func(p *profile.ClientProfile) {
				p.SignMethod, p.HttpProfile.ReqMethod = scheme, method
			})
			s, err := tencent.New(background, client, server.KeyID(keyspec.ECSM2), keyspec.SM2DSA)
			require.NoError(t, err, scheme)
			sig, err := signer.SignMessage(background, s, strings.NewReader("message"))
			require.NoError(t, err, scheme)
			v, err := signer.NewVerifier(s.Public(), keyspec.SM2DSA)
			require.NoError(t, err)
			require.NoError(t, signer.VerifyMessage(v, strings.NewReader("message"), sig))
		}
	}
}

func TestPairsThatTheProviderDoesNotHave(t *testing.T) {
	server := signertest.KMS(t)
	client := newClient(t, server.TencentURL, signertest.AccessKeySecret)
	for _, p := range keyspec.Pairs() {
		if p.KeySpec != keyspec.RSA3072 && p.KeySpec != keyspec.ECP256K {
			continue
		}
		_, err := tencent.New(background, client, server.KeyID(p.KeySpec), p.Algorithm)
		requireCode(t, err, errors.InvalidParameter)
		require.ErrorContains(t, err, "Algorithm: Tencent Cloud KMS has no "+p.String())
	}
}

// The front end signs with the primary version, the provider has none: VerifyAfterSign
// sees that the key is another.
func TestRotation(t *testing.T) {
	server := signertest.KMS(t)
	client := newClient(t, server.TencentURL, signertest.AccessKeySecret)
	keyID := server.KeyID(keyspec.ECP256)
	s, err := tencent.New(background, client, keyID, keyspec.ECDSASHA256, signer.VerifyAfterSign())
	require.NoError(t, err)
	rotated, err := server.Keyring.Rotate(background, keyID)
	require.NoError(t, err)
	_, err = s.SignDigest(background, make([]byte, 32))
	requireCode(t, err, errors.Internal)
	s, err = tencent.New(background, client, keyID, keyspec.ECDSASHA256, signer.VerifyAfterSign())
	require.NoError(t, err)
	require.Equal(t, rotated.Public(), s.Public())
	_, err = s.SignDigest(background, make([]byte, 32))
	require.NoError(t, err)
}

func TestErrorsOfTheService(t *testing.T) {
	server := signertest.KMS(t)
	client := newClient(t, server.TencentURL, signertest.AccessKeySecret)
	keyID := server.KeyID(keyspec.ECP256)
	s, err := tencent.New(background, client, keyID, keyspec.ECDSASHA256)
	require.NoError(t, err)
	sign := func() error { _, err := s.SignDigest(background, make([]byte, 32)); return err }

	require.NoError(t, server.Keyring.SetState(background, keyID, keyring.Disabled))
	requireCode(t, sign(), errors.KeyDisabled)
	require.ErrorContains(t, sign(), "the provider answered ResourceUnavailable.CmkStateNotSupport, request ")
	require.NoError(t, server.Keyring.SetState(background, keyID, keyring.PendingDeletion))
	requireCode(t, sign(), errors.KeyPendingDeletion)
	require.NoError(t, server.Keyring.SetState(background, keyID, keyring.Enabled))
	require.NoError(t, sign())

	for _, tt := range []struct {
		secret, keyID string
		code          errors.Code
	}{
		{"another secret", keyID, errors.Unauthenticated},
		{signertest.AccessKeySecret, "00000000-0000-4000-8000-000000000000", errors.KeyNotFound},
		{signertest.AccessKeySecret, "alias/nobody", errors.InvalidParameter},
	} {
		_, err := tencent.New(background, newClient(t, server.TencentURL, tt.secret), tt.keyID, keyspec.ECDSASHA256)
		requireCode(t, err, tt.code)
	}
	_, err = tencent.New(background, client, keyID, keyspec.SM2DSA)
	requireCode(t, err, errors.InvalidParameter)
}

// The clock stands still, so that the limiter does not fill up again.
func TestThrottling(t *testing.T) {
	now := time.Now()
	server := signertest.KMS(t, frontend.WithClock(func() time.Time { return now }), frontend.WithRate(1, 3))
	client := newClient(t, server.TencentURL, signertest.AccessKeySecret)
	s, err := tencent.New(background, client, server.KeyID(keyspec.ECP256), keyspec.ECDSASHA256)
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
	client := newClient(t, server.TencentURL, signertest.AccessKeySecret)
	_, err := tencent.New(background, client, server.KeyID(keyspec.ECP256), keyspec.ECDSASHA256)
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
	_, _ = io.Copy(io.Discard, r.Body) // only then the server sees that a client is gone
	g.arrived <- struct{}{}
	<-r.Context().Done() // the client went away
	g.gone <- struct{}{}
}

// newGate is a server that can hang in front of a KMS, and a signer over it.
func newGate(t *testing.T, settings ...func(*profile.ClientProfile)) (*gate, signer.Signer, *httptest.Server) {
	server := signertest.KMS(t)
	g := &gate{arrived: make(chan struct{}, 1), gone: make(chan struct{}, 1)}
	g.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { forward(server.TencentURL, w, r) })
	front := httptest.NewServer(g)
	t.Cleanup(front.Close)
	client := newClient(t, front.URL, signertest.AccessKeySecret, settings...)
	s, err := tencent.New(background, client, server.KeyID(keyspec.ECP256), keyspec.ECDSASHA256)
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

// The client's ReqTimeout ends a request that has no deadline.
func TestReqTimeout(t *testing.T) {
	g, s, _ := newGate(t, func(c *profile.ClientProfile) { c.HttpProfile.ReqTimeout = 2 })
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
	require.ErrorContains(t, err, "Fail to get response because dial tcp 127.0.0.1", "the URL is not in it")
}

func TestArguments(t *testing.T) {
	server := signertest.KMS(t)
	client := newClient(t, server.TencentURL, signertest.AccessKeySecret)
	var none context.Context
	requireParam := func(err error, param string) {
		t.Helper()
		requireCode(t, err, errors.InvalidParameter)
		var e *errors.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, param, e.Param)
	}
	_, err := tencent.New(none, client, "key", keyspec.SM2DSA)
	requireParam(err, "Context")
	_, err = tencent.New(background, nil, "key", keyspec.SM2DSA)
	requireParam(err, "Client")
	_, err = tencent.New(background, &kms.Client{}, "key", keyspec.SM2DSA)
	requireParam(err, "Client")
	_, err = tencent.New(background, client, "", keyspec.SM2DSA)
	requireParam(err, "KeyId")
	cancelled, cancel := context.WithCancel(background)
	cancel()
	_, err = tencent.New(cancelled, client, "key", keyspec.SM2DSA)
	require.Equal(t, context.Canceled, err)
	_, err = tencent.New(background, client, server.KeyID(keyspec.ECP256), keyspec.ECDSASHA256, signer.Deterministic())
	requireParam(err, "Deterministic")
}

// With -race, for data races of the SDK and of this package.
func TestConcurrent(t *testing.T) {
	server := signertest.KMS(t)
	client := newClient(t, server.TencentURL, signertest.AccessKeySecret)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			s, err := tencent.New(background, client, server.KeyID(keyspec.ECP256), keyspec.ECDSASHA256)
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
