package generator

import (
	"path"
	"strings"

	"github.com/rtgen/rtgen/generator/internal/bundle"
	"github.com/rtgen/rtgen/generator/internal/golang"
	"github.com/rtgen/rtgen/generator/internal/typescript"
	"github.com/rtgen/rtgen/spec"
)

// target is one output language. Emit returns files by their path below dir.
type target struct {
	name string // for messages
	dir  string
	emit func(*spec.API) (map[string][]byte, spec.Diagnostics, error)
}

// targets lists the configured languages; a new language is one more entry.
func targets(c Config) []target {
	var list []target
	if c.Go != nil {
		list = append(list, target{"Go", c.Go.Dir, func(api *spec.API) (map[string][]byte, spec.Diagnostics, error) {
			return golang.Emit(api, golang.Options{Package: c.Go.Package, Source: c.Source})
		}})
	}
	if c.TypeScript != nil {
		list = append(list, target{"TypeScript", c.TypeScript.Dir, c.TypeScript.emitter(c.Source)})
	}
	return list
}

// emitter emits the client and, where one is wanted, its bundle.
func (c *TypeScriptConfig) emitter(source string) func(*spec.API) (map[string][]byte, spec.Diagnostics, error) {
	return func(api *spec.API) (map[string][]byte, spec.Diagnostics, error) {
		files, diags, err := typescript.Emit(api, c.options(source))
		if err != nil || c.JS == "" {
			return files, diags, err
		}
		js, err := bundle.JavaScript(files, "index.ts")
		if err != nil {
			return nil, nil, err
		}
		// Other files are relative to Dir, the bundle to the root.
		up := ""
		if c.Dir != "." {
			up = strings.Repeat("../", strings.Count(c.Dir, "/")+1)
		}
		files[up+c.JS] = js
		return files, diags, nil
	}
}

// options are the settings as the emitter has them.
func (c *TypeScriptConfig) options(source string) typescript.Options {
	return typescript.Options{
		Source:   source,
		Dates:    typescript.Dates(c.Dates),
		BigInt:   c.Int64 == "bigint",
		Brands:   c.Brands,
		Validate: c.Validate,
	}
}

// place is a target's file below the output root.
func (t target) place(name string) string { return path.Join(t.dir, name) }
