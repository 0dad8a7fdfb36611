// SPDX-License-Identifier: Apache-2.0

package secp256k1_test

import (
	"crypto/sha256"
	"errors"
	"testing"

	"github.com/kmsigner/kmsigner/internal/ecsig"
	"github.com/kmsigner/kmsigner/internal/secp256k1"
	"github.com/kmsigner/kmsigner/internal/vectors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/stretchr/testify/require"
)

// parseP1363 parses r and s side by side.
func parseP1363(sig []byte) (*ecsig.Signature, error) {
	if len(sig) != ecsig.Size {
		return nil, errors.New("not r‖s")
	}
	return (*ecsig.Signature)(sig), nil
}

func TestWycheproof(t *testing.T) {
	for _, f := range []struct {
		file  string
		rows  int
		valid int
		parse func([]byte) (*ecsig.Signature, error)
		low   bool // high s is invalid
	}{
		{"ecdsa_secp256k1_sha256_test.json", 476, 168, ecsig.Parse, false},
		{"ecdsa_secp256k1_sha256_bitcoin_test.json", 463, 162, ecsig.Parse, true},
		{"ecdsa_secp256k1_sha256_p1363_test.json", 252, 167, parseP1363, false},
	} {
		t.Run(f.file, func(t *testing.T) {
			rows, valid := 0, 0
			for _, g := range vectors.Wycheproof(t, f.file) {
				point := g.PublicKey.Uncompressed
				require.Len(t, point, 65)
				key, ok := secp256k1.NewPublicKey((*[32]byte)(point[1:]), (*[32]byte)(point[33:]))
				require.True(t, ok)
				for _, c := range g.Tests {
					rows++
					digest := sha256.Sum256(c.Msg)
					x, err := f.parse(c.Sig)
					if err == nil { // in a lane, too
						signature := [64]byte(append(x.R(), x.S()...))
						fits := key.VerifyBatch([][32]byte{digest, {}, {}, digest},
							[][64]byte{signature, signature, signature, signature})
						require.Equal(t, fits[0], fits[3])
						require.Equal(t, fits[0], key.Verify(&digest, (*[32]byte)(x.R()), (*[32]byte)(x.S())))
					}
					got := err == nil && !(f.low && x.HasHighS(keyspec.ECP256K)) &&
						key.Verify(&digest, (*[32]byte)(x.R()), (*[32]byte)(x.S()))
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
