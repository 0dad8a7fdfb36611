// SPDX-License-Identifier: Apache-2.0

package sdktest

import (
	"encoding/base64"
	"testing"

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/stretchr/testify/require"
)

// alibaba makes a client of the program.
func alibaba(t testing.TB, wire dial) (call, *recorder) {
	rec := &recorder{pace: alibabaPace}
	return wire(t, program.alibaba, accessKey, secret, "", rec), rec
}

func b64(data []byte) string { return base64.StdEncoding.EncodeToString(data) }

// verifierOf reads a public key as a client gets it.
func verifierOf(t testing.TB, publicKey string, p keyspec.Pair) signer.Verifier {
	t.Helper()
	pub, err := keyspec.ParsePublicKey([]byte(publicKey))
	require.NoError(t, err)
	spec, err := keyspec.Of(pub)
	require.NoError(t, err)
	require.Equal(t, p.KeySpec, spec)
	v, err := signer.NewVerifier(pub, p.Algorithm)
	require.NoError(t, err)
	return v
}

// requireSignature verifies a signature in base64, here and in Node.js.
func requireSignature(t *testing.T, p keyspec.Pair, publicKey string, message []byte, signature string) {
	t.Helper()
	sig, err := base64.StdEncoding.DecodeString(signature)
	require.NoError(t, err)
	v := verifierOf(t, publicKey, p)
	require.NoError(t, v.VerifyDigest(digestOf(v, message), sig))
	requireNode(t, p, publicKey, message, sig)
}

func digestOf(v signer.Verifier, message []byte) []byte {
	h := v.NewDigest()
	h.Write(message)
	return h.Sum(nil)
}

// Every operation, every pair, by id, alias and ARN, through both SDKs, with every
// signature scheme, GET and POST, JSON and XML.
func TestAlibaba(t *testing.T) {
	message := []byte("what is signed")
	for name, wire := range alibabaWires {
		t.Run(name, func(t *testing.T) {
			do, rec := alibaba(t, wire)
			for _, p := range keyspec.Pairs() {
				t.Run(p.String(), func(t *testing.T) {
					k := program.keys[p.KeySpec]
					for _, keyID := range []string{k.KeyID, k.Alias, "acs:kms:cn-hangzhou:1234567890:key/" + k.KeyID} {
						base := params{"KeyId": keyID, "KeyVersionId": k.VersionID}
						requireAnswer := func(a params, err error) {
							t.Helper()
							require.NoError(t, err)
							require.Equal(t, 200, rec.status)
							require.Equal(t, k.KeyID, a["KeyId"], "the concrete id")
							require.Equal(t, k.VersionID, a["KeyVersionId"])
							require.Len(t, a["RequestId"], 36)
						}
						public, err := do("GetPublicKey", base)
						requireAnswer(public, err)
						v := verifierOf(t, public["PublicKey"], p)
						base = base.with(params{"Algorithm": string(p.Algorithm), "Digest": b64(digestOf(v, message))})

						signature, err := do("AsymmetricSign", base)
						requireAnswer(signature, err)
						sig, err := base64.StdEncoding.DecodeString(signature["Value"])
						require.NoError(t, err)
						require.NoError(t, v.VerifyDigest(digestOf(v, message), sig))
						requireNode(t, p, public["PublicKey"], message, sig)
						if keyID == k.KeyID {
							requireOpenSSL(t, p, public["PublicKey"], message, sig)
						}

						base["Value"] = signature["Value"]
						answer, err := do("AsymmetricVerify", base)
						requireAnswer(answer, err)
						require.Equal(t, "true", answer["Value"])
						base["Digest"] = b64(digestOf(v, []byte("something else")))
						answer, err = do("AsymmetricVerify", base)
						requireAnswer(answer, err)
						require.Equal(t, "false", answer["Value"])
					}
				})
			}
		})
	}
}

// What clients of Alibaba Cloud get wrong, and what they are told.
func TestAlibabaRefusals(t *testing.T) {
	k := program.keys[keyspec.ECP256]
	digest := make([]byte, 33)
	good := params{"KeyId": k.KeyID, "KeyVersionId": k.VersionID, "Algorithm": "ECDSA_SHA_256",
		"Digest": b64(digest[:32]), "Value": "AA=="}
	const nobody = "00000000-0000-4000-8000-000000000000"
	both := []string{"AsymmetricSign", "AsymmetricVerify"}
	all := append([]string{"GetPublicKey"}, both...)
	for name, tt := range map[string]struct {
		actions []string
		change  params
		status  int
		code    string
		message string
	}{
		"unknown key": {all, params{"KeyId": nobody}, 404, "Forbidden.KeyNotFound",
			"The specified Key is not found."},
		"unknown alias": {all, params{"KeyId": "alias/nobody"}, 404, "Forbidden.AliasNotFound",
			"The specified Alias is not found."},
		"unknown version": {all, params{"KeyVersionId": nobody}, 404, "Forbidden.KeyVersionNotFound",
			"The specified Key version is not found."},
		"another key's version": {all, params{"KeyVersionId": program.keys[keyspec.ECSM2].VersionID}, 404,
			"Forbidden.KeyVersionNotFound", ""},
		"no KeyId": {all, params{"KeyId": ""}, 400, "MissingParameter",
			`The parameter "KeyId" is needed but not provided.`},
		"no KeyVersionId":         {all, params{"KeyVersionId": ""}, 400, "MissingParameter", `"KeyVersionId"`},
		"no Algorithm":            {both, params{"Algorithm": ""}, 400, "MissingParameter", `"Algorithm"`},
		"no Digest":               {both, params{"Digest": ""}, 400, "MissingParameter", `"Digest"`},
		"no Value":                {both[1:], params{"Value": ""}, 400, "MissingParameter", `"Value"`},
		"malformed KeyId":         {all, params{"KeyId": "a key"}, 400, "InvalidParameter", "KeyId"},
		"reserved alias":          {all, params{"KeyId": "alias/acs/kms"}, 404, "Forbidden.AliasNotFound", ""},
		"another key's algorithm": {both, params{"Algorithm": "SM2DSA"}, 400, "InvalidParameter", "Algorithm"},
		"no such algorithm":       {both, params{"Algorithm": "ECDSA_SHA_512"}, 400, "InvalidParameter", "Algorithm"},
		"digest of 31 bytes": {both, params{"Digest": b64(digest[:31])}, 400, "InvalidParameter",
			"Digest: a digest is 32 bytes, got 31"},
		"digest of 33 bytes": {both, params{"Digest": b64(digest)}, 400, "InvalidParameter",
			"Digest: a digest is 32 bytes, got 33"},
		"digest in broken base64": {both, params{"Digest": b64(digest[:32])[1:]}, 400, "InvalidParameter", "Digest"},
		"digest in hex":           {both, params{"Digest": "0x0102"}, 400, "InvalidParameter", "Digest"},
		"signature in broken":     {both[1:], params{"Value": "AA="}, 400, "InvalidParameter", "Value"},
		"dry run":                 {both, params{"DryRun": "true"}, 400, "DryRunOperationError", ""},
		"dry run of GetPublicKey": {all[:1], params{"DryRun": "true"}, 400, "DryRunOperationError", ""},
		"dry run, bad digest":     {both, params{"DryRun": "true", "Digest": b64(digest)}, 400, "ValidationError", ""},
		"dry run, no algorithm":   {both, params{"DryRun": "true", "Algorithm": ""}, 400, "ValidationError", "Algorithm"},
		"dry run, wrong algorithm": {both, params{"DryRun": "true", "Algorithm": "RSA_PSS_SHA_256"}, 400,
			"ValidationError", ""},
		"dry run, unknown key":       {all, params{"DryRun": "true", "KeyId": nobody}, 404, "Forbidden.KeyNotFound", ""},
		"dry run, neither yes or no": {all, params{"DryRun": "maybe"}, 400, "InvalidParameter", "DryRun"},
	} {
		t.Run(name, func(t *testing.T) {
			for wireName, wire := range alibabaWires {
				t.Run(wireName, func(t *testing.T) {
					do, rec := alibaba(t, wire)
					for _, action := range tt.actions {
						p := good.with(tt.change)
						if action != "AsymmetricVerify" {
							delete(p, "Value")
						}
						_, err := do(action, p)
						requireAlibaba(t, err, tt.status, tt.code, tt.message)
						require.Equal(t, tt.status, rec.status)
					}
				})
			}
		})
	}
}

// Who comes without the right access key.
func TestAlibabaAccessKeys(t *testing.T) {
	for name, wire := range alibabaWires {
		t.Run(name, func(t *testing.T) {
			rec := &recorder{pace: alibabaPace}
			k := program.keys[keyspec.ECP256]
			p := params{"KeyId": k.KeyID, "KeyVersionId": k.VersionID}
			for _, tt := range []struct {
				id, secret, token string
				status            int
				code, message     string
			}{
				{accessKey, "another secret", "", 400, "SignatureDoesNotMatch", "server string to sign is:"},
				{"nobody", secret, "", 404, "InvalidAccessKeyId.NotFound", "Specified access key is not found."},
				{accessKey, secret, "token-of-nobody", 404, "InvalidAccessKeyId.NotFound", ""},
			} {
				_, err := wire(t, program.alibaba, tt.id, tt.secret, tt.token, rec)("GetPublicKey", p)
				requireAlibaba(t, err, tt.status, tt.code, tt.message)
			}
		})
	}
}

// The older SDK compares our string to sign with its own. If they are equal, it
// tells its user that the secret is wrong, not that the SDK is.
func TestAlibabaStringToSign(t *testing.T) {
	for _, method := range []string{"GET", "POST"} {
		do := older(method, "JSON")(t, program.alibaba, accessKey, "another secret", "", &recorder{pace: alibabaPace})
		_, err := do("AsymmetricSign", params{"KeyId": "alias/a~b*c", "Digest": "+/ =&%", "Algorithm": "ä"})
		require.ErrorContains(t, err, "InvalidAccessKeySecret: Please check you AccessKeySecret")
	}
}

// Requests that the SDKs send only if their user insists.
func TestAlibabaForms(t *testing.T) {
	k := program.keys[keyspec.ECSM2]
	good := params{"KeyId": k.KeyID, "KeyVersionId": k.VersionID}
	for name, wire := range map[string]dial{"older": olderForm, "newer": newerGeneric("POST", "JSON")} {
		t.Run(name, func(t *testing.T) {
			do, _ := alibaba(t, wire)
			for _, tt := range []struct {
				action        string
				change        params
				status        int
				code, message string
			}{
				{"Encrypt", nil, 404, "InvalidApi.NotFound", "Specified api is not found"},
				{"asymmetricsign", nil, 404, "InvalidApi.NotFound", ""},
				{"GetPublicKey", params{"Version": "2016-01-21"}, 404, "InvalidVersion",
					"Specified parameter Version is not valid."},
				{"GetPublicKey", params{"Format": "YAML"}, 400, "InvalidParameter.Format", ""},
				{"GetPublicKey", params{"method": "PUT"}, 403, "UnsupportedHTTPMethod", "This http method is not supported."},
				{"GetPublicKey", params{"method": "DELETE"}, 403, "UnsupportedHTTPMethod", ""},
			} {
				_, err := do(tt.action, good.with(tt.change))
				requireAlibaba(t, err, tt.status, tt.code, tt.message)
			}
			// A parameter that the operation does not have is signed and ignored.
			a, err := do("GetPublicKey", good.with(params{"Extra": "ü+ ~*&=/"}))
			require.NoError(t, err)
			require.Equal(t, k.KeyID, a["KeyId"])
		})
	}
}
