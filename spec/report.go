package spec

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// maxDiagnostics bounds the list: a document that is wrong everywhere needs no
// more to be understood.
const maxDiagnostics = 1000

// reporter collects findings while a document is read.
type reporter struct {
	list    Diagnostics
	dropped int
}

func (r *reporter) add(d Diagnostic) {
	d.Message = strings.Map(printable, d.Message)
	if len(r.list) >= maxDiagnostics {
		if r.dropped++; d.Severity != Error || r.list.HasErrors() {
			return
		}
	}
	r.list = append(r.list, d)
}

func (r *reporter) at(n *node, pos Position, severity Severity, rule, hint, message string) {
	d := Diagnostic{Pos: pos, Severity: severity, Rule: rule, Message: message, Hint: hint}
	if n != nil {
		d.quoteLine(n.root().file)
	}
	r.add(d)
}

// errorf reports something at a value that stops generation.
func (r *reporter) errorf(n *node, rule, format string, args ...any) {
	r.at(n, n.pos(), Error, rule, "", fmt.Sprintf(format, args...))
}

// errorHint is errorf with advice on what to write instead.
func (r *reporter) errorHint(n *node, rule, hint, format string, args ...any) {
	r.at(n, n.pos(), Error, rule, hint, fmt.Sprintf(format, args...))
}

// errorKey reports at the key of a value.
func (r *reporter) errorKey(n *node, rule, hint, format string, args ...any) {
	r.at(n, n.keyPos(), Error, rule, hint, fmt.Sprintf(format, args...))
}

// warnf reports something at a value that generation can live with.
func (r *reporter) warnf(n *node, rule, format string, args ...any) {
	r.at(n, n.pos(), Warning, rule, "", fmt.Sprintf(format, args...))
}

// warnHint is warnf with advice.
func (r *reporter) warnHint(n *node, rule, hint, format string, args ...any) {
	r.at(n, n.pos(), Warning, rule, hint, fmt.Sprintf(format, args...))
}

// warnKey is warnf at the key of a value, with advice.
func (r *reporter) warnKey(n *node, rule, hint, format string, args ...any) {
	r.at(n, n.keyPos(), Warning, rule, hint, fmt.Sprintf(format, args...))
}

// printable replaces what a terminal would act on.
func printable(r rune) rune {
	if unicode.IsPrint(r) {
		return r
	}
	return unicode.ReplacementChar
}

// quote writes a word of the document into a message: quoted, on one line and
// of bounded length, whatever it holds.
func quote(s string) string {
	const limit = 80
	if len(s) > limit {
		s = strings.ToValidUTF8(s[:limit], "") + "…"
	}
	return strconv.Quote(s)
}

// nearest is the known word that was probably meant; empty when none is close.
func nearest(word string, known []string) string {
	best, bestAt := "", 3 // two edits, fewer in short words: everything is near "a"
	switch {
	case len(word) <= 2:
		bestAt = 1 // only the case may differ
	case len(word) <= 4:
		bestAt = 2
	}
	for _, k := range known {
		if d := distance(word, k, bestAt); d < bestAt {
			best, bestAt = k, d
		}
	}
	return best
}

// numbered reports whether two words differ in their digits alone: "scope2" is
// rather another of a series than a slip of the hand on "scope1".
func numbered(a, b string) bool {
	bare := func(r rune) rune {
		if '0' <= r && r <= '9' {
			return -1
		}
		return r
	}
	return strings.Map(bare, a) == strings.Map(bare, b)
}

// didYouMean is a hint that names the nearest known word.
func didYouMean(word string, known []string) string {
	if k := nearest(word, known); k != "" {
		return "did you mean " + strconv.Quote(k) + "?"
	}
	return ""
}

// distance counts edits between two words (insert, delete, replace, swap
// neighbours), giving up at limit.
func distance(a, b string, limit int) int {
	if d := len(a) - len(b); d >= limit || -d >= limit || len(a) > 64 {
		return limit
	}
	a, b = strings.ToLower(a), strings.ToLower(b)
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
