// SPDX-License-Identifier: Apache-2.0

package interop

import (
	"crypto"

	"golang.org/x/crypto/ssh"
)

// sshKey is a host key, a user's key, or the key of a certificate authority.
func sshKey(s crypto.Signer) (ssh.Signer, error) {
	key, err := ssh.NewSignerFromSigner(s)
	if err != nil || key.PublicKey().Type() != ssh.KeyAlgoRSA {
		return key, err
	}
	// Otherwise OpenSSH asks for rsa-sha2-512, and sees the connection close.
	return ssh.NewSignerWithAlgorithms(key.(ssh.AlgorithmSigner), []string{ssh.KeyAlgoRSASHA256})
}
