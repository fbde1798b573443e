package generator

import (
	"path"

	"github.com/rtgen/rtgen/generator/internal/golang"
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
	return list
}

// place is a target's file below the output root.
func (t target) place(name string) string { return path.Join(t.dir, name) }
