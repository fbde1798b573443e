package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rtgen/rtgen/spec"
)

// FuzzReadConfig feeds anything as rtgen.yaml: it is read or refused with a
// place, and never panics.
func FuzzReadConfig(f *testing.F) {
	for _, seed := range []string{
		"", "go: api", "go: [api]", "a: &a [*a]", "? [x]\n: y", "go: api\n---\ngo: b", "{", "\t", "strict: !!bool x",
		"allow-url: [a, {b: c}, 1]", "!!binary x: y", "%YAML 9.9\n---\n", "\x00", "&a : *a", "<<: {go: api}",
	} {
		f.Add([]byte(seed))
	}
	path := filepath.Join(f.TempDir(), configName)
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		_, diags, err := readConfig(path)
		if err != nil && len(data) <= maxConfig {
			t.Fatalf("%q: %v", data, err)
		}
		for _, d := range diags {
			if d.Severity != spec.Error || d.Rule == "" || d.Message == "" || d.Pos.File == "" {
				t.Errorf("%q: a finding without severity, rule, message or file: %#v", data, d)
			}
		}
	})
}

// TestConfigOfAnySizeIsBounded refuses what cannot be a settings file before
// parsing it.
func TestConfigOfAnySizeIsBounded(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), configName)
	if err := os.WriteFile(path, []byte("go: "+strings.Repeat("x", maxConfig)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := readConfig(path); err == nil || !strings.Contains(err.Error(), "larger than 64 KiB") {
		t.Errorf("a file of more than 64 KiB is read: %v", err)
	}
}

func TestCommonFolder(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ a, b, want string }{
		{"/x/y", "/x/y", "/x/y"},
		{"/x/y", "/x/y/z", "/x/y"},
		{"/x/y", "/x/z", "/x"},
		{"/x/y", "/x", "/x"},
		{"/x/y", "/x/yz", "/x"},
		{"/x", "/..y", "/"},
		{"/x/y", "/z", "/"},
	} {
		got, err := commonFolder(filepath.FromSlash(c.a), filepath.FromSlash(c.b))
		if err != nil || filepath.ToSlash(got) != c.want {
			t.Errorf("commonFolder(%s, %s) = %s, %v; want %s", c.a, c.b, got, err, c.want)
		}
	}
}

func TestModuleName(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"module example.com/a\n":                 "example.com/a",
		"// a comment\n\nmodule a // b\ngo 1.26": "a",
		"module \"a/b\"":                         "a/b",
		"module\ta\r\n":                          "a",
		"go 1.26":                                "",
		"modules x":                              "",
	} {
		if got := moduleName(text); got != want {
			t.Errorf("moduleName(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestNewModuleName(t *testing.T) {
	t.Parallel()
	for folder, want := range map[string]string{
		"guestbook":  "guestbook",
		"My Project": "my-project",
		"日本":         "guestbook",
		"net":        "net-app",
		"-x-":        "x",
		"a.b":        "a-b",
	} {
		if got := newModuleName(folder); got != want {
			t.Errorf("newModuleName(%q) = %q, want %q", folder, got, want)
		}
	}
}
