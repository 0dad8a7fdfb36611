// SPDX-License-Identifier: Apache-2.0

package keyring_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/testkeys"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

// Keys in memory are checked as files are.
func TestImportRefusesUnsoundFactors(t *testing.T) {
	unsound := testkeys.UnsoundRSA()
	require.NotEmpty(t, unsound)
	for _, key := range unsound {
		k := keyring.New()
		_, err := k.Import(t.Context(), key)
		requireError(t, err, errors.InvalidParameter, "Key")
		_, err = k.ImportSigner(t.Context(), key)
		requireError(t, err, errors.InvalidParameter, "Key")
		_, err = keyring.NewVersion("key", "version", key)
		requireError(t, err, errors.InvalidParameter, "Key")
		list, err := k.List(t.Context())
		require.NoError(t, err)
		require.Empty(t, list)
	}
}
