package typescript

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// words splits a name of the document at everything that cannot be part of an
// identifier, underscores included. Letters keep their case, so that
// "getURL_for-user" is "getURL", "for", "user".
func words(name string) []string {
	return strings.FieldsFunc(name, func(r rune) bool { return r == '_' || r == '$' || !isIdentifierRune(r) })
}

// pascal writes a name as a type is written: "pet-store_2.1" is PetStore2_1.
// A name without letters or digits becomes the numbers of its characters, and
// the empty one is "Empty".
func pascal(name string) string { return spell(name, upperFirst, "") }

// camel writes a name as a method is written: "Pet-Store" is petStore.
func camel(name string) string { return spell(name, lowerFirst, "") }

// spell joins the words of a name: the first as first says, the others with a
// capital, with sep between them, and with "_" where two digits would meet.
func spell(name string, first func(string) string, sep string) string {
	parts := words(name)
	if len(parts) == 0 {
		parts = []string{codePoints(name)}
	}
	var b strings.Builder
	for i, word := range parts {
		switch {
		case i == 0:
			word = first(word)
			if r, _ := utf8.DecodeRuneInString(word); !isIdentifierStart(r) {
				b.WriteByte('_') // before digits and marks
			}
		case sep != "":
			b.WriteString(sep)
			word = upperFirst(word)
		default:
			if isDigit(word[0]) && isDigit(parts[i-1][len(parts[i-1])-1]) {
				b.WriteByte('_')
			}
			word = upperFirst(word)
		}
		b.WriteString(word)
	}
	return b.String()
}

// codePoints names text that holds nothing an identifier could: "U2B" for "+".
// A long one is cut, the allocator tells such names apart.
func codePoints(name string) string {
	var b strings.Builder
	for _, r := range name {
		if b.Len() > 40 {
			break
		}
		fmt.Fprintf(&b, "U%X", r)
	}
	if b.Len() == 0 {
		return "Empty"
	}
	return b.String()
}

// spelledOut is a name in PascalCase with its signs in words, and so kept apart
// from all that have other signs: "a-b" is ADashB, "a.b" ADotB, "a_b" AUnderscoreB.
func spelledOut(name string) string {
	var b strings.Builder
	for _, r := range name {
		switch {
		case r == '-':
			b.WriteString(" dash ")
		case r == '.':
			b.WriteString(" dot ")
		case r == '_':
			b.WriteString(" underscore ")
		case isIdentifierRune(r) && r != '$':
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, " u%X ", r)
		}
	}
	return pascal(b.String())
}

func upperFirst(word string) string {
	for i, r := range word {
		if u := unicode.ToUpper(r); u != r && isIdentifierRune(u) {
			return string(u) + word[i+len(string(r)):]
		}
		break
	}
	return word
}

// lowerFirst lowers the first letter, or the whole first word where that is an
// initialism: "URLMap" is urlMap, "ID" is id.
func lowerFirst(word string) string {
	runes := []rune(word)
	for i, r := range runes {
		nextLower := i+1 < len(runes) && unicode.IsLower(runes[i+1])
		if !unicode.IsUpper(r) || i > 0 && nextLower {
			break
		}
		runes[i] = unicode.ToLower(r)
	}
	return string(runes)
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
