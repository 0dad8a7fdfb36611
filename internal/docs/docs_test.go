// SPDX-License-Identifier: Apache-2.0

// Package docs tests the documents: what they show is what the code is.
package docs

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const root = "../.."

// block is a fenced code block of a document.
type block struct{ file, language, text string }

var fence = regexp.MustCompile("(?ms)^```([a-z]*)\n(.*?)^```$")

// documents are the Markdown files of this module.
func documents(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(root + "/*.md")
	require.NoError(t, err)
	more, err := filepath.Glob(root + "/docs/*.md")
	require.NoError(t, err)
	return append(files, more...)
}

func blocks(t *testing.T, file string) []block {
	t.Helper()
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	var out []block
	for _, m := range fence.FindAllStringSubmatch(string(data), -1) {
		out = append(out, block{file, m[1], m[2]})
	}
	return out
}

// Every Go block of every document is a run of lines in a Go file that the build
// compiles, so that it compiles too, and its // Output: is checked there.
func TestGoBlocksAreCompiledCode(t *testing.T) {
	var sources []string
	require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".go") {
			var data []byte
			data, err = os.ReadFile(path)
			sources = append(sources, dedent(string(data)))
		}
		return err
	}))
	count := map[string]int{}
	for _, file := range documents(t) {
		for _, b := range blocks(t, file) {
			if b.language != "go" {
				continue
			}
			count[filepath.Base(file)]++
			want := dedent(b.text)
			require.True(t, slices.ContainsFunc(sources, func(s string) bool { return strings.Contains(s, want) }),
				"%s: no compiled file has these lines:\n%s", b.file, b.text)
		}
	}
	for file, least := range map[string]int{"README.md": 6, "errors.md": 1, "ethereum.md": 5, "interop.md": 16, "kms.md": 4,
		"testing.md": 4, "testing.zh-CN.md": 4} {
		require.GreaterOrEqual(t, count[file], least, file)
	}
}

// Every code that exists is explained, in both languages.
func TestEveryCodeIsExplained(t *testing.T) {
	source, err := os.ReadFile(root + "/errors/errors.go")
	require.NoError(t, err)
	codes := regexp.MustCompile(`(?m)^\t(\w+)\s+Code = "\w+"$`).FindAllStringSubmatch(string(source), -1)
	require.Len(t, codes, 16)
	for _, file := range []string{"/docs/errors.md", "/docs/errors.zh-CN.md"} {
		text, err := os.ReadFile(root + file)
		require.NoError(t, err)
		for _, code := range codes {
			require.Regexp(t, `(?m)^\|[^|]*\b`+code[1]+`\b`, string(text), "%s: a row of the table", file)
		}
	}
}

// What a document tells the reader to run is there.
func TestCommandsAreThere(t *testing.T) {
	count := 0
	for _, file := range documents(t) {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, m := range regexp.MustCompile(`go (?:-C (\S+) )?run (\./\S*|\.)`).FindAllStringSubmatch(string(data), -1) {
			count++
			matches, err := filepath.Glob(filepath.Join(root, m[1], strings.Trim(m[2], "`),."), "*.go"))
			if m[2] == "." {
				matches, err = filepath.Glob(filepath.Join(root, m[1], "*.go"))
			}
			require.NoError(t, err)
			require.NotEmpty(t, matches, "%s: %s", file, m[0])
		}
	}
	require.GreaterOrEqual(t, count, 10)
}

// dedent drops the indentation of every line: a block in a document may stand
// further to the left than in a function.
func dedent(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSpace(line)
	}
	return strings.Join(lines, "\n")
}

// A document with a Chinese twin says the same in both: the same code, commands,
// tables and links, block by block and row by row.
func TestTwinsAgree(t *testing.T) {
	twins := 0
	for _, chinese := range documents(t) {
		if english, ok := strings.CutSuffix(chinese, ".zh-CN.md"); ok {
			twins++
			t.Run(filepath.Base(english), func(t *testing.T) { agree(t, english+".md", chinese) })
		}
	}
	require.GreaterOrEqual(t, twins, 3)
}

func agree(t *testing.T, english, chinese string) {
	en, zh := blocks(t, english), blocks(t, chinese)
	require.Len(t, zh, len(en))
	for i := range en {
		require.Equal(t, en[i].language, zh[i].language)
		if en[i].language != "text" {
			require.Equal(t, en[i].text, zh[i].text, "block %d", i)
		}
	}
	shape := func(file string) (rows, headings int, links []string) {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		for line := range strings.Lines(fence.ReplaceAllString(string(data), "")) {
			if strings.HasPrefix(line, "|") {
				rows++
			}
			if strings.HasPrefix(line, "#") {
				headings++
			}
		}
		for _, m := range link.FindAllStringSubmatch(string(data), -1) {
			links = append(links, twin.ReplaceAllString(m[1], ".md"))
		}
		slices.Sort(links)
		return rows, headings, links
	}
	enRows, enHeadings, enLinks := shape(english)
	zhRows, zhHeadings, zhLinks := shape(chinese)
	require.Equal(t, enRows, zhRows, "rows of tables")
	require.Equal(t, enHeadings, zhHeadings, "headings")
	require.Equal(t, enLinks, zhLinks, "links")
}

// A link may lead to the twin in the reader's language.
var twin = regexp.MustCompile(`\.zh-CN\.md$`)

var link = regexp.MustCompile(`\]\(([^)#]+)[^)]*\)`)

// Links to files lead somewhere.
func TestLinks(t *testing.T) {
	for _, file := range documents(t) {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, m := range link.FindAllStringSubmatch(string(data), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			_, err := os.Stat(filepath.Join(filepath.Dir(file), m[1]))
			require.NoError(t, err, "%s links to %s", file, m[1])
		}
	}
}

// Links to headings name one that is there.
func TestAnchors(t *testing.T) {
	count := 0
	for _, file := range documents(t) {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, m := range regexp.MustCompile(`\]\(([^)#:]*)#([^)]+)\)`).FindAllStringSubmatch(string(data), -1) {
			count++
			target := file
			if m[1] != "" {
				target = filepath.Join(filepath.Dir(file), m[1])
			}
			require.Contains(t, anchors(t, target), m[2], "%s links to it in %s", file, target)
		}
	}
	require.GreaterOrEqual(t, count, 10)
}

// anchors are the headings of a document as GitHub names them: in lower case, without
// punctuation, and with a hyphen for each space.
func anchors(t *testing.T, file string) (names []string) {
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	for _, m := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(fence.ReplaceAllString(string(data), ""), -1) {
		name := regexp.MustCompile(`[^\p{L}\p{N}_ -]`).ReplaceAllString(strings.ToLower(m[1]), "")
		names = append(names, strings.ReplaceAll(name, " ", "-"))
	}
	return names
}

// The front page names every nested module that is released.
func TestFrontPageNamesModules(t *testing.T) {
	text, err := os.ReadFile(root + "/doc.go")
	require.NoError(t, err)
	count := 0
	require.NoError(t, filepath.WalkDir(root+"/signer", func(path string, _ fs.DirEntry, err error) error {
		if err == nil && filepath.Base(path) == "go.mod" {
			count++
			folder, err := filepath.Rel(root, filepath.Dir(path))
			require.NoError(t, err)
			require.Regexp(t, regexp.QuoteMeta(filepath.ToSlash(folder))+`[,:]`, string(text))
		}
		return err
	}))
	require.GreaterOrEqual(t, count, 4)
}

// The README has the two commands that do all the set-up.
func TestTwoCommands(t *testing.T) {
	b := blocks(t, root+"/README.md")
	require.True(t, slices.ContainsFunc(b, func(b block) bool {
		return b.language == "sh" && b.text == "go run ./examples/quickstart\ngo test ./...\n"
	}))
}
