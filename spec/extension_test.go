package spec_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/rtgen/rtgen/spec"
)

// TestExtensionKeys: the table is documentation, so it is sorted and complete.
func TestExtensionKeys(t *testing.T) {
	t.Parallel()
	keys := spec.ExtensionKeys()
	if !slices.IsSortedFunc(keys, func(a, b spec.ExtensionKey) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("the table is not sorted by name")
	}
	for _, k := range keys {
		if !strings.HasPrefix(k.Name, "x-") || k.Where == "" || !strings.HasSuffix(k.Doc, ".") {
			t.Errorf("incomplete: %+v", k)
		}
	}
}

// TestNearMissOfExtension: a misspelt extension would do nothing, silently.
func TestNearMissOfExtension(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]string{
		"x-realtme": "x-realtime", "x-real-time": "x-realtime", "x-goname": "x-go-name", "x-internal": "", "x-amazon-apigateway": "",
	} {
		_, found, err := spec.Parse("openapi.yaml", []byte("openapi: 3.1.0\ninfo: {title: T, version: '1'}\npaths: {}\n"+key+": {}\n"), spec.Validate(spec.ValidateNever))
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case want == "" && len(found) > 0:
			t.Errorf("%s: %v", key, found)
		case want != "" && (len(found) != 1 || !strings.Contains(found[0].Hint, want) || found[0].Pos.Line != 4):
			t.Errorf("%s: found %v, want a hint to %s at line 4", key, found, want)
		}
	}
}
