package typescript

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rtgen/rtgen/spec"
)

// corpusDir is the folder of published documents: RTGEN_CORPUS, or beside the
// module. It answers false only for RTGEN_CORPUS=none.
func corpusDir(t testing.TB) (string, bool) {
	t.Helper()
	dir := os.Getenv("RTGEN_CORPUS")
	if dir == "none" {
		t.Log("RTGEN_CORPUS=none: published documents are not read")
		return "", false
	}
	for up := "../../.."; dir == "" && len(up) < 20; up += "/.." {
		if candidate := filepath.Join(up, "shared", "corpus"); isDir(candidate) {
			dir = candidate
		}
	}
	if !isDir(filepath.Join(dir, "documents")) {
		t.Fatal("no corpus: set RTGEN_CORPUS to its folder, or to none to do without")
	}
	return dir, true
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func readDocument(t testing.TB, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(file, ".gz") {
		r, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if data, err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	return data
}

// TestPublishedDocumentsCompile emits every document of the corpus and compiles all of them at once,
// around one copy of the runtime.
func TestPublishedDocumentsCompile(t *testing.T) {
	t.Parallel()
	dir, ok := corpusDir(t)
	if !ok {
		return
	}
	var documents []string
	for _, pattern := range []string{"*.yaml", "*.gz", "oai/*.yaml"} {
		found, err := filepath.Glob(filepath.Join(dir, "documents", pattern))
		if err != nil {
			t.Fatal(err)
		}
		documents = append(documents, found...)
	}
	if len(documents) < 10 {
		t.Fatalf("only %d documents in %s", len(documents), dir)
	}
	out := writeFiles(t, nil)
	var entries []string
	for _, document := range documents {
		name := strings.TrimSuffix(filepath.Base(document), ".gz")
		api, _, err := spec.Parse(name, readDocument(t, document), spec.Validate(spec.ValidateNever))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		start := time.Now()
		files, _, err := Emit(api, Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%-24s %5d operations, %6d declarations, %8d bytes in %v", name, len(api.Operations), len(api.Decls),
			len(files["types.ts"])+len(files["operations.ts"])+len(files["client.ts"]), time.Since(start).Round(time.Millisecond))
		checkMethods(t, name, api, string(files["client.ts"]))
		folder := strings.ReplaceAll(name, ".", "-")
		for file, text := range files {
			if path.Dir(file) == RuntimeDir {
				write(t, filepath.Join(out, file), text)
				continue
			}
			write(t, filepath.Join(out, folder, file), bytes.ReplaceAll(text, []byte("'./runtime/index.js'"), []byte("'../runtime/index.js'")))
		}
		entries = append(entries, folder+"/index.ts")
	}
	mustCompile(t, out, strictest, entries...)
	mustCompile(t, out, loosest, entries...)
}

// checkMethods requires a method for every operation.
func checkMethods(t *testing.T, name string, api *spec.API, client string) {
	t.Helper()
	if got := strings.Count(client, ", options?: CallOptions): Promise<"); got != len(api.Operations) {
		t.Errorf("%s: %d methods for %d operations", name, got, len(api.Operations))
	}
}
