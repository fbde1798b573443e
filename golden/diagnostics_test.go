package golden

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/rtgen/rtgen/spec"
)

// TestDiagnostics reads bad documents. Each archive in diagnostics holds one,
// with the files it refers to, and in the file "want" the text that a user sees.
func TestDiagnostics(t *testing.T) {
	t.Parallel()
	archives, err := filepath.Glob("diagnostics/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, name := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			t.Parallel()
			diagnosticsCase(t, name)
		})
	}
}

func diagnosticsCase(t *testing.T, name string) {
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var want *txtar.File
	files := fstest.MapFS{}
	for i, f := range archive.Files {
		if f.Name == "want" {
			want = &archive.Files[i]
			continue
		}
		files[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	api, diags, err := spec.Load(archive.Files[0].Name, spec.FS(files))
	var list spec.Diagnostics
	if err != nil && !errors.As(err, &list) {
		t.Fatal(err)
	}
	if (api == nil) != diags.HasErrors() {
		t.Errorf("the document loads: %v; it has errors: %v; want the opposite", api != nil, diags.HasErrors())
	}
	if len(diags) == 0 {
		t.Errorf("nothing is wrong with this document; what is it here for?")
	}
	for _, d := range diags {
		if d.Pos.Line == 0 || d.Rule == "" || d.Message == "" {
			t.Errorf("a finding without place, rule or message: %#v", d)
		}
	}
	got := listing(t, diags)
	if *update {
		if want == nil {
			archive.Files = append(archive.Files, txtar.File{Name: "want"})
			want = &archive.Files[len(archive.Files)-1]
		}
		want.Data = got
		write(t, name, txtar.Format(archive))
		return
	}
	if want == nil {
		t.Fatalf("%s has no file named want; write it with -update", name)
	}
	compare(t, name, want.Data, got)
}
