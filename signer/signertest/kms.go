// SPDX-License-Identifier: Apache-2.0

package signertest

import (
	"context"
	"crypto/rsa"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/alikms"
	"github.com/kmsigner/kmsigner/signer/dkms"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/kmsigner/kmsigner/signer/tencentkms"
)

// The access key that a [KMSServer] knows. TESTING ONLY.
const (
	AccessKeyID     = "testing-access-key"
	AccessKeySecret = "testing-access-key-secret"
)

// A KMSServer is a KMS in this process: the front ends of signer/alikms,
// signer/tencentkms and signer/dkms, each on a listener of its own on the loopback
// interface, over one keyring that holds the five keys of [Key].
type KMSServer struct {
	// AlibabaURL, TencentURL and InstanceURL (of the KMS Instance API) are what an SDK is
	// pointed at, in the form "http://127.0.0.1:40001". An SDK that wants the host and the
	// scheme apart finds the host after "http://".
	AlibabaURL, TencentURL, InstanceURL string
	// Keyring is the keys: rotate them, disable them, take their aliases away.
	Keyring *keyring.Keyring

	versions map[keyspec.KeySpec]*keyring.Version
}

// KMS starts a [KMSServer] that ends with the test. An application's own tests run
// its real SDK client against it, with [AccessKeyID] and [AccessKeySecret], or with
// [ClientKeyFile] and [ClientKeyPassword], and without a network. The options are those
// of the front ends, and hold for all. The rate of requests is unlimited unless
// [frontend.WithRate] says otherwise; without it, front ends have a rate of 200 (both of
// Alibaba's) and 100 a second.
//
// Key ids are new in each KMSServer, as the providers' are; [KMSServer.KeyID] and
// [Alias] find a key. Signatures are hedged, so verify them; for bytes to compare
// with, use [New]. A failure to start fails the test.
func KMS(t testing.TB, opts ...frontend.Option) *KMSServer {
	t.Helper()
	k := &KMSServer{Keyring: keyring.New(), versions: map[keyspec.KeySpec]*keyring.Version{}}
	ctx := context.Background()
	for _, spec := range keyspec.All() {
		v, err := k.Keyring.Import(ctx, Key(spec))
		if err == nil {
			err = k.Keyring.SetAlias(ctx, Alias(spec), v.KeyID)
		}
		if err != nil {
			t.Fatalf("signertest: KMS cannot import the key of %s: %v", spec, err)
		}
		k.versions[spec] = v
	}
	opts = append([]frontend.Option{frontend.WithRate(math.Inf(1), 1)}, opts...)
	secrets := frontend.StaticKeys(map[string]string{AccessKeyID: AccessKeySecret})
	serve := func(h http.Handler) string {
		server := httptest.NewServer(h)
		t.Cleanup(server.Close)
		return server.URL
	}
	k.AlibabaURL = serve(alikms.NewHandler(&alikms.Service{Store: k.Keyring}, secrets, opts...))
	k.TencentURL = serve(tencentkms.NewHandler(&tencentkms.Service{Store: k.Keyring}, secrets, opts...))
	clients := dkms.StaticClientKeys(map[string]*rsa.PublicKey{ClientKeyID: clientPublicKey()})
	k.InstanceURL = serve(dkms.NewHandler(&dkms.Service{Store: k.Keyring}, clients, opts...))
	return k
}

// KeyID returns the id of the key of this spec, and "" for what is no key spec.
func (k *KMSServer) KeyID(spec keyspec.KeySpec) string { return k.version(spec).KeyID }

// KeyVersionID returns the id of the first version of that key, and "" for what is
// no key spec.
func (k *KMSServer) KeyVersionID(spec keyspec.KeySpec) string { return k.version(spec).VersionID }

func (k *KMSServer) version(spec keyspec.KeySpec) keyring.Version {
	if k == nil || k.versions[spec] == nil {
		return keyring.Version{}
	}
	return *k.versions[spec]
}

// Alias returns the alias that the key of this spec has in a [KMSServer], such as
// "alias/ec-p256k" for EC_P256K, and "" for what is no key spec.
func Alias(spec keyspec.KeySpec) string {
	if !spec.Valid() {
		return ""
	}
	return "alias/" + strings.ReplaceAll(strings.ToLower(string(spec)), "_", "-")
}
