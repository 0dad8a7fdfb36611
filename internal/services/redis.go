// SPDX-License-Identifier: Apache-2.0

//go:build unix

package services

import (
	"bufio"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A RedisServer is a Redis that listens on a Unix socket in its folder. It keeps its
// data in memory only, unless a setting says otherwise: "appendonly yes".
type RedisServer struct {
	Process
	// Socket is the path of its socket, URL what clients call it.
	Socket, URL string
}

// Redis starts a Redis, or a Valkey where there is no Redis, with settings of its configuration file: "maxmemory 10mb".
func Redis(t testing.TB, settings ...string) *RedisServer {
	t.Helper()
	name := "redis-server"
	if _, err := exec.LookPath(name); err != nil {
		if _, err := exec.LookPath("valkey-server"); err == nil {
			name = "valkey-server"
		}
	}
	redis := program(t, name, "redis-server")
	s := &RedisServer{}
	s.t = t
	s.folder("redis")
	s.Socket = filepath.Join(s.Folder, "socket")
	s.URL = "unix://" + s.Socket
	args := []string{"--port", "0", "--unixsocket", s.Socket, "--dir", s.Folder, "--save", ""}
	for _, setting := range settings {
		name, value, _ := strings.Cut(setting, " ")
		args = append(args, "--"+name, value)
	}
	s.command = func() *exec.Cmd { return exec.Command(redis, args...) }
	s.ready = func(int) error { return redisReady(s.Socket) }
	t.Cleanup(func() { s.Resume(); s.Kill() })
	s.Start()
	return s
}

// redisReady asks the server for a sign of life: while it reads its files it has none.
func redisReady(socket string) error {
	conn, err := net.DialTimeout("unix", socket, time.Second)
	if err != nil {
		return err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Second))
	if _, err := conn.Write([]byte("PING\r\n")); err != nil {
		return err
	}
	answer, err := bufio.NewReader(conn).ReadString('\n')
	if err == nil && answer != "+PONG\r\n" && !strings.HasPrefix(answer, "-NOAUTH") { // it wants a password first
		err = fmt.Errorf("it answers %q", answer)
	}
	return err
}
