package signer_test

import (
	"testing"

	"github.com/kmsigner/kmsigner/internal/testkeys"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/stretchr/testify/require"
)

// The mistakes that OpenSSL can make, made with it. Each row is a list of openssl
// commands; the last writes the file "theirs".
func TestDiagnose_openSSL(t *testing.T) {
	t.Parallel()
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
		alice = signer.WithID(openSSLID(t, "alice@example.com"))
	)
	const short = "a message of exactly 32 bytes ok"
	require.Len(t, short, 32)
	type row struct {
		name     string
		pairs    []keyspec.Pair
		commands []command
		opts     []signer.Option
		want     []signer.DiagnosisCode
	}
	ecdsa := []keyspec.Pair{p256Pair, p256kPair}
	hashing := append([]keyspec.Pair{pkcs1Pair}, ecdsa...)
	rows := []row{
		{"right", hashing, []command{dgst("-sha256")}, nil, []signer.DiagnosisCode{signer.Valid}},
		{"SHA-1", hashing, []command{dgst("-sha1")}, nil, []signer.DiagnosisCode{signer.OtherHash}},
		{"SHA-384", hashing, []command{dgst("-sha384")}, nil, []signer.DiagnosisCode{signer.OtherHash}},
		{"SHA-512", hashing, []command{dgst("-sha512")}, nil, []signer.DiagnosisCode{signer.OtherHash}},
		{"SHA3-256", hashing, []command{dgst("-sha3-256")}, nil, []signer.DiagnosisCode{signer.OtherHash}},
		{"hashed twice", hashing, []command{digest("-sha256"), over("digest", "-sha256")}, nil, []signer.DiagnosisCode{signer.HashedTwice}},
		{"not hashed", ecdsa, []command{raw("message")}, nil, []signer.DiagnosisCode{signer.NotHashed}},
		{"base64 of the message", hashing, []command{{"base64", "-A", "-in", "message", "-out", "text"}, over("text", "-sha256")}, nil, []signer.DiagnosisCode{signer.MessageAsBase64}},
		{"base64 of the signature", hashing, []command{{"dgst", "-sha256", "-sign", "key.pem", "-out", "bytes", "message"}, {"base64", "-in", "bytes", "-out", "theirs"}}, nil, []signer.DiagnosisCode{signer.Base64Text}},
		{"no DigestInfo", []keyspec.Pair{pkcs1Pair}, []command{digest("-sha256"), raw("digest")}, nil, []signer.DiagnosisCode{signer.NoDigestInfo}},
		{"PSS for PKCS #1", []keyspec.Pair{pkcs1Pair}, []command{dgst(pss...)}, nil, []signer.DiagnosisCode{signer.PSSNotPKCS1}},
		{"PKCS #1 for PSS", []keyspec.Pair{pssPair}, []command{dgst("-sha256")}, nil, []signer.DiagnosisCode{signer.PKCS1NotPSS}},
		{"PSS", []keyspec.Pair{pssPair}, []command{dgst(pss...)}, nil, []signer.DiagnosisCode{signer.Valid}},
		{"no salt", []keyspec.Pair{pssPair}, []command{salt("0")}, nil, []signer.DiagnosisCode{signer.PSSSaltLength}},
		{"salt of 20", []keyspec.Pair{pssPair}, []command{salt("20")}, nil, []signer.DiagnosisCode{signer.PSSSaltLength}},
		{"longest salt", []keyspec.Pair{pssPair}, []command{salt("max")}, nil, []signer.DiagnosisCode{signer.PSSSaltLength}},
		{"MGF1 on SHA-1", []keyspec.Pair{pssPair}, []command{dgst(append(pss, "-sigopt", "rsa_mgf1_md:sha1")...)}, nil, []signer.DiagnosisCode{signer.PSSMGF1Hash}},
		{"PSS on SHA-512", []keyspec.Pair{pssPair}, []command{dgst("-sha512", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest")}, nil, []signer.DiagnosisCode{signer.OtherHash}},
		{"SM2 without distid", []keyspec.Pair{sm2Pair}, []command{dgst("-sm3")}, nil, []signer.DiagnosisCode{signer.UnderEmptyID}},
		{"SM2 without distid, custom meant", []keyspec.Pair{sm2Pair}, []command{dgst("-sm3")}, []signer.Option{alice}, []signer.DiagnosisCode{signer.UnderEmptyID}},
		{"SM2 with the default id, custom meant", []keyspec.Pair{sm2Pair}, []command{dgst("-sm3", "-sigopt", "distid:1234567812345678")}, []signer.Option{alice}, []signer.DiagnosisCode{signer.UnderDefaultID}},
		{"SM2 with another id", []keyspec.Pair{sm2Pair}, []command{dgst("-sm3", "-sigopt", "distid:bob@example.com")}, []signer.Option{signer.TryIDs(openSSLID(t, "bob@example.com"))}, []signer.DiagnosisCode{signer.UnderOtherID}},
		{"SM3(M)", []keyspec.Pair{sm2Pair}, []command{digest("-sm3"), raw("digest")}, nil, []signer.DiagnosisCode{signer.WithoutZA}},
		{"SHA-256(M)", []keyspec.Pair{sm2Pair}, []command{digest("-sha256"), raw("digest")}, nil, []signer.DiagnosisCode{signer.SHA256NotSM3}},
		{"SM3 twice", []keyspec.Pair{sm2Pair}, []command{digest("-sm3"), over("digest", "-sm3", "-sigopt", "distid:1234567812345678")}, nil, []signer.DiagnosisCode{signer.HashedTwice}},
		{"SM3 twice and no distid", []keyspec.Pair{sm2Pair}, []command{digest("-sm3"), over("digest", "-sm3")}, nil, []signer.DiagnosisCode{signer.UnderEmptyID, signer.HashedTwice}},
	}
	for _, tt := range rows {
		for _, p := range tt.pairs {
			t.Run(p.String()+"/"+tt.name, func(t *testing.T) {
				t.Parallel()
				o := newOpenSSL(t)
				o.write(t, "message", []byte(short))
				o.write(t, "key.pem", testkeys.PEM(p.KeySpec))
				for _, c := range tt.commands {
					out, err := o.run(c...)
					require.NoError(t, err, "%v: %s", c, out)
				}
				s := newSigner(t, p)
				requireDiagnosis(t, signer.Diagnose(s.Public(), p.Algorithm, []byte(short), o.read(t, "theirs"), tt.opts...), tt.want...)
			})
		}
	}
}
