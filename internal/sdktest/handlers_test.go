// SPDX-License-Identifier: Apache-2.0

package sdktest

import (
	"context"
	"fmt"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/alikms"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/kmsigner/kmsigner/signer/signertest"
	"github.com/stretchr/testify/require"
)

// kmsClients are the clients of a KMS in this process, whose keys, clock and rules
// can be set: all of Alibaba's and all of Tencent's.
func kmsClients(t *testing.T, kms *signertest.KMSServer) (alibaba, tencent map[string]call) {
	alibaba, tencent = map[string]call{}, map[string]call{}
	for name, wire := range alibabaWires {
		alibaba[name] = wire(t, hostOf(kms.AlibabaURL), signertest.AccessKeyID, signertest.AccessKeySecret, "", &recorder{})
	}
	for name, wire := range tencentWires {
		tencent[name] = wire(t, hostOf(kms.TencentURL), signertest.AccessKeyID, signertest.AccessKeySecret, "", &recorder{})
	}
	return alibaba, tencent
}

// alibabaRequests are good requests of all of Alibaba's operations for a key.
func alibabaRequests(keyID, versionID string) map[string]params {
	key := params{"KeyId": keyID, "KeyVersionId": versionID}
	sign := key.with(params{"Algorithm": "ECDSA_SHA_256", "Digest": b64(make([]byte, 32))})
	return map[string]params{"GetPublicKey": key, "AsymmetricSign": sign,
		"AsymmetricVerify": sign.with(params{"Value": "AA=="})}
}

// tencentRequests are good requests of all of Tencent's operations on a key.
func tencentRequests(keyID string) map[string]params {
	sign := params{"KeyId": keyID, "Algorithm": "ECC_P256_R1", "Message": "AA=="}
	return map[string]params{
		"GetPublicKey": {"KeyId": keyID}, "SignByAsymmetricKey": sign,
		"VerifyByAsymmetricKey": sign.with(params{"SignatureValue": "AA=="}),
	}
}

// Every state of a key, with every operation: only an enabled one does anything.
func TestStates(t *testing.T) {
	kms := signertest.KMS(t, frontend.WithRate(1e6, 1e6))
	alibaba, tencent := kmsClients(t, kms)
	id, version := kms.KeyID(keyspec.ECP256), kms.KeyVersionID(keyspec.ECP256)
	for state, code := range map[keyring.State]string{
		keyring.Disabled: "Rejected.Disabled", keyring.PendingDeletion: "Rejected.PendingDeletion",
		keyring.PendingImport: "Rejected.PendingImport", keyring.Enabled: "",
	} {
		require.NoError(t, kms.Keyring.SetState(t.Context(), id, state))
		for name, do := range alibaba {
			for action, p := range alibabaRequests(id, version) {
				for _, dry := range []string{"", "true"} {
					_, err := do(action, p.with(params{"DryRun": dry}))
					switch {
					case state != keyring.Enabled:
						requireAlibaba(t, err, 409, code, "The request was rejected because the key state is "+string(state))
					case dry == "true":
						requireAlibaba(t, err, 400, "DryRunOperationError", "")
					default:
						require.NoError(t, err, name)
					}
				}
			}
		}
		for name, do := range tencent {
			for action, p := range tencentRequests(id) {
				_, err := do(action, p)
				if state == keyring.Enabled {
					require.NoError(t, err, name)
				} else {
					requireTencent(t, err, "ResourceUnavailable.CmkStateNotSupport", "")
				}
			}
		}
	}
}

// Who may not use a key learns nothing about it, not even whether it exists.
func TestAuthorization(t *testing.T) {
	var asked []string
	kms := signertest.KMS(t, frontend.WithRate(1e6, 1e6), frontend.WithAuthorize(
		func(_ context.Context, principal, action, keyID string) error {
			asked = append(asked, principal+" "+action+" "+keyID)
			return errors.AccessDenied
		}))
	alibaba, tencent := kmsClients(t, kms)
	id, version := kms.KeyID(keyspec.ECP256), kms.KeyVersionID(keyspec.ECP256)
	requireAsked := func(action, keyID string) {
		t.Helper()
		require.Equal(t, []string{signertest.AccessKeyID + " " + action + " " + keyID}, asked)
		asked = nil
	}
	for _, do := range alibaba {
		for name, concrete := range map[string]string{id: id, signertest.Alias(keyspec.ECP256): id,
			"alias/nobody": "alias/nobody"} {
			for action, p := range alibabaRequests(name, version) {
				_, err := do(action, p)
				requireAlibaba(t, err, 403, "Forbidden.NoPermission", "This operation is forbidden by permission system.")
				requireAsked(action, concrete)
				_, err = do(action, p.with(params{"DryRun": "true"}))
				requireAlibaba(t, err, 400, "AccessDeniedError", "")
				requireAsked(action, concrete)
			}
		}
	}
	for _, do := range tencent {
		for _, name := range []string{id, "00000000-0000-4000-8000-000000000000"} {
			for action, p := range tencentRequests(name) {
				_, err := do(action, p)
				requireTencent(t, err, "UnauthorizedOperation", "")
				requireAsked(action, name)
			}
		}
		_, err := do("ListAlgorithms", nil)
		requireTencent(t, err, "UnauthorizedOperation", "")
		requireAsked("ListAlgorithms", "")
	}
}

// The clock of the SDKs is that of this machine; the server's is wrong by as much
// as the provider's window allows, and by more. A minute is room for a slow
// machine.
func TestClock(t *testing.T) {
	for _, tt := range []struct {
		ahead                     time.Duration
		alibabaLetsIn, tencentToo bool
	}{
		{0, true, true},
		{4 * time.Minute, true, true},
		{-4 * time.Minute, true, true},
		{6 * time.Minute, true, false},
		{-6 * time.Minute, true, false},
		{14 * time.Minute, true, false},
		{-14 * time.Minute, true, false},
		{16 * time.Minute, false, false},
		{-16 * time.Minute, false, false},
		{24 * time.Hour, false, false},
	} {
		t.Run(tt.ahead.String(), func(t *testing.T) {
			kms := signertest.KMS(t, frontend.WithClock(func() time.Time { return time.Now().Add(tt.ahead) }))
			alibaba, tencent := kmsClients(t, kms)
			id, version := kms.KeyID(keyspec.ECSM2), kms.KeyVersionID(keyspec.ECSM2)
			for _, do := range alibaba {
				_, err := do("GetPublicKey", params{"KeyId": id, "KeyVersionId": version})
				if tt.alibabaLetsIn {
					require.NoError(t, err)
				} else {
					requireAlibaba(t, err, 400, "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.")
				}
			}
			for _, do := range tencent {
				_, err := do("GetPublicKey", params{"KeyId": id})
				if tt.tencentToo {
					require.NoError(t, err)
				} else {
					requireTencent(t, err, "AuthFailure.SignatureExpire", "")
				}
			}
		})
	}
}

// Three requests at once and then, for the time that this test takes, none. All
// clients of an access key share its rate; refused ones of others do not count.
func TestThrottling(t *testing.T) {
	kms := signertest.KMS(t, frontend.WithRate(1e-6, 3))
	alibaba, tencent := kmsClients(t, kms)
	id, version := kms.KeyID(keyspec.ECSM2), kms.KeyVersionID(keyspec.ECSM2)
	stranger := older("POST", "JSON")(t, hostOf(kms.AlibabaURL), signertest.AccessKeyID, "another secret", "", &recorder{})
	_, err := stranger("GetPublicKey", nil)
	requireAlibaba(t, err, 400, "SignatureDoesNotMatch", "")
	sent := 0
	for _, do := range alibaba {
		_, err := do("GetPublicKey", params{"KeyId": id, "KeyVersionId": version})
		if sent++; sent <= 3 {
			require.NoError(t, err)
		} else {
			requireAlibaba(t, err, 400, "Throttling.User", "Request was denied due to user flow control.")
		}
	}
	sent = 0
	for _, do := range tencent {
		_, err := do("GetPublicKey", params{"KeyId": id})
		if sent++; sent <= 3 {
			require.NoError(t, err)
		} else {
			requireTencent(t, err, "RequestLimitExceeded", "")
		}
	}
}

// The providers' own rates hold without an option: of 260 requests at once some
// are refused.
func TestThrottling_default(t *testing.T) {
	kms := signertest.KMS(t)
	server := httptest.NewServer(alikms.NewHandler(&alikms.Service{Store: kms.Keyring},
		frontend.StaticKeys(map[string]string{signertest.AccessKeyID: signertest.AccessKeySecret})))
	defer server.Close()
	rec := &recorder{}
	do := older("POST", "JSON")(t, hostOf(server.URL), signertest.AccessKeyID, signertest.AccessKeySecret, "", rec)
	p := params{"KeyId": kms.KeyID(keyspec.ECSM2), "KeyVersionId": kms.KeyVersionID(keyspec.ECSM2)}
	start, granted := time.Now(), 0
	for range 260 {
		if _, err := do("GetPublicKey", p); err == nil {
			granted++
		} else {
			requireAlibaba(t, err, 400, "Throttling.User", "")
		}
	}
	require.GreaterOrEqual(t, granted, 200)
	require.LessOrEqual(t, granted, 201+int(200*time.Since(start).Seconds()))
}

// A store that fails, in each of the ways in which one can.
type failing struct{ fail func() error }

func (f failing) Lookup(context.Context, string, string) (*keyring.Version, error) {
	return nil, f.fail()
}

// Access keys that come with temporary credentials, are switched off, or cannot be
// looked up.
func authenticate(_ context.Context, id, token string) (string, error) {
	switch {
	case id == "temporary" && token == "a-good-token":
		return secret, nil
	case id == accessKey && token == "":
		return secret, nil
	case id == "inactive":
		return "", errors.AccessDenied
	case id == "slow":
		return "", context.DeadlineExceeded
	}
	return "", errors.Unauthenticated
}

func TestFailures(t *testing.T) {
	const keyID = "00000000-0000-4000-8000-000000000000"
	for name, tt := range map[string]struct {
		fail          func() error
		id, token     string
		status        int
		code, tencent string
	}{
		"store away": {func() error { return errors.Unavailable }, accessKey, "", 503,
			"ServiceUnavailableTemporary", "InternalError"},
		"store too slow": {func() error { return context.DeadlineExceeded }, accessKey, "", 503,
			"ServiceUnavailableTemporary", "InternalError"},
		"store broken": {func() error { return fmt.Errorf("disk on fire at 10.0.0.1") }, accessKey, "", 500,
			"InternalFailure", "InternalError"},
		"store panics": {func() error { panic("disk on fire at 10.0.0.1") }, accessKey, "", 500, "InternalFailure",
			"InternalError"},
		"temporary": {func() error { return errors.KeyNotFound }, "temporary", "a-good-token", 404,
			"Forbidden.KeyNotFound", "ResourceUnavailable.CmkNotFound"},
		"temporary, bad": {nil, "temporary", "a-bad-token", 404, "InvalidAccessKeyId.NotFound",
			"AuthFailure.SecretIdNotFound"},
		"temporary, no token": {nil, "temporary", "", 404, "InvalidAccessKeyId.NotFound", "AuthFailure.SecretIdNotFound"},
		"inactive":            {nil, "inactive", "", 400, "InvalidAccessKeyId.Inactive", "AuthFailure.SecretIdNotFound"},
		"authenticator slow":  {nil, "slow", "", 503, "ServiceUnavailableTemporary", "InternalError"},
	} {
		t.Run(name, func(t *testing.T) {
			s := serverOf(t, failing{tt.fail}, authenticate)
			for _, wire := range alibabaWires {
				_, err := wire(t, s.alibaba, tt.id, secret, tt.token, &recorder{})("GetPublicKey",
					params{"KeyId": keyID, "KeyVersionId": keyID})
				requireAlibaba(t, err, tt.status, tt.code, "")
				require.NotContains(t, err.Error(), "on fire", "whose business is it")
			}
			for _, wire := range tencentWires {
				_, err := wire(t, s.tencent, tt.id, secret, tt.token, &recorder{})("GetPublicKey", params{"KeyId": keyID})
				requireTencent(t, err, tt.tencent, "")
				require.NotContains(t, err.Error(), "on fire", "whose business is it")
			}
		})
	}
}

// Rotation: the newest version is the one that Tencent's front end uses, and
// Alibaba's answers for all of them.
func TestRotation(t *testing.T) {
	kms := signertest.KMS(t)
	id, first := kms.KeyID(keyspec.ECP256), kms.KeyVersionID(keyspec.ECP256)
	rotated, err := kms.Keyring.Rotate(t.Context(), id)
	require.NoError(t, err)
	alibaba, tencent := kmsClients(t, kms)
	for _, do := range alibaba {
		for _, version := range []string{first, rotated.VersionID} {
			a, err := do("AsymmetricSign", alibabaRequests(id, version)["AsymmetricSign"])
			require.NoError(t, err)
			require.Equal(t, version, a["KeyVersionId"])
			p := alibabaRequests(id, version)["AsymmetricVerify"].with(params{"Value": a["Value"]})
			b, err := do("AsymmetricVerify", p)
			require.NoError(t, err)
			require.Equal(t, "true", b["Value"])
			p["KeyVersionId"] = map[string]string{first: rotated.VersionID, rotated.VersionID: first}[version]
			b, err = do("AsymmetricVerify", p)
			require.NoError(t, err)
			require.Equal(t, "false", b["Value"])
		}
	}
	newest, err := keyspec.MarshalPublicKey(rotated.Public())
	require.NoError(t, err)
	for _, do := range tencent {
		a, err := do("GetPublicKey", params{"KeyId": id})
		require.NoError(t, err)
		require.Equal(t, string(newest), a["PublicKeyPem"])
	}
}
