package generator

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestUnifiedDiff(t *testing.T) {
	t.Parallel()
	numbers := func(from, to int) string {
		var b strings.Builder
		for i := from; i <= to; i++ {
			fmt.Fprintln(&b, i)
		}
		return b.String()
	}
	tests := []struct{ name, a, b, want string }{
		{"equal", "x\n", "x\n", ""},
		{"from nothing", "", "x\ny\n", "--- a\n+++ b\n@@ -0,0 +1,2 @@\n+x\n+y\n"},
		{"to nothing", "x\n", "", "--- a\n+++ b\n@@ -1 +0,0 @@\n-x\n"},
		{"one line changed", numbers(1, 9), strings.Replace(numbers(1, 9), "5", "five", 1),
			"--- a\n+++ b\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n"},
		{"far changes are two hunks", numbers(1, 20), "0\n" + numbers(1, 20) + "21\n",
			"--- a\n+++ b\n@@ -1,3 +1,4 @@\n+0\n 1\n 2\n 3\n@@ -18,3 +19,4 @@\n 18\n 19\n 20\n+21\n"},
		{"near changes are one hunk", "1\n2\n3\n", "0\n1\n2\n3\n4\n",
			"--- a\n+++ b\n@@ -1,3 +1,5 @@\n+0\n 1\n 2\n 3\n+4\n"},
		{"no line end", "x", "x\n", "--- a\n+++ b\n@@ -1 +1 @@\n-x\n\\ No newline at end of file\n+x\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := unifiedDiff("a", "b", tt.a, tt.b); got != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}

// A diff is right when applying its script gives the new text, and good when no
// shorter script exists; the second is checked against the table of all prefixes.
func TestScriptIsShortest(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		x, y := randomLines(rnd), randomLines(rnd)
		edits := script(x, y)
		var got []string
		at, size := 0, 0
		for _, e := range edits {
			got = append(got, x[at:e.x]...)
			got = append(got, y[e.y:e.y+e.ins]...)
			at = e.xEnd()
			size += e.del + e.ins
		}
		got = append(got, x[at:]...)
		if strings.Join(got, "") != strings.Join(y, "") {
			t.Fatalf("script of %q and %q gives %q", x, y, got)
		}
		if want := len(x) + len(y) - 2*commonLength(x, y); size != want {
			t.Fatalf("script of %q and %q has %d lines, the shortest has %d", x, y, size, want)
		}
	}
}

func TestDiffOfUnlikeTextsIsBounded(t *testing.T) {
	t.Parallel()
	var a, b strings.Builder
	for i := range 20000 {
		fmt.Fprintln(&a, "a", i)
		fmt.Fprintln(&b, "b", i)
	}
	got := unifiedDiff("a", "b", a.String(), b.String())
	if n := strings.Count(got, "\n"); n != 2+1+40000 {
		t.Errorf("got %d lines, want one hunk that replaces everything", n)
	}
}

func randomLines(rnd *rand.Rand) []string {
	lines := make([]string, rnd.IntN(12))
	for i := range lines {
		lines[i] = string(rune('a'+rnd.IntN(3))) + "\n"
	}
	return lines
}

// commonLength is the length of a longest common subsequence.
func commonLength(x, y []string) int {
	table := make([][]int, len(x)+1)
	for i := range table {
		table[i] = make([]int, len(y)+1)
	}
	for i := range x {
		for j := range y {
			if x[i] == y[j] {
				table[i+1][j+1] = table[i][j] + 1
			} else {
				table[i+1][j+1] = max(table[i][j+1], table[i+1][j])
			}
		}
	}
	return table[len(x)][len(y)]
}
