// SPDX-License-Identifier: Apache-2.0

// Package page writes generated text into a Markdown page, between a pair of marks,
// and leaves the prose around them alone.
package page

import (
	"bytes"
	"fmt"
	"os"
)

// Write replaces what stands between <!-- begin name --> and <!-- end name --> in the
// file. It returns an error, and writes nothing, if the marks are not there once each
// and in this order.
func Write(file, name, text string) error {
	old, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	replaced, err := replace(old, name, text)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return os.WriteFile(file, replaced, 0o644)
}

func replace(page []byte, name, text string) ([]byte, error) {
	begin, end := []byte("<!-- begin "+name+" -->\n"), []byte("<!-- end "+name+" -->\n")
	if bytes.Count(page, begin) != 1 || bytes.Count(page, end) != 1 {
		return nil, fmt.Errorf("the page has not one pair of marks for %q", name)
	}
	before, rest, _ := bytes.Cut(page, begin)
	_, after, ordered := bytes.Cut(rest, end)
	if !ordered {
		return nil, fmt.Errorf("the marks for %q are in the wrong order", name)
	}
	return bytes.Join([][]byte{before, begin, []byte("\n" + text + "\n"), end, after}, nil), nil
}
