// SPDX-License-Identifier: Apache-2.0

package secp256k1

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"testing"

	decred "github.com/decred/dcrd/dcrec/secp256k1/v4"
	decdsa "github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
	"github.com/kmsigner/kmsigner/internal/rfc6979"
	"github.com/kmsigner/kmsigner/internal/vectors"
	"github.com/stretchr/testify/require"
)

func privateKey(t testing.TB, d *big.Int) *PrivateKey {
	k, ok := NewPrivateKey(bytesFromBig(d))
	require.True(t, ok)
	return k
}

func bigFromBytes(b [32]byte) *big.Int { return new(big.Int).SetBytes(b[:]) }

func fromHex(t testing.TB, s string) *big.Int {
	x, ok := new(big.Int).SetString(s, 16)
	require.True(t, ok, "%q", s)
	return x
}

func TestNewPrivateKey(t *testing.T) {
	for _, d := range []*big.Int{one, big.NewInt(2), new(big.Int).Sub(bigN, one), new(big.Int).Rsh(bigN, 1)} {
		x, y := privateKey(t, d).PublicKey().Coordinates()
		want, _ := referenceMultiple(d)
		require.Equal(t, want.x.bytes(), x)
		require.Equal(t, want.y.bytes(), y)
	}
	for _, d := range []*big.Int{new(big.Int), bigN, new(big.Int).Add(bigN, one), new(big.Int).Sub(power2(256), one)} {
		k, ok := NewPrivateKey(bytesFromBig(d))
		require.False(t, ok, "%x", d)
		require.Nil(t, k)
	}
}

func TestPrivateKeyFormat(t *testing.T) {
	d := fromHex(t, "deadbeefcafebabe0123456789abcdef13579bdf02468ace1122334455667788")
	k := privateKey(t, d)
	var b bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%b", "%c", "%U", "%e", "%t", "%20v"} {
		fmt.Fprintf(&b, verb+"\n", k)
		fmt.Fprintf(&b, verb+"\n", *k)
		fmt.Fprintf(&b, verb+"\n", []any{k, *k, struct{ K *PrivateKey }{k}})
	}
	asJSON, err := json.Marshal([]any{k, *k})
	require.NoError(t, err)
	b.Write(asJSON)
	out := strings.ToLower(b.String())
	limb := k.d[0]
	for _, secret := range []string{"deadbeef", "222", "173 190", "[222", fmt.Sprint(limb), fmt.Sprintf("%x", limb), fmt.Sprintf("%o", limb), fmt.Sprintf("%b", limb)} {
		require.NotContains(t, out, secret)
	}
	require.Contains(t, out, "privatekey{...}")
}

// checkSign compares Sign with the reference: the nonce and the signature.
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
	if digest.Cmp(bigN) < 0 && extra == nil {
		key := decred.PrivKeyFromBytes(bytesFromBig(d)[:])
		sig := decdsa.Sign(key, bytesFromBig(digest)[:])
		wantR, wantS := sig.R(), sig.S()
		require.Equal(t, wantR.Bytes(), r)
		require.Equal(t, wantS.Bytes(), s)
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
		one, big.NewInt(2), new(big.Int).Sub(bigN, one), new(big.Int).Rsh(bigN, 1),
		new(big.Int).Add(new(big.Int).Rsh(bigN, 1), one), new(big.Int).Sub(power2(256), bigN),
	}
	for _, d := range keys {
		for _, digest := range digests {
			checkSign(t, d, digest, nil)
			checkSign(t, d, digest, &[32]byte{})
			checkSign(t, d, digest, bytesFromBig(ones))
		}
	}
	for range pointCases() {
		d := randomMultiplier(random)
		if d.Sign() == 0 {
			continue
		}
		checkSign(t, d, random256(random), nil)
		checkSign(t, d, random256(random), bytesFromBig(random256(random)))
	}
}

func TestSignBatch(t *testing.T) {
	random := newRand(t)
	k := privateKey(t, lambda)
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
	r0, s0, ok := k.Sign(bytesFromBig(one), nil)
	require.True(t, ok)
	r1, s1, ok := k.Sign(bytesFromBig(new(big.Int).Add(bigN, one)), nil)
	require.True(t, ok)
	require.Equal(t, r0, r1)
	require.Equal(t, s0, s1)
}

// withNonce is the signature in the making of a digest with the nonce k.
func withNonce(digest, k *big.Int) work {
	var w work
	w.init(bytesFromBig(digest), nil)
	w.k, w.secondK = scalarFromBig(k), *bytesFromBig(k)
	return w
}

// TestSignWithNonces takes the nonces that no digest leads to.
func TestSignWithNonces(t *testing.T) {
	random := newRand(t)
	half := new(big.Int).Rsh(bigN, 1)
	nonces := []*big.Int{
		one, big.NewInt(2), new(big.Int).Sub(bigN, one), new(big.Int).Sub(bigN, big.NewInt(2)),
		half, new(big.Int).Add(half, one),
		new(big.Int).Sub(power2(256), bigN), new(big.Int).Sub(bigN, new(big.Int).Sub(power2(256), bigN)),
		lambda, power2(255),
	}
	for range pointCases() {
		k := randomMultiplier(random)
		if k.Sign() != 0 {
			nonces = append(nonces, k)
		}
	}
	for _, k := range nonces {
		d, digest := randomMultiplier(random), random256(random)
		if d.Sign() == 0 {
			continue
		}
		wantR, wantS, _ := referenceSign(d, k, digest)
		w := []work{withNonce(digest, k)}
		key := privateKey(t, d)
		key.signWithNonces(w, key.kernel())
		requireScalar(t, "r of nonce ", wantR, w[0].r, k, d, digest)
		requireScalar(t, "s of nonce ", wantS, w[0].s, k, d, digest)
		require.Zero(t, w[0].faulty)
	}
}

// TestSign_retry: a nonce with s = 0 is given up for the next one.
func TestSign_retry(t *testing.T) {
	d := big.NewInt(1234567)
	key := privateKey(t, d)
	nonces := rfc6979.New(sha256.New())
	random := newRand(t)
	extra := bytesFromBig(random256(random))

	// The digest with which the nonce k gives s = 0: digest + r d = 0.
	k := big.NewInt(7654321)
	p, _ := referenceMultiple(k)
	digest := new(big.Int).Mul(bigFromLimbs(p.x), d)
	digest.Neg(digest).Mod(digest, bigN)

	w := []work{withNonce(digest, k)}
	w[0].extra, w[0].hedged = *extra, true
	key.signWithNonces(w, key.kernel())
	require.NotZero(t, w[0].s.isZero())
	key.retry(w, nonces, key.kernel())
	r, s, ok := referenceSign(d, referenceNonce(d, digest, extra[:], 1), digest)
	require.True(t, ok)
	requireScalar(t, "r", r, w[0].r)
	requireScalar(t, "s", s, w[0].s)
}

// TestSign_zeros: where memory has become zeros, so that r or s is 0 with every nonce, Sign
// returns, and withholds.
func TestSign_zeros(t *testing.T) {
	withoutLanes(t)
	requireNothing := func(key *PrivateKey, digest *[32]byte) {
		t.Helper()
		r, s, ok := key.Sign(digest, nil)
		require.False(t, ok)
		require.Zero(t, r)
		require.Zero(t, s)
		signatures, ok := key.SignBatch([][32]byte{*digest, *digest}, nil)
		require.False(t, ok)
		require.Nil(t, signatures)
	}
	key := privateKey(t, big.NewInt(77))
	requireNothing(&PrivateKey{}, bytesFromBig(bigN)) // s = 0, also in the check

	table := comb()
	before := *table
	table.blocks, table.top, table.twiceTop = make([]combBlock, combDigits), affinePoint{}, affinePoint{}
	defer func() { *table = before }()
	requireNothing(key, bytesFromBig(one))
}

// TestSetNonce: the nonces are decred's, one after the other.
func TestSetNonce(t *testing.T) {
	random := newRand(t)
	g := rfc6979.New(sha256.New())
	for range pointCases() {
		d, digest := randomMultiplier(random), randomMultiplier(random)
		if d.Sign() == 0 {
			continue
		}
		var w work
		var extraBytes []byte
		w.init(bytesFromBig(digest), nil)
		if random.IntN(2) == 0 {
			w.extra, w.hedged = *bytesFromBig(random256(random)), true
			extraBytes = w.extra[:]
		}
		for i := range 4 {
			w.setNonce(privateKey(t, d), g, i)
			requireScalar(t, "nonce", referenceNonce(d, digest, extraBytes, uint32(i)), w.k)
			require.Equal(t, w.k.bytes(), w.secondK)
		}
	}
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
	key := privateKey(t, lambda)
	g := rfc6979.New(sha256.New())
	var w work
	w.init(bytesFromBig(one), bytesFromBig(bigP))
	w.setNonce(key, g, 1)
	require.Panics(t, func() { g.Next() }) // it has no state to go on from
	key.Sign(bytesFromBig(one), nil)
	require.Zero(t, workspaces.Get().(*workspace).one)
}

// TestRFC6979 has a few rows of the CoreBitcoin set, with low s.
func TestRFC6979(t *testing.T) {
	for _, c := range []struct{ d, message, r, s string }{
		{
			"1", "Satoshi Nakamoto",
			"934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8",
			"2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5",
		},
		{
			"fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140", "Satoshi Nakamoto",
			"fd567d121db66e382991534ada77a6bd3106f0a1098c231e47993447cd6af2d0",
			"6b39cd0eb1bc8603e159ef5c20a5c8ad685a45b06ce9bebed3f153d10d93bed5",
		},
		{
			"cca9fbcc1b41e5a95d369eaa6ddcff73b61a4efaa279cfc6567e8daa39cbaf50", "sample",
			"af340daf02cc15c8d5d08d7735dfe6b98a474ed373bdb5fbecf7571be52b3842",
			"5009fb27f37034a9b24b707b7c6b79ca23ddef9e25f7282e8a797efe53a8f124",
		},
	} {
		digest := sha256.Sum256([]byte(c.message))
		r, s, ok := privateKey(t, fromHex(t, c.d)).Sign(&digest, nil)
		require.True(t, ok)
		require.Equal(t, c.r, hex.EncodeToString(r[:]))
		require.Equal(t, c.s, hex.EncodeToString(s[:]))
	}
}

func TestRFC6979_vectors(t *testing.T) {
	var file struct {
		Tests []struct {
			D, Qx, Qy, Digest, K, R string
			S                       string `json:"s"`
			SLow                    string `json:"s_low"`
		}
	}
	vectors.ReadJSON(t, "rfc6979/secp256k1_sha256.json", &file)
	require.Len(t, file.Tests, 6)
	for _, c := range file.Tests {
		d, digest := fromHex(t, c.D), fromHex(t, c.Digest)
		k := privateKey(t, d)
		x, y := k.PublicKey().Coordinates()
		require.Zero(t, fromHex(t, c.Qx).Cmp(bigFromBytes(x)))
		require.Zero(t, fromHex(t, c.Qy).Cmp(bigFromBytes(y)))

		var w work
		w.init(bytesFromBig(digest), nil)
		w.setNonce(k, rfc6979.New(sha256.New()), 0)
		requireScalar(t, "k", fromHex(t, c.K), w.k)

		r, s, ok := k.Sign(bytesFromBig(digest), nil)
		require.True(t, ok)
		require.Zero(t, fromHex(t, c.R).Cmp(bigFromBytes(r)))
		require.Zero(t, fromHex(t, c.SLow).Cmp(bigFromBytes(s)))
		high := *bytesFromBig(fromHex(t, c.S))
		require.True(t, k.PublicKey().Verify(bytesFromBig(digest), &r, &high))
	}
}

func TestPrivateKey_concurrent(t *testing.T) {
	k := privateKey(t, big.NewInt(99))
	digest := sha256.Sum256([]byte("concurrent"))
	wantR, wantS, ok := k.Sign(&digest, nil)
	require.True(t, ok)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				if r, s, ok := k.Sign(&digest, nil); !ok || r != wantR || s != wantS {
					t.Error("the signature changed")
				}
			}
		})
	}
	wg.Wait()
}
