// SPDX-License-Identifier: Apache-2.0

package diagnose_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/kmsigner/kmsigner/internal/testkeys"
	"github.com/kmsigner/kmsigner/internal/testrun"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/diagnose"
	"github.com/kmsigner/kmsigner/sm2z"
	"github.com/stretchr/testify/require"
)

// The causes that OpenSSL can produce, produced with it. Each row is a list of openssl
// commands; the last writes the file "theirs".
func TestSignature_openSSL(t *testing.T) {
	t.Parallel()
	testrun.Program(t, "openssl")
	type command = []string
	var (
		dgst = func(options ...string) command {
			return append(append(command{"dgst"}, options...), "-sign", "key.pem", "-out", "theirs", "message")
		}
		digest = func(hash string) command { return command{"dgst", hash, "-binary", "-out", "digest", "message"} }
		over   = func(file string, options ...string) command {
			return append(append(command{"dgst"}, options...), "-sign", "key.pem", "-out", "theirs", file)
		}
		raw = func(file string, options ...string) command {
			return append(command{"pkeyutl", "-sign", "-inkey", "key.pem", "-in", file, "-out", "theirs"}, options...)
		}
		pss  = []string{"-sha256", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"}
		salt = func(n string) command {
			return dgst("-sha256", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:"+n)
		}
		alice = &diagnose.Options{ID: sm2ID(t, "alice@example.com")}
	)
	const short = "a message of exactly 32 bytes ok"
	require.Len(t, short, 32)
	type row struct {
		name     string
		pairs    []keyspec.Pair
		commands []command
		opts     *diagnose.Options
		want     []diagnose.Code
	}
	ecdsa := []keyspec.Pair{p256Pair, p256kPair}
	hashing := append([]keyspec.Pair{pkcs1Pair}, ecdsa...)
	rows := []row{
		{"right", hashing, []command{dgst("-sha256")}, nil, []diagnose.Code{diagnose.Valid}},
		{"SHA-1", hashing, []command{dgst("-sha1")}, nil, []diagnose.Code{diagnose.OtherHash}},
		{"SHA-384", hashing, []command{dgst("-sha384")}, nil, []diagnose.Code{diagnose.OtherHash}},
		{"SHA-512", hashing, []command{dgst("-sha512")}, nil, []diagnose.Code{diagnose.OtherHash}},
		{"SHA3-256", hashing, []command{dgst("-sha3-256")}, nil, []diagnose.Code{diagnose.OtherHash}},
		{"hashed twice", hashing, []command{digest("-sha256"), over("digest", "-sha256")}, nil,
			[]diagnose.Code{diagnose.HashedTwice}},
		{"not hashed", ecdsa, []command{raw("message")}, nil, []diagnose.Code{diagnose.NotHashed}},
		{"base64 of the message", hashing, []command{{"base64", "-A", "-in", "message", "-out", "text"},
			over("text", "-sha256")}, nil, []diagnose.Code{diagnose.MessageAsBase64}},
		{"base64 of the signature", hashing, []command{{"dgst", "-sha256", "-sign", "key.pem", "-out", "bytes", "message"},
			{"base64", "-in", "bytes", "-out", "theirs"}}, nil, []diagnose.Code{diagnose.Base64Text}},
		{"no DigestInfo", []keyspec.Pair{pkcs1Pair}, []command{digest("-sha256"), raw("digest")}, nil,
			[]diagnose.Code{diagnose.NoDigestInfo}},
		{"PSS for PKCS #1", []keyspec.Pair{pkcs1Pair}, []command{dgst(pss...)}, nil, []diagnose.Code{diagnose.PSSNotPKCS1}},
		{"PKCS #1 for PSS", []keyspec.Pair{pssPair}, []command{dgst("-sha256")}, nil, []diagnose.Code{diagnose.PKCS1NotPSS}},
		{"PSS", []keyspec.Pair{pssPair}, []command{dgst(pss...)}, nil, []diagnose.Code{diagnose.Valid}},
		{"no salt", []keyspec.Pair{pssPair}, []command{salt("0")}, nil, []diagnose.Code{diagnose.PSSSaltLength}},
		{"salt of 20", []keyspec.Pair{pssPair}, []command{salt("20")}, nil, []diagnose.Code{diagnose.PSSSaltLength}},
		{"longest salt", []keyspec.Pair{pssPair}, []command{salt("max")}, nil, []diagnose.Code{diagnose.PSSSaltLength}},
		{"MGF1 on SHA-1", []keyspec.Pair{pssPair}, []command{dgst(append(pss, "-sigopt", "rsa_mgf1_md:sha1")...)}, nil,
			[]diagnose.Code{diagnose.PSSMGF1Hash}},
		{"PSS on SHA-512", []keyspec.Pair{pssPair}, []command{dgst("-sha512", "-sigopt", "rsa_padding_mode:pss", "-sigopt",
			"rsa_pss_saltlen:digest")}, nil, []diagnose.Code{diagnose.OtherHash}},
		{"SM2 with the empty id", []keyspec.Pair{sm2Pair}, []command{dgst("-sm3", "-sigopt", "distid:")}, nil,
			[]diagnose.Code{diagnose.UnderEmptyID}},
		{"SM2 with the empty id, custom meant", []keyspec.Pair{sm2Pair}, []command{dgst("-sm3", "-sigopt", "distid:")},
			alice, []diagnose.Code{diagnose.UnderEmptyID}},
		{"SM2 with the default id, custom meant", []keyspec.Pair{sm2Pair},
			[]command{dgst("-sm3", "-sigopt", "distid:1234567812345678")}, alice, []diagnose.Code{diagnose.UnderDefaultID}},
		{"SM2 with another id", []keyspec.Pair{sm2Pair}, []command{dgst("-sm3", "-sigopt", "distid:bob@example.com")},
			&diagnose.Options{TryIDs: []sm2z.ID{sm2ID(t, "bob@example.com")}}, []diagnose.Code{diagnose.UnderOtherID}},
		{"SM3(M)", []keyspec.Pair{sm2Pair}, []command{digest("-sm3"), raw("digest")}, nil,
			[]diagnose.Code{diagnose.WithoutZA}},
		{"SHA-256(M)", []keyspec.Pair{sm2Pair}, []command{digest("-sha256"), raw("digest")}, nil,
			[]diagnose.Code{diagnose.SHA256NotSM3}},
		{"SM3 twice", []keyspec.Pair{sm2Pair}, []command{digest("-sm3"),
			over("digest", "-sm3", "-sigopt", "distid:1234567812345678")}, nil, []diagnose.Code{diagnose.HashedTwice}},
		{"SM3 twice and the empty id", []keyspec.Pair{sm2Pair},
			[]command{digest("-sm3"), over("digest", "-sm3", "-sigopt", "distid:")}, nil,
			[]diagnose.Code{diagnose.UnderEmptyID, diagnose.HashedTwice}},
	}
	for _, tt := range rows {
		for _, p := range tt.pairs {
			t.Run(p.String()+"/"+tt.name, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				write := func(name string, data []byte) {
					require.NoError(t, os.WriteFile(filepath.Join(dir, name), data, 0o600))
				}
				write("message", []byte(short))
				write("key.pem", testkeys.PEM(p.KeySpec))
				for _, c := range tt.commands {
					cmd := exec.Command("openssl", c...)
					cmd.Dir = dir
					out, err := cmd.CombinedOutput()
					require.NoError(t, err, "%v: %s", c, out)
				}
				theirs, err := os.ReadFile(filepath.Join(dir, "theirs"))
				require.NoError(t, err)
				s := newSigner(t, p)
				requireDiagnosis(t, diagnose.Signature(s.Public(), p.Algorithm, []byte(short), theirs, tt.opts), tt.want...)
			})
		}
	}
}
