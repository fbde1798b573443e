package spec

import (
	"strconv"
	"strings"
)

// Patterns are checked in time that grows with the text and nothing else, whoever wrote it. Regular
// expressions of ECMA-262 have a few things that this cannot be promised for.

// maxRepeat is the largest count of a repetition that is checked.
const maxRepeat = 1000

// uncheckable names what a pattern has that is not checked, empty for one that is. What is no regular
// expression at all is not looked for here.
func uncheckable(pattern string) string {
	inClass := false
	for i := 0; i < len(pattern); i++ {
		rest := pattern[i:]
		switch c := pattern[i]; {
		case c == '\\':
			if !inClass && len(rest) > 1 && (rest[1] >= '1' && rest[1] <= '9' || rest[1] == 'k') {
				return "a backreference"
			}
			i++
		case inClass:
			inClass = c != ']'
		case c == '[':
			inClass = true
		case strings.HasPrefix(rest, "(?=") || strings.HasPrefix(rest, "(?!"):
			return "a lookahead"
		case strings.HasPrefix(rest, "(?<=") || strings.HasPrefix(rest, "(?<!"):
			return "a lookbehind"
		case c == '{' && repetition(rest) > maxRepeat:
			return "a repetition beyond " + strconv.Itoa(maxRepeat)
		}
	}
	return ""
}

// repetition is the largest count in a repetition such as {3} or {1,64}; 0 when it is none.
func repetition(text string) int {
	counts, _, ok := strings.Cut(strings.TrimPrefix(text, "{"), "}")
	if !ok {
		return 0
	}
	lo, hi, _ := strings.Cut(counts, ",")
	n, err := strconv.Atoi(lo)
	if err != nil {
		return 0
	}
	if m, err := strconv.Atoi(hi); err == nil {
		n = max(n, m)
	}
	return n
}

// pattern writes the keyword, and says so where it will not be checked.
func (w *schemaWriter) pattern(key string, v *node) {
	if v.is(stringNode) {
		w.checkPattern(v, v.text)
	}
	w.text(key, v)
}

func (w *schemaWriter) checkPattern(at *node, pattern string) {
	if what := uncheckable(pattern); what != "" {
		w.b.report.warnf(at, "pattern-unchecked", "the pattern %s has %s, which is not checked", quote(pattern), what)
	}
}
