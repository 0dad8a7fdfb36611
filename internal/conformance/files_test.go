// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"encoding/hex"
	"maps"
	"testing"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/stretchr/testify/require"
)

// files is what files of keys a peer reads and writes.
type files struct {
	specs     []keyspec.KeySpec
	encrypted bool // PKCS #8 under a password too
	// shortScalars: it writes a scalar without its leading zeros, against RFC
	// 5915, section 3. We refuse that and say so.
	shortScalars bool
}

const password = "correct horse"

// exchange hands a peer the files of our keys and reads the files of its.
func (f files) exchange(t *testing.T, spec keyspec.KeySpec, ask func(*testing.T, []question)) {
	var questions []question
	for i, key := range keysOf(t, spec) {
		about := func(op string, more request) request {
			r := request{"op": op, "spec": string(spec), "password": password}
			maps.Copy(r, key.forms)
			maps.Copy(r, more)
			return r
		}
		isOurSPKI := func(t *testing.T, a answer) { require.Equal(t, answer{OK: key.forms["spki"]}, a) }
		isOurKey := func(t *testing.T, a answer) { f.requireKey(t, a, nil, spec, key) }
		questions = append(questions,
			question{about("public", nil), isOurSPKI}, // of our PKCS #8
			question{about("rewritePublic", nil), isOurSPKI},
			question{about("rewritePrivate", nil), isOurKey},
		)
		if !f.encrypted || i > 0 {
			continue
		}
		encrypted, err := keyspec.MarshalEncryptedPrivateKey(key.private, []byte(password))
		require.NoError(t, err)
		questions = append(questions,
			question{about("decrypt", request{"encrypted": hex.EncodeToString(unPEM(t, encrypted))}), isOurKey},
			question{about("encrypt", nil), func(t *testing.T, a answer) {
				f.requireKey(t, a, []byte(password), spec, key)
			}},
		)
	}
	questions = append(questions, question{request{"op": "generate", "spec": string(spec)}, func(t *testing.T, a answer) {
		f.requireKey(t, a, nil, spec, testKey{})
	}})
	ask(t, questions)
}

// requireKey asserts that an answer is a PKCS #8 of this key, or of any if the
// key has no name.
func (f files) requireKey(t *testing.T, a answer, password []byte, spec keyspec.KeySpec, key testKey) {
	t.Helper()
	require.Empty(t, a.Error)
	der := unhex(t, a.OK)
	private, err := keyspec.ParsePrivateKey(der, password)
	if f.shortScalars && curveOf[spec] != "" && password == nil && len(scalarIn(t, der)) < 32 {
		requireRefusal(t, err, errors.InvalidParameter, "Key", row{})
		require.ErrorContains(t, err, "not the 32 of RFC 5915")
		return
	}
	require.NoError(t, err)
	got, err := keyspec.Of(private)
	require.NoError(t, err)
	require.Equal(t, spec, got)
	forms := newTestKey(t, "read", private).forms
	if key.name != "" {
		require.Equal(t, key.forms, forms)
	}
	if password != nil {
		_, err := keyspec.ParsePrivateKey(der, []byte("another"))
		requireRefusal(t, err, errors.InvalidParameter, "Password", row{})
	}
}

// TestBotanSM2Files: Botan 2 marks an SM2 key with the OID of the signature
// algorithm, 1.2.156.10197.1.301.1, as the type of the key, which OpenSSL and
// Bouncy Castle do not read either. We refuse it and say so.
func TestBotanSM2Files(t *testing.T) {
	t.Parallel()
	var botan peer
	for _, p := range peers {
		if p.name == "Botan" {
			botan = p
		}
	}
	key := keysOf(t, keyspec.ECSM2)[0]
	r := request{"op": "rewritePublic", "spec": "EC_SM2"}
	maps.Copy(r, key.forms)
	start(t, botan.start).ask(t, []question{
		{request{"op": "generate", "spec": "EC_SM2"}, func(t *testing.T, a answer) {
			require.Empty(t, a.Error)
			_, err := keyspec.ParsePrivateKey(unhex(t, a.OK), nil)
			requireRefusal(t, err, errors.InvalidParameter, "Key", row{})
			require.ErrorContains(t, err, "1.2.156.10197.1.301.1")
		}},
		{r, func(t *testing.T, a answer) {
			require.Empty(t, a.Error)
			_, err := keyspec.ParsePublicKey(unhex(t, a.OK))
			requireRefusal(t, err, errors.InvalidParameter, "Key", row{})
			require.ErrorContains(t, err, "1.2.156.10197.1.301.1")
		}},
	})
}
