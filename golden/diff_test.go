package golden

import (
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/rtgen/rtgen/spec"
)

// TestOnePropertyIsASmallDiff adds one property to one schema of a document:
// reviewers should see that and little else.
func TestOnePropertyIsASmallDiff(t *testing.T) {
	t.Parallel()
	d := between(t, "diff-property-before", "diff-property-after")
	for suffix, limit := range map[string]int{".go": 12, ".ts": 3} {
		if n := d[suffix].lines; n == 0 || n > limit {
			t.Errorf("one property changes %d lines of *%s, want 1 to %d:\n%s", n, suffix, limit, d[suffix])
		}
	}
}

// TestOneOperationTouchesNoOther adds an operation: every line that was there
// stays, except for the fingerprint of the document.
func TestOneOperationTouchesNoOther(t *testing.T) {
	t.Parallel()
	const before = "diff-operation-before"
	d := between(t, before, "diff-operation-after")
	api, _, err := spec.Load("openapi.yaml", spec.FS(os.DirFS(before)))
	if err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{".go", ".ts"} {
		if len(d[suffix].added) == 0 {
			t.Errorf("a new operation adds nothing to *%s", suffix)
		}
		for _, line := range d[suffix].removed {
			if !strings.Contains(line, api.Fingerprint) {
				t.Errorf("a new operation changes this line of *%s: %s", suffix, line)
			}
		}
	}
}

// delta is how the files of one language differ between two cases.
type delta struct {
	removed, added []string
	lines          int // what a reader counts: a line replaced by another is one
}

func (d *delta) String() string {
	return strings.Join(slices.Concat(d.removed, d.added), "\n")
}

// between compares what is emitted for two cases, by suffix of the files. Their
// packages have different names, which is no difference here.
func between(t *testing.T, before, after string) map[string]*delta {
	t.Helper()
	out := map[string]*delta{".go": {}, ".ts": {}}
	old, now := emit(t, before), emit(t, after)
	names := maps.Clone(old)
	maps.Copy(names, now)
	for name := range names {
		d, ok := out[path.Ext(name)]
		if !ok {
			t.Fatalf("%s is neither Go nor TypeScript", name)
		}
		was := strings.ReplaceAll(string(old[name]), packageName(before), packageName(after))
		d.add(strings.Split(string(diff.Diff("a", []byte(was), "b", now[name])), "\n"))
	}
	return out
}

// add counts the lines of a unified diff, run by run.
func (d *delta) add(unified []string) {
	var removed, added int
	for _, line := range unified {
		switch {
		case strings.HasPrefix(line, "+++ "), strings.HasPrefix(line, "--- "), strings.HasPrefix(line, "diff "):
		case strings.HasPrefix(line, "-"):
			d.removed = append(d.removed, line)
			removed++
			continue
		case strings.HasPrefix(line, "+"):
			d.added = append(d.added, line)
			added++
			continue
		}
		d.lines += max(removed, added)
		removed, added = 0, 0
	}
}
