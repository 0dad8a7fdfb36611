// SPDX-License-Identifier: Apache-2.0

package frontend

import (
	"net/http"
	"time"
)

// NewServer returns a server for a handler with the limits that http.Server lacks
// by default, so that slow and idle clients do not hold connections forever:
//
//	ReadHeaderTimeout  5 s     the header has to arrive
//	ReadTimeout       15 s     the header and the body
//	WriteTimeout      30 s     from the end of the header to the end of the answer
//	IdleTimeout       90 s     between requests
//	MaxHeaderBytes    64 KiB   a query of 32 KiB, headers of 16 KiB, and room
//
// Proxies keep idle connections for 60 seconds by default; a server that closes them
// sooner, or at the same time, closes one on which a request is just being sent.
//
// Set its Addr, TLSConfig and ErrorLog, and change what does not suit you. The
// handlers limit the time of a body also with another server. The number of
// connections is not limited here: that is for the listener
// (golang.org/x/net/netutil.LimitListener) or the proxy. One that is idle takes some
// 20 KB, one that sends a large header slowly up to 120 KB.
func NewServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       90 * time.Second,
		MaxHeaderBytes:    64 << 10,
	}
}
