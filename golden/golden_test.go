package golden

import (
	"bytes"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/rtgen/rtgen/generator"
	"github.com/rtgen/rtgen/spec"
)

var update = flag.Bool("update", false, "rewrite the golden files after compiling them")

// TestGolden generates from the document of every case and compares all bytes.
// With -update it writes them instead, provided that the Go code compiles.
func TestGolden(t *testing.T) {
	t.Parallel()
	names := caseNames(t)
	if *update {
		rewrite(t, names)
		return
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, want := emit(t, name), committed(t, name)
			for file := range got {
				compare(t, path.Join(name, file), want[file], got[file])
			}
			for file := range want {
				if _, ok := got[file]; !ok {
					t.Errorf("%s/%s is no longer emitted; delete it with -update", name, file)
				}
			}
		})
	}
}

// TestGeneratingTwiceGivesTheSameBytes guards against anything that depends on
// map order, time or earlier runs.
func TestGeneratingTwiceGivesTheSameBytes(t *testing.T) {
	t.Parallel()
	for _, name := range caseNames(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first, second := emit(t, name), emit(t, name)
			if len(first) != len(second) {
				t.Errorf("the first run emits %d files, the second %d", len(first), len(second))
			}
			for file := range first {
				compare(t, file, first[file], second[file])
			}
		})
	}
}

// caseNames are the folders that hold an openapi.yaml.
func caseNames(t *testing.T) []string {
	t.Helper()
	documents, err := filepath.Glob("*/openapi.yaml")
	if err != nil || len(documents) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	names := make([]string, len(documents))
	for i, d := range documents {
		names[i] = filepath.Dir(d)
	}
	return names
}

// warningsFile holds what rtgen says about the document of a case, if anything.
const warningsFile = "warnings.txt"

// typeScript are the settings of the cases that are about one.
var typeScript = map[string]generator.TypeScriptConfig{
	"bigints":  {Int64: "bigint"},
	"brands":   {Brands: true},
	"dates":    {Dates: "date"},
	"temporal": {Dates: "temporal"},
	"validate": {Validate: true},
}

// emit returns every file of a case by its path below the case's folder. The
// TypeScript runtime is left out: it is the same in each and has its own tests.
func emit(t *testing.T, name string) map[string][]byte {
	t.Helper()
	api, diags, err := spec.Load("openapi.yaml", spec.FS(os.DirFS(name)))
	if err != nil {
		t.Fatalf("load %s/openapi.yaml: %v", name, err)
	}
	ts := typeScript[name]
	ts.Dir = "ts"
	files, more, err := generator.Generate(api, generator.Config{
		Go:         &generator.GoConfig{Dir: "go", Package: packageName(name)},
		TypeScript: &ts,
	})
	if err != nil {
		t.Fatalf("generate from %s/openapi.yaml: %v", name, err)
	}
	out := map[string][]byte{}
	for _, f := range files {
		if !strings.HasPrefix(f.Path, "ts/runtime/") {
			out[f.Path] = f.Content
		}
	}
	if diags = append(diags, more...); len(diags) > 0 {
		out[warningsFile] = listing(t, diags)
	}
	return out
}

// packageName is the Go package of a case.
func packageName(name string) string { return strings.ReplaceAll(name, "-", "") }

func listing(t *testing.T, diags spec.Diagnostics) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := diags.Sort().Print(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// committed returns the golden files of a case as emit names them.
func committed(t *testing.T, name string) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	for _, part := range []string{"go", "ts", warningsFile} {
		err := fs.WalkDir(os.DirFS(name), part, func(file string, d fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err != nil || d.IsDir() {
				return err
			}
			out[file], err = os.ReadFile(filepath.Join(name, filepath.FromSlash(file)))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// compare fails with a diff; a missing golden file is a difference like any other.
func compare(t *testing.T, name string, want, got []byte) {
	t.Helper()
	switch {
	case want == nil:
		t.Errorf("%s is missing; write it with -update and commit it", name)
	case !bytes.Equal(want, got):
		t.Errorf("%s differs:\n%s", name, diff.Diff("want", want, "got", got))
	}
}
