package main

import (
	"fmt"
	"go/build"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rtgen/rtgen/generator"
	"github.com/rtgen/rtgen/spec"
)

// output is everything that a run would write, in memory.
type output struct {
	root   string // absolute; paths of files are relative to it
	prefix string // from the current folder to root: "" or "../" steps
	files  []generator.File
}

// show is the path of a file as seen from the current folder.
func (o *output) show(path string) string {
	return filepath.ToSlash(filepath.Join(o.prefix, filepath.FromSlash(path)))
}

// wanted is the settings of a run of generate or check, complete.
func (a *app) wanted(cmd *cobra.Command, args []string, flags settings) (settings, error) {
	s, err := a.resolve(cmd, args, flags)
	if err != nil {
		return settings{}, err
	}
	return s, s.complete()
}

// emit loads the document and generates from it.
func (a *app) emit(s settings) (*output, error) {
	out, cfg, err := s.place()
	if err != nil {
		return nil, err
	}
	return out, a.fill(out, s, cfg, nil)
}

// fill emits the files of an output and keeps in its memory, when there is one, what was found
// on the way.
func (a *app) fill(out *output, s settings, cfg generator.Config, m *memory, opts ...spec.Option) error {
	api, found, err := a.load(s, opts...)
	if err != nil {
		return err
	}
	files, diags, err := generator.Generate(api, cfg)
	if said := a.diagnose(diags, s.strict); said != nil {
		return said
	}
	if err != nil {
		return err
	}
	out.files = files
	if m != nil {
		m.Read, m.Emitted, m.Outputs = found, diags, generator.Sums(files)
	}
	return nil
}

// complete refuses settings that say too little or contradict each other.
func (s settings) complete() error {
	switch {
	case s.goDir == "" && s.tsDir == "":
		return usagef("nothing to write: give --go DIR or --ts DIR, or put 'go: api' and 'ts: web/client' into %s beside the document", configName)
	case s.js != "" && s.tsDir == "":
		return usagef("--js needs --ts DIR: the bundle is made of the client there")
	case !slices.Contains([]string{"", "string", "date", "temporal"}, s.tsDates):
		return usagef("--ts-dates %q is not one of string, date, temporal", s.tsDates)
	case !slices.Contains([]string{"", "number", "bigint"}, s.tsInt64):
		return usagef("--ts-int64 %q is not one of number, bigint", s.tsInt64)
	case s.goPackage != "" && s.goDir == "":
		return usagef("--go-package needs --go DIR")
	case s.goPackage != "" && (!token.IsIdentifier(s.goPackage) || s.goPackage == "_"):
		return usagef("--go-package %q is not a Go package name", s.goPackage)
	}
	return nil
}

// place decides where the output goes. Everything is relative to one root: the
// current folder when it holds all of it, so that paths in diffs can be pasted,
// and otherwise the nearest folder that does.
func (s settings) place() (*output, generator.Config, error) {
	cwd, err := os.Getwd()
	if err != nil {
		return nil, generator.Config{}, err
	}
	root := cwd
	for _, path := range []string{s.goDir, s.tsDir, s.js} {
		if path == "" {
			continue
		}
		abs, err := filepath.Abs(path)
		if err != nil {
			return nil, generator.Config{}, err
		}
		if root, err = commonFolder(root, abs); err != nil {
			return nil, generator.Config{}, err
		}
	}
	prefix, err := filepath.Rel(cwd, root)
	if err != nil {
		return nil, generator.Config{}, err
	}
	if prefix == "." {
		prefix = ""
	}
	return &output{root: root, prefix: prefix}, s.config(root), nil
}

// config translates settings for the generator, with paths below root.
func (s settings) config(root string) generator.Config {
	var cfg generator.Config
	if s.goDir != "" {
		name := s.goPackage
		if name == "" {
			name = packageOf(s.goDir)
		}
		cfg.Go = &generator.GoConfig{Dir: below(root, s.goDir), Package: name}
	}
	if s.tsDir != "" {
		cfg.TypeScript = &generator.TypeScriptConfig{
			Dir:      below(root, s.tsDir),
			Dates:    s.tsDates,
			Int64:    s.tsInt64,
			Brands:   s.tsBrands,
			Validate: s.tsCheck,
		}
		if s.js != "" {
			cfg.TypeScript.JS = below(root, s.js)
		}
	}
	return cfg
}

// below is path relative to root, with forward slashes; place has made sure
// that it is below.
func below(root, path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return filepath.ToSlash(path)
	}
	rel, err := filepath.Rel(root, abs)
	if err != nil {
		return filepath.ToSlash(path)
	}
	return filepath.ToSlash(rel)
}

// commonFolder is the nearest folder that is or holds both.
func commonFolder(a, b string) (string, error) {
	for folder := a; ; {
		rel, err := filepath.Rel(folder, b)
		if err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
			return folder, nil
		}
		parent := filepath.Dir(folder)
		if parent == folder {
			return "", fmt.Errorf("%s and %s have no folder in common", a, b)
		}
		folder = parent
	}
}

// packageOf is the package of the Go files that are already in dir, so that
// generated code can join them; "" leaves the choice to the generator, which
// names the package after the folder.
func packageOf(dir string) string {
	pkg, err := build.ImportDir(dir, 0)
	if err != nil {
		return ""
	}
	return pkg.Name
}
