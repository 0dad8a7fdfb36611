// SPDX-License-Identifier: Apache-2.0

package keyspec

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
)

// A half is what a file is wanted to hold.
type half string

const (
	privateHalf half = "private key"
	publicHalf  half = "public key"
)

const neither = "the data is neither PEM nor DER"

// isText reports whether data is text and no DER, of which the first bytes of a key have an
// INTEGER or OBJECT IDENTIFIER, whose tags no text has.
func isText(data []byte) bool {
	for _, b := range data {
		if (b < ' ' || b > '~') && b != '\t' && b != '\r' && b != '\n' {
			return false
		}
	}
	return len(data) >= 5
}

// refuseData names what data is that is neither PEM nor DER, and how it is read.
func refuseData(data []byte, wanted half) error {
	text := strings.TrimSpace(string(data))
	switch {
	case hasPrefix(data, "\xff\xfe", "\xfe\xff"):
		return invalid("Key", neither+": it is text in UTF-16; save it as UTF-8")
	case hasPrefix(data, "\xfe\xed\xfe\xed", "\xce\xce\xce\xce"):
		return invalid("Key", `the data is a Java keystore; "keytool -importkeystore -srckeystore FILE -destkeystore FILE.p12 `+
			`-deststoretype PKCS12" makes it PKCS #12, and "`+fromPKCS12(wanted, "FILE.p12")+`" converts that`)
	case !isText(data):
		return invalid("Key", neither)
	case strings.HasPrefix(text, "{"):
		return refuseJSON(text)
	case strings.HasPrefix(text, "ssh-"), strings.HasPrefix(text, "ecdsa-sha2-"):
		return invalid("Key", `the data is a public key in OpenSSH's own format; "ssh-keygen -e -m PKCS8 -f FILE" converts it`)
	case strings.HasPrefix(text, "PuTTY-User-Key-File"):
		return invalid("Key", `the data is a PuTTY key; "puttygen FILE -O private-openssh-new -o KEY" and then "ssh-keygen -p -m PKCS8 -f KEY" convert it`)
	case strings.Contains(text, "-----BEGIN "):
		return invalid("Key", neither+`: "-----BEGIN" does not stand at the beginning of a line`)
	}
	compact := strings.Join(strings.Fields(text), "")
	if raw, err := hex.DecodeString(strings.ReplaceAll(strings.TrimPrefix(strings.TrimPrefix(compact, "0x"), "0X"), ":",
		"")); err == nil {
		return invalid("Key", refuseBytes("hexadecimal text", "encoding/hex", raw))
	}
	padded := strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(compact, "="))
	if raw, err := base64.RawStdEncoding.DecodeString(padded); err == nil && len(raw) >= 32 {
		return invalid("Key", refuseBytes("base64 text without PEM's begin and end lines", "encoding/base64", raw))
	}
	return invalid("Key", neither)
}

func hasPrefix(data []byte, prefixes ...string) bool {
	for _, p := range prefixes {
		if bytes.HasPrefix(data, []byte(p)) {
			return true
		}
	}
	return false
}

// refuseBytes names the key that an encoding of bytes probably is.
func refuseBytes(encoding, decoder string, raw []byte) string {
	reason := fmt.Sprintf("the data is %s of %d bytes", encoding, len(raw))
	switch {
	case len(raw) > 2 && raw[0] == tagSequence && !truncated(raw):
		body, err := sequence(raw)
		if err == nil && formOf(body) == cfca {
			return reason + ": " + isCFCA
		}
		return reason + ", which is the DER: decode it (" + decoder + ")"
	case len(raw) == 32:
		return reason + ", probably a scalar: keyspec.PrivateKeyFromScalar takes it decoded (" + decoder + ")"
	case len(raw) == 33 || len(raw) == 64 || len(raw) == 65:
		return reason + ", probably a point: keyspec.PublicKeyFromPoint takes it decoded (" + decoder + ")"
	}
	return reason + ", and no key in a form that is read"
}

// refuseJSON names the kinds of JSON that hold keys.
func refuseJSON(text string) error {
	switch {
	case strings.Contains(text, `"kty"`):
		return invalid("Key", "the data is a JSON Web Key: a JOSE library reads it; of an EC key, keyspec.PrivateKeyFromScalar "+
			"takes d, and keyspec.PublicKeyFromPoint 04 x y, decoded (base64.RawURLEncoding)")
	case strings.Contains(text, `"ciphertext"`) && strings.Contains(text, `"kdf"`):
		return invalid("Key", "the data is an Ethereum keystore in JSON: a wallet or go-ethereum's accounts/keystore opens it, "+
			"and keyspec.PrivateKeyFromScalar takes the scalar")
	case strings.Contains(text, `"PrivateKeyData"`):
		return invalid("Key", "the data is a client key of Alibaba Cloud in JSON, whose PrivateKeyData is PKCS #12 in base64: "+
			`decode that, and "`+fromPKCS12(privateHalf, "FILE")+`" converts it`)
	}
	return invalid("Key", neither+": it is JSON")
}

// fromPKCS12 is the command that converts PKCS #12.
func fromPKCS12(wanted half, file string) string {
	if wanted == publicHalf {
		return "openssl pkcs12 -in " + file + " -nokeys -clcerts | openssl x509 -pubkey -noout"
	}
	return "openssl pkcs12 -in " + file + " -nodes -nocerts"
}

const (
	isCFCA = "it is a CFCA .sm2 file, a format of its own, which github.com/emmansun/gmsm/cfca opens (ParseSM2)"

	// fromCertificate is what makes a public key of a certificate.
	fromCertificate = `; "openssl x509 -in FILE -pubkey -noout" or the PublicKey of x509.ParseCertificate has it`
)

// aOr puts the article before a name that is spelled or spoken.
func aOr(name string) string {
	if strings.HasPrefix(name, "SM2 ") || strings.HasPrefix(name, "RSA ") || strings.ContainsAny(name[:1], "AEIO") {
		return "an " + name
	}
	return "a " + name
}
