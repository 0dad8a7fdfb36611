// SPDX-License-Identifier: Apache-2.0

package p256

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math/big"
	"testing"

	"github.com/kmsigner/kmsigner/internal/ecsig"
	"github.com/kmsigner/kmsigner/internal/vectors"
	"github.com/stretchr/testify/require"
)

// A publishedSignature is a row of RFC 6979's and NIST's files.
type publishedSignature struct {
	Msg                     vectors.Hex
	Digest, D, Qx, Qy, K, R string
	S                       string `json:"s"`
	Result                  string
}

func (c publishedSignature) digest() *big.Int {
	digest := sha256.Sum256(c.Msg)
	return bigFromBytes(digest)
}

func readSignatures(t *testing.T, file string, rows int) []publishedSignature {
	var signatures struct{ Tests []publishedSignature }
	vectors.ReadJSON(t, file, &signatures)
	require.Len(t, signatures.Tests, rows)
	return signatures.Tests
}

// RFC 6979, appendix A.2.5, with SHA-256.
func TestRFC6979(t *testing.T) {
	k := privateKey(t, fromHex(t, "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"))
	for message, want := range map[string]string{
		"sample": "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716" +
			"f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
		"test": "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367" +
			"019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083",
	} {
		digest := sha256.Sum256([]byte(message))
		r, s, ok := k.Sign(&digest, nil)
		require.True(t, ok)
		require.Equal(t, want, hex.EncodeToString(append(r[:], s[:]...)))
	}
}

func TestRFC6979_vectors(t *testing.T) {
	for _, c := range readSignatures(t, "rfc6979/p256_sha256.json", 13) {
		k, digest := privateKey(t, fromHex(t, c.D)), fromHex(t, c.Digest)
		x, y := k.PublicKey().Coordinates()
		require.Zero(t, fromHex(t, c.Qx).Cmp(bigFromBytes(x)))
		require.Zero(t, fromHex(t, c.Qy).Cmp(bigFromBytes(y)))

		var w work
		w.init(bytesFromBig(digest), nil)
		w.setNonce(k, workspaces.New().(*workspace), 0)
		requireScalar(t, "k", fromHex(t, c.K), w.k)

		r, s, ok := k.Sign(bytesFromBig(digest), nil)
		require.True(t, ok)
		require.Zero(t, fromHex(t, c.R).Cmp(bigFromBytes(r)))
		require.Zero(t, fromHex(t, c.S).Cmp(bigFromBytes(s)))
		require.True(t, k.PublicKey().Verify(bytesFromBig(digest), &r, &s))
	}
}

// NIST's signatures have nonces of their own.
func TestNIST_sign(t *testing.T) {
	for _, c := range readSignatures(t, "nist-cavp/ecdsa_p256_sha256_siggen.json", 15) {
		k := privateKey(t, fromHex(t, c.D))
		ws := withNonce(t, fromHex(t, c.K), c.digest())
		k.signWithNonces(ws, k.kernel())
		requireScalar(t, "r", fromHex(t, c.R), ws[0].r)
		requireScalar(t, "s", fromHex(t, c.S), ws[0].s)
		require.Zero(t, ws[0].check(k))
	}
}

func TestNIST_verify(t *testing.T) {
	valid := 0
	for _, c := range readSignatures(t, "nist-cavp/ecdsa_p256_sha256_sigver.json", 15) {
		p := affinePoint{fieldFromBig(fromHex(t, c.Qx)), fieldFromBig(fromHex(t, c.Qy))}
		got := verifyTwice(t, p, c.digest(), fromHex(t, c.R), fromHex(t, c.S))
		require.Equal(t, c.Result == "P", got)
		if got {
			valid++
		}
	}
	require.Equal(t, 3, valid)
}

// parseP1363 parses r and s side by side.
func parseP1363(sig []byte) (*ecsig.Signature, error) {
	if len(sig) != ecsig.Size {
		return nil, errors.New("not r‖s")
	}
	return (*ecsig.Signature)(sig), nil
}

func TestWycheproof(t *testing.T) {
	for _, f := range []struct {
		file        string
		rows, valid int
		parse       func([]byte) (*ecsig.Signature, error)
	}{
		{"ecdsa_secp256r1_sha256_test.json", 484, 174, ecsig.Parse},
		{"ecdsa_secp256r1_sha256_p1363_test.json", 262, 173, parseP1363},
	} {
		t.Run(f.file, func(t *testing.T) {
			rows, valid := 0, 0
			for _, g := range vectors.Wycheproof(t, f.file) {
				point := g.PublicKey.Uncompressed
				require.Len(t, point, 65)
				key, ok := NewPublicKey((*[32]byte)(point[1:]), (*[32]byte)(point[33:]))
				require.True(t, ok)
				for _, c := range g.Tests {
					rows++
					digest := sha256.Sum256(c.Msg)
					x, err := f.parse(c.Sig)
					got := err == nil && verifyTwice(t, key.point.affinePoint, bigFromBytes(digest),
						new(big.Int).SetBytes(x.R()), new(big.Int).SetBytes(x.S()))
					require.Equal(t, c.Valid(t), got, "tcId %d: %s", c.TcID, c.Comment)
					if got {
						valid++
					}
				}
			}
			require.Equal(t, f.rows, rows)
			require.Equal(t, f.valid, valid)
		})
	}
}
