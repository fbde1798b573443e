package spec_test

import (
	"strings"
	"testing"

	"github.com/rtgen/rtgen/spec"
)

// TestEncodings: how a text is written does not matter as long as it is UTF-8,
// and what is wrong is found at its place.
func TestEncodings(t *testing.T) {
	t.Parallel()
	const document = "openapi: 3.1.0\ninfo: {title: Größe, version: '1'}\npaths: {}\nx-realtme: {}\n"
	for _, c := range []struct {
		name, file, text string
		rule             string
		line, col        int
	}{
		{"plain", "a.yaml", document, "extension-unknown", 4, 1},
		{"byte order mark", "a.yaml", "\uFEFF" + document, "extension-unknown", 4, 1},
		{"carriage returns", "a.yaml", strings.ReplaceAll(document, "\n", "\r\n"), "extension-unknown", 4, 1},
		{"flow style", "a.yaml", `{openapi: 3.1.0, info: {title: "Größe", version: '1'}, paths: {}, x-realtme: {}}`, "extension-unknown", 1, 69},
		{"JSON named YAML", "a.yaml", `{"openapi": "3.1.0", "info": {"title": "Größe", "version": "1"}, "paths": {}, "x-realtme": {}}`, "extension-unknown", 1, 81},
		{"JSON without a name", "-", `{"openapi": "3.1.0", "info": {"title": "G", "version": "1"}, "paths": {}, "x-realtme": {}}`, "extension-unknown", 1, 75},
		{"empty", "a.yaml", "", "document-empty", 1, 1},
		{"white space", "a.json", " \n\n", "document-empty", 1, 1},
		{"only a comment", "a.yaml", "# nothing\n", "document-empty", 1, 1},
		{"UTF-16", "a.yaml", "\xff\xfeo\x00p\x00", "document-encoding", 1, 1},
		{"Latin-1", "a.yaml", "openapi: 3.1.0\ninfo: {title: Gr\xf6\xdfe}\n", "document-encoding", 2, 17},
		{"half a document", "a.json", `{"openapi": "3.1.0"`, "document-syntax", 1, 20},
		{"two documents", "a.json", `{"openapi": "3.1.0"} {}`, "document-syntax", 1, 23},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, found, _ := spec.Parse(c.file, []byte(c.text), spec.Validate(spec.ValidateNever))
			if len(found) != 1 {
				t.Fatalf("found %v, want one %s", found, c.rule)
			}
			if d := found[0]; d.Rule != c.rule || d.Pos.Line != c.line || d.Pos.Col != c.col {
				t.Errorf("found %v, want %s at %d:%d", d, c.rule, c.line, c.col)
			}
		})
	}
}
