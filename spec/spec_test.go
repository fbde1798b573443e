package spec_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/rtgen/rtgen/spec"
)

var update = flag.Bool("update", false, "rewrite the expectations in testdata")

// TestDocuments reads each archive of testdata: its first file is the main
// document, "dump" the model that it gives, "diagnostics" the listing of what
// is found. The comment may hold "kin: yes" to let kin-openapi look as well.
func TestDocuments(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) < 10 {
		t.Fatalf("found %d archives: %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			t.Parallel()
			checkArchive(t, path)
		})
	}
}

func checkArchive(t *testing.T, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	archive := txtar.Parse(data)
	fsys := fstest.MapFS{}
	want := map[string]string{}
	var sources []txtar.File
	for _, f := range archive.Files {
		if f.Name == "dump" || f.Name == "diagnostics" {
			want[f.Name] = string(f.Data)
			continue
		}
		sources = append(sources, f)
		fsys[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	mode := spec.ValidateNever
	if bytes.Contains(archive.Comment, []byte("kin: yes")) {
		mode = spec.ValidateAlways
	}
	api, found, err := spec.Load(sources[0].Name, spec.FS(fsys), spec.Validate(mode))
	if (err == nil) != (api != nil) {
		t.Errorf("error %v with API %v", err, api != nil)
	}
	got := map[string]string{"diagnostics": found.Listing()}
	if api != nil {
		var sb strings.Builder
		if err := spec.Dump(&sb, api); err != nil {
			t.Fatal(err)
		}
		got["dump"] = sb.String()
	}
	if *update {
		archive.Files = sources
		for _, name := range []string{"dump", "diagnostics"} {
			if got[name] != "" {
				archive.Files = append(archive.Files, txtar.File{Name: name, Data: []byte(got[name])})
			}
		}
		if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	for _, name := range []string{"dump", "diagnostics"} {
		if diff := cmp.Diff(want[name], got[name]); diff != "" {
			t.Errorf("%s differs (-want +got):\n%s", name, diff)
		}
	}
}
