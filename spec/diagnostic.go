package spec

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Position is a place in a document. The zero value is unknown.
type Position struct {
	File    string // as given, with forward slashes
	Line    int    // from 1; 0 when unknown
	Col     int    // from 1, in bytes
	Pointer string // JSON pointer in File, for machines
}

// String is "file:line:col", shorter when parts are unknown.
func (p Position) String() string {
	switch {
	case p.Line == 0:
		return p.File
	case p.Col == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// Severity tells errors from warnings.
type Severity string

// An Error stops generation; a Warning does not, unless the caller is strict.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Diagnostic is one thing that is wrong with, or remarkable about, a document.
type Diagnostic struct {
	Pos      Position
	Severity Severity
	Rule     string // kebab-case, stable, searchable: "event-channel-unknown"
	Message  string // what is wrong, in the document's words
	Hint     string // what to write instead; may be empty
	Line     string // the source line at Pos, cut when very long; empty when unknown
	Caret    int    // where Pos is in a Line that was cut, in bytes; 0: at Pos.Col
}

// String is "file:line:col: message (rule)", without the source line.
func (d Diagnostic) String() string {
	kind := ""
	if d.Severity == Warning {
		kind = "warning: "
	}
	s := fmt.Sprintf("%s: %s%s (%s)", d.Pos, kind, d.Message, d.Rule)
	if d.Hint != "" {
		s += "; " + d.Hint
	}
	return s
}

// Diagnostics is a list of findings; as an error it prints all of them.
type Diagnostics []Diagnostic

// Error lists every finding, one line each.
func (ds Diagnostics) Error() string {
	lines := make([]string, len(ds))
	for i, d := range ds {
		lines[i] = d.String()
	}
	return strings.Join(lines, "\n")
}

// HasErrors reports whether any finding stops generation.
func (ds Diagnostics) HasErrors() bool {
	return slices.ContainsFunc(ds, func(d Diagnostic) bool { return d.Severity != Warning })
}

// Sort orders findings by file, line, column, rule and message, and drops
// exact repetitions.
func (ds Diagnostics) Sort() Diagnostics {
	slices.SortStableFunc(ds, func(a, b Diagnostic) int {
		return cmp.Or(
			cmp.Compare(a.Pos.File, b.Pos.File),
			cmp.Compare(a.Pos.Line, b.Pos.Line),
			cmp.Compare(a.Pos.Col, b.Pos.Col),
			cmp.Compare(a.Rule, b.Rule),
			cmp.Compare(a.Message, b.Message),
		)
	})
	return slices.Compact(ds)
}
