package spec

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Load reads the document at path and everything it refers to.
//
// The Diagnostics hold errors and warnings, sorted by place. The error is nil
// when the document can be generated from. It is the Diagnostics themselves
// when one of them is an Error, and something else when the file could not be
// read or an option makes no sense; the API is nil in both cases.
func Load(path string, opts ...Option) (*API, Diagnostics, error) {
	o := gather(opts)
	if o.fsys != nil {
		return load(newFileSet(o, o.fsys, "", path), path)
	}
	dir := o.root
	if dir == "" {
		dir = filepath.Dir(path)
	}
	name, err := relativeTo(dir, path)
	if err != nil {
		return nil, nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, nil, fmt.Errorf("open the folder of %s: %w", path, err)
	}
	defer root.Close()
	return load(newFileSet(o, root.FS(), shownDir(path, name), name), name)
}

// Parse reads a document from memory; name is what diagnostics call it and
// decides, together with the content, whether it is JSON or YAML. References to
// other files work only with FS or Root, and are relative to name there.
func Parse(name string, data []byte, opts ...Option) (*API, Diagnostics, error) {
	o := gather(opts)
	name = filepath.ToSlash(name)
	key := path.Clean(strings.TrimLeft(name, "/"))
	fsys := o.fsys
	if fsys == nil && o.root != "" {
		root, err := os.OpenRoot(o.root)
		if err != nil {
			return nil, nil, fmt.Errorf("open the folder of %s: %w", name, err)
		}
		defer root.Close()
		fsys = root.FS()
	}
	if fsys == nil {
		fsys = noFiles{}
	}
	files := newFileSet(o, fsys, "", key)
	files.given = map[string][]byte{key: data}
	files.names = map[string]string{key: name}
	return load(files, key)
}

// noFiles is what Parse reads from when it was given nothing to read from.
type noFiles struct{}

func (noFiles) Open(string) (fs.File, error) {
	return nil, errors.New("the document was read from memory, without a folder around it")
}

func gather(opts []Option) options {
	var o options
	for _, opt := range opts {
		opt(&o)
	}
	return o
}

// relativeTo is path as a slash-separated name below dir.
func relativeTo(dir, path string) (string, error) {
	absDir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("find %s: %w", dir, err)
	}
	absPath, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("find %s: %w", path, err)
	}
	rel, err := filepath.Rel(absDir, absPath)
	if err != nil || !filepath.IsLocal(rel) {
		return "", fmt.Errorf("%s is not below the root %s", path, dir)
	}
	return filepath.ToSlash(rel), nil
}

// shownDir is what to put before names below the root to show files the way
// the caller named the main document.
func shownDir(given, name string) string {
	shown := path.Clean(filepath.ToSlash(given))
	if dir, ok := strings.CutSuffix(shown, name); ok {
		return dir
	}
	up := strings.Repeat("../", strings.Count(name, "/"))
	return path.Clean(path.Join(path.Dir(shown), up)) + "/"
}

// load is the pipeline: read, build, check.
func load(files *fileSet, main string) (*API, Diagnostics, error) {
	report := &reporter{}
	files.report = report
	f, err := files.open(main)
	if err != nil {
		return nil, nil, fmt.Errorf("read %s: %w", files.shown(main), err)
	}
	if f.root == nil {
		return finish(nil, files, report)
	}
	api := build(f, files, report)
	if api != nil && !report.list.HasErrors() {
		validateWithKin(files, f, api.OpenAPI, report)
	}
	return finish(api, files, report)
}

func finish(api *API, files *fileSet, report *reporter) (*API, Diagnostics, error) {
	if report.dropped > 0 {
		report.list = append(report.list, Diagnostic{
			Pos: Position{File: files.shown(files.main)}, Severity: Warning, Rule: "diagnostics-limit",
			Message: fmt.Sprintf("%d more findings are not listed", report.dropped),
		})
	}
	list := report.list.Sort()
	if list.HasErrors() {
		return nil, list, list
	}
	return api, list, nil
}

// looksLikeJSON tells the two languages apart by the first character: YAML's
// flow style starts the same way, so the caller falls back.
func looksLikeJSON(data []byte) bool {
	data = bytes.TrimLeft(data, " \t\r\n")
	return len(data) > 0 && (data[0] == '{' || data[0] == '[')
}
