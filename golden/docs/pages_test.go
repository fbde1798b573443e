package docs

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/rtgen/rtgen/spec"
)

var update = flag.Bool("update", false, "rewrite the excerpts of the pages")

// manual is where the pages are, seen from this package; those on schemas have
// a folder of their own.
const (
	manual  = "../../docs"
	schemas = manual + "/schemas"
)

// block is an excerpt with the comments around it: what to cut, and what was.
var block = regexp.MustCompile(`(?ms)^<!-- golden ([^\n]*) -->\n(.*?)^<!-- /golden -->\n`)

// TestPages cuts the excerpts of every page again.
func TestPages(t *testing.T) {
	t.Parallel()
	for _, file := range pageFiles(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			old := read(t, file)
			now := refill(t, old)
			switch {
			case bytes.Equal(old, now):
			case *update:
				if err := os.WriteFile(file, now, 0o666); err != nil {
					t.Fatal(err)
				}
			default:
				t.Errorf("the page shows what is no longer emitted; cut it again with -update\n%s", diff.Diff(file, old, "now", now))
			}
		})
	}
}

// TestPagesAreComplete makes forgetting loud: every page on schemas shows
// something, the index names it, and no comment is misspelt or left open.
func TestPagesAreComplete(t *testing.T) {
	t.Parallel()
	index := read(t, filepath.Join(schemas, "README.md"))
	for _, file := range pageFiles(t) {
		text, name := read(t, file), filepath.Base(file)
		blocks := len(block.FindAll(text, -1))
		if n := bytes.Count(text, []byte("<!--")); n != 2*blocks {
			t.Errorf("%s has %d excerpts and %d comments; each excerpt has two, one before and one after it", name, blocks, n)
		}
		if name == "README.md" || filepath.Dir(file) != filepath.Clean(schemas) {
			continue
		}
		if blocks == 0 {
			t.Errorf("%s shows nothing that is emitted", name)
		}
		if !bytes.Contains(index, []byte("("+name+")")) {
			t.Errorf("README.md does not name %s", name)
		}
	}
}

func pageFiles(t *testing.T) []string {
	t.Helper()
	var files []string
	for _, dir := range []string{manual, schemas} {
		list, err := filepath.Glob(dir + "/*.md")
		if err != nil || len(list) == 0 {
			t.Fatalf("no pages in %s: %v", dir, err)
		}
		files = append(files, list...)
	}
	return files
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// refill returns a page with its excerpts cut again.
func refill(t *testing.T, page []byte) []byte {
	t.Helper()
	return block.ReplaceAllFunc(page, func(b []byte) []byte {
		order := string(block.FindSubmatch(b)[1])
		text, err := excerpt(order)
		if err != nil {
			t.Errorf("<!-- golden %s -->: %v", order, err)
			return b
		}
		return fmt.Appendf(nil, "<!-- golden %s -->\n\n%s\n\n<!-- /golden -->\n", order, strings.TrimSpace(text))
	})
}

// excerpt carries out the words of a comment: a kind, a case, and what to show.
func excerpt(order string) (string, error) {
	words := strings.Fields(order)
	switch {
	case order == "extensions":
		return extensions(), nil
	case len(words) < 2:
		return "", fmt.Errorf("say what to show, and of which case")
	case words[0] == "example":
		return example(words[1])
	case words[0] == "diagnostic":
		return diagnostic(words[1])
	}
	c, err := openCase(words[1])
	if err != nil {
		return "", err
	}
	switch kind, rest := words[0], words[2:]; kind {
	case "members":
		return c.members(rest)
	case "parameters":
		return c.parameters(rest)
	case "code":
		return c.code(rest)
	case "warnings":
		return c.warnings(rest)
	default:
		return "", fmt.Errorf("%s is not members, parameters, code, warnings, example, diagnostic or extensions", kind)
	}
}

// example is a function of the runtime's examples, which compile and run.
func example(name string) (string, error) {
	g, err := openGo(filepath.Join("..", "..", "runtime", "example_test.go"))
	if err != nil {
		return "", err
	}
	text, err := g.cut(name)
	return "```go\n" + text + "\n```", err
}

// diagnostic is the first finding that a bad document of package golden wants.
func diagnostic(name string) (string, error) {
	archive, err := txtar.ParseFile(filepath.Join("../diagnostics", name+".txtar"))
	if err != nil {
		return "", err
	}
	for _, f := range archive.Files {
		if f.Name == "want" {
			lines := strings.SplitAfter(string(f.Data), "\n")
			return "```\n" + strings.Join(lines[:min(3, len(lines))], "") + "```", nil
		}
	}
	return "", fmt.Errorf("%s wants nothing", name)
}

// extensions is the table of the keys that may stand anywhere in a document.
func extensions() string {
	t := table{"key", "on", "meaning"}.start()
	for _, k := range spec.ExtensionKeys() {
		t.row(code(k.Name), k.Where, k.Doc)
	}
	return t.String()
}
