// SPDX-License-Identifier: Apache-2.0

package diagnose_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ecdsa"
	"encoding/hex"
	"math/big"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/signer/diagnose"
	"github.com/stretchr/testify/require"
)

// Leading zeros in both r and s are too rare to wait for. Here the nonce is chosen
// for r, s is chosen, and the "digest" is what follows: a message of 32 bytes that
// was not hashed.
func TestSignature_leadingZerosOfBoth(t *testing.T) {
	t.Parallel()
	key := testKey(t, keyspec.ECP256).(*ecdsa.PrivateKey)
	n := new(big.Int).SetBytes(orderOf(p256Pair))
	s := new(big.Int).Lsh(big.NewInt(0x5b), 240) // 31 bytes
	for i := int64(1); ; i++ {
		k := big.NewInt(i)
		nonce, err := ecdh.P256().NewPrivateKey(k.FillBytes(make([]byte, 32)))
		require.NoError(t, err)
		x := nonce.PublicKey().Bytes()[1:33]
		if x[0] != 0 || x[1] == 0 {
			continue
		}
		r := new(big.Int).SetBytes(x)
		// e = s·k - r·d mod n
		e := new(big.Int).Sub(new(big.Int).Mul(s, k), new(big.Int).Mul(r, key.D))
		msg := e.Mod(e, n).FillBytes(make([]byte, 32))

		short := append(r.Bytes(), s.Bytes()...)
		require.Len(t, short, 62)
		requireDiagnosis(t, diagnose.Signature(&key.PublicKey, keyspec.ECDSASHA256, msg, short, nil), diagnose.LeadingZeros,
			diagnose.NotHashed)
		long := append([]byte{0}, append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)...)
		requireDiagnosis(t, diagnose.Signature(&key.PublicKey, keyspec.ECDSASHA256, msg, long, nil), diagnose.LeadingZeros,
			diagnose.NotHashed)
		return
	}
}

// Go's FIPS 140-only mode, in a process of its own, forbids SHA-1: it is left out,
// and nothing panics.
func TestSignature_fips140Only(t *testing.T) {
	if purego {
		t.Skip("SKIPPED: Go refuses to start with both purego and FIPS 140")
	}
	if os.Getenv("KMSIGNER_TEST_FIPS140") == "" {
		t.Parallel()
		exe, err := os.Executable()
		require.NoError(t, err)
		cmd := exec.Command(exe, "-test.run=^TestSignature_fips140Only$", "-test.v")
		cmd.Env = append(os.Environ(), "KMSIGNER_TEST_FIPS140=1", "GODEBUG=fips140=only")
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
		require.Contains(t, string(out), "--- PASS: TestSignature_fips140Only")
		return
	}
	for _, p := range []string{"RSA_2048 RSA_PSS_SHA_256", "RSA_3072 RSA_PKCS1_SHA_256", "EC_P256 ECDSA_SHA_256"} {
		spec, alg, _ := strings.Cut(p, " ")
		s := newSigner(t, keyspec.Pair{KeySpec: keyspec.KeySpec(spec), Algorithm: keyspec.Algorithm(alg)})
		sig, err := signer.SignMessage(background, s, bytes.NewReader([]byte(diagnosed+"\n")))
		require.NoError(t, err)
		text := []byte(hex.EncodeToString(sig))
		requireDiagnosis(t, diagnose.Signature(s.Public(), s.Algorithm(), []byte(diagnosed), text, nil), diagnose.HexText,
			diagnose.TrailingNewline)
		d := diagnose.Signature(s.Public(), s.Algorithm(), []byte("another"), sig, nil)
		require.Contains(t, []diagnose.Code{diagnose.OtherMessage, diagnose.Unexplained}, d.Code)
	}
}
