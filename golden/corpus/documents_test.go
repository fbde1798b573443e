package corpus

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// document is one published document, unpacked.
type document struct {
	name string // of its folder in the test's module: letters, digits and dashes
	path string // of its main file
}

// corpusDir is the folder that holds documents/: RTGEN_CORPUS, or beside the
// checkout. It answers false only for RTGEN_CORPUS=none: tests that quietly do
// without their data are worth nothing.
func corpusDir(t *testing.T) (string, bool) {
	t.Helper()
	dir := os.Getenv("RTGEN_CORPUS")
	if dir == "none" {
		t.Log("RTGEN_CORPUS=none: published documents are not read")
		return "", false
	}
	for up := "../.."; dir == "" && len(up) < 20; up += "/.." {
		if candidate := filepath.Join(up, "shared", "corpus"); isDir(candidate) {
			dir = candidate
		}
	}
	if !isDir(filepath.Join(dir, "documents")) {
		t.Fatal("no corpus: set RTGEN_CORPUS to the folder that holds documents/, or to none to do without")
	}
	return dir, true
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// startsDocument recognises the main file of a document: the openapi member at
// the top level, in YAML and in JSON.
var startsDocument = regexp.MustCompile(`(?m)^["']?openapi["']?\s*:\s*["']?3|^\s{0,4}"openapi"\s*:\s*"3|^\{\s*"openapi"\s*:`)

// unpack copies the documents below dir to a folder of the test's: files as they
// are, *.gz unzipped, *.tar.gz in folders of their own. The list is in order of
// their names.
func unpack(t *testing.T, dir string) []document {
	t.Helper()
	target := t.TempDir()
	var list []document
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		base := filepath.Base(path)
		switch {
		case strings.HasSuffix(base, ".tar.gz"):
			name := folderName(strings.TrimSuffix(base, ".tar.gz"))
			main := untar(t, path, filepath.Join(target, name))
			list = append(list, document{name: name, path: main})
			return nil
		case strings.HasSuffix(base, ".gz"):
			base = strings.TrimSuffix(base, ".gz")
		}
		if ext := filepath.Ext(base); ext != ".yaml" && ext != ".yml" && ext != ".json" {
			return nil
		}
		name := folderName(strings.TrimSuffix(base, filepath.Ext(base)))
		for slices.ContainsFunc(list, func(d document) bool { return d.name == name }) {
			name += "-b"
		}
		d := document{name: name, path: filepath.Join(target, name, base)}
		data := readPacked(t, path)
		write(t, d.path, data)
		if startsDocument.Match(data) {
			list = append(list, d)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// folderName is a name that Go's and TypeScript's tools take for a folder.
func folderName(base string) string {
	return strings.Trim(regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(base), "-"), "-")
}

// readPacked reads a file, unzipped if it is packed.
func readPacked(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(path, ".gz") {
		return data
	}
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if data, err = io.ReadAll(r); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return data
}

// untar unpacks an archive into dir and returns the path of its main file: the
// one nearest to the top that starts a document.
func untar(t *testing.T, path, dir string) string {
	t.Helper()
	main := ""
	for r := tar.NewReader(bytes.NewReader(readPacked(t, path))); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if header.Typeflag != tar.TypeReg {
			continue
		}
		if !filepath.IsLocal(header.Name) {
			t.Fatalf("%s holds %s, which leads out of it", path, header.Name)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		file := filepath.Join(dir, filepath.FromSlash(header.Name))
		write(t, file, data)
		if startsDocument.Match(data) && (main == "" || strings.Count(file, "/") < strings.Count(main, "/")) {
			main = file
		}
	}
	if main == "" {
		t.Fatalf("%s holds no document", path)
	}
	return main
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}
