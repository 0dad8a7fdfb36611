// SPDX-License-Identifier: Apache-2.0

package sdktest

import (
	"bytes"
	"encoding/base64"
	"testing"

	kmserrors "github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/kmsigner/kmsigner/signer/tencentkms"
	"github.com/stretchr/testify/require"
)

// tencentPairs are the pairs that Tencent Cloud has, with its names for the
// algorithms.
var tencentPairs = map[string]keyspec.Pair{
	"SM2DSA":            {KeySpec: keyspec.ECSM2, Algorithm: keyspec.SM2DSA},
	"ECC_P256_R1":       {KeySpec: keyspec.ECP256, Algorithm: keyspec.ECDSASHA256},
	"RSA_PSS_SHA_256":   {KeySpec: keyspec.RSA2048, Algorithm: keyspec.RSAPSSSHA256},
	"RSA_PKCS1_SHA_256": {KeySpec: keyspec.RSA2048, Algorithm: keyspec.RSAPKCS1SHA256},
}

// tencentOf makes a client of the program.
func tencentOf(t testing.TB, wire dial) (call, *recorder) {
	rec := &recorder{pace: tencentPace}
	return wire(t, program.tencent, accessKey, secret, "", rec), rec
}

// Every operation, every pair, RAW and DIGEST, with every signature scheme, GET
// and POST.
func TestTencent(t *testing.T) {
	message := []byte("what is signed")
	for name, wire := range tencentWires {
		t.Run(name, func(t *testing.T) {
			do, rec := tencentOf(t, wire)
			list, err := do("ListAlgorithms", nil)
			require.NoError(t, err)
			require.Equal(t, params{
				"symmetric": "0", "asymmetric": "0",
				"SM2DSA": "ASYMMETRIC_SIGN_VERIFY_SM2", "ECC_P256_R1": "ASYMMETRIC_SIGN_VERIFY_ECC",
				"RSA_PSS_SHA_256": "ASYMMETRIC_SIGN_VERIFY_RSA_2048", "RSA_PKCS1_SHA_256": "ASYMMETRIC_SIGN_VERIFY_RSA_2048",
			}, list)
			for algorithm, p := range tencentPairs {
				t.Run(algorithm, func(t *testing.T) {
					k := program.keys[p.KeySpec]
					public, err := do("GetPublicKey", params{"KeyId": k.KeyID})
					require.NoError(t, err)
					require.Equal(t, k.KeyID, public["KeyId"])
					v := verifierOf(t, public["PublicKeyPem"], p)
					der, err := base64.StdEncoding.DecodeString(public["PublicKey"])
					require.NoError(t, err)
					verifierOf(t, string(der), p)

					for messageType, text := range map[string]string{
						"": b64(message), "RAW": b64(message), "DIGEST": b64(digestOf(v, message)),
					} {
						base := params{"KeyId": k.KeyID, "Algorithm": algorithm, "Message": text, "MessageType": messageType}
						signature, err := do("SignByAsymmetricKey", base)
						require.NoError(t, err)
						require.Equal(t, 200, rec.status)
						require.Len(t, signature["RequestId"], 36)
						sig, err := base64.StdEncoding.DecodeString(signature["Signature"])
						require.NoError(t, err)
						require.NoError(t, v.VerifyDigest(digestOf(v, message), sig))
						requireNode(t, p, public["PublicKeyPem"], message, sig)
						requireOpenSSL(t, p, public["PublicKeyPem"], message, sig)

						base["SignatureValue"] = signature["Signature"]
						answer, err := do("VerifyByAsymmetricKey", base)
						require.NoError(t, err)
						require.Equal(t, "true", answer["SignatureValid"])
						base["Message"] = b64(bytes.Repeat([]byte{7}, 32))
						answer, err = do("VerifyByAsymmetricKey", base)
						require.NoError(t, err)
						require.Equal(t, "false", answer["SignatureValid"])
					}
				})
			}
			// The keys that Tencent Cloud has no algorithm for.
			for _, spec := range []keyspec.KeySpec{keyspec.RSA3072, keyspec.ECP256K} {
				public, err := do("GetPublicKey", params{"KeyId": program.keys[spec].KeyID})
				require.NoError(t, err)
				verifierOf(t, public["PublicKeyPem"], keyspec.Pair{KeySpec: spec, Algorithm: spec.Algorithms()[0]})
			}
		})
	}
}

// A RAW message has at most 4,096 bytes, and one byte at least.
func TestTencentMessageSize(t *testing.T) {
	for name, wire := range tencentWires {
		t.Run(name, func(t *testing.T) {
			do, _ := tencentOf(t, wire)
			for algorithm, p := range tencentPairs {
				k := program.keys[p.KeySpec]
				public, err := do("GetPublicKey", params{"KeyId": k.KeyID})
				require.NoError(t, err)
				v := verifierOf(t, public["PublicKeyPem"], p)
				for _, size := range []int{1, 4096} {
					message := bytes.Repeat([]byte{0xfb}, size) // + and / in base64
					a, err := do("SignByAsymmetricKey", params{"KeyId": k.KeyID, "Algorithm": algorithm, "Message": b64(message),
						"MessageType": "RAW"})
					require.NoError(t, err)
					sig, err := base64.StdEncoding.DecodeString(a["Signature"])
					require.NoError(t, err)
					require.NoError(t, v.VerifyDigest(digestOf(v, message), sig))
				}
				for _, action := range []string{"SignByAsymmetricKey", "VerifyByAsymmetricKey"} {
					p := params{"KeyId": k.KeyID, "Algorithm": algorithm, "Message": b64(make([]byte, 4097))}
					if action == "VerifyByAsymmetricKey" {
						p["SignatureValue"] = "AA=="
					}
					_, err := do(action, p)
					requireTencent(t, err, "InvalidParameter", "Message: a message has at most 4096 bytes, got 4097")
				}
			}
		})
	}
}

// What clients of Tencent Cloud get wrong, and what they are told.
func TestTencentRefusals(t *testing.T) {
	k := program.keys[keyspec.ECP256]
	digest := make([]byte, 33)
	good := params{"KeyId": k.KeyID, "Algorithm": "ECC_P256_R1", "Message": b64(digest[:32]), "MessageType": "DIGEST",
		"SignatureValue": "AA=="}
	both := []string{"SignByAsymmetricKey", "VerifyByAsymmetricKey"}
	all := append([]string{"GetPublicKey"}, both...)
	for name, tt := range map[string]struct {
		actions []string
		change  params
		code    string
		message string
	}{
		"unknown key": {all, params{"KeyId": "00000000-0000-4000-8000-000000000000"},
			"ResourceUnavailable.CmkNotFound", ""},
		"alias":           {all, params{"KeyId": k.Alias}, "InvalidParameterValue.InvalidKeyId", "KeyId"},
		"malformed KeyId": {all, params{"KeyId": "a key"}, "InvalidParameterValue.InvalidKeyId", "KeyId"},
		"no KeyId": {all, params{"KeyId": ""}, "MissingParameter",
			"The request is missing a required parameter `KeyId`."},
		"no Algorithm":            {both, params{"Algorithm": ""}, "MissingParameter", "`Algorithm`"},
		"no Message":              {both, params{"Message": ""}, "MissingParameter", "`Message`"},
		"no SignatureValue":       {both[1:], params{"SignatureValue": ""}, "MissingParameter", "`SignatureValue`"},
		"another key's algorithm": {both, params{"Algorithm": "SM2DSA"}, "InvalidParameter", "Algorithm"},
		"no such algorithm":       {both, params{"Algorithm": "ECDSA_SHA_256"}, "InvalidParameter", "Algorithm"},
		"key of RSA_3072": {both, params{"Algorithm": "RSA_PSS_SHA_256",
			"KeyId": program.keys[keyspec.RSA3072].KeyID}, "InvalidParameter", "Algorithm"},
		"key of EC_P256K": {both, params{"KeyId": program.keys[keyspec.ECP256K].KeyID}, "InvalidParameter",
			"Algorithm"},
		"digest of 31 bytes": {both, params{"Message": b64(digest[:31])}, "InvalidParameter",
			"Message: a digest is 32 bytes, got 31"},
		"digest of 33 bytes": {both, params{"Message": b64(digest)}, "InvalidParameter",
			"Message: a digest is 32 bytes, got 33"},
		"message in broken":    {both, params{"Message": "AAA"}, "InvalidParameter", "Message"},
		"message in base64url": {both, params{"Message": "-_-_", "MessageType": "RAW"}, "InvalidParameter", "Message"},
		"signature in broken":  {both[1:], params{"SignatureValue": "A==="}, "InvalidParameter", "SignatureValue"},
		"no such MessageType":  {both, params{"MessageType": "HASH"}, "InvalidParameter", "MessageType"},
	} {
		t.Run(name, func(t *testing.T) {
			for wireName, wire := range tencentWires {
				t.Run(wireName, func(t *testing.T) {
					do, rec := tencentOf(t, wire)
					for _, action := range tt.actions {
						_, err := do(action, good.with(tt.change))
						requireTencent(t, err, tt.code, tt.message)
						require.Equal(t, 200, rec.status)
					}
				})
			}
		})
	}
}

// Who comes without the right access key, and with actions and versions that are
// not here.
func TestTencentAccessKeys(t *testing.T) {
	for name, wire := range tencentWires {
		t.Run(name, func(t *testing.T) {
			rec := &recorder{pace: tencentPace}
			p := params{"KeyId": program.keys[keyspec.ECSM2].KeyID}
			for _, tt := range []struct{ id, secret, token, code string }{
				{accessKey, "another secret", "", "AuthFailure.SignatureFailure"},
				{"nobody", secret, "", "AuthFailure.SecretIdNotFound"},
				{accessKey, secret, "token-of-nobody", "AuthFailure.SecretIdNotFound"},
			} {
				_, err := wire(t, program.tencent, tt.id, tt.secret, tt.token, rec)("GetPublicKey", p)
				requireTencent(t, err, tt.code, "")
			}
			do, _ := tencentOf(t, wire)
			for _, tt := range []struct {
				action, version, code string
			}{
				{"Encrypt", "2019-01-18", "InvalidAction"},
				{"Encrypt", "2019-01-17", "NoSuchVersion"},
			} {
				_, err := do(tt.action, p.with(params{"Version": tt.version}))
				requireTencent(t, err, tt.code, "")
			}
		})
	}
}

// A body that is not signed is refused without the option; a GET has none.
func TestTencentUnsignedPayload(t *testing.T) {
	for _, method := range []string{"GET", "POST"} {
		profile := tencentProfile(program.tencent, method, "TC3-HMAC-SHA256")
		profile.UnsignedPayload = true
		do := tencentWith(t, accessKey, secret, "", &recorder{pace: tencentPace}, profile)
		_, err := do("GetPublicKey", params{"KeyId": program.keys[keyspec.ECSM2].KeyID})
		if method == "GET" {
			require.NoError(t, err)
		} else {
			requireTencent(t, err, "AuthFailure.InvalidAuthorization", "tencentkms.AllowUnsignedPayload")
		}
		store := failing{func() error { return kmserrors.KeyNotFound }}
		s := serverOf(t, store, frontend.StaticKeys(map[string]string{accessKey: secret}), tencentkms.AllowUnsignedPayload())
		profile.HttpProfile.Endpoint = s.tencent
		do = tencentWith(t, accessKey, secret, "", &recorder{}, profile)
		_, err = do("GetPublicKey", params{"KeyId": program.keys[keyspec.ECSM2].KeyID})
		requireTencent(t, err, "ResourceUnavailable.CmkNotFound", "")
	}
}
