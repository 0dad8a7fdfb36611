// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
)

// export writes the public key, the digest and the signature to the folder and
// returns the command with which OpenSSL 3 verifies the signature of the file.
func export(dir string, s signer.Signer, digest, sig []byte, file string) (string, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", err
	}
	pub, err := keyspec.MarshalPublicKey(s.Public())
	if err != nil {
		return "", err
	}
	base := filepath.Join(dir, string(s.KeySpec()))
	pubFile, signed := base+".pub.pem", base+"."+string(s.Algorithm())
	for name, data := range map[string][]byte{pubFile: pub, signed + ".digest": digest, signed + ".sig": sig} {
		if err := os.WriteFile(name, data, 0o666); err != nil {
			return "", err
		}
	}
	args := []string{"openssl", "dgst"}
	switch s.Algorithm() {
	case keyspec.SM2DSA:
		// Without distid, OpenSSL before 4.0 takes the empty id, not the default one.
		args = append(args, "-sm3", "-sigopt", "distid:1234567812345678")
	case keyspec.RSAPSSSHA256:
		args = append(args, "-sha256", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32")
	default:
		args = append(args, "-sha256")
	}
	args = append(args, "-verify", quote(pubFile), "-signature", quote(signed+".sig"), quote(file))
	return strings.Join(args, " "), nil
}

// exportText writes the text that is signed without FILE to dir, for openssl, and
// returns the file's name.
func exportText(dir string) (string, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", err
	}
	file := filepath.Join(dir, "message.txt")
	return file, os.WriteFile(file, []byte(ownText), 0o666)
}

// quote makes a path one word of a POSIX shell.
func quote(path string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./"
	if strings.HasPrefix(path, "-") {
		path = "./" + path
	}
	if path != "" && strings.Trim(path, plain) == "" {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}
