package typescript

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// docWidth is where the text of comments is wrapped, its indentation included.
const docWidth = 100

// docComment writes a JSDoc comment of the given paragraphs at an indentation
// of so many spaces, ending in a newline; without text it is empty. Tags are lines of our own
// ("@deprecated") and are not escaped.
//
//	/** Latest messages. */
//
//	/**
//	 * Latest messages.
//	 *
//	 * @deprecated
//	 */
func docComment(indent int, paragraphs, tags []string) string {
	var lines []string
	for _, text := range paragraphs {
		wrapped := wrapText(text, docWidth-indent-len(" * "))
		if len(wrapped) == 0 {
			continue
		}
		if len(lines) > 0 {
			lines = append(lines, "")
		}
		lines = append(lines, wrapped...)
	}
	if len(lines) > 0 && len(tags) > 0 {
		lines = append(lines, "")
	}
	lines = append(lines, tags...)
	pad := strings.Repeat(" ", indent)
	switch {
	case len(lines) == 0:
		return ""
	case len(lines) == 1 && len(lines[0])+indent <= docWidth-len("/**  */"):
		return pad + "/** " + lines[0] + " */\n"
	}
	var b strings.Builder
	b.WriteString(pad + "/**\n")
	for _, line := range lines {
		b.WriteString(pad + " *")
		if line != "" {
			b.WriteString(" " + line)
		}
		b.WriteByte('\n')
	}
	b.WriteString(pad + " */\n")
	return b.String()
}

// wrapText splits prose into comment lines. Lines of the document are kept
// where they are short (lists, tables, code), longer ones are wrapped at words;
// runs of empty lines become one.
func wrapText(text string, width int) []string {
	var lines []string
	for _, line := range splitLines(text) {
		line = strings.TrimRight(line, " \t")
		if strings.TrimSpace(line) == "" {
			if len(lines) > 0 && lines[len(lines)-1] != "" {
				lines = append(lines, "")
			}
			continue
		}
		lines = append(lines, wrapLine(cleanLine(line), width)...)
	}
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\v", "\n", "\f", "\n",
	"\u0085", "\n", "\u2028", "\n", "\u2029", "\n")

// splitLines splits at everything that some tool takes for the end of a line.
func splitLines(text string) []string {
	if isPlainASCII(text, "\r\v\f") {
		return strings.Split(text, "\n")
	}
	return strings.Split(lineEnds.Replace(text), "\n")
}

var commentText = strings.NewReplacer(
	"*/", `*\/`,
	"</", `<\/`, "<!--", `<\!--`, // for comments that are inlined into a page
	"sourceMappingURL=", "sourceMappingURL =", "sourceURL=", "sourceURL =", // tools search comments for these
	"\t", "    ",
)

// isPlainASCII reports whether text has only printable ASCII and newlines, and nothing
// of special: most prose, which then needs no further look.
func isPlainASCII(text, special string) bool {
	for i := range len(text) {
		if c := text[i]; c >= 0x80 || c < ' ' && c != '\n' {
			return false
		}
	}
	return !strings.ContainsAny(text, special)
}

// cleanLine makes a line of prose harmless inside a block comment.
func cleanLine(line string) string {
	if isPlainASCII(line, "\t*<=\x7f") {
		return line
	}
	line = strings.ToValidUTF8(line, "\ufffd")
	if strings.ContainsFunc(line, func(r rune) bool { return r != '\t' && unprintable(r) }) {
		line = strings.Map(func(r rune) rune {
			if r != '\t' && unprintable(r) {
				return -1
			}
			return r
		}, line)
	}
	return commentText.Replace(line)
}

// escapeTag keeps text that starts like a tag or like a directive of the
// compiler ("@ts-ignore", "@deprecated") from being one.
func escapeTag(line string) string {
	at := strings.IndexByte(line, '@')
	if at < 0 || strings.ContainsFunc(line[:at], func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
		return line
	}
	return line[:at] + `\` + line[at:]
}

// wrapLine breaks a line at spaces. Its continuation is indented as the line
// itself is, so that list items stay recognisable as text.
func wrapLine(line string, width int) []string {
	if len(line) <= width {
		return []string{escapeTag(line)}
	}
	body := strings.TrimLeft(line, " ")
	pad := line[:min(len(line)-len(body), width/2)]
	var lines []string
	var b strings.Builder
	b.Grow(width)
	b.WriteString(pad)
	for word := range strings.FieldsSeq(body) {
		if b.Len() > len(pad) {
			if b.Len()+1+utf8.RuneCountInString(word) > width {
				lines = append(lines, escapeTag(b.String()))
				b.Reset()
				b.Grow(width)
				b.WriteString(pad)
			} else {
				b.WriteByte(' ')
			}
		}
		b.WriteString(word)
	}
	return append(lines, escapeTag(b.String()))
}
