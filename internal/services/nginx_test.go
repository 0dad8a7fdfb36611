// SPDX-License-Identifier: Apache-2.0

//go:build unix

package services

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNginx(t *testing.T) {
	// A socket, not a port, which other programs could take while nginx does not run.
	s := Nginx(t, "server { listen unix:socket; location / { return 200 $request_uri; } }")
	socket := filepath.Join(s.Folder, "socket")
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}
	client := &http.Client{Transport: &http.Transport{DialContext: dial}}
	get := func() string {
		t.Helper()
		resp, err := client.Get("http://nginx/path?query")
		require.NoError(t, err)
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		return string(body)
	}
	require.Equal(t, "/path?query", get())
	for _, end := range []func(){s.Kill, s.Stop} {
		end()
		_, err := client.Get("http://nginx/")
		require.Error(t, err)
		_ = os.Remove(socket) // that of one that was killed
		s.Start()
		require.Equal(t, "/path?query", get())
	}
	log, err := os.ReadFile(filepath.Join(s.Folder, "access.log"))
	require.NoError(t, err)
	require.Contains(t, string(log), "GET /path?query")
}
