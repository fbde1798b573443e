package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/rtgen/rtgen/spec"
)

// maxStdin bounds a document on standard input. The largest published ones
// have a fifth of that.
const maxStdin = 64 << 20

// load reads the document, and prints and returns what was found in it. The error is
// errSaid when the document cannot be used.
func (a *app) load(s settings, opts ...spec.Option) (*spec.API, spec.Diagnostics, error) {
	if s.root != "" {
		opts = append(opts, spec.Root(s.root))
	}
	if len(s.allowURL) > 0 {
		opts = append(opts, spec.AllowURL(s.allowURL...))
	}
	opts = append(opts, spec.Include(s.include...), spec.Exclude(s.exclude...))
	api, diags, err := a.read(s.document, opts)
	if said := a.diagnose(diags, s.strict); said != nil {
		return nil, nil, said
	}
	// Errors in the document are in diags; what remains is about the file.
	var list spec.Diagnostics
	if err != nil && !errors.As(err, &list) {
		return nil, nil, err
	}
	return api, diags, nil
}

func (a *app) read(document string, opts []spec.Option) (*spec.API, spec.Diagnostics, error) {
	if document != "-" {
		return spec.Load(document, opts...)
	}
	data, err := io.ReadAll(io.LimitReader(a.stdin, maxStdin+1))
	if err != nil {
		return nil, nil, fmt.Errorf("read standard input: %w", err)
	}
	if len(data) > maxStdin {
		return nil, nil, fmt.Errorf("read standard input: the document is larger than %d MiB", maxStdin>>20)
	}
	// A root given by flag comes later and wins over this one.
	opts = append([]spec.Option{spec.Root(".")}, opts...)
	return spec.Parse("stdin", data, opts...)
}
