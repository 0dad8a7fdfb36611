package alikms_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/kmshttp/fronttest"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/alikms"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/stretchr/testify/require"
)

// Every way to send a request.
func ways(params url.Values) map[string]*http.Request {
	action := params.Get("Action")
	plain := with(params, "Action", "")
	form := httptest.NewRequest("POST", "http://"+host+"/", strings.NewReader(plain.Encode()))
	form.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	split := rpc("POST", params)
	mixed := httptest.NewRequest("POST", "http://"+host+"/?"+with(split, "Digest", "").Encode(), strings.NewReader("Digest="+url.QueryEscape(split.Get("Digest"))))
	mixed.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return map[string]*http.Request{
		"RPC GET":              get(rpc("GET", params)),
		"RPC POST, query":      postQuery(rpc("POST", params)),
		"RPC POST, form":       postForm(rpc("POST", params)),
		"RPC POST, both":       mixed,
		"ACS3 GET":             acs3(get(plain), "ACS3-HMAC-SHA256", action, ""),
		"ACS3 POST, query":     acs3(postQuery(plain), "ACS3-HMAC-SHA256", action, ""),
		"ACS3 POST, form":      acs3(form, "ACS3-HMAC-SHA256", action, plain.Encode()),
		"ACS3 SM3":             acs3(postQuery(plain), "ACS3-HMAC-SM3", action, ""),
		"ACS3 SM3, its header": acs3(postQuery(plain), "ACS3-HMAC-SM3 sm3", action, ""),
	}
}

func TestHandler_ways(t *testing.T) {
	ring, versions := fronttest.Keyring(t)
	h := newServer(ring)
	v := versions[keyspec.ECSM2]
	for _, format := range []string{"", "json", "JSON", "Json"} {
		for name, r := range ways(with(signParams(v, keyspec.SM2DSA), "Format", format)) {
			w := fronttest.Do(h, r)
			require.Equal(t, 200, w.Code, "%s: %s", name, w.Body)
			require.Equal(t, "application/json;charset=utf-8", w.Header().Get("Content-Type"))
			m := fronttest.JSON(t, w)
			require.Len(t, m, 4)
			require.Equal(t, v.KeyID, m["KeyId"])
			require.Equal(t, v.VersionID, m["KeyVersionId"])
			require.Len(t, m["RequestId"], 36)
			sig, err := base64.StdEncoding.DecodeString(m["Value"].(string))
			require.NoError(t, err)
			verifier, err := v.Verifier(keyspec.SM2DSA)
			require.NoError(t, err)
			require.NoError(t, verifier.VerifyDigest(digest[:], sig))
		}
	}
}

// Every pair and every operation, in JSON and in XML.
func TestHandler_pairs(t *testing.T) {
	ring, versions := fronttest.Keyring(t)
	h := newServer(ring)
	for _, p := range keyspec.Pairs() {
		v := versions[p.KeySpec]
		signed := fronttest.JSON(t, fronttest.Do(h, get(rpc("GET", signParams(v, p.Algorithm)))))
		verify := with(signParams(v, p.Algorithm), "Action", "AsymmetricVerify", "Value", signed["Value"].(string), "KeyId", "alias/"+string(p.KeySpec))
		m := fronttest.JSON(t, fronttest.Do(h, postForm(rpc("POST", verify))))
		require.Equal(t, true, m["Value"])
		require.Equal(t, v.KeyID, m["KeyId"])
		m = fronttest.JSON(t, fronttest.Do(h, postForm(rpc("POST", with(verify, "Value", "AAAA")))))
		require.Equal(t, false, m["Value"])

		w := fronttest.Do(h, get(rpc("GET", with(verify, "Format", "XML"))))
		require.Equal(t, "text/xml;charset=utf-8", w.Header().Get("Content-Type"))
		var x struct {
			XMLName                        xml.Name
			KeyId, KeyVersionId, RequestId string
			Value                          bool
		}
		require.NoError(t, xml.Unmarshal(w.Body.Bytes(), &x))
		require.Equal(t, "AsymmetricVerifyResponse", x.XMLName.Local)
		require.Equal(t, v.KeyID, x.KeyId)
		require.Equal(t, v.VersionID, x.KeyVersionId)
		require.Len(t, x.RequestId, 36)
		require.True(t, x.Value)

		public := url.Values{"Action": {"GetPublicKey"}, "KeyId": {v.KeyID}, "KeyVersionId": {v.VersionID}}
		want, err := keyspec.MarshalPublicKey(v.Public())
		require.NoError(t, err)
		m = fronttest.JSON(t, fronttest.Do(h, get(rpc("GET", public))))
		require.Equal(t, string(want), m["PublicKey"])
		w = fronttest.Do(h, get(rpc("GET", with(public, "Format", "xml"))))
		var k struct {
			XMLName   xml.Name `xml:"GetPublicKeyResponse"`
			PublicKey string
		}
		require.NoError(t, xml.Unmarshal(w.Body.Bytes(), &k))
		require.Equal(t, string(want), k.PublicKey)
	}
}

// The shape of an error, in both formats.
func TestHandler_errorBody(t *testing.T) {
	ring, versions := fronttest.Keyring(t)
	h := newServer(ring)
	p := with(signParams(versions[keyspec.ECP256], "ECDSA_SHA_256"), "KeyId", "alias/<none>&\"")
	w := fronttest.Do(h, get(rpc("GET", with(p, "KeyId", "alias/none"))))
	require.Equal(t, 404, w.Code)
	m := fronttest.JSON(t, w)
	require.Len(t, m["RequestId"], 36)
	delete(m, "RequestId")
	require.Equal(t, map[string]any{"HostId": host, "Code": "Forbidden.AliasNotFound", "Message": "The specified Alias is not found.", "Recommend": ""}, m)

	w = fronttest.Do(h, get(rpc("GET", with(p, "Format", "xml"))))
	require.Equal(t, 400, w.Code)
	require.Equal(t, "text/xml;charset=utf-8", w.Header().Get("Content-Type"))
	require.Regexp(t, regexp.MustCompile(`^<\?xml version="1.0" encoding="UTF-8"\?>\n`+
		`<Error><RequestId>[0-9A-F-]{36}</RequestId><HostId>`+regexp.QuoteMeta(host)+`</HostId><Code>InvalidParameter</Code>`+
		`<Message>The specified parameter is not valid\. KeyId: [^<>]*alias/&lt;none&gt;&amp;[^<>]*</Message></Error>$`), w.Body.String())

	// The string to sign comes back, and it is what the client should have signed.
	bad := rpc("GET", p)
	bad.Set("Signature", "AAAA")
	m = fronttest.JSON(t, fronttest.Do(h, get(bad)))
	require.Equal(t, "SignatureDoesNotMatch", m["Code"])
	bad.Del("Signature")
	require.Equal(t, "Specified signature is not matched with our calculation. server string to sign is:GET&%2F&"+
		escape(strings.ReplaceAll(bad.Encode(), "+", "%20")), m["Message"])
}

// Who has asked for XML gets it also if his other parameters cannot be read.
func TestHandler_formatOfUnreadable(t *testing.T) {
	h := newServer(keyring.New())
	post := func(query, contentType, body string) *http.Request {
		r := httptest.NewRequest("POST", "http://"+host+"/?"+query, strings.NewReader(body))
		r.Header.Set("Content-Type", contentType)
		return r
	}
	const form = "application/x-www-form-urlencoded"
	for _, tt := range []struct {
		r            *http.Request
		format, want string
	}{
		{post("Format=XML&a=%zz", form, ""), "text/xml", "MissingParameter"},
		{post("a=1&a=2&Format=xml", form, ""), "text/xml", "MissingParameter"},
		{post("a=%zz", form, "Format=XML&b=1"), "text/xml", "MissingParameter"},
		{post("Format=XML", "text/plain", "a=1"), "text/xml", "InvalidParameter"},
		{post("", "text/plain", "Format=XML"), "application/json", "InvalidParameter"},
		{post("Format=XML&Format=XML", form, ""), "application/json", "InvalidParameter"},
		{post("Format=XML", form, "Format=JSON"), "application/json", "InvalidParameter"},
		{post("Format=YAML&a=%zz", form, ""), "application/json", "MissingParameter"},
		{post("AccessKeyId=ak&Format=XML&a=%zz", form, ""), "text/xml", "InvalidParameter"},
		{post("AccessKeyId=ak&a=1&Format=xml&a=2", form, ""), "text/xml", "InvalidParameter"},
		{post("AccessKeyId=%zz", form, "Format=XML"), "text/xml", "InvalidParameter"},
		{post("AccessKeyId=ak&a=%zz", form, "Format=YAML"), "application/json", "InvalidParameter"},
		{post("AccessKeyId=ak&Format=YAML", form, ""), "application/json", "InvalidParameter.Format"},
		{post("Format=YAML", form, ""), "application/json", "MissingParameter"},
		{post("format=XML&a=%zz", form, ""), "application/json", "MissingParameter"},
		{post("a=%zz", form, ""), "application/json", "MissingParameter"},
	} {
		w := fronttest.Do(h, tt.r)
		require.Equal(t, 400, w.Code)
		require.Equal(t, tt.format+";charset=utf-8", w.Header().Get("Content-Type"), tt.r.URL.RawQuery)
		require.Contains(t, w.Body.String(), tt.want)
	}
}

// Temporary credentials are the Authenticator's to know; every one of its errors
// has its code.
func TestHandler_authenticator(t *testing.T) {
	ring, versions := fronttest.Keyring(t)
	p := signParams(versions[keyspec.ECP256], "ECDSA_SHA_256")
	auth := func(_ context.Context, id, token string) (string, error) {
		switch {
		case id == "ak" && token == "token":
			return "sk", nil
		case token == "off":
			return "", errors.AccessDenied
		case token == "down":
			return "", errors.New("the database is away")
		}
		return "", errors.Unauthenticated
	}
	h := alikms.NewHandler(&alikms.Service{Store: ring}, auth, frontend.WithClock(func() time.Time { return now }))
	for token, want := range map[string]string{
		"": "InvalidAccessKeyId.NotFound", "x": "InvalidAccessKeyId.NotFound", "off": "InvalidAccessKeyId.Inactive", "down": "ServiceUnavailableTemporary",
	} {
		require.Equal(t, want, code(t, fronttest.Do(h, get(rpc("GET", with(p, "SecurityToken", token))))))
	}
	require.Equal(t, 200, fronttest.Do(h, get(rpc("GET", with(p, "SecurityToken", "token")))).Code)
	r := postQuery(with(p, "Action", ""))
	r.Header.Set("x-acs-security-token", "token")
	require.Equal(t, 200, fronttest.Do(h, acs3(r, "ACS3-HMAC-SHA256", "AsymmetricSign", "")).Code)
}

// Who may not use a key gets one and the same answer, whether there is such a key
// or not, and however it is spelled; also in a dry run.
func TestHandler_authorize(t *testing.T) {
	ring, versions := fronttest.Keyring(t)
	mine, others := versions[keyspec.ECP256], versions[keyspec.ECSM2]
	off, err := ring.Create(ctx, keyspec.ECP256)
	require.NoError(t, err)
	require.NoError(t, ring.SetState(ctx, off.KeyID, keyring.Disabled))
	var asked [][3]string
	h := newServer(ring, frontend.WithAuthorize(func(_ context.Context, principal, action, keyID string) error {
		asked = append(asked, [3]string{principal, action, keyID})
		if keyID == mine.KeyID {
			return nil
		}
		return errors.New("not yours: " + keyID)
	}))
	for _, name := range []string{mine.KeyID, "alias/EC_P256", "acs:kms:r:a:key/" + mine.KeyID} {
		require.Equal(t, 200, fronttest.Do(h, get(rpc("GET", with(signParams(mine, "ECDSA_SHA_256"), "KeyId", name)))).Code)
		require.Equal(t, [3]string{"ak", "AsymmetricSign", mine.KeyID}, asked[len(asked)-1])
	}
	bodies := map[string]bool{}
	for _, name := range []string{others.KeyID, "alias/EC_SM2", off.KeyID, "00000000-0000-4000-8000-000000000000", "alias/none", "a b", "acs:kms:r:a:key/" + others.KeyID, "acs:kms:r:a:key/alias/EC_SM2"} {
		for _, version := range []string{others.VersionID, "00000000-0000-4000-8000-000000000000"} {
			for _, action := range []string{"AsymmetricSign", "AsymmetricVerify", "GetPublicKey"} {
				p := with(signParams(others, "SM2DSA"), "Action", action, "KeyId", name, "KeyVersionId", version, "Value", "AAAA")
				w := fronttest.Do(h, get(rpc("GET", p)))
				m := fronttest.JSON(t, w)
				require.Equal(t, 403, w.Code)
				delete(m, "RequestId")
				b, err := json.Marshal(m)
				require.NoError(t, err)
				bodies[string(b)] = true
				require.Equal(t, "AccessDeniedError", code(t, fronttest.Do(h, get(rpc("GET", with(p, "DryRun", "true"))))))
			}
		}
	}
	require.Len(t, bodies, 1)
}

// One line a request. Nothing of the digest, the signature or the secret is in it,
// and nothing of a request that is not authenticated.
func TestHandler_log(t *testing.T) {
	ring, versions := fronttest.Keyring(t)
	v := versions[keyspec.ECP256]
	h := newServer(ring)
	w := fronttest.Do(h, get(rpc("GET", with(signParams(v, "ECDSA_SHA_256"), "KeyId", "alias/EC_P256"))))
	var line map[string]any
	require.NoError(t, json.Unmarshal(h.Log.Bytes(), &line))
	require.Equal(t, fronttest.JSON(t, w)["RequestId"], line["request_id"])
	require.Equal(t, []any{"ak", "AsymmetricSign", v.KeyID, "OK", "INFO"},
		[]any{line["principal"], line["action"], line["key_id"], line["code"], line["level"]})

	p := with(signParams(v, "ECDSA_SHA_256"), "Value", "c2lnbmF0dXJl", "Action", "AsymmetricVerify")
	fronttest.Do(h, get(rpc("GET", p)))
	fronttest.Do(h, get(rpc("GET", with(p, "Digest", "?"))))
	fronttest.Do(h, get(rpc("GET", with(p, "Digest", digest64[:8]))))
	fronttest.Do(h, get(with(rpc("GET", p), "Signature", "c2lnbmF0dXJl")))
	fronttest.Do(h, get(rpc("GET", with(p, "AccessKeyId", "log me", "KeyId", "log me", "Action", "log me"))))
	for _, secret := range []string{digest64, url.QueryEscape(digest64), digest64[:8], "c2lnbmF0dXJl", "sk2", `"sk"`, "sk&", "log me"} {
		require.NotContains(t, h.Log.String(), secret)
	}
	require.Equal(t, 6, strings.Count(h.Log.String(), "kms request"))
	require.Equal(t, 6, bytes.Count(h.Log.Bytes(), []byte("\n")))
}

// A store that panics, fails or has no time left.
func TestHandler_store(t *testing.T) {
	p := signParams(&keyring.Version{KeyID: "k", VersionID: "v"}, "ECDSA_SHA_256")
	for want, lookup := range map[string]func() error{
		"InternalFailure":             func() error { panic("digest in here") },
		"ServiceUnavailableTemporary": func() error { return errors.Unavailable },
		"Forbidden.KeyNotFound":       func() error { return errors.KeyNotFound },
	} {
		h := newServer(storeFunc(lookup))
		w := fronttest.Do(h, get(rpc("GET", p)))
		require.Equal(t, want, code(t, w))
		require.NotContains(t, w.Body.String(), "digest in here")
		require.NotContains(t, h.Log.String(), "digest in here")
		require.Contains(t, h.Log.String(), fronttest.JSON(t, w)["RequestId"])
	}
	h := newServer(storeFunc(func() error { return errors.New("dsn=secret") }))
	w := fronttest.Do(h, get(rpc("GET", p)))
	require.Equal(t, "InternalFailure", code(t, w))
	require.NotContains(t, w.Body.String(), "dsn")
	require.Contains(t, h.Log.String(), "dsn", "the embedder's own errors are for his log")
}

// What the owner of a key says is for the log, but for what it may say about the
// request.
func TestHandler_owner(t *testing.T) {
	ring, versions := fronttest.Keyring(t)
	for _, tt := range []struct {
		err         error
		want, level string
	}{
		{&errors.Error{Code: errors.InvalidParameter, Param: "Pin", Reason: "pin 1234"}, "InternalFailure", "ERROR"},
		{&errors.Error{Code: errors.InvalidParameter, Param: "Algorithm", Reason: "pin 1234"}, "InternalFailure", "ERROR"},
		{&errors.Error{Code: errors.KeyNotFound, Reason: "pin 1234"}, "InternalFailure", "ERROR"},
		{errors.New("pin 1234"), "ServiceUnavailableTemporary", "ERROR"},
		{&errors.Error{Code: errors.Throttled, Reason: "pin 1234"}, "Throttling.User", "INFO"},
		{&errors.Error{Code: errors.KeyDisabled, Reason: "pin 1234"}, "Rejected.Disabled", "INFO"},
	} {
		held, err := ring.ImportSigner(ctx, fronttest.Owner{PublicKey: versions[keyspec.ECP256].Public(), Err: tt.err})
		require.NoError(t, err)
		h := newServer(ring)
		w := fronttest.Do(h, get(rpc("GET", signParams(held, "ECDSA_SHA_256"))))
		require.Equal(t, tt.want, code(t, w))
		require.NotContains(t, w.Body.String(), "1234")
		require.Contains(t, h.Log.String(), `"level":"`+tt.level+`"`)
		require.Equal(t, tt.level == "ERROR", strings.Contains(h.Log.String(), "1234"))
	}
}

type storeFunc func() error

func (f storeFunc) Lookup(context.Context, string, string) (*keyring.Version, error) {
	return nil, f()
}

// There is no way to an open handler by omission.
func TestNewHandler_misconfigured(t *testing.T) {
	ring, versions := fronttest.Keyring(t)
	s := &alikms.Service{Store: ring}
	keys := frontend.StaticKeys(map[string]string{"ak": "sk"})
	clock := frontend.WithClock(func() time.Time { return now })
	request := func() *http.Request { return get(rpc("GET", signParams(versions[keyspec.ECP256], "ECDSA_SHA_256"))) }
	require.Equal(t, 200, fronttest.Do(alikms.NewHandler(s, keys, clock), request()).Code)
	for name, h := range map[string]http.Handler{
		"Authenticator": alikms.NewHandler(s, nil, clock),
		"service":       alikms.NewHandler(nil, keys, clock),
		"store":         alikms.NewHandler(&alikms.Service{}, keys, clock),
		"nil store":     alikms.NewHandler(&alikms.Service{Store: (*keyring.Keyring)(nil)}, keys, clock),
		"option":        alikms.NewHandler(s, keys, clock, nil),
		"WithAuthorize": alikms.NewHandler(s, keys, clock, frontend.WithAuthorize(nil)),
		"WithLogger":    alikms.NewHandler(s, keys, clock, frontend.WithLogger(nil)),
		"WithNonces":    alikms.NewHandler(s, keys, clock, frontend.WithNonces(nil)),
		"WithClock":     alikms.NewHandler(s, keys, frontend.WithClock(nil)),
		"WithRate":      alikms.NewHandler(s, keys, clock, frontend.WithRate(0, 1)),
		"burst":         alikms.NewHandler(s, keys, clock, frontend.WithRate(1, 0)),
	} {
		w := fronttest.Do(h, request())
		require.Equal(t, 500, w.Code, name)
		require.Equal(t, "InternalFailure", code(t, w), name)
	}
	none := alikms.NewHandler(s, frontend.StaticKeys(nil), clock)
	require.Equal(t, "InvalidAccessKeyId.NotFound", code(t, fronttest.Do(none, request())))
}

// Replicas that share a cache let a request in once; those that do not, once each.
func TestHandler_replicas(t *testing.T) {
	ring, versions := fronttest.Keyring(t)
	shared := frontend.WithNonces(frontend.NewNonceCache(10))
	a, b, alone := newServer(ring, shared), newServer(ring, shared), newServer(ring)
	request := get(rpc("GET", signParams(versions[keyspec.ECP256], "ECDSA_SHA_256")))
	require.Equal(t, 200, fronttest.Do(a, request).Code)
	require.Equal(t, "SignatureNonceUsed", code(t, fronttest.Do(b, request)))
	require.Equal(t, "SignatureNonceUsed", code(t, fronttest.Do(a, request)))
	require.Equal(t, 200, fronttest.Do(alone, request).Code)

	full := newServer(ring, frontend.WithNonces(frontend.NewNonceCache(1)))
	require.Equal(t, 200, fronttest.Do(full, request).Code)
	require.Equal(t, "ServiceUnavailableTemporary", code(t, fronttest.Do(full, get(rpc("GET", signParams(versions[keyspec.ECP256], "ECDSA_SHA_256"))))))
}

// Many requests at once, while the key is switched off and on: each is answered
// one way or the other, and of a request sent twice at once one comes in.
func TestHandler_concurrent(t *testing.T) {
	ring, versions := fronttest.Keyring(t)
	v := versions[keyspec.ECSM2]
	h := alikms.NewHandler(&alikms.Service{Store: ring}, frontend.StaticKeys(map[string]string{"ak": "sk"}),
		frontend.WithClock(func() time.Time { return now }), frontend.WithRate(1e6, 1e6))
	const workers, each = 8, 50
	var counts sync.Map
	count := func(w *httptest.ResponseRecorder) {
		c := "OK"
		if w.Code != 200 {
			c = code(t, w)
		}
		n, _ := counts.LoadOrStore(c, new(atomic.Int64))
		n.(*atomic.Int64).Add(1)
	}
	stop := make(chan struct{})
	var switching, working sync.WaitGroup
	switching.Go(func() {
		for state := keyring.Disabled; ; state = map[keyring.State]keyring.State{keyring.Disabled: keyring.Enabled, keyring.Enabled: keyring.Disabled}[state] {
			select {
			case <-stop:
				return
			default:
				_ = ring.SetState(ctx, v.KeyID, state)
			}
		}
	})
	for range workers {
		working.Go(func() {
			for range each {
				p := rpc("GET", signParams(v, keyspec.SM2DSA))
				var twice sync.WaitGroup
				twice.Go(func() { count(fronttest.Do(h, get(p))) })
				count(fronttest.Do(h, get(p)))
				twice.Wait()
			}
		})
	}
	working.Wait()
	close(stop)
	switching.Wait()
	total := map[string]int64{}
	counts.Range(func(c, n any) bool { total[c.(string)] = n.(*atomic.Int64).Load(); return true })
	require.EqualValues(t, workers*each, total["SignatureNonceUsed"])
	require.EqualValues(t, workers*each, total["OK"]+total["Rejected.Disabled"])
}
