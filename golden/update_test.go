package golden

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// rewrite brings the golden files up to date. Go code is compiled before any of
// it is written, through an overlay, so that a golden which does not compile
// cannot come into being; the other cases are written all the same.
func rewrite(t *testing.T, names []string) {
	t.Helper()
	emitted := map[string]map[string][]byte{}
	for _, name := range names {
		emitted[name] = emit(t, name)
	}
	broken := compile(t, names, emitted)
	for _, name := range names {
		if text, ok := broken[name]; ok {
			t.Errorf("%s stays as it was, because the new code does not compile:\n%s", name, text)
			continue
		}
		replace(t, name, emitted[name])
	}
}

// compile builds the packages of all cases at once and returns the compiler's
// complaints by case.
func compile(t *testing.T, names []string, emitted map[string]map[string][]byte) map[string]string {
	t.Helper()
	args := []string{"build", "-overlay", overlay(t, names, emitted)}
	for _, name := range names {
		args = append(args, "./"+name+"/go")
	}
	out, err := exec.Command("go", args...).CombinedOutput()
	var exit *exec.ExitError
	if err == nil {
		return nil
	} else if !errors.As(err, &exit) {
		t.Fatalf("go build: %v", err)
	}
	broken, name := map[string]string{}, ""
	for line := range strings.Lines(string(out)) {
		// The compiler names the temporary files, but heads them with the package.
		if pkg, ok := strings.CutPrefix(line, "# "); ok {
			name = path.Base(path.Dir(strings.TrimSpace(pkg)))
			continue
		}
		broken[name] += line
	}
	for name := range broken {
		if !slices.Contains(names, name) { // a complaint about no case in particular
			t.Fatalf("go build: %v\n%s", err, out)
		}
	}
	if len(broken) == 0 {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return broken
}

// overlay writes the emitted Go files into a temporary folder, and a file that
// tells the compiler to read them in place of the committed ones.
func overlay(t *testing.T, names []string, emitted map[string]map[string][]byte) string {
	t.Helper()
	dir, here := t.TempDir(), workingDir(t)
	files := map[string]string{}
	for _, name := range names {
		for old := range committed(t, name) {
			if strings.HasSuffix(old, ".go") {
				files[filepath.Join(here, name, filepath.FromSlash(old))] = "" // gone unless emitted again
			}
		}
		for file, content := range emitted[name] {
			if !strings.HasSuffix(file, ".go") {
				continue
			}
			temporary := filepath.Join(dir, name, filepath.FromSlash(file))
			write(t, temporary, content)
			files[filepath.Join(here, name, filepath.FromSlash(file))] = temporary
		}
	}
	text, err := json.Marshal(map[string]any{"Replace": files})
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "overlay.json")
	write(t, config, text)
	return config
}

// replace makes the golden files of a case equal to what was emitted.
func replace(t *testing.T, name string, files map[string][]byte) {
	t.Helper()
	old := committed(t, name)
	for file := range old {
		if _, ok := files[file]; !ok {
			if err := os.Remove(filepath.Join(name, filepath.FromSlash(file))); err != nil {
				t.Fatal(err)
			}
			t.Logf("deleted %s/%s", name, file)
		}
	}
	for file, content := range files {
		if bytes.Equal(old[file], content) && old[file] != nil {
			continue
		}
		write(t, filepath.Join(name, filepath.FromSlash(file)), content)
		t.Logf("wrote %s/%s", name, file)
	}
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o666); err != nil {
		t.Fatal(err)
	}
}

func workingDir(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}
