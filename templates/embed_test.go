package templates

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The runtime is copied into one flat folder, so every relative import of its
// files must name another of them, with the ending that Node asks for.
func TestRuntimeIsComplete(t *testing.T) {
	t.Parallel()
	names, err := fs.Glob(TypeScriptRuntime, "typescript/runtime/*")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(names, "typescript/runtime/index.ts") {
		t.Errorf("no index.ts among %q", names)
	}
	imports := regexp.MustCompile(`from '([^']+)'`)
	for _, name := range names {
		if strings.Contains(name, ".test.") {
			t.Errorf("%s: tests do not ship", name)
		}
		source, err := fs.ReadFile(TypeScriptRuntime, name)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range imports.FindAllStringSubmatch(string(source), -1) {
			base, relative := strings.CutPrefix(match[1], "./")
			base, ending := strings.CutSuffix(base, ".js")
			if !relative || !ending || !slices.Contains(names, "typescript/runtime/"+base+".ts") {
				t.Errorf("%s imports %q, which is not shipped", name, match[1])
			}
		}
	}
}
