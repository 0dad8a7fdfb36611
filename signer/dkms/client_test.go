// SPDX-License-Identifier: Apache-2.0

package dkms_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kmsigner/kmsigner/internal/kmshttp/fronttest"
	"github.com/kmsigner/kmsigner/internal/testkeys"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/dkms"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/stretchr/testify/require"
)

// This client is written after the description of the protocol, with nothing of the
// package and nothing of protowire.

type handler = http.Handler

const clientID = "KAAP.6d5f2a0c-test"

var (
	ctx = context.Background()

	// clientKey is a TESTING key, of the client and of nothing else here.
	clientKey = sync.OnceValue(func() *rsa.PrivateKey {
		key, err := testkeys.Key(keyspec.RSA2048)
		if err != nil {
			panic(err)
		}
		return key.(*rsa.PrivateKey)
	})
)

func clientKeys() dkms.ClientKeys {
	return dkms.StaticClientKeys(map[string]*rsa.PublicKey{clientID: &clientKey().PublicKey})
}

func newServer(store keyring.Store, opts ...frontend.Option) *fronttest.Server {
	return fronttest.NewServer(func(opts ...frontend.Option) http.Handler {
		return dkms.NewHandler(&dkms.Service{Store: store}, clientKeys(), opts...)
	}, opts...)
}

// pb encodes a message: a number, a value, a number, a value.
func pb(fields ...any) []byte {
	var b []byte
	for i := 0; i < len(fields); i += 2 {
		number := uint64(fields[i].(int))
		switch v := fields[i+1].(type) {
		case string:
			b = append(binary.AppendUvarint(binary.AppendUvarint(b, number<<3|2), uint64(len(v))), v...)
		case []byte:
			b = append(binary.AppendUvarint(binary.AppendUvarint(b, number<<3|2), uint64(len(v))), v...)
		case int:
			b = binary.AppendUvarint(binary.AppendUvarint(b, number<<3), uint64(v))
		default:
			panic(fmt.Sprintf("%T", v))
		}
	}
	return b
}

// unpb decodes the message of an answer, in which no field is twice and none empty.
func unpb(t testing.TB, b []byte) map[int]any {
	t.Helper()
	m := map[int]any{}
	uvarint := func() uint64 {
		v, n := binary.Uvarint(b)
		require.Positive(t, n)
		b = b[n:]
		return v
	}
	for len(b) > 0 {
		tag := uvarint()
		number, value := int(tag>>3), uvarint()
		require.NotContains(t, m, number)
		require.NotZero(t, value)
		switch tag & 7 {
		case 0:
			m[number] = int(value)
		case 2:
			require.LessOrEqual(t, value, uint64(len(b)))
			m[number], b = string(b[:value]), b[value:]
		default:
			require.Fail(t, "wire type", tag&7)
		}
	}
	return m
}

// request returns a signed request, changed before it is signed.
func request(api string, body []byte, change ...func(*http.Request)) *http.Request {
	r := httptest.NewRequest("POST", "http://kms.example/", bytes.NewReader(body))
	for name, value := range map[string]string{
		"accept": "application/x-protobuf", "content-type": "application/x-protobuf",
		"date": fronttest.Now.Format(http.TimeFormat), "content-sha256": contentHash(body),
		"x-kms-apiname": api, "x-kms-apiversion": "dkms-gcs-0.2", "x-kms-signaturemethod": "RSA_PKCS1_SHA_256",
		"x-kms-acccesskeyid": clientID,
	} {
		r.Header.Set(name, value)
	}
	for _, c := range change {
		c(r)
	}
	return sign(r, clientKey())
}

func contentHash(body []byte) string {
	sum := sha256.Sum256(body)
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

func setBody(r *http.Request, body []byte) {
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
}

func set(name, value string) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Set(name, value)
		if value == "" {
			r.Header.Del(name)
		}
	}
}

func at(now time.Time) func(*http.Request) { return set("date", now.UTC().Format(http.TimeFormat)) }

// lastSignature spares the tests of many requests the client's share of the work.
var lastSignature struct {
	sync.Mutex
	of, is string
}

func sign(r *http.Request, key *rsa.PrivateKey) *http.Request {
	var names []string
	for name := range r.Header {
		if name = strings.ToLower(name); strings.HasPrefix(name, "x-kms-") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	s := r.Method + "\n" + r.Header.Get("content-sha256") + "\n" + r.Header.Get("content-type") + "\n" +
		r.Header.Get("date") + "\n"
	for _, name := range names {
		s += name + ":" + strings.TrimSpace(r.Header.Get(name)) + "\n"
	}
	s += "/"
	of := fmt.Sprintf("%p %s", key, s)
	lastSignature.Lock()
	defer lastSignature.Unlock()
	if lastSignature.of != of {
		digest := sha256.Sum256([]byte(s))
		sig, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:])
		if err != nil {
			panic(err)
		}
		lastSignature.of, lastSignature.is = of, "Bearer "+base64.StdEncoding.EncodeToString(sig)
	}
	r.Header.Set("authorization", lastSignature.is)
	return r
}

// answer returns the fields of an answer, and checks what all answers have.
func answer(t testing.TB, w *httptest.ResponseRecorder) map[int]any {
	t.Helper()
	require.Equal(t, "application/x-protobuf", w.Header().Get("Content-Type"))
	m := unpb(t, w.Body.Bytes())
	if w.Code != 200 {
		require.Equal(t, w.Code, m[1])
		require.NotEmpty(t, m[3])
		require.Regexp(t, "^[0-9a-f-]{36}$", m[4])
		require.Len(t, m, 4)
		require.Empty(t, w.Header().Get("x-kms-migrationkeyversionid"))
	} else {
		require.Regexp(t, "^[0-9a-f-]{36}$", m[3])
		require.NotEmpty(t, m[1])
	}
	return m
}

// code returns the code of an error, and "OK" if there is none.
func code(t testing.TB, w *httptest.ResponseRecorder) string {
	t.Helper()
	m := answer(t, w)
	if w.Code == 200 {
		return "OK"
	}
	return m[2].(string)
}

// do serves a request and returns the code and the message of its answer.
func do(t testing.TB, h http.Handler, r *http.Request) string {
	t.Helper()
	w := fronttest.Do(h, r)
	if c := code(t, w); c != "OK" {
		return fmt.Sprintf("%d %s: %s", w.Code, c, answer(t, w)[3])
	}
	return "OK"
}

var (
	message = []byte("hello")
	digest  = sha256.Sum256(message)
)

func signBody(keyID string) []byte { return pb(1, keyID, 3, "ECDSA_SHA_256", 4, message) }

func verifyBody(keyID string, sig []byte) []byte {
	return pb(1, keyID, 3, sig, 4, "ECDSA_SHA_256", 5, message)
}
