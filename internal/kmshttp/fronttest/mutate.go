// SPDX-License-Identifier: Apache-2.0

package fronttest

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// A Mutator changes messages: one to three changes at a time, of the kinds that
// parsers, proxies and signatures disagree on. It knows no dialect; it takes words
// from the message itself.
type Mutator struct{ rng *rand.Rand }

// NewMutator returns a Mutator that makes the same mutants of the same seed.
func NewMutator(seed uint64) *Mutator { return &Mutator{rand.New(rand.NewPCG(seed, 0))} }

// Mutate returns a changed copy. Now and then nothing is changed, or only the form in
// which the message is sent.
func (x *Mutator) Mutate(m *Message) *Message {
	m = m.clone()
	for range []int{0, 1, 1, 1, 1, 1, 2, 2, 3}[x.rng.IntN(9)] {
		changes[x.rng.IntN(len(changes))](x, m)
	}
	return m
}

var changes = []func(*Mutator, *Message){
	(*Mutator).bytes, (*Mutator).bytes, (*Mutator).word, (*Mutator).word, (*Mutator).pad, (*Mutator).pad,
	(*Mutator).fold, (*Mutator).duplicate, (*Mutator).upDown, (*Mutator).reorder, (*Mutator).escape,
	(*Mutator).padParameter, (*Mutator).move, (*Mutator).line, (*Mutator).host, (*Mutator).number, (*Mutator).add,
	(*Mutator).drop, (*Mutator).encoding, (*Mutator).framing,
}

// spaces are what some code takes for space, and what looks like none.
var spaces = []string{
	" ", "  ", "\t", " \t ", "\v", "\f", "\u0085", "\u00a0", "\u1680", "\u2003", "\u2028", "\u2029", "\u202f",
	"\u205f", "\u3000", "\u200b", "\ufeff", "\u00ad", "\u180e", "\xa0", "\x85", "\x00", "\u2003\u00a0", "\u3000 ",
}

var odd = []byte(" \t\r\n\x00\x7f\x80\xff%+&=;,:/?#\"'\\.-_~0aAzZ")

func pick[T any](x *Mutator, from []T) T { return from[x.rng.IntN(len(from))] }

// part returns a part of the message to be changed, and how to put it back.
func (x *Mutator) part(m *Message) (string, func(string)) {
	switch n := x.rng.IntN(12); {
	case n == 0:
		return m.Method, func(s string) { m.Method = s }
	case n < 3:
		return m.Target, func(s string) { m.Target = s }
	case n < 5 && len(m.Body) > 0:
		return string(m.Body), func(s string) { m.Body = []byte(s) }
	case n == 5 && len(m.Fields) > 0:
		f := &m.Fields[x.rng.IntN(len(m.Fields))]
		return f.Name, func(s string) { f.Name = s }
	case len(m.Fields) > 0:
		f := &m.Fields[x.rng.IntN(len(m.Fields))]
		return f.Value, func(s string) { f.Value = s }
	}
	return m.Target, func(s string) { m.Target = s }
}

// bytes replaces, inserts or removes a byte.
func (x *Mutator) bytes(m *Message) {
	s, set := x.part(m)
	c := pick(x, odd)
	if x.rng.IntN(2) == 0 {
		c = byte(x.rng.IntN(256))
	}
	i := x.rng.IntN(len(s) + 1)
	switch n := x.rng.IntN(3); {
	case n == 0 || i == len(s):
		set(s[:i] + string([]byte{c}) + s[i:])
	case n == 1:
		set(s[:i] + string([]byte{c}) + s[i+1:])
	default:
		set(s[:i] + s[i+1:])
	}
}

// word replaces, doubles or removes what stands between separators.
func (x *Mutator) word(m *Message) {
	s, set := x.part(m)
	from := words(s)
	if len(from) == 0 {
		return
	}
	w := pick(x, from)
	other, _ := x.part(m)
	to := append(words(other), "GET", "POST", "true", "false", "0", "1", "null", "HMAC-SHA1", "HmacSHA1", "HmacSHA256",
		"host", "kms")
	with := pick(x, to)
	switch x.rng.IntN(4) {
	case 0:
		with = w + w
	case 1:
		with = ""
	}
	if x.rng.IntN(4) == 0 {
		set(strings.ReplaceAll(s, w, with))
	} else {
		set(strings.Replace(s, w, with, 1))
	}
}

func words(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("&=;,:/? \"{}", r) })
}

// value returns a field, more often than not one of those that say something.
func (x *Mutator) value(m *Message) *string {
	if len(m.Fields) == 0 {
		return new(string)
	}
	return &m.Fields[x.rng.IntN(len(m.Fields))].Value
}

// pad puts space around a value, or into it.
func (x *Mutator) pad(m *Message) {
	v := x.value(m)
	space := strings.Repeat(pick(x, spaces), 1+x.rng.IntN(2))
	switch x.rng.IntN(5) {
	case 0, 1:
		*v += space
	case 2, 3:
		*v = space + *v
	default:
		i := x.rng.IntN(len(*v) + 1)
		*v = (*v)[:i] + space + (*v)[i:]
	}
}

// fold breaks a line: obsolete, and read by some servers.
func (x *Mutator) fold(m *Message) {
	v := x.value(m)
	fold := strings.Repeat(pick(x, []string{"\r\n ", "\r\n\t", "\n ", "\r\n  ", "\r "}), 1+x.rng.IntN(2))
	i := pick(x, []int{0, len(*v), x.rng.IntN(len(*v) + 1)})
	*v = (*v)[:i] + fold + (*v)[i:]
}

// duplicate sends a line twice, the second with the same or another value.
func (x *Mutator) duplicate(m *Message) {
	if len(m.Fields) == 0 {
		return
	}
	f := pick(x, m.Fields)
	switch x.rng.IntN(4) {
	case 0:
		f.Value = ""
	case 1:
		f.Value += "1"
	case 2:
		f.Name = strings.ToUpper(f.Name)
	}
	m.Fields = slices.Insert(m.Fields, x.rng.IntN(len(m.Fields)+1), f)
}

// upDown changes the case of a part, of a word of it, or of a letter.
func (x *Mutator) upDown(m *Message) {
	s, set := x.part(m)
	change := pick(x, []func(string) string{strings.ToUpper, strings.ToLower, swapCase})
	switch from := words(s); {
	case x.rng.IntN(3) == 0 || len(from) == 0:
		set(change(s))
	default:
		w := pick(x, from)
		set(strings.Replace(s, w, change(w), 1))
	}
}

func swapCase(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'a' <= c|0x20 && c|0x20 <= 'z' {
			b[i] = c ^ 0x20
		}
	}
	return string(b)
}

// reorder shuffles fields, parameters, or a list within a field.
func (x *Mutator) reorder(m *Message) {
	shuffle := func(s, separator string) string {
		parts := strings.Split(s, separator)
		x.rng.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		return strings.Join(parts, separator)
	}
	switch x.rng.IntN(4) {
	case 0:
		x.rng.Shuffle(len(m.Fields), func(i, j int) { m.Fields[i], m.Fields[j] = m.Fields[j], m.Fields[i] })
	case 1:
		m.setQuery(shuffle(m.query(), "&"))
	case 2:
		m.Body = []byte(shuffle(string(m.Body), pick(x, []string{"&", ","})))
	default:
		v := x.value(m)
		*v = shuffle(*v, pick(x, []string{",", ", ", ";", " "}))
	}
}

// parameters returns the query or the form, as pairs, and how to put them back.
func (x *Mutator) parameters(m *Message) ([]string, func([]string)) {
	if m.form() && x.rng.IntN(4) > 0 {
		return strings.Split(string(m.Body), "&"), func(p []string) { m.Body = []byte(strings.Join(p, "&")) }
	}
	return strings.Split(m.query(), "&"), func(p []string) { m.setQuery(strings.Join(p, "&")) }
}

// escape changes the percent-encoding of a parameter and not what it says, or does.
func (x *Mutator) escape(m *Message) {
	p, set := x.parameters(m)
	i := x.rng.IntN(len(p))
	s := p[i]
	switch x.rng.IntN(5) {
	case 0, 1: // a byte that needs no escape, escaped
		if len(s) > 0 {
			j := x.rng.IntN(len(s))
			s = s[:j] + "%" + strings.ToUpper(strconv.FormatUint(uint64(s[j])|0x100, 16)[1:]) + s[j+1:]
		}
	case 2: // hexadecimal digits in small letters
		if j := strings.IndexByte(s, '%'); j >= 0 && j+3 <= len(s) {
			s = s[:j] + strings.ToLower(s[j:j+3]) + s[j+3:]
		}
	case 3: // an escape, undone
		if j := strings.IndexByte(s, '%'); j >= 0 && j+3 <= len(s) {
			if c, err := strconv.ParseUint(s[j+1:j+3], 16, 8); err == nil {
				s = s[:j] + string([]byte{byte(c)}) + s[j+3:]
			}
		}
	default:
		s = pick(x, []*strings.Replacer{
			strings.NewReplacer("+", "%20"), strings.NewReplacer("%20", "+"),
			strings.NewReplacer("%", "%25"), strings.NewReplacer("%3D", "="),
		}).Replace(s)
	}
	p[i] = s
	set(p)
}

// padParameter puts escaped space around the value of a parameter, or around its
// name.
func (x *Mutator) padParameter(m *Message) {
	p, set := x.parameters(m)
	i := x.rng.IntN(len(p))
	var escaped strings.Builder
	for _, c := range []byte(pick(x, spaces)) {
		escaped.WriteString("%" + strings.ToUpper(strconv.FormatUint(uint64(c)|0x100, 16)[1:]))
	}
	space := pick(x, []string{"+", escaped.String(), escaped.String(), escaped.String()})
	name, value, _ := strings.Cut(p[i], "=")
	p[i] = pick(x, []string{
		name + "=" + space + value, name + "=" + value + space, name + space + "=" + value, space + name + "=" + value,
	})
	set(p)
}

// move takes a parameter from the query to the body or back, or says it in both.
func (x *Mutator) move(m *Message) {
	query, body := strings.Split(m.query(), "&"), strings.Split(string(m.Body), "&")
	from, to := &query, &body
	if len(m.Body) > 0 && x.rng.IntN(2) == 0 {
		from, to = &body, &query
	}
	if x.rng.IntN(4) == 0 {
		*from, *to = nil, *from
	} else {
		i := x.rng.IntN(len(*from))
		pair := (*from)[i]
		if x.rng.IntN(2) == 0 {
			*from = slices.Delete(*from, i, i+1)
		}
		*to = slices.Insert(*to, x.rng.IntN(len(*to)+1), pair)
	}
	trim := func(p []string) string { return strings.Trim(strings.Join(p, "&"), "&") }
	m.setQuery(trim(query))
	m.Body = []byte(trim(body))
	if x.rng.IntN(2) == 0 {
		m.setField("Content-Type", "application/x-www-form-urlencoded")
	}
}

func (m *Message) setField(name, value string) {
	if i := m.index(name); i >= 0 {
		m.Fields[i].Value = value
	} else {
		m.Fields = append(m.Fields, Field{name, value})
	}
}

// line changes the method or the target.
func (x *Mutator) line(m *Message) {
	host := ""
	if i := m.index("Host"); i >= 0 {
		host = m.Fields[i].Value
	}
	path, query, _ := strings.Cut(m.Target, "?")
	switch x.rng.IntN(8) {
	case 0:
		m.Method = pick(x, []string{"GET", "POST", "PUT", "HEAD", "get", "OPTIONS", "DELETE", "PATCH"})
	case 1:
		m.Target = pick(x, []string{"//", "/./", "/%2F", "/%2f", "/x/../", "*", "", "/;", "/%00"}) + "?" + query
	case 2:
		m.Target = "http://" + host + m.Target
	case 3:
		m.Target = "http://other.example" + m.Target
	case 4:
		m.Target += pick(x, []string{"&", "&&", "#", "#x", "?", "&=", "&x", ";", "&x=1", "%26", "%00"})
	case 5:
		m.Target = path + "?" + pick(x, []string{"&", "?", ";", "x&"}) + query
	case 6:
		m.Target = path + "??" + query
	default:
		m.Target = path
	}
}

// host spells the host in another way, or names another one.
func (x *Mutator) host(m *Message) {
	i := m.index("Host")
	if i < 0 {
		return
	}
	h := &m.Fields[i].Value
	name, port, _ := strings.Cut(*h, ":")
	*h = pick(x, []string{
		name, name + ":", name + ":80", name + ":" + port + "0", name + ":0" + port, name + ".:" + port,
		strings.ToUpper(*h), "user@" + *h, "x" + *h, *h + ".example", name + ":" + port + ":" + port, "kms", "[::1]:" + port,
	})
}

// number changes how digits are written.
func (x *Mutator) number(m *Message) {
	s, set := x.part(m)
	start := strings.IndexAny(s, "123456789")
	if start < 0 {
		return
	}
	end := start
	for end < len(s) && '0' <= s[end] && s[end] <= '9' {
		end++
	}
	digits := s[start:end]
	n, err := strconv.ParseUint(digits, 10, 63)
	if err != nil {
		return
	}
	with := pick(x, []string{
		"0" + digits, "+" + digits, "-" + digits, digits + ".0", digits + "e0", "0x" + strconv.FormatUint(n, 16),
		strconv.FormatUint(n+1, 10), strconv.FormatUint(n-1, 10), strconv.FormatUint(n+60, 10),
	})
	set(s[:start] + with + s[end:])
}

// add adds a field or a parameter that is not signed.
func (x *Mutator) add(m *Message) {
	if x.rng.IntN(3) == 0 {
		p, set := x.parameters(m)
		set(append(p, pick(x, []string{
			"x=1", "DryRun=true", "DryRun=false", "Format=XML", "Language=zh-CN", "x", "", "Nonce=1", "SignatureNonce=1",
		})))
		return
	}
	f := pick(x, []Field{
		{"X-Forwarded-Host", "other.example"}, {"X-Http-Method-Override", "GET"}, {"X-Acs-Extra", "1"}, {"X-TC-Extra", "1"},
		{"X-Acs-Security-Token", ""}, {"X-Acs-Signature-Nonce", "1"}, {"X-TC-Content-SHA256", "UNSIGNED-PAYLOAD"},
		{"X-TC-Token", ""}, {"X-Kms-Extra", "1"}, {"X-Kms-Apiname", "GetPublicKey"}, {"X-Kms-Migrationkeyversionid", ""},
		{"Content-Encoding", "identity"}, {"Accept", "application/xml"}, {"Connection", "close"},
		{"Cookie", "a=b"}, {"Expect", "x"}, {"Content-Type", "application/json"},
		{"Content-Type", "application/x-www-form-urlencoded"}, {"Host", "other.example"},
		{"Trailer", "X-Acs-Date"}, {"X_Acs_Date", "1"}, {"Authorization", "x"},
	})
	m.Fields = slices.Insert(m.Fields, x.rng.IntN(len(m.Fields)+1), f)
}

// drop leaves out a field, a parameter, or the body.
func (x *Mutator) drop(m *Message) {
	switch x.rng.IntN(5) {
	case 0:
		m.Body = nil
	case 1, 2:
		p, set := x.parameters(m)
		i := x.rng.IntN(len(p))
		set(slices.Delete(p, i, i+1))
	default:
		if len(m.Fields) > 0 {
			i := x.rng.IntN(len(m.Fields))
			m.Fields = slices.Delete(m.Fields, i, i+1)
		}
	}
}

// encoding rewrites base64, hexadecimal digits or JSON in another spelling.
func (x *Mutator) encoding(m *Message) {
	s, set := x.part(m)
	switch x.rng.IntN(6) {
	case 0:
		set(strings.NewReplacer("+", "-", "/", "_", "%2B", "-", "%2F", "_").Replace(s))
	case 1:
		set(strings.NewReplacer("=\"", "\"", "%3D", "").Replace(s))
	case 2:
		set(s + pick(x, []string{"=", "==", "\\n", "%0A", "%0D%0A", "A"}))
	case 3: // a letter of JSON, escaped
		if i := bytes.IndexByte(m.Body, '"'); i >= 0 && i+1 < len(m.Body) {
			c := m.Body[i+1]
			escaped := "\\u00" + strconv.FormatUint(uint64(c)|0x100, 16)[1:]
			m.Body = slices.Concat(m.Body[:i+1], []byte(escaped), m.Body[i+2:])
		}
	case 4: // space in JSON
		m.Body = bytes.Replace(m.Body, []byte{','}, []byte(pick(x, []string{" ,", ", ", ",\r\n", ",\t"})), 1)
	default: // a member twice
		if i := bytes.IndexByte(m.Body, ','); i > 1 && m.Body[0] == '{' {
			m.Body = slices.Concat(m.Body[:i], []byte{','}, m.Body[1:i], m.Body[i:])
		}
	}
}

// framing says the length of the body in another way.
func (x *Mutator) framing(m *Message) {
	length := strconv.Itoa(len(m.Body))
	switch x.rng.IntN(5) {
	case 0, 1:
		m.Chunked = true
	case 2:
		m.Fields = append(m.Fields, Field{"Content-Length", length}, Field{"content-length", length})
	case 3:
		other := pick(x, []string{"0", "0" + length, "+" + length, " " + length, length + " "})
		m.Fields = append(m.Fields, Field{"Content-Length", other})
	default:
		m.Chunked = true
		m.Fields = append(m.Fields, Field{"Content-Length", pick(x, []string{"0", length})})
	}
}
