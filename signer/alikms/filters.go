// SPDX-License-Identifier: Apache-2.0

package alikms

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"slices"

	"github.com/kmsigner/kmsigner/internal/kmshttp"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

// maxFilters bounds the filters, and the values of each.
const maxFilters = 10

// filters has the values that a key may have of each property.
type filters map[string][]string

// parseFilters reads the JSON of ListKeysRequest.Filters. Values of one property in
// several filters are all allowed.
func parseFilters(s string) (filters, error) {
	if s == "" {
		return nil, nil
	}
	var list []struct {
		Key    string
		Values []string
	}
	d := json.NewDecoder(bytes.NewReader([]byte(s)))
	d.DisallowUnknownFields()
	if err := d.Decode(&list); err != nil {
		return nil, kmshttp.Invalid("Filters", `it is not JSON like [{"Key":"KeyState","Values":["Enabled"]}]`)
	}
	if _, err := d.Token(); err != io.EOF || len(list) > maxFilters {
		return nil, kmshttp.Invalid("Filters", "it is not one JSON array of at most 10 filters")
	}
	f := filters{}
	for _, e := range list {
		if len(e.Values) > maxFilters {
			return nil, kmshttp.Invalid("Filters", "a filter has more than 10 values")
		}
		if property(e.Key, keyring.Key{}) == "" {
			return nil, kmshttp.Invalid("Filters",
				"a Key is none of KeyState, KeySpec, KeyUsage, ProtectionLevel and CreatorType")
		}
		if len(e.Values) > 0 {
			f[e.Key] = append(f[e.Key], e.Values...)
		}
	}
	return f, nil
}

// property returns what a filter compares, with a mark before it, or "" for a
// property that there is not.
func property(name string, k keyring.Key) string {
	switch name {
	case "KeyState":
		return "=" + string(k.State)
	case "KeySpec":
		return "=" + string(k.KeySpec)
	case "KeyUsage":
		return "=" + signVerify
	case "ProtectionLevel":
		return "=" + protection(k)
	case "CreatorType":
		return "=User"
	}
	return ""
}

func (f filters) match(k keyring.Key) bool {
	for name, values := range f {
		if !slices.Contains(values, property(name, k)[1:]) {
			return false
		}
	}
	return true
}

// list returns a page of the keys that match.
func (f filters) list(ctx context.Context, m keyring.Manager, p page) (keys []keyring.Key, total int, err error) {
	what := p.of()
	if len(f) > 0 {
		what = keyring.Page{}
	}
	if keys, total, err = m.ListPage(ctx, what); err != nil {
		return nil, 0, kmshttp.ListError(err)
	}
	if len(f) > 0 {
		keys = slices.DeleteFunc(keys, func(k keyring.Key) bool { return !f.match(k) })
		total, keys = len(keys), part(keys, p)
	}
	return keys, total, nil
}
