package surface

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// arrow is one import of a package of this module.
type arrow struct{ from, to string }

// never lists the imports that the layout of the house excludes. A name ends
// with "/..." when it stands for everything below too.
var never = []arrow{
	{"spec", "runtime/..."},
	{"spec", "generator/..."},
	{"spec", "templates"},
	{"spec", "github.com/dave/jennifer/..."},
	{"generator/internal/golang", "github.com/getkin/kin-openapi/..."},
	{"generator/internal/golang", "generator/internal/typescript"},
	{"generator/internal/golang", "runtime/..."},
	{"generator/internal/typescript", "github.com/getkin/kin-openapi/..."},
	{"generator/internal/typescript", "generator/internal/golang"},
	{"generator/...", "cmd/rtgen"},
	{"runtime", "runtime/rtotel"},
	{"runtime", "runtime/rtprom"},
	{"runtime/rtotel", "go.opentelemetry.io/otel/sdk/..."},
	{"runtime/...", "spec"},
	{"runtime/...", "generator/..."},
	{"runtime/...", "templates"},
	{"runtime/...", "github.com/getkin/kin-openapi/..."},
	{"runtime/...", "github.com/dave/jennifer/..."},
	{"templates", "spec"},
	{"templates", "generator/..."},
	{"cmd/rtgen", "github.com/dave/jennifer/..."},
	{"cmd/rtgen", "github.com/getkin/kin-openapi/..."},
	{"cmd/rtgen", "github.com/gorilla/websocket"},
	{"cmd/rtgen", "runtime/..."},
}

// TestArrows compares the import graph of the module with arrows.txt, and
// refuses the arrows that are excluded whatever arrows.txt says.
func TestArrows(t *testing.T) {
	t.Parallel()
	arrows := imports(t)
	for _, a := range arrows {
		for _, n := range never {
			if within(a.from, n.from) && within(a.to, n.to) {
				t.Errorf("%s imports %s, which it must never", a.from, a.to)
			}
		}
		if within(a.to, "golden/...") || within(a.to, "examples/...") {
			t.Errorf("%s imports %s; nothing imports goldens and examples", a.from, a.to)
		}
	}
	var text bytes.Buffer
	for _, a := range arrows {
		fmt.Fprintf(&text, "%s -> %s\n", a.from, a.to)
	}
	compare(t, "arrows.txt", text.Bytes(), "packages import each other differently; is the new arrow one to like?")
}

// TestServersLinkNoTelemetryThatTheyDoNotImport: who wants none pays nothing, in size or in modules.
func TestServersLinkNoTelemetryThatTheyDoNotImport(t *testing.T) {
	t.Parallel()
	linked := func(pkg string) (found bool) {
		for dep := range strings.Lines(string(goCommand(t, "list", "-deps", module+pkg))) {
			dep = strings.TrimSpace(dep)
			found = found || within(dep, "go.opentelemetry.io/...") || within(dep, "github.com/prometheus/...")
		}
		return found
	}
	if linked("/golden/basic/go") || linked("/runtime") {
		t.Error("an emitted server links packages of OpenTelemetry or Prometheus")
	}
	if !linked("/runtime/rtotel") || !linked("/runtime/rtprom") {
		t.Error("the look at what is linked sees nothing")
	}
}

// imports are the arrows of all packages except goldens, examples and the
// standard library, with the module's own packages by their short names.
func imports(t *testing.T) []arrow {
	t.Helper()
	out := goCommand(t, "list", "-f", `{{.ImportPath}}{{range .Imports}} {{.}}{{end}}`, module+"/...")
	var arrows []arrow
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		from := short(fields[0])
		if within(from, "golden/...") || within(from, "examples/...") {
			continue
		}
		for _, to := range fields[1:] {
			first, _, _ := strings.Cut(to, "/")
			if strings.Contains(first, ".") {
				arrows = append(arrows, arrow{from, short(to)})
			}
		}
	}
	slices.SortFunc(arrows, func(a, b arrow) int {
		if c := strings.Compare(a.from, b.from); c != 0 {
			return c
		}
		return strings.Compare(a.to, b.to)
	})
	return arrows
}

func short(path string) string { return strings.TrimPrefix(path, module+"/") }

func within(path, pattern string) bool {
	if tree, ok := strings.CutSuffix(pattern, "/..."); ok {
		return path == tree || strings.HasPrefix(path, tree+"/")
	}
	return path == pattern
}

// TestWithin proves that the guard above can fail.
func TestWithin(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		path, pattern string
		want          bool
	}{
		{"spec", "spec", true},
		{"spec/x", "spec", false},
		{"runtime", "runtime/...", true},
		{"runtime/engine/redis", "runtime/...", true},
		{"runtimes", "runtime/...", false},
	} {
		if got := within(c.path, c.pattern); got != c.want {
			t.Errorf("within(%q, %q) = %v", c.path, c.pattern, got)
		}
	}
}
