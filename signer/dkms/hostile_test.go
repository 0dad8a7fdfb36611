// SPDX-License-Identifier: Apache-2.0

package dkms_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/kmsigner/kmsigner/internal/kmshttp/fronttest"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/stretchr/testify/require"
)

// The limit is on the body, whatever it says of its length; a message just below it is
// signed, with each hash.
func TestLimit(t *testing.T) {
	ring, versions := fronttest.Keyring(t)
	h := newServer(ring)
	const most = 3_072_000
	large := bytes.Repeat([]byte("m"), most)
	for _, spec := range []keyspec.KeySpec{keyspec.ECP256, keyspec.ECSM2, keyspec.RSA2048} {
		v := versions[spec]
		frame := len(pb(1, v.KeyID, 4, large)) - most
		fits := pb(1, v.KeyID, 4, large[:most-frame])
		require.Len(t, fits, most)
		w := fronttest.Do(h, request("Sign", fits))
		require.Equal(t, "OK", code(t, w))
		requireSignature(t, v, spec.Algorithms()[0], large[:most-frame], []byte(answer(t, w)[2].(string)))
		for _, length := range []int64{most + 1, -1} {
			r := request("Sign", pb(1, v.KeyID, 4, large[:most-frame+1]))
			r.ContentLength = length
			require.Equal(t, "413 RequestEntityTooLarge: The body is too large. the body has more than 3072000 bytes.",
				do(t, h, r))
		}
	}
	for _, size := range []int{2_900_000, 29 << 20 / 10} {
		require.Equal(t, "OK", do(t, h, request("Sign", pb(1, versions[keyspec.ECSM2].KeyID, 4, large[:size]))))
	}
	for _, size := range []int{3_100_000, 31 << 20 / 10} {
		body := pb(1, versions[keyspec.ECSM2].KeyID, 4, append(large, large...)[:size])
		require.Equal(t, "RequestEntityTooLarge", code(t, fronttest.Do(h, request("Sign", body))))
	}
}

// What a decoder may choke on is refused, or skipped, at the cost of its length.
func TestHostile_messages(t *testing.T) {
	ring, versions := fronttest.Keyring(t, keyspec.ECP256)
	h := newServer(ring)
	good := signBody(versions[keyspec.ECP256].KeyID)
	const malformed = "400 InvalidParameter: The specified parameter is not valid. the body is not the protobuf message of this operation."
	const most = 3_072_000
	fill := func(unit []byte) []byte { return bytes.Repeat(unit, (most-len(good))/len(unit)) }
	id := versions[keyspec.ECP256].KeyID
	for name, tt := range map[string]struct {
		body []byte
		want string
	}{
		"groups in groups": {fill([]byte{9<<3 | 3}), malformed},
		"groups in groups, closed": {append(fill([]byte{9<<3 | 3})[:1_500_000], fill([]byte{9<<3 | 4})[:1_500_000]...),
			malformed},
		"a few groups in groups": {append(append(bytes.Repeat([]byte{9<<3 | 3}, 100),
			bytes.Repeat([]byte{9<<3 | 4}, 100)...), good...), "OK"},
		"many small groups":         {append(fill([]byte{9<<3 | 3, 9<<3 | 4}), good...), "OK"},
		"many small unknown fields": {append(fill([]byte{9 << 3, 0}), good...), "OK"},
		"the same field many times": {append(fill(pb(1, "x")), good...), "OK"},
		"a long unknown field":      {append(pb(9, make([]byte, most-len(good)-8)), good...), "OK"},
		"a field of every wire type": {append([]byte{9 << 3, 1, 9<<3 | 1, 0, 0, 0, 0, 0, 0, 0, 0, 9<<3 | 5, 0, 0, 0, 0,
			9<<3 | 2, 0}, good...), "OK"},
		"the last one counts": {append(pb(1, "x", 3, "SM2DSA", 4, "m"), good...), "OK"},
		"the last one counts, bad": {append(bytes.Clone(good), pb(3, "SM2DSA")...),
			"400 InvalidParameter: The specified parameter is not valid. Algorithm: "},
		"an empty one counts":   {append(bytes.Clone(good), pb(1, "")...), "400 MissingParameter: Parameter KeyId"},
		"the other operation's": {verifyBody(id, []byte("s")), malformed[:20]},
		"nothing":               {nil, "400 MissingParameter: Parameter Message"},
		"half a tag":            {append(bytes.Clone(good), 0x80), malformed},
		"half a field":          {good[:len(good)-1], malformed},
		"a length of 2^63": {append(bytes.Clone(good), 9<<3|2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
			0x7f), malformed},
		"a varint of eleven bytes": {append(bytes.Clone(good), 9<<3, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
			0xff, 0x01), malformed},
		"field 0":                  {append(bytes.Clone(good), 0, 0), malformed},
		"field 2^29":               {append(bytes.Clone(good), 0x80, 0x80, 0x80, 0x80, 0x10, 0), malformed},
		"wire type 6":              {append(bytes.Clone(good), 9<<3|6, 0), malformed},
		"an end without a group":   {append(bytes.Clone(good), 9<<3|4), malformed},
		"the end of another group": {append(bytes.Clone(good), 9<<3|3, 10<<3|4), malformed},
		"a varint as KeyId":        {pb(1, 1, 4, "m"), malformed},
		"a group as KeyId":         {append([]byte{1<<3 | 3, 1<<3 | 4}, good...), malformed},
		"a varint as Message":      {append(bytes.Clone(good), pb(4, 1)...), malformed},
		"KeyId is not UTF-8":       {pb(1, "\xff", 4, "m"), malformed},
		"MessageType is not UTF-8": {append(bytes.Clone(good), pb(5, "\xed\xa0\x80")...), malformed},
		"JSON":                     {[]byte(`{"KeyId":"` + id + `"}`), malformed},
	} {
		got := do(t, h, request("Sign", tt.body))
		require.True(t, strings.HasPrefix(got, tt.want), "%s: %s", name, got)
	}
}

// Memory stays flat over the largest of hostile requests.
func TestHostile_memory(t *testing.T) {
	ring, versions := fronttest.Keyring(t, keyspec.ECP256)
	h := newServer(ring)
	bomb := bytes.Repeat([]byte{9<<3 | 3}, 3_000_000)
	unknown := append(bytes.Repeat([]byte{9 << 3, 0}, 1_400_000), signBody(versions[keyspec.ECP256].KeyID)...)
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	send := func() {
		require.Equal(t, "InvalidParameter", code(t, fronttest.Do(h, request("Sign", bomb))))
		require.Equal(t, "OK", code(t, fronttest.Do(h, request("Sign", unknown))))
		r := request("Sign", bomb, set("x-kms-acccesskeyid", "none"))
		require.Equal(t, "Unauthorized", code(t, fronttest.Do(h, r)))
	}
	send()
	before := heap()
	for range 10 {
		send()
	}
	require.Less(t, heap(), before+1<<20)
	runtime.KeepAlive(bomb)
	runtime.KeepAlive(unknown)
}

// A body that does not end is cut off at the limit, and one that stands still by the
// time that it may take; the server goes on.
func TestHostile_endless(t *testing.T) {
	ring, versions := fronttest.Keyring(t, keyspec.ECP256)
	body := signBody(versions[keyspec.ECP256].KeyID)
	server := httptest.NewServer(newServer(ring))
	defer server.Close()
	r := request("Sign", body)

	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	header := "POST / HTTP/1.1\r\nHost: kms.example\r\nTransfer-Encoding: chunked\r\n"
	for name := range r.Header {
		header += name + ": " + r.Header.Get(name) + "\r\n"
	}
	_, err = io.WriteString(conn, header+"\r\n")
	require.NoError(t, err)
	chunk := []byte(fmt.Sprintf("%x\r\n%s\r\n", 1<<16, bytes.Repeat([]byte("m"), 1<<16)))
	sent := 0
	for ; sent < 1000; sent++ {
		if _, err := conn.Write(chunk); err != nil {
			break
		}
	}
	require.Less(t, sent, 1000, "the server read on")
	if resp, err := http.ReadResponse(bufio.NewReader(conn), nil); err == nil {
		require.Equal(t, http.StatusRequestEntityTooLarge, resp.StatusCode)
	}

	again, err := http.NewRequest("POST", server.URL, bytes.NewReader(body))
	require.NoError(t, err)
	again.Header = r.Header
	resp, err := http.DefaultClient.Do(again)
	require.NoError(t, err)
	require.Equal(t, 200, resp.StatusCode)
	require.NoError(t, resp.Body.Close())
}

// Strangers can hold the memory of so many large bodies and no more. Small requests go
// on beside them, and large ones once they are gone.
func TestHostile_largeBodies(t *testing.T) {
	ring, versions := fronttest.Keyring(t, keyspec.ECP256)
	server := httptest.NewServer(newServer(ring))
	defer server.Close()
	v := versions[keyspec.ECP256]
	small, large := signBody(v.KeyID), pb(1, v.KeyID, 4, make([]byte, 100_000))
	send := func(body []byte) int {
		r := request("Sign", body)
		again, err := http.NewRequest("POST", server.URL, bytes.NewReader(body))
		require.NoError(t, err)
		again.Header = r.Header
		resp, err := http.DefaultClient.Do(again)
		require.NoError(t, err)
		defer resp.Body.Close()
		_, err = io.Copy(io.Discard, resp.Body)
		require.NoError(t, err)
		return resp.StatusCode
	}
	require.Equal(t, 200, send(large))
	var conns []net.Conn
	// send takes a place for a moment, so that a connection may get none: as many as it needs.
	for send(large) != 503 {
		require.Less(t, len(conns), 1000)
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		require.NoError(t, err)
		defer conn.Close()
		_, err = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: kms.example\r\nContent-Length: 3000000\r\n\r\n")
		require.NoError(t, err)
		conns = append(conns, conn)
	}
	require.Equal(t, 200, send(small))
	for _, conn := range conns {
		require.NoError(t, conn.Close())
	}
	require.Eventually(t, func() bool { return send(large) == 200 }, time.Minute, 10*time.Millisecond)
}

// An unknown client is taken as far as a known one: its request is read, hashed and
// checked with a key, and only then refused.
func TestUnknownClient(t *testing.T) {
	ring, _ := fronttest.Keyring(t)
	h := newServer(ring)
	for _, change := range []func(*http.Request){
		set("date", "now"), set("x-kms-signaturemethod", "x"), set("content-sha256", "x"), set("x-kms-apiname", ""),
		set("x-kms-apiversion", ""),
	} {
		known := do(t, h, request("Sign", message, change))
		require.Equal(t, known, do(t, h, request("Sign", message, change, set("x-kms-acccesskeyid", "none"))))
	}
	h = newServer(ring, frontend.WithClock(func() time.Time { return fronttest.Now.Add(time.Hour) }))
	require.Contains(t, do(t, h, request("Sign", message)), "RequestTimeTooSkewed")
	require.Contains(t, do(t, h, request("Sign", message, set("x-kms-acccesskeyid", "none"))), "404 Unauthorized")
}
