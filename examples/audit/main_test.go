// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/internal/services"
)

// patience is how long the database may take where that is not what is tested: the machine is loaded.
const patience = "20s"

// A program is a running front end.
type program struct {
	address, keyID, versionID string
	client                    *http.Client
}

// start runs the program until the end of the test.
func start(t *testing.T, dsn string, args ...string) *program {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r, w := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, append([]string{"-listen", "127.0.0.1:0", "-access-key", "id:secret", "-postgres", dsn}, args...), w, io.Discard)
		w.CloseWithError(err)
		ended <- err
	}()
	t.Cleanup(func() { cancel(); require.NoError(t, <-ended) })
	p := &program{client: &http.Client{Timeout: time.Minute}}
	lines := bufio.NewScanner(r)
	require.True(t, lines.Scan(), lines.Err())
	_, err := fmt.Sscanf(lines.Text(), "key %s %s", &p.keyID, &p.versionID)
	require.NoError(t, err)
	require.True(t, lines.Scan())
	p.address = strings.TrimPrefix(lines.Text(), "listening ")
	return p
}

// An answer is what a client gets.
type answer struct{ Code, RequestId, Value string }

// sign asks for a signature, with a key and a secret.
func (p *program) sign(keyID, secret string) (answer, error) {
	q := url.Values{
		"AccessKeyId": {"id"}, "Action": {"AsymmetricSign"}, "Version": {"2016-01-20"}, "Format": {"JSON"},
		"KeyId": {keyID}, "KeyVersionId": {p.versionID}, "Algorithm": {"ECDSA_SHA_256"},
		"Digest":          {base64.StdEncoding.EncodeToString(make([]byte, 32))},
		"SignatureMethod": {"HMAC-SHA1"}, "SignatureVersion": {"1.0"}, "SignatureNonce": {rand.Text()},
		"Timestamp": {time.Now().UTC().Format("2006-01-02T15:04:05Z")},
	}
	canonical := strings.ReplaceAll(q.Encode(), "+", "%20")
	mac := hmac.New(sha1.New, []byte(secret+"&"))
	mac.Write([]byte("GET&%2F&" + url.QueryEscape(canonical)))
	q.Set("Signature", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	resp, err := p.client.Get(p.address + "/?" + q.Encode())
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	var a answer
	return a, json.NewDecoder(resp.Body).Decode(&a)
}

// rows returns what a query returns, a text for each row.
func rows(t *testing.T, dsn, query string, args ...any) []string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	defer conn.Close(t.Context())
	r, err := conn.Query(t.Context(), query, args...)
	require.NoError(t, err)
	texts, err := pgx.CollectRows(r, pgx.RowTo[string])
	require.NoError(t, err)
	return texts
}

const all = `SELECT concat_ws(' ', code, request_id, principal, action, key_id, version_id, algorithm, status) FROM audit ORDER BY id`

func TestAudit(t *testing.T) {
	db := services.Postgres(t)
	p := start(t, db.DSN, "-init", "-timeout", patience)
	t.Run("rows", func(t *testing.T) { testRows(t, db, p) })
	t.Run("permissions", func(t *testing.T) { testPermissions(t, db) })
	t.Run("gone", func(t *testing.T) { testGone(t, db) })
	t.Run("killed", func(t *testing.T) { testKilled(t, db, p) })
}

// Each request is a row, refused ones and hostile names too.
func testRows(t *testing.T, db *services.PostgresServer, p *program) {
	signed, err := p.sign(p.keyID, "secret")
	require.NoError(t, err)
	require.NotEmpty(t, signed.Value)
	wrong, err := p.sign(p.keyID, "wrong")
	require.NoError(t, err)
	require.Equal(t, "SignatureDoesNotMatch", wrong.Code)
	odd, err := p.sign("a\x00b\xffc", "secret")
	require.NoError(t, err)
	require.NotEqual(t, "ServiceUnavailableTemporary", odd.Code)
	got := rows(t, db.DSN, all)
	require.Equal(t, []string{
		"OK " + signed.RequestId + " id AsymmetricSign " + p.keyID + " " + p.versionID + " ECDSA_SHA_256 200",
		"SignatureDoesNotMatch " + wrong.RequestId + "      400",
	}, got[:2])
	require.Len(t, got, 3)
	require.Contains(t, got[2], odd.RequestId)
}

// Without the database there is no signature, and afterwards there is.
func testGone(t *testing.T, db *services.PostgresServer) {
	p := start(t, db.DSN)
	requireSigns(t, p)
	for what, ends := range map[string][2]func(){
		"killed":  {db.Kill, db.Start},
		"stopped": {db.Stop, db.Start},
		"paused":  {func() { db.Pause() }, db.Resume},
	} {
		ends[0]()
		for range 2 { // with the connection that is there, and with a new one
			refused, err := p.sign(p.keyID, "secret")
			require.NoError(t, err)
			require.Equal(t, "ServiceUnavailableTemporary", refused.Code, what)
			require.Empty(t, refused.Value)
		}
		ends[1]()
		requireSigns(t, p)
	}
}

// requireSigns requires that the program signs some time.
func requireSigns(t *testing.T, p *program) {
	t.Helper()
	require.Eventually(t, func() bool {
		a, err := p.sign(p.keyID, "secret")
		return err == nil && a.Value != ""
	}, time.Minute, 10*time.Millisecond)
}

// The server is killed at any time while clients sign: each signature that a client has
// got is in the table.
func testKilled(t *testing.T, db *services.PostgresServer, p *program) {
	kills, workers := 3, 4
	if os.Getenv("KMSIGNER_NIGHTLY") != "" {
		kills = 300
	}
	stop := make(chan struct{})
	var mu sync.Mutex
	var signed []string
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if a, err := p.sign(p.keyID, "secret"); err == nil && a.Value != "" {
					mu.Lock()
					signed = append(signed, a.RequestId)
					mu.Unlock()
				}
				time.Sleep(20 * time.Millisecond) // within the rate
			}
		})
	}
	for range kills {
		mu.Lock()
		before := len(signed)
		mu.Unlock()
		require.Eventually(t, func() bool { mu.Lock(); defer mu.Unlock(); return len(signed) > before+20 }, time.Minute, time.Millisecond)
		db.Kill()
		db.Start()
	}
	close(stop)
	all.Wait()
	require.Greater(t, len(signed), 20*kills)
	recorded := rows(t, db.DSN, "SELECT request_id FROM audit WHERE code = 'OK'")
	require.Subset(t, recorded, signed)
}

// The user of the program can write, and neither read nor change what is written.
func testPermissions(t *testing.T, db *services.PostgresServer) {
	rows(t, db.DSN, "CREATE USER kmsigner")
	rows(t, db.DSN, "GRANT INSERT ON audit TO kmsigner")
	dsn := strings.Replace(db.DSN, "user=postgres", "user=kmsigner", 1)
	p := start(t, dsn, "-timeout", patience)
	a, err := p.sign(p.keyID, "secret")
	require.NoError(t, err)
	require.NotEmpty(t, a.Value)
	conn, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	defer conn.Close(t.Context())
	for _, statement := range []string{"SELECT * FROM audit", "UPDATE audit SET code = 'OK'", "DELETE FROM audit", "TRUNCATE audit", "DROP TABLE audit"} {
		_, err := conn.Exec(t.Context(), statement)
		require.ErrorContains(t, err, "42501", statement) // insufficient_privilege
	}
	require.Contains(t, rows(t, db.DSN, "SELECT request_id FROM audit"), a.RequestId)
}

func TestArguments(t *testing.T) {
	for _, args := range [][]string{
		{}, {"-access-key", "id:secret"}, {"-postgres", "dbname=x"}, {"-access-key", "id", "-postgres", "dbname=x"}, {"-none"},
		{"-access-key", "id:secret", "-postgres", "port=x"}, {"-access-key", "id:secret", "-postgres", "dbname=x", "-timeout", "0s"},
	} {
		require.Error(t, run(t.Context(), args, io.Discard, io.Discard), args)
	}
}
