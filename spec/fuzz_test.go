package spec_test

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/rtgen/rtgen/spec"
)

// FuzzParse feeds documents in both languages to the whole package: it must not
// panic, must place every finding, and must give a model or an error, not both
// and not neither.
func FuzzParse(f *testing.F) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range txtar.Parse(data).Files {
			if file.Name != "dump" && file.Name != "diagnostics" {
				f.Add(file.Data, strings.HasSuffix(file.Name, ".json"))
			}
		}
	}
	for _, text := range []string{
		"", "\uFEFF", "\xff\xfe", "{", "[]", "a: *a", "&a [*a]", "? {a: b}\n: c", "--- \n---\n", "openapi: 3.1.0\n<<: 1", "\x00",
		`{"openapi":"3.1.0","paths":{"/{a":{"get":{"x-realtime":{}}}},"x-realtime":{"channels":{"a":{"address":"{","events":{"e":{"$ref":"#"}}}}}}`,
		`{"openapi":"3.0.0","paths":{"/":{"$ref":"#/paths/~1"}},"components":{"schemas":{"A":{"allOf":[{"$ref":"#"}]}}}}`,
	} {
		f.Add([]byte(text), false)
		f.Add([]byte(text), true)
	}
	f.Fuzz(func(t *testing.T, data []byte, asJSON bool) {
		if len(data) > 64<<10 {
			return
		}
		name := "openapi.yaml"
		if asJSON {
			name = "openapi.json"
		}
		api, found, err := spec.Parse(name, data, spec.Validate(spec.ValidateNever))
		if (api == nil) != (err != nil) {
			t.Fatalf("model %v, error %v", api != nil, err)
		}
		for _, d := range found {
			if d.Pos.File == "" || d.Pos.Line < 1 || d.Rule == "" || d.Message == "" || strings.ContainsAny(d.Message, "\n\r") {
				t.Errorf("a finding that cannot be shown: %+v", d)
			}
		}
		if err := found.Print(io.Discard); err != nil {
			t.Fatal(err)
		}
		if api == nil {
			return
		}
		if err := spec.Dump(io.Discard, api); err != nil {
			t.Fatal(err)
		}
		checkTable(t, api)
		checkDecls(t, api)
	})
}
