// SPDX-License-Identifier: Apache-2.0

package signertest

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"

	"github.com/emmansun/gmsm/sm2"
	"github.com/kmsigner/kmsigner/keyspec"
)

// hashOnly are opts of a type of their own.
type hashOnly struct{ hash crypto.Hash }

func (o *hashOnly) HashFunc() crypto.Hash { return o.hash }

type namedOpts struct {
	name string
	opts crypto.SignerOpts
}

// fittingOpts are the opts that ask for the pair.
func fittingOpts(p keyspec.Pair) []namedOpts {
	switch p.Algorithm {
	case keyspec.RSAPSSSHA256:
		return []namedOpts{
			{"PSS options with SHA-256 and a salt as long as the hash",
				&rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}},
			{"PSS options with SHA-256 and a salt of 32 bytes", &rsa.PSSOptions{SaltLength: sha256.Size, Hash: crypto.SHA256}},
			{"PSS options with SHA-256 and PSSSaltLengthAuto",
				&rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthAuto, Hash: crypto.SHA256}},
		}
	case keyspec.SM2DSA:
		return []namedOpts{{"crypto.Hash(0)", crypto.Hash(0)}}
	default:
		return []namedOpts{{"crypto.SHA256", crypto.SHA256}, {"opts of another type with SHA-256", &hashOnly{crypto.SHA256}}}
	}
}

// otherOpts are opts that ask for something else than the pair.
func otherOpts(p keyspec.Pair) []namedOpts {
	out := []namedOpts{
		{"crypto.SHA384", crypto.SHA384},
		{"crypto.SHA1", crypto.SHA1},
		{"a hash that does not exist", crypto.Hash(999)},
		{"opts of another type with SHA-512", &hashOnly{crypto.SHA512}},
		{"nil *rsa.PSSOptions", (*rsa.PSSOptions)(nil)},
		{"PSS options with SHA-512", &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA512}},
		{"PSS options with a salt of 20 bytes", &rsa.PSSOptions{SaltLength: 20, Hash: crypto.SHA256}},
	}
	if p.Algorithm == keyspec.RSAPSSSHA256 || p.Algorithm == keyspec.SM2DSA {
		out = append(out, namedOpts{"crypto.SHA256", crypto.SHA256})
	}
	if p.Algorithm != keyspec.RSAPSSSHA256 {
		out = append(out, namedOpts{"PSS options with SHA-256",
			&rsa.PSSOptions{SaltLength: sha256.Size, Hash: crypto.SHA256}})
	}
	if p.Algorithm != keyspec.SM2DSA {
		out = append(out, namedOpts{"crypto.Hash(0)", crypto.Hash(0)})
	}
	return out
}

func checkOpts(r *report, x *subject) {
	if x.unusable(r) {
		return
	}
	for i, o := range fittingOpts(x.pair) {
		sig, err := x.sign(nil, ordinaryDigest(i), o.opts)
		if x.fits(r, "Sign with "+o.name, ordinaryDigest(i), sig, err) && x.pair.Algorithm == keyspec.RSAPSSSHA256 {
			x.checkSaltSize(r, "Sign with "+o.name, signed{digest: ordinaryDigest(i), signature: sig})
		}
	}
	for _, o := range otherOpts(x.pair) {
		sig, err := x.sign(nil, ordinaryDigest(0), o.opts)
		refused(r, "Sign with "+o.name, "Opts", sig, err)
	}
	if x.pair.KeySpec != keyspec.ECSM2 || x.digest == nil {
		return
	}
	// gmsm's own options may be refused. If they are not, they mean what they mean
	// to gmsm: here, that the argument is the message.
	msg := ordinaryDigest(3)
	sig, err := x.sign(nil, msg, sm2.DefaultSM2SignerOpts)
	if err == nil {
		x.fits(r, "Sign with gmsm's options that ask for Z(A)", x.digest(msg), sig, nil)
	} else {
		refused(r, "Sign with gmsm's options that ask for Z(A)", "Opts", sig, err)
	}
}
