package keyspec

import (
	"bytes"
	"encoding/pem"
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
			return nil, invalid("Key", "the PEM block "+quote(string(label))+" is damaged")
		}
		blocks = append(blocks, block)
		data = data[end:]
	}
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
func asPEM(data []byte) ([]*pem.Block, error) {
	if len(data) == 0 {
		return nil, invalid("Key", "the data is empty")
	}
	if _, err := sequence(data); err == nil {
		return nil, nil
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")) // the mark that some editors put before UTF-8
	blocks, err := pemBlocks(data)
	if err != nil || len(blocks) > 0 {
		return blocks, err
	}
	if !bytes.HasPrefix(data, []byte{tagSequence}) {
		return nil, invalid("Key", "the data is neither PEM nor DER")
	}
	return nil, nil
}

// refuseLabel names what a PEM block holds that is not what is wanted, which is
// "private key" or "public key".
func refuseLabel(label, wanted string) error {
	switch label {
	case "OPENSSH PRIVATE KEY":
		return invalid("Key", `the key is in OpenSSH's own format; "ssh-keygen -p -m PKCS8" converts it`)
	case "CERTIFICATE", "PUBLIC KEY", "RSA PUBLIC KEY", "PRIVATE KEY", "ENCRYPTED PRIVATE KEY",
		"EC PRIVATE KEY", "SM2 PRIVATE KEY", "RSA PRIVATE KEY":
		return invalid("Key", "the file holds a "+label+" where a "+wanted+" is wanted")
	}
	return invalid("Key", "the PEM block "+quote(label)+" is no "+wanted)
}
