// SPDX-License-Identifier: Apache-2.0

package alikms_test

import (
	"context"
	"encoding/base64"
	"testing"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/kmshttp/fronttest"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/signer/alikms"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/stretchr/testify/require"
)

var ctx = context.Background()

// What is signed with any of the seven pairs verifies, here and with the public key
// that GetPublicKey returns.
func TestService(t *testing.T) {
	ring, versions := fronttest.Keyring(t)
	s := &alikms.Service{Store: ring}
	for _, p := range keyspec.Pairs() {
		t.Run(p.String(), func(t *testing.T) {
			v := versions[p.KeySpec]
			for _, keyID := range []string{v.KeyID, "alias/" + string(p.KeySpec), "acs:kms:cn-hangzhou:1234:key/" + v.KeyID} {
				signed, err := s.AsymmetricSign(ctx, alikms.AsymmetricSignRequest{KeyId: keyID, KeyVersionId: v.VersionID,
					Algorithm: string(p.Algorithm), Digest: digest64})
				require.NoError(t, err)
				require.Equal(t, v.KeyID, signed.KeyId)
				require.Equal(t, v.VersionID, signed.KeyVersionId)
				sig, err := base64.StdEncoding.DecodeString(signed.Value)
				require.NoError(t, err)

				public, err := s.GetPublicKey(ctx, alikms.GetPublicKeyRequest{KeyId: keyID, KeyVersionId: v.VersionID})
				require.NoError(t, err)
				require.Equal(t, v.KeyID, public.KeyId)
				require.Equal(t, v.VersionID, public.KeyVersionId)
				pub, err := keyspec.ParsePublicKey([]byte(public.PublicKey))
				require.NoError(t, err)
				verifier, err := signer.NewVerifier(pub, p.Algorithm)
				require.NoError(t, err)
				require.NoError(t, verifier.VerifyDigest(digest[:], sig))

				req := alikms.AsymmetricVerifyRequest{KeyId: keyID, KeyVersionId: v.VersionID, Algorithm: string(p.Algorithm),
					Digest: digest64, Value: signed.Value}
				verified, err := s.AsymmetricVerify(ctx, req)
				require.NoError(t, err)
				require.Equal(t, alikms.AsymmetricVerifyResponse{KeyId: v.KeyID, KeyVersionId: v.VersionID, Value: true}, verified)
				sig[len(sig)/2] ^= 1
				for _, bad := range [][]byte{sig, sig[1:], {0}} {
					req.Value = base64.StdEncoding.EncodeToString(bad)
					verified, err = s.AsymmetricVerify(ctx, req)
					require.NoError(t, err)
					require.False(t, verified.Value)
				}
			}
		})
	}
}

// Each refusal, the same with and without DryRun but for the code.
func TestService_refused(t *testing.T) {
	ring, versions := fronttest.Keyring(t, keyspec.ECP256, keyspec.ECSM2)
	s := &alikms.Service{Store: ring}
	ec := versions[keyspec.ECP256]
	missing := "00000000-0000-4000-8000-000000000000"
	size := func(n int) string { return base64.StdEncoding.EncodeToString(make([]byte, n)) }
	states := map[keyring.State]string{}
	for _, state := range []keyring.State{keyring.Disabled, keyring.PendingDeletion, keyring.PendingImport} {
		v, err := ring.Create(ctx, keyspec.ECP256)
		require.NoError(t, err)
		require.NoError(t, ring.SetState(ctx, v.KeyID, state))
		states[state] = v.KeyID + " " + v.VersionID
	}
	split := func(s keyring.State) (string, string) { v := states[s]; return v[:36], v[37:] }
	type request = alikms.AsymmetricVerifyRequest
	ok := request{KeyId: ec.KeyID, KeyVersionId: ec.VersionID, Algorithm: "ECDSA_SHA_256", Digest: digest64,
		Value: size(70)}

	for _, tt := range []struct {
		name   string
		change func(*request)
		want   error
		param  string
		code   string
		dry    string
		not    string // operations without this parameter
	}{
		{"no KeyId", func(r *request) { r.KeyId = "" }, errors.MissingParameter, "KeyId", "MissingParameter",
			"ValidationError", ""},
		{"no KeyVersionId", func(r *request) { r.KeyVersionId = "" }, errors.MissingParameter, "KeyVersionId",
			"MissingParameter", "ValidationError", ""},
		{"no Algorithm", func(r *request) { r.Algorithm = "" }, errors.MissingParameter, "Algorithm", "MissingParameter",
			"ValidationError", "p"},
		{"no Digest", func(r *request) { r.Digest = "" }, errors.MissingParameter, "Digest", "MissingParameter",
			"ValidationError", "p"},
		{"no Value", func(r *request) { r.Value = "" }, errors.MissingParameter, "Value", "MissingParameter",
			"ValidationError", "ps"},
		{"broken Digest", func(r *request) { r.Digest = digest64[:43] }, errors.InvalidParameter, "Digest",
			"InvalidParameter", "ValidationError", "p"},
		{"line in Digest", func(r *request) { r.Digest = digest64 + "\n" }, errors.InvalidParameter, "Digest",
			"InvalidParameter", "ValidationError", "p"},
		{"URL alphabet", func(r *request) { r.Digest = "__8=" }, errors.InvalidParameter, "Digest", "InvalidParameter",
			"ValidationError", "p"},
		{"Digest of 31", func(r *request) { r.Digest = size(31) }, errors.InvalidParameter, "Digest", "InvalidParameter",
			"ValidationError", "p"},
		{"Digest of 33", func(r *request) { r.Digest = size(33) }, errors.InvalidParameter, "Digest", "InvalidParameter",
			"ValidationError", "p"},
		{"broken Value", func(r *request) { r.Value = "?" }, errors.InvalidParameter, "Value", "InvalidParameter",
			"ValidationError", "ps"},
		{"unknown Algorithm", func(r *request) { r.Algorithm = "ecdsa_sha_256" }, errors.InvalidParameter, "Algorithm",
			"InvalidParameter", "ValidationError", "p"},
		{"another key's Algorithm", func(r *request) { r.Algorithm = "SM2DSA" }, errors.InvalidParameter, "Algorithm",
			"InvalidParameter", "ValidationError", "p"},
		{"malformed KeyId", func(r *request) { r.KeyId = "a b" }, errors.InvalidParameter, "KeyId", "InvalidParameter",
			"ValidationError", ""},
		{"malformed ARN", func(r *request) { r.KeyId = "acs:kms:cn-hangzhou:1234:" + ec.KeyID }, errors.InvalidParameter,
			"KeyId", "InvalidParameter", "ValidationError", ""},
		{"unknown key, by its ARN", func(r *request) { r.KeyId = "acs:kms:cn-hangzhou:1234:key/" + missing },
			errors.KeyNotFound, "", "Forbidden.KeyNotFound", "Forbidden.KeyNotFound", ""},
		{"unknown key", func(r *request) { r.KeyId = missing }, errors.KeyNotFound, "", "Forbidden.KeyNotFound",
			"Forbidden.KeyNotFound", ""},
		{"unknown version", func(r *request) { r.KeyVersionId = missing }, errors.KeyVersionNotFound, "",
			"Forbidden.KeyVersionNotFound", "Forbidden.KeyVersionNotFound", ""},
		{"another key's version", func(r *request) { r.KeyVersionId = versions[keyspec.ECSM2].VersionID },
			errors.KeyVersionNotFound, "", "Forbidden.KeyVersionNotFound", "Forbidden.KeyVersionNotFound", ""},
		{"unknown alias", func(r *request) { r.KeyId = "alias/none" }, errors.AliasNotFound, "", "Forbidden.AliasNotFound",
			"Forbidden.AliasNotFound", ""},
		{"disabled", func(r *request) { r.KeyId, r.KeyVersionId = split(keyring.Disabled) }, errors.KeyDisabled, "",
			"Rejected.Disabled", "Rejected.Disabled", ""},
		{"pending deletion", func(r *request) { r.KeyId, r.KeyVersionId = split(keyring.PendingDeletion) },
			errors.KeyPendingDeletion, "", "Rejected.PendingDeletion", "Rejected.PendingDeletion", ""},
		{"pending import", func(r *request) { r.KeyId, r.KeyVersionId = split(keyring.PendingImport) },
			errors.KeyPendingImport, "", "Rejected.PendingImport", "Rejected.PendingImport", ""},
		// The state comes before the algorithm and the size.
		{"disabled and wrong", func(r *request) {
			r.KeyId, r.KeyVersionId = split(keyring.Disabled)
			r.Algorithm, r.Digest = "SM2DSA", size(31)
		}, errors.KeyDisabled, "", "Rejected.Disabled", "Rejected.Disabled", ""},
		// What needs no key comes before it.
		{"unknown and malformed", func(r *request) { r.KeyId, r.Digest = missing, "?" }, errors.InvalidParameter, "Digest",
			"InvalidParameter", "ValidationError", "p"},
		{"nothing wrong", func(*request) {}, nil, "", "", "DryRunOperationError", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, dry := range []bool{false, true} {
				r := ok
				tt.change(&r)
				want := tt.code
				if dry {
					want = tt.dry
				}
				check := func(resp any, err error) {
					t.Helper()
					if want == "" {
						require.NoError(t, err)
						return
					}
					require.Zero(t, resp)
					if tt.want != nil {
						require.ErrorIs(t, err, tt.want)
					} else {
						require.ErrorIs(t, err, errors.DryRun)
					}
					if tt.param != "" {
						var e *errors.Error
						require.True(t, errors.As(err, &e))
						require.Equal(t, tt.param, e.Param)
					}
					status, code, message := alikms.Describe(err)
					require.Equal(t, want, code)
					require.NotEmpty(t, message)
					require.GreaterOrEqual(t, status, 400)
				}
				verified, err := s.AsymmetricVerify(ctx, alikms.AsymmetricVerifyRequest{KeyId: r.KeyId,
					KeyVersionId: r.KeyVersionId, Algorithm: r.Algorithm, Digest: r.Digest, Value: r.Value, DryRun: dry})
				check(verified, err)
				if tt.not == "" || tt.not == "p" {
					signed, err := s.AsymmetricSign(ctx, alikms.AsymmetricSignRequest{KeyId: r.KeyId, KeyVersionId: r.KeyVersionId,
						Algorithm: r.Algorithm, Digest: r.Digest, DryRun: dry})
					check(signed, err)
				}
				if tt.not == "" {
					public, err := s.GetPublicKey(ctx, alikms.GetPublicKeyRequest{KeyId: r.KeyId, KeyVersionId: r.KeyVersionId,
						DryRun: dry})
					check(public, err)
				}
			}
		})
	}
}

// A Store is asked for ids and aliases; ARNs are the provider's.
func TestService_arn(t *testing.T) {
	const id = "key-hzz65f1cb66fa0qo1a2b"
	for keyID, want := range map[string]string{
		id: id, "alias/a": "alias/a", "": "", "acs": "acs", "a b": "a b",
		"acs:kms:cn-hangzhou:1234:key/" + id: id, "acs:kms:r:a:key/a_b-C9": "a_b-C9",
		// These are none.
		"acs:kms:r:a:key/": "", "acs:kms:r:a:key/alias/a": "", "acs:kms:r:a:alias/a": "", "acs:kms:r:a:key": "",
		"acs:kms:r:a:" + id:    "",
		"acs:kms::a:key/" + id: "", "acs:kms:r::key/" + id: "", "acs:ecs:r:a:key/" + id: "", "acs:kms:r:a:b:key/" + id: "",
		"acs:kms:r:a:key/a b": "", "acs:kms:r:a:key/a:b": "", "acs:kms:r a:a:key/b": "", "acs:": "", "acs:kms": "",
		"acs:kms:r:a": "",
	} {
		asked := ""
		s := &alikms.Service{Store: askedStore(func(name string) { asked = name })}
		_, err := s.GetPublicKey(ctx, alikms.GetPublicKeyRequest{KeyId: keyID, KeyVersionId: "v"})
		require.Equal(t, want, asked, keyID)
		if want == "" && keyID != "" {
			require.ErrorIs(t, err, errors.InvalidParameter, keyID)
		}
	}
}

type askedStore func(keyID string)

func (f askedStore) Lookup(_ context.Context, keyID, _ string) (*keyring.Version, error) {
	f(keyID)
	return nil, errors.KeyNotFound
}

// Nothing that an embedder hands in makes an operation panic.
func TestService_nil(t *testing.T) {
	sign := alikms.AsymmetricSignRequest{KeyId: "k", KeyVersionId: "v", Algorithm: "SM2DSA", Digest: digest64}
	verify := alikms.AsymmetricVerifyRequest{KeyId: "k", KeyVersionId: "v", Algorithm: "SM2DSA", Digest: digest64,
		Value: "AAAA"}
	public := alikms.GetPublicKeyRequest{KeyId: "k", KeyVersionId: "v"}
	for _, s := range []*alikms.Service{nil, {}, {Store: (*keyring.Keyring)(nil)}} {
		_, err := s.AsymmetricSign(ctx, sign)
		require.ErrorIs(t, err, errors.Internal)
		_, err = s.AsymmetricVerify(ctx, verify)
		require.ErrorIs(t, err, errors.Internal)
		_, err = s.GetPublicKey(ctx, public)
		require.ErrorIs(t, err, errors.Internal)
	}
	ring, versions := fronttest.Keyring(t, keyspec.ECSM2)
	s := &alikms.Service{Store: ring}
	v := versions[keyspec.ECSM2]
	sign.KeyId, sign.KeyVersionId = v.KeyID, v.VersionID
	_, err := s.AsymmetricSign(nil, sign) //lint:ignore SA1012 on purpose
	require.ErrorIs(t, err, errors.InvalidParameter)
	done, cancel := context.WithCancel(ctx)
	cancel()
	_, err = s.AsymmetricSign(done, sign)
	require.ErrorIs(t, err, context.Canceled)

	for _, v := range []keyring.Version{
		{State: keyring.Enabled},
		{KeyID: "k", VersionID: "v", State: keyring.Enabled, KeySpec: keyspec.ECSM2},
		{KeyID: "k", VersionID: "v", KeySpec: keyspec.ECSM2},
	} {
		s := &alikms.Service{Store: versionStore{&v}}
		_, err = s.GetPublicKey(ctx, public)
		require.Equal(t, errors.Internal, errors.CodeOf(err))
		_, err = s.AsymmetricSign(ctx, sign)
		require.Equal(t, errors.Internal, errors.CodeOf(err))
		_, err = s.AsymmetricVerify(ctx, verify)
		require.Equal(t, errors.Internal, errors.CodeOf(err))
	}
}

// A versionStore has one answer.
type versionStore struct{ v *keyring.Version }

func (s versionStore) Lookup(context.Context, string, string) (*keyring.Version, error) {
	return s.v, nil
}
