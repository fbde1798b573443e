package docs

import (
	"go/ast"
	"os"
	"strings"
	"testing"

	"github.com/rtgen/rtgen/spec"
)

// elsewhere are the reasons for a type that says nothing which the case cannot
// show, and why.
var elsewhere = map[string]string{
	"not a schema":            "comes with schema-not-object",
	"an unresolved reference": "comes with ref-unresolved, an error",
	"too complex":             "comes with document-too-complex, an error",
}

// reasonNames are the reasons that are constants of package spec, by their names.
var reasonNames = map[string]string{
	"NoValue":      spec.NoValue,
	"excludesOnly": "a schema that only excludes values",
	"limitsOnly":   "a schema that limits values of a type without asking for it",
}

// TestFallbacksAreListed compares the case behind docs/schemas/fallbacks.md with
// the reasons that package spec knows for a type that says nothing.
func TestFallbacksAreListed(t *testing.T) {
	t.Parallel()
	api, _, err := spec.Load("openapi.yaml", spec.FS(os.DirFS("../fallbacks")))
	if err != nil {
		t.Fatal(err)
	}
	var dump strings.Builder
	if err := spec.Dump(&dump, api); err != nil {
		t.Fatal(err)
	}
	model := dump.String()
	for _, why := range reasons(t) {
		shown := strings.Contains(model, "any ("+why+")")
		switch note := elsewhere[why]; {
		case note == "" && !shown:
			t.Errorf("no member of golden/fallbacks is a fallback because of %q; add one, and a row to fallbacks.md", why)
		case note != "" && shown:
			t.Errorf("golden/fallbacks does show %q, which %s", why, note)
		}
	}
}

// reasons are the values that the code gives to Any.Why.
func reasons(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, f := range parseSource(t, "spec") {
		ast.Inspect(f, func(n ast.Node) bool {
			c, ok := n.(*ast.CompositeLit)
			if !ok || named(c.Type) != "Any" {
				return true
			}
			for _, e := range c.Elts {
				pair, _ := e.(*ast.KeyValueExpr)
				if pair == nil || named(pair.Key) != "Why" {
					continue
				}
				if known := reasonNames[named(pair.Value)]; known != "" {
					out = append(out, known)
				} else if why, ok := text(pair.Value); ok {
					out = append(out, why)
				} else {
					t.Errorf("a reason in package spec is no literal")
				}
			}
			return true
		})
	}
	if len(out) < 5 {
		t.Fatalf("only %d reasons found; the test does not recognise them any more", len(out))
	}
	return out
}
