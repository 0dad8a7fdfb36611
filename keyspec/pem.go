// SPDX-License-Identifier: Apache-2.0

package keyspec

import (
	"bytes"
	"encoding/pem"
	"strings"
)

// pemBlocks returns the PEM blocks of data, in order, and skips the text around
// them. encoding/pem alone would skip a damaged block like text, and so take the
// second of two keys, or report nothing at all for a truncated file.
func pemBlocks(data []byte) ([]*pem.Block, error) {
	var blocks []*pem.Block
	for {
		start := beginLine(data)
		if start < 0 {
			return blocks, nil
		}
		data = data[start:]
		label, _, _ := bytes.Cut(data[len(pemBegin):], []byte("-----"))
		if bytes.ContainsAny(label, "\r\n") {
			return nil, invalid("Key", "a PEM begin line is incomplete")
		}
		endLine := "-----END " + string(label) + "-----"
		end := bytes.Index(data, []byte(endLine))
		if next := beginLine(data[1:]); end < 0 || next >= 0 && next < end {
			return nil, invalid("Key", "the PEM block "+quote(string(label))+" has no end line: the file is truncated")
		}
		end += len(endLine)
		block, rest := pem.Decode(data[:end])
		if block == nil || len(rest) > 0 {
			return nil, invalid("Key", "the PEM block "+quote(string(label))+" is damaged"+lostLineEnds(data[:end]))
		}
		blocks = append(blocks, block)
		data = data[end:]
	}
}

// lostLineEnds explains the damage that environment variables and JSON do to PEM.
func lostLineEnds(block []byte) string {
	switch {
	case bytes.Contains(block, []byte(`\n`)):
		return `: its line ends are written as \n in two characters; put line ends in their place`
	case !bytes.Contains(block, []byte("\n")):
		return ": it is all on one line; the begin and end lines are lines of their own"
	}
	return ""
}

const pemBegin = "-----BEGIN "

// beginLine returns where the first line starts that opens a PEM block, or -1.
func beginLine(data []byte) int {
	if bytes.HasPrefix(data, []byte(pemBegin)) {
		return 0
	}
	i := bytes.Index(data, []byte("\n"+pemBegin))
	if i < 0 {
		return -1
	}
	return i + 1
}

// asPEM returns the blocks of a PEM file, and none if data is to be read as DER.
func asPEM(data []byte, wanted half) ([]*pem.Block, error) {
	if len(data) == 0 {
		return nil, invalid("Key", "the data is empty")
	}
	if _, err := sequence(data); err == nil && !isText(data) {
		return nil, nil
	}
	text := bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")) // the mark that some editors put before UTF-8
	blocks, err := pemBlocks(text)
	if err != nil || len(blocks) > 0 {
		return blocks, err
	}
	if !bytes.HasPrefix(data, []byte{tagSequence}) || isText(data) {
		return nil, refuseData(text, wanted)
	}
	return nil, nil
}

// refuseLabel names what a PEM block holds that is not what is wanted.
func refuseLabel(label string, wanted half) error {
	switch {
	case label == "OPENSSH PRIVATE KEY":
		return invalid("Key", `the key is in OpenSSH's own format; "ssh-keygen -p -m PKCS8 -f FILE" converts it in place`)
	case label == "CERTIFICATE" && wanted == publicHalf:
		return invalid("Key", "the file holds a CERTIFICATE where a public key is wanted"+fromCertificate)
	case label == "CERTIFICATE", isLabel(label, privateHalf), isLabel(label, publicHalf):
		return invalid("Key", "the file holds "+aOr(label)+" where a "+string(wanted)+" is wanted")
	}
	return invalid("Key", "the PEM block "+quote(label)+" is no "+string(wanted))
}

// isLabel reports whether a PEM block with this label is read for what is wanted: its
// contents decide what it is, but no other algorithm is named and no container.
func isLabel(label string, wanted half) bool {
	kind, ok := strings.CutSuffix(label, strings.ToUpper(string(wanted)))
	switch kind {
	case "", "RSA ", "EC ", "ECDSA ", "SM2 ":
		return ok
	case "ENCRYPTED ":
		return ok && wanted == privateHalf
	}
	return false
}
