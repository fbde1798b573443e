package spec

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	longLine   = 400 // bytes; JSON without line breaks is one line of megabytes
	lineBefore = 60
	lineAfter  = 120
)

// quoteLine takes the source line over from the file.
func (d *Diagnostic) quoteLine(f *file) {
	line := f.line(d.Pos.Line)
	if len(line) <= longLine {
		d.Line = line
		return
	}
	at := min(max(d.Pos.Col-1, 0), len(line))
	from, to := max(at-lineBefore, 0), min(at+lineAfter, len(line))
	before, after := "", ""
	if from > 0 {
		before = "…"
	}
	if to < len(line) {
		after = "…"
	}
	head := strings.ToValidUTF8(line[from:at], "")
	d.Line = before + head + strings.ToValidUTF8(line[at:to], "") + after
	d.Caret = len(before) + len(head)
}

// Listing is what Print writes.
func (ds Diagnostics) Listing() string {
	var sb strings.Builder
	_ = ds.Print(&sb) // a Builder does not fail
	return sb.String()
}

// Print writes every finding with its source line and a mark below the place:
//
//	openapi.yaml:41:9: there is no channel "rom" (channel-unknown); did you mean "room"?
//	    - {channel: rom}
//	                ^
//
// The error is that of w.
func (ds Diagnostics) Print(w io.Writer) error {
	for _, d := range ds {
		if _, err := fmt.Fprintln(w, d.String()); err != nil {
			return err
		}
		if strings.TrimSpace(d.Line) == "" {
			continue
		}
		line, mark := d.marked()
		if _, err := fmt.Fprintf(w, "    %s\n    %s^\n", line, mark); err != nil {
			return err
		}
	}
	return nil
}

// marked is the source line without what a terminal would act on, and the blank
// space that leads to the place.
func (d *Diagnostic) marked() (line, mark string) {
	at := d.Caret
	if at == 0 {
		at = max(d.Pos.Col-1, 0)
	}
	var text, space strings.Builder
	indent := len(d.Line) - len(strings.TrimLeft(d.Line, " \t"))
	indent = min(indent, at)
	for off, r := range d.Line {
		if off < indent {
			continue // the line is set in by Print
		}
		if r != '\t' && !unicode.IsPrint(r) || r == utf8.RuneError {
			r = '\uFFFD'
		}
		text.WriteRune(r)
		if off < at {
			if r != '\t' {
				r = ' '
			}
			space.WriteRune(r)
		}
	}
	return text.String(), space.String()
}
