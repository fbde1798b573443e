package acceptance

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the tables of CONTRIBUTING.md from cases.txt")

// goPlaces are the packages that prove cases by tests of Go.
var goPlaces = map[string]string{
	"acceptance": "golden/acceptance",
	"golden":     "golden",
	"parity":     "golden/parity",
	"runtime":    "runtime",
	"codec":      "runtime/internal/codec",
	"faults":     "runtime/rttest/conformance/reference",
	"rolling":    "runtime/internal/rolling",
	"otel":       "runtime/rtotel",
	"spec":       "spec",
	"golang":     "generator/internal/golang",
	"typescript": "generator/internal/typescript",
	"bundle":     "generator/internal/bundle",
}

// filePlaces are files that prove cases by what stands in them; %s is the second word of the place.
var filePlaces = map[string]string{
	"client":  "templates/typescript/test/%s.test.ts",
	"browser": "golden/acceptance/browser/browser.test.mjs",
	"chat":    "examples/chat/e2e/chat.test.mjs",
	"make":    "Makefile",

	"conformance": "runtime/rttest/conformance/cases_%s.go",
}

// later are the topics that are still to come.
var later = map[string]bool{"several nodes": true}

const root = "../.."

// A section is a heading of cases.txt with its cases.
type section struct {
	title string
	cases []acase
}

type acase struct {
	words  string
	proofs []string
}

func readCases(t *testing.T) (sections []section) {
	t.Helper()
	text, err := os.ReadFile("cases.txt")
	if err != nil {
		t.Fatal(err)
	}
	for n, line := range strings.Split(string(text), "\n") {
		if title, ok := strings.CutPrefix(line, "## "); ok {
			sections = append(sections, section{title: title})
			continue
		}
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		words, proofs, ok := strings.Cut(line, " | ")
		if !ok || len(sections) == 0 || strings.TrimSpace(proofs) == "" {
			t.Fatalf("cases.txt:%d: %q has no proof, or no heading above it", n+1, line)
		}
		last := &sections[len(sections)-1]
		last.cases = append(last.cases, acase{words, strings.Split(proofs, " ; ")})
	}
	return sections
}

// TestEveryCaseHasItsTest looks for each test that cases.txt names, and names each test of this folder.
func TestEveryCaseHasItsTest(t *testing.T) {
	t.Parallel()
	found := finder{}
	named := map[string]bool{"TestEveryCaseHasItsTest": true, "TestContributingListsTheCases": true}
	for _, s := range readCases(t) {
		for _, c := range s.cases {
			for _, p := range c.proofs {
				if problem := found.look(t, p); problem != "" {
					t.Errorf("%q: %s", c.words, problem)
				}
				if name, ok := strings.CutPrefix(p, "acceptance "); ok {
					named[name] = true
				}
			}
		}
	}
	for name := range found.testsOf(t, "golden/acceptance") {
		if !named[name] {
			t.Errorf("cases.txt does not say which case %s proves", name)
		}
	}
}

// A finder knows the tests of the packages that it has read, by folder.
type finder map[string]map[string]bool

// look returns what is wrong with a proof.
func (f finder) look(t *testing.T, proof string) string {
	t.Helper()
	if topic, ok := strings.CutPrefix(proof, "later: "); ok {
		if !later[topic] {
			return "nothing is planned as " + topic
		}
		return ""
	}
	if reason, ok := strings.CutPrefix(proof, "no test: "); ok {
		if len(strings.Fields(reason)) < 4 {
			return "a case without a test needs its reason"
		}
		return ""
	}
	place, name, _ := strings.Cut(proof, " ")
	if dir, ok := goPlaces[place]; ok {
		if !f.testsOf(t, dir)[name] {
			return dir + " has no test " + name
		}
		return ""
	}
	file, ok := filePlaces[place]
	words, title, quoted := strings.Cut(name, `"`)
	title, closed := strings.CutSuffix(title, `"`)
	if !ok || !quoted || !closed || title == "" {
		return "cannot read the proof " + proof
	}
	file = strings.Replace(file, "%s", strings.TrimSpace(words), 1)
	text, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		return err.Error()
	}
	if !bytes.Contains(text, []byte(title)) {
		return file + " has no test of the title " + title
	}
	return ""
}

var testDeclaration = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(\w+ \*testing\.[TF]\)`)

// testsOf returns the names of the tests of a package.
func (f finder) testsOf(t *testing.T, dir string) map[string]bool {
	t.Helper()
	if names, ok := f[dir]; ok {
		return names
	}
	files, err := filepath.Glob(filepath.Join(root, dir, "*_test.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no tests in %s: %v", dir, err)
	}
	names := map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range testDeclaration.FindAllSubmatch(text, -1) {
			names[string(m[1])] = true
		}
	}
	f[dir] = names
	return names
}

const (
	beginTables = "<!-- from golden/acceptance/cases.txt -->\n"
	endTables   = "<!-- end of the cases -->\n"
)

// TestContributingListsTheCases compares the tables of CONTRIBUTING.md with cases.txt; with -update it
// writes them.
func TestContributingListsTheCases(t *testing.T) {
	t.Parallel()
	file := filepath.Join(root, "CONTRIBUTING.md")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), beginTables)
	_, after, ok2 := strings.Cut(rest, endTables)
	if !ok || !ok2 {
		t.Fatal("CONTRIBUTING.md lacks the marks between which the cases stand")
	}
	want := before + beginTables + tables(readCases(t)) + endTables + after
	switch {
	case string(text) == want:
	case *update:
		if err := os.WriteFile(file, []byte(want), 0o666); err != nil {
			t.Fatal(err)
		}
	default:
		t.Error("the cases in CONTRIBUTING.md are not those of cases.txt; run make golden")
	}
}

func tables(sections []section) string {
	var b strings.Builder
	var missing []string
	for _, s := range sections {
		b.WriteString("\n**" + s.title + "**\n\n| case | proved by |\n|---|---|\n")
		for _, c := range s.cases {
			var proofs []string
			for _, p := range c.proofs {
				if topic, ok := strings.CutPrefix(p, "later: "); ok {
					missing = append(missing, c.words+" ("+topic+")")
					proofs = append(proofs, "*later: "+topic+"*")
					continue
				}
				if reason, ok := strings.CutPrefix(p, "no test: "); ok {
					proofs = append(proofs, "*"+reason+"*")
					continue
				}
				place, name, _ := strings.Cut(p, " ")
				proofs = append(proofs, place+" `"+name+"`")
			}
			b.WriteString("| " + c.words + " | " + strings.Join(proofs, ", ") + " |\n")
		}
	}
	b.WriteString("\nStill to come: " + strings.Join(missing, "; ") + ".\n\n")
	return b.String()
}
