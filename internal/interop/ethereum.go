// SPDX-License-Identifier: Apache-2.0

package interop

import (
	"context"

	"github.com/ethereum/go-ethereum/accounts"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
)

// address is the account of a key.
func address(s signer.Signer) (common.Address, error) {
	pub, err := keyspec.ECDSA(s.Public())
	if err != nil {
		return common.Address{}, err
	}
	return crypto.PubkeyToAddress(*pub), nil
}

// signHash signs a Keccak-256 and returns r‖s‖v, with v 0 or 1.
func signHash(ctx context.Context, s signer.Signer, hash []byte) ([]byte, error) {
	der, err := s.SignDigest(ctx, hash)
	if err != nil {
		return nil, err
	}
	return signer.Recoverable(s.Public(), hash, der)
}

// signTransaction signs a transaction of any type; rules is types.LatestSignerForChainID.
func signTransaction(
	ctx context.Context, s signer.Signer, tx *types.Transaction, rules types.Signer,
) (*types.Transaction, error) {
	rsv, err := signHash(ctx, s, rules.Hash(tx).Bytes())
	if err != nil {
		return nil, err
	}
	return tx.WithSignature(rules, rsv)
}

// personalSign signs a text as wallets do (EIP-191); its v is 27 or 28.
func personalSign(ctx context.Context, s signer.Signer, text []byte) ([]byte, error) {
	rsv, err := signHash(ctx, s, accounts.TextHash(text))
	if err != nil {
		return nil, err
	}
	rsv[64] += 27
	return rsv, nil
}
