package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCommandLine(t *testing.T) {
	t.Parallel()
	broken := filepath.Join(t.TempDir(), "manifest.json")
	if err := os.WriteFile(broken, []byte(`{"calls":{"ehco":{"op":"echo"}}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		args []string
		code int
		want string
	}{
		{"one chapter of the reference server", []string{"-run", "^frames: "}, 0, "ok 1 - an unknown frame type"},
		{"a server that is not there", []string{"-run", "^hello: .*own$", "http://localhost:1"}, 1, "not ok 1 - "},
		{"roles", []string{"-roles"}, 0, "joinBusy"},
		{"the manifest", []string{"-print-manifest"}, 0, `"op": "whoAmI"`},
		{"a misspelt role", []string{"-manifest", broken}, 2, "unknown roles: ehco"},
		{"a bad expression", []string{"-run", "("}, 2, "missing closing"},
		{"an unknown flag", []string{"-x"}, 2, "usage: conform"},
		{"two addresses", []string{"a", "b"}, 2, "one URL at most"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out, errs bytes.Buffer
			if code := run(tt.args, &out, &errs); code != tt.code {
				t.Errorf("got exit code %d, want %d", code, tt.code)
			}
			if text := out.String() + errs.String(); !strings.Contains(text, tt.want) {
				t.Errorf("got\n%s\nwant %q in it", text, tt.want)
			}
		})
	}
}
