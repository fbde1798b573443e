// Package surface keeps three things in plain sight, as text that a reviewer
// reads first: what the packages export, which package imports which, and what
// emitted code uses of the runtime.
package surface

import (
	"bytes"
	"errors"
	"flag"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/diff"
)

var update = flag.Bool("update", false, "rewrite the text files")

const module = "github.com/rtgen/rtgen"

// TestExported compares the documentation of the packages that others build on.
func TestExported(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"runtime", "runtime/rtotel", "runtime/rtprom", "spec", "generator"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			compare(t, strings.TrimPrefix(name, "runtime/")+".txt", goCommand(t, "doc", "-all", module+"/"+name),
				"the public surface of package "+name+" moved; is that wanted, documented and compatible?")
		})
	}
}

// compare fails with a diff and a question for the author, or rewrites.
func compare(t *testing.T, file string, got []byte, question string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("%s is missing; write it with -update and commit it", file)
	}
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, got) {
		t.Errorf("%s\n%s", question, diff.Diff(file, want, "now", got))
	}
}

func goCommand(t *testing.T, args ...string) []byte {
	t.Helper()
	cmd := exec.Command("go", args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, &stderr)
	}
	return out
}
