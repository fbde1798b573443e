package spec_test

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rtgen/rtgen/spec"
)

// untar unpacks an archive into memory.
func untar(tb testing.TB, path string) fs.FS {
	tb.Helper()
	f, err := os.Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		tb.Fatal(err)
	}
	files := fstest.MapFS{}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			tb.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			tb.Fatal(err)
		}
		if h.Typeflag == tar.TypeReg {
			files[strings.TrimPrefix(h.Name, "./")] = &fstest.MapFile{Data: data}
		}
	}
}

// writeFiles writes name, content pairs below a new folder.
func writeFiles(t *testing.T, pairs ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(pairs); i += 2 {
		path := filepath.Join(dir, pairs[i])
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(pairs[i+1]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func rules(ds spec.Diagnostics) []string {
	var list []string
	for _, d := range ds {
		list = append(list, d.Rule)
	}
	return list
}

const refersTo = `openapi: 3.1.0
info: {title: T, version: '1'}
paths:
  /a:
    get:
      operationId: a
      responses: {'200': {description: ok, content: {application/json: {schema: {$ref: 'REF'}}}}}
`

const thing = `{"type": "object", "properties": {"a": {"type": "string"}}}`

func TestRootBoundsReferences(t *testing.T) {
	t.Parallel()
	dir := writeFiles(t,
		"api/openapi.yaml", strings.Replace(refersTo, "REF", "../shared/thing.json", 1),
		"shared/thing.json", thing,
		"secret.json", thing,
	)
	main := filepath.Join(dir, "api", "openapi.yaml")
	if _, found, err := spec.Load(main); err == nil || !slices.Contains(rules(found), "ref-outside-root") {
		t.Errorf("without Root: error %v", err)
	}
	api, _, err := spec.Load(main, spec.Root(dir))
	if err != nil {
		t.Fatalf("with Root: %v", err)
	}
	if api.Decls[0].Name != "thing" {
		t.Errorf("the type is called %q", api.Decls[0].Name)
	}
	if want := filepath.ToSlash(filepath.Join(dir, "shared", "thing.json")); api.Decls[0].Pos.File != want {
		t.Errorf("the file is shown as %q, want %q", api.Decls[0].Pos.File, want)
	}
	if _, _, err := spec.Load(main, spec.Root(filepath.Join(dir, "shared"))); err == nil {
		t.Error("a main document outside of the root was read")
	}
}

func TestLinkOutOfRootIsNotFollowed(t *testing.T) {
	t.Parallel()
	dir := writeFiles(t,
		"api/openapi.yaml", strings.Replace(refersTo, "REF", "link.json", 1),
		"secret.json", thing,
	)
	if err := os.Symlink(filepath.Join("..", "secret.json"), filepath.Join(dir, "api", "link.json")); err != nil {
		t.Fatal(err)
	}
	_, found, err := spec.Load(filepath.Join(dir, "api", "openapi.yaml"))
	if err == nil || !slices.Contains(rules(found), "ref-unresolved") {
		t.Errorf("found %v, error %v", found, err)
	}
}

func TestMissingFileIsNoDiagnostic(t *testing.T) {
	t.Parallel()
	api, found, err := spec.Load(filepath.Join(t.TempDir(), "none.yaml"))
	var list spec.Diagnostics
	if api != nil || found != nil || err == nil || errors.As(err, &list) {
		t.Errorf("got %v, %v, %v", api, found, err)
	}
}

func TestErrorIsTheDiagnostics(t *testing.T) {
	t.Parallel()
	_, found, err := spec.Parse("x.yaml", []byte("swagger: '2.0'"))
	var list spec.Diagnostics
	if !errors.As(err, &list) || len(list) != 1 || len(found) != 1 || !found.HasErrors() {
		t.Errorf("got %v and %v", found, err)
	}
}

func TestParseReadsNoFiles(t *testing.T) {
	t.Parallel()
	_, found, err := spec.Parse("openapi.yaml", []byte(strings.Replace(refersTo, "REF", "load_test.go", 1)))
	if err == nil || !slices.Contains(rules(found), "ref-unresolved") {
		t.Errorf("found %v, error %v", found, err)
	}
}

func TestAllowURL(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.HandleFunc("/schemas/thing.json", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"$ref": "other.json"}`)
	})
	mux.HandleFunc("/schemas/other.json", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, thing) })
	mux.Handle("/schemas/away.json", http.RedirectHandler("/private/thing.json", http.StatusFound))
	mux.HandleFunc("/private/thing.json", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, thing) })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)

	for _, c := range []struct {
		name, ref, allow, rule string
	}{
		{"allowed", "/schemas/thing.json", "/schemas/", ""},
		{"nothing allowed", "/schemas/thing.json", "", "ref-url"},
		{"other folder", "/private/thing.json", "/schemas/", "ref-url"},
		{"prefix of a word", "/schemas/thing.json", "/sch", "ref-url"},
		{"redirected away", "/schemas/away.json", "/schemas/", "ref-unresolved"},
		{"climbs out", "/schemas/../private/thing.json", "/schemas/", "ref-url"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			opts := []spec.Option{spec.HTTPClient(server.Client()), spec.Validate(spec.ValidateNever)}
			if c.allow != "" {
				opts = append(opts, spec.AllowURL(server.URL+c.allow))
			}
			api, found, err := spec.Parse("openapi.yaml", []byte(strings.Replace(refersTo, "REF", server.URL+c.ref, 1)), opts...)
			if c.rule == "" {
				if err != nil || len(api.Decls) != 1 || api.Decls[0].Name != "other" {
					t.Errorf("error %v", err)
				}
				return
			}
			if !slices.Contains(rules(found), c.rule) {
				t.Errorf("found %v, want %s", found, c.rule)
			}
		})
	}
}

func TestSameDocumentSameModel(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		_, body, _ := strings.Cut(string(data), "-- openapi.yaml --\n")
		body, _, _ = strings.Cut(body, "\n-- ")
		first, _, err := spec.Parse("openapi.yaml", []byte(body), spec.Validate(spec.ValidateNever))
		if err != nil {
			continue
		}
		for range 5 {
			again, _, err := spec.Parse("openapi.yaml", []byte(body), spec.Validate(spec.ValidateNever))
			if err != nil {
				t.Fatal(err)
			}
			if dump(t, first) != dump(t, again) || first.Fingerprint != again.Fingerprint {
				t.Errorf("%s: two readings differ", path)
			}
		}
	}
}

// TestFingerprint moves with what clients depend on and with nothing else.
func TestFingerprint(t *testing.T) {
	t.Parallel()
	const document = `openapi: 3.1.0
info: {title: T, version: '1'}
paths:
  /a:
    get:
      operationId: a
      summary: Words.
      parameters: [{name: q, in: query, schema: {type: string}}]
      responses: {'200': {description: Good., content: {application/json: {schema: {type: object, properties: {x: {type: string, example: e}, y: {type: integer}}}}}}}
`
	print := func(old, new string) string {
		t.Helper()
		if !strings.Contains(document, old) {
			t.Fatalf("%q is not in the document", old)
		}
		api, _, err := spec.Parse("openapi.yaml", []byte(strings.Replace(document, old, new, 1)))
		if err != nil {
			t.Fatal(err)
		}
		return api.Fingerprint
	}
	base := print("Words.", "Words.")
	for _, same := range [][2]string{
		{"Words.", "Other words."}, {"Good.", "Fine."}, {"title: T", "title: U"}, {"example: e", "example: f"}, {"version: '1'", "version: '2'"},
		{"x: {type: string, example: e}, y: {type: integer}", "y: {type: integer}, x: {example: e, type: string}"},
	} {
		if print(same[0], same[1]) != base {
			t.Errorf("moved by %q instead of %q", same[1], same[0])
		}
	}
	for _, moved := range [][2]string{
		{"y: {type: integer}", "y: {type: number}"}, {"name: q", "name: r"}, {"operationId: a", "operationId: b"}, {"/a:", "/b:"},
		{"'200'", "'201'"}, {"application/json", "application/x+json"}, {"get:", "put:"},
	} {
		if print(moved[0], moved[1]) == base {
			t.Errorf("not moved by %q instead of %q", moved[1], moved[0])
		}
	}
}
