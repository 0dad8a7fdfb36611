// SPDX-License-Identifier: Apache-2.0

package keyspec_test

import (
	"bytes"
	"testing"

	"github.com/emmansun/gmsm/pkcs"
	"github.com/emmansun/gmsm/pkcs8"
	"github.com/emmansun/gmsm/sm2"
	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/keyspec"
)

// PBKDF2 with HMAC-SM3 under both of its object identifiers. The first is gmsm's, the
// second that of OpenSSL 3.2 and later and of Tongsuo.
func TestReadsBothHMACSM3(t *testing.T) {
	key := testKey(t, keyspec.ECSM2).(*sm2.PrivateKey)
	file, err := pkcs8.MarshalPrivateKey(key, password,
		pkcs.NewPBESEncrypter(pkcs.SM4CBC, pkcs.NewPBKDF2Opts(pkcs.SM3, 16, 1000)))
	require.NoError(t, err)
	got, err := keyspec.ParsePrivateKey(file, password)
	require.NoError(t, err)
	sameKey(t, key, got)

	nodes, ok := parseDER(file)
	require.True(t, ok)
	theirs := oid(t, 1, 2, 156, 10197, 1, 401, 2)
	renamed := 0
	nodes[0].walk(func(n *node) {
		if n.tag == 6 && bytes.Equal(n.body, theirs[2:]) {
			n.body = oid(t, 1, 2, 156, 10197, 1, 401, 3, 1)[2:]
			renamed++
		}
	})
	require.Equal(t, 1, renamed)
	other := nodes[0].write(der1)
	got, err = keyspec.ParsePrivateKey(other, password)
	require.NoError(t, err)
	sameKey(t, key, got)
	_, err = keyspec.ParsePrivateKey(other, []byte("wrong"))
	refused(t, err, "Password", "the password does not open the key")
	_, err = keyspec.ParsePrivateKey(other, nil)
	refused(t, err, "Password", "the key is encrypted and there is no password")
}

// A file with the second identifier that Node.js 24, with OpenSSL 3.5, opens.
func TestReadsHMACSM3OfOpenSSL(t *testing.T) {
	got, err := keyspec.ParsePrivateKey(read(t, "constructed_EC_SM2_TESTING_hmacsm3.pem"), password)
	require.NoError(t, err)
	sameKey(t, testKey(t, keyspec.ECSM2), got)
}
