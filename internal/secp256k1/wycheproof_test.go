package secp256k1

import (
	"crypto/sha256"
	"encoding/hex"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

type wycheproofFile struct {
	NumberOfTests int
	TestGroups    []struct {
		PublicKey struct{ Uncompressed string }
		Tests     []struct {
			TcID             int
			Comment          string
			Msg, Sig, Result string
		}
	}
}

// parseDER parses a strict DER signature with r and s in [0, 2^256).
func parseDER(sig []byte) (r, s [32]byte, ok bool) {
	in, inner := cryptobyte.String(sig), cryptobyte.String(nil)
	var x, y big.Int
	if !in.ReadASN1(&inner, asn1.SEQUENCE) || !in.Empty() ||
		!inner.ReadASN1Integer(&x) || !inner.ReadASN1Integer(&y) || !inner.Empty() ||
		x.Sign() < 0 || y.Sign() < 0 || x.BitLen() > 256 || y.BitLen() > 256 {
		return r, s, false
	}
	return *bytesFromBig(&x), *bytesFromBig(&y), true
}

// parseP1363 parses r and s side by side.
func parseP1363(sig []byte) (r, s [32]byte, ok bool) {
	if len(sig) != 64 {
		return r, s, false
	}
	return [32]byte(sig[:32]), [32]byte(sig[32:]), true
}

func TestWycheproof(t *testing.T) {
	for _, f := range []struct {
		file  string
		rows  int
		valid int
		parse func([]byte) (r, s [32]byte, ok bool)
		low   bool // high s is invalid
	}{
		{"ecdsa_secp256k1_sha256_test.json", 476, 168, parseDER, false},
		{"ecdsa_secp256k1_sha256_bitcoin_test.json", 463, 162, parseDER, true},
		{"ecdsa_secp256k1_sha256_p1363_test.json", 252, 167, parseP1363, false},
	} {
		t.Run(f.file, func(t *testing.T) {
			var file wycheproofFile
			readVectors(t, "wycheproof/testvectors_v1/"+f.file, &file)
			require.Equal(t, f.rows, file.NumberOfTests)
			rows, valid := 0, 0
			for _, g := range file.TestGroups {
				point, err := hex.DecodeString(g.PublicKey.Uncompressed)
				require.NoError(t, err)
				require.Len(t, point, 65)
				key, ok := NewPublicKey((*[32]byte)(point[1:]), (*[32]byte)(point[33:]))
				require.True(t, ok)
				for _, c := range g.Tests {
					rows++
					require.Contains(t, []string{"valid", "invalid"}, c.Result)
					msg, err := hex.DecodeString(c.Msg)
					require.NoError(t, err)
					sig, err := hex.DecodeString(c.Sig)
					require.NoError(t, err)
					digest := sha256.Sum256(msg)

					r, s, ok := f.parse(sig)
					if ok && f.low {
						var x scalar
						x.setBytes(&s)
						ok = x.isHigh() == 0
					}
					got := ok && key.Verify(&digest, &r, &s)
					require.Equal(t, c.Result == "valid", got, "tcId %d: %s", c.TcID, c.Comment)
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
