package docs

import (
	"go/ast"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// realtimePage is the reference of x-realtime.
const realtimePage = manual + "/x-realtime.md"

// place is where the page describes the keys that a function of package spec
// reads: below a heading, in a row or in the prose.
type place struct{ heading, prefix string }

var places = map[string]place{
	"realtime":     {"On the document", ""},
	"limits":       {"On the document", "limits."},
	"channel":      {"A channel", ""},
	"channelParam": {"A channel", ""},
	"history":      {"A channel", ""},
	"presence":     {"A channel", ""},
	"event":        {"An event", ""},
	"eventTarget":  {"An event", ""},
	"actions":      {"On an operation", ""},
	"target":       {"On an operation", ""},
	"publish":      {"On an operation", ""},
	"historyOf":    {"A page of history", ""},
}

// TestRealtimeKeys compares the reference with the keys that package spec reads:
// each is described where it belongs, and no row describes another.
func TestRealtimeKeys(t *testing.T) {
	t.Parallel()
	sections := sectionsOf(string(read(t, realtimePage)))
	known := map[string][]string{} // by heading
	for reader, keys := range keysRead(t) {
		where, ok := places[reader]
		if !ok {
			t.Errorf("%s reads keys; say here where x-realtime.md describes them", reader)
			continue
		}
		for _, key := range keys {
			word := where.prefix + key
			known[where.heading] = append(known[where.heading], word)
			if !regexp.MustCompile("[`{ ]" + regexp.QuoteMeta(word) + "[`}:, ]").MatchString(sections[where.heading]) {
				t.Errorf("x-realtime.md does not describe %s below %q", word, where.heading)
			}
		}
	}
	rows := regexp.MustCompile("(?m)^\\| (`[^|]+) \\|")
	for heading, words := range known {
		for _, row := range rows.FindAllStringSubmatch(sections[heading], -1) {
			for cell := range strings.SplitSeq(row[1], ", ") {
				if key := strings.Trim(cell, "`"); !slices.Contains(words, key) {
					t.Errorf("x-realtime.md describes %s below %q, which nothing reads", key, heading)
				}
			}
		}
	}
}

// sectionsOf cuts a page at its headings.
func sectionsOf(page string) map[string]string {
	out := map[string]string{}
	heading := ""
	for line := range strings.Lines(page) {
		if strings.HasPrefix(line, "#") {
			heading = strings.TrimSpace(strings.TrimLeft(line, "#"))
		}
		out[heading] += line
	}
	return out
}

// keysRead are the keys that each function hands to extObject, which refuses all
// others.
func keysRead(t *testing.T) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for _, f := range parseSource(t, "spec") {
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			ast.Inspect(fn.Body, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok || calledAs(call) != "extObject" {
					return true
				}
				for _, arg := range call.Args[2:] {
					key, ok := text(arg)
					if !ok {
						t.Errorf("%s reads a key that is no literal", fn.Name.Name)
					}
					out[fn.Name.Name] = append(out[fn.Name.Name], key)
				}
				return true
			})
		}
	}
	return out
}
