// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/rsa"
	"errors"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/kmsigner/kmsigner/signer/dkms"
	"github.com/kmsigner/kmsigner/signer/frontend"
)

// access is who may do what.
type access struct {
	authenticate frontend.Authenticator
	clientKey    dkms.ClientKeys
	authorize    func(ctx context.Context, principal, action, keyID string) error // nil: every client may do everything
	stop         func()
}

func (o *options) access(log *slog.Logger) (*access, error) {
	if o.accessFile == "" {
		// Not a flag.Value: the error of one would print the secret.
		id, secret, _ := strings.Cut(o.accessKey, ":")
		if id == "" || secret == "" {
			return nil, errors.New("-access-key has to be ID:SECRET, or -access-file a file")
		}
		return &access{
			authenticate: frontend.StaticKeys(map[string]string{id: secret}),
			clientKey:    dkms.StaticClientKeys(map[string]*rsa.PublicKey(o.clients)),
			stop:         func() {},
		}, nil
	}
	a, err := frontend.OpenAccess(o.accessFile)
	if err != nil {
		return nil, err
	}
	return &access{a.Authenticate, a.ClientKey, a.Authorize, reloadOnHangup(a, log)}, nil
}

// reloadOnHangup reads the file again on each SIGHUP, until it is stopped.
func reloadOnHangup(a *frontend.Access, log *slog.Logger) (stop func()) {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	go func() {
		for range hangup {
			if err := a.Reload(); err != nil {
				log.Error("the access file cannot be used, what it said before stays", "error", err)
			} else {
				log.Info("access file read again")
			}
		}
	}()
	return func() {
		signal.Stop(hangup)
		close(hangup)
	}
}
