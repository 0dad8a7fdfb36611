// SPDX-License-Identifier: Apache-2.0

package fronttest

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// A Message is a request as it stands on the wire: nothing in it has to be valid.
type Message struct {
	Method, Target string
	Fields         []Field
	Body           []byte
	// Chunked sends the body in chunks; HTTP/2 has none.
	Chunked bool
}

// A Field is a line of the header, but for Content-Length, which is made of the body
// unless a field says otherwise.
type Field struct{ Name, Value string }

// NewMessage takes a request apart. It consumes its body.
func NewMessage(r *http.Request) *Message {
	m := &Message{Method: r.Method, Target: r.URL.RequestURI(), Fields: []Field{{"Host", r.Host}}}
	names := make([]string, 0, len(r.Header))
	for name := range r.Header {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range r.Header[name] {
			m.Fields = append(m.Fields, Field{name, value})
		}
	}
	if r.Body != nil {
		m.Body, _ = io.ReadAll(r.Body) // of a test, in memory
	}
	return m
}

func (m *Message) clone() *Message {
	c := *m
	c.Fields, c.Body = slices.Clone(m.Fields), bytes.Clone(m.Body)
	return &c
}

// index returns the place of a field, or -1.
func (m *Message) index(name string) int {
	return slices.IndexFunc(m.Fields, func(f Field) bool { return strings.EqualFold(f.Name, name) })
}

// query returns the target's query, and setQuery replaces it.
func (m *Message) query() string {
	_, query, _ := strings.Cut(m.Target, "?")
	return query
}

func (m *Message) setQuery(query string) {
	path, _, _ := strings.Cut(m.Target, "?")
	m.Target = path + "?" + query
}

// form reports whether the body is a form.
func (m *Message) form() bool {
	i := m.index("Content-Type")
	return i >= 0 && strings.Contains(m.Fields[i].Value, "form") && len(m.Body) > 0
}

// HTTP1 returns the bytes of HTTP/1.1.
func (m *Message) HTTP1() []byte {
	var b bytes.Buffer
	b.WriteString(m.Method + " " + m.Target + " HTTP/1.1\r\n")
	for _, f := range m.Fields {
		b.WriteString(f.Name + ": " + f.Value + "\r\n")
	}
	switch {
	case m.Chunked:
		half := len(m.Body) / 2
		b.WriteString("Transfer-Encoding: chunked\r\n\r\n")
		for _, chunk := range [][]byte{m.Body[:half], m.Body[half:], nil} {
			if len(chunk) > 0 {
				b.WriteString(strconv.FormatInt(int64(len(chunk)), 16) + "\r\n" + string(chunk) + "\r\n")
			}
		}
		b.WriteString("0\r\n\r\n")
		return b.Bytes()
	case m.index("Content-Length") < 0 && (len(m.Body) > 0 || m.Method == "POST"):
		b.WriteString("Content-Length: " + strconv.Itoa(len(m.Body)) + "\r\n")
	}
	b.WriteString("\r\n")
	b.Write(m.Body)
	return b.Bytes()
}

// HPACK returns the header of HTTP/2, RFC 7541: literals only, without Huffman's
// code. The first Host is the authority; names are in lower case, as they have to be.
func (m *Message) HPACK() []byte {
	authority := m.index("Host")
	var b []byte
	b = appendLiteral(b, ":method", m.Method)
	b = appendLiteral(b, ":scheme", "http")
	b = appendLiteral(b, ":path", m.Target)
	if authority >= 0 {
		b = appendLiteral(b, ":authority", m.Fields[authority].Value)
	}
	for i, f := range m.Fields {
		if i != authority {
			b = appendLiteral(b, strings.ToLower(f.Name), f.Value)
		}
	}
	return b
}

// appendLiteral appends a literal field without indexing, section 6.2.2.
func appendLiteral(b []byte, name, value string) []byte {
	b = append(b, 0)
	for _, s := range []string{name, value} {
		if len(s) < 127 {
			b = append(b, byte(len(s)))
		} else {
			b = append(b, 127)
			n := len(s) - 127
			for ; n >= 128; n >>= 7 {
				b = append(b, byte(n)|128)
			}
			b = append(b, byte(n))
		}
		b = append(b, s...)
	}
	return b
}
