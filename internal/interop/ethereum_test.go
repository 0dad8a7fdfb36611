// SPDX-License-Identifier: Apache-2.0

package interop

import (
	"bytes"
	"crypto/sha256"
	"math/big"
	"testing"

	"github.com/btcsuite/btcd/btcec/v2"
	btc "github.com/btcsuite/btcd/btcec/v2/ecdsa"
	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/ethereum/go-ethereum/accounts"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/signer/signertest"
	"github.com/stretchr/testify/require"
)

// The address that go-ethereum computes from the private key.
func account(t *testing.T) common.Address {
	t.Helper()
	scalar := signertest.Key(keyspec.ECP256K).(*secp256k1.PrivateKey).Serialize()
	return crypto.PubkeyToAddress(must(crypto.ToECDSA(scalar))(t).PublicKey)
}

func TestEthereumAddress(t *testing.T) {
	t.Parallel()
	require.Equal(t, account(t), must(address(p256k))(t))
	_, err := address(pss)
	require.ErrorIs(t, err, errors.InvalidParameter)
}

// TestEthereumTransactions has go-ethereum recover the sender of both kinds, often enough
// for both values of v, and again after the network's encoding.
func TestEthereumTransactions(t *testing.T) {
	t.Parallel()
	rules := types.LatestSignerForChainID(big.NewInt(1))
	to := common.HexToAddress("0x00000000000000000000000000000000000000aa")
	for nonce := range uint64(16) {
		for _, tx := range []*types.Transaction{
			types.NewTx(&types.LegacyTx{Nonce: nonce, To: &to, Value: big.NewInt(1), Gas: 21000, GasPrice: big.NewInt(1)}),
			types.NewTx(&types.DynamicFeeTx{ChainID: big.NewInt(1), Nonce: nonce, To: &to, Value: big.NewInt(1), Gas: 21000,
				GasTipCap: big.NewInt(1), GasFeeCap: big.NewInt(2)}),
		} {
			signed := must(signTransaction(t.Context(), p256k, tx, rules))(t)
			var received types.Transaction
			require.NoError(t, received.UnmarshalBinary(must(signed.MarshalBinary())(t)))
			require.Equal(t, account(t), must(types.Sender(rules, &received))(t))
			require.Equal(t, rules.Hash(tx), rules.Hash(&received))
		}
	}
}

func TestPersonalSign(t *testing.T) {
	t.Parallel()
	seen := map[byte]int{}
	for i := range byte(32) {
		text := append([]byte("I agree"), i)
		sig := must(personalSign(t.Context(), p256k, text))(t)
		seen[sig[64]]++
		require.Contains(t, []byte{27, 28}, sig[64])
		rsv := append(bytes.Clone(sig[:64]), sig[64]-27)
		pub := must(crypto.SigToPub(accounts.TextHash(text), rsv))(t)
		require.Equal(t, account(t), crypto.PubkeyToAddress(*pub))
		// VerifySignature of go-ethereum refuses a high s.
		require.True(t, crypto.VerifySignature(crypto.FromECDSAPub(pub), accounts.TextHash(text), sig[:64]))
	}
	require.Len(t, seen, 2)
}

// SignMessage hashes with SHA-256: its signature is no Ethereum signature of the text.
func TestEthereumWithTheWrongHash(t *testing.T) {
	t.Parallel()
	der := must(signer.SignMessage(t.Context(), p256k, bytes.NewReader(message)))(t)
	_, err := signer.Recoverable(p256k.Public(), crypto.Keccak256(message), der)
	require.ErrorIs(t, err, errors.InvalidSignature)
}

// TestBitcoin verifies DER and recovers the compact form with btcec.
func TestBitcoin(t *testing.T) {
	t.Parallel()
	scalar := signertest.Key(keyspec.ECP256K).(*secp256k1.PrivateKey).Serialize()
	_, pub := btcec.PrivKeyFromBytes(scalar)
	for i := range byte(16) {
		once := sha256.Sum256(append(message, i))
		hash := sha256.Sum256(once[:]) // Bitcoin's double SHA-256
		der := must(p256k.SignDigest(t.Context(), hash[:]))(t)
		require.True(t, must(btc.ParseDERSignature(der))(t).Verify(hash[:], pub))

		sig := must(compact(t.Context(), p256k, hash[:]))(t)
		recovered, compressed, err := btc.RecoverCompact(sig, hash[:])
		require.NoError(t, err)
		require.True(t, compressed)
		require.True(t, pub.IsEqual(recovered))
	}
	_, err := compact(t.Context(), p256, make([]byte, 32))
	require.ErrorIs(t, err, errors.InvalidParameter)
}
