// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"time"

	"github.com/kmsigner/kmsigner/signer/frontend"
)

// listeners are where the program listens.
type listeners struct {
	all []*endpoint
	log *slog.Logger
}

type endpoint struct {
	frontend.Endpoint
	name, scheme string
}

// listen listens on all addresses, over TLS if there is a certificate.
func (o *options) listen(log *slog.Logger) (*listeners, error) {
	l := &listeners{log: log}
	var secure *tls.Config
	if o.certFile != "" {
		certificate, err := frontend.OpenCertificate(o.certFile, o.keyFile, log)
		if err != nil {
			return nil, err
		}
		secure = &tls.Config{GetCertificate: certificate.Get}
	}
	for _, e := range []struct {
		name, address string
		needed        bool
		secure        *tls.Config
	}{
		{"alibaba", o.alibaba, true, secure}, {"tencent", o.tencent, true, secure},
		{"instance", o.instance, false, secure}, {"status", o.status, false, nil},
	} {
		if e.address == "" && !e.needed {
			continue
		}
		if err := l.add(e.name, e.address, e.secure); err != nil {
			l.close()
			return nil, err
		}
	}
	return l, nil
}

func (l *listeners) add(name, address string, secure *tls.Config) error {
	if address == "" {
		return fmt.Errorf("-%s has to be an address, HOST:PORT", name)
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	e := &endpoint{frontend.Endpoint{Server: frontend.NewServer(nil), Listener: listener}, name, "http"}
	e.Server.ErrorLog = slog.NewLogLogger(l.log.Handler(), slog.LevelWarn)
	if secure != nil {
		e.scheme, e.Server.TLSConfig = "https", secure.Clone()
	}
	l.all = append(l.all, e)
	return nil
}

// close ends what serve has not.
func (l *listeners) close() {
	for _, e := range l.all {
		e.Server.Close()
		e.Listener.Close()
	}
}

// serve says what there is and serves until the context is done. What it began by
// then, it finishes. The status is served to the end.
func (l *listeners) serve(ctx context.Context, out io.Writer, keys []key, drain time.Duration) error {
	if err := announce(out, keys, l.all); err != nil {
		return err
	}
	var served []frontend.Endpoint
	for _, e := range l.all {
		if e.name == "status" {
			go e.Server.Serve(e.Listener)
		} else {
			served = append(served, e.Endpoint)
		}
	}
	defer context.AfterFunc(ctx, func() { l.log.Info("stopping", "drain", drain) })()
	return frontend.Serve(ctx, drain, served...)
}

func announce(out io.Writer, keys []key, endpoints []*endpoint) error {
	lines := json.NewEncoder(out)
	for _, k := range keys {
		if err := lines.Encode(k); err != nil {
			return err
		}
	}
	for _, e := range endpoints {
		if _, err := fmt.Fprintf(out, "listening %s %s://%s\n", e.name, e.scheme, e.Listener.Addr()); err != nil {
			return err
		}
	}
	return nil
}
