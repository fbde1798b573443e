package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestBuildIDIsFourHashes(t *testing.T) {
	t.Parallel()
	const id = "SAlm5BXtzS_Yb8ylQMmJ/HuRTrfsMnANiuxhAkZ_L/_ad14wNGY9DxPw7Q-jOl/YoyX9YgvexPuJbtFBDV7"
	for head, want := range map[string]string{
		"\x7fELF a/b\x00Go\x00\x00" + id + "\x00more/or/less": id,
		"\xff Go build ID: \"" + id + "\"\n \xff":             id,
		"\xff Go build ID: \"redacted\"\n \xff":               "",
		strings.Repeat("x", 20) + "/" + id[:30]:               "",
		"":                                                    "",
	} {
		if got := buildID([]byte(head)); got != want {
			t.Errorf("buildID(%q) = %q, want %q", head, got, want)
		}
	}
}

func TestThisProgramHasAnIdentity(t *testing.T) {
	t.Parallel()
	if len(toolIdentity()) < 64 {
		t.Errorf("toolIdentity() = %q, want a build ID or a sum", toolIdentity())
	}
}

func TestInputsThatCannotBeComparedAreNotRemembered(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		reads [][2]string
		lost  bool
	}{
		{"files", [][2]string{{"openapi.yaml", "a"}, {"parts/pet.yaml", "b"}, {"openapi.yaml", "a"}}, false},
		{"a URL", [][2]string{{"openapi.yaml", "a"}, {"https://schemas.example/pet.yaml", "b"}}, true},
		{"a file that changes while it is read", [][2]string{{"openapi.yaml", "a"}, {"openapi.yaml", "b"}}, true},
		{"a name that JSON cannot hold", [][2]string{{"\xff.yaml", "a"}}, true},
	} {
		w := witness{inputs: map[string]string{}}
		for _, r := range tt.reads {
			w.observe(r[0], []byte(r[1]))
		}
		if w.lost != tt.lost {
			t.Errorf("%s: lost = %v, want %v", tt.name, w.lost, tt.lost)
		}
	}
}

func TestOldMemoriesAreForgotten(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	old := time.Now().Add(-2 * memoryAge)
	for _, name := range []string{"old" + memorySuffix, "theirs.txt"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
	}
	m := memory{Tool: "x"}
	m.keep(filepath.Join(dir, "new"+memorySuffix))
	for name, want := range map[string]bool{"old" + memorySuffix: false, "theirs.txt": true, "new" + memorySuffix: true} {
		if _, err := os.Stat(filepath.Join(dir, name)); (err == nil) != want {
			t.Errorf("%s is there: %v, want %v", name, err == nil, want)
		}
	}
}
