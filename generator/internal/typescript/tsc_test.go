package typescript

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// toolDir is where the TypeScript compiler is installed.
const toolDir = "../../../templates/typescript"

// install runs npm ci once, when the compiler is not there yet.
var install = sync.OnceValues(func() (string, error) {
	dir, err := filepath.Abs(toolDir)
	if err != nil {
		return "", err
	}
	tsc := filepath.Join(dir, "node_modules", ".bin", "tsc")
	if _, err := os.Stat(tsc); err == nil {
		return tsc, nil
	}
	npm := exec.Command("npm", "ci", "--no-audit", "--no-fund")
	npm.Dir = dir
	npm.Stdout, npm.Stderr = os.Stderr, os.Stderr
	return tsc, npm.Run()
})

// tsc is the path of the compiler. Without node the test fails: output that
// nobody compiled is output that nobody tested.
func tsc(t testing.TB) string {
	t.Helper()
	path, err := install()
	if err != nil {
		t.Fatalf("install the TypeScript compiler: %v", err)
	}
	return path
}

// strictest and loosest are the two ends of the settings that the output has to pass.
var (
	strictest = []string{
		"--strict", "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess", "--noPropertyAccessFromIndexSignature",
		"--noImplicitOverride", "--noImplicitReturns", "--noFallthroughCasesInSwitch", "--noUnusedLocals",
		"--noUnusedParameters", "--verbatimModuleSyntax", "--isolatedModules", "--forceConsistentCasingInFileNames",
		"--module", "NodeNext", "--moduleResolution", "NodeNext", "--target", "ES2022", "--lib", "ES2022,DOM,DOM.Iterable",
	}
	loosest = []string{
		"--strict", "false", "--skipLibCheck", "--module", "ESNext", "--moduleResolution", "Bundler",
		"--target", "ES2020", "--lib", "ES2022,DOM,DOM.Iterable",
	}
)

// writeFiles puts emitted files into a new directory and gives its path.
func writeFiles(t testing.TB, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	writeFilesTo(t, dir, files)
	write(t, filepath.Join(dir, "package.json"), []byte(`{"type": "module"}`))
	return dir
}

func writeFilesTo(t testing.TB, dir string, files map[string][]byte) {
	t.Helper()
	for name, text := range files {
		write(t, filepath.Join(dir, filepath.FromSlash(name)), text)
	}
}

func write(t testing.TB, path string, text []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
}

// compile type-checks files of a directory and gives the compiler's complaints.
func compile(t testing.TB, dir string, settings []string, files ...string) string {
	t.Helper()
	args := append([]string{"--noEmit", "--pretty", "false"}, settings...)
	cmd := exec.Command(tsc(t), append(args, files...)...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil && len(out) == 0 {
		t.Fatalf("run tsc: %v", err)
	}
	return strings.TrimSpace(string(out))
}

// mustCompile fails the test when the compiler complains.
func mustCompile(t testing.TB, dir string, settings []string, files ...string) {
	t.Helper()
	if out := compile(t, dir, settings, files...); out != "" {
		const most = 4000
		t.Fatalf("tsc %s:\n%s", strings.Join(files, " "), out[:min(len(out), most)])
	}
}
