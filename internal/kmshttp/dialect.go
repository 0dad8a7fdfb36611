// SPDX-License-Identifier: Apache-2.0

package kmshttp

import (
	"context"
	"net/http"
	"time"
)

// A Dialect is what differs between providers: how requests are written and signed,
// what they can ask for, and how answers look. The package takes a request through
// the steps in the order of the fields Claim, Lookup, Parse (of the claim), Verify
// (of the call) and Operations.
type Dialect struct {
	// Provider is the name in events, Protocol the one in sentences.
	Provider string
	Protocol Protocol
	// Methods and Path are what requests are sent with.
	Methods []string
	Path    string
	// Header says how a request header, in canonical spelling, is read.
	// Authorization and Content-Type are OneValue in every dialect.
	Header func(name string) HeaderRule
	// MaxQuery and MaxBody are the most bytes of a query and of a body.
	MaxQuery, MaxBody int
	// NewRequestID makes the id of a request. Answers have it also in the header
	// RequestIDHeader, if that is not "".
	NewRequestID    func() string
	RequestIDHeader string
	// Window is how far a time stamp may be from the clock, Rate the provider's limit
	// in requests a second.
	Window time.Duration
	Rate   int
	// Schemes are the provider's signatures, by their names on the wire.
	Schemes []string
	// NoncesByOption says that nonces are looked at only with frontend.WithNonces: those
	// of the provider's own clients can repeat.
	NoncesByOption bool
	// UnsignedPayload says that the provider has bodies that are not signed.
	UnsignedPayload bool

	// Claim reads which client a request claims to come from, and no more of the request
	// than that takes: the client is not authenticated yet.
	Claim func(r *Request, x *Exchange) (*Claim, error)
	// Lookup finds what the signatures of a client are checked with.
	Lookup Lookup
	// Decoy returns what those of an unknown client are checked with, so that it costs
	// as much as a known one. Without it, an unknown client's request is not parsed.
	Decoy func() any
	// Version is the one version of the API.
	Version string
	// Operations has the operations by the names of their actions.
	Operations map[string]Operation
	// Changes has those that change keys, which need Config.Management.
	Changes map[string]Operation
	// Encode makes the reply of a result, or of an error if that is not nil.
	Encode func(x *Exchange, result any, err error) Reply

	large place // where the large bodies are
}

// A HeaderRule says how a header is read.
type HeaderRule int

// The rules. A header that is read has one value: proxies disagree on which of two
// counts. One that may have no space is refused for it, for net/http joins folded
// lines with one.
const (
	Unread HeaderRule = iota
	OneValue
	OneWord
)

// A Claim is what a request says about its client.
type Claim struct {
	AccessKeyID, SecurityToken string
	// Scheme is the signature's: one of the dialect's Schemes, or another that Parse
	// refuses.
	Scheme string
	// Parse takes the rest of the request apart. It is called when the client is
	// known.
	Parse func() (*Call, error)
}

// A Lookup returns the credential of a client, a shared secret or a public key:
// what Verify of the client's calls takes. Its errors are those of
// frontend.Authenticator.
type Lookup func(ctx context.Context, accessKeyID, securityToken string) (credential any, err error)

// A Call is a request, taken apart.
type Call struct {
	Action, Version string
	Time            time.Time
	// Nonce is "" if the scheme has none.
	Nonce string
	// Verify reports whether the call is signed with the credential.
	Verify func(credential any) bool
	// StringToSign is what should have been signed, for the answer to a call that is
	// not, where the provider tells it.
	StringToSign string
	// Params are the parameters, if they are flat text, and Body is the body.
	Params Params
	Body   []byte
}

// An Operation does what a call asks for.
type Operation func(ctx context.Context, x *Exchange, c *Call) (result any, err error)

// A Reply is an answer, ready to be sent.
type Reply struct {
	Status            int
	Code, ContentType string
	// Header has what the answer has beside the content type; nil if nothing.
	Header http.Header
	Body   []byte
}
