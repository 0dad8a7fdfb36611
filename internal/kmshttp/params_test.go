// SPDX-License-Identifier: Apache-2.0

package kmshttp

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/stretchr/testify/require"
)

func TestParseForms(t *testing.T) {
	for _, tt := range []struct {
		forms []string
		want  Params
	}{
		{nil, Params{}},
		{[]string{"", ""}, Params{}},
		{[]string{"b=2&a=1"}, Params{{Name: "a", Value: "1"}, {Name: "b", Value: "2"}}},
		{[]string{"b=2", "a=1&c="}, Params{{Name: "a", Value: "1"}, {Name: "b", Value: "2"}, {Name: "c", Value: ""}}},
		{[]string{"a"}, Params{{Name: "a", Value: ""}}},
		{[]string{"a=b=c"}, Params{{Name: "a", Value: "b=c"}}},
		{[]string{"a=%2f%2F+%20%2B%26"}, Params{{Name: "a", Value: "//  +&"}}},
		{[]string{"Key.1=x&Key=y"}, Params{{Name: "Key", Value: "y"}, {Name: "Key.1", Value: "x"}}},
		{[]string{"a=%E5%AF%86%E9%92%A5"}, Params{{Name: "a", Value: "密钥"}}},
	} {
		got, err := ParseForms(tt.forms...)
		require.NoError(t, err, tt.forms)
		require.Equal(t, tt.want, got)
	}
}

func TestParseForms_invalid(t *testing.T) {
	many := make([]string, MaxParams+1)
	for i := range many {
		many[i] = "p" + strconv.Itoa(i) + "=1"
	}
	_, err := ParseForms(strings.Join(many[:MaxParams], "&"))
	require.NoError(t, err)
	for name, forms := range map[string][]string{
		"twice in one":             {"a=1&a=1"},
		"twice in two":             {"a=1", "a=1"},
		"twice, once escaped":      {"a=1&%61=2"},
		"no name":                  {"=1"},
		"empty pair":               {"a=1&&b=2"},
		"space in a name":          {"a+b=1"},
		"brackets in a name":       {"a[]=1"},
		"long name":                {strings.Repeat("a", maxName+1) + "=1"},
		"escape cut short":         {"a=%2"},
		"escape cut shorter":       {"a=%"},
		"escape of other letters":  {"a=%zz"},
		"escape of half a letter":  {"a=%2g"},
		"overlong slash":           {"a=%c0%af"},
		"not UTF-8":                {"a=%ff"},
		"surrogate":                {"a=%ed%a0%80"},
		"NUL":                      {"a=%00"},
		"line break":               {"a=1%0d%0aX: y"},
		"DEL":                      {"a=%7f"},
		"semicolon":                {"a=1;b=2"},
		"number sign":              {"a=1#b"},
		"raw space":                {"a=1 2"},
		"raw byte over 7f":         {"a=\xe5\xaf\x86"},
		"one parameter too many":   {strings.Join(many, "&")},
		"too many in two together": {strings.Join(many[:40], "&"), strings.Join(many[40:], "&")},
	} {
		p, err := ParseForms(forms...)
		require.ErrorIs(t, err, errors.InvalidParameter, name)
		require.Nil(t, p, name)
	}
}

func TestPeek(t *testing.T) {
	names := []string{"Id", "Token"}
	for _, tt := range []struct {
		forms []string
		want  [2]string
		err   error
	}{
		{nil, [2]string{}, nil},
		{[]string{"", "&&=&x"}, [2]string{}, nil},
		{[]string{"a=1&Id=i%2f+&Token=t"}, [2]string{"i/ ", "t"}, nil},
		{[]string{"Token=t", "b=%zz&Id=i"}, [2]string{"i", "t"}, nil},
		{[]string{"IdX=1&XId=2&id=3&%49d=4&Id&Token="}, [2]string{}, nil},
		{[]string{"Id=1&Id=1&Token=t"}, [2]string{"", "t"}, errors.InvalidParameter},
		{[]string{"Id=1", "Id=2"}, [2]string{}, errors.InvalidParameter},
		{[]string{"Id=%zz&Token=t"}, [2]string{"", "t"}, errors.InvalidParameter},
		{[]string{"Id=%00&Token=t"}, [2]string{"\x00", "t"}, errors.InvalidParameter},
		{[]string{"Id=1;Token=t"}, [2]string{}, errors.InvalidParameter},
	} {
		var v [2]string
		require.ErrorIs(t, Peek(v[:], names, tt.forms...), tt.err, tt.forms)
		require.Equal(t, tt.want, v, tt.forms)
	}
}

func TestParseJSON(t *testing.T) {
	for _, tt := range []struct {
		body string
		want Params
	}{
		{"", nil},
		{"{}", Params{}},
		{` { "b" : "2" , "a" : "" } ` + "\n", Params{{Name: "a", Value: ""}, {Name: "b", Value: "2"}}},
		{`{"KeyId":"\u0061"}`, Params{{Name: "KeyId", Value: "a"}}},
		{`{"KeyId":"1","keyid":"2"}`, Params{{Name: "KeyId", Value: "1"}, {Name: "keyid", Value: "2"}}},
		{`{"b":-1.5e3,"a":["x","y"],"c":[]}`, Params{{Name: "a.0", Value: "x"}, {Name: "a.1", Value: "y"},
			{Name: "b", Value: "-1.5e3", Number: true}}},
	} {
		got, err := ParseJSON([]byte(tt.body))
		require.NoError(t, err, tt.body)
		require.Equal(t, tt.want, got)
	}
	for _, body := range []string{
		`null`, `[]`, `"a"`, `1`, `{`, `{"a"`, `{"a":`, `{"a":"1"`, `{"a":"1",}`, `{"a":01}`, `{"a":true}`, `{"a":null}`,
		`{"a":{}}`, `{"a":["1"`, `{"a":["1",]}`, `{"a":[1]}`, `{"a":[["1"]]}`, `{"a":[{}]}`,
		`{"a":[null]}`, `{"a":["1"],"a.0":"1"}`, `{"a":["\u0000"]}`, `{"a":[` + strings.Repeat(`"",`, 128) + `""]}`,
		`{"a":-}`,
		`{"a":"1","a":[]}`, `{"a":[],"a":"1"}`, `{"a":[],"a":[]}`, `{"a b":[]}`, `{"a":"1"}{}`, `{"a":"1"} x`,
		`{"a":"1","a":"1"}`, `{"a":"1","\u0061":"2"}`, `{"":"1"}`,
		`{"a b":"1"}`, `{"a":"\u0000"}`, `{"a":"\n"}`, "{\"a\":\"\xff\"}", "{\"a\":\"\xc0\xaf\"}", "\ufeff{}",
		strings.Repeat("[", 60000),
	} {
		p, err := ParseJSON([]byte(body))
		require.ErrorIs(t, err, errors.InvalidParameter, body)
		require.Nil(t, p, body)
	}
}

func TestParams(t *testing.T) {
	p, err := ParseForms("a=1&b=&c=%20%2f~*")
	require.NoError(t, err)
	require.Equal(t, "1", p.Get("a"))
	require.Equal(t, "", p.Get("A"))
	_, err = p.Need("b")
	require.ErrorIs(t, err, errors.MissingParameter)
	require.Equal(t, "b", ParamOf(err))
	require.NoError(t, p.Only("c", "b", "a"))
	err = p.Only("a", "b")
	require.ErrorIs(t, err, errors.InvalidParameter)
	require.Contains(t, err.Error(), "no parameter c")
	require.Equal(t, "a=1&b=&c=%20%2F~%2A", string(p.AppendQuery(nil, "")))
	require.Equal(t, "b=&c=%20%2F~%2A", string(p.AppendQuery(nil, "a")))
}

// A number is one only where it may be, and a list has all its elements.
func TestParams_kinds(t *testing.T) {
	p, err := ParseJSON([]byte(`{"n":10,"s":"10","l":["a","b","c","d","e","f","g","h","i","j","k"],"e":[]}`))
	require.NoError(t, err)
	require.NoError(t, p.Only("n#", "s#", "l[]", "e[]"))
	require.NoError(t, p.Only("n#", "s", "l[]"))
	for _, names := range [][]string{{"n", "s", "l[]"}, {"n[]", "s", "l[]"}, {"n#", "l[]"}, {"n#", "s", "l"},
		{"n#", "s", "l#"}} {
		require.ErrorIs(t, p.Only(names...), errors.InvalidParameter, "%v", names)
	}
	list, err := p.List("l")
	require.NoError(t, err)
	require.Equal(t, strings.Split("abcdefghijk", ""), list)
	list, err = p.List("e")
	require.NoError(t, err)
	require.Empty(t, list)
	for _, form := range []string{"l=a", "l.1=a", "l.0=a&l.2=b", "l.00=a", "l.0=a&l.0.1=b", "l.=a", "l.0=a&l=b", "l.-1=a",
		"l.x=a"} {
		p, err := ParseForms(form)
		require.NoError(t, err)
		_, err = p.List("l")
		require.ErrorIs(t, err, errors.InvalidParameter, form)
	}
	n, err := p.Number("n", 1, 0, 10)
	require.NoError(t, err)
	require.Equal(t, 10, n)
	n, err = p.Number("absent", 7, 0, 10)
	require.NoError(t, err)
	require.Equal(t, 7, n)
	for _, bad := range []string{"11", "-1", "1e1", "1.0", "٣", "007", "", "99999999999999999999", " 1"} {
		p := Params{{Name: "n", Value: bad}}
		if n, err := p.Number("n", 5, 0, 10); bad == "" {
			require.Equal(t, 5, n)
		} else {
			require.ErrorIs(t, err, errors.InvalidParameter, bad)
		}
	}
}

// AppendEscaped is url.QueryEscape but for the space.
func TestAppendEscaped(t *testing.T) {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	require.Equal(t, strings.ReplaceAll(url.QueryEscape(string(all)), "+", "%20"), string(AppendEscaped(nil, string(all))))
}

// What is accepted reads the same to net/url, and what is signed of it reads the
// same again.
func FuzzParseForms(f *testing.F) {
	f.Add("a=1&b=%2f+%20", "c=d")
	f.Add("a=%c0%af", "")
	f.Fuzz(func(t *testing.T, query, body string) {
		p, err := ParseForms(query, body)
		if err != nil {
			require.ErrorIs(t, err, errors.InvalidParameter)
			require.Nil(t, p)
			return
		}
		want, err := url.ParseQuery(query + "&" + body)
		require.NoError(t, err)
		require.Len(t, p, len(want))
		for _, param := range p {
			require.Equal(t, []string{param.Value}, want[param.Name])
		}
		var v [2]string
		require.NoError(t, Peek(v[:], []string{"a", "KeyId"}, query, body))
		require.Equal(t, [2]string{p.Get("a"), p.Get("KeyId")}, v)
		again, err := ParseForms(string(p.AppendQuery(nil, "")))
		require.NoError(t, err)
		require.Equal(t, p, again)
	})
}

// What is accepted reads the same to encoding/json.
func FuzzParseJSON(f *testing.F) {
	f.Add([]byte(`{"KeyId":"k","Message":"\u0041"}`))
	f.Add([]byte(`{"a":"1","a":"2"}`))
	f.Add([]byte(`{"KeyIds":["k","l"],"KeyIds.2":"m","Limit":10,"Offset":-0.5E+2}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		p, err := ParseJSON(body)
		if err != nil {
			require.ErrorIs(t, err, errors.InvalidParameter)
			require.Nil(t, p)
			return
		}
		if len(body) == 0 {
			return
		}
		var object map[string]any
		d := json.NewDecoder(bytes.NewReader(body))
		d.UseNumber()
		require.NoError(t, d.Decode(&object))
		want := map[string]string{}
		for name, value := range object {
			list, ok := value.([]any)
			if !ok {
				want[name] = fmt.Sprint(value)
			}
			for i, e := range list {
				want[fmt.Sprintf("%s.%d", name, i)] = e.(string)
			}
		}
		require.Len(t, p, len(want))
		for _, param := range p {
			require.Equal(t, want[param.Name], param.Value)
			require.True(t, utf8.ValidString(param.Value))
		}
	})
}
