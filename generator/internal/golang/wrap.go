package golang

import (
	"strings"
	"unicode/utf8"
)

// wrap lays cleaned text out as lines: paragraphs are refilled, list items and
// fenced code keep their shape. Lines come out as gofmt writes doc comments, which
// knows one kind of indented block at a time: code beside a list, or a list beside
// code, is written as text.
func wrap(text string) []string {
	var w wrapper
	for _, line := range strings.Split(text, "\n") {
		w.line(line)
	}
	w.flush()
	w.flushCode()
	for len(w.out) > 0 && w.out[len(w.out)-1] == "" {
		w.out = w.out[:len(w.out)-1]
	}
	return w.out
}

type wrapper struct {
	out    []string
	words  []string // of the paragraph or list item being filled
	item   bool     // words are a list item's
	list   bool     // the last thing written was a list item
	fenced bool     // between fences
	code   []string // lines between fences
}

func (w *wrapper) line(line string) {
	trimmed := strings.TrimSpace(line)
	switch {
	case strings.HasPrefix(trimmed, "```") || strings.HasPrefix(trimmed, "~~~"):
		w.flush()
		w.flushCode()
		w.fenced = !w.fenced
	case w.fenced:
		w.code = append(w.code, strings.TrimRight(line, " "))
	case trimmed == "":
		w.flush()
		if !w.list {
			w.blank()
		}
	case heading(trimmed) != "":
		w.flush()
		w.blank()
		w.words = strings.Fields(heading(trimmed))
		w.flush()
		w.blank()
	case bullet(trimmed) != "":
		w.flush()
		if !w.list {
			w.blank()
		}
		w.item = true
		w.words = strings.Fields(bullet(trimmed))
	case linkDefinition(trimmed):
		// godoc moves such a line to the end of the comment
		w.words = append(w.words, strings.Fields(strings.Replace(trimmed[1:], "]:", ":", 1))...)
	default:
		if w.list && !w.item {
			w.blank()
		}
		w.words = append(w.words, strings.Fields(trimmed)...)
	}
}

// heading is the text of a Markdown heading, empty when the line is none.
func heading(line string) string {
	rest := strings.TrimLeft(line, "#")
	if rest == line || !strings.HasPrefix(rest, " ") {
		return ""
	}
	return strings.TrimSpace(rest)
}

// bullet is the text of a list item, empty when the line is none.
func bullet(line string) string {
	for _, mark := range []string{"- ", "* ", "+ ", "• "} {
		if rest, ok := strings.CutPrefix(line, mark); ok {
			return strings.TrimSpace(rest)
		}
	}
	return ""
}

// listMarker reports a line that godoc takes for a list item when it is indented.
func listMarker(line string) bool {
	line = strings.TrimSpace(line)
	rest := strings.TrimLeft(line, "0123456789")
	return bullet(line) != "" || rest != line && (strings.HasPrefix(rest, ".") || strings.HasPrefix(rest, ")"))
}

// linkDefinition reports a line such as "[text]: https://example.com".
func linkDefinition(line string) bool {
	return strings.HasPrefix(line, "[") && strings.Contains(line, "]:")
}

// indented reports whether the last line written is a list item or code.
func (w *wrapper) indented() bool {
	for i := len(w.out) - 1; i >= 0; i-- {
		if w.out[i] != "" {
			return w.out[i][0] == ' ' || w.out[i][0] == '\t'
		}
	}
	return false
}

// blank separates blocks by one empty line, never two and never first.
func (w *wrapper) blank() {
	if n := len(w.out); n > 0 && w.out[n-1] != "" {
		w.out = append(w.out, "")
	}
	w.list = false
}

// flushCode writes the lines gathered between fences; a tab makes them code.
func (w *wrapper) flushCode() {
	code := w.code
	w.code = nil
	for len(code) > 0 && strings.TrimSpace(code[0]) == "" {
		code = code[1:]
	}
	for len(code) > 0 && strings.TrimSpace(code[len(code)-1]) == "" {
		code = code[:len(code)-1]
	}
	if len(code) == 0 {
		return
	}
	asText := w.indented() || listMarker(code[0])
	w.blank()
	if asText {
		w.words = strings.Fields(strings.Join(code, " "))
		w.flush()
		w.blank()
		return
	}
	indent := len(code[0])
	for _, l := range code {
		if l != "" {
			indent = min(indent, len(l)-len(strings.TrimLeft(l, " ")))
		}
	}
	for _, l := range code {
		if l == "" {
			if w.out[len(w.out)-1] != "" {
				w.out = append(w.out, "")
			}
			continue
		}
		w.out = append(w.out, "\t"+noConstraint(l[indent:]))
	}
	w.blank()
}

// flush writes the words gathered so far.
func (w *wrapper) flush() {
	if len(w.words) == 0 {
		w.item = false
		return
	}
	first, rest := "", ""
	if w.item && (w.list || !w.indented()) {
		first, rest = "  - ", "    "
	} else {
		w.item = false
	}
	if w.list && !w.item {
		w.blank()
	}
	line, width := first, len(first)
	start := true
	for _, word := range w.words {
		word = typographic.Replace(word)
		n := utf8.RuneCountInString(word)
		if !start && width+1+n > textWidth {
			w.out = append(w.out, line)
			line, width, start = rest, len(rest), true
		}
		if start {
			word = inert(word)
			line += word
			width += n
		} else {
			line += " " + word
			width += 1 + n
		}
		start = false
	}
	w.out = append(w.out, line)
	w.list, w.item, w.words = w.item, false, nil
}

// typographic does what gofmt does to quotes in prose, so that wrapping knows widths.
var typographic = strings.NewReplacer("``", "“", "''", "”")

// noConstraint changes what gofmt takes for a build constraint wherever it stands.
func noConstraint(line string) string {
	if t := strings.TrimLeft(line, " "); strings.HasPrefix(t, "+build") {
		return "(+)" + t[1:]
	}
	return line
}

// inert keeps the first word of a line from meaning something to a Go tool: a
// build constraint, a heading, a list item that gofmt would move.
func inert(word string) string {
	switch {
	case noConstraint(word) != word:
		return noConstraint(word)
	case strings.Trim(word, "#") == "":
		return "№"
	case word == "-" || word == "*" || word == "+" || word == "•":
		return "–"
	}
	return word
}
