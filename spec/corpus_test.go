package spec_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/rtgen/rtgen/spec"
)

// corpusDir is where the published documents are: RTGEN_CORPUS, or beside the
// module. It answers false only for RTGEN_CORPUS=none: tests that quietly do
// without their data are worth nothing.
func corpusDir(tb testing.TB) (string, bool) {
	tb.Helper()
	dir := os.Getenv("RTGEN_CORPUS")
	switch dir {
	case "none":
		tb.Log("RTGEN_CORPUS=none: published documents are not read")
		return "", false
	case "":
		for _, up := range []string{"..", "../..", "../../.."} {
			candidate := filepath.Join(up, "shared", "corpus")
			if _, err := os.Stat(candidate); err == nil {
				dir = candidate
				break
			}
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "documents")); dir == "" || err != nil {
		tb.Fatal("no corpus: set RTGEN_CORPUS to its folder, or to none to do without")
	}
	return dir, true
}

// corpusFile reads a document, unpacked.
func corpusFile(tb testing.TB, path string) (name string, data []byte) {
	tb.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	if trimmed, packed := strings.CutSuffix(path, ".gz"); packed {
		r, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			tb.Fatal(err)
		}
		if data, err = io.ReadAll(r); err != nil {
			tb.Fatal(err)
		}
		path = trimmed
	}
	return filepath.Base(path), data
}

// TestCorpus reads every published document: no errors, every operation, and a
// table of schemas that is whole.
func TestCorpus(t *testing.T) {
	t.Parallel()
	dir, ok := corpusDir(t)
	if !ok {
		return
	}
	want := map[string]int{
		"petstore.yaml": 19, "stripe.json": 594, "github.json": 1223, "digitalocean.yaml": 659, "openai.json": 288,
		"kubernetes.json": 848, "asana.yaml": 247, "discord.json": 242, "spotify.yaml": 97, "museum.yaml": 8,
		"train-travel.yaml": 7, "wikimedia.yaml": 1,
	}
	paths, _ := filepath.Glob(filepath.Join(dir, "documents", "*.*"))
	more, _ := filepath.Glob(filepath.Join(dir, "documents", "oai", "*.yaml"))
	seen := 0
	for _, path := range append(paths, more...) {
		if info, err := os.Stat(path); err != nil || info.IsDir() {
			continue
		}
		name, data := corpusFile(t, path)
		if _, counted := want[name]; counted {
			seen++
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api, found, err := spec.Parse(name, data, spec.Validate(spec.ValidateNever))
			if err != nil {
				t.Fatalf("%v", err)
			}
			if operations, counted := want[name]; counted && len(api.Operations) != operations {
				t.Errorf("%d operations, want %d", len(api.Operations), operations)
			}
			for _, d := range found {
				if d.Pos.Line == 0 || d.Rule == "" || d.Message == "" {
					t.Errorf("a finding without place, rule or message: %+v", d)
				}
			}
			checkTable(t, api)
			checkDecls(t, api)
		})
	}
	if seen != len(want) {
		t.Errorf("found %d of %d documents", seen, len(want))
	}
}

// checkTable asks every entry to be JSON on one line, and every reference to
// lead to an entry.
func checkTable(t *testing.T, api *spec.API) {
	t.Helper()
	names := map[string]bool{}
	for _, s := range api.Schemas {
		if names[s.Name] {
			t.Errorf("schema %q is there twice", s.Name)
		}
		names[s.Name] = true
	}
	for _, s := range api.Schemas {
		if !jsontext.Value(s.JSON).IsValid() || bytes.ContainsAny(s.JSON, "\n\r") {
			t.Errorf("schema %q is not JSON on one line: %.2000s", s.Name, s.JSON)
		}
		var schema any
		decoder := json.NewDecoder(bytes.NewReader(s.JSON))
		decoder.UseNumber()
		if err := decoder.Decode(&schema); err != nil {
			t.Errorf("schema %q: %v", s.Name, err)
		}
		for _, ref := range schemaRefs(schema, nil) {
			name, ok := strings.CutPrefix(ref, "#/")
			name = strings.NewReplacer("~1", "/", "~0", "~").Replace(name)
			if !ok || !names[name] {
				t.Errorf("schema %q refers to %q, which is not there", s.Name, ref)
			}
		}
	}
}

// schemaRefs lists the references of a schema, not those in values.
func schemaRefs(v any, refs []string) []string {
	schema, ok := v.(map[string]any)
	if !ok {
		return refs
	}
	for key, v := range schema {
		switch key {
		case "$ref":
			refs = append(refs, v.(string))
		case "properties", "patternProperties", "dependentSchemas":
			for _, v := range v.(map[string]any) {
				refs = schemaRefs(v, refs)
			}
		case "allOf", "anyOf", "oneOf", "prefixItems":
			for _, v := range v.([]any) {
				refs = schemaRefs(v, refs)
			}
		case "items", "additionalProperties", "unevaluatedProperties", "unevaluatedItems", "propertyNames", "contains",
			"not", "if", "then", "else", "contentSchema":
			refs = schemaRefs(v, refs)
		case "discriminator":
			mapping, _ := v.(map[string]any)["mapping"].(map[string]any)
			for _, v := range mapping {
				refs = append(refs, v.(string))
			}
		}
	}
	return refs
}

// checkDecls asks for unique names, and for the kinds of type that a Decl may
// be; it looks at each type once.
func checkDecls(t *testing.T, api *spec.API) {
	t.Helper()
	listed := map[*spec.Decl]bool{}
	names := map[string]bool{}
	for _, d := range api.Decls {
		if names[d.Name] {
			t.Errorf("two Decls are called %q", d.Name)
		}
		names[d.Name], listed[d] = true, true
	}
	for _, d := range api.Decls {
		switch typ := d.Type.(type) {
		case *spec.Nullable, *spec.Ref, nil:
			t.Errorf("%q is a Decl of %T", d.Name, d.Type)
		case *spec.Union:
			if len(typ.Variants) < 2 {
				t.Errorf("%q is a union of %d", d.Name, len(typ.Variants))
			}
		}
		walkType(d.Type, true, func(u spec.Type, own bool) {
			switch u := u.(type) {
			case *spec.Ref:
				if !listed[u.Decl] {
					t.Errorf("%q refers to %q, which is not listed", d.Name, u.Decl.Name)
				}
			case *spec.Object, *spec.Enum, *spec.Union:
				if !own {
					t.Errorf("%q holds a %T that has no name", d.Name, u)
				}
			case *spec.Nullable:
				if _, twice := u.Elem.(*spec.Nullable); twice {
					t.Errorf("%q holds null twice", d.Name)
				}
			case nil:
				t.Errorf("%q holds no type", d.Name)
			}
		})
	}
}

func walkType(t spec.Type, own bool, visit func(spec.Type, bool)) {
	visit(t, own)
	inner := func(t spec.Type) { walkType(t, false, visit) }
	switch t := t.(type) {
	case *spec.Object:
		for _, f := range t.Fields {
			inner(f.Type)
		}
		for _, p := range t.Patterns {
			inner(p.Type)
		}
		if t.Additional != nil {
			inner(t.Additional)
		}
	case *spec.List:
		for _, p := range t.Prefix {
			inner(p)
		}
		if t.Elem != nil {
			inner(t.Elem)
		}
	case *spec.Map:
		inner(t.Elem)
	case *spec.Nullable:
		inner(t.Elem)
	case *spec.Union:
		for _, v := range t.Variants {
			inner(v.Type)
		}
	}
}

// TestSplitDocument reads one document as one file and as forty-nine.
func TestSplitDocument(t *testing.T) {
	t.Parallel()
	dir, ok := corpusDir(t)
	if !ok {
		return
	}
	whole, _, err := spec.Load(filepath.Join(dir, "documents", "museum.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	split, _, err := spec.Load("museum/openapi.yaml", spec.FS(untar(t, filepath.Join(dir, "documents", "multi", "museum-split.tar.gz"))))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(dump(t, whole), dump(t, split)); diff != "" {
		t.Errorf("the models differ (-whole +split):\n%s", diff)
	}
	if whole.Fingerprint != split.Fingerprint {
		t.Errorf("fingerprints %s and %s", whole.Fingerprint, split.Fingerprint)
	}
}

func dump(tb testing.TB, api *spec.API) string {
	tb.Helper()
	var sb strings.Builder
	if err := spec.Dump(&sb, api); err != nil {
		tb.Fatal(err)
	}
	return sb.String()
}

func BenchmarkLoad(b *testing.B) {
	dir, ok := corpusDir(b)
	if !ok {
		return
	}
	for _, file := range []string{"petstore.yaml", "github.json.gz", "stripe.json.gz", "asana.yaml.gz"} {
		name, data := corpusFile(b, filepath.Join(dir, "documents", file))
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := spec.Parse(name, data, spec.Validate(spec.ValidateNever)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
