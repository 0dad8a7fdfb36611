// SPDX-License-Identifier: Apache-2.0

package signertest

import (
	"bytes"
	"crypto"
	"fmt"

	"github.com/kmsigner/kmsigner/internal/keys"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
)

func checkPair(r *report, x *subject) {
	p := keyspec.Pair{KeySpec: x.s.KeySpec(), Algorithm: x.s.Algorithm()}
	if err := p.Validate(); err != nil {
		r.fault("KeySpec and Algorithm, %q, are no pair: %v", p.String(), err)
		return
	}
	if again := (keyspec.Pair{KeySpec: x.s.KeySpec(), Algorithm: x.s.Algorithm()}); again != p {
		r.fault("KeySpec and Algorithm change: first %s, then %s", p, again)
		return
	}
	x.pair = p
}

func checkPublicKey(r *report, x *subject) {
	if x.pair == (keyspec.Pair{}) {
		r.skip("the pair is not valid, see Pair")
		return
	}
	pub := x.s.Public()
	if _, isPrivate := pub.(crypto.Signer); isPrivate {
		r.fault("Public returns a private key, %T", pub)
		return
	}
	checked, err := keys.Public(pub)
	if err != nil {
		r.fault("Public is not sound: %v", err)
		return
	}
	if k := keyspec.KeySpec(keys.KindOf(checked)); k != x.pair.KeySpec {
		r.fault("Public is a key of %s, KeySpec says %s", k, x.pair.KeySpec)
		return
	}
	if got, want := fmt.Sprintf("%T", pub), fmt.Sprintf("%T", checked); got != want {
		r.fault("Public is a %s; package keyspec lists %s", got, want)
	}
	first, err := keyspec.MarshalPublicKey(pub)
	if err != nil {
		r.fault("Public cannot be written: %v", err)
		return
	}
	if second, err := keyspec.MarshalPublicKey(x.s.Public()); err != nil || !bytes.Equal(first, second) {
		r.fault("Public changes from call to call")
		return
	}
	v, err := signer.NewVerifier(checked, x.pair.Algorithm)
	if err != nil {
		r.fault("there is no verifier for Public: %v", err)
		return
	}
	x.public, x.spki, x.verifier = checked, first, v
}
