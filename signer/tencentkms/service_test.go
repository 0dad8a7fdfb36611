// SPDX-License-Identifier: Apache-2.0

package tencentkms_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/kmshttp/fronttest"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/kmsigner/kmsigner/signer/tencentkms"
	"github.com/stretchr/testify/require"
)

var ctx = context.Background()

func size(n int) string { return base64.StdEncoding.EncodeToString(make([]byte, n)) }

// What is signed verifies, here and with the public key that GetPublicKey returns;
// a message and its digest are the same.
func TestService(t *testing.T) {
	ring, versions := fronttest.Keyring(t)
	s := &tencentkms.Service{Store: ring}
	for name, p := range algorithms {
		t.Run(name, func(t *testing.T) {
			v := versions[p.KeySpec]
			public, err := s.GetPublicKey(ctx, tencentkms.GetPublicKeyRequest{KeyId: v.KeyID})
			require.NoError(t, err)
			require.Equal(t, v.KeyID, public.KeyId)
			der, err := base64.StdEncoding.DecodeString(public.PublicKey)
			require.NoError(t, err)
			block, rest := pem.Decode([]byte(public.PublicKeyPem))
			require.Empty(t, rest)
			require.Equal(t, block.Bytes, der)
			pub, err := keyspec.ParsePublicKey(der)
			require.NoError(t, err)
			verifier, err := signer.NewVerifier(pub, p.Algorithm)
			require.NoError(t, err)
			h := verifier.NewDigest()
			h.Write(message)
			digest := base64.StdEncoding.EncodeToString(h.Sum(nil))

			for _, in := range []struct{ message, messageType string }{{message64, ""}, {message64, "RAW"}, {digest, "DIGEST"}} {
				signed, err := s.SignByAsymmetricKey(ctx, tencentkms.SignByAsymmetricKeyRequest{KeyId: v.KeyID, Algorithm: name,
					Message: in.message, MessageType: in.messageType})
				require.NoError(t, err)
				sig, err := base64.StdEncoding.DecodeString(signed.Signature)
				require.NoError(t, err)
				require.NoError(t, signer.VerifyMessage(verifier, bytes.NewReader(message), sig))
				for _, as := range []struct{ message, messageType string }{{message64, ""}, {message64, "RAW"},
					{digest, "DIGEST"}} {
					req := tencentkms.VerifyByAsymmetricKeyRequest{KeyId: v.KeyID, Algorithm: name, Message: as.message,
						MessageType: as.messageType, SignatureValue: signed.Signature}
					verified, err := s.VerifyByAsymmetricKey(ctx, req)
					require.NoError(t, err)
					require.Equal(t, tencentkms.VerifyByAsymmetricKeyResponse{SignatureValid: true}, verified)
					req.SignatureValue = "AAAA"
					verified, err = s.VerifyByAsymmetricKey(ctx, req)
					require.NoError(t, err)
					require.False(t, verified.SignatureValid)
				}
				wrong := tencentkms.VerifyByAsymmetricKeyRequest{KeyId: v.KeyID, Algorithm: name, Message: size(32),
					SignatureValue: signed.Signature}
				verified, err := s.VerifyByAsymmetricKey(ctx, wrong)
				require.NoError(t, err)
				require.False(t, verified.SignatureValid)
			}
		})
	}
}

func TestListAlgorithms(t *testing.T) {
	for _, s := range []*tencentkms.Service{nil, {}} {
		resp, err := s.ListAlgorithms(ctx, tencentkms.ListAlgorithmsRequest{})
		require.NoError(t, err)
		require.Equal(t, tencentkms.ListAlgorithmsResponse{
			SymmetricAlgorithms: []tencentkms.AlgorithmInfo{}, AsymmetricAlgorithms: []tencentkms.AlgorithmInfo{},
			AsymmetricSignVerifyAlgorithms: []tencentkms.AlgorithmInfo{
				{KeyUsage: "ASYMMETRIC_SIGN_VERIFY_SM2", Algorithm: "SM2DSA"},
				{KeyUsage: "ASYMMETRIC_SIGN_VERIFY_ECC", Algorithm: "ECC_P256_R1"},
				{KeyUsage: "ASYMMETRIC_SIGN_VERIFY_RSA_2048", Algorithm: "RSA_PSS_SHA_256"},
				{KeyUsage: "ASYMMETRIC_SIGN_VERIFY_RSA_2048", Algorithm: "RSA_PKCS1_SHA_256"},
			},
		}, resp)
	}
}

func TestService_refused(t *testing.T) {
	ring, versions := fronttest.Keyring(t)
	s := &tencentkms.Service{Store: ring}
	missing := "00000000-0000-4000-8000-000000000000"
	state := func(state keyring.State) string {
		v, err := ring.Create(ctx, keyspec.ECP256)
		require.NoError(t, err)
		require.NoError(t, ring.SetState(ctx, v.KeyID, state))
		return v.KeyID
	}
	type request = tencentkms.VerifyByAsymmetricKeyRequest
	ok := request{KeyId: versions[keyspec.ECP256].KeyID, Algorithm: "ECC_P256_R1", Message: message64,
		SignatureValue: size(70)}
	for _, tt := range []struct {
		name   string
		change func(*request)
		want   error
		param  string
		code   string
		not    string // operations without this parameter
	}{
		{"no KeyId", func(r *request) { r.KeyId = "" }, errors.MissingParameter, "KeyId", "MissingParameter", ""},
		{"no Algorithm", func(r *request) { r.Algorithm = "" }, errors.MissingParameter, "Algorithm", "MissingParameter",
			"p"},
		{"no Message", func(r *request) { r.Message = "" }, errors.MissingParameter, "Message", "MissingParameter", "p"},
		{"no SignatureValue", func(r *request) { r.SignatureValue = "" }, errors.MissingParameter, "SignatureValue",
			"MissingParameter", "ps"},
		{"broken Message", func(r *request) { r.Message = message64[:7] }, errors.InvalidParameter, "Message",
			"InvalidParameter", "p"},
		{"broken SignatureValue", func(r *request) { r.SignatureValue = "AA==\n" }, errors.InvalidParameter,
			"SignatureValue", "InvalidParameter", "ps"},
		{"RAW of 4,097", func(r *request) { r.Message = size(4097) }, errors.InvalidParameter, "Message", "InvalidParameter",
			"p"},
		{"RAW of 4,096", func(r *request) { r.Message = size(4096) }, nil, "", "", ""},
		{"DIGEST of 31", func(r *request) { r.MessageType, r.Message = "DIGEST", size(31) }, errors.InvalidParameter,
			"Message", "InvalidParameter", "p"},
		{"DIGEST of 33", func(r *request) { r.MessageType, r.Message = "DIGEST", size(33) }, errors.InvalidParameter,
			"Message", "InvalidParameter", "p"},
		{"unknown MessageType", func(r *request) { r.MessageType = "raw" }, errors.InvalidParameter, "MessageType",
			"InvalidParameter", "p"},
		{"Alibaba's Algorithm", func(r *request) { r.Algorithm = "ECDSA_SHA_256" }, errors.InvalidParameter, "Algorithm",
			"InvalidParameter", "p"},
		{"another key's Algorithm", func(r *request) { r.Algorithm = "SM2DSA" }, errors.InvalidParameter, "Algorithm",
			"InvalidParameter", "p"},
		{"ECC for secp256k1", func(r *request) { r.KeyId = versions[keyspec.ECP256K].KeyID }, errors.InvalidParameter,
			"Algorithm", "InvalidParameter", "p"},
		{"RSA_3072", func(r *request) { r.KeyId, r.Algorithm = versions[keyspec.RSA3072].KeyID, "RSA_PSS_SHA_256" },
			errors.InvalidParameter, "Algorithm", "InvalidParameter", "p"},
		{"alias", func(r *request) { r.KeyId = "alias/EC_P256" }, errors.InvalidParameter, "KeyId",
			"InvalidParameterValue.InvalidKeyId", ""},
		{"ARN", func(r *request) { r.KeyId = "acs:kms:r:a:key/" + r.KeyId }, errors.InvalidParameter, "KeyId",
			"InvalidParameterValue.InvalidKeyId", ""},
		{"malformed KeyId", func(r *request) { r.KeyId = "a b" }, errors.InvalidParameter, "KeyId",
			"InvalidParameterValue.InvalidKeyId", ""},
		{"long KeyId", func(r *request) { r.KeyId = strings.Repeat("a", 1000) }, errors.InvalidParameter, "KeyId",
			"InvalidParameterValue.InvalidKeyId", ""},
		{"unknown key", func(r *request) { r.KeyId = missing }, errors.KeyNotFound, "", "ResourceUnavailable.CmkNotFound",
			""},
		{"disabled", func(r *request) { r.KeyId = state(keyring.Disabled) }, errors.KeyDisabled, "",
			"ResourceUnavailable.CmkStateNotSupport", ""},
		{"pending deletion", func(r *request) { r.KeyId = state(keyring.PendingDeletion) }, errors.KeyPendingDeletion, "",
			"ResourceUnavailable.CmkStateNotSupport", ""},
		{"pending import", func(r *request) { r.KeyId = state(keyring.PendingImport) }, errors.KeyPendingImport, "",
			"ResourceUnavailable.CmkStateNotSupport", ""},
		{"disabled and wrong", func(r *request) {
			r.KeyId, r.Algorithm, r.Message = state(keyring.Disabled), "SM2DSA", size(5000)
		}, errors.KeyDisabled, "", "ResourceUnavailable.CmkStateNotSupport", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := ok
			tt.change(&r)
			check := func(resp any, err error) {
				t.Helper()
				if tt.want == nil {
					require.NoError(t, err)
					return
				}
				require.Zero(t, resp)
				require.ErrorIs(t, err, tt.want)
				if tt.param != "" {
					var e *errors.Error
					require.True(t, errors.As(err, &e))
					require.Equal(t, tt.param, e.Param)
				}
				status, code, message := tencentkms.Describe(err)
				require.Equal(t, []any{200, tt.code}, []any{status, code})
				require.NotEmpty(t, message)
			}
			verified, err := s.VerifyByAsymmetricKey(ctx, r)
			check(verified, err)
			if tt.not == "" || tt.not == "p" {
				signed, err := s.SignByAsymmetricKey(ctx, tencentkms.SignByAsymmetricKeyRequest{KeyId: r.KeyId,
					Algorithm: r.Algorithm, Message: r.Message, MessageType: r.MessageType})
				check(signed, err)
			}
			if tt.not == "" {
				public, err := s.GetPublicKey(ctx, tencentkms.GetPublicKeyRequest{KeyId: r.KeyId})
				check(public, err)
			}
		})
	}
}

// Nothing that an embedder hands in makes an operation panic.
func TestService_nil(t *testing.T) {
	sign := tencentkms.SignByAsymmetricKeyRequest{KeyId: "k", Algorithm: "SM2DSA", Message: message64}
	verify := tencentkms.VerifyByAsymmetricKeyRequest{KeyId: "k", Algorithm: "SM2DSA", Message: message64,
		SignatureValue: "AAAA"}
	public := tencentkms.GetPublicKeyRequest{KeyId: "k"}
	for _, s := range []*tencentkms.Service{nil, {}, {Store: (*keyring.Keyring)(nil)}} {
		_, err := s.SignByAsymmetricKey(ctx, sign)
		require.ErrorIs(t, err, errors.Internal)
		_, err = s.VerifyByAsymmetricKey(ctx, verify)
		require.ErrorIs(t, err, errors.Internal)
		_, err = s.GetPublicKey(ctx, public)
		require.ErrorIs(t, err, errors.Internal)
	}
	ring, versions := fronttest.Keyring(t, keyspec.ECSM2)
	s := &tencentkms.Service{Store: ring}
	sign.KeyId = versions[keyspec.ECSM2].KeyID
	_, err := s.SignByAsymmetricKey(nil, sign) //lint:ignore SA1012 on purpose
	require.ErrorIs(t, err, errors.InvalidParameter)
	done, cancel := context.WithCancel(ctx)
	cancel()
	_, err = s.SignByAsymmetricKey(done, sign)
	require.ErrorIs(t, err, context.Canceled)

	for _, v := range []keyring.Version{
		{State: keyring.Enabled},
		{KeyID: "k", VersionID: "v", State: keyring.Enabled, KeySpec: keyspec.ECSM2},
		{KeyID: "k", VersionID: "v", KeySpec: keyspec.ECSM2},
	} {
		s := &tencentkms.Service{Store: versionStore{&v}}
		_, err = s.GetPublicKey(ctx, public)
		require.Equal(t, errors.Internal, errors.CodeOf(err))
		_, err = s.SignByAsymmetricKey(ctx, sign)
		require.Equal(t, errors.Internal, errors.CodeOf(err))
		_, err = s.VerifyByAsymmetricKey(ctx, verify)
		require.Equal(t, errors.Internal, errors.CodeOf(err))
	}
}

// A versionStore has one answer.
type versionStore struct{ v *keyring.Version }

func (s versionStore) Lookup(context.Context, string, string) (*keyring.Version, error) {
	return s.v, nil
}
