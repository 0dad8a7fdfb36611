// SPDX-License-Identifier: Apache-2.0

package sm2z_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/hex"
	"hash"
	"io"
	"math/big"
	"strings"
	"sync"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm3"
	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/vectors"
	"github.com/kmsigner/kmsigner/sm2z"
	"github.com/stretchr/testify/require"
)

// The key, message and values of GB/T 32918.5-2017, Annex A.2.
const (
	annexX   = "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
	annexY   = "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
	annexMsg = "message digest"
	annexZA  = "b2e14c5c79c6df5b85f4fe7ed8db7a262b9da7e07ccb0ea9f4747b8ccda8a4f3"
	annexE   = "f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640"
)

func point(t testing.TB, x, y string) *ecdsa.PublicKey {
	t.Helper()
	return &ecdsa.PublicKey{Curve: sm2.P256(), X: number(t, x), Y: number(t, y)}
}

func number(t testing.TB, s string) *big.Int {
	t.Helper()
	n, ok := new(big.Int).SetString(s, 16)
	require.True(t, ok)
	return n
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	require.NoError(t, err)
	return b
}

func id(t testing.TB, s string) sm2z.ID {
	t.Helper()
	v, err := sm2z.NewID([]byte(s))
	require.NoError(t, err)
	return v
}

func TestAnnexA(t *testing.T) {
	pub := point(t, annexX, annexY)
	za, err := sm2z.ZA(pub, sm2z.DefaultID())
	require.NoError(t, err)
	require.Equal(t, annexZA, hex.EncodeToString(za[:]))
	e, err := sm2z.Digest(pub, sm2z.DefaultID(), []byte(annexMsg))
	require.NoError(t, err)
	require.Equal(t, annexE, hex.EncodeToString(e[:]))
}

func TestPublishedRows(t *testing.T) {
	var file struct {
		Tests []struct{ Qx, Qy, UID, Msg, ZA, E string }
	}
	vectors.ReadJSON(t, "sm2/sign_fixed_k.json", &file)
	require.Len(t, file.Tests, 2)
	for _, row := range file.Tests {
		pub, uid := point(t, row.Qx, row.Qy), id(t, string(unhex(t, row.UID)))
		za, err := sm2z.ZA(pub, uid)
		require.NoError(t, err)
		require.Equal(t, row.ZA, hex.EncodeToString(za[:]))
		e, err := sm2z.Digest(pub, uid, unhex(t, row.Msg))
		require.NoError(t, err)
		require.Equal(t, row.E, hex.EncodeToString(e[:]))
	}
}

// gmsm cannot tell an empty id from the default one; for every other id and for
// the default one it must agree.
func TestAgreesWithGmsm(t *testing.T) {
	priv, err := sm2.GenerateKey(rand.Reader)
	require.NoError(t, err)
	for _, size := range []int{1, 15, 16, 17, 63, 64, 65, 1000, 8191} {
		uid := bytes.Repeat([]byte{'u'}, size)
		want, err := sm2.CalculateZA(&priv.PublicKey, uid)
		require.NoError(t, err)
		got, err := sm2z.ZA(&priv.PublicKey, id(t, string(uid)))
		require.NoError(t, err)
		require.Equal(t, want, got[:], "id of %d bytes", size)
	}
	want, err := sm2.CalculateZA(&priv.PublicKey, nil)
	require.NoError(t, err)
	got, err := sm2z.ZA(&priv.PublicKey, sm2z.ID{})
	require.NoError(t, err)
	require.Equal(t, want, got[:])
}

// The empty id, from the definition: ENTL is zero and nothing follows it.
func TestEmptyIDIsNotTheDefaultOne(t *testing.T) {
	pub := point(t, annexX, annexY)
	p := sm2.P256().Params()
	a := new(big.Int).Sub(p.P, big.NewInt(3))
	h := sm3.New()
	h.Write([]byte{0, 0})
	for _, v := range []*big.Int{a, p.B, p.Gx, p.Gy, pub.X, pub.Y} {
		h.Write(v.FillBytes(make([]byte, 32)))
	}
	got, err := sm2z.ZA(pub, sm2z.EmptyID())
	require.NoError(t, err)
	require.Equal(t, h.Sum(nil), got[:])
	require.NotEqual(t, annexZA, hex.EncodeToString(got[:]))
}

func TestIDs(t *testing.T) {
	require.Equal(t, sm2z.DefaultID(), sm2z.ID{})
	require.Equal(t, sm2z.DefaultID(), id(t, "1234567812345678"))
	require.NotEqual(t, sm2z.DefaultID(), sm2z.EmptyID())
	require.Len(t, map[sm2z.ID]bool{id(t, "alice"): true, id(t, "alicf"): true, id(t, "alice"): true}, 2,
		"ids are comparable")

	require.Equal(t, []byte("1234567812345678"), sm2z.DefaultID().Bytes())
	require.Empty(t, sm2z.EmptyID().Bytes())
	require.Equal(t, []byte("alice"), id(t, "alice").Bytes())

	require.Equal(t, `default "1234567812345678"`, sm2z.DefaultID().String())
	require.Equal(t, "empty", sm2z.EmptyID().String())
	require.Equal(t, `"alice@例子.com"`, id(t, "alice@例子.com").String())
	require.Equal(t, "0x00ff", id(t, "\x00\xff").String())
	require.Equal(t, "0x610a", id(t, "a\n").String())

	source := []byte("mutable")
	kept, err := sm2z.NewID(source)
	require.NoError(t, err)
	source[0] = 'X'
	require.Equal(t, "mutable", string(kept.Bytes()))
}

func TestNewID_invalid(t *testing.T) {
	for name, b := range map[string][]byte{"nil": nil, "empty": {}, "8192 bytes": make([]byte, 8192)} {
		_, err := sm2z.NewID(b)
		requireInvalid(t, err, "ID", name)
	}
	longest, err := sm2z.NewID(make([]byte, 8191))
	require.NoError(t, err)
	trace, err := sm2z.Explain(point(t, annexX, annexY), longest, nil)
	require.NoError(t, err)
	require.Equal(t, uint16(65528), trace.ENTL)
}

func TestKey_invalid(t *testing.T) {
	good := point(t, annexX, annexY)
	p := sm2.P256().Params().P
	k1, err := secp256k1.GeneratePrivateKey()
	require.NoError(t, err)
	tests := map[string]*ecdsa.PublicKey{
		"nil":             nil,
		"zero":            {},
		"no coordinates":  {Curve: sm2.P256()},
		"no y":            {Curve: sm2.P256(), X: good.X},
		"P-256":           {Curve: elliptic.P256(), X: elliptic.P256().Params().Gx, Y: elliptic.P256().Params().Gy},
		"secp256k1":       k1.PubKey().ToECDSA(),
		"typed nil curve": {Curve: (*elliptic.CurveParams)(nil), X: good.X, Y: good.Y},
		"off the curve":   {Curve: sm2.P256(), X: good.X, Y: new(big.Int).Add(good.Y, big.NewInt(1))},
		"infinity":        {Curve: sm2.P256(), X: new(big.Int), Y: new(big.Int)},
		"negative x":      {Curve: sm2.P256(), X: new(big.Int).Neg(good.X), Y: good.Y},
		"negative y":      {Curve: sm2.P256(), X: good.X, Y: new(big.Int).Neg(good.Y)},
		"x + p":           {Curve: sm2.P256(), X: new(big.Int).Add(good.X, p), Y: good.Y},
		"x of 257 bits":   {Curve: sm2.P256(), X: new(big.Int).Lsh(big.NewInt(1), 256), Y: good.Y},
		"y is p":          {Curve: sm2.P256(), X: good.X, Y: p},
	}
	for name, pub := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := sm2z.ZA(pub, sm2z.ID{})
			requireInvalid(t, err, "Key", "ZA")
			_, err = sm2z.Digest(pub, sm2z.ID{}, nil)
			requireInvalid(t, err, "Key", "Digest")
			h, err := sm2z.New(pub, sm2z.ID{})
			requireInvalid(t, err, "Key", "New")
			require.Nil(t, h)
			trace, err := sm2z.Explain(pub, sm2z.ID{}, nil)
			requireInvalid(t, err, "Key", "Explain")
			require.Zero(t, trace)
		})
	}
}

func requireInvalid(t *testing.T, err error, param, what string) {
	t.Helper()
	require.ErrorIs(t, err, errors.InvalidParameter, what)
	var e *errors.Error
	require.ErrorAs(t, err, &e, what)
	require.Equal(t, param, e.Param, what)
	require.NotEmpty(t, e.Reason, what)
}

func TestNewStreams(t *testing.T) {
	pub := point(t, annexX, annexY)
	h, err := sm2z.New(pub, sm2z.DefaultID())
	require.NoError(t, err)
	require.Equal(t, 32, h.Size())
	require.Equal(t, 64, h.BlockSize())

	message := bytes.Repeat([]byte("0123456789"), 1000)
	for _, size := range []int{0, 1, 31, 32, 33, 63, 64, 65, 9999} {
		h.Reset()
		for chunk := message[:size]; len(chunk) > 0; {
			n, err := h.Write(chunk[:min(7, len(chunk))])
			require.NoError(t, err)
			chunk = chunk[n:]
		}
		want, err := sm2z.Digest(pub, sm2z.DefaultID(), message[:size])
		require.NoError(t, err)
		require.Equal(t, want[:], h.Sum(nil), "%d bytes", size)
		require.Equal(t, want[:], h.Sum(nil), "Sum changes nothing")
		require.Equal(t, append([]byte("prefix"), want[:]...), h.Sum([]byte("prefix")))
	}
}

func TestCloneIsIndependent(t *testing.T) {
	pub := point(t, annexX, annexY)
	h, err := sm2z.New(pub, sm2z.EmptyID())
	require.NoError(t, err)
	io.WriteString(h, "message ")
	clone, err := h.(hash.Cloner).Clone()
	require.NoError(t, err)
	io.WriteString(h, "one")
	io.WriteString(clone, "two")

	for text, got := range map[string]hash.Hash{"message one": h, "message two": clone} {
		want, err := sm2z.Digest(pub, sm2z.EmptyID(), []byte(text))
		require.NoError(t, err)
		require.Equal(t, want[:], got.Sum(nil))
	}
	clone.Reset()
	want, err := sm2z.Digest(pub, sm2z.EmptyID(), nil)
	require.NoError(t, err)
	require.Equal(t, want[:], clone.Sum(nil), "Reset of a clone goes back to Z(A)")
}

func TestExplain(t *testing.T) {
	pub := point(t, annexX, annexY)
	trace, err := sm2z.Explain(pub, sm2z.DefaultID(), []byte(annexMsg))
	require.NoError(t, err)

	p := sm2.P256().Params()
	require.Equal(t, uint16(128), trace.ENTL)
	require.Equal(t, new(big.Int).Sub(p.P, big.NewInt(3)).Bytes(), trace.A[:])
	require.Equal(t, p.B.Bytes(), trace.B[:])
	require.Equal(t, p.Gx.Bytes(), trace.Gx[:])
	require.Equal(t, p.Gy.Bytes(), trace.Gy[:])
	require.Equal(t, annexX, hex.EncodeToString(trace.Px[:]))
	require.Equal(t, annexY, hex.EncodeToString(trace.Py[:]))
	require.Equal(t, annexZA, hex.EncodeToString(trace.ZA[:]))
	require.Equal(t, annexE, hex.EncodeToString(trace.E[:]))
	require.Equal(t, len(annexMsg), trace.MessageSize)

	text := trace.String()
	for _, want := range []string{
		"ENTL  0080 ", "ID    31323334353637383132333435363738 ", "a     fffffffeff", "b     28e9fa9e", "xG    32c4ae2c",
		"yG    bc3736a2",
		"xA    " + annexX, "yA    " + annexY, "Z(A)  " + annexZA, "e     " + annexE, "M of 14 bytes",
	} {
		require.Contains(t, text, want)
	}
	require.Equal(t, 10, strings.Count(text, "\n"))
	require.NotContains(t, sm2z.Trace{}.String(), "%!", "the zero Trace prints too")
}

func TestConcurrentUse(t *testing.T) {
	pub := point(t, annexX, annexY)
	prototype, err := sm2z.New(pub, sm2z.DefaultID())
	require.NoError(t, err)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				h, err := prototype.(hash.Cloner).Clone()
				if err != nil {
					t.Error(err)
					return
				}
				io.WriteString(h, annexMsg)
				e, err := sm2z.Digest(pub, sm2z.DefaultID(), []byte(annexMsg))
				if err != nil || !bytes.Equal(h.Sum(nil), e[:]) {
					t.Errorf("got %x, want %x, %v", h.Sum(nil), e, err)
				}
			}
		})
	}
	wg.Wait()
}

func FuzzDigest(f *testing.F) {
	f.Add([]byte("1234567812345678"), []byte("message digest"))
	f.Add([]byte{}, []byte{})
	f.Add(make([]byte, 8192), []byte{0})
	pub := point(f, annexX, annexY)
	f.Fuzz(func(t *testing.T, uid, msg []byte) {
		v, err := sm2z.NewID(uid)
		if len(uid) == 0 || len(uid) > 8191 {
			requireInvalid(t, err, "ID", "NewID")
			return
		}
		require.NoError(t, err)
		require.Equal(t, uid, v.Bytes())
		_ = v.String()
		za, err := sm2.CalculateZA(pub, uid)
		require.NoError(t, err)
		want := sm3.Sum(append(za, msg...))
		got, err := sm2z.Digest(pub, v, msg)
		require.NoError(t, err)
		require.Equal(t, want, got)
		trace, err := sm2z.Explain(pub, v, msg)
		require.NoError(t, err)
		require.Equal(t, want, trace.E)
	})
}

func BenchmarkNew(b *testing.B) {
	buf := make([]byte, 1<<20)
	h, err := sm2z.New(point(b, annexX, annexY), sm2z.ID{})
	require.NoError(b, err)
	for name, h := range map[string]hash.Hash{"sm2z": h, "bare SM3": sm3.New()} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(buf)))
			for b.Loop() {
				h.Write(buf)
			}
		})
	}
}
