package generator

import (
	"os"
	"path/filepath"
	"testing"
)

func TestStandingIsWhatWriteWouldNotChange(t *testing.T) {
	t.Parallel()
	files := []File{
		{Path: "api/types.gen.go", Content: []byte("// " + marker + "\npackage api\n")},
		{Path: "ts/index.ts", Content: []byte("// " + marker + "\nexport {};\n")},
	}
	for _, tt := range []struct {
		name   string
		change func(root string) error
		want   bool
	}{
		{"nothing", func(string) error { return nil }, true},
		{"a file of somebody else", func(root string) error {
			return os.WriteFile(filepath.Join(root, "api", "handler.go"), []byte("package api\n"), 0o644)
		}, true},
		{"an edited file", func(root string) error {
			return os.WriteFile(filepath.Join(root, "ts", "index.ts"), []byte("// "+marker+"\n"), 0o644)
		}, false},
		{"a deleted file", func(root string) error { return os.Remove(filepath.Join(root, "ts", "index.ts")) }, false},
		{"a leftover", func(root string) error {
			return os.WriteFile(filepath.Join(root, "api", "old.gen.go"), files[0].Content, 0o644)
		}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			if _, err := Write(root, files); err != nil {
				t.Fatal(err)
			}
			if err := tt.change(root); err != nil {
				t.Fatal(err)
			}
			if got := Standing(root, Sums(files)); got != tt.want {
				t.Errorf("Standing = %v, want %v", got, tt.want)
			}
			changes, err := Diff(root, files)
			if err != nil {
				t.Fatal(err)
			}
			quiet := true
			for _, c := range changes {
				quiet = quiet && c.Kind == Unchanged
			}
			if quiet != tt.want {
				t.Errorf("Diff finds nothing to change: %v, and Standing should agree with it", quiet)
			}
		})
	}
}
