// SPDX-License-Identifier: Apache-2.0

package keyring

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/stretchr/testify/require"
)

// Of many calls at once for one alias, one gets it, and no key is left without.
func TestCreateAlias_race(t *testing.T) {
	ctx := context.Background()
	k := New()
	first, err := k.Create(ctx, keyspec.ECP256)
	require.NoError(t, err)
	for round := range 20 {
		alias := fmt.Sprintf("alias/%d", round)
		var all sync.WaitGroup
		var won atomic.Int64
		for n := range 8 {
			all.Go(func() {
				var err error
				if n%2 == 0 {
					err = k.CreateAlias(ctx, alias, first.KeyID)
				} else {
					_, err = k.CreateWith(ctx, keyspec.ECP256, Attributes{Alias: alias, Description: "made with " + alias})
				}
				if err == nil {
					won.Add(1)
				} else if !errors.Is(err, errors.AlreadyExists) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		require.EqualValues(t, 1, won.Load())
	}
	keys, err := k.List(ctx)
	require.NoError(t, err)
	for _, key := range keys[1:] {
		require.Len(t, key.Aliases, 1)
		require.Equal(t, "made with "+key.Aliases[0], key.Description)
	}
}
