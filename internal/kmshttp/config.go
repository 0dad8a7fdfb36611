// SPDX-License-Identifier: Apache-2.0

// Package kmshttp is the part that the front ends share: the path of a request from
// the socket to its answer. It reads the request within limits, authenticates its
// client, finds the operation and the key, answers, and writes one line to the
// log. A front end is a [Dialect]: its signatures, its operations, and two tables,
// of operations and of errors. The options are those of package frontend.
package kmshttp

import (
	"context"
	"log/slog"
	"math"
	"slices"
	"time"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

// Config is what options set. The zero value of every field is its default.
type Config struct {
	// Authorize decides who may do what with which key; nil allows everything.
	Authorize func(ctx context.Context, principal, action, keyID string) error
	// Nonces remembers nonces; nil is a memory of the handler's own.
	Nonces NonceCache
	// Limiter counts requests; nil is one of the handler's own.
	Limiter Limiter
	// Now is the clock of the time stamps, of the handler's own limiter and of its own
	// memory of nonces; nil is time.Now.
	Now func() time.Time
	// Logger gets one line a request; nil gets none.
	Logger *slog.Logger
	// Audit gets one event a request before Observe does, and its error takes the place
	// of the answer; nil gets none.
	Audit func(ctx context.Context, e Event) error
	// Observe gets one event a request; nil gets none.
	Observe func(ctx context.Context, e Event)
	// Rate is in requests a second for each access key, Burst how many may arrive
	// at once.
	Rate  float64
	Burst int
	// InFlight is how many requests may be between authentication and answer.
	InFlight int
	// Timeout is how long a request may take once it has arrived.
	Timeout time.Duration
	// Schemes are the signatures that are accepted; nil is all of the dialect.
	Schemes []string
	// UnsignedPayload accepts bodies that are not signed: tencentkms.AllowUnsignedPayload.
	UnsignedPayload bool
	// Management serves the operations that change keys, too.
	Management bool
	// BodyTimeout is how long a body may take to arrive. No option sets it.
	BodyTimeout time.Duration

	rated   bool
	mistake error
}

// The defaults of what is the same for all providers.
const (
	// BodyTimeout is how long a body may take to arrive.
	BodyTimeout = 10 * time.Second
	// DefaultTimeout is that of a request.
	DefaultTimeout = 10 * time.Second
	// DefaultInFlight is how many requests may be in flight.
	DefaultInFlight = 1024
)

// Misconfigured notes that an option cannot be followed. The first one counts.
func (c *Config) Misconfigured(option, reason string) {
	if c.mistake == nil {
		c.mistake = &errors.Error{Code: errors.Internal, Param: option, Reason: reason}
	}
}

// CheckStore refuses Management of a store that is no Manager.
func (c *Config) CheckStore(store keyring.Store) {
	if _, ok := store.(keyring.Manager); c.Management && !ok {
		c.Misconfigured("WithManagement", "the Store is no keyring.Manager")
	}
}

// SetRate sets Rate and Burst.
func (c *Config) SetRate(perSecond float64, burst int) {
	c.Rate, c.Burst, c.rated = perSecond, burst, true
}

// NewConfig applies the options.
func NewConfig[Option ~func(*Config)](opts []Option) *Config {
	c := &Config{BodyTimeout: BodyTimeout, Timeout: DefaultTimeout, InFlight: DefaultInFlight}
	for _, o := range opts {
		if o == nil {
			c.Misconfigured("HandlerOption", "an option is nil")
			continue
		}
		o(c)
	}
	return c
}

// complete sets what no option has set to the defaults of a dialect, and checks
// that the rest can be followed.
func (c *Config) complete(d *Dialect) {
	if !c.rated {
		c.SetRate(float64(d.Rate), d.Rate)
	}
	if math.IsInf(c.Rate, 1) {
		c.Burst = max(c.Burst, 1) // it does not matter, but none would let no request in
	}
	if !(c.Rate > 0) || c.Burst < 1 {
		c.Misconfigured("WithRate", "the rate and the burst have to be positive")
	}
	if c.InFlight < 1 {
		c.Misconfigured("WithMaxInFlight", "the number has to be positive")
		c.InFlight = 1
	}
	if c.Timeout <= 0 {
		c.Misconfigured("WithTimeout", "the time has to be positive")
	}
	if c.Schemes != nil && !slices.ContainsFunc(c.Schemes, func(s string) bool { return slices.Contains(d.Schemes, s) }) {
		c.Misconfigured("WithSchemes", "none of them is a signature of "+string(d.Protocol))
	}
	if c.UnsignedPayload && !d.UnsignedPayload {
		c.Misconfigured("AllowUnsignedPayload", "it is an option of package tencentkms only")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Nonces == nil && !d.NoncesByOption {
		// It goes by the clock of the time stamps: a nonce may be forgotten when its
		// time stamp is refused.
		c.Nonces = newNonceMemory(share(c.Rate, c.Burst, d.Window), math.MaxInt, c.Now)
	}
	if c.Limiter == nil {
		c.Limiter = newBuckets(c.Rate, c.Burst, c.Now)
	}
}
