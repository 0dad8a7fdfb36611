// SPDX-License-Identifier: Apache-2.0

package keyspec

import (
	"bytes"
	"encoding/asn1"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/keys"
	"github.com/kmsigner/kmsigner/internal/testrun"
)

// wellRefused checks what every refusal of a file has in common.
func wellRefused(t *testing.T, err error) {
	t.Helper()
	var e *errors.Error
	if !errors.As(err, &e) || e.Code != errors.InvalidParameter || e.Param != "Key" && e.Param != "Password" ||
		e.Reason == "" {
		t.Fatalf("got the error %#v, want InvalidParameter of Key or Password with a reason", err)
	}
	if len(err.Error()) > 400 {
		t.Fatalf("got an error of %d bytes", len(err.Error()))
	}
	for _, r := range err.Error() {
		if !unicode.IsPrint(r) {
			t.Fatalf("got an error with %q in it: %q", r, err)
		}
	}
}

// cheap reports whether data, if it is an encrypted key, asks for so little work
// that fuzzing can afford it.
func cheap(data []byte) bool {
	blocks, err := asPEM(data, privateHalf)
	if err != nil {
		return true
	}
	der := data
	if blocks != nil {
		if der, _, err = privateBlock(blocks); err != nil {
			return true
		}
	}
	body, err := sequence(der)
	if err != nil || formOf(body) != pkcs8Encrypted {
		return true
	}
	box, err := readEncrypted(body)
	if err != nil {
		return true
	}
	var kdf struct { // of PBKDF2 or of scrypt
		Salt []byte
		N    int
		R    int `asn1:"optional"`
		P    int `asn1:"optional"`
	}
	_, err = asn1.Unmarshal(box.params.KeyDerivationFunc.Parameters.FullBytes, &kdf)
	return err == nil && kdf.N <= 4096 && kdf.R <= 32 && kdf.P <= 2
}

func inner(t *testing.T, file []byte) []byte {
	block, rest := pem.Decode(file)
	if block == nil || len(rest) > 0 {
		t.Fatalf("no PEM: %q", file)
	}
	return block.Bytes
}

// What parses is marshalled, parsed again and marshalled again: the two files are
// the same.
func FuzzParsePrivateKey(f *testing.F) {
	addFiles(f, func(name string, data []byte) bool {
		// RSA_2048 has the same forms, and primes that take a third of the time to test.
		spared := strings.Contains(name, "RSA_3072") && !testrun.Long()
		return !spared && !strings.Contains(name, ".spki")
	})
	f.Fuzz(func(t *testing.T, data []byte, withPassword bool) {
		var password []byte
		if withPassword && cheap(data) {
			password = []byte("TESTING")
		}
		before := bytes.Clone(data)
		key, err := ParsePrivateKey(data, password)
		if !bytes.Equal(before, data) {
			t.Fatal("the input was written to")
		}
		if err != nil {
			if key != nil {
				t.Fatal("a key and an error")
			}
			wellRefused(t, err)
			return
		}
		file, err := MarshalPrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParsePrivateKey(file, nil)
		if err != nil {
			t.Fatal(err)
		}
		twice, err := MarshalPrivateKey(again)
		if err != nil || !bytes.Equal(file, twice) {
			t.Fatalf("marshalled to\n%s, and then to\n%s (%v)", file, twice, err)
		}
		spec, err := Of(key)
		if err != nil || !spec.Valid() {
			t.Fatal(spec, err)
		}
		// Strict DER leaves no choice: with the lengths and the algorithm that we write,
		// which stand in the first 31 bytes of PKCS #8, the rest is what we write.
		der := inner(t, file)
		if bytes.HasPrefix(data, der[:31]) && len(data) == len(der) && !bytes.Equal(data, der) {
			t.Fatalf("read    %x\nwritten %x", data, der)
		}
		public, err := MarshalPublicKey(keys.PublicOf(key))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParsePublicKey(public); err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzParsePublicKey(f *testing.F) {
	addFiles(f, func(name string, data []byte) bool {
		return strings.Contains(name, ".spki") || strings.Contains(name, "pkcs1pub")
	})
	f.Fuzz(func(t *testing.T, data []byte, _ bool) {
		key, err := ParsePublicKey(data)
		if err != nil {
			if key != nil {
				t.Fatal("a key and an error")
			}
			wellRefused(t, err)
			return
		}
		file, err := MarshalPublicKey(key)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParsePublicKey(file)
		if err != nil {
			t.Fatal(err)
		}
		twice, err := MarshalPublicKey(again)
		if err != nil || !bytes.Equal(file, twice) {
			t.Fatalf("marshalled to\n%s, and then to\n%s (%v)", file, twice, err)
		}
		// Of one length there is one encoding.
		if der := inner(t, file); len(data) == len(der) && !bytes.Equal(data, der) {
			t.Fatalf("read    %x\nwritten %x", data, der)
		}
	})
}

// addFiles seeds with the files of testdata and with the DER inside them.
func addFiles(f *testing.F, take func(name string, data []byte) bool) {
	files, err := filepath.Glob("testdata/*.*")
	if err != nil || len(files) == 0 {
		f.Fatal("no testdata", err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		if !take(name, data) {
			continue
		}
		f.Add(data, true)
		if block, rest := pem.Decode(data); block != nil && len(rest) == 0 {
			f.Add(block.Bytes, true)
		}
	}
}

// What is a scalar or a point goes through a file and back; the two ways to an
// error are one.
func FuzzScalarAndPoint(f *testing.F) {
	for i := range All() {
		f.Add(uint8(i), []byte{1})
		f.Add(uint8(i), bytes.Repeat([]byte{1}, 32))
		f.Add(uint8(i), append([]byte{2}, bytes.Repeat([]byte{1}, 32)...))
		f.Add(uint8(i), append([]byte{4}, bytes.Repeat([]byte{1}, 64)...))
		f.Add(uint8(i), []byte(strings.Repeat("0a", 32)))
	}
	f.Fuzz(func(t *testing.T, spec uint8, data []byte) {
		k := All()[int(spec)%len(All())]
		before := bytes.Clone(data)
		key, err := PrivateKeyFromScalar(k, data)
		if (key == nil) == (err == nil) {
			t.Fatal(key == nil, err)
		}
		if err == nil {
			if got := keys.Scalar(key); !bytes.Equal(got, data) {
				t.Fatalf("the scalar %x became %x", data, got)
			}
			file, err := MarshalPrivateKey(key)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := ParsePrivateKey(file, nil); err != nil {
				t.Fatal(err)
			}
		}
		pub, err := PublicKeyFromPoint(k, data)
		if (pub == nil) == (err == nil) {
			t.Fatal(pub == nil, err)
		}
		if err == nil {
			point, err := Point(pub)
			if err != nil || len(point) != 65 || !bytes.Equal(point[1:33], data[1:33]) {
				t.Fatalf("the point %x became %x (%v)", data, point, err)
			}
			std, err := ECDSA(pub)
			if err != nil {
				t.Fatal(err)
			}
			again, err := Point(std)
			if err != nil || !bytes.Equal(again, point) {
				t.Fatalf("%x became %x (%v)", point, again, err)
			}
		}
		if !bytes.Equal(before, data) {
			t.Fatal("the input was written to")
		}
	})
}
