package surface

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestEmitted lists everything that emitted code mentions of the runtime. The
// runtime may not take any of it away while it supports that generation.
func TestEmitted(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../*/go/*.gen.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no emitted Go files: %v", err)
	}
	names := map[string]bool{}
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		mentions(f, names)
	}
	text := strings.Join(slices.Sorted(maps.Keys(names)), "\n") + "\n"
	compare(t, "emitted.txt", []byte(text),
		"emitted code uses the runtime differently; when an older runtime cannot serve it, a new EmittedVn is due")
}

// mentions adds every name that a file selects from package runtime.
func mentions(f *ast.File, names map[string]bool) {
	local := ""
	for _, spec := range f.Imports {
		if path, err := strconv.Unquote(spec.Path.Value); err == nil && path == module+"/runtime" {
			local = "runtime"
			if spec.Name != nil {
				local = spec.Name.Name
			}
		}
	}
	if local == "" {
		return
	}
	ast.Inspect(f, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if id, ok := sel.X.(*ast.Ident); ok && id.Name == local {
				names["rt."+sel.Sel.Name] = true
			}
		}
		return true
	})
}
