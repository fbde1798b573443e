package generator

import (
	"strings"
	"testing"

	"github.com/rtgen/rtgen/spec"
)

func TestPackageName(t *testing.T) {
	t.Parallel()
	tests := []struct{ dir, title, want string }{
		{"api", "Chat", "api"},
		{"internal/chat-api/v2.gen", "Chat", "v2gen"},
		{".", "Chat & Co", "chatco"},
		{".", "日本", "api"},
		{"12", "Chat", "chat"},
		{"go", "Chat", "goapi"},
	}
	for _, tt := range tests {
		if got := packageName(tt.dir, tt.title); got != tt.want {
			t.Errorf("packageName(%q, %q) = %q, want %q", tt.dir, tt.title, got, tt.want)
		}
	}
}

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]Config{
		"nothing to generate":        {},
		"is not below the output":    {Go: &GoConfig{Dir: "../api"}},
		`"/api" is not below`:        {Go: &GoConfig{Dir: "/api"}},
		`"c:/api" is not below`:      {Go: &GoConfig{Dir: "c:/api"}},
		`"a-b" is not a Go package`:  {Go: &GoConfig{Dir: "api", Package: "a-b"}},
		`"type" is not a Go package`: {Go: &GoConfig{Dir: "api", Package: "type"}},
		`"moment" is not one of`:     {TypeScript: &TypeScriptConfig{Dir: "web", Dates: "moment"}},
		`"string" is not one of`:     {TypeScript: &TypeScriptConfig{Dir: "web", Int64: "string"}},
	} {
		if _, _, err := Generate(&spec.API{}, cfg); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("error %v, want %q", err, name)
		}
	}
}

func TestSourceIsNoPath(t *testing.T) {
	t.Parallel()
	files, _, err := Generate(&spec.API{Title: "T", Source: "/home/me/docs/openapi.yaml"}, Config{Go: &GoConfig{Dir: "out"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text := string(f.Content)
		if !strings.HasPrefix(text, head+"// Source: openapi.yaml\n\n") {
			t.Errorf("%s starts with %q", f.Path, text[:min(len(text), 120)])
		}
		if strings.Contains(text, "/home/me") {
			t.Errorf("%s mentions a path of this machine", f.Path)
		}
	}
}

// A model that nobody could load must not end the program.
func TestPanicsAreErrors(t *testing.T) {
	t.Parallel()
	api := &spec.API{Decls: []*spec.Decl{{Name: "A", Component: true, Type: nil}}}
	if _, _, err := Generate(api, Config{Go: &GoConfig{Dir: "out"}}); err == nil || !strings.Contains(err.Error(), "generate Go") {
		t.Errorf("error %v, want one that names Go", err)
	}
}
