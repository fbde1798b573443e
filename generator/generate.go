package generator

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/rtgen/rtgen/spec"
)

// File is one output file.
type File struct {
	Path    string // slash path relative to the output root
	Content []byte
}

// Generate runs every configured target and returns their files, sorted by path.
// It touches no disk. Diagnostics are warnings about names and shapes that could
// not be what the document asks for. An error is a configuration that makes no
// sense, or output that is not valid source, which is a bug in rtgen.
func Generate(api *spec.API, cfg Config) ([]File, spec.Diagnostics, error) {
	cfg, err := cfg.complete(api)
	if err != nil {
		return nil, nil, err
	}
	list := targets(cfg)
	results := make([]output, len(list))
	var wg sync.WaitGroup
	for i, t := range list {
		wg.Go(func() { results[i] = run(t, api) })
	}
	wg.Wait()
	return collect(list, results)
}

// output is what one target returned.
type output struct {
	files map[string][]byte
	diags spec.Diagnostics
	err   error
}

// run calls one target. A panic in an emitter names the target instead of ending
// the caller's program: the model may come from a program that built it by hand.
func run(t target, api *spec.API) (out output) {
	defer func() {
		if r := recover(); r != nil {
			out = output{err: fmt.Errorf("%v", r)}
		}
	}()
	out.files, out.diags, out.err = t.emit(api)
	return out
}

// collect merges the targets' files and refuses a path that two of them claim.
func collect(list []target, results []output) ([]File, spec.Diagnostics, error) {
	var files []File
	var diags spec.Diagnostics
	owner := map[string]string{} // by folded path: some file systems fold case
	for i, r := range results {
		t := list[i]
		if r.err != nil {
			return nil, nil, fmt.Errorf("generate %s: %w", t.name, r.err)
		}
		diags = append(diags, r.diags...)
		for name, content := range r.files {
			file := File{Path: t.place(name), Content: content}
			key := strings.ToLower(file.Path)
			if other, taken := owner[key]; taken {
				return nil, nil, fmt.Errorf("%s and %s both write %s; give them different directories", min(other, t.name), max(other, t.name), file.Path)
			}
			owner[key] = t.name
			files = append(files, file)
		}
	}
	slices.SortFunc(files, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	return files, diags.Sort(), nil
}
