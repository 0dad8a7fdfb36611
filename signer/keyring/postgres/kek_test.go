// SPDX-License-Identifier: Apache-2.0

//go:build unix

package postgres

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emmansun/gmsm/sm2"
	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/kmsigner/kmsigner/signer/signertest"
)

var unixEpoch = time.Unix(0, 0)

func second[T any](_ T, err error) error { return err }

// A namedKEK stands for one in an HSM.
type namedKEK struct {
	KEK
	id             string
	err            error
	wraps, unwraps atomic.Int64
}

func (k *namedKEK) ID() string { return k.id }

func (k *namedKEK) Wrap(ctx context.Context, dataKey, additional []byte) ([]byte, error) {
	k.wraps.Add(1)
	if k.err != nil {
		return nil, k.err
	}
	return k.KEK.Wrap(ctx, dataKey, additional)
}

func (k *namedKEK) Unwrap(ctx context.Context, wrapped, additional []byte) ([]byte, error) {
	k.unwraps.Add(1)
	if k.err != nil {
		return nil, k.err
	}
	return k.KEK.Unwrap(ctx, wrapped, additional)
}

// testKEKs: the right key opens, another one is refused by name, one that is not
// reachable is Unavailable.
func testKEKs(t *testing.T, s server) {
	d := migrated(t, s)
	k := d.open(t)
	v, err := k.Create(t.Context(), keyspec.ECP256)
	require.NoError(t, err)
	_, err = d.open(t).Lookup(t.Context(), v.KeyID, "")
	require.NoError(t, err)
	_, err = Open(t.Context(), d.pool(t), testKEK(t, 2))
	require.ErrorIs(t, err, errors.InvalidParameter)
	require.ErrorContains(t, err, testKEK(t, 1).ID())
	require.ErrorContains(t, err, testKEK(t, 2).ID())

	password := func(text string) KEK { return first(PasswordKEK([]byte(text))) }
	d = migrated(t, s)
	v, err = d.openWith(t, password("right")).Create(t.Context(), keyspec.ECP256)
	require.NoError(t, err)
	_, err = d.openWith(t, password("right")).Lookup(t.Context(), v.KeyID, "")
	require.NoError(t, err)
	// Another password is another key; without the iterations, which take long.
	_, err = Open(t.Context(), d.pool(t), &passwordKEK{derive: func(salt []byte, n int) (KEK, error) {
		require.Equal(t, iterations, n)
		return password("right\n").(*passwordKEK).derive(salt, 1)
	}})
	require.ErrorIs(t, err, errors.InvalidParameter)
	require.ErrorContains(t, err, `wrapped by the key-encryption key "password:`)
	_, err = password("x").Wrap(t.Context(), nil, nil)
	require.ErrorIs(t, err, errors.InvalidParameter)
	_, err = password("x").Unwrap(t.Context(), nil, nil)
	require.ErrorIs(t, err, errors.InvalidParameter)

	d = migrated(t, s)
	remote := &namedKEK{KEK: testKEK(t, 3), id: "arn:of:a/key", err: errors.New("no route")}
	_, err = Open(t.Context(), d.pool(t), remote)
	require.ErrorIs(t, err, errors.Unavailable)
	require.ErrorIs(t, err, remote.err)
	require.ErrorContains(t, err, "arn:of:a/key")
	remote.err = nil
	for range 3 {
		k := d.openWith(t, remote)
		for range 3 {
			v, err := k.Create(t.Context(), keyspec.ECP256)
			require.NoError(t, err)
			_, err = k.Lookup(t.Context(), v.KeyID, "")
			require.NoError(t, err)
		}
	}
	require.Equal(t, int64(1), remote.wraps.Load()-1, "once, and once in vain")
	require.Equal(t, int64(3), remote.unwraps.Load(), "once an Open")
	remote.KEK = testKEK(t, 4)
	_, err = Open(t.Context(), d.pool(t), remote)
	require.ErrorIs(t, err, errors.Unavailable, "it may be a fault of the HSM")
	remote.KEK = shortKEK{}
	_, err = Open(t.Context(), d.pool(t), remote)
	require.ErrorIs(t, err, errors.Internal)
	for _, format := range []string{"%v", "%+v", "%#v", "%x"} {
		key := bytes.Repeat([]byte{0xab, 0xcd}, 16)
		for _, kek := range []KEK{first(NewKEK(key)), first(PasswordKEK(key))} {
			text := fmt.Sprintf(format, kek)
			require.NotContains(t, text, "abcdabcd")
			require.NotContains(t, text, string(key))
			require.NotContains(t, text, "171 205")
		}
	}
}

type shortKEK struct{ KEK }

func (shortKEK) Unwrap(context.Context, []byte, []byte) ([]byte, error) { return []byte{1, 2, 3}, nil }

// testRewrap changes the KEK of two replicas that work meanwhile.
func testRewrap(t *testing.T, s server) {
	d := migrated(t, s)
	before, after := testKEK(t, 1), testKEK(t, 2)
	k := d.openWith(t, before)
	fill(t, d, k, 0, 1500)
	n, err := k.Rewrap(t.Context())
	require.NoError(t, err)
	require.Zero(t, n, "nothing is under a former key")

	a, b := d.openWith(t, after, WithFormerKEK(before)), d.openWith(t, after, WithFormerKEK(before))
	_, err = b.Lookup(t.Context(), "key-7", "")
	require.NoError(t, err)
	stop, cancel := context.WithCancel(t.Context())
	var all, rewraps sync.WaitGroup
	changes := make([]int, 2)
	for i, k := range []*Keyring{a, b} {
		all.Go(func() {
			for n := 0; stop.Err() == nil; n++ {
				id := fmt.Sprint("key-", n*7%1500)
				if err := k.SetDescription(t.Context(), id, fmt.Sprint(i, n)); err != nil {
					t.Error(err)
				}
				if _, err := k.ImportAs(t.Context(), id, keyring.NewID(), signertest.Key(keyspec.ECP256)); err != nil {
					t.Error(err)
				}
				if _, err := k.Lookup(t.Context(), fmt.Sprint("alias/key-", n), ""); err != nil {
					t.Error(err)
				}
				changes[i]++
			}
		})
	}
	var rows atomic.Int64
	for _, k := range []*Keyring{a, b} { // both at once
		rewraps.Go(func() {
			n, err := k.Rewrap(t.Context())
			rows.Add(int64(n))
			if err != nil {
				t.Error(err)
			}
		})
	}
	rewraps.Wait()
	cancel()
	all.Wait()
	t.Logf("%d rows, beside %v changes", rows.Load(), changes)

	c := d.openWith(t, after) // the former one is not needed
	keys, total, err := c.ListPage(t.Context(), keyring.Page{})
	require.NoError(t, err)
	require.Equal(t, 1500, total)
	for _, key := range keys[:20] {
		v, err := c.Lookup(t.Context(), key.Aliases[0], "")
		require.NoError(t, err)
		_, err = v.Signer(keyspec.ECDSASHA256)
		require.NoError(t, err)
	}
	_, err = Open(t.Context(), d.pool(t), before)
	require.ErrorIs(t, err, errors.InvalidParameter)
	var left int
	require.NoError(t, c.pool.QueryRow(t.Context(), "SELECT count(*) FROM kmsigner_data_keys").Scan(&left))
	require.Equal(t, 1, left)

	// Interrupted, and with rows that are not authentic.
	last := d.openWith(t, testKEK(t, 3), WithFormerKEK(after))
	ctx, cancel := context.WithCancel(t.Context())
	go func() { // after some rows
		var n int
		for n == 0 && ctx.Err() == nil {
			c.pool.QueryRow(t.Context(), "SELECT count(*) FROM kmsigner_keys WHERE data_key IN (SELECT id FROM kmsigner_data_keys WHERE number = 3)").Scan(&n)
		}
		cancel()
	}()
	_, err = last.Rewrap(ctx)
	require.ErrorIs(t, err, context.Canceled)
	_, err = last.Lookup(t.Context(), "key-9", "")
	require.NoError(t, err)
	d.exec(t, c.pool, "UPDATE kmsigner_keys SET state = 'Disabled' WHERE key_id = 'key-700'")
	_, err = last.Rewrap(t.Context())
	require.ErrorIs(t, err, errors.Internal)
	require.ErrorContains(t, err, `"key-700"`)
	d.exec(t, c.pool, "UPDATE kmsigner_keys SET state = 'Enabled' WHERE key_id = 'key-700'")
	n, err = last.Rewrap(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, n, "all others were written")
	d.openWith(t, testKEK(t, 3))

	// A replica that lacks the new key says so.
	err = c.SetDescription(t.Context(), "key-1", "x")
	require.ErrorIs(t, err, errors.Internal)
	require.ErrorContains(t, err, testKEK(t, 3).ID())
}

// testDump: no private key is in the database in plain text.
func testDump(t *testing.T, s server) {
	d := migrated(t, s)
	k := d.open(t)
	var secrets [][]byte
	for _, spec := range keyspec.All() {
		key := signertest.Key(spec)
		v, err := k.Import(t.Context(), key)
		require.NoError(t, err)
		require.NoError(t, k.SetAlias(t.Context(), "alias/"+string(spec), v.KeyID))
		secrets = append(secrets, secretsOf(t, key)...)
	}
	require.Greater(t, len(secrets), 8)
	dump, err := exec.Command(filepath.Join(s.Bin, "pg_dump"), "--schema", d.schema(), s.DSN).CombinedOutput()
	require.NoError(t, err, string(dump))
	require.Contains(t, string(dump), "alias/RSA_2048")
	for _, secret := range secrets {
		for _, form := range []string{hex.EncodeToString(secret), base64.StdEncoding.EncodeToString(secret), string(secret)} {
			require.NotContains(t, string(bytes.ToLower(dump)), form[:len(form)/2])
		}
	}
}

// secretsOf are the numbers that a private key consists of.
func secretsOf(t *testing.T, key any) [][]byte {
	t.Helper()
	switch k := key.(type) {
	case *rsa.PrivateKey:
		return [][]byte{k.D.Bytes(), k.Primes[0].Bytes(), k.Primes[1].Bytes(), k.Precomputed.Dp.Bytes(),
			k.Precomputed.Qinv.Bytes()}
	case interface{ Serialize() []byte }: // secp256k1
		return [][]byte{k.Serialize()}
	case *ecdsa.PrivateKey:
		return [][]byte{k.D.Bytes()}
	case *sm2.PrivateKey:
		return [][]byte{k.D.Bytes()}
	}
	t.Fatalf("%T", key)
	return nil
}
