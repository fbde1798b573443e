package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// settings say what to read and what to write. The same struct holds what the
// flags say, what rtgen.yaml says, and the two together; its zero value says
// nothing. Paths are as given by flags, and relative to the current folder in
// the merged settings.
type settings struct {
	document  string // "-" is standard input
	goDir     string
	goPackage string
	tsDir     string
	js        string
	tsDates   string // "string", "date", "temporal"; empty: string
	tsInt64   string // "number", "bigint"; empty: number
	tsBrands  bool
	tsCheck   bool     // ts-validate
	root      string   // references reach what lies below; empty: the document's folder
	allowURL  []string // URL prefixes that references may be fetched from
	include   []string // patterns of operations to read; empty: all
	exclude   []string // patterns of operations to leave out
	strict    bool
}

// register declares the flags of generate and check.
func (s *settings) register(flags *pflag.FlagSet) {
	flags.StringVar(&s.goDir, "go", "", "write a Go package to `DIR`")
	flags.StringVar(&s.goPackage, "go-package", "", "`NAME` of the Go package (default: that of the Go files in DIR, else DIR's own)")
	flags.StringVar(&s.tsDir, "ts", "", "write the TypeScript client to `DIR`")
	flags.StringVar(&s.js, "js", "", "also write the client as one minified ES module to `FILE`")
	flags.StringVar(&s.tsDates, "ts-dates", "", "what date-time and date are in TypeScript: string, date or temporal (default: string)")
	flags.StringVar(&s.tsInt64, "ts-int64", "", "what int64 is in TypeScript: number or bigint (default: number)")
	flags.BoolVar(&s.tsBrands, "ts-brands", false, "give strings with a format a TypeScript type of their own")
	flags.BoolVar(&s.tsCheck, "ts-validate", false, "let the TypeScript client check what arrives")
	s.registerReading(flags)
}

// registerReading declares the flags of every command that reads a document.
func (s *settings) registerReading(flags *pflag.FlagSet) {
	flags.StringVar(&s.root, "root", "", "let references reach every file below `DIR` (default: the document's folder)")
	flags.StringSliceVar(&s.allowURL, "allow-url", nil, "let references fetch URLs that start with `PREFIX`")
	flags.StringArrayVar(&s.include, "include", nil, "read only operations that `PATTERN` matches: an operationId, a tag or a path (GET /pets/**); repeatable")
	flags.StringArrayVar(&s.exclude, "exclude", nil, "leave out operations that `PATTERN` matches; repeatable")
	flags.BoolVar(&s.strict, "strict", false, "treat warnings as errors")
}

// overlay returns s with the settings of top where top has them. What is true or
// false is taken from a flag when it was given, so that --strict=false works too.
func (s settings) overlay(top settings, given func(flag string) bool) settings {
	pick := func(low *string, high string) {
		if high != "" {
			*low = high
		}
	}
	pick(&s.document, top.document)
	pick(&s.goDir, top.goDir)
	pick(&s.goPackage, top.goPackage)
	pick(&s.tsDir, top.tsDir)
	pick(&s.js, top.js)
	pick(&s.tsDates, top.tsDates)
	pick(&s.tsInt64, top.tsInt64)
	pick(&s.root, top.root)
	if len(top.allowURL) > 0 {
		s.allowURL = top.allowURL
	}
	if len(top.include) > 0 {
		s.include = top.include
	}
	if len(top.exclude) > 0 {
		s.exclude = top.exclude
	}
	for _, k := range configKeys {
		if k.flag != nil && given(k.name) {
			*k.flag(&s) = *k.flag(&top)
		}
	}
	return s
}

// resolve merges the command line with rtgen.yaml and finds the document.
func (a *app) resolve(cmd *cobra.Command, args []string, flags settings) (settings, error) {
	if len(args) > 0 {
		flags.document = args[0]
	}
	path, err := configPath(flags.document)
	if err != nil {
		return settings{}, err
	}
	merged := flags
	if path != "" {
		file, diags, err := readConfig(path)
		if err != nil {
			return settings{}, err
		}
		if a.diagnose(diags, false) != nil {
			return settings{}, &usageError{errSaid}
		}
		merged = file.overlay(flags, cmd.Flags().Changed)
	}
	if merged.document == "" {
		merged.document, err = findDocument(filepath.Dir(path))
	}
	return merged, err
}

// configName is the settings file, looked for beside the document.
const configName = "rtgen.yaml"

// configPath is the settings file that belongs to a document, or "" when there
// is none. A document that was not named has it in the current folder. A named
// one has it in its own folder, or in the current one if that file names it.
func configPath(document string) (string, error) {
	if document == "" || document == "-" {
		return existing(configName)
	}
	beside, err := existing(filepath.Join(filepath.Dir(document), configName))
	if beside != "" || err != nil {
		return beside, err
	}
	here, err := existing(configName)
	if here == "" || err != nil {
		return "", err
	}
	// A broken file here is no concern of a document elsewhere.
	if file, diags, err := readConfig(here); err != nil || diags.HasErrors() || !sameFile(file.document, document) {
		return "", nil
	}
	return here, nil
}

// documentNames are tried in this order when no document is named.
var documentNames = [...]string{"openapi.yaml", "openapi.yml", "openapi.json"}

// findDocument looks for a document with a usual name in a folder. Several are
// as bad as none: guessing would generate from the wrong one without a word.
func findDocument(dir string) (string, error) {
	var found []string
	for _, name := range documentNames {
		path, err := existing(filepath.Join(dir, name))
		if err != nil {
			return "", err
		}
		if path != "" {
			found = append(found, path)
		}
	}
	switch len(found) {
	case 0:
		return "", usagef("no document: openapi.yaml, openapi.yml or openapi.json is not here; name one, as in 'rtgen generate api.yaml', or write 'document: api.yaml' into %s", configName)
	case 1:
		return found[0], nil
	}
	return "", usagef("both %s and %s are here; name the one to use", found[0], found[1])
}

// existing returns path when something is there, and "" when nothing is.
func existing(path string) (string, error) {
	switch _, err := os.Stat(path); {
	case err == nil:
		return path, nil
	case errors.Is(err, fs.ErrNotExist):
		return "", nil
	default:
		return "", fmt.Errorf("look for %s: %w", path, err)
	}
}

func sameFile(a, b string) bool {
	ai, err := os.Stat(a)
	if err != nil {
		return false
	}
	bi, err := os.Stat(b)
	return err == nil && os.SameFile(ai, bi)
}
