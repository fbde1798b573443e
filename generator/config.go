package generator

import (
	"errors"
	"fmt"
	"go/token"
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/rtgen/rtgen/spec"
)

// Config says what to generate and where. Directories are slash paths relative to
// the root that Write and Diff are given; "" and "." are the root itself.
type Config struct {
	// Source is what file headers name as their source; the base name of
	// api.Source when empty. A path would tie output to a machine.
	Source string

	Go         *GoConfig         // nil: no Go
	TypeScript *TypeScriptConfig // nil: no TypeScript
}

// GoConfig are the settings for Go output.
type GoConfig struct {
	Dir string

	// Package is the package's name. When empty it is made from the last element
	// of Dir, or from the document's title when Dir is the root.
	Package string
}

// TypeScriptConfig are the settings for TypeScript output.
type TypeScriptConfig struct {
	Dir string

	// JS is the path of a ready JavaScript bundle, relative to the root like Dir;
	// empty for none.
	JS string

	// Dates is what strings of the formats date-time and date are: "string", their
	// text, which an empty Dates means too; "date", a Date; or "temporal", a
	// Temporal.Instant and a Temporal.PlainDate.
	Dates string

	// Int64 is what integers of the formats int64 and uint64 are: "number", which an empty
	// Int64 means too and which rounds beyond 2^53, or "bigint".
	Int64 string

	// Brands gives strings with a format a type of their own, Branded<'uuid'>.
	Brands bool

	// Validate emits what a client needs to check the JSON of answers and events
	// against the document. Such a client does so unless its options say not to.
	Validate bool
}

// complete checks a configuration and fills in what follows from the document.
func (c Config) complete(api *spec.API) (Config, error) {
	var errs []error
	if c.Source == "" {
		c.Source = path.Base(strings.ReplaceAll(api.Source, `\`, "/"))
		if api.Source == "" {
			c.Source = ""
		}
	}
	if c.Go == nil && c.TypeScript == nil {
		errs = append(errs, errors.New("nothing to generate: neither Go nor TypeScript is configured"))
	}
	if c.Go != nil {
		g := *c.Go
		errs = append(errs, local("Go directory", &g.Dir))
		if g.Package == "" {
			g.Package = packageName(g.Dir, api.Title)
		} else if !token.IsIdentifier(g.Package) || g.Package == "_" {
			errs = append(errs, fmt.Errorf("%q is not a Go package name", g.Package))
		}
		c.Go = &g
	}
	if c.TypeScript != nil {
		t := *c.TypeScript
		errs = append(errs, local("TypeScript directory", &t.Dir))
		if t.JS != "" {
			errs = append(errs, local("JavaScript file", &t.JS))
		}
		errs = append(errs,
			oneOf("TypeScript dates", &t.Dates, "string", "date", "temporal"),
			oneOf("TypeScript int64", &t.Int64, "number", "bigint"))
		c.TypeScript = &t
	}
	return c, errors.Join(errs...)
}

// oneOf refuses a value that is none of those there are; an empty one becomes the first.
func oneOf(what string, value *string, values ...string) error {
	if *value == "" {
		*value = values[0]
	}
	if !slices.Contains(values, *value) {
		return fmt.Errorf("%s: %q is not one of %s", what, *value, strings.Join(values, ", "))
	}
	return nil
}

// local cleans a path and refuses one that leaves the root.
func local(what string, dir *string) error {
	clean := path.Clean(strings.ReplaceAll(*dir, `\`, "/"))
	if path.IsAbs(clean) || clean == ".." || strings.HasPrefix(clean, "../") || strings.ContainsRune(clean, 0) ||
		len(clean) > 1 && clean[1] == ':' {
		return fmt.Errorf("%s %q is not below the output root", what, *dir)
	}
	*dir = clean
	return nil
}

// packageName is lower case letters and digits, as package names are.
func packageName(dir, title string) string {
	for _, source := range []string{path.Base(dir), title} {
		name := strings.Map(func(r rune) rune {
			if r < 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
				return unicode.ToLower(r)
			}
			return -1
		}, source)
		name = strings.TrimLeft(name, "0123456789")
		if token.IsIdentifier(name) {
			return name
		}
		if token.IsKeyword(name) {
			return name + "api"
		}
	}
	return "api"
}
