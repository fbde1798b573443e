package suite

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rtgen/rtgen/generator"
	"github.com/rtgen/rtgen/golden/suite/play"
	"github.com/rtgen/rtgen/spec"
)

// module is the import path of this folder.
const module = "github.com/rtgen/rtgen/golden/suite"

// load reads the document of all groups, apart from those whose schema is
// refused: they are returned with the diagnostics.
func load(t *testing.T, dir string, d draft, groups []*group) (*spec.API, map[string]string) {
	t.Helper()
	refused := map[string]string{}
	for {
		var left []*group
		for _, g := range groups {
			if refused[g.op] == "" {
				left = append(left, g)
			}
		}
		api, diags, err := read(dir, d, left)
		if err == nil {
			return api, refused
		}
		known := len(refused)
		for _, diag := range diags {
			op, ok := strings.CutPrefix(strings.TrimSuffix(diag.Pos.File, ".json"), "schemas/")
			if ok && diag.Severity == spec.Error {
				refused[op] += diag.Rule + ": " + diag.Message + "\n"
			}
		}
		if len(refused) == known {
			// The fault is in a file that several of them may refer to.
			for _, g := range left {
				if _, _, err := read(dir, d, []*group{g}); err != nil {
					refused[g.op] = err.Error()
				}
			}
		}
		if len(refused) == known {
			t.Fatalf("%s: %v", d.name, err)
		}
	}
}

// read loads the document of some groups. URLs lead to the suite's remotes.
func read(dir string, d draft, groups []*group) (*spec.API, spec.Diagnostics, error) {
	return spec.Load("openapi.yaml", spec.FS(document(d, groups)), spec.AllowURL(host),
		spec.HTTPClient(&http.Client{Transport: remotes{os.DirFS(filepath.Join(dir, "remotes"))}}))
}

// serve generates a server for an API, builds it together with a program that
// plays calls, and returns that program. The field of each request is its answer. Nothing is written into the module:
// the compiler reads the packages through an overlay.
func serve(t *testing.T, api *spec.API, field string) string {
	t.Helper()
	files, _, err := generator.Generate(api, generator.Config{Go: &generator.GoConfig{Dir: "api", Package: "api"}})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	replace := map[string]string{}
	add := func(name string, content []byte) {
		real := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(real), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(real, content, 0o666); err != nil {
			t.Fatal(err)
		}
		replace[filepath.Join(here, "emitted", filepath.FromSlash(name))] = real
	}
	for _, f := range files {
		add(f.Path, f.Content)
	}
	add("main.go", program(api, field))
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	overlay := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(overlay, text, 0o666); err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(dir, "play.exe")
	out, err := exec.Command("go", "build", "-overlay", overlay, "-o", binary, "./emitted").CombinedOutput()
	if err != nil {
		t.Fatalf("go build: %v\n%.8000s", err, out)
	}
	return binary
}

// program is the main package: a handler that sends one field of every request
// back.
func program(api *spec.API, field string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "package main\n\nimport (\n\t\"context\"\n\n\t\"%s/emitted/api\"\n\t\"%s/play\"\n)\n\ntype echo struct{}\n", module, module)
	for _, op := range api.Operations {
		name := strings.ToUpper(op.ID[:1]) + op.ID[1:]
		fmt.Fprintf(&b, "\nfunc (echo) %[1]s(_ context.Context, req *api.%[1]sRequest) (api.%[1]sResponse, error) {\n", name)
		fmt.Fprintf(&b, "\treturn api.%sOK{Body: req.%s}, nil\n}\n", name, field)
	}
	b.WriteString("\nfunc main() { play.Main(api.NewServer(echo{}, play.Silent)) }\n")
	return b.Bytes()
}

// playAll lets the program make the calls and returns their answers in order.
func playAll(t *testing.T, binary string, calls []play.Call) []play.Played {
	t.Helper()
	var in, errs bytes.Buffer
	enc := json.NewEncoder(&in)
	enc.SetEscapeHTML(false)
	for _, c := range calls {
		if err := enc.Encode(c); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(binary)
	cmd.Stdin, cmd.Stderr = &in, &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%.8000s", err, errs.String())
	}
	var all []play.Played
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p play.Played
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if len(all) != len(calls) {
		t.Fatalf("%d calls, %d answers", len(calls), len(all))
	}
	return all
}
