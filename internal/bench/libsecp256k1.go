// SPDX-License-Identifier: Apache-2.0

//go:build cgo

package main

/*
#cgo LDFLAGS: -ldl
#include <dlfcn.h>
#include <stddef.h>

// The functions of libsecp256k1, whose library is loaded while the program runs. All types
// that they work on are opaque: a context, and 64 bytes.
static void *context;
static void *(*create)(unsigned);
static int (*parse_key)(void *, void *, const unsigned char *, size_t);
static int (*sign)(void *, void *, const unsigned char *, const unsigned char *, void *, void *);
static int (*to_der)(void *, unsigned char *, size_t *, const void *);
static int (*from_der)(void *, void *, const unsigned char *, size_t);
static int (*verify)(void *, const void *, const unsigned char *, const void *);

static int load(const char *path) {
	void *library = dlopen(path, RTLD_NOW);
	if (!library) return 0;
	create = dlsym(library, "secp256k1_context_create");
	parse_key = dlsym(library, "secp256k1_ec_pubkey_parse");
	sign = dlsym(library, "secp256k1_ecdsa_sign");
	to_der = dlsym(library, "secp256k1_ecdsa_signature_serialize_der");
	from_der = dlsym(library, "secp256k1_ecdsa_signature_parse_der");
	verify = dlsym(library, "secp256k1_ecdsa_verify");
	if (!create || !parse_key || !sign || !to_der || !from_der || !verify) return 0;
	context = create(1); // SECP256K1_CONTEXT_NONE
	return context != NULL;
}

static size_t sign_der(unsigned char *out, const unsigned char *digest, const unsigned char *key) {
	unsigned char signature[64];
	size_t length = 72;
	if (!sign(context, signature, digest, key, NULL, NULL) || !to_der(context, out, &length, signature)) return 0;
	return length;
}

static int key_of(unsigned char *key, const unsigned char *point, size_t length) {
	return parse_key(context, key, point, length);
}

static int verify_der(const unsigned char *der, size_t length, const unsigned char *digest, const unsigned char *key) {
	unsigned char signature[64];
	return from_der(context, signature, der, length) && verify(context, signature, digest, key);
}
*/
import "C"

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"

	libsecp "github.com/ethereum/go-ethereum/crypto/secp256k1"
	"github.com/kmsigner/kmsigner/signer"
)

const goEthereum = "libsecp256k1 (go-ethereum)"

// libsecp256k1 is the C library: that of the folder of peers, if there is one, and the one in
// go-ethereum's binding. The binding returns and takes r‖s; DER is made and read with our
// ToDER and ToRaw. It reads the public key anew for each verification, as its API has it,
// from the form without compression.
func libsecp256k1(scalar, point []byte) []entrant {
	entrants := []entrant{{
		name: goEthereum,
		sign: func(i int) ([]byte, error) {
			raw, err := libsecp.Sign(digestInputs[i], scalar)
			if err != nil {
				return nil, err
			}
			return signer.ToDER(raw[:64])
		},
		verify: func(i int, sig []byte) error {
			raw, err := signer.ToRaw(sig)
			if err != nil {
				return err
			}
			return fits(libsecp.VerifySignature(point, digestInputs[i], raw))
		},
	}}
	version, ok := loaded()
	if !ok {
		return entrants
	}
	var key [64]byte
	if !parsePoint(&key, point) {
		panic("libsecp256k1 does not read the public key") // it is the test key
	}
	return append(entrants, entrant{
		name: "libsecp256k1 " + version + " (Debian)",
		sign: func(i int) ([]byte, error) {
			var der [72]byte
			n := C.sign_der((*C.uchar)(&der[0]), (*C.uchar)(&digestInputs[i][0]), (*C.uchar)(&scalar[0]))
			return der[:n], fits(n > 0)
		},
		verify: func(i int, sig []byte) error { return fits(verifyDER(&key, i, sig)) },
		first: func(i int, sig []byte) error {
			var key [64]byte
			return fits(parsePoint(&key, point) && verifyDER(&key, i, sig))
		},
	})
}

func parsePoint(key *[64]byte, point []byte) bool {
	return C.key_of((*C.uchar)(&key[0]), (*C.uchar)(&point[0]), C.size_t(len(point))) == 1
}

func verifyDER(key *[64]byte, i int, sig []byte) bool {
	return C.verify_der((*C.uchar)(&sig[0]), C.size_t(len(sig)), (*C.uchar)(&digestInputs[i][0]), (*C.uchar)(&key[0])) == 1
}

// loaded returns the version of the library in the folder of peers, or false if there is none.
var loaded = sync.OnceValues(func() (version string, ok bool) {
	if peersFolder == "" {
		return "", false
	}
	text, err := os.ReadFile(filepath.Join(peersFolder, "libsecp256k1.version"))
	version = strings.TrimSpace(string(text))
	if err != nil || C.load(C.CString(filepath.Join(peersFolder, "libsecp256k1.so"))) != 1 {
		panic(fmt.Sprintf("no libsecp256k1 in %s: see peers.sh", peersFolder))
	}
	return version, true
})

// libsecp256k1Versions names what libsecp256k1 measures.
func libsecp256k1Versions() []string {
	var versions []string
	if version, ok := loaded(); ok {
		versions = append(versions, "libsecp256k1 "+version)
	}
	folder, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/ethereum/go-ethereum").Output()
	if err != nil {
		return versions
	}
	text, _ := os.ReadFile(filepath.Join(strings.TrimSpace(string(folder)), "crypto/secp256k1/libsecp256k1/configure.ac"))
	var parts []string
	for _, m := range regexp.MustCompile(`_PKG_VERSION_(?:MAJOR|MINOR|PATCH), (\d+)`).FindAllSubmatch(text, 3) {
		parts = append(parts, string(m[1]))
	}
	if len(parts) < 3 {
		return versions
	}
	return append(versions, "libsecp256k1 "+strings.Join(parts, ".")+" in go-ethereum")
}
