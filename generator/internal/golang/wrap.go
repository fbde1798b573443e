package golang

import (
	"strings"
	"unicode/utf8"
)

// wrap lays cleaned text out as lines: paragraphs are refilled, list items and
// fenced code keep their shape. Lines come out as gofmt writes doc comments.
func wrap(text string) []string {
	var w wrapper
	for _, line := range strings.Split(text, "\n") {
		w.line(line)
	}
	w.flush()
	for len(w.out) > 0 && w.out[len(w.out)-1] == "" {
		w.out = w.out[:len(w.out)-1]
	}
	return w.out
}

type wrapper struct {
	out              []string
	words            []string // of the paragraph or list item being filled
	item             bool     // words are a list item's
	list             bool     // the last thing written was a list item
	code             bool     // the last thing written was a line of code
	fenced, verbatim bool     // between fences; and its lines stay as they are
}

func (w *wrapper) line(line string) {
	trimmed := strings.TrimSpace(line)
	switch {
	case strings.HasPrefix(trimmed, "```") || strings.HasPrefix(trimmed, "~~~"):
		w.flush()
		// After a list, godoc takes code for more of the list; there it is text.
		w.fenced = !w.fenced
		w.verbatim = w.fenced && !w.inList()
		w.blank()
	case w.verbatim:
		w.codeLine(line)
	case trimmed == "":
		w.flush()
		if !w.list {
			w.blank()
		}
	case strings.HasPrefix(trimmed, "#") && strings.HasPrefix(strings.TrimLeft(trimmed, "#"), " "):
		w.flush()
		w.blank()
		w.words = strings.Fields(strings.TrimLeft(trimmed, "#")) // a Markdown heading
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

// inList reports whether the last line written belongs to a list.
func (w *wrapper) inList() bool {
	for i := len(w.out) - 1; i >= 0; i-- {
		if w.out[i] != "" {
			return strings.HasPrefix(w.out[i], "  ")
		}
	}
	return false
}

// linkDefinition reports a line such as "[text]: https://example.com".
func linkDefinition(line string) bool {
	return strings.HasPrefix(line, "[") && strings.Contains(line, "]:")
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

// codeLine writes a line of fenced code; a tab makes it code for godoc.
func (w *wrapper) codeLine(line string) {
	line = strings.TrimRight(line, " ")
	if line == "" {
		w.blank()
		return
	}
	w.out = append(w.out, "\t"+line)
	w.list, w.code = false, true
}

// blank separates blocks by one empty line, never two and never first.
func (w *wrapper) blank() {
	if n := len(w.out); n > 0 && w.out[n-1] != "" {
		w.out = append(w.out, "")
	}
	w.list, w.code = false, false
}

// flush writes the words gathered so far.
func (w *wrapper) flush() {
	if len(w.words) == 0 {
		w.item = false
		return
	}
	if w.code || w.list && !w.item {
		w.blank()
	}
	first, rest := "", ""
	if w.item {
		first, rest = "  - ", "    "
	}
	line, width := first, len(first)
	start := true
	for _, word := range w.words {
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
	w.list, w.code, w.item, w.words = w.item, false, false, nil
}

// inert keeps the first word of a line from meaning something to a Go tool: a
// build constraint, a heading, a list item that gofmt would move.
func inert(word string) string {
	switch {
	case strings.HasPrefix(word, "+build"):
		return "(+)" + word[1:]
	case strings.Trim(word, "#") == "":
		return "№"
	case word == "-" || word == "*" || word == "+" || word == "•":
		return "–"
	}
	return word
}
