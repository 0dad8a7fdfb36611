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

// Read returns what stands between <!-- begin name --> and <!-- end name --> in the file, or the
// error of Write.
func Read(file, name string) (string, error) {
	page, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	_, text, _, err := cut(page, name)
	if err != nil {
		return "", fmt.Errorf("%s: %w", file, err)
	}
	return string(text), nil
}

func replace(page []byte, name, text string) ([]byte, error) {
	before, _, after, err := cut(page, name)
	if err != nil {
		return nil, err
	}
	return bytes.Join([][]byte{before, []byte("\n" + text + "\n"), after}, nil), nil
}

// cut returns the text between the marks, and what is before and behind it, with the marks.
func cut(page []byte, name string) (before, text, after []byte, err error) {
	begin, end := []byte("<!-- begin "+name+" -->\n"), []byte("<!-- end "+name+" -->\n")
	if bytes.Count(page, begin) != 1 || bytes.Count(page, end) != 1 {
		return nil, nil, nil, fmt.Errorf("the page has not one pair of marks for %q", name)
	}
	from, to := bytes.Index(page, begin)+len(begin), bytes.Index(page, end)
	if to < from {
		return nil, nil, nil, fmt.Errorf("the marks for %q are in the wrong order", name)
	}
	return page[:from], page[from:to], page[to:], nil
}
