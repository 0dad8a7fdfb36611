// SPDX-License-Identifier: Apache-2.0

package sdktest

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	instancekms "github.com/aliyun/alibabacloud-dkms-gcs-go-sdk/sdk"
	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/dkms"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/kmsigner/kmsigner/signer/signertest"
	"github.com/stretchr/testify/require"
)

// kmsInstance is a client of a KMS in this process.
func kmsInstance(kms *signertest.KMSServer) instanceClient {
	return instanceClient{
		protocol: "http", host: hostOf(kms.InstanceURL), file: signertest.ClientKeyFile(),
		password: signertest.ClientKeyPassword,
	}
}

// Every operation, every pair, a message and its digest, by id and alias, through both
// SDKs, to the program.
func TestInstance(t *testing.T) {
	for name, wire := range instanceWires {
		t.Run(name, func(t *testing.T) {
			do := wire(t, instanceClient{protocol: "http", host: program.instance, file: clientKey.File,
				password: clientKeyPassword, attempts: 3})
			testInstance(t, name, do, program.keys)
		})
	}
}

func testInstance(t *testing.T, wire string, do call, keys map[keyspec.KeySpec]key) {
	message := []byte("what is signed")
	for _, p := range keyspec.Pairs() {
		t.Run(p.String(), func(t *testing.T) {
			k := keys[p.KeySpec]
			for _, keyID := range []string{k.KeyID, k.Alias} {
				requireAnswer := func(a params, err error) {
					t.Helper()
					require.NoError(t, err)
					require.Equal(t, k.KeyID, a["KeyId"], "the concrete id")
					require.Equal(t, k.VersionID, a["KeyVersionId"])
					require.Len(t, a["RequestId"], 36)
				}
				public, err := do("GetPublicKey", params{"KeyId": keyID})
				requireAnswer(public, err)
				v := verifierOf(t, public["PublicKey"], p)
				for _, messageType := range []string{"RAW", "DIGEST"} {
					data := message
					if messageType == "DIGEST" {
						data = digestOf(v, message)
					} else if wire == "transfer" {
						continue // it has digests only
					}
					base := params{"KeyId": keyID, "Algorithm": string(p.Algorithm), "MessageType": messageType, "Message": b64(data)}
					signature, err := do("Sign", base)
					requireAnswer(signature, err)
					sig, err := base64.StdEncoding.DecodeString(signature["Signature"])
					require.NoError(t, err)
					require.NoError(t, v.VerifyDigest(digestOf(v, message), sig))
					if keyID == k.KeyID {
						requireOpenSSL(t, p, public["PublicKey"], message, sig)
					}
					for value, m := range map[string][]byte{"true": data, "false": bytes.Repeat([]byte{7}, 32)} {
						answer, err := do("Verify", base.with(params{"Signature": signature["Signature"], "Message": b64(m)}))
						requireAnswer(answer, err)
						require.Equal(t, value, answer["Value"])
						if wire == "direct" {
							require.Equal(t, []string{string(p.Algorithm), messageType},
								[]string{answer["Algorithm"], answer["MessageType"]})
						}
					}
				}
			}
		})
	}
}

// kmsKeys are the keys of a KMS in this process, as the program names its own.
func kmsKeys(kms *signertest.KMSServer) map[keyspec.KeySpec]key {
	keys := map[keyspec.KeySpec]key{}
	for _, spec := range keyspec.All() {
		keys[spec] = key{kms.KeyID(spec), kms.KeyVersionID(spec), signertest.Alias(spec), spec}
	}
	return keys
}

// The same over HTTPS, with a CA of our own, to a server that has the client show the
// certificate of its client key.
func TestInstance_HTTPS(t *testing.T) {
	kms := signertest.KMS(t)
	client, err := dkms.NewClientKey([]byte("a password"))
	require.NoError(t, err)
	ca, pair := authority(t)
	handler := dkms.NewHandler(&dkms.Service{Store: kms.Keyring},
		dkms.StaticClientKeys(map[string]*rsa.PublicKey{client.ID: client.PublicKey}), frontend.WithRate(1e6, 1e6))
	var shown sync.Map
	serve := func() (host string) {
		server := httptest.NewUnstartedServer(handler)
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		server.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequireAnyClientCert,
			VerifyPeerCertificate: func(raw [][]byte, _ [][]*x509.Certificate) error {
				shown.Store(string(raw[0]), true)
				return nil
			}}
		server.StartTLS()
		t.Cleanup(server.Close)
		return server.Listener.Addr().String()
	}
	host := serve()
	for name, wire := range instanceWires {
		t.Run(name, func(t *testing.T) {
			do := wire(t, instanceClient{protocol: "https", host: host, ca: ca, file: client.File, password: "a password"})
			testInstance(t, name, do, kmsKeys(kms))
		})
	}
	block, _ := pem.Decode(client.Certificate)
	_, ok := shown.Load(string(block.Bytes))
	require.True(t, ok)
	// Another CA is not trusted. The SDK has one transport for each host, so this is another.
	other, _ := authority(t)
	do := direct(t, instanceClient{protocol: "https", host: serve(), ca: other, file: client.File, password: "a password"})
	_, err = do("GetPublicKey", params{"KeyId": kms.KeyID(keyspec.ECSM2)})
	require.ErrorContains(t, err, "x509")
}

// authority makes a CA and a certificate of it for 127.0.0.1.
func authority(t *testing.T) (ca string, pair tls.Certificate) {
	t.Helper()
	template := func(serial int64) *x509.Certificate {
		return &x509.Certificate{SerialNumber: big.NewInt(serial), NotBefore: time.Now().Add(-time.Hour),
			NotAfter: time.Now().Add(time.Hour)}
	}
	root := template(1)
	root.IsCA, root.BasicConstraintsValid, root.KeyUsage = true, true, x509.KeyUsageCertSign
	rootKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	rootDER, err := x509.CreateCertificate(rand.Reader, root, root, rootKey.Public(), rootKey)
	require.NoError(t, err)
	leaf := template(2)
	leaf.IPAddresses, leaf.ExtKeyUsage = []net.IP{net.IPv4(127, 0, 0, 1)}, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	leafKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, root, leafKey.Public(), rootKey)
	require.NoError(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: rootDER})),
		tls.Certificate{Certificate: [][]byte{leafDER}, PrivateKey: leafKey}
}

// A client that leaves out the algorithm and the message type learns them from the
// answer, as in the provider's own sample.
func TestInstance_defaults(t *testing.T) {
	kms := signertest.KMS(t)
	do := direct(t, kmsInstance(kms))
	for spec, want := range map[keyspec.KeySpec]keyspec.Algorithm{
		keyspec.RSA2048: keyspec.RSAPSSSHA256, keyspec.RSA3072: keyspec.RSAPSSSHA256, keyspec.ECP256: keyspec.ECDSASHA256,
		keyspec.ECP256K: keyspec.ECDSASHA256, keyspec.ECSM2: keyspec.SM2DSA,
	} {
		p := params{"KeyId": kms.KeyID(spec), "Message": b64([]byte("message"))}
		a, err := do("Sign", p)
		require.NoError(t, err)
		require.Equal(t, []string{string(want), "RAW"}, []string{a["Algorithm"], a["MessageType"]})
		a, err = do("Verify", p.with(params{"Signature": a["Signature"], "Algorithm": a["Algorithm"],
			"MessageType": a["MessageType"]}))
		require.NoError(t, err)
		require.Equal(t, "true", a["Value"])
	}
}

// After a rotation, the newest version is used unless another one is asked for.
func TestInstance_versions(t *testing.T) {
	kms := signertest.KMS(t)
	id, first := kms.KeyID(keyspec.ECP256), kms.KeyVersionID(keyspec.ECP256)
	rotated, err := kms.Keyring.Rotate(t.Context(), id)
	require.NoError(t, err)
	for name, wire := range instanceWires {
		do := wire(t, kmsInstance(kms))
		base := params{"KeyId": id, "Algorithm": "ECDSA_SHA_256", "MessageType": "DIGEST", "Message": b64(make([]byte, 32))}
		for asked, used := range map[string]string{"": rotated.VersionID, first: first,
			rotated.VersionID: rotated.VersionID} {
			version := params{"KeyVersionId": asked}
			a, err := do("Sign", base.with(version))
			require.NoError(t, err, name)
			require.Equal(t, used, a["KeyVersionId"])
			public, err := do("GetPublicKey", params{"KeyId": id}.with(version))
			require.NoError(t, err)
			require.Equal(t, used, public["KeyVersionId"])
			sig, err := base64.StdEncoding.DecodeString(a["Signature"])
			require.NoError(t, err)
			v := verifierOf(t, public["PublicKey"], keyspec.Pair{KeySpec: keyspec.ECP256, Algorithm: keyspec.ECDSASHA256})
			require.NoError(t, v.VerifyDigest(make([]byte, 32), sig))
			for _, other := range []string{first, rotated.VersionID} {
				b, err := do("Verify", base.with(params{"KeyVersionId": other, "Signature": a["Signature"]}))
				require.NoError(t, err)
				require.Equal(t, map[bool]string{true: "true", false: "false"}[other == used], b["Value"])
			}
		}
		_, err := do("Sign", base.with(params{"KeyVersionId": kms.KeyVersionID(keyspec.ECSM2)}))
		requireInstance(t, err, 404, "Forbidden.KeyNotFound", "The specified key does not exist.")
	}
}

// What clients get wrong, and what they are told.
func TestInstance_errors(t *testing.T) {
	kms := signertest.KMS(t)
	id := kms.KeyID(keyspec.ECP256)
	for state, spec := range map[keyring.State]keyspec.KeySpec{
		keyring.Disabled: keyspec.ECP256K, keyring.PendingDeletion: keyspec.RSA3072, keyring.PendingImport: keyspec.RSA2048,
	} {
		require.NoError(t, kms.Keyring.SetState(t.Context(), kms.KeyID(spec), state))
	}
	all, both := []string{"Sign", "Verify", "GetPublicKey"}, []string{"Sign", "Verify"}
	good := params{"KeyId": id, "Algorithm": "ECDSA_SHA_256", "MessageType": "DIGEST", "Message": b64(make([]byte, 32)),
		"Signature": "AAAA"}
	const bad = "The specified parameter is not valid."
	for name, tt := range map[string]struct {
		actions []string
		change  params
		status  int
		code    string
		message string
	}{
		"unknown key": {all, params{"KeyId": "00000000-0000-4000-8000-000000000000"}, 404, "Forbidden.KeyNotFound",
			"The specified key does not exist."},
		"unknown alias": {all, params{"KeyId": "alias/nobody"}, 404, "Forbidden.KeyNotFound",
			"The specified key does not exist."},
		"no key": {all, params{"KeyId": ""}, 400, "MissingParameter",
			"Parameter KeyId does not exist in http header or body."},
		"disabled": {all, params{"KeyId": kms.KeyID(keyspec.ECP256K)}, 409, "Rejected.Disabled",
			"The request was rejected because the key state is Disabled."},
		"pending deletion": {all, params{"KeyId": kms.KeyID(keyspec.RSA3072)}, 409, "Rejected.PendingDeletion",
			"PendingDeletion."},
		"pending import": {all, params{"KeyId": kms.KeyID(keyspec.RSA2048)}, 409, "Rejected.PendingImport",
			"PendingImport."},
		"algorithm":    {both, params{"Algorithm": "SM2DSA"}, 400, "InvalidParameter", bad + " Algorithm: "},
		"no algorithm": {both, params{"Algorithm": "ECDSA"}, 400, "InvalidParameter", bad + " Algorithm: "},
		"31 bytes": {both, params{"Message": b64(make([]byte, 31))}, 400, "InvalidParameter", bad +
			" Message: a digest is 32 bytes, got 31."},
		"33 bytes": {both, params{"Message": b64(make([]byte, 33))}, 400, "InvalidParameter", bad +
			" Message: a digest is 32 bytes, got 33."},
		"64 bytes": {both, params{"Message": b64(make([]byte, 64))}, 400, "InvalidParameter", bad +
			" Message: a digest is 32 bytes, got 64."},
		"no message": {both, params{"Message": ""}, 400, "MissingParameter", "Parameter Message does not exist"},
		"no signature": {[]string{"Verify"}, params{"Signature": ""}, 400, "MissingParameter",
			"Parameter Signature does not exist"},
	} {
		for wireName, wire := range instanceWires {
			do := wire(t, kmsInstance(kms))
			for _, action := range tt.actions {
				_, err := do(action, good.with(tt.change))
				t.Run(name+"/"+wireName+"/"+action, func(t *testing.T) { requireInstance(t, err, tt.status, tt.code, tt.message) })
			}
		}
	}
}

// A client key of another client, and one that is not registered.
func TestInstance_clients(t *testing.T) {
	kms := signertest.KMS(t)
	mine, err := dkms.NewClientKey([]byte("pw"))
	require.NoError(t, err)
	for _, wire := range instanceWires {
		c := kmsInstance(kms)
		p := params{"KeyId": kms.KeyID(keyspec.ECSM2)}
		_, err := wire(t, c)("GetPublicKey", p)
		require.NoError(t, err)
		c.file, c.password = mine.File, "pw"
		_, err = wire(t, c)("GetPublicKey", p)
		requireInstance(t, err, 404, "Unauthorized", `The AccessKey ID "`+mine.ID+`" does not exist in our records.`)
		c.file = bytes.Replace(mine.File, []byte(mine.ID), []byte(signertest.ClientKeyID), 1)
		_, err = wire(t, c)("GetPublicKey", p)
		requireInstance(t, err, 401, "SignatureNotMatch", "Signature is not matched.")
	}
	c := kmsInstance(kms)
	c.password = "another"
	_, err = instancekms.NewClient(c.config())
	require.Error(t, err, "the password is wrong")
}

// The server's clock is wrong by as much as the window allows, and by more.
func TestInstance_clock(t *testing.T) {
	for ahead, letsIn := range map[time.Duration]bool{
		0: true, 14 * time.Minute: true, -14 * time.Minute: true, 16 * time.Minute: false, -16 * time.Minute: false,
		24 * time.Hour: false,
	} {
		kms := signertest.KMS(t, frontend.WithClock(func() time.Time { return time.Now().Add(ahead) }))
		for _, wire := range instanceWires {
			_, err := wire(t, kmsInstance(kms))("GetPublicKey", params{"KeyId": kms.KeyID(keyspec.ECSM2)})
			if letsIn {
				require.NoError(t, err)
			} else {
				requireInstance(t, err, 400, "RequestTimeTooSkewed", "Request time exceeds server time more than 15 minutes.")
			}
		}
	}
}

// Who may not use a key learns nothing about it, and the policy hears the client.
func TestInstance_authorization(t *testing.T) {
	var asked []string
	kms := signertest.KMS(t, frontend.WithAuthorize(func(_ context.Context, principal, action, keyID string) error {
		asked = append(asked, principal+" "+action+" "+keyID)
		return errors.AccessDenied
	}))
	id := kms.KeyID(keyspec.ECP256)
	for _, wire := range instanceWires {
		do := wire(t, kmsInstance(kms))
		for name, concrete := range map[string]string{id: id, signertest.Alias(keyspec.ECP256): id,
			"alias/nobody": "alias/nobody"} {
			for _, action := range []string{"Sign", "Verify", "GetPublicKey"} {
				asked = nil
				_, err := do(action, params{"KeyId": name, "Message": b64(make([]byte, 32)), "MessageType": "DIGEST",
					"Algorithm": "ECDSA_SHA_256", "Signature": "AAAA"})
				requireInstance(t, err, 403, "Forbidden.NoPermission",
					`This operation for "`+signertest.ClientKeyID+`" is forbidden by permission system.`)
				require.Equal(t, []string{signertest.ClientKeyID + " " + action + " " + concrete}, asked)
			}
		}
	}
}

// refusing refuses the first requests.
type refusing struct{ left int }

func (r *refusing) Allow(context.Context, string) (bool, error) {
	r.left--
	return r.left < 0, nil
}

// The SDKs send a request that is over the rate again: with their own patience, it is
// served, and without it they tell of it.
func TestInstance_throttling(t *testing.T) {
	for name, wire := range instanceWires {
		var codes []string
		limiter := &refusing{1}
		kms := signertest.KMS(t, frontend.WithLimiter(limiter),
			frontend.WithObserver(func(_ context.Context, e frontend.Event) { codes = append(codes, e.Code) }))
		c := kmsInstance(kms)
		c.attempts = 3
		_, err := wire(t, c)("GetPublicKey", params{"KeyId": kms.KeyID(keyspec.ECSM2)})
		require.NoError(t, err, name)
		require.Equal(t, []string{"Rejected.Throttling", "OK"}, codes)
	}
	kms := signertest.KMS(t, frontend.WithRate(1e-6, 3))
	c := kmsInstance(kms)
	c.attempts = 1
	do := direct(t, c)
	for range 3 {
		_, err := do("GetPublicKey", params{"KeyId": kms.KeyID(keyspec.ECSM2)})
		require.NoError(t, err)
	}
	_, err := do("GetPublicKey", params{"KeyId": kms.KeyID(keyspec.ECSM2)})
	requireInstance(t, err, 429, "Rejected.Throttling", "QPS Limit Exceeded")
}

// Messages up to 3 MB are signed, and no larger ones.
func TestInstance_size(t *testing.T) {
	kms := signertest.KMS(t)
	do := direct(t, kmsInstance(kms))
	for _, spec := range []keyspec.KeySpec{keyspec.ECP256, keyspec.ECSM2} {
		large := bytes.Repeat([]byte("0123456789"), 310_000)
		p := params{"KeyId": kms.KeyID(spec), "Message": b64(large[:2_900_000])}
		a, err := do("Sign", p)
		require.NoError(t, err)
		public, err := do("GetPublicKey", p)
		require.NoError(t, err)
		pair := keyspec.Pair{KeySpec: spec, Algorithm: spec.Algorithms()[0]}
		sig, err := base64.StdEncoding.DecodeString(a["Signature"])
		require.NoError(t, err)
		requireOpenSSL(t, pair, public["PublicKey"], large[:2_900_000], sig)
		_, err = do("Sign", p.with(params{"Message": b64(large)}))
		requireInstance(t, err, 413, "RequestEntityTooLarge", "The body is too large. the body has more than 3072000 bytes.")
		_, err = do("GetPublicKey", p)
		require.NoError(t, err, "the next request goes on")
	}
}

// Errors that are no client's fault, which the SDKs take for a reason to try again.
func TestInstance_failures(t *testing.T) {
	for name, tt := range map[string]struct {
		fail   error
		status int
		code   string
	}{
		"store away":     {errors.Unavailable, 503, "ServiceUnavailableTemporary"},
		"store too slow": {context.DeadlineExceeded, 503, "ServiceUnavailableTemporary"},
		"store broken":   {errors.New("disk on fire at 10.0.0.1"), 500, "InternalFailure"},
	} {
		client, err := dkms.NewClientKey([]byte("pw"))
		require.NoError(t, err)
		requests := 0
		server := httptest.NewServer(dkms.NewHandler(&dkms.Service{Store: failing{func() error { requests++; return tt.fail }}},
			dkms.StaticClientKeys(map[string]*rsa.PublicKey{client.ID: client.PublicKey})))
		do := direct(t, instanceClient{protocol: "http", host: hostOf(server.URL), file: client.File, password: "pw",
			attempts: 1})
		_, err = do("GetPublicKey", params{"KeyId": "00000000-0000-4000-8000-000000000000"})
		requireInstance(t, err, tt.status, tt.code, "")
		require.False(t, strings.Contains(err.Error(), "on fire"), name)
		require.Equal(t, 2, requests)
		server.Close()
	}
}
