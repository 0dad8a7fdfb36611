// SPDX-License-Identifier: Apache-2.0

//go:build unix

package services

import (
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNginx(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := free.Addr().String()
	require.NoError(t, free.Close())
	s := Nginx(t, "server { listen "+address+"; location / { return 200 $request_uri; } }")
	get := func() string {
		t.Helper()
		resp, err := http.Get("http://" + address + "/path?query")
		require.NoError(t, err)
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		return string(body)
	}
	require.Equal(t, "/path?query", get())
	for _, end := range []func(){s.Kill, s.Stop} {
		end()
		_, err = http.Get("http://" + address)
		require.Error(t, err)
		s.Start()
		require.Equal(t, "/path?query", get())
	}
	log, err := os.ReadFile(filepath.Join(s.Folder, "access.log"))
	require.NoError(t, err)
	require.Contains(t, string(log), "GET /path?query")
}
