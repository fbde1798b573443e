package docs

import (
	"errors"
	"go/ast"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/rtgen/rtgen/spec"
)

// rulesPage lists every rule in rows of name, severity, meaning and advice.
const rulesPage = "../../docs/rules.md"

var ruleRow = regexp.MustCompile("(?m)^\\| `([a-z0-9.-]+)` \\| (error|warning|error or warning) \\| [^|]+ \\| [^|]+ \\|$")

// family is the prefix of the rules of kin-openapi, whose names are not ours.
const family = "openapi-"

// TestRules compares the page with the rules that the code reports: all of them,
// no others, and with the severity that they have.
func TestRules(t *testing.T) {
	t.Parallel()
	documented := documentedRules(t)
	reported := reportedRules(t)
	if len(reported) < 100 {
		t.Fatalf("only %d rules found in the code; the test does not recognise them any more", len(reported))
	}
	for _, rule := range slices.Sorted(maps.Keys(reported)) {
		if want := severityWords(reported[rule]); documented[rule] == "" {
			t.Errorf("rules.md lacks %s, %s", rule, want)
		} else if documented[rule] != want {
			t.Errorf("rules.md says that %s is %s, the code makes it %s", rule, documented[rule], want)
		}
	}
	for rule := range documented {
		if reported[rule] == nil {
			t.Errorf("rules.md describes %s, which nothing reports", rule)
		}
	}
}

// TestRulesThatHappen reads every golden document: what it is told must be on
// the page, too, however the code came to say it.
func TestRulesThatHappen(t *testing.T) {
	t.Parallel()
	documented := documentedRules(t)
	happened := 0
	for _, d := range goldenDiagnostics(t) {
		happened++
		words := documented[d.Rule]
		if words == "" && strings.HasPrefix(d.Rule, family) {
			words = string(spec.Warning) // told of the family as a whole
		}
		if !strings.Contains(words, string(d.Severity)) {
			t.Errorf("%s: %s is %s; rules.md says %q", d.Pos, d.Rule, d.Severity, words)
		}
	}
	if happened == 0 {
		t.Error("no golden document is told anything")
	}
}

func documentedRules(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	names := []string{}
	for _, row := range ruleRow.FindAllStringSubmatch(string(read(t, rulesPage)), -1) {
		if out[row[1]] != "" {
			t.Errorf("rules.md has %s twice", row[1])
		}
		out[row[1]] = row[2]
		names = append(names, row[1])
	}
	if n := strings.Count(string(read(t, rulesPage)), "\n| `"); n != len(names) {
		t.Errorf("rules.md has %d rows of which %d are name, severity, meaning and advice", n, len(names))
	}
	return out
}

// severities of a rule.
type severities map[spec.Severity]bool

func severityWords(s severities) string {
	switch {
	case s[spec.Error] && s[spec.Warning]:
		return "error or warning"
	case s[spec.Error]:
		return "error"
	}
	return "warning"
}

// reportedRules collects the rules from the places where the code names them.
func reportedRules(t *testing.T) map[string]severities {
	t.Helper()
	out := map[string]severities{}
	add := func(e ast.Expr, s spec.Severity) {
		rule, ok := text(e)
		if !ok {
			return // a variable; it is collected where it gets its value
		}
		if out[rule] == nil {
			out[rule] = severities{}
		}
		out[rule][s] = true
	}
	for _, f := range parseSource(t, "spec", "generator", "cmd") {
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if severity, ok := reporters[calledAs(n)]; ok && len(n.Args) > 1 {
					add(n.Args[1], severity)
				}
			case *ast.CompositeLit:
				literal(n, add)
			case *ast.AssignStmt:
				assigned(n, add)
			case *ast.FuncDecl:
				returned(n, add)
			}
			return true
		})
	}
	return out
}

// reporters are the functions whose second argument is a rule.
var reporters = map[string]spec.Severity{
	"errorf": spec.Error, "errorHint": spec.Error, "errorKey": spec.Error,
	"warnf": spec.Warning, "warnHint": spec.Warning, "warnKey": spec.Warning, "warn": spec.Warning, "note": spec.Warning,
	"add": spec.Error, // of the reader of rtgen.yaml
}

// literal recognises diagnostics, and the faults of the parsers.
func literal(n *ast.CompositeLit, add func(ast.Expr, spec.Severity)) {
	if named(n.Type) == "parseFault" && len(n.Elts) > 1 {
		add(n.Elts[1], spec.Error)
		return
	}
	severity := spec.Error
	var rule ast.Expr
	for _, e := range n.Elts {
		pair, ok := e.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		switch {
		case named(pair.Key) == "Rule":
			rule = pair.Value
		case named(pair.Key) == "Severity" && named(pair.Value) == "Warning":
			severity = spec.Warning
		}
	}
	if rule != nil {
		add(rule, severity)
	}
}

// assigned recognises rule := "…"; such rules are warnings.
func assigned(n *ast.AssignStmt, add func(ast.Expr, spec.Severity)) {
	for i, left := range n.Lhs {
		if named(left) == "rule" && len(n.Rhs) == len(n.Lhs) {
			add(n.Rhs[i], spec.Warning)
		}
	}
}

// returned recognises functions with a result called rule; such rules are errors.
func returned(n *ast.FuncDecl, add func(ast.Expr, spec.Severity)) {
	at, i := -1, 0
	if n.Type.Results == nil || n.Body == nil {
		return
	}
	for _, r := range n.Type.Results.List {
		for _, name := range r.Names {
			if name.Name == "rule" {
				at = i
			}
			i++
		}
	}
	if at < 0 {
		return
	}
	ast.Inspect(n.Body, func(n ast.Node) bool {
		if r, ok := n.(*ast.ReturnStmt); ok && len(r.Results) > at {
			if rule, ok := text(r.Results[at]); ok && rule != "" {
				add(r.Results[at], spec.Error)
			}
		}
		return true
	})
}

// goldenDiagnostics is what the documents of package golden are told.
func goldenDiagnostics(t *testing.T) spec.Diagnostics {
	t.Helper()
	var all spec.Diagnostics
	load := func(main string, source spec.Option) {
		_, diags, err := spec.Load(main, source)
		if list := spec.Diagnostics(nil); err != nil && !errors.As(err, &list) {
			t.Fatal(err)
		}
		all = append(all, diags...)
	}
	archives, _ := filepath.Glob("../diagnostics/*.txtar")
	for _, name := range archives {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files := fstest.MapFS{}
		for _, f := range archive.Files {
			files[f.Name] = &fstest.MapFile{Data: f.Data}
		}
		load(archive.Files[0].Name, spec.FS(files))
	}
	cases, _ := filepath.Glob("../*/openapi.yaml")
	for _, name := range cases {
		load("openapi.yaml", spec.FS(os.DirFS(filepath.Dir(name))))
	}
	return all
}
