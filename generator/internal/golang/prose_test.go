package golang

import (
	"go/format"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rtgen/rtgen/spec"
)

func TestSentence(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, prose, want string }{
		{"Pet", "A pet in the store.", "Pet is a pet in the store."},
		{"Pet", "A pet is told by its type.", "Pet: A pet is told by its type."},
		{"Pet", "The pet that is told by its type.", "Pet is the pet that is told by its type."},
		{"Pet", "A pet. It is told by its type.", "Pet is a pet. It is told by its type."},
		{"Pet", "The pet.", "Pet is the pet."},
		{"Pet", "Pet holds a pet.", "Pet holds a pet."},
		{"ListPets", "List all pets", "ListPets lists all pets"},
		{"ListPets", "Returns all pets.", "ListPets returns all pets."},
		{"ListPets", "Latest messages; by socket too", "ListPets: Latest messages; by socket too"},
		{"A", "A", "A: A"},
		{"ListPets", "", "ListPets answers listPets."},
		{"State", "State", "State: State"},
	}
	for _, tt := range tests {
		if got := sentence(tt.name, tt.prose, "answers listPets."); got != tt.want {
			t.Errorf("sentence(%q, %q) = %q, want %q", tt.name, tt.prose, got, tt.want)
		}
	}
}

func TestAction(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ prose, want string }{
		{"List all pets", "ListPets lists all pets"},
		{"The pets of a store.", "ListPets: The pets of a store."},
		{"ListPets is slow.", "ListPets is slow."},
		{"", "ListPets answers listPets."},
	} {
		if got := action("ListPets", tt.prose, "answers listPets."); got != tt.want {
			t.Errorf("action(%q) = %q, want %q", tt.prose, got, tt.want)
		}
	}
}

func TestProse(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ summary, description, want string }{
		{"List pets", "", "List pets"},
		{"", "All of them.", "All of them."},
		{"List pets", "List pets.", "List pets"},
		{"List pets", "List pets of one owner.", "List pets of one owner."},
		{"List pets", "Newest first.", "List pets.\n\nNewest first."},
	} {
		if got := prose(spec.Doc{Summary: tt.summary, Description: tt.description}); got != tt.want {
			t.Errorf("prose(%q, %q) = %q, want %q", tt.summary, tt.description, got, tt.want)
		}
	}
}

func TestComment(t *testing.T) {
	t.Parallel()
	got := strings.Join(comment(`Orders of a shop. `+strings.Repeat("word ", 20)+`

## States

* placed
* paid, which
  may take a while

See:
`+"```json\n{\"a\": 1}\n```"+`
<p>Done<br>now.</p>`, "Deprecated: the document marks this as deprecated."), "\n")
	want := `// Orders of a shop. word word word word word word word word word word word word word word word
// word word word word word
//
// States
//
//   - placed
//   - paid, which may take a while
//
// See:
//
//	{"a": 1}
//
// Done now.
//
// Deprecated: the document marks this as deprecated.`
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// gofmt rewrites doc comments; what it makes of ours it leaves alone, or files would
// change when somebody runs it.
func TestCommentsSettle(t *testing.T) {
	t.Parallel()
	fragments := []string{"- a", "* b", "1. x", "2) y", "# h", "## h", "#", "```", "~~~", "\tcode", "    code", "[N]: https://x.y", "[N]", "word", "", "",
		"Deprecated: x", "+build x", "//go:build x", "a:", "•  c", "-", "—", "Title", "`x`", "''q''", "  - nested", "TODO(x): y", "BUG(x): y", "=== x", "| a | b |", "1.", "+ plus", "> quote", "---"}
	rnd := rand.New(rand.NewPCG(5, 6))
	for range 3000 {
		var lines []string
		for range 1 + rnd.IntN(8) {
			lines = append(lines, fragments[rnd.IntN(len(fragments))])
		}
		c := comment("T is this.", strings.Join(lines, "\n"))
		src := "package p\n\n" + strings.Join(c, "\n") + "\ntype T int\n"
		once, err := format.Source([]byte(src))
		if err != nil {
			t.Fatalf("%q: %v\n%s", lines, err, src)
		}
		twice, err := format.Source(once)
		if err != nil {
			t.Fatalf("%q: %v\n%s", lines, err, once)
		}
		if d := cmp.Diff(string(once), string(twice)); d != "" {
			t.Fatalf("%q: %s", lines, d)
		}
		if !strings.HasPrefix(string(twice), "package p\n\n// T is this.\n") {
			t.Fatalf("%q moved: %s", lines, twice)
		}
	}
}
