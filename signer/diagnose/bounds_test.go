// SPDX-License-Identifier: Apache-2.0

package diagnose

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"testing"

	"github.com/emmansun/gmsm/sm2"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/stretchr/testify/require"
)

// sm2Inquiry is one about a signature that nothing explains, with n keys to try.
func sm2Inquiry(t *testing.T, n int, msg []byte) *inquiry {
	t.Helper()
	var keys []crypto.PublicKey
	for range n + 1 {
		key, err := sm2.GenerateKey(rand.Reader)
		require.NoError(t, err)
		keys = append(keys, key.Public().(*ecdsa.PublicKey))
	}
	sig, err := signer.ToDER(bytes.Repeat([]byte{7}, 64))
	require.NoError(t, err)
	q, err := newInquiry(keys[0], keyspec.SM2DSA, msg, sig, &Options{TryKeys: keys[1:]})
	require.NoError(t, err)
	return q
}

func (q *inquiry) digestsMade() int {
	total := len(q.own.readings.made)
	for _, s := range q.others {
		total += len(s.readings.made)
	}
	return total
}

// Each given SM2 key costs some 50 digests, however many there are. The counts vary
// with the keys: where base64 text has neither + nor /, both alphabets are one.
func TestSignature_linearInKeys(t *testing.T) {
	t.Parallel()
	digests := map[int]int{}
	for _, n := range []int{0, 4, 8} {
		q := sm2Inquiry(t, n, []byte("message"))
		require.Nil(t, q.explanation())
		require.Positive(t, q.left)
		digests[n] = q.digestsMade()
	}
	require.LessOrEqual(t, digests[0], 70+350, "as Signature says")
	require.InDelta(t, 4*50, digests[4]-digests[0], 50)
	require.InDelta(t, 4*50, digests[8]-digests[4], 50)
}

// Sixteen keys are within the bound.
func TestSignature_sixteenKeys(t *testing.T) {
	t.Parallel()
	q := sm2Inquiry(t, 16, []byte("message"))
	require.Nil(t, q.explanation())
	require.NotContains(t, q.verdict().sentence, "Not all was tried")
}

// No digest is made that will not be verified, but the verifier's own, which was.
func TestSignature_digestsAsNeeded(t *testing.T) {
	t.Parallel()
	for _, left := range []int{0, 1, 10, 100} {
		q := sm2Inquiry(t, 3, []byte("message"))
		q.left = left
		require.Nil(t, q.explanation())
		require.Zero(t, q.left)
		require.LessOrEqual(t, q.digestsMade(), min(left, 1)+left)
	}
}

// What is hashed is bounded too; the single causes are tried all the same.
func TestSignature_hashingBounded(t *testing.T) {
	t.Parallel()
	msg := bytes.Repeat([]byte("0123456 lines.\n\n"), 1<<16)
	q := sm2Inquiry(t, 8, msg)
	require.Nil(t, q.explanation())
	require.Greater(t, q.left, 0)
	require.Less(t, int(q.hashed), maxHashed+3*len(msg))
	require.Contains(t, q.verdict().sentence, "stopped after hashing 64 MiB")

	q = sm2Inquiry(t, 0, msg)
	q.hashed = maxHashed
	require.Nil(t, q.explanation())
	for _, r := range q.own.readings.made {
		require.LessOrEqual(t, len(r.causes), 1)
	}
	require.Greater(t, len(q.own.readings.made), 40)
}
