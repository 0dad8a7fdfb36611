// SPDX-License-Identifier: Apache-2.0

package fronttest

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"time"
)

// A wire sends messages, one at a time, and returns the bodies of their answers. It
// connects anew when it has to.
type wire interface {
	// send returns an error if no answer arrives in time.
	send(m *Message, patience time.Duration) (body []byte, err error)
	close()
}

// patience is how long an answer may take that may never come: some mutants
// announce a body that they do not have.
const patience = 200 * time.Millisecond

// http1 is a connection of HTTP/1.1.
type http1 struct {
	address string
	conn    net.Conn
	in      *bufio.Reader
}

func (c *http1) close() {
	if c.conn != nil {
		_ = c.conn.Close()
		c.conn = nil
	}
}

func (c *http1) send(m *Message, patience time.Duration) ([]byte, error) {
	if c.conn == nil {
		var err error
		if c.conn, err = net.Dial("tcp", c.address); err != nil {
			return nil, err
		}
		c.in = bufio.NewReader(c.conn)
	}
	body, reuse, err := c.exchange(m, patience)
	if !reuse || err != nil {
		c.close()
	}
	return body, err
}

func (c *http1) exchange(m *Message, patience time.Duration) (body []byte, reuse bool, err error) {
	if _, err := c.conn.Write(m.HTTP1()); err != nil {
		return nil, false, err
	}
	_ = c.conn.SetReadDeadline(time.Now().Add(patience))
	resp, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return nil, false, err
	}
	body, err = io.ReadAll(resp.Body)
	// What is left over is the answer to what the server took for a second request.
	return body, !resp.Close && resp.StatusCode < 500 && c.in.Buffered() == 0, err
}

// http2 is a connection of HTTP/2 with prior knowledge, RFC 9113. It reads no header
// of an answer: the body is not compressed.
type http2 struct {
	address string
	conn    net.Conn
	in      *bufio.Reader
	stream  uint32
}

// The types and flags of frames, section 6.
const (
	frameData, frameHeaders, frameReset, frameSettings, framePing, frameGoAway, frameWindow = 0, 1, 3, 4, 6, 7, 8

	flagEndStream, flagAck, flagEndHeaders = 1, 1, 4
	maxFrame                               = 16384
)

var errRefused = errors.New("the server refused the stream")

func (c *http2) close() {
	if c.conn != nil {
		_ = c.conn.Close()
		c.conn = nil
	}
}

func (c *http2) send(m *Message, patience time.Duration) ([]byte, error) {
	header := m.HPACK()
	if len(header) > maxFrame || len(m.Body) > maxFrame {
		return nil, errRefused // no need for more than one frame
	}
	if c.conn == nil {
		if err := c.connect(); err != nil {
			c.close()
			return nil, err
		}
	}
	c.stream += 2
	flags := byte(flagEndHeaders)
	if len(m.Body) == 0 {
		flags |= flagEndStream
	}
	out := appendFrame(nil, frameHeaders, flags, c.stream, header)
	if len(m.Body) > 0 {
		out = appendFrame(out, frameData, flagEndStream, c.stream, m.Body)
	}
	body, err := c.exchange(out, patience)
	if err != nil && !errors.Is(err, errRefused) || c.stream > 2000 {
		c.close()
	}
	return body, err
}

func (c *http2) connect() (err error) {
	if c.conn, err = net.Dial("tcp", c.address); err != nil {
		return err
	}
	c.in, c.stream = bufio.NewReader(c.conn), 0xffffffff
	out := appendFrame([]byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), frameSettings, 0, 0, nil)
	out = appendFrame(out, frameWindow, 0, 0, binary.BigEndian.AppendUint32(nil, 1<<30))
	_, err = c.conn.Write(out)
	return err
}

// exchange writes a request and reads frames until its answer is there in full.
func (c *http2) exchange(out []byte, patience time.Duration) (body []byte, err error) {
	if _, err := c.conn.Write(out); err != nil {
		return nil, err
	}
	_ = c.conn.SetReadDeadline(time.Now().Add(patience))
	for {
		var head [9]byte
		if _, err := io.ReadFull(c.in, head[:]); err != nil {
			return nil, err
		}
		payload := make([]byte, int(head[0])<<16|int(head[1])<<8|int(head[2]))
		if _, err := io.ReadFull(c.in, payload); err != nil {
			return nil, err
		}
		kind, flags, stream := head[3], head[4], binary.BigEndian.Uint32(head[5:])
		switch {
		case kind == frameGoAway:
			return nil, io.EOF
		case kind == frameSettings && flags&flagAck == 0:
			_, err = c.conn.Write(appendFrame(nil, frameSettings, flagAck, 0, nil))
		case kind == framePing && flags&flagAck == 0:
			_, err = c.conn.Write(appendFrame(nil, framePing, flagAck, 0, payload))
		case stream != c.stream:
		case kind == frameReset:
			return nil, errRefused
		case kind == frameData:
			body = append(body, payload...)
		}
		if err != nil {
			return nil, err
		}
		if stream == c.stream && (kind == frameData || kind == frameHeaders) && flags&flagEndStream != 0 {
			return body, nil
		}
	}
}

func appendFrame(b []byte, kind, flags byte, stream uint32, payload []byte) []byte {
	n := len(payload)
	b = append(b, byte(n>>16), byte(n>>8), byte(n), kind, flags)
	b = binary.BigEndian.AppendUint32(b, stream)
	return append(b, payload...)
}
