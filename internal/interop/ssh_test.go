// SPDX-License-Identifier: Apache-2.0

package interop

import (
	"crypto/rand"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// serveSSH is a server that says hello to every command, until the test ends.
func serveSSH(t *testing.T, host ssh.Signer) string {
	t.Helper()
	config := &ssh.ServerConfig{NoClientAuth: true}
	config.AddHostKey(host)
	listener := must(net.Listen("tcp", "127.0.0.1:0"))(t)
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			conn.SetDeadline(time.Now().Add(time.Minute))
			go serveConn(conn, config)
		}
	}()
	return listener.Addr().String()
}

func serveConn(conn net.Conn, config *ssh.ServerConfig) {
	defer conn.Close()
	_, channels, requests, err := ssh.NewServerConn(conn, config)
	if err != nil {
		return
	}
	go ssh.DiscardRequests(requests)
	for offered := range channels {
		channel, requests, err := offered.Accept()
		if err != nil {
			return
		}
		for request := range requests {
			request.Reply(request.Type == "exec", nil)
			if request.Type == "exec" {
				channel.Write([]byte("hello over SSH\n"))
				channel.SendRequest("exit-status", false, make([]byte, 4))
				channel.Close()
			}
		}
	}
}

// connect has OpenSSH connect to a server whose key it knows.
func connect(t *testing.T, address string, known ssh.PublicKey) (string, error) {
	t.Helper()
	host, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	hosts := file(t, []byte(knownhosts.Line([]string{address}, known)+"\n"))
	return tool(t, nil, "ssh", "-F", "none", "-p", port, "-o", "UserKnownHostsFile="+hosts, "-o",
		"GlobalKnownHostsFile=/dev/null",
		"-o", "StrictHostKeyChecking=yes", "-o", "BatchMode=yes", "-o", "IdentityFile=/dev/null", "-o", "IdentityAgent=none",
		"anyone@"+host, "hello")
}

// TestSSH has OpenSSH check the host key, and ssh-keygen a certificate of a user.
func TestSSH(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]signer.Signer{"ecdsa-sha2-nistp256": p256, "rsa-sha2-256": pkcs1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			key := must(sshKey(s))(t)
			out, err := connect(t, serveSSH(t, key), key.PublicKey())
			require.NoError(t, err, out)
			require.Contains(t, out, "hello over SSH")

			cert := &ssh.Certificate{Key: must(ssh.NewPublicKey(p256.Public()))(t), CertType: ssh.UserCert, KeyId: "alice",
				ValidPrincipals: []string{"alice"}, ValidBefore: ssh.CertTimeInfinity}
			require.NoError(t, cert.SignCert(rand.Reader, key))
			at := filepath.Join(t.TempDir(), "alice-cert.pub")
			require.NoError(t, os.WriteFile(at, ssh.MarshalAuthorizedKey(cert), 0o600))
			require.Contains(t, run(t, nil, "ssh-keygen", "-L", "-f", at), "(using "+name+")")
			cert.Signature.Blob[len(cert.Signature.Blob)-1] ^= 1
			require.NoError(t, os.WriteFile(at, ssh.MarshalAuthorizedKey(cert), 0o600))
			_, err = tool(t, nil, "ssh-keygen", "-L", "-f", at)
			require.Error(t, err)
		})
	}
}

// Without NewSignerWithAlgorithms an RSA key fails; the other pairs cannot.
func TestSSHErrors(t *testing.T) {
	t.Parallel()
	bare := must(ssh.NewSignerFromSigner(pkcs1))(t)
	out, err := connect(t, serveSSH(t, bare), bare.PublicKey())
	require.Error(t, err, out)

	key := must(sshKey(pss))(t)
	_, err = key.Sign(rand.Reader, message)
	require.ErrorIs(t, err, errors.InvalidParameter)
	for _, s := range []signer.Signer{p256k, sm2} {
		_, err := sshKey(s)
		require.Error(t, err)
	}
}
