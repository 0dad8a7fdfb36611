// SPDX-License-Identifier: Apache-2.0

package nopanic

import (
	"errors"
	"time"

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/signer/alikms"
	"github.com/kmsigner/kmsigner/signer/diagnose"
	"github.com/kmsigner/kmsigner/signer/dkms"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/kmsigner/kmsigner/signer/signertest"
	"github.com/kmsigner/kmsigner/signer/tencentkms"
	"github.com/kmsigner/kmsigner/sm2z"

	ours "github.com/kmsigner/kmsigner/errors"
)

// calledFunctions has every exported function of the public packages.
var calledFunctions = map[string]any{
	"errors.CodeOf": ours.CodeOf, "errors.Is": ours.Is, "errors.As": ours.As, "errors.Join": ours.Join,
	"errors.New": ours.New, "errors.Unwrap": ours.Unwrap,

	"keyspec.Parse": keyspec.Parse, "keyspec.ParseAlgorithm": keyspec.ParseAlgorithm, "keyspec.All": keyspec.All,
	"keyspec.Pairs": keyspec.Pairs,
	"keyspec.Of":    keyspec.Of, "keyspec.GenerateKey": keyspec.GenerateKey,
	"keyspec.ParsePrivateKey": keyspec.ParsePrivateKey, "keyspec.MarshalPrivateKey": keyspec.MarshalPrivateKey,
	"keyspec.MarshalEncryptedPrivateKey": keyspec.MarshalEncryptedPrivateKey,
	"keyspec.ParsePublicKey":             keyspec.ParsePublicKey, "keyspec.MarshalPublicKey": keyspec.MarshalPublicKey,
	"keyspec.PrivateKeyFromScalar": keyspec.PrivateKeyFromScalar, "keyspec.PublicKeyFromPoint": keyspec.PublicKeyFromPoint,
	"keyspec.Point": keyspec.Point, "keyspec.ECDSA": keyspec.ECDSA,

	"sm2z.DefaultID": sm2z.DefaultID, "sm2z.EmptyID": sm2z.EmptyID, "sm2z.NewID": sm2z.NewID,
	"sm2z.ZA": sm2z.ZA, "sm2z.Digest": sm2z.Digest, "sm2z.New": sm2z.New, "sm2z.Explain": sm2z.Explain,

	"signer.New": signer.New, "signer.FromCrypto": signer.FromCrypto, "signer.FromFunc": signer.FromFunc,
	"signer.BothPaddings": signer.BothPaddings, "signer.NewVerifier": signer.NewVerifier,
	"signer.SignMessage": signer.SignMessage, "signer.SignDigests": signer.SignDigests,
	"signer.VerifyDigests": signer.VerifyDigests,
	"signer.VerifyMessage": signer.VerifyMessage,
	"signer.SelfTest":      signer.SelfTest, "signer.Withheld": signer.Withheld,
	"signer.ToRaw": signer.ToRaw, "signer.ToDER": signer.ToDER, "signer.NormalizeS": signer.NormalizeS,
	"signer.Recoverable":   signer.Recoverable,
	"signer.Deterministic": signer.Deterministic, "signer.WithID": signer.WithID,
	"signer.VerifyAfterSign":   signer.VerifyAfterSign,
	"signer.NoVerifyAfterSign": signer.NoVerifyAfterSign, "signer.RequireLowS": signer.RequireLowS,
	"signer.Portable": signer.Portable,

	"signer/diagnose.Signature": diagnose.Signature,

	"signer/keyring.New": keyring.New, "signer/keyring.Open": keyring.Open,
	"signer/keyring.OpenReadOnly": keyring.OpenReadOnly,
	"signer/keyring.Create":       keyring.Create, "signer/keyring.NewVersion": keyring.NewVersion,
	"signer/keyring.ParseVersion": keyring.ParseVersion,
	"signer/keyring.ParseName":    keyring.ParseName, "signer/keyring.NewCache": keyring.NewCache,
	"signer/keyring.DeferredVersion": keyring.DeferredVersion, "signer/keyring.NewID": keyring.NewID,
	"signer/keyring.CheckID": keyring.CheckID, "signer/keyring.CheckNewAlias": keyring.CheckNewAlias,
	"signer/keyring.CheckDescription": keyring.CheckDescription,

	"signer/frontend.StaticKeys": frontend.StaticKeys, "signer/frontend.NewNonceCache": frontend.NewNonceCache,
	"signer/frontend.RequestID":     frontend.RequestID,
	"signer/frontend.WithAuthorize": frontend.WithAuthorize, "signer/frontend.WithLogger": frontend.WithLogger,
	"signer/frontend.WithNonces": frontend.WithNonces,
	"signer/frontend.WithRate":   frontend.WithRate, "signer/frontend.WithLimiter": frontend.WithLimiter,
	"signer/frontend.WithObserver": frontend.WithObserver, "signer/frontend.WithAudit": frontend.WithAudit,
	"signer/frontend.NewLimiter": frontend.NewLimiter, "signer/frontend.StatsOf": frontend.StatsOf,
	"signer/frontend.WithTimeout": frontend.WithTimeout, "signer/frontend.WithMaxInFlight": frontend.WithMaxInFlight,
	"signer/frontend.WithSchemes": frontend.WithSchemes, "signer/frontend.WithManagement": frontend.WithManagement,
	"signer/frontend.WithClock": frontend.WithClock, "signer/frontend.NewServer": frontend.NewServer,
	"signer/frontend.OpenAccess": frontend.OpenAccess, "signer/frontend.OpenCertificate": frontend.OpenCertificate,
	"signer/frontend.Serve": frontend.Serve, "signer/frontend.Health": frontend.Health,

	"signer/alikms.Describe": alikms.Describe, "signer/alikms.NewHandler": alikms.NewHandler,
	"signer/dkms.Describe": dkms.Describe, "signer/dkms.NewHandler": dkms.NewHandler,
	"signer/dkms.NewClientKey":     dkms.NewClientKey,
	"signer/dkms.StaticClientKeys": dkms.StaticClientKeys,
	"signer/tencentkms.Describe":   tencentkms.Describe, "signer/tencentkms.NewHandler": tencentkms.NewHandler,
	"signer/tencentkms.AllowUnsignedPayload": tencentkms.AllowUnsignedPayload,

	"signer/signertest.Key": signertest.Key, "signer/signertest.New": signertest.New,
	"signer/signertest.Golden": signertest.Golden,
	"signer/signertest.Alias":  signertest.Alias, "signer/signertest.Failing": signertest.Failing,
	"signer/signertest.FailEvery": signertest.FailEvery,
	"signer/signertest.Slow":      signertest.Slow, "signer/signertest.ClientKeyFile": signertest.ClientKeyFile,
}

// takesTestingT has the functions that report what they are handed to a testing.T.
var takesTestingT = map[string]string{
	"signer/signertest.TestSigner":  "its own tests hand it wrong signers",
	"signer/signertest.TestStore":   "its own tests hand it wrong stores",
	"signer/signertest.TestManager": "its own tests hand it managers",
	"signer/signertest.KMS":         "it makes a server",
}

// receivers has values of every exported type with methods: at least the zero one.
var receivers = [][]any{
	{ours.Code(""), ours.InvalidParameter},
	{&ours.Error{}, (*ours.Error)(nil), &ours.Error{Err: (*ours.Error)(nil)}, &ours.Error{Err: errors.New("cause")}},
	{keyspec.KeySpec(""), keyspec.ECP256, keyspec.KeySpec("none")},
	{keyspec.Pair{}, keyspec.Pair{KeySpec: keyspec.RSA2048}, keyspec.Pairs()[0]},
	{sm2z.ID{}, sm2z.EmptyID()},
	{sm2z.Trace{}},
	{diagnose.Diagnosis{}},
	{&keyring.Keyring{}, (*keyring.Keyring)(nil), keyring.New()},
	{&keyring.Cache{}, (*keyring.Cache)(nil), keyring.NewCache(nil, keyring.CacheOptions{})},
	{&keyring.Version{}, (*keyring.Version)(nil), &keyring.Version{State: keyring.Enabled}},
	{keyring.Name{}},
	{keyring.Page{}, keyring.Page{Offset: -1}},
	{keyring.State(""), keyring.Enabled, keyring.State("none")},
	{&frontend.Access{}, (*frontend.Access)(nil)},
	{&frontend.Certificate{}, (*frontend.Certificate)(nil)},
	{&alikms.Service{}, (*alikms.Service)(nil), &alikms.Service{Store: keyring.New()}},
	{&dkms.Service{}, (*dkms.Service)(nil), &dkms.Service{Store: keyring.New()}},
	{dkms.ClientKey{}},
	{&tencentkms.Service{}, (*tencentkms.Service)(nil), &tencentkms.Service{Store: keyring.New()}},
	{&signertest.KMSServer{}, (*signertest.KMSServer)(nil)},
}

// soon is when a call with hostile values has to be back.
const soon = 10 * time.Second
