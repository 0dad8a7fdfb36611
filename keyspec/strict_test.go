// SPDX-License-Identifier: Apache-2.0

package keyspec_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/keyspec"
)

// A node is an element of DER, taken apart where it holds DER itself.
type node struct {
	tag      byte
	prefix   []byte // the count of unused bits before the DER in a BIT STRING
	body     []byte // of a leaf
	children []*node
}

// parseDER takes good DER apart; ok is false for what is none.
func parseDER(data []byte) (nodes []*node, ok bool) {
	for len(data) > 0 {
		if len(data) < 2 {
			return nil, false
		}
		n, length, head := &node{tag: data[0]}, int(data[1]), 2
		if length == 0x81 && len(data) > 2 {
			length, head = int(data[2]), 3
		} else if length == 0x82 && len(data) > 3 {
			length, head = int(data[2])<<8|int(data[3]), 4
		} else if length >= 0x80 {
			return nil, false
		}
		if n.tag == 0 || len(data) < head+length {
			return nil, false
		}
		n.body, data = data[head:head+length], data[head+length:]
		inside := n.body
		if n.tag == 0x03 && len(inside) > 0 {
			n.prefix, inside = inside[:1], inside[1:]
		}
		constructed := n.tag&0x20 != 0
		if constructed || n.tag == 0x04 || n.tag == 0x03 {
			// What is in a string is DER only if it opens with a SEQUENCE.
			if children, ok := parseDER(inside); ok && (constructed || len(inside) > 0 && inside[0] == 0x30) {
				n.children = children
			}
		}
		nodes = append(nodes, n)
	}
	return nodes, true
}

// write puts the tree together again; header writes tag and length.
func (n *node) write(header func(n *node, length int) []byte) []byte {
	body := n.body
	if n.children != nil {
		body = append([]byte{}, n.prefix...)
		for _, c := range n.children {
			body = append(body, c.write(header)...)
		}
	}
	return append(header(n, len(body)), body...)
}

func (n *node) walk(visit func(*node)) {
	visit(n)
	for _, c := range n.children {
		c.walk(visit)
	}
}

func der1(n *node, length int) []byte {
	switch {
	case length < 0x80:
		return []byte{n.tag, byte(length)}
	case length < 0x100:
		return []byte{n.tag, 0x81, byte(length)}
	}
	return []byte{n.tag, 0x82, byte(length >> 8), byte(length)}
}

// At every element of every form of every spec: a length in more bytes than it
// takes, one too many zero before an integer, an indefinite length, an element too
// many, another tag. BER takes the first four.
func TestStrictDER(t *testing.T) {
	mutations := 0
	for _, k := range keyspec.All() {
		forms := []string{"pkcs8", "spki", "sec1"}
		if strings.HasPrefix(string(k), "RSA") {
			forms = []string{"pkcs8", "spki", "pkcs1", "pkcs1pub"}
		}
		for _, form := range forms {
			data := read(t, string(k)+"_TESTING."+form+".der")
			parse := func(der []byte) error {
				if form == "spki" || form == "pkcs1pub" {
					_, err := keyspec.ParsePublicKey(der)
					return err
				}
				_, err := keyspec.ParsePrivateKey(der, nil)
				return err
			}
			nodes, ok := parseDER(data)
			require.True(t, ok)
			require.Len(t, nodes, 1)
			root := nodes[0]
			require.Equal(t, data, root.write(der1), "the test's own reader")

			refuse := func(what string, der []byte) {
				t.Helper()
				mutations++
				require.NotEqual(t, data, der)
				require.Error(t, parse(der), "%s %s: %s", k, form, what)
			}
			root.walk(func(at *node) {
				refuse("long length", root.write(func(n *node, length int) []byte {
					if n != at {
						return der1(n, length)
					}
					if length < 0x80 {
						return []byte{n.tag, 0x81, byte(length)}
					}
					return []byte{n.tag, 0x83, 0, byte(length >> 8), byte(length)}
				}))
				saved := *at
				at.tag ^= 0x40
				refuse("another tag", root.write(der1))
				*at = saved
				if at.tag == 0x02 {
					at.body = append([]byte{at.body[0] & 0x80}, at.body...)
					if saved.body[0]&0x80 == 0 {
						refuse("padded integer", root.write(der1))
					}
					*at = saved
				}
				if at.children != nil {
					at.children = append(at.children[:len(at.children):len(at.children)], &node{tag: 0x05})
					refuse("an element too many", root.write(der1))
					*at = saved
					at.children = append(at.children[:len(at.children):len(at.children)], &node{tag: 0x00})
					refuse("end of contents", root.write(func(n *node, length int) []byte {
						if n == at {
							return []byte{n.tag, 0x80}
						}
						return der1(n, length)
					}))
					*at = saved
				}
			})
			require.NoError(t, parse(root.write(der1)))
		}
	}
	require.Equal(t, 441, mutations)
}
