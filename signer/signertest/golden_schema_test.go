// SPDX-License-Identifier: Apache-2.0

package signertest

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// golden.json is what golden.schema.json says, and the schema rejects what would
// break a reader in another language.
func TestGoldenFitsItsSchema(t *testing.T) {
	data, err := os.ReadFile("golden.schema.json")
	require.NoError(t, err)
	var schema map[string]any
	require.NoError(t, json.Unmarshal(data, &schema))
	fits := func(text string) error {
		var doc any
		require.NoError(t, json.Unmarshal([]byte(text), &doc))
		return validate(schema, schema, doc)
	}
	good := string(goldenJSON)
	require.NoError(t, fits(good))
	for _, damage := range [][2]string{
		{`"version": 1`, `"version": 2`},
		{`"version": 1`, `"version": "1"`},
		{`"version": 1,`, ``},
		{`"name": "abc"`, `"name": 7`},
		{`"name": "abc",`, ``},
		{`"name": "abc"`, `"name": "abc", "comment": ""`},
		{`"digest": "`, `"digest": "00`},
		{`"signature": "`, `"signature": "0`},
		{`"userId": "`, `"userId": "AA`},
		{`"raw": "`, `"raw": "00`},
		{`"EC_SM2"`, `"SM2"`},
	} {
		bad := strings.Replace(good, damage[0], damage[1], 1)
		require.NotEqual(t, good, bad, damage)
		require.Error(t, fits(bad), damage)
	}
}

// validate is the part of JSON Schema 2020-12 that golden.schema.json uses. It
// fails on a keyword that it does not know.
func validate(root, schema map[string]any, v any) error {
	for keyword, arg := range schema {
		ok := true
		switch keyword {
		case "$schema", "$defs", "title", "description":
		case "$ref":
			def := root["$defs"].(map[string]any)[strings.TrimPrefix(arg.(string), "#/$defs/")]
			if err := validate(root, def.(map[string]any), v); err != nil {
				return err
			}
		case "type":
			ok = arg == map[string]string{"string": "string", "float64": "integer", "[]interface {}": "array",
				"map[string]interface {}": "object"}[fmt.Sprintf("%T", v)]
		case "enum":
			ok = slices.Contains(arg.([]any), v)
		case "pattern":
			text, isText := v.(string)
			ok = isText && regexp.MustCompile(arg.(string)).MatchString(text)
		case "required":
			for _, name := range arg.([]any) {
				if _, has := v.(map[string]any)[name.(string)]; !has {
					return fmt.Errorf("no %v", name)
				}
			}
		case "additionalProperties":
			for name := range v.(map[string]any) {
				if _, known := schema["properties"].(map[string]any)[name]; !known {
					return fmt.Errorf("%s is unknown", name)
				}
			}
		case "properties":
			for name, value := range v.(map[string]any) {
				if s, known := arg.(map[string]any)[name]; known {
					if err := validate(root, s.(map[string]any), value); err != nil {
						return fmt.Errorf("%s: %w", name, err)
					}
				}
			}
		case "items":
			for i, item := range v.([]any) {
				if err := validate(root, arg.(map[string]any), item); err != nil {
					return fmt.Errorf("%d: %w", i, err)
				}
			}
		default:
			return fmt.Errorf("the keyword %s is not known here", keyword)
		}
		if !ok {
			return fmt.Errorf("%v is not of %s %v", v, keyword, arg)
		}
	}
	return nil
}
