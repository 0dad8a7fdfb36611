// SPDX-License-Identifier: Apache-2.0

package diagnose

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"io"
)

// A content is one sequence of bytes that may have been taken for the message. It
// is written into a hash, so that most need no copy of the message.
type content struct {
	write  func(w io.Writer)
	causes []cause
}

// verbatim writes the bytes as they are.
func verbatim(b []byte) func(io.Writer) { return func(w io.Writer) { w.Write(b) } }

// contentsOf returns the message, then what else may have been taken for it.
func contentsOf(msg []byte) []content {
	all := []content{{write: verbatim(msg)}}
	add := func(m cause, write func(io.Writer)) {
		all = append(all, content{write, []cause{m}})
	}
	newline := func(m cause) {
		for _, end := range []string{"\r\n", "\n"} {
			if without, ok := bytes.CutSuffix(msg, []byte(end)); ok {
				add(m, verbatim(without))
				break
			}
		}
	}
	newline(cause{TrailingNewline,
		"The given message ends with a newline that the signed one lacks.",
		"Verify the message without the newline at its end; many editors, and echo without -n, add one."})
	for _, end := range []string{"\n", "\r\n"} {
		add(cause{TrailingNewline,
			"The signed message ends with a newline that the given one lacks.",
			"Sign the message without the newline that an editor, or echo without -n, put at its end."},
			func(w io.Writer) { w.Write(msg); io.WriteString(w, end) })
	}
	add(cause{LineEndings,
		"The signed message has LF line endings where the given one has CR LF.",
		"Sign and verify the same bytes: transfer the file as binary, without conversion of line endings."},
		func(w io.Writer) { w.Write(lineFeeds(msg)) })
	add(cause{LineEndings,
		"The signed message has CR LF line endings where the given one has LF.",
		"Sign and verify the same bytes: transfer the file as binary, without conversion of line endings."},
		func(w io.Writer) { w.Write(bytes.ReplaceAll(lineFeeds(msg), []byte("\n"), []byte("\r\n"))) })

	asHex := cause{MessageAsHex,
		"The signer took the hexadecimal text of the message for the message.",
		"Decode the hexadecimal text before signing."}
	add(asHex, hexOf(msg))
	add(asHex, upperHexOf(msg))
	for _, variant := range base64Variants {
		add(cause{MessageAsBase64,
			"The signer took the base64 text of the message for the message.",
			"Decode the base64 text before signing."}, base64Of(variant, msg))
	}
	if value, ok := fromHex(msg); ok {
		add(cause{MessageFromHex,
			"The given message is hexadecimal text, and the signer took the bytes that it stands for.",
			"Decode the hexadecimal text before verifying."}, verbatim(value))
	}
	if value, ok := fromBase64(msg); ok {
		add(cause{MessageFromBase64,
			"The given message is base64 text, and the signer took the bytes that it stands for.",
			"Decode the base64 text before verifying."}, verbatim(value))
	}
	return all
}

// digestContents returns what may have been taken for the message by a signer that
// had hashed it before: the digest, and its text, alone and as a line. The name is that of the digest.
func digestContents(name string, digest []byte) []content {
	asHex := []cause{{DigestAsHex,
		"The signer took the hexadecimal text of the " + name + " digest for the message, and hashed it.",
		"Give the message to the signer, or the 32 bytes of the digest to SignDigest."}}
	asBase64 := []cause{{DigestAsBase64,
		"The signer took the base64 text of the " + name + " digest for the message, and hashed it.",
		"Give the message to the signer, or the 32 bytes of the digest to SignDigest."}}
	all := []content{
		{verbatim(digest), []cause{{HashedTwice,
			"The signer took the " + name + " digest for the message, and hashed it again.",
			"Give the message to what hashes, or the digest to what does not: SignDigest."}}},
		{hexOf(digest), asHex},
		{upperHexOf(digest), asHex},
	}
	for _, variant := range base64Variants {
		all = append(all, content{base64Of(variant, digest), asBase64})
	}
	asLine := func(code Code, encoding string, text func(io.Writer), end string) {
		all = append(all, content{
			func(w io.Writer) { text(w); io.WriteString(w, end) },
			[]cause{{code,
				"The signer took a line with the " + encoding + " text of the " + name + " digest for the message, and hashed it.",
				"Give the message to the signer, or the 32 bytes of the digest to SignDigest."}},
		})
	}
	asLine(DigestAsHex, "hexadecimal", hexOf(digest), "\n")
	asLine(DigestAsHex, "hexadecimal", hexOf(digest), "  -\n") // as sha256sum prints it
	asLine(DigestAsHex, "hexadecimal", upperHexOf(digest), "\n")
	asLine(DigestAsBase64, "base64", base64Of(base64.StdEncoding, digest), "\n")
	return all
}

func hexOf(b []byte) func(io.Writer) {
	return func(w io.Writer) { hex.NewEncoder(w).Write(b) }
}

func upperHexOf(b []byte) func(io.Writer) {
	return func(w io.Writer) { hex.NewEncoder(upperCase{w}).Write(b) }
}

func base64Of(variant *base64.Encoding, b []byte) func(io.Writer) {
	return func(w io.Writer) {
		e := base64.NewEncoder(variant, w)
		e.Write(b)
		e.Close()
	}
}

// upperCase writes in upper case.
type upperCase struct{ w io.Writer }

func (u upperCase) Write(p []byte) (int, error) { return u.w.Write(bytes.ToUpper(p)) }

func lineFeeds(msg []byte) []byte { return bytes.ReplaceAll(msg, []byte("\r\n"), []byte("\n")) }
