package golang

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "rewrite testdata/chat.txtar")

// The whole output for a small document, one archive member to a file, for reading.
func TestChat(t *testing.T) {
	t.Parallel()
	name := filepath.Join("testdata", "chat.txtar")
	got := emit(t, chat())
	if *update {
		a := &txtar.Archive{Comment: []byte("What is emitted for the model in chat_test.go. Rewrite with go test -run TestChat -update.\n")}
		for file, content := range got {
			a.Files = append(a.Files, txtar.File{Name: file, Data: []byte(content)})
		}
		slices.SortFunc(a.Files, func(x, y txtar.File) int {
			if x.Name < y.Name {
				return -1
			}
			return 1
		})
		if err := os.WriteFile(name, txtar.Format(a), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for _, f := range archive.Files {
		want[f.Name] = string(f.Data)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}
