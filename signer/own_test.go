// SPDX-License-Identifier: Apache-2.0

package signer

import (
	"crypto/ecdsa"
	"testing"

	decred "github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/emmansun/gmsm/sm2"
	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/testkeys"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/stretchr/testify/require"
)

// TestAnotherPublicKey: a key of which our own arithmetic computes another public key, as damaged
// memory makes one, signs nothing.
func TestAnotherPublicKey(t *testing.T) {
	keys := map[keyspec.KeySpec]any{}
	for _, spec := range []keyspec.KeySpec{keyspec.ECP256, keyspec.ECSM2, keyspec.ECP256K} {
		key, err := testkeys.Key(spec)
		require.NoError(t, err)
		keys[spec] = key
	}
	p256 := *keys[keyspec.ECP256].(*ecdsa.PrivateKey)
	require.NotNil(t, ownP256(&p256))
	p256.X = p256.Y
	require.Nil(t, ownP256(&p256))
	gm := new(sm2.PrivateKey)
	gm.PrivateKey = keys[keyspec.ECSM2].(*sm2.PrivateKey).PrivateKey
	require.NotNil(t, ownSM2(gm))
	gm.Y = gm.X
	require.Nil(t, ownSM2(gm))
	require.NotNil(t, ownP256K(keys[keyspec.ECP256K]))

	for name, sign := range map[string]signFuncs{
		"EC_P256": signOwnP256(nil, true), "EC_SM2": signOwnSM2(nil, true), "EC_P256K": signOwnP256K(nil, true),
	} {
		sig, err := sign.one(make([]byte, 32))
		require.Nil(t, sig, name)
		require.ErrorIs(t, err, errors.Internal, name)
		require.ErrorContains(t, err, "another one", name)
		require.Nil(t, sign.batch, name)
	}
}

// TestDecredPublic: the public key is that of decred's own method, at the edges too.
func TestDecredPublic(t *testing.T) {
	key, err := testkeys.Key(keyspec.ECP256K)
	require.NoError(t, err)
	one := new(decred.ModNScalar).SetInt(1)
	last := new(decred.ModNScalar).NegateVal(one)
	for _, k := range []*decred.ModNScalar{one, new(decred.ModNScalar).SetInt(2), last, &key.(*decred.PrivateKey).Key} {
		require.True(t, decredPublic(k).IsEqual(decred.NewPrivateKey(k).PubKey()), "%v", k)
	}
}
