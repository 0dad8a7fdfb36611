// SPDX-License-Identifier: Apache-2.0

//go:build linux

package replicas

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/stretchr/testify/require"
)

// rotation replaces every secret as docs/production.md says, while clients sign.
func rotation(t *testing.T, f *fleet) {
	operator := alibaba(t, f.alibaba, "operator", newTransport(t, f.roots))
	keyID, versionID := create(t, operator, keyspec.ECP256)
	l := startLoad(t, f.signing(t, keyID, versionID)...)
	f.rotateCertificate(t)
	f.rotateAccessKey(t, keyID, versionID)
	f.rotateRedisPassword(t)
	f.rotatePostgresPassword(t)
	l.waitForSuccess(t)
	results := l.stop()
	requireNoneFailed(t, results)
	t.Logf("%d requests", len(results))
	f.rotateKEK(t, operator, keyID, versionID)
}

// rotateCertificate has all replicas serve another certificate.
func (f *fleet) rotateCertificate(t *testing.T) {
	serial := func(address string) string {
		conn, err := tls.Dial("tcp", address, &tls.Config{RootCAs: f.roots})
		require.NoError(t, err)
		defer conn.Close()
		return conn.ConnectionState().PeerCertificates[0].SerialNumber.String()
	}
	before := serial(f.replicas[0].addresses[0])
	f.renewCertificate(t)
	for _, r := range f.replicas {
		for _, address := range r.addresses[:2] {
			require.Eventually(t, func() bool { return serial(address) != before }, time.Minute, 50*time.Millisecond)
		}
	}
}

// rotateAccessKey adds an access key, and then removes a former one.
func (f *fleet) rotateAccessKey(t *testing.T, keyID, versionID string) {
	reload := func(lines int) {
		for _, r := range f.replicas {
			require.NoError(t, r.cmd.Process.Signal(syscall.SIGHUP))
			done := func() bool { return strings.Count(r.log.String(), "access file read again") == lines }
			require.Eventually(t, done, time.Minute, time.Millisecond)
		}
	}
	f.allow(t, append(clientIDs, "new")...)
	reload(1)
	_, err := alibaba(t, f.alibaba, "new", newTransport(t, f.roots))("AsymmetricSign", alibabaSign(keyID, versionID))
	require.NoError(t, err)
	f.allow(t, append(clientIDs[3:], "operator", "new")...)
	reload(2)
	_, err = alibaba(t, f.alibaba, "limited", newTransport(t, f.roots))("AsymmetricSign", alibabaSign(keyID, versionID))
	require.True(t, isCode(err, "InvalidAccessKeyId.NotFound"), err)
}

// rotateRedisPassword has Redis accept the new one as well, then it alone.
func (f *fleet) rotateRedisPassword(t *testing.T) {
	conn, err := net.Dial("unix", f.redis.Socket)
	require.NoError(t, err)
	defer conn.Close()
	answers := bufio.NewReader(conn)
	command := func(text string) {
		_, err := fmt.Fprintf(conn, "%s\r\n", text)
		require.NoError(t, err)
		answer, err := answers.ReadString('\n')
		require.NoError(t, err)
		require.False(t, strings.HasPrefix(answer, "-"), "%s: %s", text, answer)
	}
	command("AUTH first")
	command("ACL SETUSER default >second")
	f.file(t, "redis-password", "second\n")
	command("ACL SETUSER default <first")
	command("CLIENT KILL TYPE normal SKIPME yes")
}

// rotatePostgresPassword changes it and then the file, and ends all connections.
func (f *fleet) rotatePostgresPassword(t *testing.T) {
	f.sql(t, "ALTER ROLE kms PASSWORD 'second'")
	f.file(t, "postgres-password", "second\n")
	f.sql(t, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'kms'")
}

// rotateKEK gives the replicas the new key to read with, then to write with, encrypts
// all keys anew, and takes the former one away. What was signed with before is still
// there.
func (f *fleet) rotateKEK(t *testing.T, do call, keyID, versionID string) {
	f.file(t, "kek-2", strings.Repeat("fedcba9876543210", 4))
	former, present := f.path("kek-1"), f.path("kek-2")
	restart := func(keks ...string) {
		for _, r := range f.replicas {
			r.kill()
			r.keks = keks
			r.start()
		}
		a, err := do("AsymmetricSign", alibabaSign(keyID, versionID))
		require.NoError(t, err)
		verify(t, do, keyID, versionID, a.at("Value"))
		create(t, do, keyspec.ECP256)
	}
	restart(former, present)
	restart(present, former)
	first := f.replicas[0]
	first.kill()
	first.start("-rewrap")
	require.Eventually(t, func() bool {
		return strings.Contains(first.log.String(), "no former key-encryption key is in use")
	}, time.Minute, 10*time.Millisecond, first.log)
	restart(present)

	first.kill()
	first.keks = []string{former}
	out, err := first.command().CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "InvalidParameter: KEK")
	first.keks = []string{present}
	first.start()
}
