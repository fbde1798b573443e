package spec_test

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	yaml "github.com/oasdiff/yaml3"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/rtgen/rtgen/spec"
)

// TestMutatedDocuments puts values where they do not belong: every document of
// testdata with some of its values replaced by others of the same document, or
// by odd ones. Random bytes hardly ever get past the parser; this does.
func TestMutatedDocuments(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	rounds := 40
	if testing.Short() {
		rounds = 15
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var document any
		if err := yaml.Unmarshal(txtar.Parse(data).Files[0].Data, &document); err != nil {
			continue // an archive about syntax
		}
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			t.Parallel()
			text, err := json.Marshal(withStringKeys(document))
			if err != nil {
				t.Fatal(err)
			}
			random := rand.New(rand.NewPCG(1, uint64(len(text))))
			for range rounds {
				mutant := mutate(random, text)
				checkMutant(t, mutant)
				if t.Failed() {
					t.Logf("the document was %s", mutant)
					return
				}
			}
		})
	}
}

// withStringKeys makes keys like 200 strings, which JSON needs.
func withStringKeys(v any) any {
	switch v := v.(type) {
	case map[any]any:
		out := map[string]any{}
		for key, value := range v {
			out[fmt.Sprint(key)] = withStringKeys(value)
		}
		return out
	case map[string]any:
		for key, value := range v {
			v[key] = withStringKeys(value)
		}
	case []any:
		for i, value := range v {
			v[i] = withStringKeys(value)
		}
	}
	return v
}

func checkMutant(t *testing.T, text []byte) {
	t.Helper()
	defer func() {
		if r := recover(); r != nil {
			t.Errorf("panic: %v", r)
		}
	}()
	api, found, err := spec.Parse("openapi.json", text)
	if (api == nil) != (err != nil) {
		t.Errorf("model %v, error %v", api != nil, err)
	}
	for _, d := range found {
		if d.Pos.Line < 1 || d.Message == "" {
			t.Errorf("a finding without place: %+v", d)
		}
	}
	if api != nil {
		if err := spec.Dump(io.Discard, api); err != nil {
			t.Error(err)
		}
		checkTable(t, api)
		checkDecls(t, api)
	}
}

var oddValues = []any{
	nil, true, false, "", "x", "#", "#/", "#/components/schemas/All", "#/paths", -1, 0, 1.5, 200, []any{}, map[string]any{},
	[]any{nil}, []any{[]any{}}, map[string]any{"$ref": "#"}, map[string]any{"$ref": 1}, map[string]any{"type": "object", "nullable": true},
	map[string]any{"": map[string]any{}}, "$request.body#/a", "null", "object", []any{"null"}, []any{"string", "null", "object"},
}

// mutate replaces one to three values.
func mutate(random *rand.Rand, text []byte) []byte {
	var document any
	if err := json.Unmarshal(text, &document); err != nil {
		panic(err)
	}
	for range 1 + random.IntN(3) {
		slots, values := collect(&document, nil, nil)
		value := oddValues[random.IntN(len(oddValues))]
		if random.IntN(2) == 0 {
			value = values[random.IntN(len(values))]
		}
		if len(slots) > 0 {
			slots[random.IntN(len(slots))](clone(value))
		}
	}
	out, err := json.Marshal(document)
	if err != nil {
		panic(err)
	}
	return out
}

func clone(v any) any {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	var out any
	if err := json.Unmarshal(text, &out); err != nil {
		panic(err)
	}
	return out
}

// collect lists every value and how to replace it, in a stable order.
func collect(v *any, slots []func(any), values []any) ([]func(any), []any) {
	values = append(values, *v)
	switch inner := (*v).(type) {
	case map[string]any:
		keys := make([]string, 0, len(inner))
		for k := range inner {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		for _, k := range keys {
			slots = append(slots, func(v any) { inner[k] = v })
			child := inner[k]
			slots, values = collect(&child, slots, values)
		}
	case []any:
		for i := range inner {
			slots = append(slots, func(v any) { inner[i] = v })
			slots, values = collect(&inner[i], slots, values)
		}
	}
	return slots, values
}
