// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// modules are where SoftHSM2's PKCS #11 module is usually found.
var modules = []string{
	"/usr/lib/softhsm/libsofthsm2.so",          // Debian, Ubuntu
	"/usr/lib64/pkcs11/libsofthsm2.so",         // Fedora
	"/usr/lib/libsofthsm2.so",                  // Arch
	"/opt/homebrew/lib/softhsm/libsofthsm2.so", // macOS
	"/usr/local/lib/softhsm/libsofthsm2.so",    // built from source
}

var errNoSoftHSM = errors.New("there is no SoftHSM2 here: on Debian, apt-get install softhsm2")

// newToken makes a token of SoftHSM2 with the label "kmsigner" in a folder of its
// own. It sets SOFTHSM2_CONF, which the module reads when it is loaded.
func newToken(dir string) (module, pin string, err error) {
	for _, m := range modules {
		if _, err := os.Stat(m); err == nil {
			module = m
			break
		}
	}
	tool, err := exec.LookPath("softhsm2-util")
	if module == "" || err != nil {
		return "", "", errNoSoftHSM
	}
	tokens, conf := filepath.Join(dir, "tokens"), filepath.Join(dir, "softhsm2.conf")
	if err := os.Mkdir(tokens, 0o700); err != nil {
		return "", "", err
	}
	text := fmt.Sprintf("directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n", tokens)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		return "", "", err
	}
	if err := os.Setenv("SOFTHSM2_CONF", conf); err != nil {
		return "", "", err
	}
	// On a command line, as here, a PIN is visible to others on the machine. These
	// are as short-lived as the token.
	pin = rand.Text()
	out, err := exec.Command(tool, "--init-token", "--free", "--label", "kmsigner", "--pin", pin, "--so-pin",
		rand.Text()).CombinedOutput()
	if err != nil {
		return "", "", fmt.Errorf("softhsm2-util: %w: %s", err, out)
	}
	return module, pin, nil
}
