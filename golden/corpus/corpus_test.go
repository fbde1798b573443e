package corpus

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// outcome is a row of the table that the test prints.
type outcome struct {
	document
	size               int64 // of the main file
	goLines, tsLines   int
	warnings           int
	generate, again    time.Duration // again: nothing has changed
	build              time.Duration
	generateRSS, goRSS int64 // KiB
}

// TestCorpus takes every document through the whole chain as a user would, with
// the command line and no settings. Programs run one after the other: figures of
// one run can be compared.
func TestCorpus(t *testing.T) {
	t.Parallel()
	dir, ok := corpusDir(t)
	if !ok {
		return
	}
	documents := unpack(t, filepath.Join(dir, "documents"))
	if len(documents) == 0 {
		t.Fatalf("no documents in %s", dir)
	}
	module := userModule(t)
	rtgen := filepath.Join(t.TempDir(), "rtgen")
	run(t, filepath.Join("..", ".."), "go", "build", "-o", rtgen, "./cmd/rtgen")
	run(t, module, "go", "build", "github.com/rtgen/rtgen/runtime")

	var table []outcome
	for _, d := range documents {
		row := outcome{document: d}
		if generate(t, rtgen, module, &row) && build(t, module, &row) {
			table = append(table, row)
		}
	}
	// The memory of this process counts as that of the programs it starts, so
	// it reads the documents only now.
	routes := map[string][]route{}
	for _, row := range table {
		routes[row.name] = documentRoutes(t, row.path)
	}
	report(t, table, routes)
	if !t.Failed() {
		run(t, module, "go", "vet", "./...")
	}
	serveAll(t, module, routes)
	checkTypeScript(t, module, table)
	checkSplit(t, module)
}

// userModule is a module that requires this one as it is here.
func userModule(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		if name == "go.mod" {
			own := strings.Replace(string(text), "module github.com/rtgen/rtgen", "module emitted.test", 1)
			text = []byte(own + "\nrequire github.com/rtgen/rtgen v0.0.0\n\nreplace github.com/rtgen/rtgen => " + strconv.Quote(root) + "\n")
		}
		write(t, filepath.Join(dir, name), text)
	}
	write(t, filepath.Join(dir, "package.json"), []byte(`{"type": "module"}`))
	return dir
}

// generate runs rtgen three times: into an empty folder, into another one, which
// must get the same bytes, and into the first again, where no file may be
// touched.
func generate(t *testing.T, rtgen, module string, row *outcome) bool {
	t.Helper()
	target := func(folder string) []string {
		return []string{"generate", row.path, "--go", filepath.Join(folder, "api"), "--ts", filepath.Join(folder, "ts")}
	}
	if info, err := os.Stat(row.path); err == nil {
		row.size = info.Size()
	}
	home, second := filepath.Join(module, row.name), filepath.Join(t.TempDir(), row.name)
	first := timed(t, module, rtgen, target(home)...)
	if first.err != nil {
		t.Errorf("%s: rtgen: %v\n%s", row.name, first.err, tail(first.out))
		return false
	}
	row.generate, row.generateRSS = first.wall, first.rss
	row.warnings = bytes.Count(first.out, []byte(": warning: "))
	row.goLines, row.tsLines = lines(t, filepath.Join(home, "api")), lines(t, filepath.Join(home, "ts"))
	if other := timed(t, module, rtgen, target(second)...); other.err != nil {
		t.Errorf("%s: the second run: %v", row.name, other.err)
	}
	for _, folder := range []string{"api", "ts"} {
		if diff := difference(t, filepath.Join(home, folder), filepath.Join(second, folder)); diff != "" {
			t.Errorf("%s: the second run gives other bytes: %s", row.name, diff)
		}
	}
	third := timed(t, module, rtgen, target(home)...)
	if row.again = third.wall; third.err != nil || bytes.Contains(third.out, []byte("updated ")) || bytes.Contains(third.out, []byte("created ")) {
		t.Errorf("%s: a run without changes writes files: %v\n%s", row.name, third.err, tail(third.out))
	}
	return true
}

func build(t *testing.T, module string, row *outcome) bool {
	t.Helper()
	got := timed(t, module, "go", "build", "./"+row.name+"/api")
	if got.err != nil {
		t.Errorf("%s: go build: %v\n%s", row.name, got.err, tail(got.out))
		return false
	}
	row.build, row.goRSS = got.wall, got.rss
	return true
}

// timing is what a program printed and took.
type timing struct {
	out  []byte
	err  error
	wall time.Duration
	rss  int64 // KiB, of the largest process
}

func timed(t *testing.T, dir, name string, args ...string) timing {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod")
	start := time.Now()
	out, err := cmd.CombinedOutput()
	took := timing{out: out, err: err, wall: time.Since(start)}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		took.rss = int64(usage.Maxrss)
	}
	return took
}

// lines counts the lines of the files of a folder, without the runtime below it.
func lines(t *testing.T, dir string) int {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, f := range files {
		if f.IsDir() {
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		count += bytes.Count(data, []byte("\n"))
	}
	return count
}

// difference names the first file in which two folders differ; the line that
// names the source does not count.
func difference(t *testing.T, a, b string) string {
	t.Helper()
	left, right := contents(t, a), contents(t, b)
	for name, text := range left {
		if other, ok := right[name]; !ok || !bytes.Equal(text, other) {
			return name
		}
	}
	for name := range right {
		if _, ok := left[name]; !ok {
			return name
		}
	}
	return ""
}

func contents(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	fsys := os.DirFS(dir)
	err := fs.WalkDir(fsys, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := fs.ReadFile(fsys, path)
		var kept [][]byte
		for line := range bytes.Lines(data) {
			if !bytes.HasPrefix(line, []byte("// Source: ")) {
				kept = append(kept, line)
			}
		}
		files[path] = bytes.Join(kept, nil)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// checkSplit compares a document in one file with the same in many.
func checkSplit(t *testing.T, module string) {
	t.Helper()
	whole, split := filepath.Join(module, "museum"), filepath.Join(module, "museum-split")
	if !isDir(whole) || !isDir(split) {
		return // another corpus
	}
	for _, folder := range []string{"api", "ts"} {
		if diff := difference(t, filepath.Join(whole, folder), filepath.Join(split, folder)); diff != "" {
			t.Errorf("museum in one file and in many differ: %s", diff)
		}
	}
}

func report(t *testing.T, table []outcome, routes map[string][]route) {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "\n%-34s %8s %6s %8s %8s %5s %8s %8s %7s %8s %7s\n", "document", "KiB", "ops", "Go", "TS", "warn", "generate", "again", "MiB", "go build", "MiB")
	for _, row := range table {
		fmt.Fprintf(&b, "%-34s %8d %6d %8d %8d %5d %7.2fs %7.2fs %7d %7.2fs %7d\n", row.name, row.size>>10, len(routes[row.name]), row.goLines, row.tsLines,
			row.warnings, row.generate.Seconds(), row.again.Seconds(), row.generateRSS>>10, row.build.Seconds(), row.goRSS>>10)
	}
	t.Log(b.String())
}
