// SPDX-License-Identifier: Apache-2.0

package dkms_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"testing"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/kmshttp/fronttest"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/dkms"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/stretchr/testify/require"
)

// Every pair, as a message and as its digest in both fields, by id and by alias, with
// the version and without, the algorithm named and not.
func TestService(t *testing.T) {
	ring, versions := fronttest.Keyring(t)
	s := &dkms.Service{Store: ring}
	defaults := map[keyspec.KeySpec]keyspec.Algorithm{
		keyspec.RSA2048: keyspec.RSAPSSSHA256, keyspec.RSA3072: keyspec.RSAPSSSHA256,
		keyspec.ECP256: keyspec.ECDSASHA256, keyspec.ECP256K: keyspec.ECDSASHA256, keyspec.ECSM2: keyspec.SM2DSA,
	}
	for _, p := range keyspec.Pairs() {
		v := versions[p.KeySpec]
		verifier, err := v.Verifier(p.Algorithm)
		require.NoError(t, err)
		h := verifier.NewDigest()
		h.Write(message)
		digest := h.Sum(nil)
		for _, keyID := range []string{v.KeyID, "alias/" + string(p.KeySpec)} {
			for _, versionID := range []string{v.VersionID, ""} {
				for i, m := range []dkms.SignRequest{
					{Message: message}, {Message: message, MessageType: "RAW"}, {Message: digest, MessageType: "DIGEST"},
					{Digest: digest}, {Digest: digest, MessageType: "DIGEST"},
				} {
					m.KeyId, m.KeyVersionId = keyID, versionID
					if i%2 == 0 || defaults[p.KeySpec] != p.Algorithm {
						m.Algorithm = string(p.Algorithm)
					}
					resp, err := s.Sign(ctx, m)
					require.NoError(t, err)
					messageType := []string{"RAW", "RAW", "DIGEST", "DIGEST", "DIGEST"}[i]
					require.NoError(t, verifier.VerifyDigest(digest, resp.Signature))
					require.Equal(t, dkms.SignResponse{
						KeyId: v.KeyID, KeyVersionId: v.VersionID, Signature: resp.Signature,
						Algorithm: string(p.Algorithm), MessageType: messageType,
					}, resp)

					ask := dkms.VerifyRequest{
						KeyId: m.KeyId, KeyVersionId: m.KeyVersionId, Algorithm: m.Algorithm,
						Message: m.Message, MessageType: m.MessageType, Digest: m.Digest, Signature: resp.Signature,
					}
					want := dkms.VerifyResponse{
						KeyId: v.KeyID, KeyVersionId: v.VersionID, Value: true, Algorithm: string(p.Algorithm), MessageType: messageType,
					}
					got, err := s.Verify(ctx, ask)
					require.NoError(t, err)
					require.Equal(t, want, got)
					want.Value = false
					for _, sig := range [][]byte{resp.Signature[1:], append(bytes.Clone(resp.Signature), 0), {0}} {
						ask.Signature = sig
						got, err = s.Verify(ctx, ask)
						require.NoError(t, err)
						require.Equal(t, want, got)
					}
				}
				got, err := s.GetPublicKey(ctx, dkms.GetPublicKeyRequest{KeyId: keyID, KeyVersionId: versionID})
				require.NoError(t, err)
				pem, err := keyspec.MarshalPublicKey(v.Public())
				require.NoError(t, err)
				require.Equal(t, dkms.GetPublicKeyResponse{KeyId: v.KeyID, KeyVersionId: v.VersionID, PublicKey: string(pem)}, got)
			}
		}
	}
}

// A version in the header is the one that works, and the answer names it.
func TestVersions(t *testing.T) {
	ring, versions := fronttest.Keyring(t, keyspec.ECP256, keyspec.ECSM2)
	first := versions[keyspec.ECP256]
	second, err := ring.Rotate(ctx, first.KeyID)
	require.NoError(t, err)
	h := newServer(ring)
	for asked, used := range map[string]*keyring.Version{"": second, first.VersionID: first, second.VersionID: second} {
		version := set("x-kms-migrationkeyversionid", asked)
		w := fronttest.Do(h, request("Sign", signBody("alias/EC_P256"), version))
		require.Equal(t, used.VersionID, w.Header().Get("x-kms-migrationkeyversionid"))
		sig := answer(t, w)[2].(string)
		requireSignature(t, used, keyspec.ECDSASHA256, message, []byte(sig))
		w = fronttest.Do(h, request("Verify", verifyBody(first.KeyID, []byte(sig)), version))
		require.Equal(t, used.VersionID, w.Header().Get("x-kms-migrationkeyversionid"))
		require.Equal(t, 1, answer(t, w)[2])
		w = fronttest.Do(h, request("GetPublicKey", pb(1, first.KeyID), version))
		require.Equal(t, used.VersionID, w.Header().Get("x-kms-migrationkeyversionid"))
		pem, err := keyspec.MarshalPublicKey(used.Public())
		require.NoError(t, err)
		require.Equal(t, string(pem), answer(t, w)[2])
	}
	other := request("Sign", signBody(first.KeyID), set("x-kms-migrationkeyversionid", versions[keyspec.ECSM2].VersionID))
	require.Equal(t, "404 Forbidden.KeyNotFound: The specified key does not exist.", do(t, h, other))
}

// Every error of the service.
func TestService_errors(t *testing.T) {
	ring, versions := fronttest.Keyring(t, keyspec.ECP256)
	s := &dkms.Service{Store: ring}
	ec := versions[keyspec.ECP256]
	state := func(state keyring.State) string {
		v, err := ring.Create(ctx, keyspec.ECP256)
		require.NoError(t, err)
		require.NoError(t, ring.SetState(ctx, v.KeyID, state))
		return v.KeyID
	}
	d32 := make([]byte, 32)
	good := dkms.VerifyRequest{KeyId: ec.KeyID, Algorithm: "ECDSA_SHA_256", Message: d32, MessageType: "DIGEST",
		Signature: d32}
	for name, tt := range map[string]struct {
		change func(*dkms.VerifyRequest)
		code   errors.Code
		param  string
	}{
		"no key": {func(r *dkms.VerifyRequest) { r.KeyId = "" }, errors.MissingParameter, "KeyId"},
		"long key": {func(r *dkms.VerifyRequest) { r.KeyId = string(make([]byte, 1000)) },
			errors.InvalidParameter, "KeyId"},
		"an ARN": {func(r *dkms.VerifyRequest) { r.KeyId = "acs:kms:r:1:key/" + ec.KeyID },
			errors.InvalidParameter, "KeyId"},
		"a malformed key": {func(r *dkms.VerifyRequest) { r.KeyId = "a b" }, errors.InvalidParameter, "KeyId"},
		"a malformed version": {func(r *dkms.VerifyRequest) { r.KeyVersionId = string(make([]byte, 1000)) },
			errors.InvalidParameter, "KeyVersionId"},
		"no message": {func(r *dkms.VerifyRequest) { r.Message = nil }, errors.MissingParameter, "Message"},
		"another type": {func(r *dkms.VerifyRequest) { r.MessageType = "raw" }, errors.InvalidParameter,
			"MessageType"},
		"both": {func(r *dkms.VerifyRequest) { r.Digest = d32 }, errors.InvalidParameter, "Digest"},
		"older, RAW": {func(r *dkms.VerifyRequest) { r.Digest, r.Message, r.MessageType = d32, nil, "RAW" },
			errors.InvalidParameter, "Digest"},
		"older, 31 bytes": {func(r *dkms.VerifyRequest) { r.Digest, r.Message = d32[:31], nil }, errors.InvalidParameter,
			"Digest"},
		"31 bytes": {func(r *dkms.VerifyRequest) { r.Message = d32[:31] }, errors.InvalidParameter, "Message"},
		"33 bytes": {func(r *dkms.VerifyRequest) { r.Message = make([]byte, 33) }, errors.InvalidParameter,
			"Message"},
		"no such algorithm": {func(r *dkms.VerifyRequest) { r.Algorithm = "ECDSA" }, errors.InvalidParameter, "Algorithm"},
		"another algorithm": {func(r *dkms.VerifyRequest) { r.Algorithm = "SM2DSA" }, errors.InvalidParameter, "Algorithm"},
		"unknown key": {func(r *dkms.VerifyRequest) { r.KeyId = "00000000-0000-4000-8000-000000000000" },
			errors.KeyNotFound, ""},
		"unknown alias":   {func(r *dkms.VerifyRequest) { r.KeyId = "alias/none" }, errors.AliasNotFound, ""},
		"unknown version": {func(r *dkms.VerifyRequest) { r.KeyVersionId = ec.KeyID }, errors.KeyVersionNotFound, ""},
		"disabled":        {func(r *dkms.VerifyRequest) { r.KeyId = state(keyring.Disabled) }, errors.KeyDisabled, ""},
		"pending deletion": {func(r *dkms.VerifyRequest) { r.KeyId = state(keyring.PendingDeletion) },
			errors.KeyPendingDeletion, ""},
		"pending import": {func(r *dkms.VerifyRequest) { r.KeyId = state(keyring.PendingImport) },
			errors.KeyPendingImport, ""},
	} {
		require.NotPanics(t, func() {
			r := good
			tt.change(&r)
			requireError := func(err error) {
				t.Helper()
				var e *errors.Error
				require.ErrorAs(t, err, &e, name)
				require.Equal(t, tt.code, e.Code, name)
				if tt.param != "" {
					require.Equal(t, tt.param, e.Param, name)
				}
			}
			resp, err := s.Verify(ctx, r)
			require.Zero(t, resp)
			requireError(err)
			signed, err := s.Sign(ctx, dkms.SignRequest{
				KeyId: r.KeyId, KeyVersionId: r.KeyVersionId, Algorithm: r.Algorithm, Message: r.Message,
				MessageType: r.MessageType, Digest: r.Digest,
			})
			require.Zero(t, signed)
			requireError(err)
			if r.KeyId != good.KeyId || r.KeyVersionId != good.KeyVersionId {
				public, err := s.GetPublicKey(ctx, dkms.GetPublicKeyRequest{KeyId: r.KeyId, KeyVersionId: r.KeyVersionId})
				require.Zero(t, public)
				requireError(err)
			}
		})
	}
	r := good
	r.Signature = nil
	_, err := s.Verify(ctx, r)
	require.ErrorIs(t, err, errors.MissingParameter)

	canceled, cancel := context.WithCancel(ctx)
	cancel()
	sign := dkms.SignRequest{KeyId: ec.KeyID, Message: message}
	_, err = s.Sign(canceled, sign)
	require.ErrorIs(t, err, context.Canceled)
	var none context.Context
	_, err = s.Sign(none, sign)
	require.ErrorIs(t, err, errors.InvalidParameter)
	for _, s := range []*dkms.Service{nil, {}, {Store: (*keyring.Keyring)(nil)}} {
		_, err = s.Sign(ctx, sign)
		require.ErrorIs(t, err, errors.Internal)
		_, err = s.Verify(ctx, good)
		require.ErrorIs(t, err, errors.Internal)
		_, err = s.GetPublicKey(ctx, dkms.GetPublicKeyRequest{KeyId: "k"})
		require.ErrorIs(t, err, errors.Internal)
	}

	// What is signed stays as the caller has it, and is not kept.
	sum := sha256.Sum256(message)
	mine := bytes.Clone(sum[:])
	_, err = s.Sign(ctx, dkms.SignRequest{KeyId: ec.KeyID, Message: mine, MessageType: "DIGEST"})
	require.NoError(t, err)
	require.Equal(t, sum[:], mine)
}
