// SPDX-License-Identifier: Apache-2.0

package dkms

import (
	"bytes"
	"context"
	"crypto/rsa"
	"encoding/base64"
	"math/big"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/kmsigner/kmsigner/internal/kmshttp"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/stretchr/testify/require"
)

// The signature of an unknown client is checked, with a key that no signature of its
// size is too large for.
func TestDecoy(t *testing.T) {
	known := &rsa.PublicKey{N: new(big.Int).SetBit(big.NewInt(1), 2047, 1), E: 65537}
	keys := func(_ context.Context, id string) (*rsa.PublicKey, error) {
		if id == "known" {
			return known, nil
		}
		return nil, nil
	}
	d := dialect(&Service{Store: keyring.New()}, keys)
	var checkedWith []any
	inner := d.Claim
	d.Claim = func(r *kmshttp.Request, x *kmshttp.Exchange) (*kmshttp.Claim, error) {
		c, err := inner(r, x)
		require.NoError(t, err)
		parse := c.Parse
		c.Parse = func() (*kmshttp.Call, error) {
			call, err := parse()
			require.NoError(t, err)
			verify := call.Verify
			call.Verify = func(credential any) bool {
				checkedWith = append(checkedWith, credential)
				return verify(credential)
			}
			return call, nil
		}
		return c, nil
	}
	h := kmshttp.NewHandler(d, kmshttp.NewConfig[func(*kmshttp.Config)](nil))
	for _, id := range []string{"known", "none"} {
		r := httptest.NewRequest("POST", "/", nil)
		for name, value := range map[string]string{
			"content-type": mediaType, clientHeader: id, nameHeader: "Sign", apiHeader: apiVersion,
			methodHeader:     signatureMethod,
			"date":           "Sun, 22 Nov 2026 12:00:00 GMT",
			"content-sha256": "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855",
			"authorization":  "Bearer " + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{0xfe}, minModulus/8)),
		} {
			r.Header.Set(name, value)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		require.Equal(t, map[string]int{"known": http.StatusUnauthorized, "none": http.StatusNotFound}[id], w.Code, "%s",
			w.Body)
	}
	require.Len(t, checkedWith, 2)
	require.Same(t, known, checkedWith[0])
	decoy := checkedWith[1].(*rsa.PublicKey)
	require.Equal(t, minModulus, decoy.N.BitLen())
	require.EqualValues(t, minModulus, decoy.N.TrailingZeroBits()+uint(new(big.Int).Add(decoy.N,
		big.NewInt(1)).TrailingZeroBits()), "2^2048 - 1")
	require.Equal(t, 65537, decoy.E)
}
