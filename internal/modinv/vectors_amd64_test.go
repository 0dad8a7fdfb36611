// SPDX-License-Identifier: Apache-2.0

//go:build !purego && !boringcrypto

package modinv

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/kmsigner/kmsigner/internal/registers"
	"github.com/stretchr/testify/require"
)

// needVectors skips a test on a machine that has not the instructions.
func needVectors(t *testing.T) {
	if !vectors {
		require.Empty(t, os.Getenv("KMSIGNER_IFMA"), "KMSIGNER_IFMA is set, and there are no vectors")
		t.Skip("SKIPPED: this machine has no AVX-512")
	}
}

// withoutVectors runs f without them.
func withoutVectors(f func()) {
	here := vectors
	defer func() { vectors = here }()
	vectors = false
	f()
}

// TestVectors: vectors invert as the portable code does, alone and two at once.
func TestVectors(t *testing.T) {
	needVectors(t)
	r := newRand(t)
	all := make([]*big.Int, 0, len(moduli))
	for _, m := range moduli {
		all = append(all, m)
	}
	for range cases() {
		p, q := all[r.IntN(len(all))], all[r.IntN(len(all))]
		x := limbsFromBig(new(big.Int).Mod(random256(r), p))
		y := limbsFromBig(new(big.Int).Mod(random256(r), q))
		pLimbs, qLimbs := limbsFromBig(p), limbsFromBig(q)
		m, n := New(&pLimbs), New(&qLimbs)
		var want, want2, got, got2 [4]uint64
		withoutVectors(func() { InvertBoth(&m, &want, &x, &n, &want2, &y) })
		InvertBoth(&m, &got, &x, &n, &got2, &y)
		require.Equal(t, want, got, "%x modulo %x", x, p)
		require.Equal(t, want2, got2, "%x modulo %x", y, q)
		m.Invert(&got, &x)
		require.Equal(t, want, got, "%x modulo %x", x, p)
	}
}

// word returns a word with long runs of equal bits, or a random one.
func word(r *rand.Rand) uint64 {
	x := random256(r)
	return x.Rsh(x, uint(r.IntN(192))).Uint64()
}

// TestDivsteps59: delta, and the rows after 30 steps and after 29 more, are those of the portable
// code.
func TestDivsteps59(t *testing.T) {
	needVectors(t)
	r := newRand(t)
	for range cases() {
		var s steps
		var is [2]inversion
		for k := range is {
			low := [2]uint64{word(r) | 1, word(r)}
			is[k] = inversion{zeta: uint64(r.IntN(1200) - 600), low: low, uv: rowsOfOne, qr: rowsOfOne << 32}
			s.zeta[2*k], s.zeta[2*k+1] = is[k].zeta, is[k].zeta
			s.low[2*k], s.low[2*k+1] = is[k].low[0], is[k].low[1]
		}
		before := is
		divsteps59(&s)
		for k := range is {
			is[k].divsteps(30)
			first := is[k].matrix()
			is[k].divsteps(29)
			require.Equal(t, first, matrixOf(&s.first, k), "%x", before)
			require.Equal(t, is[k].matrix(), matrixOf(&s.second, k), "%x", before)
			require.Equal(t, is[k].zeta, s.zeta[2*k], "%x", before)
			require.Equal(t, is[k].zeta, s.zeta[2*k+1], "%x", before)
		}
	}
}

// TestProducts: the assembly multiplies as the portable code does, at the ends of the ranges, too.
func TestProducts(t *testing.T) {
	r := newRand(t)
	limit := new(big.Int).Lsh(one, 62)
	for range cases() {
		m := moduli["2^256 - 1"]
		if r.IntN(2) == 0 {
			m = moduli["2^255 + 95"]
		}
		limbs := limbsFromBig(m)
		modulus := New(&limbs)
		// Rows with |u| + |v| up to 2^62.
		row := func() (u, v uint64) {
			a := new(big.Int).Mod(random256(r), limit)
			switch r.IntN(8) {
			case 0:
				a.SetInt64(0)
			case 1:
				a.Set(limit)
			}
			b := new(big.Int).Sub(limit, a)
			if r.IntN(2) == 0 && b.Sign() > 0 {
				b.Mod(random256(r), b)
			}
			u, v = a.Uint64(), b.Uint64()
			if r.IntN(2) == 0 {
				u = -u
			}
			if r.IntN(2) == 0 {
				v = -v
			}
			return u, v
		}
		var mt matrix
		mt.u, mt.v = row()
		mt.q, mt.r = row()
		twice := new(big.Int).Lsh(m, 1)
		number := func() limbs62 {
			if r.IntN(8) == 0 { // at an end of the range
				x := new(big.Int).Sub(twice, one)
				if r.IntN(2) == 0 {
					x.Neg(x)
				}
				return limbs62FromBig(x)
			}
			return limbs62FromBig(randomIn(r, twice))
		}
		x, y := number(), number()
		gotX, gotY, wantX, wantY := x, y, x, y
		mt.applyPortable(&wantX, &wantY)
		mt.apply(&gotX, &gotY)
		require.Equal(t, wantX, gotX, "%x %x %x", mt, x, y)
		require.Equal(t, wantY, gotY, "%x %x %x", mt, x, y)
		gotX, gotY, wantX, wantY = x, y, x, y
		mt.applyModuloPortable(&wantX, &wantY, &modulus)
		mt.applyModulo(&gotX, &gotY, &modulus)
		require.Equal(t, wantX, gotX, "%x %x %x", mt, x, y)
		require.Equal(t, wantY, gotY, "%x %x %x", mt, x, y)
	}
}

// TestRegistersAreCleared looks into the vector registers after an inversion, and into those that
// divsteps59 leaves: those the test would see.
func TestRegistersAreCleared(t *testing.T) {
	needVectors(t)
	r := newRand(t)
	left := func(clear func()) (found []string) {
		var s steps
		for i := range s.low {
			s.low[i] = r.Uint64() | 1
		}
		divsteps59(&s)
		clear()
		var z [32][8]uint64
		var k [8]uint64
		registers.Dump(&z, &k)
		held := slices.Concat(s.low[:], s.first[:], s.second[:])
		for i, lanes := range z {
			for lane, word := range lanes {
				if word > 1<<32 && word < ^uint64(1<<32) && slices.Contains(held, word) {
					found = append(found, fmt.Sprintf("Z%d lane %d: %x", i, lane, word))
				}
			}
		}
		return found
	}
	for range 5 {
		require.Empty(t, left(clearRegisters))
	}
	seen := false
	for try := 0; try < 100 && !seen; try++ { // a signal may have come in between
		seen = len(left(func() {})) >= 4
	}
	require.True(t, seen)
}

// TestInversionClearsRegisters: an inversion, and two of them, end with the registers of divsteps59 empty.
func TestInversionClearsRegisters(t *testing.T) {
	needVectors(t)
	registers.Quiet(t)
	r := newRand(t)
	limbs := limbsFromBig(moduli["2^256 - 1"])
	m := New(&limbs)
	for name, invert := range map[string]func(i, j *inversion){
		"one": func(i, _ *inversion) { inVectors(i) },
		"two": func(i, j *inversion) { inVectors(i, j) },
	} {
		empty := false
		for try := 0; try < 100 && !empty; try++ { // a signal may have come in between
			var i, j inversion
			x, y := limbsFromBig(randomIn(r, moduli["2^255 + 95"])), limbsFromBig(randomIn(r, moduli["2^255 + 95"]))
			i.start(&m, &x)
			j.start(&m, &y)
			invert(&i, &j)
			var z [32][8]uint64
			var k [8]uint64
			registers.Dump(&z, &k)
			empty = [16][8]uint64(z[:16]) == [16][8]uint64{}
		}
		require.True(t, empty, name)
	}
}

// TestAssemblyHasNoJumps: nor instructions whose time depends on their operands.
func TestAssemblyHasNoJumps(t *testing.T) {
	text, err := os.ReadFile("modinv_amd64.s")
	require.NoError(t, err)
	var mnemonics []string
	for _, m := range regexp.MustCompile(`(?m)^\t([A-Z][A-Z0-9]+)\b`).FindAllSubmatch(text, -1) {
		if !slices.Contains(mnemonics, string(m[1])) {
			mnemonics = append(mnemonics, string(m[1]))
		}
	}
	require.ElementsMatch(t, []string{
		"MULADD", "SHIFT62", "STORE62", "ROWS", "MODULUS", "NEXT", "STEP", "STEPS5", // macros of these:
		"ADCQ", "ADDQ", "ANDQ", "IMULQ", "MOVQ", "RET", "SARQ", "SHRQ", "SUBQ", "VMOVDQU", "VPADDQ", "VPANDQ", "VPBLENDD",
		"VPBROADCASTQ", "VPCMPEQD", "VPSHUFD", "VPSLLQ", "VPSRAQ", "VPSUBQ", "VPTERNLOGQ", "VPXORQ", "VZEROALL", "VZEROUPPER", "XORL",
	}, mnemonics)
}
