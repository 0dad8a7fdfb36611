package keyring_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

func TestEverySpecSigns(t *testing.T) {
	for _, p := range keyspec.Pairs() {
		t.Run(p.String(), func(t *testing.T) {
			k := keyring.New()
			made, err := k.Create(t.Context(), p.KeySpec)
			require.NoError(t, err)
			require.NoError(t, k.SetAlias(t.Context(), "alias/a", made.KeyID))
			for _, name := range []string{made.KeyID, "alias/a", "acs:kms:cn-hangzhou:123:key/" + made.KeyID} {
				v, err := k.Lookup(t.Context(), name, "")
				require.NoError(t, err)
				require.Equal(t, made, v)
			}
			s, err := made.Signer(p.Algorithm)
			require.NoError(t, err)
			require.Equal(t, p, keyspec.Pair{KeySpec: s.KeySpec(), Algorithm: s.Algorithm()})
			digest := make([]byte, 32)
			sig, err := s.SignDigest(t.Context(), digest)
			require.NoError(t, err)
			theirs, err := signer.NewVerifier(made.Public(), p.Algorithm)
			require.NoError(t, err)
			require.NoError(t, theirs.VerifyDigest(digest, sig))
			ours, err := made.Verifier(p.Algorithm)
			require.NoError(t, err)
			require.NoError(t, ours.VerifyDigest(digest, sig))
			digest[0]++
			require.ErrorIs(t, ours.VerifyDigest(digest, sig), errors.InvalidSignature)
		})
	}
}
