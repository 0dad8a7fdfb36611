// SPDX-License-Identifier: Apache-2.0

package p256

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"testing"

	"github.com/kmsigner/kmsigner/internal/testrun"
	"github.com/stretchr/testify/require"
)

func privateKey(t testing.TB, d *big.Int) *PrivateKey {
	k, ok := NewPrivateKey(bytesFromBig(d))
	require.True(t, ok)
	return k
}

func fromHex(t testing.TB, s string) *big.Int {
	x, ok := new(big.Int).SetString(s, 16)
	require.True(t, ok, "%q", s)
	return x
}

func TestNewPrivateKey(t *testing.T) {
	for _, d := range []*big.Int{one, big.NewInt(2), largestKey, new(big.Int).Rsh(bigN, 1)} {
		x, y := privateKey(t, d).PublicKey().Coordinates()
		want, _ := referenceMultiple(d)
		require.Equal(t, want.x.bytes(), x)
		require.Equal(t, want.y.bytes(), y)
	}
	for _, d := range []*big.Int{
		new(big.Int), new(big.Int).Add(largestKey, one), bigN, new(big.Int).Add(bigN, one),
		new(big.Int).Sub(power2(256), one),
	} {
		k, ok := NewPrivateKey(bytesFromBig(d))
		require.False(t, ok, "%x", d)
		require.Nil(t, k)
	}
}

func TestPrivateKeyFormat(t *testing.T) {
	d := fromHex(t, "deadbeefcafebabe0123456789abcdef13579bdf02468ace1122334455667788")
	k := privateKey(t, d)
	var b bytes.Buffer
	for _, verb := range strings.Fields("%v %+v %#v %s %q %x %X %d %o %b %c %U %e %t %20v") {
		fmt.Fprintf(&b, verb+"\n", k)
		fmt.Fprintf(&b, verb+"\n", *k)
		fmt.Fprintf(&b, verb+"\n", []any{k, *k, struct{ K *PrivateKey }{k}})
	}
	asJSON, err := json.Marshal([]any{k, *k})
	require.NoError(t, err)
	b.Write(asJSON)
	out := strings.ToLower(b.String())
	limb := k.d[0]
	for _, secret := range []string{
		"deadbeef", "222", "173 190", "[222",
		fmt.Sprint(limb), fmt.Sprintf("%x", limb), fmt.Sprintf("%o", limb), fmt.Sprintf("%b", limb),
	} {
		require.NotContains(t, out, secret)
	}
	require.Contains(t, out, "privatekey{...}")
}

// checkSign compares Sign with the scheme written out: the nonce and the signature.
func checkSign(t *testing.T, d, digest *big.Int, extra *[32]byte) {
	t.Helper()
	k := privateKey(t, d)
	var extraBytes []byte
	if extra != nil {
		extraBytes = extra[:]
	}
	wantR, wantS, ok := referenceSign(d, referenceNonce(d, digest, extraBytes, 0), digest)
	require.True(t, ok)
	r, s, ok := k.Sign(bytesFromBig(digest), extra)
	require.True(t, ok)
	if bigFromBytes(r).Cmp(wantR) != 0 || bigFromBytes(s).Cmp(wantS) != 0 {
		t.Fatalf("key %x, digest %x, extra %x:\n got %x %x\nwant %x %x", d, digest, extraBytes, r, s, wantR, wantS)
	}
	require.True(t, k.PublicKey().Verify(bytesFromBig(digest), &r, &s))
}

func TestSign(t *testing.T) {
	random := newRand(t)
	ones := new(big.Int).Sub(power2(256), one)
	digests := []*big.Int{
		new(big.Int), one, new(big.Int).Sub(bigN, one), bigN, new(big.Int).Add(bigN, one), bigP, ones,
	}
	keys := []*big.Int{
		one, big.NewInt(2), largestKey, new(big.Int).Rsh(bigN, 1),
		new(big.Int).Add(new(big.Int).Rsh(bigN, 1), one), new(big.Int).Sub(power2(256), bigN),
	}
	for i, d := range keys {
		for j, digest := range digests {
			if testrun.Brief() && (i+j)%4 != 0 {
				continue
			}
			checkSign(t, d, digest, nil)
			checkSign(t, d, digest, &[32]byte{})
			checkSign(t, d, digest, bytesFromBig(ones))
		}
	}
	for range pointCases() {
		d := randomMultiplier(random)
		if d.Sign() == 0 || d.Cmp(largestKey) > 0 {
			continue
		}
		checkSign(t, d, random256(random), nil)
		checkSign(t, d, random256(random), bytesFromBig(random256(random)))
	}
}

func TestSignBatch(t *testing.T) {
	random := newRand(t)
	k := privateKey(t, new(big.Int).Rsh(bigP, 3))
	for _, n := range []int{0, 1, 2, batchSize - 1, batchSize, batchSize + 1, 3*batchSize + 5} {
		digests, extras := make([][32]byte, n), make([][32]byte, n)
		for i := range n {
			digests[i] = *bytesFromBig(random256(random))
			extras[i] = *bytesFromBig(random256(random))
		}
		plain, ok := k.SignBatch(digests, nil)
		require.True(t, ok)
		hedged, ok := k.SignBatch(digests, extras)
		require.True(t, ok)
		require.Len(t, plain, n)
		require.Len(t, hedged, n)
		for i := range n {
			r, s, ok := k.Sign(&digests[i], nil)
			require.True(t, ok)
			require.Equal(t, append(r[:], s[:]...), plain[i][:])
			r, s, ok = k.Sign(&digests[i], &extras[i])
			require.True(t, ok)
			require.Equal(t, append(r[:], s[:]...), hedged[i][:])
		}
	}

	digests := make([][32]byte, 2)
	for _, extras := range [][][32]byte{{}, digests[:1], make([][32]byte, 3)} {
		signatures, ok := k.SignBatch(digests, extras)
		require.False(t, ok)
		require.Nil(t, signatures)
	}
}

// TestSign_digestAboveN: the nonce is derived from the digest modulo n, and so two
// digests that differ by n have one signature.
func TestSign_digestAboveN(t *testing.T) {
	k := privateKey(t, big.NewInt(42))
	r0, s0, ok0 := k.Sign(bytesFromBig(one), nil)
	r1, s1, ok1 := k.Sign(bytesFromBig(new(big.Int).Add(bigN, one)), nil)
	require.True(t, ok0 && ok1)
	require.Equal(t, r0, r1)
	require.Equal(t, s0, s1)
}

// withNonce returns a work of the digest with the nonce, not begun.
func withNonce(t *testing.T, k, digest *big.Int) []work {
	ws := []work{{}}
	ws[0].init(bytesFromBig(digest), nil)
	ws[0].hashed, ws[0].secondK = ws[0].digest.bytes(), *bytesFromBig(k)
	require.True(t, ws[0].setNonceBytes(&ws[0].secondK))
	return ws
}

// TestSignWithNonces takes the nonces that no digest leads to.
func TestSignWithNonces(t *testing.T) {
	random := newRand(t)
	half := new(big.Int).Rsh(bigN, 1)
	nonces := []*big.Int{
		one, big.NewInt(2), new(big.Int).Sub(bigN, one), new(big.Int).Sub(bigN, big.NewInt(2)),
		half, new(big.Int).Add(half, one),
		new(big.Int).Sub(power2(256), bigN), new(big.Int).Sub(bigN, new(big.Int).Sub(power2(256), bigN)),
		power2(255),
	}
	for range pointCases() {
		k := randomMultiplier(random)
		if k.Sign() != 0 {
			nonces = append(nonces, k)
		}
	}
	for _, k := range nonces {
		d, digest := randomMultiplier(random), random256(random)
		if d.Sign() == 0 || d.Cmp(largestKey) > 0 {
			continue
		}
		wantR, wantS, ok := referenceSign(d, k, digest)
		require.True(t, ok)
		w := withNonce(t, k, digest)
		key := privateKey(t, d)
		key.signWithNonces(w, key.kernel())
		require.Zero(t, w[0].isNone())
		require.Zero(t, w[0].check(key))
		w[0].normalize()
		requireScalar(t, "r of nonce ", wantR, w[0].r, k, d, digest)
		requireScalar(t, "s of nonce ", wantS, w[0].s, k, d, digest)
	}
}

// checkRetry requires that a signature with the nonce k is none, and that the next nonce is
// taken then, alone and in a batch.
func checkRetry(t *testing.T, d, k, digest *big.Int) {
	t.Helper()
	key, extra := privateKey(t, d), bytesFromBig(big.NewInt(99))
	ws := append(withNonce(t, big.NewInt(3), one), withNonce(t, k, digest)[0])
	ws[1].extra, ws[1].hedged = *extra, true
	key.signWithNonces(ws, key.kernel())
	require.Zero(t, ws[0].isNone())
	require.NotZero(t, ws[1].isNone())
	require.NotZero(t, ws[1].check(key), "it solves the equation")
	r0, s0 := ws[0].r, ws[0].s

	w := workspaces.Get().(*workspace)
	key.retry(ws, w, key.kernel())
	require.Equal(t, r0, ws[0].r)
	require.Equal(t, s0, ws[0].s)
	r, s, ok := referenceSign(d, referenceNonce(d, digest, extra[:], 1), digest)
	require.True(t, ok)
	require.Zero(t, ws[1].check(key))
	ws[1].normalize()
	requireScalar(t, "r", r, ws[1].r)
	requireScalar(t, "s", s, ws[1].s)
}

// TestSign_zeroS: a nonce with s = 0 is given up for the next one.
func TestSign_zeroS(t *testing.T) {
	d, k := big.NewInt(1234567), big.NewInt(7654321)
	checkRetry(t, d, k, digestOfZeroS(d, k))
}

// TestSetNonceBytes: values out of [1, n-1] are no nonces.
func TestSetNonceBytes(t *testing.T) {
	var w work
	for _, value := range []*big.Int{new(big.Int), bigN, new(big.Int).Sub(power2(256), one)} {
		require.False(t, w.setNonceBytes(bytesFromBig(value)), "%x", value)
	}
	for _, value := range []*big.Int{one, new(big.Int).Sub(bigN, one)} {
		require.True(t, w.setNonceBytes(bytesFromBig(value)), "%x", value)
		requireScalar(t, "nonce", value, w.k)
	}
}

// TestSign_wipes: nothing of a signature is left in the memory that the next one uses.
func TestSign_wipes(t *testing.T) {
	k := privateKey(t, largestKey)
	for _, extra := range []*[32]byte{nil, bytesFromBig(bigP)} {
		w := workspaces.New().(*workspace)
		w.one[0].init(bytesFromBig(one), extra)
		w.one[0].setNonce(k, w, 1)
		// A generator that was wiped has no state to go on from.
		require.Panics(t, func() { w.plain.Next() })
		require.Panics(t, func() { w.hedged.Next() })
	}
	_, _, ok := k.Sign(bytesFromBig(one), nil)
	require.True(t, ok)
	require.Zero(t, workspaces.Get().(*workspace).one)

	ws, signatures := make([]work, 7), make([][64]byte, 7)
	for _, extras := range [][][32]byte{nil, make([][32]byte, 7)} {
		w := workspaces.New().(*workspace)
		require.True(t, k.signShare(signatures, make([][32]byte, 7), extras, ws, w))
		require.Zero(t, [7]work(ws))
		require.NotZero(t, signatures[6])
	}
}

func TestPrivateKey_concurrent(t *testing.T) {
	k := privateKey(t, big.NewInt(99))
	digest := bytesFromBig(big.NewInt(123))
	wantR, wantS, _ := k.Sign(digest, nil)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				if r, s, ok := k.Sign(digest, nil); !ok || r != wantR || s != wantS {
					t.Error("the signature changed")
				}
			}
		})
	}
	wg.Wait()
}
