// SPDX-License-Identifier: Apache-2.0

package diagnose

import (
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"hash"
	"io"
	"iter"
	"slices"
	"strconv"

	"github.com/emmansun/gmsm/sm3"
	"github.com/kmsigner/kmsigner/keyspec"
	legacy "golang.org/x/crypto/sha3"
)

// A hashFunction is one that signers are known to use.
type hashFunction struct {
	name string
	make func() hash.Hash
	oid  string // in a DigestInfo, dotted; "" if it has none
}

// The hash functions. The object identifiers are those of RFC 8017, appendix B.1,
// of NIST's CSOR and of GM/T 0006.
var (
	hashSHA256 = hashFunction{"SHA-256", sha256.New, "2.16.840.1.101.3.4.2.1"}
	hashSM3    = hashFunction{"SM3", sm3.New, "1.2.156.10197.1.401"}
	hashKeccak = hashFunction{"Keccak-256", legacy.NewLegacyKeccak256, ""}

	otherHashes = [...]hashFunction{
		{"SHA-1", sha1.New, "1.3.14.3.2.26"},
		{"SHA-224", sha256.New224, "2.16.840.1.101.3.4.2.4"},
		{"SHA-384", sha512.New384, "2.16.840.1.101.3.4.2.2"},
		{"SHA-512", sha512.New, "2.16.840.1.101.3.4.2.3"},
		{"SHA-512/256", sha512.New512_256, "2.16.840.1.101.3.4.2.6"},
		{"SHA3-256", func() hash.Hash { return sha3.New256() }, "2.16.840.1.101.3.4.2.8"},
		hashSM3,
		hashKeccak,
	}
)

// sum returns the digest of what write writes after the prefix, and nil where the
// process may not use the hash: SHA-1 in Go's FIPS 140-only mode, whose Write
// returns an error and whose Sum panics.
func sum(h hash.Hash, prefix []byte, write func(io.Writer)) []byte {
	if _, err := h.Write(prefix); err != nil {
		return nil
	}
	write(h)
	return h.Sum(nil)
}

// A digester is one way to make the digest that is signed, out of the content.
type digester struct {
	digest func(write func(io.Writer)) []byte
	hash   string // the name of the hash function, "" if there is none
	causes []cause
	alone  bool // not tried together with a cause of the message
}

// plain digests with one hash function.
func plain(h hashFunction, causes ...cause) digester {
	return digester{
		digest: func(write func(io.Writer)) []byte { return sum(h.make(), nil, write) },
		hash:   h.name,
		causes: causes,
	}
}

// newSHA256Readings returns the readings of a message for RSA and ECDSA.
func newSHA256Readings(msg []byte, hashed *counter) *readings {
	digesters := []digester{plain(hashSHA256), notHashed}
	for _, h := range otherHashes {
		digesters = append(digesters, plain(h, otherHash(h.name)))
	}
	digesters = append(digesters, digester{digest: ethereumMessage, hash: hashKeccak.name,
		causes: []cause{{EthereumMessage,
			"The message was signed as an Ethereum message: Keccak-256 over the prefix of personal_sign and the message.",
			"Sign the SHA-256 digest of the message, or give VerifyDigest the digest that Ethereum defines."}}})
	digested := func(write func(io.Writer)) []content {
		var all []content
		for _, h := range []hashFunction{hashSHA256, hashKeccak} {
			all = append(all, digestContents(h.name, sum(h.make(), nil, write))...)
		}
		return all
	}
	return &readings{msg: msg, digesters: digesters, digested: digested, hashed: hashed, always: 1}
}

func otherHash(name string) cause {
	return cause{OtherHash, "The hash function is " + name + ", not SHA-256.", "Hash with SHA-256."}
}

// notHashed gives the content itself to the signing of a digest.
var notHashed = digester{
	digest: func(write func(io.Writer)) []byte {
		kept := head{}
		write(&kept)
		return kept
	},
	causes: []cause{{NotHashed,
		"The message was not hashed, but given where the digest belongs.",
		"Let the signer hash: SignMessage; or give SignDigest the digest."}},
}

// A head keeps the first bytes of what is written: more than the largest RSA modulus
// of a key spec.
type head []byte

// Write implements io.Writer.
func (h *head) Write(p []byte) (int, error) {
	*h = append(*h, p[:min(len(p), 512-len(*h))]...)
	return len(p), nil
}

// ethereumMessage is the digest of ERC-191, version 0x45.
func ethereumMessage(write func(io.Writer)) []byte {
	var size counter
	write(&size)
	return sum(legacy.NewLegacyKeccak256(), []byte("\x19Ethereum Signed Message:\n"+strconv.Itoa(int(size))), write)
}

type counter int

// Write implements io.Writer.
func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// A reading is a digest that the signer may have signed, with the causes that
// lead from the message to it.
type reading struct {
	digest []byte
	hash   string
	causes []cause
}

// e returns the digest as ECDSA takes it on the pair's curve, FIPS 186-5, section
// 6.4.1: the leftmost bytes; shorter ones are a smaller number.
func (r reading) e(pair keyspec.Pair) []byte {
	size := pair.DigestSize()
	if len(r.digest) >= size {
		return r.digest[:size]
	}
	return append(make([]byte, size-len(r.digest)), r.digest...)
}

// maxHashed bounds, in bytes, what is hashed for one diagnosis. After it, no digests
// are made but those of single causes with the verifier's own key.
const maxHashed = 1 << 26

// A plan is a digest that may be made: the indexes of a content and a digester.
type plan struct{ content, digester int }

// readings are all readings of a message, the fewest causes first. Each is made
// when it is asked for, and once.
type readings struct {
	msg       []byte
	digesters []digester // the right one first
	// digested returns the contents that are digests of the message.
	digested func(write func(io.Writer)) []content
	hashed   *counter // the bytes hashed so far, for all keys
	always   int      // up to this many causes, maxHashed does not count
	cut      bool     // maxHashed kept some from being made

	contents []content
	plans    []plan // of the levels below planned, what is still to be made
	planned  int    // a level is a number of causes
	made     []reading
	seen     map[string]bool
}

// maxLevel is one cause of the digest and one of the message.
const maxLevel = 2

// level yields the readings that have this many causes.
func (r *readings) level(causes int) iter.Seq[reading] {
	return func(yield func(reading) bool) {
		for i := 0; i < len(r.made) || r.makeNext(causes); i++ {
			switch made := r.made[i]; {
			case len(made.causes) > causes:
				return
			case len(made.causes) == causes && !yield(made):
				return
			}
		}
	}
}

// makeNext makes the next reading, if there is one with at most this many causes.
func (r *readings) makeNext(causes int) bool {
	for {
		if len(r.plans) == 0 && r.planned > min(causes, maxLevel) {
			return false
		}
		if causes > r.always && int(*r.hashed)+len(r.msg) > maxHashed {
			r.cut = true
			return false
		}
		if len(r.plans) == 0 {
			r.planLevel(r.planned)
			r.planned++
			continue
		}
		c, d := r.contents[r.plans[0].content], r.digesters[r.plans[0].digester]
		if len(c.causes)+len(d.causes) > causes {
			return false
		}
		r.plans = r.plans[1:]
		digest := d.digest(r.counted(c.write))
		if digest == nil || r.seen[string(digest)] {
			continue // of two explanations, the one with fewer causes stays
		}
		r.seen[string(digest)] = true
		r.made = append(r.made, reading{digest, d.hash, slices.Concat(d.causes, c.causes)})
		return true
	}
}

func (r *readings) planLevel(level int) {
	switch level {
	case 0:
		r.seen = map[string]bool{}
		r.contents = []content{{write: verbatim(r.msg)}}
		r.plans = []plan{{0, 0}}
	case 1:
		r.contents = append(contentsOf(r.msg), r.digested(r.counted(verbatim(r.msg)))...)
		for d := 1; d < len(r.digesters); d++ {
			r.plans = append(r.plans, plan{0, d})
		}
		for c := 1; c < len(r.contents); c++ {
			r.plans = append(r.plans, plan{c, 0})
		}
	case 2:
		for c := 1; c < len(r.contents); c++ {
			for d := 1; d < len(r.digesters); d++ {
				if !r.digesters[d].alone {
					r.plans = append(r.plans, plan{c, d})
				}
			}
		}
	}
}

// counted counts what is written.
func (r *readings) counted(write func(io.Writer)) func(io.Writer) {
	return func(w io.Writer) { write(io.MultiWriter(w, r.hashed)) }
}
