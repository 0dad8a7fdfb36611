// SPDX-License-Identifier: Apache-2.0

package diagnose

import (
	"crypto/ecdsa"
	"encoding/hex"
	"io"
	"strings"

	"github.com/kmsigner/kmsigner/sm2z"
)

// A zaKey is a public key that may have entered Z(A) in place of the signer's.
type zaKey struct {
	key  *ecdsa.PublicKey
	name string
}

// newSM2Readings returns the readings of a message for a verifier under this id.
func newSM2Readings(
	msg []byte, pub *ecdsa.PublicKey, id sm2z.ID, tryIDs []sm2z.ID, others []zaKey, hashed *counter,
) *readings {
	return &readings{
		msg:       msg,
		digesters: sm2Digesters(pub, id, tryIDs, others),
		digested:  func(write func(io.Writer)) []content { return sm2DigestContents(pub, id, write) },
		hashed:    hashed,
	}
}

// sm2Digesters returns the digesters of SM2, the right one first.
func sm2Digesters(pub *ecdsa.PublicKey, id sm2z.ID, tryIDs []sm2z.ID, others []zaKey) []digester {
	all := []digester{
		withZA(pub, id),
		plain(hashSM3, cause{WithoutZA,
			"The digest is SM3(M): Z(A) is missing.",
			"Sign SM3(Z(A) || M), which NewDigest of the signer makes and sm2z.Explain shows step by step."}),
	}
	for _, other := range append([]sm2z.ID{sm2z.DefaultID(), sm2z.EmptyID()}, tryIDs...) {
		if other != id {
			all = append(all, withZA(pub, other, wrongID(other, id)))
		}
	}
	for _, known := range append([]sm2z.ID{id, sm2z.DefaultID()}, tryIDs...) {
		text := hex.EncodeToString(known.Bytes())
		for _, text := range []string{text, strings.ToUpper(text)} {
			if other, err := sm2z.NewID([]byte(text)); err == nil && other != id {
				all = append(all, withZA(pub, other, cause{IDAsHex,
					"Z(A) was made with the hexadecimal text of " + called(known) + ".",
					"Decode the hexadecimal text to the bytes of the id before it enters Z(A)."}))
			}
		}
	}
	for _, other := range others {
		d := withZA(other.key, id, cause{ZAOfOtherKey,
			"Z(A) was made with the public key of " + other.name + ", not with that of the key that signed.",
			"Make Z(A) with the public key of the signing key."})
		d.alone = true // else each given key adds a digest for each content
		all = append(all, d)
	}
	const fix = "SM2DSA hashes with SM3: sign SM3(Z(A) || M)."
	z, _ := sm2z.ZA(pub, id)
	all = append(all,
		plain(hashSHA256, cause{SHA256NotSM3, "The message was hashed with SHA-256, and Z(A) is missing.", fix}),
		digester{
			digest: func(write func(io.Writer)) []byte { return sum(hashSHA256.make(), z[:], write) },
			hash:   hashSHA256.name,
			causes: []cause{{SHA256NotSM3, "The digest is SHA-256(Z(A) || M).", fix}},
		},
		notHashed)
	return all
}

// withZA digests with SM3 after Z(A) of this key and id.
func withZA(pub *ecdsa.PublicKey, id sm2z.ID, causes ...cause) digester {
	return digester{
		digest: func(write func(io.Writer)) []byte {
			h, err := sm2z.New(pub, id)
			if err != nil {
				return nil // the key is checked: never
			}
			return sum(h, nil, write)
		},
		hash:   hashSM3.name,
		causes: causes,
	}
}

// wrongID names an id that was used in place of the verifier's.
func wrongID(used, expected sm2z.ID) cause {
	code := UnderOtherID
	switch used {
	case sm2z.DefaultID():
		code = UnderDefaultID
	case sm2z.EmptyID():
		code = UnderEmptyID
	}
	return cause{code,
		"Z(A) was made with " + called(used) + ", the verifier expects " + called(expected) + ".",
		"Give both sides the same id: signer.WithID here, distid in OpenSSL, which without it takes the empty id before release 4.0."}
}

// called is an id in a sentence.
func called(id sm2z.ID) string {
	switch id {
	case sm2z.DefaultID(), sm2z.EmptyID():
		name, value, _ := strings.Cut(id.String(), " ")
		return strings.TrimSpace("the " + name + " id " + value)
	}
	return "the id " + id.String()
}

// sm2DigestContents returns the digests that may have been taken for the message.
func sm2DigestContents(pub *ecdsa.PublicKey, id sm2z.ID, write func(io.Writer)) []content {
	all := digestContents("SM3(Z(A) || M)", withZA(pub, id).digest(write))
	for _, h := range []hashFunction{hashSM3, hashSHA256} {
		all = append(all, digestContents(h.name, sum(h.make(), nil, write))...)
	}
	return all
}
