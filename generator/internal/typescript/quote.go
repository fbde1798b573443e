package typescript

import (
	"strings"
	"unicode/utf8"
)

// quote writes a string literal. What would be awkward in
// some place where the output ends up is escaped: line separators, invisible
// and bidirectional control characters, and the "<" of "</script>" and "<!--",
// since bundles are inlined into pages.
func quote(s string) string {
	if plainText(s) {
		return "'" + s + "'"
	}
	var b strings.Builder
	b.Grow(len(s) + 8)
	b.WriteByte('\'')
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			b.WriteString(`\ufffd`)
		case r == '\'' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '<' && opensMarkup(s[i+1:]), unprintable(r):
			writeEscape(&b, r)
		default:
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	b.WriteByte('\'')
	return b.String()
}

func plainText(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f || c == '\'' || c == '\\' || c == '<' {
			return false
		}
	}
	return true
}

// opensMarkup reports whether a "<" before rest means something to an HTML
// parser that reads a script.
func opensMarkup(rest string) bool {
	return rest != "" && strings.IndexByte("/!sS", rest[0]) >= 0
}

// unprintable reports whether a reader of the source would not see r as what
// it is: control characters, line separators, bidirectional controls, byte
// order marks, zero-width and tag characters.
func unprintable(r rune) bool {
	switch {
	case r < ' ', r >= 0x7f && r < 0xa0, r == 0xad, r == 0x061c, r == 0x180e:
		return true
	case r >= 0x200b && r <= 0x200f, r >= 0x2028 && r <= 0x202e, r >= 0x2060 && r <= 0x206f:
		return true
	case r == 0xfeff, r >= 0xfff9 && r <= 0xfffb, r >= 0xe0000 && r <= 0xe0fff:
		return true
	}
	return false
}

// writeEscape writes \uXXXX, or a surrogate pair of them: the form that every
// version of the language reads.
func writeEscape(b *strings.Builder, r rune) {
	const hex = "0123456789abcdef"
	unit := func(u rune) {
		b.WriteString(`\u`)
		for shift := 12; shift >= 0; shift -= 4 {
			b.WriteByte(hex[u>>shift&15])
		}
	}
	if r > 0xffff {
		r -= 0x10000
		unit(0xd800 + r>>10)
		unit(0xdc00 + r&0x3ff)
		return
	}
	unit(r)
}

// key writes a property name: bare when it is a plain identifier, quoted otherwise.
// It is for types; see literalKey for object literals.
func key(name string) string {
	if isASCIIIdentifier(name) {
		return name
	}
	return quote(name)
}

// literalKey writes a property name of an object literal, where __proto__
// would set the prototype unless it is computed.
func literalKey(name string) string {
	if name == "__proto__" {
		return "['__proto__']"
	}
	return key(name)
}

// isASCIIIdentifier reports whether s can be written without quotes everywhere
// a property name stands.
func isASCIIIdentifier(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := c == '_' || c == '$' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}
