// SPDX-License-Identifier: Apache-2.0

package hash16_test

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"os"
	"regexp"
	"testing"

	"github.com/emmansun/gmsm/sm3"
	"github.com/kmsigner/kmsigner/internal/hash16"
	"github.com/kmsigner/kmsigner/internal/hash16/model"
	"github.com/stretchr/testify/require"
)

// A variant is a hash, by whom it is computed, and another implementation.
type variant struct {
	name  string
	lanes *hash16.Hash
	peer  func() hash.Hash
}

// variants are the models and, where the machine has the lanes, the assembly.
func variants(t testing.TB) []variant {
	all := []variant{{"SHA-256, model", model.SHA256(), sha256.New}, {"SM3, model", model.SM3(), sm3.New}}
	if hash16.SHA256() == nil {
		require.Empty(t, os.Getenv("KMSIGNER_IFMA"), "KMSIGNER_IFMA is set, and there are no lanes")
		t.Log("SKIPPED: the assembly: this machine has no AVX-512")
		return all
	}
	return append(all, variant{"SHA-256", hash16.SHA256(), sha256.New}, variant{"SM3", hash16.SM3(), sm3.New})
}

// sums hashes sixteen messages of one length.
func sums(h *hash16.Hash, messages [hash16.Lanes][]byte) (digests [hash16.Lanes][32]byte) {
	var s hash16.State
	h.Start(&s)
	var padded [hash16.Lanes][]byte
	for lane, m := range messages {
		p := append(m[:len(m):len(m)], 0x80)
		p = append(p, make([]byte, (64+56-len(p)%64)%64)...)
		padded[lane] = binary.BigEndian.AppendUint64(p, uint64(len(m))*8)
	}
	for at := 0; at < len(padded[0]); at += 64 {
		var b hash16.Block
		for i := range b {
			for lane := range padded {
				b[i][lane] = binary.BigEndian.Uint32(padded[lane][at+4*i:])
			}
		}
		h.Compress(&s, &b)
	}
	h.Clear()
	for i := range s {
		for lane := range digests {
			binary.BigEndian.PutUint32(digests[lane][4*i:], s[i][lane])
		}
	}
	return digests
}

func TestSums(t *testing.T) {
	for _, v := range variants(t) {
		t.Run(v.name, func(t *testing.T) {
			for length := range 260 {
				var messages [hash16.Lanes][]byte
				for lane := range messages {
					messages[lane] = make([]byte, length)
					switch lane {
					case 0: // zeros
					case 1:
						for i := range messages[lane] {
							messages[lane][i] = 0xff
						}
					default:
						rand.Read(messages[lane])
					}
				}
				for lane, got := range sums(v.lanes, messages) {
					h := v.peer()
					h.Write(messages[lane])
					require.Equal(t, h.Sum(nil), got[:], "length %d, lane %d, %x", length, lane, messages[lane])
				}
			}
		})
	}
}

// TestCompress: the assembly does with any state what the model does, and writes nothing else.
func TestCompress(t *testing.T) {
	all := variants(t)
	if len(all) < 4 {
		return
	}
	for i, assembly := range all[2:] {
		var memory struct {
			Before [64]byte
			State  hash16.State
			Block  hash16.Block
			After  [64]byte
		}
		bytes := make([]byte, binary.Size(memory))
		for range 200 {
			rand.Read(bytes)
			_, err := binary.Decode(bytes, binary.LittleEndian, &memory)
			require.NoError(t, err)
			want := memory
			all[i].lanes.Compress(&want.State, &want.Block)
			assembly.lanes.Compress(&memory.State, &memory.Block)
			require.Equal(t, want, memory, assembly.name)
		}
	}
}

// TestAssemblyHasNoJumps: no jump of any kind, and no instruction that gathers from addresses
// or whose time depends on its operands.
func TestAssemblyHasNoJumps(t *testing.T) {
	text, err := os.ReadFile("compress_amd64.s")
	require.NoError(t, err)
	mnemonics := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^\t([A-Z][A-Z0-9.]+)\b`).FindAllSubmatch(text, -1) {
		mnemonics[string(m[1])] = true
	}
	var all []string
	for m := range mnemonics {
		all = append(all, m)
	}
	require.ElementsMatch(t, []string{
		"MOVQ", "RET", "VMOVDQA64", "VMOVDQU32", "VPADDD", "VPADDD.BCST", "VPROLD", "VPRORD", "VPSRLD",
		"VPTERNLOGD", "VPXORD", "VZEROUPPER",
	}, all)
}

func BenchmarkCompress(b *testing.B) {
	for _, v := range variants(b) {
		b.Run(v.name, func(b *testing.B) {
			var s hash16.State
			var block hash16.Block
			for b.Loop() {
				v.lanes.Compress(&s, &block)
			}
		})
	}
}
