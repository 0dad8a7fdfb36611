// SPDX-License-Identifier: Apache-2.0

//go:build unix

package services

import (
	"bufio"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// send returns the first line of the answer to a command, which may take a time.
func send(s *RedisServer, command string, patience time.Duration) (string, error) {
	conn, err := net.Dial("unix", s.Socket)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return "", err
	}
	if _, err := io.WriteString(conn, command+"\r\n"); err != nil {
		return "", err
	}
	return bufio.NewReader(conn).ReadString('\n')
}

func TestRedis(t *testing.T) {
	for persistent, want := range map[bool]string{false: "$-1\r\n", true: "$1\r\n"} {
		var settings []string
		if persistent {
			// Not every second: then a write waits, and its answer does not, while the disk is busy.
			settings = append(settings, "appendonly yes", "appendfsync always", "maxmemory-policy noeviction")
		}
		s := Redis(t, settings...)
		for what, end := range map[string]func(){"killed": s.Kill, "stopped": s.Stop} {
			answer, err := send(s, "SET k v", patience)
			require.NoError(t, err)
			require.Equal(t, "+OK\r\n", answer)
			end()
			_, err = send(s, "PING", patience)
			require.Error(t, err, what)
			s.Start()
			answer, err = send(s, "GET k", patience)
			require.NoError(t, err)
			require.Equal(t, want, answer, what)
		}
		s.Pause()
		_, err := send(s, "PING", 100*time.Millisecond)
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		s.Resume()
		answer, err := send(s, "PING", patience)
		require.NoError(t, err)
		require.Equal(t, "+PONG\r\n", answer)
	}
}
