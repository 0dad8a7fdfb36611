// SPDX-License-Identifier: Apache-2.0

//go:build unix

package services

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// An NginxServer is an nginx with one worker.
type NginxServer struct {
	Process
}

// Nginx starts an nginx with the directives of its http block, which say where it
// listens. Relative names of files are in the server's folder. It runs as the test's
// own user, who can read the test's files.
func Nginx(t testing.TB, http string) *NginxServer {
	t.Helper()
	nginx := program(t, "nginx", "nginx", "/usr/sbin")
	s := &NginxServer{}
	s.t = t
	s.folder("nginx")
	root := ""
	if os.Getuid() == 0 {
		root = "user root;\n" // of the worker, which would be nobody
	}
	text := root + `daemon off;
worker_processes 1;
pid pid;
error_log stderr warn;
events { worker_connections 1024; }
http {
access_log access.log;
client_body_temp_path temp;
proxy_temp_path temp;
fastcgi_temp_path temp;
uwsgi_temp_path temp;
scgi_temp_path temp;
` + http + "\n}\n"
	conf := filepath.Join(s.Folder, "nginx.conf")
	if err := os.WriteFile(conf, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	s.command = func() *exec.Cmd { return exec.Command(nginx, "-e", "stderr", "-p", s.Folder, "-c", conf) }
	s.ready = func(pid int) error { // written when the listeners are there
		text, err := os.ReadFile(filepath.Join(s.Folder, "pid"))
		if err == nil && strings.TrimSpace(string(text)) != strconv.Itoa(pid) {
			err = fmt.Errorf("the pid file has %q", text)
		}
		return err
	}
	t.Cleanup(s.Stop)
	s.Start()
	return s
}
