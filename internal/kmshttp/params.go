// SPDX-License-Identifier: Apache-2.0

package kmshttp

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// MaxParams is the most parameters that a request may have.
const MaxParams = 128

// maxName is the longest name of a parameter. The longest in use has 16 letters.
const maxName = 64

// Params are the parameters of a request: sorted by name, each name once. It does
// not matter whether they came in a query, a form or a JSON object.
type Params []Param

// A Param is one parameter, decoded.
type Param struct {
	Name, Value string
	// Number marks one that was a number in JSON.
	Number bool
}

// Get returns the value of a parameter, or "" if it is not there.
func (p Params) Get(name string) string {
	for i := range p {
		if p[i].Name == name {
			return p[i].Value
		}
	}
	return ""
}

// Need returns the value of a parameter, or MissingParameter if it is empty or
// not there.
func (p Params) Need(name string) (string, error) {
	if v := p.Get(name); v != "" {
		return v, nil
	}
	return "", Missing(name)
}

// Only refuses every parameter that is not one of the names. Only one of "NAME#" may be
// a number, and "NAME[]" is a list.
func (p Params) Only(names ...string) error {
	for i := range p {
		name := p[i].Name
		base, _, _ := strings.Cut(name, ".")
		switch {
		case slices.Contains(names, name+"#"), slices.Contains(names, name) && !p[i].Number:
		case slices.Contains(names, base+"[]") && !p[i].Number: // List checks the rest of the name
		case slices.Contains(names, name):
			return Invalid(name, "it is not a string")
		default:
			return Invalid("", "this action has no parameter "+name)
		}
	}
	return nil
}

// List returns the values of a list, the parameters NAME.0, NAME.1 and so on. It
// refuses one that lacks an index.
func (p Params) List(name string) ([]string, error) {
	n := 0
	for i := range p {
		if base, _, _ := strings.Cut(p[i].Name, "."); base == name {
			n++
		}
	}
	list := make([]string, n)
	for i := range list {
		at := slices.IndexFunc(p, func(e Param) bool { return e.Name == name+"."+strconv.Itoa(i) })
		if at < 0 {
			return nil, Invalid("", name+" is not a list")
		}
		list[i] = p[at].Value
	}
	return list, nil
}

// AppendQuery appends esc(name)=esc(value) of all but the one named except,
// joined with &.
func (p Params) AppendQuery(dst []byte, except string) []byte {
	first := true
	for i := range p {
		if p[i].Name == except {
			continue
		}
		if !first {
			dst = append(dst, '&')
		}
		first = false
		dst = AppendEscaped(dst, p[i].Name)
		dst = append(dst, '=')
		dst = AppendEscaped(dst, p[i].Value)
	}
	return dst
}

// ParseForms decodes strings in application/x-www-form-urlencoded, the query and
// a body, into one set of parameters. It is stricter than net/url: it refuses
// parameters without a name, a name that occurs twice, in one string or in two,
// names of anything but letters, digits, '.', '_' and '-', an escape that is not
// two hexadecimal digits, bytes that should have been escaped, values that are not
// UTF-8 or have control characters, and more than MaxParams.
func ParseForms(forms ...string) (Params, error) {
	p := make(Params, 0, 16)
	for _, s := range forms {
		for s != "" {
			var pair string
			pair, s, _ = strings.Cut(s, "&")
			name, value, _ := strings.Cut(pair, "=")
			// No name needs an escape; so none is looked for, and checkName refuses
			// the %.
			value, err := unescape(value)
			if err != nil {
				return nil, err
			}
			if p, err = p.add(name, value); err != nil {
				return nil, err
			}
		}
	}
	return p.sorted()
}

// Peek looks for parameters in forms that are not parsed yet, and sets the value of
// each name, "" if it is not there. It refuses a value that ParseForms refuses, and
// one of the names twice; the value of that is "".
func Peek(values, names []string, forms ...string) error {
	var first error
	for _, s := range forms {
		for s != "" {
			var pair string
			pair, s, _ = strings.Cut(s, "&")
			name, value, _ := strings.Cut(pair, "=")
			i := slices.Index(names, name)
			if i < 0 {
				continue
			}
			var err error
			if values[i] != "" {
				value, err = "", twice(name)
			} else if value, err = unescape(value); err == nil {
				err = checkText(name, value)
			}
			if values[i] = value; err != nil && first == nil {
				first = err
			}
		}
	}
	return first
}

func twice(name string) error {
	return Invalid("", "the parameter "+name+" is given more than once")
}

// ParseJSON decodes a JSON object of strings, numbers and lists of strings. Of a list
// every element is a parameter, as in a form: NAME.0, NAME.1 and so on. It refuses what
// ParseForms refuses, other values, and anything after the object. Names are compared
// exactly. Nothing at all is an empty object.
func ParseJSON(data []byte) (Params, error) {
	if len(data) == 0 {
		return nil, nil
	}
	if !utf8.Valid(data) {
		return nil, Invalid("", "the body is not UTF-8")
	}
	malformed := Invalid("", "the body is not a JSON object of strings, numbers and lists of strings")
	// Token by token: json.Unmarshal takes the last of two equal names, and knows
	// no difference between KeyId and keyid.
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, malformed
	}
	p := make(Params, 0, 8)
	var lists Params // by their names alone: one without elements counts as given, too
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		if err != nil || !ok {
			return nil, malformed
		}
		if t, err = d.Token(); err != nil {
			return nil, malformed
		}
		switch v := t.(type) {
		case string:
			p, err = p.add(name, v)
		case json.Number:
			if p, err = p.add(name, v.String()); err == nil {
				p[len(p)-1].Number = true
			}
		case json.Delim:
			if v != '[' {
				return nil, malformed
			}
			lists, err = lists.add(name, "")
			for i := 0; err == nil && d.More(); i++ {
				element, e := d.Token()
				text, ok := element.(string)
				if e != nil || !ok {
					return nil, malformed
				}
				p, err = p.add(name+"."+strconv.Itoa(i), text)
			}
			if _, e := d.Token(); err == nil && e != nil {
				return nil, malformed
			}
		default:
			return nil, malformed
		}
		if err != nil {
			return nil, err
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, malformed
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, malformed
	}
	if _, err := append(lists, p...).sorted(); err != nil {
		return nil, err
	}
	return p.sorted()
}

func (p Params) add(name, value string) (Params, error) {
	if len(p) == MaxParams {
		return nil, Invalid("", "there are more than "+strconv.Itoa(MaxParams)+" parameters")
	}
	if err := checkName(name); err != nil {
		return nil, err
	}
	if err := checkText(name, value); err != nil {
		return nil, err
	}
	return append(p, Param{Name: name, Value: value}), nil
}

// sorted sorts by name, as the providers do before they sign, and refuses
// duplicates.
func (p Params) sorted() (Params, error) {
	slices.SortFunc(p, func(a, b Param) int { return strings.Compare(a.Name, b.Name) })
	for i := 1; i < len(p); i++ {
		if p[i].Name == p[i-1].Name {
			return nil, twice(p[i].Name)
		}
	}
	return p, nil
}

func checkName(name string) error {
	if name == "" || len(name) > maxName {
		return Invalid("", "the name of a parameter is empty or too long")
	}
	for i := 0; i < len(name); i++ {
		if c := name[i]; !unreserved(c) || c == '~' {
			return Invalid("", "the name of a parameter has other characters than letters, digits, '.', '_' and '-'")
		}
	}
	return nil
}

func checkText(name, value string) error {
	for i := 0; i < len(value); i++ {
		if c := value[i]; c < ' ' || c == 0x7f {
			return Invalid(name, "it has a control character")
		}
	}
	if !utf8.ValidString(value) {
		return Invalid(name, "it is not UTF-8")
	}
	return nil
}

// unescape undoes the encoding of one value.
func unescape(s string) (string, error) {
	plain := true
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '%' || c == '+':
			plain = false
		case c <= ' ' || c >= 0x7f || c == ';' || c == '#':
			// A ';' separates parameters for some parsers and not for others.
			return "", Invalid("", "a parameter has a character that has to be escaped")
		}
	}
	if plain {
		return s, nil
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '+':
			b = append(b, ' ')
		case '%':
			if i+2 >= len(s) {
				return "", Invalid("", "a parameter has a broken escape")
			}
			hi, lo := unhex(s[i+1]), unhex(s[i+2])
			if hi > 15 || lo > 15 {
				return "", Invalid("", "a parameter has a broken escape")
			}
			b = append(b, hi<<4|lo)
			i += 2
		default:
			b = append(b, s[i])
		}
	}
	return string(b), nil
}

// unhex returns the value of a hexadecimal digit, or 255.
func unhex(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10
	}
	return 255
}
