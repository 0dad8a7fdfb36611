package keyspec_test

import (
	"crypto/rand"
	"crypto/rsa"
	"math/big"
	"testing"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/testkeys"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/stretchr/testify/require"
)

// A factor that is not prime passes every check of products and inverses; such a
// key is refused when it is read, because it makes no signature.
func TestParsePrivateKey_compositeFactor(t *testing.T) {
	good, err := testkeys.Key(keyspec.RSA2048)
	require.NoError(t, err)
	p, one := good.(*rsa.PrivateKey).Primes[0], big.NewInt(1)
	key := &rsa.PrivateKey{PublicKey: rsa.PublicKey{E: 65537}}
	for key.D == nil || key.N.BitLen() != 2048 {
		a, err := rand.Prime(rand.Reader, 512)
		require.NoError(t, err)
		b, err := rand.Prime(rand.Reader, 512)
		require.NoError(t, err)
		q := new(big.Int).Mul(a, b)
		order := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
		key.N, key.Primes = new(big.Int).Mul(p, q), []*big.Int{p, q}
		key.D = new(big.Int).ModInverse(big.NewInt(65537), order)
	}
	text, err := keyspec.MarshalPrivateKey(key)
	require.NoError(t, err)
	got, err := keyspec.ParsePrivateKey(text, nil)
	require.ErrorIs(t, err, errors.InvalidParameter)
	require.ErrorContains(t, err, "makes no signature: a factor is not prime")
	require.Nil(t, got)
}
