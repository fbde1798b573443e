package generator

import (
	"fmt"
	"strings"
)

// context is how many unchanged lines stand around a change.
const context = 3

// unifiedDiff is the difference of two texts in the format of diff -u, empty when
// they are equal. It finds a shortest script (Myers, linear space) between the
// common start and end; texts that differ in more than maxScript lines are taken
// as replaced from the first difference to the last, which is right and readable
// for files that were regenerated wholesale.
func unifiedDiff(from, to, a, b string) string {
	if a == b {
		return ""
	}
	x, y := splitLines(a), splitLines(b)
	var out strings.Builder
	fmt.Fprintf(&out, "--- %s\n+++ %s\n", from, to)
	edits := script(x, y)
	for start := 0; start < len(edits); {
		end := start + 1
		for end < len(edits) && edits[end].x-edits[end-1].xEnd() <= 2*context {
			end++
		}
		writeHunk(&out, x, y, edits[start:end])
		start = end
	}
	return out.String()
}

// splitLines keeps line ends, so that a missing one at the end is visible.
func splitLines(s string) []string {
	if s == "" {
		return nil
	}
	lines := strings.SplitAfter(s, "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// edit replaces del lines of x at x by ins lines of y at y.
type edit struct{ x, del, y, ins int }

func (e edit) xEnd() int { return e.x + e.del }

// maxScript bounds the work of a diff: a shortest script of D lines costs up to
// D times the length of the texts.
const maxScript = 2000

// script lists the edits from x to y in order, none of them adjacent.
func script(x, y []string) []edit {
	lo := 0
	for lo < len(x) && lo < len(y) && x[lo] == y[lo] {
		lo++
	}
	hx, hy := len(x), len(y)
	for hx > lo && hy > lo && x[hx-1] == y[hy-1] {
		hx--
		hy--
	}
	steps, ok := shortest(x[lo:hx], y[lo:hy])
	if !ok {
		return []edit{{lo, hx - lo, lo, hy - lo}}
	}
	var edits []edit
	i, j := lo, lo
	for _, s := range steps {
		switch n := len(edits); {
		case s == keep:
			i, j = i+1, j+1
			continue
		case n == 0 || edits[n-1].xEnd() != i || edits[n-1].y+edits[n-1].ins != j:
			edits = append(edits, edit{x: i, y: j})
		}
		last := &edits[len(edits)-1]
		if s == drop {
			last.del++
			i++
		} else {
			last.ins++
			j++
		}
	}
	return edits
}

// move is one step of a script.
type move byte

const (
	keep move = iota
	drop
	take
)

// shortest is Myers' greedy algorithm (An O(ND) Difference Algorithm, 1986). It keeps the
// furthest points of every round to walk back along, and gives up beyond maxScript.
func shortest(x, y []string) ([]move, bool) {
	limit := min(len(x)+len(y), maxScript)
	ids := internLines(x, y)
	a, b := ids[:len(x)], ids[len(x):]
	v := make([]int32, 2*limit+3)
	var trace [][]int32
	for d := 0; d <= limit; d++ {
		for k := -d; k <= d; k += 2 {
			i := step(v, limit, k, d)
			for int(i) < len(a) && int(i)-k < len(b) && a[i] == b[int(i)-k] {
				i++
			}
			v[limit+1+k] = i
			if int(i) == len(a) && int(i)-k == len(b) {
				return walk(trace, len(a), len(b)), true
			}
		}
		trace = append(trace, append([]int32(nil), v[limit+1-d:limit+2+d]...))
	}
	return nil, false
}

// step is the furthest start of round d on diagonal k.
func step(v []int32, limit, k, d int) int32 {
	at := limit + 1 + k
	switch {
	case d == 0:
		return 0
	case k == -d || k != d && v[at-1] < v[at+1]:
		return v[at+1]
	}
	return v[at-1] + 1
}

// walk goes back from the end through the rounds.
func walk(trace [][]int32, i, j int) []move {
	var back []move
	for d := len(trace); d > 0; d-- {
		prev := trace[d-1] // diagonals -(d-1) … d-1
		at := func(k int) int32 { return prev[k+d-1] }
		k := i - j
		down := k == -d || k != d && at(k-1) < at(k+1)
		pk := k - 1
		if down {
			pk = k + 1
		}
		pi := int(at(pk))
		start := pi + 1 // where the run of equal lines of round d began
		if down {
			start = pi
		}
		for i > start {
			back = append(back, keep)
			i, j = i-1, j-1
		}
		if down {
			back = append(back, take)
			j--
		} else {
			back = append(back, drop)
			i--
		}
	}
	for ; i > 0; i-- {
		back = append(back, keep)
	}
	for l, r := 0, len(back)-1; l < r; l, r = l+1, r-1 {
		back[l], back[r] = back[r], back[l]
	}
	return back
}

// internLines gives equal lines equal numbers, so that comparing is cheap.
func internLines(x, y []string) []int32 {
	ids := make([]int32, 0, len(x)+len(y))
	seen := map[string]int32{}
	for _, list := range [][]string{x, y} {
		for _, line := range list {
			id, ok := seen[line]
			if !ok {
				id = int32(len(seen))
				seen[line] = id
			}
			ids = append(ids, id)
		}
	}
	return ids
}

// writeHunk prints edits that stand close together, with their surroundings.
func writeHunk(out *strings.Builder, x, y []string, edits []edit) {
	first, last := edits[0], edits[len(edits)-1]
	before := min(context, first.x)
	after := min(context, len(x)-last.xEnd())
	xs, ys := first.x-before, first.y-before
	xn := last.xEnd() + after - xs
	yn := last.y + last.ins + after - ys
	fmt.Fprintf(out, "@@ -%s +%s @@\n", span(xs, xn), span(ys, yn))
	at := xs
	for _, e := range edits {
		writeLines(out, " ", x[at:e.x])
		writeLines(out, "-", x[e.x:e.xEnd()])
		writeLines(out, "+", y[e.y:e.y+e.ins])
		at = e.xEnd()
	}
	writeLines(out, " ", x[at:at+after])
}

// span is a range of lines as diff writes it.
func span(start, n int) string {
	switch n {
	case 0:
		return fmt.Sprintf("%d,0", start)
	case 1:
		return fmt.Sprint(start + 1)
	}
	return fmt.Sprintf("%d,%d", start+1, n)
}

func writeLines(out *strings.Builder, prefix string, lines []string) {
	for _, line := range lines {
		out.WriteString(prefix)
		out.WriteString(line)
		if !strings.HasSuffix(line, "\n") {
			out.WriteString("\n\\ No newline at end of file\n")
		}
	}
}
